#!/usr/bin/env python3
"""Messages that nobody sent: those of the suites, with fields exchanged for what others say in the
same place, for what they say elsewhere, or for what nobody should say; now and then with a segment
of another message.  The same ones every time.

    convert_mutations.py SUITES COUNT      prints the script that loads them into table message
"""

import os
import random
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from convert_validity import messages  # noqa: E402

JUNK = ["X", "^^^", "0", '""', "99999999999", "-1", "20269999", "a b", "A&B^C~D", "2.16.01", "<5",
        "^^^A&B&ISO", "T^T&UUID&UUID", "5^-^3", "2026", "20260102", "202601021530-0500", " ",
        "Base64^^^Base64^zz", "urn:oid:x", "http://a b", "1^2^HL70203", "Q^Q^HL70005"]


def segments(suites):
    """Each message as a list of segments, each a list of fields."""
    for _, contents in messages(suites):
        text = re.sub(r"\r\n|\n", "\r", contents.decode("utf-8", "replace"))
        for message in re.split(r"(?:^|\r)(?=MSH\|\^~\\&)", text):
            if message.startswith("MSH|^~\\&"):
                yield [s.split("|") for s in message.split("\r")
                       if re.match(r"[A-Z][A-Z0-9]{2}(\||$)", s)]


def mutate(message, said, anything, others):
    message = [list(s) for s in message]
    if random.random() < 0.3:
        message.insert(random.randint(1, len(message)), list(random.choice(others)))
    for s in message:
        rate = random.choice([0, 0.1, 0.4])
        for i in range(9 if s[0] == "MSH" else 1, len(s) + 2):
            if random.random() >= rate:
                continue
            s += [""] * (i + 1 - len(s))
            kind = random.random()
            if kind < 0.75 and (s[0], i) in said:
                s[i] = random.choice(said[s[0], i])
            elif kind < 0.85:
                s[i] = random.choice(anything)
            elif kind < 0.95:
                s[i] = random.choice(JUNK)
            else:
                s[i] = ""
        if s[0] == "PID":  # otherwise refused
            s += [""] * (4 - len(s))
            s[3] = s[3] or "1"
    return "\r".join("|".join(s) for s in message) + "\r"


def main(suites, count):
    random.seed(1)
    source = list(segments(suites))
    said = {}
    for message in source:
        for s in message:
            for i, value in enumerate(s[1:], 1):
                if value and len(value) < 300:
                    said.setdefault((s[0], i), []).append(value)
    anything = [v for values in said.values() for v in values]
    others = [s for message in source for s in message if s[0] not in ("MSH", "FHS", "BHS")]
    print("CREATE TEMP TABLE file (name text, contents bytea);")
    for n in range(int(count)):
        text = mutate(random.choice(source), said, anything, others).encode()
        print(f"INSERT INTO file VALUES ('mutation {n}', '\\x{text.hex()}');")
    print("INSERT INTO message SELECT f.name, r.ordinal, r.message FROM file f,"
          " _pgclinical.hl7v2_records(f.contents, NULL) r WHERE r.message IS NOT NULL;")


if __name__ == "__main__":
    main(*sys.argv[1:])
