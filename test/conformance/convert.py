#!/usr/bin/env python3
"""Compares the conversion of public HL7 v2 messages with what FHIR and the guide's pairs want.

    convert.py sql SUITES      prints the script that loads the messages and converts them
    convert.py check SUITES TABLES    reads its output: one JSON object a line
"""

import collections
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from convert_projection import FIELDS  # noqa: E402
from fhir_structure import Checker, Definitions, references  # noqa: E402

FOLDERS = ["ms-fhir-converter/messages", "reportstream", "cdc-dex",
           "../v2-to-fhir-ig/samples/messages"]
CATCHALL = "reportstream/mappinginventory/catchall/"
# Types that this version refuses, and reasons that are true of a message.
REASONS = {"unsupported-type", "missing-key", "validation-error", "malformed", "encoding"}


def messages(suites):
    for folder in FOLDERS:
        for root, _, files in sorted(os.walk(os.path.join(suites, folder))):
            for name in sorted(files):
                if name.lower().endswith((".hl7", ".txt")):
                    yield os.path.relpath(os.path.join(root, name), suites)


def with_patient(contents):
    """The pairs are about single fields and name no patient: they get a number, so that they can
    be compared."""
    text = contents.decode("utf-8", "replace")
    separator = text[3]
    lines = re.split(r"[\r\n]+", text.strip())
    pid = [i for i, line in enumerate(lines) if line.startswith("PID")]
    if pid:
        fields = lines[pid[0]].split(separator)
        fields += [""] * (4 - len(fields))
        fields[3] = fields[3] or "1"
        lines[pid[0]] = separator.join(fields)
    else:
        lines.insert(1, separator.join(["PID", "1", "", "1"]))
    return "\r".join(lines).encode()


def print_sql(suites):
    print("CREATE TEMP TABLE file (name text, contents bytea);")
    for name in messages(suites):
        with open(os.path.join(suites, name), "rb") as f:
            contents = f.read()
        quoted = name.replace("'", "_")
        print(f"INSERT INTO file VALUES ('{quoted}', '\\x{contents.hex()}');")
        if name.startswith(CATCHALL):
            print(f"INSERT INTO file VALUES ('pair:{quoted}', '\\x{with_patient(contents).hex()}');")
    print("""
CREATE TEMP TABLE message AS
SELECT f.name, r.ordinal, r.message, r.issue
FROM file f, _pgclinical.hl7v2_records(f.contents, NULL) r;
SELECT jsonb_build_object('name', m.name, 'record', m.ordinal,
    'type', m.message ->> 'MSH-9.1', 'trigger', m.message ->> 'MSH-9.2',
    'issue', to_jsonb(m.issue),
    'said', (SELECT jsonb_agg(jsonb_build_object('kind', c.kind, 'type', c.resource_type,
                        'id', c.id, 'patient_id', c.patient_id, 'resource', c.resource,
                        'parents', c.parents, 'issue', to_jsonb(c.issue)) ORDER BY c.ordinal)
             FROM _pgclinical.hl7v2_convert(m.message, NULL) c))
FROM message m ORDER BY m.name, m.ordinal;
-- Bundles are checked as resources.
SELECT jsonb_build_object('name', m.name, 'record', m.ordinal, 'bundle', hl7v2_bundle(m.message))
FROM message m
WHERE m.message IS NOT NULL AND NOT EXISTS (
    SELECT FROM _pgclinical.hl7v2_convert(m.message, NULL) c WHERE c.kind = 'refused');
""")


def check_message(row, checker):
    """Findings about one message; none when it is right."""
    said = row["said"] or []
    if row["said"] is None:
        issue = row["issue"] or {}
        return [] if issue.get("code") else ["neither a message nor a reason"]
    refused = [s for s in said if s["kind"] == "refused"]
    if refused:
        out = []
        if any(s["kind"] == "resource" for s in said):
            out.append("refused, and yet resources")
        reason = refused[0]["issue"]["code"]
        if reason not in REASONS:
            out.append(f"unknown reason {reason}")
        if reason == "unsupported-type" and row["type"] == "ORU" and row["trigger"] == "R01":
            out.append("an ORU^R01 is not of an unsupported type")
        return out
    out = []
    stated = {f"{s['type']}/{s['id']}" for s in said if s["kind"] == "resource"}
    seen = collections.Counter(f"{s['type']}/{s['id']}" for s in said if s["kind"] == "resource")
    out += [f"{r.split('/')[0]} stated twice" for r, n in seen.items() if n > 1]
    # A29 deletes its patient; master files have none.
    if row["trigger"] not in ("A29", "M02", "M05") and not any(
            s["type"] == "Patient" for s in said if s["kind"] == "resource"):
        out.append("no Patient")
    for s in said:
        if s["kind"] != "resource":
            continue
        out += checker.check(s["resource"])
        contained = {"#" + c["id"] for c in s["resource"].get("contained", [])}
        for r in references(s["resource"]):
            if r not in stated and r not in contained and r not in (s["parents"] or []):
                out.append(f"{s['type']}: a reference resolves nowhere")
    return out


# ---- catchall pairs ----------------------------------------------------------------------------

def facts(resources, kind, element):
    out = set()
    for r in resources:
        if r["resourceType"] == kind:
            out |= FIELDS[kind][element](r)
    return out


def compare(pair, ours):
    """(kind, element) -> facts of the pair, and those that are not among ours."""
    theirs = [e["resource"] for e in pair.get("entry", []) if "resource" in e]
    result = {}
    for kind, elements in FIELDS.items():
        if not any(r["resourceType"] == kind for r in ours):
            continue
        for element in elements:
            want = facts(theirs, kind, element)
            if not want:
                continue
            have = facts(ours, kind, element)
            result[(kind, element)] = (want, want - have, have)
    return result


def known_differences(paths):
    """Rows `file | element` of the tables in docs/conformance.md and docs/convert.md."""
    out = set()
    for path in paths.split(","):
        with open(path, encoding="utf-8") as f:
            for line in f:
                m = re.match(r"^\| `([^`]+)` \| `([A-Za-z.]+)` \|", line)
                if m:
                    out.add((m.group(1), m.group(2)))
    return out


def check(suites, tables, known_path, own_pairs_failed, verbose):
    checker = Checker(Definitions(tables))
    failed = int(own_pairs_failed)
    passed = 1 - failed
    known = compared = 0
    counts = collections.Counter()
    converted = {}
    projected = collections.defaultdict(lambda: [0, 0])
    known_rows = known_differences(known_path)
    used = set()
    for line in sys.stdin:
        row = json.loads(line)
        if "bundle" in row:
            findings = checker.check(dict(row["bundle"], id="bundle"))
            counts["bundles"] += 1
            if row["record"] == 1:
                converted[row["name"]] = [e["resource"] for e in row["bundle"].get("entry", [])]
        else:
            findings = check_message(row, checker)
            said = row["said"] or []
            refused = [s["issue"]["code"] for s in said if s["kind"] == "refused"]
            counts["refused " + refused[0] if refused else
                   "converted" if row["said"] else "no message"] += 1
            counts["resources"] += sum(s["kind"] == "resource" for s in said)
        if findings:
            failed += 1
            print(f"{row['name']} #{row['record']}: {len(findings)} findings, as {findings[0]}")
            if verbose:
                for f in findings[1:20]:
                    print("   ", f)
        else:
            passed += 1
    for name, ours in sorted(converted.items()):
        if not name.startswith("pair:"):
            continue
        name = name[5:]
        pair = os.path.join(suites, re.sub(r"\.hl7$", ".fhir.json", name))
        if not ours or not os.path.exists(pair):
            continue
        with open(pair, encoding="utf-8") as f:
            bundle = json.load(f)
        short = name[len(CATCHALL):]
        group = short.split("/")[0]
        for (kind, element), (want, missing, have) in compare(bundle, ours).items():
            if (short, f"{kind}.{element}") in known_rows:
                if missing:
                    known += 1
                    used.add((short, f"{kind}.{element}"))
                    continue
            projected[group][0] += len(want) - len(missing)
            projected[group][1] += len(want)
            compared += 1
            if missing and verbose:
                print(f"{short}: {kind}.{element} wants", sorted(map(str, missing)), "has",
                      sorted(map(str, have)))
    for stale in sorted(known_rows - used):
        failed += 1
        print(f"listed as a known difference, and is none: {stale[0]} {stale[1]}")
    print(", ".join(f"{n} {what}" for what, n in sorted(counts.items())))
    agreed = sum(a for a, _ in projected.values())
    total = sum(t for _, t in projected.values())
    print("agreed/total of the projection (convert_projection.py): " + ", ".join(
        f"{g} {a}/{t}" for g, (a, t) in sorted(projected.items())))
    share = agreed / total if total else 1
    print(f"{agreed} of {total} facts ({share:.1%}) in {compared} elements,"
          f" {known} elements excluded (docs/convert.md)")
    if share >= 0.98:
        passed += 1
    else:
        failed += 1
        print("less than 98 % of the projection agree")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "sql":
        print_sql(sys.argv[2])
    else:
        sys.exit(check(*sys.argv[2:6], "-v" in sys.argv))
