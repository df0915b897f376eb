#!/usr/bin/env python3
"""Accounts for every row of the guide's mapping sheets.

    python3 src/convert/data/coverage.py SHEETS

A row is a row of ours (rows.inc: same map, same field), or it is in coverage.csv: `engine` is read
by the file that is named, `rows` by a map of ours with another name, `left` by nobody, with the
reason.  Prints how many rows are accounted for and the ones that are not; those are an error, and
so is an entry that accounts for nothing.
"""

import collections
import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent


def field_of(source):
    return source.split(".")[0] if "-" in source else source


def ours():
    out = set()
    for line in (HERE / "rows.inc").read_text(encoding="utf-8").splitlines():
        if line.startswith("{"):
            map_name, source = re.findall(r'"((?:[^"\\]|\\.)*)"', line)[:2]
            out.add((map_name, field_of(source)))
    return out


def sheets(folder):
    for name, first, second, third in (
            ("v2fhir_segment_map.csv", "segment", "target", "field"),
            ("v2fhir_datatype_map.csv", "v2_datatype", "target", "component")):
        with open(folder / name, newline="", encoding="utf-8") as f:
            for r in csv.DictReader(f):
                if r["fhir_path"].strip():
                    yield f"{r[first]}[{r[second]}]", r[third]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    rows = ours()
    with open(HERE / "coverage.csv", newline="", encoding="utf-8") as f:
        entries = {(e["map"], e["source"]): e for e in csv.DictReader(f)}
    used, missing = set(), []
    counts = collections.Counter()
    for map_name, source in sheets(pathlib.Path(sys.argv[1])):
        if (map_name, field_of(source)) in rows:
            counts["rows"] += 1
            continue
        for key in ((map_name, source), (map_name, "")):
            if key in entries:
                used.add(key)
                counts[entries[key]["how"]] += 1
                break
        else:
            missing.append((map_name, source))
    total = sum(counts.values()) + len(missing)
    print(f"{total - len(missing)} of {total} rows of the guide accounted for: {counts['rows']} are rows of ours, "
          f"{counts['engine']} read by the engine, {counts['left']} left out with a reason")
    for map_name, source in missing:
        print(f"not accounted for: {map_name} {source}")
    stale = [k for k in entries if k not in used]
    for map_name, source in stale:
        print(f"accounts for nothing: {map_name} {source}")
    return 1 if missing or stale else 0


sys.exit(main())
