#!/usr/bin/env python3
"""The R4 cases of the HL7 validator's suite, for fhir_validator.sh.

    fhir_validator.py cases SUITE          CSV for COPY: name, format, text of the cases in scope
    fhir_validator.py judge SUITE RESULTS  compares RESULTS (CSV: name, refused, issues as JSON)

The scope stands in fhir_validator_scope.csv: every case of the manifest with "in", or "out" and
the reason.  Two measures: agreement on "has errors", and, where both find errors, whether one of
ours lies at a place that the outcome names.
"""
import csv
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ERRORS = ("error", "fatal")


def manifest(suite):
    with open(os.path.join(suite, "manifest.json"), encoding="utf-8") as f:
        return json.load(f)["test-cases"]


def scope():
    with open(os.path.join(HERE, "fhir_validator_scope.csv"), encoding="utf-8") as f:
        return {row["case"]: row for row in csv.DictReader(f)}


def outcome(suite, case):
    """The outcome of validation without a profile: {"issue": [...]} or {"errorCount": n}."""
    java = case.get("java")
    if isinstance(java, dict):
        java = java.get("outcome", java)
        return java
    path = os.path.join(suite, "outcomes", java) if java else ""
    if not path or not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def read(suite, case):
    with open(os.path.join(suite, case["file"]), "rb") as f:
        return f.read().decode("utf-8-sig", "replace").replace("\0", "")


def cases(suite):
    known = scope()
    out = csv.writer(sys.stdout)
    for case in manifest(suite):
        row = known.get(case["name"])
        if row is None or row["scope"] == "in":
            kind = "xml" if case["file"].endswith(".xml") else "json"
            out.writerow((case["name"], kind, read(suite, case)))


def place(expression):
    """Paths without the validator's comments; names of types do not matter."""
    expression = re.sub(r"/\*.*?\*/", "", expression)
    expression = re.sub(r"\[url='[^']*'\]|\[x\]", "", expression)
    expression = re.sub(r"\.ofType\(\w+\)", "", expression)
    return expression.strip(".")


def judge(suite, results):
    known = scope()
    csv.field_size_limit(1 << 30)
    with open(results, encoding="utf-8") as f:
        ours = {row[0]: (row[1], json.loads(row[2] or "[]")) for row in csv.reader(f)}
    counts = dict.fromkeys(("both", "neither", "missed", "false"), 0)
    located = [0, 0]
    left_out = {}
    for case in manifest(suite):
        name = case["name"]
        row = known.get(name)
        if row is not None and row["scope"] != "in":
            left_out[row["reason"]] = left_out.get(row["reason"], 0) + 1
            continue
        theirs = outcome(suite, case)
        if theirs is None or name not in ours:
            left_out["no outcome file"] = left_out.get("no outcome file", 0) + 1
            continue
        expected = [i for i in theirs.get("issue", []) if i["severity"] in ERRORS]
        refused, issues = ours[name]
        found = [i["expression"] or "" for i in issues if i["severity"] in ERRORS]
        has_errors = bool(expected) or theirs.get("errorCount", 0) > 0
        verdict = ("both" if refused or found else "missed") if has_errors else (
            "false" if refused or found else "neither")
        counts[verdict] += 1
        wanted = {place(e) for i in expected for e in i.get("expression", [])}
        if verdict in ("missed", "false"):
            print(f"{verdict:7} {name}: {sorted(wanted)[:3] if wanted else ''} "
                  f"{refused or sorted(set((i['expression'], i['message']) for i in issues if i['severity'] in ERRORS))[:3]}")
        if verdict == "both" and wanted and not refused:
            located[1] += 1
            if wanted & {place(e) for e in found}:
                located[0] += 1
            else:
                print(f"place   {name}: {sorted(wanted)[:3]} ours {sorted(set(found))[:3]}")
    total = sum(counts.values())
    agree = counts["both"] + counts["neither"]
    print(f"errors in both {counts['both']}, in neither {counts['neither']}, "
          f"missed {counts['missed']}, false {counts['false']}: "
          f"{100 * agree / max(total, 1):.1f} % of {total} agree; "
          f"an error at the same place in {located[0]} of {located[1]}")
    for reason, count in sorted(left_out.items(), key=lambda x: -x[1]):
        print(f"left out {count}: {reason}")
    print(f"{agree} passed, {total - agree} failed")


if __name__ == "__main__":
    {"cases": cases, "judge": judge}[sys.argv[1]](*sys.argv[2:])
