#!/usr/bin/env python3
"""Pairs of our own, written by hand from the rows of the guide (convert_pairs.tsv).

    convert_pairs.py sql      prints the script that converts their messages
    convert_pairs.py check    reads its output: one JSON array of resources a line
"""

import json
import os
import sys

PAIRS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "convert_pairs.tsv")
PID = "PID|1||7^^^H^MR||Doe^Jane"


def pairs():
    with open(PAIRS, encoding="utf-8") as f:
        for line in f:
            if not line.startswith("#"):
                yield line.rstrip("\n").split("\t")


def message(event, segments):
    segments = segments.split("\\r")
    if not segments[0].startswith("PID"):
        segments.insert(0, PID)
    if event.startswith("SIU"):
        segments[0], segments[1] = segments[1], segments[0]
    head = f"MSH|^~\\&|APP|H|||20260102120000+0000||{event}|1|P|2.5.1"
    return "\r".join([head] + segments) + "\r"


def value_at(resources, path):
    kind, *steps = path.split(".")
    node = next((r for r in resources if r["resourceType"] == kind), None)
    for step in steps:
        if node is None:
            return None
        if step.isdigit():
            node = node[int(step)] if int(step) < len(node) else None
        else:
            node = node.get(step)
    return {True: "true", False: "false"}.get(node, node) if isinstance(node, bool) else node


def main():
    if sys.argv[1] == "sql":
        for event, segments, *_ in pairs():
            text = message(event, segments).encode().hex()
            print("SELECT coalesce(jsonb_agg(r), '[]') FROM hl7v2_fhir("
                  f"convert_from('\\x{text}', 'UTF8')::hl7v2) r;")
        return 0
    failed = 0
    wanted = list(pairs())
    for (event, segments, path, value, row), line in zip(wanted, sys.stdin, strict=True):
        have = value_at(json.loads(line, parse_float=str, parse_int=str), path)
        if str(have) != value:
            failed += 1
            print(f"{row}: {event} {segments}: {path} is {have}, the guide says {value}")
    print(f"{len(wanted) - failed} of {len(wanted)} pairs of our own")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
