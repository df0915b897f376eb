#!/usr/bin/env python3
"""The anonymizer's functional pairs (x.json -> x-target.json), their configurations as policy rows.

    deid_policies.py make SUITE CSV      name, resource, policy
    deid_policies.py judge CSV           name, resource, policy, output; SUITE

A configuration is first-match FHIRPath with "keep" for the rest; a policy is rows (path, action,
parameters) of expert_determination with "*": keep.  Explained, and left out of the comparison:
meta.security (each says in its own words what was done), empty strings of data types that both drop.
"""
import csv
import glob
import json
import os
import re
import sys

csv.field_size_limit(1 << 30)


def load(path):
    with open(path, encoding="utf-8-sig") as f:
        return json.load(f)


# The tool's tests: resource -> configuration.
CONFIG = {
    "patient-redact-all": ("redact-all-config", "patient-redact-all"),
    "patient-no-partial": ("common-no-partial-config", None),
    "contained-in-bundle": ("common-config", None),
    "contained-in-bundle-redact-all": ("redact-all-config", None),
    "patient-special-content": ("common-config", None),
    "patient-generalize": ("generalize-patient-config", None),
    "bundle-basic": ("common-config", None),
    "patient-substitute-multiple-2": ("substitute-multiple-2", None),
    "patient-substitute-primitive": ("substitute-primitive", None),
    "bundle-substitute": ("substitute-multiple", None),
    "contained-substitute": ("substitute-multiple", None),
    "R4OnlyResource/OrganizationAffiliation": ("../../configurations/r4-configuration-sample", None),
    "R4OnlyResource/MedicinalProduct": ("../../configurations/r4-configuration-sample", None),
    "R4OnlyResource/Account-R4": ("../../configurations/r4-configuration-sample", None),
    "R4OnlyResource/Claim-R4": ("../../configurations/r4-configuration-sample", None),
    "R4OnlyResource/ServiceRequest": ("../../configurations/r4-configuration-sample", None),
}
SOURCES = {"contained-in-bundle-redact-all": "contained-in-bundle"}
# Cases are expressions in the configuration; as ranges, maps and prefixes they are these.
GENERALIZED = {
    "Patient.communication.language.coding.code": {
        "map": {**{f"en-{c}": "en" for c in "AU CA GB IN NZ SG US".split()},
                **{f"es-{c}": "es" for c in "AR ES UY".split()}}, "other": "keep"},
    "date": {"ranges": [{"from": "1990-01-01", "to": "2020-01-01", "value": "2000-01-01"}],
             "other": "remove"},
    "dateTime": {"ranges": [{"from": "1990", "to": "2020-01-01T00:00:00Z",
                             "value": "2000-01-01T00:00:00Z"}], "other": "remove"},
    "integer": {"ranges": [{"value": 1}], "other": "keep"},
    "Address.postalCode": {"prefixes": [{"prefix": "123", "keep": 3, "append": "****"}],
                           "other": "remove"},
}
WHERE = []  # conditions cannot be rows


ELEMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../../shared/reference/tables/fhir_r4_elements.csv")
with open(ELEMENTS, newline="", encoding="utf-8") as f:
    TYPES = {r["path"]: r["types"] for r in csv.DictReader(f)}
NAMES = set(TYPES) | {"Resource.id"}


def path_of(text):
    text = text.replace(" as Age", "")
    if ".where(" in text:
        WHERE.append(text)
        return None
    text = re.sub(r"^(?:\w+\.)?nodesByType\('(\w+)'\)", r"\1", text)
    if "(" in text:
        return None
    primitive = text[:1].islower() and "." not in text
    start = ".".join(text.split(".")[:2])
    if not primitive and not {start, start + "[x]"} & NAMES and text != "Resource":
        WHERE.append(text)  # no element of R4: a misspelling, or of another release
        return None
    return text


def rows_of(config):
    rows, order = {}, []
    for rule in config["fhirPathRules"]:
        path = path_of(rule["path"])
        if path is None or path in rows:
            continue
        method = rule["method"]
        if method == "redact":
            row = {"action": "remove"}
            if path in ("date", "dateTime") and config.get("parameters", {}).get(
                    "enablePartialDatesForRedact"):
                row = {"action": "year"}
        elif method == "keep":
            row = {"action": "keep"}
        elif method == "substitute":
            row = {"action": "substitute", "with": rule["replaceWith"]}
        elif method == "generalize":
            row = {"action": "generalize", **GENERALIZED[path]}
        elif method == "dateShift":
            row = {"action": "date_shift"}
        elif method == "cryptoHash":
            row = {"action": "hash"}
        else:
            continue
        rows[path] = {"path": path, **row}
    # A rule for a whole element comes first there; what it replaced is not looked at again.
    for path in list(rows):
        if rows.get(path, {}).get("action") == "substitute":
            for other in list(rows):
                if other.startswith(path + ".") and list(rows).index(other) > list(rows).index(path):
                    del rows[other]
    # A first match holds for all below it: say so where a row for a data type would come nearer.
    for path in [p for p in rows if rows[p]["action"] == "keep"]:
        for other in list(rows):
            if other.startswith(TYPES.get(path, "-") + "."):
                below = path + "." + other.split(".", 1)[1]
                rows.setdefault(below, {"path": below, "action": "keep"})
    if rows.get("Resource", {}).get("action") == "remove":
        del rows["Resource"]
        rows["*"] = {"path": "*", "action": "remove"}
    rows.setdefault("*", {"path": "*", "action": "keep"})
    return list(rows.values())


def make(suite, out):
    with open(out, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        for name, (config, _) in CONFIG.items():
            source = os.path.join(suite, "functional/TestResources", SOURCES.get(name, name) + ".json")
            if not os.path.exists(source):
                source = source.replace("-redact-all", "-special-content")
            policy = {"name": "suite", "mode": "expert_determination",
                      "rules": rows_of(load(os.path.join(suite, "functional/Configurations",
                                                         config + ".json")))}
            writer.writerow([name, json.dumps(load(source)), json.dumps(policy)])


def same(mine, theirs, where=""):
    """Differences, the explained ones counted apart."""
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in sorted(set(mine) | set(theirs)):
            if key == "security" and where.endswith(".meta") or key == "meta":
                continue
            here = f"{where}.{key}"
            if key not in mine:
                yield here, "only in the target"
            elif key not in theirs:
                yield here, "only in ours"
            else:
                yield from same(mine[key], theirs[key], here)
    elif isinstance(mine, list) and isinstance(theirs, list):
        if len(mine) != len(theirs):
            yield where, f"{len(mine)} of {len(theirs)} elements"
            return
        for one, other in zip(mine, theirs):
            yield from same(one, other, where + "[]")
    elif mine != theirs:
        yield where, "another value"


# What differs, where, and why.
EXPLAINED = [
    (r".*", r"only in the target", r"\._birthDate$",
     "an extension beside a value that is changed goes: patient-birthTime is a date"),
    (r".*", r"only in the target", r"^\.identifier$", "2001-01-01Z is no date of FHIR"),
    (r".*", r"another value", r"^\.communication$", "an object where FHIR has an array"),
    (r".*", r"another value", r"\.(id|reference|versionId)$",
     "their HMAC is under their key: ours differs in value, not in kind"),
    (r".*", r"another value", r"(date|Date|start|end|created|time|issued|DateTime|authored\w*|recorded|"
     r"lastUpdated|occurrence\w*)(\[\])?$",
     "their shift of days is under their key: ours differs in value, not in kind"),
    (r".*", r"only in ours|another value|elements", r"\.address", "a condition (where city=...) cannot be a row"),
    (r".*", r"only in the target", r"\.(postalCode|address)", "a condition (where city=...) cannot be a row"),
]


def judge(path, suite):
    passed = failed = explained = 0
    for name, resource, policy, output in csv.reader(open(path, newline="", encoding="utf-8")):
        target = load(os.path.join(suite, "functional/TestResources", name + "-target.json"))
        left = []
        for where, what in same(json.loads(output), target):
            why = next((e[3] for e in EXPLAINED if re.search(e[1], what) and re.search(e[2], where)), None)
            if why:
                explained += 1
            else:
                left.append(f"{where}: {what}")
        if left:
            failed += 1
            print(name, "; ".join(left[:6]))
        else:
            passed += 1
    print(f"{explained} places differ for an explained reason; {len(CONFIG)} pairs")
    print(f"{passed} passed, {failed} failed")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    else:
        judge(sys.argv[2], sys.argv[3])
