#!/usr/bin/env python3
"""Writes systems.inc, the code systems with a short name, from code_systems.csv.

    src/codes/data/generate.py ../shared/reference/tables/code_systems.csv

The number of a system is stored in every value of type coding: rows are only ever appended, and
the script refuses a table whose earlier rows differ from those that systems.inc has.
"""
import csv
import os
import re
import sys

# Names that people write beside those of the table; FHIR's own systems are known by name, too.
MORE_NAMES = {
    "LOINC": ["loinc"],
    "SNOMED CT": ["snomed", "snomedct", "sct"],
    "ICD-10-CM": ["icd10cm"],
    "ICD-10-PCS": ["icd10pcs"],
    "ICD-9-CM dx": ["icd9cm"],
    "ICD-9-CM proc": ["icd9proc"],
    "CDC race/ethnicity": ["cdcrec"],
}
NO_NAMES = {"race"}  # too plain a word: a site's own system may be called so
# Further systems: (name, uri, oid, names).
APPENDED = [
    ("ICD-10 WHO", "http://hl7.org/fhir/sid/icd-10", "2.16.840.1.113883.6.3", ["icd10", "icd-10"]),
    ("ATC", "http://www.whocc.no/atc", "2.16.840.1.113883.6.73", ["atc"]),
    ("NDF-RT", "http://hl7.org/fhir/ndfrt", "2.16.840.1.113883.3.26.1.5", ["ndfrt"]),
    ("NUCC", "http://nucc.org/provider-taxonomy", "2.16.840.1.113883.6.101", ["nucc"]),
    ("BCP 47", "urn:ietf:bcp:47", "", ["bcp47"]),
    ("ISO 3166", "urn:iso:std:iso:3166", "1.0.3166.1.2.2", ["iso3166"]),
    ("OMOP", "https://fhir-terminology.ohdsi.org", "", ["omop"]),
]


def systems(path):
    for row in csv.DictReader(open(path, newline="")):
        if not re.match(r"(https?://|urn:)", row["fhir_uri"]) or "nnnn" in row["fhir_uri"]:
            continue
        names = [row["name"].lower(), *row["v2_table0396"].lower().split("|"),
                 row["omop_vocabulary_id"].lower(), *MORE_NAMES.get(row["name"], [])]
        yield row["name"], row["fhir_uri"], row["oid"], names
    yield from APPENDED


def main(path):
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "systems.inc")
    taken, rows = set(), {}
    for title, uri, oid, names in systems(path):
        titles, oids, own = rows.setdefault(uri, ([], [], []))
        titles.append(title)
        oids.append(oid)
        for name in names:
            if name and name not in taken and name not in NO_NAMES:
                taken.add(name)
                own.append(name)
    lines = [f'{{"{uri}", "{"|".join(oids)}", "{"|".join(own)}"}},  // {", ".join(titles)}'
             for uri, (titles, oids, own) in rows.items()]
    if os.path.exists(target):
        old = [line.split('"')[1] for line in open(target) if line.startswith("{")]
        new = [line.split('"')[1] for line in lines]
        if new[:len(old)] != old:
            sys.exit("systems may only be appended: their numbers are stored")
    with open(target, "w") as out:
        out.write("// Made by generate.py from code_systems.csv (domain.md 4.1, 2026-11-23): uri, OID, short names.\n")
        out.write("// The place of a row is stored in values of type coding: append only.\n")
        out.write("\n".join(lines) + "\n")


main(sys.argv[1])
