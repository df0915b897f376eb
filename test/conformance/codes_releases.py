#!/usr/bin/env python3
"""Writes SQL that loads every RF2 snapshot and the Athena extracts and counts agreements with their closure."""
import csv
import os
import sys

IS_A = "116680003"


def quoted(text):
    return "'" + str(text).replace("'", "''") + "'"


def copy(table, lines):
    print(f"DROP TABLE IF EXISTS {table}; CREATE TEMP TABLE {table} (line text);")
    print(f"COPY {table} FROM STDIN (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02');")
    for line in lines:
        print(line)
    print("\\.")


def read(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return [line.rstrip("\r\n") for line in f if line.strip()]


def latest(lines):
    rows = {}
    for line in lines[1:]:
        fields = line.split("\t")
        if len(fields) < 5 or not fields[0].isdigit():
            continue
        if fields[0] not in rows or rows[fields[0]][1] <= fields[1]:
            rows[fields[0]] = fields
    return rows


def closure_of(parents):
    above = {}

    def walk(code):
        if code not in above:
            above[code] = set()
            for parent in parents.get(code, ()):
                above[code] |= {parent} | walk(parent)
        return above[code]

    sys.setrecursionlimit(100000)
    for code in list(parents):
        walk(code)
    return above


def packages(root):
    for folder, _, files in sorted(os.walk(root)):
        def one(start):
            found = [f for f in sorted(files) if f.startswith(start) and "Snapshot" in f]
            return os.path.join(folder, found[0]) if found else None
        concept, description, relationship = one("sct2_Concept_"), one("sct2_Description_"), one("sct2_Relationship_")
        if concept and description and relationship:
            yield os.path.relpath(folder, root), concept, description, relationship


def pairs(name, system, expected):
    """Asks every pair of `expected` ((below, above) -> bool) in one statement."""
    print("DROP TABLE IF EXISTS expected; CREATE TEMP TABLE expected (below text, above text, says boolean);")
    print("COPY expected FROM STDIN (FORMAT csv);")
    for (below, above), says in expected:
        print(f"{below},{above},{'t' if says else 'f'}")
    print("\\.")
    print(f"""
WITH asked AS (SELECT *, (({quoted(system)} || '|' || below)::coding <@ ({quoted(system)} || '|' || above)::coding) AS answer FROM expected)
SELECT 'passed ' || count(*) FILTER (WHERE answer IS NOT DISTINCT FROM says) || ' subsumptions of {name}' FROM asked
UNION ALL
SELECT 'failed ' || count(*) FILTER (WHERE answer IS DISTINCT FROM says) || ' subsumptions of {name}' FROM asked;""")


def rf2(root):
    for name, concept, description, relationship in packages(root):
        lines = read(concept)
        active = {k for k, v in latest(lines).items() if v[2] == "1"}
        parents = {}
        relations = read(relationship)
        for fields in latest(relations).values():
            if fields[2] == "1" and fields[7] == IS_A and fields[4] in active:
                parents.setdefault(fields[4], set()).add(fields[5])
        known = set(latest(lines))
        if not known:
            print(f"SELECT 'left out: {name}: its concept file has no row';")
            continue
        parents = {k: {p for p in v if p in known} for k, v in parents.items()}
        above = closure_of(parents)
        copy("c", lines)
        copy("d", read(description))
        copy("r", relations)
        print(f"SELECT 'loaded ' || pgclinical.load_snomed('c', 'd', 'r', {quoted(name)}) || ' concepts of {name}';")
        codes = sorted(known)
        expected = [((a, b), a == b or b in above.get(a, ())) for a in codes for b in codes][:40000]
        pairs(name, "http://snomed.info/sct", expected)


def athena(root):
    ancestors = os.path.join(root, "vocabulary-seed", "concept_ancestor_seed.csv")
    relationships = os.path.join(root, "vocabulary-seed", "concept_relationship_seed.csv")
    if not os.path.exists(ancestors):
        return
    rows = list(csv.DictReader(open(ancestors)))
    ids = sorted({r["ancestor_concept_id"] for r in rows} | {r["descendant_concept_id"] for r in rows}, key=int)
    # CONCEPT itself is not in the extract: its rows are made from the ids that the others name.
    copy("c", ["concept_id\tconcept_name\tdomain_id\tvocabulary_id\tconcept_class_id\tstandard_concept\tconcept_code\t"
               "valid_start_date\tvalid_end_date\tinvalid_reason"] +
         [f"{i}\tConcept {i}\t\tSNOMED\t\tS\t{i}\t19700101\t20991231\t" for i in ids])
    copy("a", read(ancestors))
    copy("r", read(relationships))
    print("SELECT 'loaded ' || pgclinical.load_athena('c', 'r', 'a', version => 'seed') || ' concepts of Athena';")
    says = {(r["descendant_concept_id"], r["ancestor_concept_id"]) for r in rows}
    expected = [(pair, True) for pair in sorted(says)]
    # As many pairs that the closure does not have.
    import random
    draw = random.Random(1)
    while len(expected) < 2 * len(says):
        pair = (draw.choice(ids), draw.choice(ids))
        if pair not in says and pair[0] != pair[1]:
            expected.append((pair, False))
    pairs("Athena", "https://fhir-terminology.ohdsi.org", expected)
    eunomia = os.path.join(root, "eunomia-vocabulary", "CONCEPT.csv")
    if os.path.exists(eunomia):
        copy("c", read(eunomia))
        print("SELECT 'loaded ' || pgclinical.load_athena('c', version => 'eunomia') || ' concepts of Eunomia';")
        print("""SELECT CASE WHEN bool_and(code_display(coding('omop', c.code)) = c.display)
    THEN 'passed ' ELSE 'failed ' END || 1 || ' displays of Eunomia'
FROM (SELECT code, display FROM _pgclinical.code_concept c JOIN _pgclinical.code_system s USING (code_system)
      WHERE s.version = 'eunomia' LIMIT 500) c;""")


def own_cases():
    """$subsumes in its four outcomes and $translate in its ten, over a hierarchy and a map made here."""
    concepts = [{"code": f"n{i}", "property": [{"code": "parent", "valueCode": f"n{(i - 1) // 2}"}] if i else []}
                for i in range(63)]
    system = {"resourceType": "CodeSystem", "url": "http://test.example/tree", "version": "1", "content": "complete",
              "concept": concepts}
    kinds = ["equal", "equivalent", "wider", "subsumes", "narrower", "specializes", "inexact", "relatedto",
             "unmatched", "disjoint"]
    elements = [{"code": f"s{i}-{kind}", "target": [{"code": f"n{i}", "equivalence": kind}]}
                for i in range(10) for kind in kinds]
    elements += [{"code": f"two{i}", "target": [{"code": "n1", "equivalence": "equal"},
                                                {"code": f"n{i + 2}", "equivalence": "equivalent"}]} for i in range(10)]
    elements += [{"code": f"same{i}", "target": [{"code": f"n{i}", "equivalence": "equal"},
                                                 {"code": f"n{i}", "equivalence": "equivalent"},
                                                 {"code": "n62", "equivalence": "wider"}]} for i in range(10)]
    concept_map = {"resourceType": "ConceptMap", "url": "http://test.example/map", "group": [
        {"source": "http://test.example/source", "target": "http://test.example/tree", "element": elements}]}
    import json
    print(f"SELECT 'loaded ' || pgclinical.load_terminology({quoted(json.dumps([system, concept_map]))}) || ' resources of our own';")

    def above(i):
        while i:
            i = (i - 1) // 2
            yield i
    cases = []
    for a, b in [(i, j) for i in range(0, 63, 5) for j in range(0, 63, 7)]:
        outcome = "equivalent" if a == b else "subsumes" if a in above(b) else "subsumed-by" if b in above(a) else "not-subsumed"
        cases.append((f"code_subsumes('http://test.example/tree|n{a}', 'http://test.example/tree|n{b}')", quoted(outcome)))
    cases.append(("code_subsumes('http://test.example/tree|n1', 'http://test.example/tree|nowhere')", "NULL"))
    for element in elements:
        same = {t["code"] for t in element["target"] if t["equivalence"] in ("equal", "equivalent")}
        source = f"'http://test.example/source|{element['code']}'::coding"
        cases.append((f"coding_code({source} ~> 'http://test.example/tree')", quoted(same.pop()) if len(same) == 1 else "NULL"))
        first = sorted((kinds.index(t["equivalence"]), n, t) for n, t in enumerate(element["target"]))[0][2]
        cases.append((f"(SELECT coding_code(concept) || ' ' || equivalence "
                      f"FROM code_translate({source}, 'http://test.example/tree') LIMIT 1)",
                      quoted(f"{first['code']} {first['equivalence']}")))
    for call, expected in cases:
        print(f"SELECT CASE WHEN {call} IS NOT DISTINCT FROM {expected} THEN 'passed 1' ELSE 'failed 1 ' || {quoted(call)} END;")


if __name__ == "__main__":
    print("\\o /dev/null\nSET client_min_messages = warning;\n\\o")
    rf2(os.path.join(sys.argv[1], "terminology", "rf2-snowstorm"))
    athena(os.path.join(sys.argv[1], "omop"))
    own_cases()
