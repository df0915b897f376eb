#!/usr/bin/env python3
"""Makes the leak check's fact tables from CSV extracts of the standards:

    make_leak_tables.py DIRECTORY

reads hl7v2_segment_fields.csv (npm hl7-dictionary 1.0.1, MIT), hl7v2_tables.csv,
fhir_r4_elements.csv and fhir_r4_required_valuesets.csv (HL7 FHIR 4.0.1, CC0) in DIRECTORY and
writes beside itself:

    leak_fields.inc    which fields of which segments hold names, numbers, addresses, ...
    leak_words.inc     the words that the standards themselves use
    leak_elements.inc  the names of FHIR R4 elements
    leak_code_elements.inc  those whose values are codes or URIs, wherever they occur
"""

import csv
import pathlib
import re
import sys

source = pathlib.Path(sys.argv[1])
here = pathlib.Path(__file__).parent

NAMES = {"XPN": "N", "PN": "N", "XCN": "C", "CN": "C", "PPN": "C", "NDL": "L", "CM_NDL": "L",
         "PLN": "I", "CM_PLN": "I", "XAD": "A", "AD": "A", "XTN": "T", "TN": "T", "XON": "O",
         "CE": "E", "CWE": "E", "CNE": "E", "DLN": "I", "EIP": "P", "CM_EIP": "P",
         "CM_PARENT_RESULT": "P", "PRL": "E"}
IDENTIFIERS = {"CX", "CK", "EI", "PI", "CM_PAT_ID", "CM_PLACER", "CM_FILLER",
               "CM_PAT_ID_0192", "CM_LICENSE_NO", "ST"}
# Numbers in plain text fields: known by the field's name.
NUMBER = re.compile(r"number|\bssn\b|\bid\b|identif|licen[cs]e|serial|policy|passport", re.I)
NOT_NUMBER = re.compile(r"set id|sub-?id|number of|sequence|version|profile|value type|"
                        r"processing|telephone|phone|application|action|transaction", re.I)
PLACE = re.compile(r"birth place|birthplace|county|city|census|accident location", re.I)
KINDS = [
    ("S", re.compile(r"\bssn\b|social security", re.I)),
    ("H", re.compile(r"polic|insured|medica(re|id)|subscriber|group num|coverage|champus|"
                     r"authorization|plan id|payor|certif", re.I)),
    ("I", re.compile(r"licen[cs]e|\bdea\b|passport|\bnpi\b", re.I)),
    ("V", re.compile(r"device|equipment|serial|implant|udi", re.I)),
    ("K", re.compile(r"account", re.I)),
    ("M", re.compile(r"patient id|patient identifier|medical record|internal id|external id|"
                     r"mother's identifier|prior .*patient", re.I)),
]


def kind_of(datatype, name):
    if datatype in NAMES:
        return NAMES[datatype]
    if datatype in ("IS", "ST", "TX") and PLACE.search(name):
        return "G"
    if datatype == "ST" and (NOT_NUMBER.search(name) or not NUMBER.search(name)):
        return None
    if datatype not in IDENTIFIERS:
        return None
    for letter, pattern in KINDS:
        if pattern.search(name):
            return letter
    return "R"


def literal(text, width=92):
    """A long string as adjacent C++ literals."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) + 1 > width:
            lines.append(line + " ")
            line = word
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return "\n".join(f'    "{x}"' for x in lines)


fields = {}
for row in csv.DictReader(open(source / "hl7v2_segment_fields.csv")):
    kind = kind_of(row["datatype"], row["name"])
    if kind:
        fields.setdefault(row["segment"], {}).setdefault(int(row["field"]), set()).add(kind)

with open(here / "leak_fields.inc", "w") as out:
    out.write("// Made by make_leak_tables.py from hl7-dictionary 1.0.1 (HL7 v2.1 to v2.7.1, all"
              " versions united).\n// Segment, then field and kinds; the letters are explained in"
              " leak_identifiers.cpp.\n")
    for segment in sorted(fields):
        text = " ".join(f"{n}{''.join(sorted(k))}" for n, k in sorted(fields[segment].items()))
        out.write(f'{{"{segment}",\n{literal(text)}}},\n')

CODES = {"code", "uri", "url", "canonical", "oid"}
elements, words, types = set(), set(), {}
for row in csv.DictReader(open(source / "fhir_r4_elements.csv")):
    parts = row["path"].split(".")
    kinds = {re.split(r"[/ ]", t.strip())[-1] for t in row["types"].split("|") if t.strip()}
    if not parts[-1].endswith("[x]") and len(parts) > 1:
        types.setdefault(parts[-1], set()).update(kinds or {"?"})
    for part in parts:
        if part.endswith("[x]"):
            for t in row["types"].split("|"):
                t = re.split(r"[/ ;,]", t.strip())[-1]
                if t:
                    elements.add(part[:-3] + t[0].upper() + t[1:])
        else:
            elements.add(part)
elements.add("resourceType")


def split_words(text):
    text = re.sub(r"([a-z])([A-Z])", r"\1 \2", text)
    return {w.lower() for w in re.findall(r"[A-Za-z]+", text) if len(w) >= 3}


for element in elements:
    words |= split_words(element)
for row in csv.DictReader(open(source / "fhir_r4_required_valuesets.csv")):
    words |= split_words(row["code"]) | split_words(row["display"])
for row in csv.DictReader(open(source / "hl7v2_tables.csv")):
    if row["table"] in ("227", "371", "396", "488"):  # full of eponyms and company names
        continue
    words |= split_words(row["meaning"]) | split_words(row["desc"])
# Values that a Safe Harbor copy may keep: the states.
words |= split_words(
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia "
    "Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland Massachusetts "
    "Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada New Hampshire Jersey Mexico "
    "York North South Carolina Dakota Ohio Oklahoma Oregon Pennsylvania Rhode Island Tennessee "
    "Texas Utah Vermont Virginia Washington West Wisconsin Wyoming Puerto Rico United States")

# A CodeableConcept of the same name does not matter: its strings stand a level deeper.
TEXT = {"string", "markdown", "xhtml", "base64Binary", "System.String"}
code_elements = {name for name, kinds in types.items()
                 if kinds & CODES and not kinds & TEXT} | {
    "code", "status", "type", "unit", "url", "valueCode", "valueUri", "valueUrl", "valueCanonical", "valueOid"}

for name, values, what in (
        ("leak_code_elements.inc", code_elements,
         "Elements of FHIR 4.0.1 whose values are codes or URIs"),
        ("leak_words.inc", words,
         "Words of FHIR 4.0.1 element names and required value sets, HL7 v2 tables and US states"),
        ("leak_elements.inc", elements, "Names of FHIR 4.0.1 elements")):
    with open(here / name, "w") as out:
        out.write(f"// Made by make_leak_tables.py. {what}.\n{literal(' '.join(sorted(values)))}\n")
print(sum(len(v) for v in fields.values()), "fields,", len(words), "words,", len(elements),
      "elements")
