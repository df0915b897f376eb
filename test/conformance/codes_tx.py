#!/usr/bin/env python3
"""Runs HL7's terminology ecosystem test cases: `sql` writes the statements, `check` judges the answers.

An expected answer is compared by the rules of the test suite: $optional$ elements may be missing,
$optional-properties$ may be there or not, strings may be patterns ($uuid$, $external:n:text$, ...), and the
order of parameters, issues and codes does not matter (except that paging must give the right codes).
"""
import json
import os
import re
import sys

OPERATIONS = {"expand": "ValueSet/$expand", "validate-code": "ValueSet/$validate-code",
              "cs-validate-code": "CodeSystem/$validate-code"}
# Suites that need licensed or external code systems, or another server's own behaviour.
NO_CONTENT = {"tx.fhir.org", "snomed", "sct-ecl", "omop", "UCUM", "bugs", "compare", "icd-11", "related2", "langcodes"}


def load(root, name):
    with open(os.path.join(root, name), encoding="utf-8-sig") as f:
        return json.load(f)


def cases(root):
    """(suite, test, why it is left out or None)"""
    for suite in load(root, "test-cases.json")["suites"]:
        for test in suite["tests"]:
            if test["operation"] not in OPERATIONS:
                continue
            why = None
            if suite["name"] in NO_CONTENT:
                why = "needs code systems that do not come with the suite"
            elif not all(os.path.exists(os.path.join(root, test[k])) for k in ("request", "response")):
                why = "request or response is not in this copy of the suite"
            elif not all(os.path.exists(os.path.join(root, f)) for f in suite.get("setup", [])):
                why = "a resource of its set-up is not in this copy of the suite"
            yield suite, test, why


def request_of(root, suite, test):
    request = load(root, test["request"])
    parameters = request.setdefault("parameter", [])
    names = {p["name"] for p in parameters}
    if "profile" in test:
        parameters += [p for p in load(root, test["profile"])["parameter"] if p["name"] != "uuid"]
    if "Accept-Language" in test and "displayLanguage" not in names:
        parameters.append({"name": "displayLanguage", "valueCode": test["Accept-Language"]})
    return request


def literal(value):
    return "'" + json.dumps(value).replace("'", "''") + "'"


def write_sql(root):
    last = None
    for suite, test, why in cases(root):
        if why:
            continue
        if suite["name"] != last:
            last = suite["name"]
            print("TRUNCATE _pgclinical.code_system, _pgclinical.code_value_set, _pgclinical.code_concept_map CASCADE;")
            for name in suite.get("setup", []):
                print(f"DO $q$BEGIN PERFORM pgclinical.load_terminology({literal(load(root, name))}); "
                      f"EXCEPTION WHEN OTHERS THEN RAISE WARNING '% %', SQLSTATE, SQLERRM; END$q$;")
        key = literal([suite["name"], test["name"], test["request"]])
        print(f"SELECT jsonb_build_object('key', {key}::jsonb, 'answer', code_operation("
              f"'{OPERATIONS[test['operation']]}', {literal(request_of(root, suite, test))}::jsonb));")


def optional(node):
    return isinstance(node, dict) and "$optional$" in node


def text_matches(expected, actual):
    if not isinstance(actual, str):
        return False
    if expected in ("$$", "$id$", "$string$", "$version$"):
        return True
    if expected == "$uuid$":
        return True
    if expected == "$instant$":
        return True
    external = re.fullmatch(r"\$external:[^:$]+(?::(.*))?\$", expected, re.S)
    if external:
        return not external.group(1) or external.group(1) in actual
    choice = re.fullmatch(r"\$choice:(.*)\$", expected)
    if choice:
        return actual in choice.group(1).split("|")
    fragments = re.fullmatch(r"\$fragments:(.*)\$", expected)
    if fragments:
        return all(f in actual for f in re.split(r"[|]", fragments.group(1)))
    if "$version$" in expected:
        return re.fullmatch(re.escape(expected).replace(re.escape("$version$"), ".*"), actual) is not None
    return expected == actual


def key_of(node):
    if not isinstance(node, dict):
        return str(node)
    details = node.get("details") or {}
    kind = (details.get("coding") or [{}])[0].get("code", "")
    code = "" if kind else node.get("code")
    return str(node.get("name") or code or node.get("url") or node.get("language") or "") + kind + \
        str(node.get("version", "")) + str((node.get("expression") or [""])[0])


def compare(expected, actual, path, findings):
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            findings.append(f"{path}: expected an object")
            return
        free = set(expected.get("$optional-properties$", [])) | {"$optional-properties$", "$optional$", "id"}
        for name, value in expected.items():
            if name.startswith("$"):
                continue
            if name not in actual:
                if name in free or optional(value) or \
                        isinstance(value, list) and value and all(optional(v) for v in value):
                    continue
                findings.append(f"{path}.{name}: missing")
            else:
                compare(value, actual[name], f"{path}.{name}", findings)
        for name in actual:
            if name not in expected and name not in free and not name.startswith("_"):
                # details.text is free text, which the suite leaves to the server.
                if path.endswith(".details") and name == "text":
                    continue
                if path.count("issue[") and name in ("location", "diagnostics"):
                    continue
                findings.append(f"{path}.{name}: not expected")
    elif isinstance(expected, list):
        if not isinstance(actual, list):
            findings.append(f"{path}: expected a list")
            return
        rest = list(actual)
        for n, item in enumerate(expected):
            best, best_findings = None, None
            for candidate in rest:
                trial = []
                compare(item, candidate, f"{path}[{key_of(item) or n}]", trial)
                if key_of(candidate) != key_of(item) and trial:
                    trial = trial + ["another one"] * 50
                if best_findings is None or len(trial) < len(best_findings):
                    best, best_findings = candidate, trial
            if best is None or len(best_findings) >= 50:
                if not optional(item):
                    findings.append(f"{path}[{key_of(item) or n}]: missing")
                continue
            rest.remove(best)
            findings += best_findings
        for item in rest:
            findings.append(f"{path}[{key_of(item)}]: not expected")
    elif isinstance(expected, str):
        if not text_matches(expected, actual):
            findings.append(f"{path}: expected {expected!r}, got {actual!r}")
    elif isinstance(expected, float) or isinstance(actual, float):
        if float(expected) != float(actual):
            findings.append(f"{path}: expected {expected}, got {actual}")
    elif expected != actual:
        findings.append(f"{path}: expected {expected}, got {actual}")


def drop_compose(node):
    for name in ("compose", "timestamp", "identifier", "text", "meta", "date", "publisher", "contained"):
        node.pop(name, None)
    node.get("expansion", {}).pop("identifier", None)
    node.get("expansion", {}).pop("timestamp", None)
    if node.get("expansion", {}).get("offset") == 0:
        node["expansion"].pop("offset")
    return node


def known_failures():
    """suite/case of the table in docs/codes.md, whose first column is `suite/case, case, ...`."""
    known = set()
    for line in open("docs/codes.md", encoding="utf-8"):
        match = re.match(r"\| ([\w.-]+/[\w.,/ -]+) \|", line)
        suite = None
        for name in match.group(1).split(", ") if match else []:
            suite, name = name.split("/") if "/" in name else (suite, name)
            known.add(f"{suite}/{name}")
    return known


def check(root, verbose):
    answers = {}
    for line in sys.stdin:
        if line.startswith("{"):
            row = json.loads(line)
            answers[tuple(row["key"])] = row["answer"]
    passed, failed, left_out, ran = {}, [], {}, set()
    for suite, test, why in cases(root):
        if not why:
            ran.add(f"{suite['name']}/{test['name']}")
        if why:
            left_out.setdefault((suite["name"] if suite["name"] in NO_CONTENT else "not in this copy", why), []).append(test)
            continue
        answer = answers.get((suite["name"], test["name"], test["request"]))
        verdicts = []
        responses = [test[k] for k in ("response", "response2") if k in test and os.path.exists(os.path.join(root, test[k]))]
        for name in responses:
            expected = load(root, name)
            findings = []
            if answer is None:
                findings.append("no answer")
            elif expected.get("resourceType") != answer.get("resourceType"):
                findings.append(f"expected {expected.get('resourceType')}, got "
                                f"{answer.get('resourceType')}: {json.dumps(answer)[:300]}")
            else:
                compare(drop_compose(expected), drop_compose(answer), "", findings)
            verdicts.append(findings)
        findings = min(verdicts, key=len)
        key = test["operation"]
        if findings:
            failed.append((suite["name"], test["name"], findings))
            if verbose:
                print(f"FAILED {suite['name']}/{test['name']}")
                for finding in findings[:6]:
                    print(f"    {finding}"[:260])
        else:
            passed[key] = passed.get(key, 0) + 1
    for (name, why), tests in sorted(left_out.items()):
        print(f"left out: {name}: {len(tests)} cases, {why}")
    known = known_failures()
    unknown = [f for f in failed if f"{f[0]}/{f[1]}" not in known]
    healed = (known & ran) - {f"{f[0]}/{f[1]}" for f in failed}
    for case in sorted(healed):
        print(f"failed: {case} passes: take it out of docs/codes.md")
    for suite, name, findings in failed:
        if not verbose:
            print(f"failed: {suite}/{name}: {findings[0]}"[:200])
    print("passed by operation: " + ", ".join(f"{k} {v}" for k, v in sorted(passed.items())))
    total = sum(passed.values())
    print(f"{total} of {total + len(failed)} cases agree; {len(failed) - len(unknown)} known failures"
          " stand in docs/codes.md")
    print(f"{total} passed, {len(unknown) + len(healed)} failed")
    return 0


if __name__ == "__main__":
    if sys.argv[1] == "sql":
        write_sql(sys.argv[2])
    else:
        sys.exit(check(sys.argv[2], "-v" in sys.argv[3:]))
