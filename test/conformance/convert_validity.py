#!/usr/bin/env python3
"""Prints the script that loads every HL7 v2 message of the suites into table message.

    convert_validity.py SUITES

Files are recognized by what is in them, so that a new collection counts by itself.  The pairs of the
mapping inventory name no patient: they come a second time with one (convert.py).
"""

import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from convert import CATCHALL, with_patient  # noqa: E402

FOLDERS = ["hl7v2", "v2-to-fhir-ig/samples"]
HEADER = re.compile(rb"(^|[\r\n\x0b])(MSH|FHS|BHS)[|#^~$%@!]")


def messages(suites):
    for folder in FOLDERS:
        for root, _, files in sorted(os.walk(os.path.join(suites, folder))):
            for name in sorted(files):
                path = os.path.join(root, name)
                with open(path, "rb") as f:
                    contents = f.read()
                if HEADER.search(contents) or name.lower().endswith(".hl7"):
                    yield os.path.relpath(path, suites), contents


def main(suites):
    print("CREATE TEMP TABLE file (name text, contents bytea);")
    for name, contents in messages(suites):
        quoted = name.replace("'", "_")
        print(f"INSERT INTO file VALUES ('{quoted}', '\\x{contents.hex()}');")
        if CATCHALL in name:
            print(f"INSERT INTO file VALUES ('pair:{quoted}', '\\x{with_patient(contents).hex()}');")
    print("INSERT INTO message SELECT f.name, r.ordinal, r.message FROM file f,"
          " _pgclinical.hl7v2_records(f.contents, NULL) r WHERE r.message IS NOT NULL;")


if __name__ == "__main__":
    main(sys.argv[1])
