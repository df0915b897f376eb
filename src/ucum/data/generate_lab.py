#!/usr/bin/env python3
"""Makes lab.inc: local spellings of units, and what is known of analytes.

    python3 src/ucum/data/generate_lab.py TABLES

TABLES is a folder with unit_aliases.csv (local spelling, UCUM, condition) and molar_masses.csv
(molar mass and the LOINC of mass and substance concentration).  Beside them stand two files of this
folder: extra_aliases.csv, more spellings of vital signs, and analytes.csv, LOINC codes with property
and unit.  Written: one row a spelling with its condition taken apart, one row a LOINC code.
"""

import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def quoted(s):
    return '"' + s.replace("\\", "\\\\").replace('"', '\\"') + '"'


def condition(text):
    """properties that decide, whether they must not be met, whether UCUM must not be declared."""
    if not text or text.startswith("class never-convert"):
        return "", False, False
    parts = [p.strip() for p in text.split(";")]
    not_ucum = "source system not UCUM" in parts
    parts = [p for p in parts if p != "source system not UCUM"]
    if parts == ["not an enzyme"]:
        return "CCnc", True, not_ucum
    found = re.fullmatch(r"LOINC property (.*?)(?: \(enzymes\))?", parts[0])
    if len(parts) != 1 or not found:
        raise SystemExit(f"condition not understood: {text}")
    names = [n for n in re.split(r" or ", found.group(1)) if n != "code is pH"]
    return " ".join(names), False, not_ucum


tables = pathlib.Path(sys.argv[1])
aliases = {}
for source in (tables / "unit_aliases.csv", HERE / "extra_aliases.csv"):
    for row in rows(source):
        key = (row["local"], row["ucum"])
        if key in aliases:
            continue
        aliases[key] = condition(row["only_when"])

masses = {row["analyte"]: row for row in rows(tables / "molar_masses.csv")}
analytes = {}
for name, row in masses.items():
    if not row["loinc_mass"]:
        continue
    component = re.sub(r" \(.*\)", "", name)
    # Urea and urea nitrogen are reported under one name: their molar code is for a site to choose.
    ambiguous = "ambiguous" in row["note"]
    pair = (row["loinc_mass"], row["mass_unit"], "MCnc"), (row["loinc_substance"],
                                                           row["substance_unit"], "SCnc")
    for (code, unit, prop), (other, other_unit, _) in (pair, pair[::-1]):
        analytes[code] = dict(
            loinc=code, component=component, property=prop, unit=unit, accepts="",
            mass=row["g_per_mol"], counterpart="" if ambiguous else other, ambiguous=ambiguous,
            valence={"calcium": "2", "magnesium": "2"}.get(component, "0"))
for row in rows(HERE / "analytes.csv"):
    mass = masses[row["molar_mass_of"]]["g_per_mol"] if row["molar_mass_of"] else ""
    analytes.setdefault(row["loinc"], dict(
        loinc=row["loinc"], component=row["component"], property=row["property"], unit=row["unit"],
        accepts=row["accepts"], mass=mass, counterpart="", ambiguous=False,
        valence=row["valence"] or "0"))

with open(HERE / "lab.inc", "w", encoding="utf-8") as out:
    out.write("// Made by generate_lab.py from unit_aliases.csv, molar_masses.csv (2026-11), "
              "extra_aliases.csv, analytes.csv; do not edit.\n"
              "//\n"
              "// LOINC codes and properties: this material contains content from LOINC "
              "(https://loinc.org), copyright\n"
              "// Regenstrief Institute, Inc. and the LOINC Committee, available at no cost under "
              "the license at\n"
              "// https://loinc.org/license.  LOINC is a registered trademark of Regenstrief "
              "Institute, Inc.\n"
              "// clang-format off\n")
    out.write("// local spelling, UCUM, LOINC properties that decide, met when it is none of them, "
              "not where UCUM is declared\n")
    out.write("constexpr Alias aliases[] = {\n")
    for (local, ucum), (properties, negative, not_ucum) in sorted(
            aliases.items(), key=lambda item: (item[0][0].encode(), item[0][1].encode())):
        out.write(f"{{{quoted(local)}, {quoted(ucum)}, {quoted(properties)}, "
                  f"{str(negative).lower()}, {str(not_ucum).lower()}}},\n")
    out.write("};\n// LOINC, component, property, unit, other units of the same meaning, g/mol, "
              "code of the other concentration, ambiguous, valence\n")
    out.write("constexpr Analyte analytes[] = {\n")
    for code in sorted(analytes, key=str.encode):
        a = analytes[code]
        out.write(f"{{{quoted(code)}, {quoted(a['component'])}, {quoted(a['property'])}, "
                  f"{quoted(a['unit'])}, {quoted(a['accepts'])}, {quoted(a['mass'])}, "
                  f"{quoted(a['counterpart'])}, {str(a['ambiguous']).lower()}, {a['valence']}}},\n")
    out.write("};\n// clang-format on\n")
print(f"lab.inc: {len(aliases)} spellings, {len(analytes)} analytes")
