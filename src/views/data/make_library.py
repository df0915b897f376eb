#!/usr/bin/env python3
"""Writes sql/install/96_view_library.sql from library.json beside this script.

    src/views/data/make_library.py > sql/install/96_view_library.sql

library.json holds short forms: a column is "name | path | type", where the type may be "date" or
"timestamp" for a column of that SQL type (tag ansi/type).
"""

import json
import os
import re

ANSI = {"date": ("date", "DATE"), "timestamp": ("dateTime", "TIMESTAMP WITH TIME ZONE")}


def column(text):
    name, rest = text.split(" | ", 1)
    path, fhir = rest.rsplit(" | ", 1)
    fhir, ansi = ANSI.get(fhir, (fhir, None))
    out = {"name": name, "path": path, "type": fhir}
    if ansi:
        out["tag"] = [{"name": "ansi/type", "value": ansi}]
    return out


def select(short):
    out = dict(short)
    if "column" in out:
        out["column"] = [column(c) for c in out["column"]]
    for key in ("select", "unionAll"):
        if key in out:
            out[key] = [select(s) for s in out[key]]
    return out


def compact(view):
    """JSON with one column a line."""
    text = json.dumps(view, indent=1)
    for _ in range(2):
        text = re.sub(r"[\[{]\s*(\"name\": [^][{}]*|\{[^][{}]*\})\s*[\]}]",
                      lambda m: re.sub(r"\s*\n\s*", " ", m.group()), text)
    text = re.sub(r"(\"tag\": \[[^]]*\])\s*\n\s*\}", r"\1}", text)
    return re.sub(r"\{\s*\n\s*(\"name\": \"[^\n]*\n\s*\"path\": [^\n]*\n\s*\"type\": [^\n]*\n\s*\"tag\")",
                  lambda m: "{" + re.sub(r"\s*\n\s*", " ", m.group(1)), text)


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    library = json.load(open(os.path.join(folder, "library.json")))
    print("-- views: ready ViewDefinitions, made by src/views/data/make_library.py from library.json")
    print()
    print("-- Availability: 0.1.0")
    print("CREATE FUNCTION pgclinical.view_library()")
    print("RETURNS TABLE (name text, description text, view jsonb)")
    print("LANGUAGE sql STABLE PARALLEL SAFE COST 100 ROWS %d" % len(library))
    print("BEGIN ATOMIC")
    print("    SELECT v.name, v.description, v.view::pg_catalog.jsonb FROM (VALUES")
    rows = []
    for name, short in library.items():
        description = short.pop("description")
        view = {"resourceType": "ViewDefinition", "name": name, "status": "active"}
        view.update(short)
        view["select"] = [select(s) for s in short["select"]]
        text = compact(view).replace("'", "''")
        rows.append("    ('%s', '%s', '%s')" % (name, description.replace("'", "''"), text))
    print(",\n".join(rows))
    print("    ) AS v (name, description, view);")
    print("END;")
    print()
    print("COMMENT ON FUNCTION pgclinical.view_library() IS")
    print("'ready ViewDefinitions for create_view and create_warehouse_view, a row each: its name, what a row of it is, the definition';")
    print()
    print("REVOKE ALL ON FUNCTION pgclinical.view_library() FROM PUBLIC;")
    print("GRANT EXECUTE ON FUNCTION pgclinical.view_library()")
    print("    TO pgclinical_etl, pgclinical_releaser, pgclinical_auditor;")


main()
