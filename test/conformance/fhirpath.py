#!/usr/bin/env python3
"""FHIRPath suites against SQL function fhirpath().

    fhirpath.py SUITES host port [--verbose]

Runs every case of fhirpath/official/tests-fhir-r4.xml and of fhirpath/fhirpath.js-cases that is for
R4 or for no model.  Prints passed/total per group, each failure, what was left out and why, and
closes with "N passed, N failed".
"""
import decimal
import glob
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

suites, host, port = sys.argv[1:4]
verbose = "--verbose" in sys.argv
official = os.path.join(suites, "fhirpath/official")
js_cases = os.path.join(suites, "fhirpath/fhirpath.js-cases")
js_resources = os.path.join(suites, "fhirpath/fhirpath.js-resources/r4")

# A case that contradicts the specification or another case of these suites: name -> why.
ERRATA = {
    "Patient.birthDate + 1 day = @1974-12-26": "asked without a model; here the resource says its type",
    "Patient.address[1].id = 'someId'": "its input has _address, but an Address is no primitive (FHIR R4, JSON)",
    "4 'g' !~ 4040 'mg'": "contradicts HL7's testQuantity4; 6.1.2: values are rounded to the precision of "
                          "the least precise operand, and 4 'g' is known to the gram",
    "4040 'mg' !~ 4 'g'": "as 4 'g' !~ 4040 'mg'",
    "Patient.children() = (Patient.birthDate | Patient.address | Patient.name | Patient.communication)":
        "5.8.1: 'Note that the ordering of the children is undefined'",
    "@2018-02-18T12:23:45-05:00 + 2 years": "the same moment, written in the suite's own time zone",
    "testPlusDate19": "6.7: 'For precisions above seconds, the decimal portion of the time-valued "
                      "quantity is ignored'; 0.1 's' is not above seconds (fhirpath.js agrees)",
}


def number(text):
    return decimal.Decimal(text)


def load(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


FIRST = ("id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension")


def in_order(xml):
    """observation-example.xml has its status before its extension, which FHIR XML does not allow."""
    for space in ("http://hl7.org/fhir", "http://www.w3.org/1999/xhtml"):
        ET.register_namespace("" if space.endswith("fhir") else "h", space)
    root = ET.fromstring(xml)

    def rank(element):
        name = element.tag.rpartition("}")[2]
        return FIRST.index(name) if name in FIRST else len(FIRST)
    root[:] = sorted(root, key=rank)
    return ET.tostring(root, encoding="unicode")


def input_of(name):
    """An input file: JSON, XML where the suite has no twin; or None."""
    xml = os.path.join(official, "input", name)
    if name.endswith(".xml") and os.path.exists(xml):
        return in_order(load(xml))
    name = re.sub(r"\.xml$", ".json", name)
    for folder in (os.path.join(official, "input"), js_resources):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return load(path)
    return None


class Psql:
    """All cases in one session: a block per case, so that an error is a row."""

    def __init__(self):
        self.cases = []

    def add(self, resource, expression, variables=None, mode="3"):
        self.cases.append((resource, expression, variables, mode))

    def run(self):
        resources = {}
        script = ["\\set ON_ERROR_STOP on", "BEGIN;",
                  "CREATE TEMP TABLE r (n int PRIMARY KEY, j jsonb);",
                  "CREATE TEMP TABLE c (n int, r int, e text, v jsonb, m text);",
                  "CREATE TEMP TABLE o (n int, i int, j text, t text, err text);"]

        def lit(text):
            return "NULL" if text is None else "E'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

        for n, (resource, expression, variables, mode) in enumerate(self.cases):
            r = resources.setdefault(resource, len(resources))
            script.append(f"INSERT INTO c VALUES ({n},{r},{lit(expression)},"
                          f"{lit(json.dumps(variables or {}))},'{mode}');")
        for resource, r in resources.items():
            value = f"fhir_from_xml({lit(resource)})" if resource.lstrip().startswith("<") else lit(resource)
            script.append(f"INSERT INTO r VALUES ({r}, {value});")
        script.append("""
DO $$
DECLARE k record; i int; j jsonb;
BEGIN
  FOR k IN SELECT c.n, c.e, c.v, c.m, r.j FROM c JOIN r ON r.n = c.r ORDER BY c.n LOOP
    BEGIN
      i := 0;
      IF k.m = 'strict' THEN
        PERFORM 1 FROM fhirpath_issues(k.e, k.j ->> 'resourceType') s WHERE s.severity = 'error';
        IF FOUND THEN RAISE EXCEPTION 'static' USING ERRCODE = '42703'; END IF;
      END IF;
      FOR j IN SELECT * FROM fhirpath(k.j, k.e, k.v) LOOP
        INSERT INTO o VALUES (k.n, i, j::text, NULL, NULL);
        i := i + 1;
      END LOOP;
    EXCEPTION WHEN OTHERS THEN
      INSERT INTO o VALUES (k.n, 0, NULL, NULL, SQLSTATE || ' ' || SQLERRM);
    END;
  END LOOP;
END $$;
COPY (SELECT json_build_array(n, j, err) FROM o ORDER BY n, i) TO STDOUT;
""")
        out = subprocess.run(["psql", "-X", "-q", "-h", host, "-p", port, "-U", "postgres", "fhirpath"],
                             input="\n".join(script), capture_output=True, text=True)
        if out.returncode:
            print(out.stderr[-3000:])
            sys.exit(1)
        results = [([], None) for _ in self.cases]
        for line in out.stdout.splitlines():
            n, j, err = json.loads(line.replace("\\\\", "\\"))
            if err:
                results[n] = ([], err)
            else:
                results[n][0].append(json.loads(j, parse_float=number, parse_int=number))
        return results


psql = Psql()
checks = []   # (suite, group, name, expression, expectation, kind)
skipped = []


def official_cases():
    tree = ET.parse(os.path.join(official, "tests-fhir-r4.xml"))
    for group in tree.getroot().iter("group"):
        for test in group.iter("test"):
            expression = test.find("expression")
            name = test.get("name")
            file = test.get("inputfile")
            resource = input_of(file) if file else "{}"
            if resource is None:
                skipped.append(("official", name, f"no JSON of {file}"))
                continue
            invalid = expression.get("invalid")
            strict = "strict" in (test.get("mode"), expression.get("mode"))
            outputs = [(o.get("type"), o.text or "") for o in test.findall("output")]
            psql.add(resource, expression.text, None, "strict" if strict else "3")
            checks.append(("official", group.get("name"), name, expression.text,
                           (invalid, test.get("predicate") == "true", outputs), "official"))


def js_cases_of():
    for path in sorted(glob.glob(os.path.join(js_cases, "*.json"))):
        file = os.path.basename(path)
        data = json.loads(load(path), parse_float=number, parse_int=number)
        subject = data.get("subject")

        def walk(tests, group):
            for t in tests:
                sub = next((k for k in t if k.lstrip("- ").startswith("group")), None)
                if sub:
                    walk(t[sub], sub)
                    continue
                if "expression" not in t:
                    continue
                expressions = t["expression"]
                for e in expressions if isinstance(expressions, list) else [expressions]:
                    model = t.get("model")
                    name = f"{file}: {e[:70]}"
                    if t.get("disable"):
                        skipped.append(("fhirpath.js", name, "disabled in the suite"))
                        continue
                    if model not in (None, "r4") and file != "fhir-r5.json":
                        skipped.append(("fhirpath.js", name, f"model {model}"))
                        continue
                    if "integer64" in e and file != "fhir-r5.json":
                        skipped.append(("fhirpath.js", name, "integer64 is a type of R5"))
                        continue
                    if t.get("preciseMath") is False:
                        skipped.append(("fhirpath.js", name, "asks for binary floating point"))
                        continue
                    if t.get("inputfile"):
                        resource = input_of(t["inputfile"])
                        if resource is None:
                            skipped.append(("fhirpath.js", name, "no input file"))
                            continue
                    else:
                        resource = json.dumps(subject, default=lambda d: float(d)
                                              if d % 1 else int(d)) if subject is not None else "{}"
                    if isinstance(subject, list) and not t.get("inputfile"):
                        skipped.append(("fhirpath.js", name, "input is no object"))
                        continue
                    variables = t.get("variables")
                    suite = "fhirpath.js-r5" if file == "fhir-r5.json" else "fhirpath.js"
                    psql.add(resource, e, json.loads(json.dumps(variables, default=float)) if variables else None)
                    checks.append((suite, file, name, e, t, "js"))
        walk(data["tests"], file)


def official_text(kind, item):
    """How the suite would write an item that we found."""
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, decimal.Decimal):
        return str(item)
    if isinstance(item, dict) and "value" in item and "unit" in item:
        unit = item["unit"] if "code" not in item else f"'{item['code']}'"
        return f"{item['value']} {unit}"
    return str(item)


def same_official(kind, expected, item):
    found = official_text(kind, item)
    if kind in ("date", "dateTime", "time") or expected.startswith("@"):
        expected = expected.lstrip("@")
        if expected.startswith("T"):
            expected = expected[1:]
        return expected == found
    if kind == "boolean":
        return expected == found
    if kind in ("decimal", "integer") or re.fullmatch(r"-?\d+(\.\d+)?", expected):
        try:
            return number(expected) == number(found)
        except decimal.InvalidOperation:
            return False
    return expected == found


def check_official(expectation, items, error):
    invalid, predicate, outputs = expectation
    if invalid:
        return error is not None
    if error:
        return False
    if predicate:
        truth = bool(items) if not (len(items) == 1 and isinstance(items[0], bool)) else items[0]
        return [("true" if truth else "false")] == [o[1] for o in outputs]
    return len(items) == len(outputs) and \
        all(same_official(k, e, i) for (k, e), i in zip(outputs, items))


def js_value(item):
    if isinstance(item, dict) and set(item) <= {"value", "unit", "system", "code"} and "unit" in item:
        if "code" in item:
            return f"{item['value']} '{item['code']}'"
        value = item["value"]
        return f"{value} {item['unit']}{'' if value == 1 else 's'}"
    return item


def same_js(expected, item):
    if isinstance(expected, bool) or isinstance(item, bool):
        return expected is item
    if isinstance(expected, decimal.Decimal) and isinstance(item, decimal.Decimal):
        return abs(expected - item) <= abs(expected) * decimal.Decimal("1e-14")
    if isinstance(item, decimal.Decimal) and isinstance(expected, str):
        return expected == str(item)
    if isinstance(expected, dict) and isinstance(item, dict):
        return expected == item
    if isinstance(expected, str) and re.fullmatch(r"-?\d+(\.\d+)? .+", expected) and isinstance(item, dict):
        text = js_value(item)
        if not isinstance(text, str):
            return False
        a, b = expected.split(" ", 1), text.split(" ", 1)
        return number(a[0]) == number(b[0]) and a[1].rstrip("s") == b[1].rstrip("s")
    return expected == item


def check_js(t, items, error):
    if t.get("error"):
        return error is not None
    if error:
        return False
    expected = t.get("result", [])
    expected = expected if isinstance(expected, list) else [expected]
    return len(expected) == len(items) and all(same_js(e, i) for e, i in zip(expected, items))


official_cases()
js_cases_of()
results = psql.run()
groups, failures = {}, []
errata = []
for (suite, group, name, expression, expectation, kind), (items, error) in zip(checks, results):
    good = check_official(expectation, items, error) if kind == "official" else check_js(expectation, items, error)
    key = ERRATA.get(name) or (ERRATA.get(expression.strip()) if kind == "js" else None)
    if not good and key:
        errata.append((suite, name, key))
        continue
    passed, total = groups.get((suite, group), (0, 0))
    groups[suite, group] = (passed + good, total + 1)
    if not good:
        failures.append((suite, group, name, expression, expectation, items, error))

for (suite, group), (passed, total) in groups.items():
    if verbose or passed != total:
        print(f"{suite:16} {group:50.50} {passed}/{total}")
for suite, group, name, expression, expectation, items, error in failures:
    if suite == "fhirpath.js-r5" and not verbose:
        continue
    wanted = expectation if suite == "official" else {k: v for k, v in expectation.items() if k in ("result", "error")}
    print(f"FAILED {suite} {name}: {' '.join(expression.split())[:300]}\n    expected {str(wanted)[:200]}\n"
          f"    found {str(items)[:200]} {error or ''}")
reasons = {}
for suite, name, why in skipped:
    reasons.setdefault((suite, why), []).append(name)
for (suite, why), names in reasons.items():
    print(f"skipped {suite}: {len(names)}, {why}")
for suite, name, why in errata:
    print(f"erratum {suite}: {name}: {why}")
for suite in ("official", "fhirpath.js", "fhirpath.js-r5"):
    passed = sum(p for (s, _), (p, t) in groups.items() if s == suite)
    total = sum(t for (s, _), (p, t) in groups.items() if s == suite)
    left = sum(1 for e in errata if e[0] == suite)
    print(f"fhirpath {suite}: {passed} of {total} cases"
          + (f", {left} errata" if left else "")
          + (", for information: written for R5" if suite.endswith("r5") else ""))
judged = [f for f in failures if f[0] != "fhirpath.js-r5"]
passed = sum(p for (s, _), (p, t) in groups.items() if s != "fhirpath.js-r5")
print(f"{passed} passed, {len(judged)} failed")
sys.exit(bool(judged))
