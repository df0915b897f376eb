#!/usr/bin/env python3
"""The SQL on FHIR suite, unmodified, through fhir_view_rows and through create_view.

    views.py sql SUITE            prints the script that runs every case both ways
    views.py check SUITE REPORT   reads its output, writes the report file of the suite's schema
"""

import glob
import json
import os
import sys
from decimal import Decimal


def cases(suite):
    for path in sorted(glob.glob(os.path.join(suite, "tests", "*.json"))):
        data = json.load(open(path), parse_float=Decimal)
        for number, test in enumerate(data["tests"]):
            yield os.path.basename(path), number, data["resources"], test


def literal(value):
    return "'" + json.dumps(value).replace("'", "''") + "'"


def exact(text):
    """JSON whose numbers compare by value."""
    return json.loads(text, parse_float=Decimal)


SCRIPT = """
\\echo {key}
CREATE TABLE source AS SELECT r AS resource FROM jsonb_array_elements({resources}::jsonb) r;
SELECT 'rows ' || coalesce(jsonb_agg(made), '[]')::text
FROM source, fhir_view_rows({view}::jsonb, resource) made;
SELECT 'view ' || pgclinical.create_view('case_view', {view}::jsonb, 'source');
SELECT 'columns ' || json_agg(attname ORDER BY attnum)::text
FROM pg_attribute WHERE attrelid = to_regclass('case_view') AND attnum > 0;
SELECT 'view_rows ' || coalesce(jsonb_agg(to_jsonb(row_.*)), '[]')::text FROM case_view row_;
SELECT 'table ' || pgclinical.create_view('case_table', {view}::jsonb, 'source', true);
SELECT 'table_rows ' || coalesce(jsonb_agg(to_jsonb(row_.*) - 'source_row'), '[]')::text FROM case_table row_;
DROP VIEW IF EXISTS case_view;
DROP TABLE IF EXISTS case_table CASCADE;
DROP TABLE source CASCADE;
DROP TABLE IF EXISTS case_table_refresh CASCADE;
"""


def script(suite):
    print("SET client_min_messages = warning;")
    for path in sorted(glob.glob(os.path.join(suite, "tests", "*.json"))):
        data = json.loads(open(path).read())
        name = os.path.basename(path)
        # json.dumps of Python floats could change digits: cut the numbers out as they stand.
        raw = json.loads(open(path).read(), parse_float=lambda t: "\\u0001" + t + "\\u0001")
        for number, test in enumerate(data["tests"]):
            def dump(value):
                text = json.dumps(value).replace('"\\\\u0001', "").replace('\\\\u0001"', "")
                return "'" + text.replace("'", "''") + "'"
            print(SCRIPT.format(key="case %s %d" % (name, number),
                                resources=dump(raw["resources"]),
                                view=dump(raw["tests"][number]["view"])))


def rows_of(expect):
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in expect)


def normal(value):
    """1.0 and 1 are one number."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return "number " + str(Decimal(str(value)).normalize() + 0)
    if isinstance(value, list):
        return [normal(v) for v in value]
    return {k: normal(v) for k, v in value.items()}


def check(suite, report_path):
    found, key = {}, None
    for line in sys.stdin:
        line = line.rstrip("\n")
        if line.startswith("case "):
            _, name, number = line.split(" ")
            key = (name, int(number))
            found[key] = {"errors": {}}
        elif key and " " in line:
            what, rest = line.split(" ", 1)
            if what in ("rows", "view_rows", "table_rows", "columns"):
                found[key][what] = exact(rest)
    passed = failed = 0
    report = {}
    for name, number, _, test in cases(suite):
        got = found.get((name, number), {})
        problems = []
        for what in ("rows", "view_rows", "table_rows"):
            if test.get("expectError"):
                if what in got:
                    problems.append(what + ": no error")
                continue
            if what not in got:
                problems.append(what + ": error")
                continue
            if "expect" in test:
                if rows_of(normal(got[what])) != rows_of(normal(test["expect"])):
                    problems.append("%s: got %s" % (what, json.dumps(got[what], default=str)[:300]))
            elif "expectCount" in test and len(got[what]) != test["expectCount"]:
                problems.append("%s: %d rows" % (what, len(got[what])))
        if "expectColumns" in test and got.get("columns") != test["expectColumns"]:
            problems.append("columns differ")
        result = {"passed": not problems}
        if problems:
            failed += 1
            result["error"] = "; ".join(problems)
            print("%s: %s: %s" % (name, test["title"], "; ".join(problems)))
        else:
            passed += 1
        report.setdefault(name, {"tests": []})["tests"].append(
            {"name": test["title"], "result": result})
    with open(report_path, "w") as out:
        json.dump(report, out, indent=1)
        out.write("\n")
    print("%d passed, %d failed" % (passed, failed))


if sys.argv[1] == "sql":
    script(sys.argv[2])
else:
    check(sys.argv[2], sys.argv[3])
