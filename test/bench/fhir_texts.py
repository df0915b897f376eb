#!/usr/bin/env python3
"""Texts of one resource type (Bundle: the files themselves) as CSV, each with an id of its own.

    fhir_texts.py TYPE ROWS SYNTHEA    of Synthea's bundles below SYNTHEA, in turn; where they are
                                       not there, resources of the same shape made up here
"""

import csv, glob, json, re, sys
kind, rows, root = sys.argv[1], int(sys.argv[2]), sys.argv[3]
# Numbers keep their text on the way through Python.
load = lambda t: json.loads(t, parse_float=lambda s: f"number {s} as written")
dump = lambda r: re.sub(r'"number (\S+) as written"', r"\1",
                        json.dumps(r, separators=(",", ":"), ensure_ascii=False))
found = []
for path in sorted(glob.glob(root + "/*/*.json")):
    try:
        bundle = load(open(path, encoding="utf-8").read())
    except ValueError:
        continue
    found += [r for r in [bundle] + [e.get("resource", {}) for e in bundle.get("entry", [])]
              if r.get("resourceType") == kind]
if not found:
    code = {"coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Systolic"}],
            "text": "Systolic blood pressure"}
    found = [{"resourceType": kind, "id": "", "meta": {"lastUpdated": "2020-01-01T00:00:00Z"},
              "status": "final", "code": code, "category": [code] * (1 + n % 8),
              "subject": {"reference": "Patient/" + str(n)}, "issued": "2020-01-01T00:00:00.000Z",
              "valueQuantity": {"value": f"number {n}.50 as written", "unit": "mm[Hg]",
                                "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}}
             for n in range(100)]
out = csv.writer(sys.stdout)
for n in range(rows):
    resource = dict(found[n % len(found)], id=f"{kind.lower()}-{n}")
    out.writerow((dump(resource),))
