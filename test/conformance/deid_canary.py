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
import os
import sys

from deid_check import ALLOWED

csv.field_size_limit(1 << 30)
CANARY = "Qzx7Canary"
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


REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../shared/reference")
LOINC = {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]}
DOSE = {"value": 5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
AGED = {"value": 40, "unit": "a", "system": "http://unitsofmeasure.org", "code": "a"}
YEARS = {"start": "2001-02-03", "end": "2002-03-04"}
VALID = {
    "boolean": True, "integer": 3, "decimal": 3.5, "positiveInt": 3, "unsignedInt": 3,
    "date": "2001-02-03", "dateTime": "2001-02-03T04:05:06Z", "CodeableConcept": LOINC,
    "Coding": LOINC["coding"][0], "Quantity": DOSE, "Age": AGED, "Duration": AGED, "Count": DOSE,
    "Distance": DOSE, "Money": {"value": 5, "currency": "USD"}, "Period": YEARS,
    "Range": {"low": DOSE, "high": DOSE}, "Ratio": {"numerator": DOSE, "denominator": DOSE},
    "Timing": {"event": ["2001-02-03"], "repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}},
    "Dosage": {"sequence": 1, "route": LOINC, "timing": {"event": ["2001-02-03"]}},
    "Address": {"state": "MA", "postalCode": "02115", "country": "US"},
}
# What the rules remove although its data type could stay (fhir_r4_safe_harbor_rules.csv and
# corrections.md over fhir_r4_element_actions.csv), and codes whose value set has no list.
REMOVED = set("""RelatedPerson.address RelatedPerson.birthDate RelatedPerson.communication
RelatedPerson.period QuestionnaireResponse.item.answer.valueDecimal
QuestionnaireResponse.item.answer.valueInteger QuestionnaireResponse.item.answer.valueQuantity
PractitionerRole.notAvailable Practitioner.address Practitioner.birthDate Patient.contact
Patient.multipleBirthInteger Organization.address Organization.contact Medication.batch
Location.hoursOfOperation Location.position Immunization.expirationDate
HealthcareService.notAvailable Group.characteristic.valueReference
ExplanationOfBenefit.preAuthRefPeriod Encounter.hospitalization.specialCourtesy
DocumentReference.content.format Device.deviceName Device.expirationDate Device.manufactureDate
Device.udiCarrier Coverage.class Coverage.policyHolder CommunicationRequest.payload
Communication.payload Claim.accident.locationAddress Claim.accident.locationReference
Claim.supportingInfo.valueBoolean Claim.supportingInfo.valueQuantity
Claim.supportingInfo.valueReference Contract.term.offer.answer Bundle.entry BiologicallyDerivedProduct.collection""".split())


class Keeper(Maker):
    """Valid values in every element whose data type may stay."""

    def __init__(self, structures):
        super().__init__(structures)
        self.codes = {}
        path = os.path.join(REFERENCE, "tables/fhir_r4_required_valuesets.csv")
        for row in csv.DictReader(open(path, newline="", encoding="utf-8")):
            self.codes.setdefault(row["value_set"], row["code"])

    def kept(self, path, owner, depth, report):
        out = {}
        for row in self.children(path, owner):
            name = row["path"][len(path) + 1:]
            if row["content_reference"] or name in ("contained", "meta", "modifierExtension"):
                continue
            for kind in row["types"].split("|"):
                value = VALID.get(kind)
                if kind in ("BackboneElement", "Element") and depth < 6:
                    value = self.kept(row["path"], owner, depth + 1, report)
                elif kind == "Reference":
                    targets = row["target_profiles"].split("|")
                    target = next((t for t in targets if t in ALLOWED), "Patient")
                    value = {"reference": target + "/1"} if not targets[0] or any(
                        t in ALLOWED or t == "Resource" for t in targets) else None
                elif kind == "code" and row["binding_strength"] == "required":
                    value = self.codes.get(row["value_set"].split("|")[0])
                elif kind == "code" and name == "language":
                    value = "en"
                elif kind == "Range" and name.split("[")[0] in ("onset", "abatement", "age",
                                                                "deceased"):
                    value = {"low": AGED, "high": AGED}
                if value is None or value == {}:
                    continue
                key = name
                if name.endswith("[x]"):
                    key = name[:-3] + kind[0].upper() + kind[1:]
                out[key] = [value] if row["max"] not in ("0", "1") else value
                report.append((row["path"], key))
        return out


def places(node, path=""):
    if isinstance(node, dict):
        for name, value in node.items():
            if not name.startswith("_"):
                yield f"{path}.{name}"
                yield from places(value, f"{path}.{name}")
    elif isinstance(node, list):
        for one in node:
            yield from places(one, path)


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
        types = [p for p, r in structures.items() if r[0]["kind"] == "resource"]
        for kind in types:
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


def make_kept(elements, out):
    keeper = Keeper(read(elements))
    with open(out, "w", newline="") as f:
        writer = csv.writer(f)
        for n, kind in enumerate(sorted(ALLOWED)):
            n = -n - 1
            one = keeper.kept(kind, kind, 0, [])
            # Only one of a choice; each is looked at by itself.
            one = {**one, **AROUND.get(kind, {}), "resourceType": kind, "id": "1"}
            writer.writerow([n, json.dumps(one)])


def judge_kept(path):
    passed = failed = 0
    for n, resource, unlinked, linked in csv.reader(open(path, newline="")):
        source = json.loads(resource)
        there = set(places(json.loads(linked))) if linked else set()
        for place in sorted(set(places(source))):
            name = source["resourceType"] + place
            if any(name == r or name.startswith(r + ".") for r in REMOVED):
                continue
            if place in there:
                passed += 1
            else:
                failed += 1
                print("gone:", name)
    print(f"{passed} passed, {failed} failed")


def strip_modifiers(node):
    if isinstance(node, dict):
        return {k: strip_modifiers(v) for k, v in node.items() if k != "modifierExtension"}
    if isinstance(node, list):
        return [strip_modifiers(v) for v in node]
    return node


def judge(path):
    passed = failed = 0
    for n, resource, unlinked, linked in csv.reader(open(path, newline="")):
        kind = json.loads(resource)["resourceType"]
        # Types that are dropped whole must be; of the others something stays (AROUND).
        found = [form for form in (unlinked, linked)
                 if (form == "") != (kind not in ALLOWED) or "canary" in form.lower() or "6175551234" in form]
        if found:
            failed += 1
            print(json.loads(resource)["resourceType"], found[0][:300])
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "make_kept":
        make_kept(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "judge_kept":
        judge_kept(sys.argv[2])
    else:
        judge(sys.argv[2])
