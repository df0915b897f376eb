#!/usr/bin/env python3
"""Makes units.inc, the unit table that the chapter compiles in, and annotations.inc.

    python3 src/ucum/data/generate.py ucum-essence.xml

The content is UCUM's; nothing is changed, added or left out.  Each unit is only resolved to base
units, exactly: a magnitude (numerator, denominator, power of ten) and the exponents of the seven
base units.  Beside it stands a tag, which UCUM does not have: the kind that keeps a quantity apart
from what UCUM holds to be the same dimension (mol from a plain number, [NTU] from %).  Arbitrary
units carry their own code as tag, as they convert to nothing else (UCUM 24).
"""

import csv
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree
from fractions import Fraction

HERE = pathlib.Path(__file__).resolve().parent
NS = "{http://unitsofmeasure.org/ucum-essence}"
BASES = ["C", "K", "cd", "g", "m", "rad", "s"]  # the order of canonical forms
SPECIAL = {
    "Cel": "celsius", "degF": "fahrenheit", "degRe": "reaumur", "tanTimes100": "hundred_tan",
    "100tan": "hundred_tan", "hpX": "potency_10", "hpC": "potency_100", "hpM": "potency_1000",
    "hpQ": "potency_50000", "pH": "negative_log_10", "ln": "log_e", "lg": "log_10",
    "lgTimes2": "twice_log_10", "sqrt": "square_root", "ld": "log_2",
}
# Dimensionless by definition, but not comparable with a plain number or with each other.
# (A unit of these is tagged like them: kat and U by mol, By by bit, [LPF] by [HPF].)
TAGS = {"mol": "mol", "eq": "eq", "osm": "osm", "bit": "bit", "[HPF]": "[HPF]",
        "[LPF]": "[HPF]", "[NTU]": "[NTU]", "[FNU]": "[FNU]", "[hnsf'U]": "[hnsf'U]"}


class Unit:
    def __init__(self, magnitude, exponents, tag=""):
        self.magnitude, self.exponents, self.tag = magnitude, exponents, tag

    def power(self, n):
        if n not in (1, -1) and self.tag:
            raise SystemExit("a power of a tagged unit")
        return Unit(self.magnitude ** n, [e * n for e in self.exponents], self.tag)

    def times(self, other):
        tags = {self.tag, other.tag} - {""}
        if len(tags) > 1:
            raise SystemExit("two tags in one unit")
        return Unit(self.magnitude * other.magnitude,
                    [a + b for a, b in zip(self.exponents, other.exponents)],
                    tags.pop() if tags else "")


def number(text):
    return Fraction(text)


def text(element, name):
    found = element.find(NS + name)
    return "" if found is None else " ".join("".join(found.itertext()).split())


root = ElementTree.parse(sys.argv[1]).getroot()
prefixes = {p.get("Code"): (p.get("CODE"), text(p, "name"),
                            number(p.find(NS + "value").get("value")))
            for p in root.findall(NS + "prefix")}
atoms = {u.get("Code"): u for u in root.findall(NS + "base-unit") + root.findall(NS + "unit")}
resolved = {}


def symbol(code):
    """A unit symbol, with or without prefix."""
    if code in atoms:
        return atom(code)
    for prefix, (_, _, factor) in prefixes.items():
        rest = code[len(prefix):]
        if code.startswith(prefix) and rest in atoms and is_metric(rest):
            unit = atom(rest)
            return Unit(unit.magnitude * factor, unit.exponents, unit.tag)
    raise SystemExit(f"unknown symbol {code}")


def is_metric(code):
    return atoms[code].tag == NS + "base-unit" or atoms[code].get("isMetric") == "yes"


def term(code):
    """The definitions of the table: no parentheses, no annotations."""
    result = Unit(Fraction(1), [0] * len(BASES))
    for operator, part in re.findall(r"([./]?)((?:\[[^\]]*\]|[^./\[])+)", code):
        found = re.fullmatch(r"(10[*^]|.*?[^0-9+-]|)([+-]?[0-9]+)?", part)
        name, exponent = found.group(1), found.group(2)
        if name == "":
            factor = Unit(number(exponent), [0] * len(BASES))
        else:
            factor = symbol(name).power(int(exponent or 1))
        result = result.times(factor.power(-1) if operator == "/" else factor)
    return result


def atom(code):
    if code not in resolved:
        element = atoms[code]
        if element.tag == NS + "base-unit":
            resolved[code] = Unit(Fraction(1), [int(b == code) for b in BASES])
        else:
            value = element.find(NS + "value")
            function = value.find(NS + "function")
            if function is not None:
                unit = term(function.get("Unit"))
                if function.get("name") == "100tan":
                    # A slope of 100 % is 45 degrees; the angle of the arc tangent is in radian.
                    unit = term("rad")
                if function.get("name") in ("degF", "degRe"):
                    unit = term(function.get("Unit"))
                unit.magnitude *= number(function.get("value"))
            else:
                unit = term(value.get("Unit"))
                unit.magnitude *= number(value.get("value"))
            if element.get("isArbitrary") == "yes":
                unit.tag = unit.tag or code
            resolved[code] = Unit(unit.magnitude, unit.exponents, TAGS.get(code, unit.tag))
    return resolved[code]


def scaled(fraction):
    """numerator, denominator, power of ten; without tens in either."""
    n, d, e = fraction.numerator, fraction.denominator, 0
    while n % 10 == 0:
        n, e = n // 10, e + 1
    while d % 10 == 0:
        d, e = d // 10, e - 1
    # 1/8 is 125e-3: fewer denominators, shorter arithmetic.
    while d % 2 == 0:
        n, d, e = n * 5, d // 2, e - 1
    while d % 5 == 0:
        n, d, e = n * 2, d // 5, e - 1
    while n % 10 == 0:
        n, e = n // 10, e + 1
    return n, d, e


def quoted(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


version = f"{root.get('version')} ({root.get('revision-date')})"
notice = f"""// Made by generate.py from ucum-essence.xml {version}; do not edit.
//
// This product includes all or a portion of the UCUM table, UCUM codes, and UCUM definitions or is
// derived from it, subject to a license from Regenstrief Institute, Inc. and The UCUM
// Organization.  UCUM table, codes and definitions: copyright (c) 1999-2024 Regenstrief Institute,
// Inc.  All rights reserved.  Provided "AS IS" without warranties.  https://ucum.org/license
"""

with open(HERE / "units.inc", "w", encoding="utf-8") as out:
    out.write(notice)
    out.write("// clang-format off\n")
    out.write("// code, case-insensitive code, name, exponent of ten\n")
    out.write("constexpr Prefix prefix_table[] = {\n")
    for code, (ci, name, factor) in prefixes.items():
        n, d, e = scaled(factor)
        # The binary prefixes are integers, the others powers of ten.
        out.write(f'{{{quoted(code)}, {quoted(ci.upper())}, {quoted(name)}, {n}, {e}}},\n')
        assert d == 1
    out.write("};\n")
    out.write("// code, case-insensitive code, name, numerator, denominator, power of ten,\n")
    out.write(f"// exponents of {' '.join(BASES)}, tag, special function, metric, arbitrary\n")
    out.write("constexpr Atom atom_table[] = {\n")
    for code in sorted(atoms, key=lambda c: c.encode()):
        element = atoms[code]
        unit = atom(code)
        n, d, e = scaled(unit.magnitude)
        function = element.find(f"{NS}value/{NS}function")
        special = SPECIAL[function.get("name")] if function is not None else "none"
        out.write(f'{{{quoted(code)}, {quoted(element.get("CODE").upper())}, '
                  f'{quoted(text(element, "name"))}, "{n}", "{d}", {e}, '
                  f'{{{", ".join(map(str, unit.exponents))}}}, {quoted(unit.tag)}, '
                  f'Special::{special}, {str(is_metric(code)).lower()}, '
                  f'{str(element.get("isArbitrary") == "yes").lower()}}},\n')
    out.write("};\n")
    out.write("// clang-format on\n")
print(f"units.inc: {len(atoms)} units, {len(prefixes)} prefixes")

with open(HERE / "plain_annotations.csv", encoding="utf-8") as rows:
    plain = sorted((r["annotation"] for r in csv.DictReader(rows)), key=str.encode)
with open(HERE / "annotations.inc", "w", encoding="utf-8") as out:
    out.write("// Made by generate.py from plain_annotations.csv; do not edit.\n")
    out.write("constexpr std::string_view plain_annotations[] = {\n")
    out.writelines(f"    {quoted(a)},\n" for a in plain)
    out.write("};\n")
