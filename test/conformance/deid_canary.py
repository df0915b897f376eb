#!/usr/bin/env python3
"""An instance for every element of the R4 definitions of the types in scope, a canary in each string.

    deid_canary.py make ELEMENTS CSV    instances: n, resource
    deid_canary.py judge CSV            n, resource, unlinked, linked

Privacy test list, first line: every row exercised, no canary in the output.  Choices are spelled
out, data types filled to the bottom, primitive siblings and extensions added everywhere.
"""
import collections
import csv
import json
import sys

csv.field_size_limit(1 << 30)
CANARY = "Qzx7Canary"
SCOPE = """AllergyIntolerance Condition Coverage DiagnosticReport Encounter Location Observation
Organization Patient Practitioner RelatedPerson ServiceRequest Specimen""".split()
NUMBERS = {"decimal", "integer", "positiveInt", "unsignedInt"}


def read(path):
    structures = collections.defaultdict(list)
    for row in csv.DictReader(open(path, newline="", encoding="utf-8")):
        structures[row["structure"]].append(row)
    return structures


class Maker:
    def __init__(self, structures):
        self.structures = structures

    def children(self, path, owner):
        return [r for r in self.structures[owner]
                if r["path"].startswith(path + ".") and "." not in r["path"][len(path) + 1:]]

    def value(self, kind, path, owner, depth):
        if kind.startswith("http://hl7.org/fhirpath/"):
            return CANARY + "-id"
        if kind in NUMBERS:
            return 6175551234
        if kind == "boolean":
            return CANARY  # not a boolean: must not pass as one
        if kind == "Resource":
            return {"resourceType": "Basic", "id": CANARY, "code": {"text": CANARY}}
        if kind[0].islower():
            return {"date": "1950-01-02" + CANARY, "dateTime": "1950-01-02" + CANARY,
                    "instant": "1950-01-02" + CANARY}.get(kind, CANARY)
        if depth > 4 or (kind == "Extension" and depth > 0):
            return {"extension": [{"url": CANARY, "valueString": CANARY}], "id": CANARY}
        if kind in ("BackboneElement", "Element"):
            return self.object(path, owner, depth + 1)
        return self.object(kind, kind, depth + 1)

    def object(self, path, owner, depth, only=None):
        out = {"fhir_comments": [CANARY], CANARY: CANARY}
        for row in self.children(path, owner):
            if only and row["path"] != only:
                continue
            name = row["path"][len(path) + 1:]
            if row["content_reference"]:
                target = row["content_reference"].lstrip("#")
                values = {name: self.object(target, target.split(".")[0], depth + 1)
                          if depth <= 4 else {}}
            else:
                kinds = [k for k in row["types"].split("|") if k]
                values = {}
                for kind in kinds:
                    if path == "Extension" and kind in ("Extension", "Meta", "Dosage", "Timing"):
                        continue
                    key = name if not name.endswith("[x]") else name[:-3] + kind[0].upper() + kind[1:]
                    values[key] = self.value(kind, row["path"], owner, depth)
            for key, value in values.items():
                many = row["max"] not in ("0", "1")
                out[key] = [value, value] if many else value
                if not isinstance(value, dict):
                    sibling = {"id": CANARY, "extension": [
                        {"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                         "valueCode": CANARY},
                        {"url": CANARY, "valueString": CANARY}]}
                    out["_" + key] = [sibling, sibling] if many else sibling
        return out


# What makes an element's surroundings stay, so that the element itself is looked at.
AROUND = {
    "Observation": {"status": "final", "code": {"coding": [
        {"system": "http://loinc.org", "code": "8480-6"}]}},
    "Patient": {"gender": "female"},
}


def make(elements, out):
    structures = read(elements)
    maker = Maker(structures)
    with open(out, "w", newline="") as f:
        writer = csv.writer(f)
        n = 0
        for kind in SCOPE:
            whole = maker.object(kind, kind, 0)
            whole.pop("modifierExtension", None)
            for row in [None] + maker.children(kind, kind):
                name = row and row["path"].split(".")[-1]
                if name == "modifierExtension":
                    continue  # with one the resource is dropped whole
                one = whole if row is None else maker.object(kind, kind, 0, row["path"])
                one = {**one, **{k: v for k, v in AROUND.get(kind, {}).items() if k != name}}
                one["resourceType"] = kind
                n += 1
                writer.writerow([n, json.dumps(strip_modifiers(one))])


def strip_modifiers(node):
    if isinstance(node, dict):
        return {k: strip_modifiers(v) for k, v in node.items() if k != "modifierExtension"}
    if isinstance(node, list):
        return [strip_modifiers(v) for v in node]
    return node


def judge(path):
    passed = failed = 0
    for n, resource, unlinked, linked in csv.reader(open(path, newline="")):
        found = [form for form in (unlinked, linked)
                 if form == "" or "canary" in form.lower() or "6175551234" in form]
        if found:
            failed += 1
            print(json.loads(resource)["resourceType"], found[0][:300])
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    else:
        judge(sys.argv[2])
