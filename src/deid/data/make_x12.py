#!/usr/bin/env python3
"""Makes x12_words.inc: the codes that X12 transactions allow in each element.

    python3 src/deid/data/make_x12.py [REFERENCE]

REFERENCE: folder with tables/x12_elements.csv (elements and codes of the HIPAA transactions).
"""
import csv
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
REFERENCE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "../shared/reference")

# What the extract of the standard leaves open.
MORE = {"GS-1": "BE FA HB HC HI HN HP HR HS RA RQ", "DTP-2": "D8 RD8", "INS-11": "D8", "PAT-5": "D8",
        "NM1-8": "MI II 34 XX FI PI XV 24 46 SV C1 EQ HN", "CR1-1": "LB", "QTY-3": "DA",
        "SV1-3": "UN MJ F2", "SV2-4": "DA UN F2", "BHT-6": "CH RP 31 13 RU", "N1-3": "XX FI XV 93",
        "PRV-2": "PXC ZZ", "LIN-2": "N4", "DMG-1": "D8", "DMG-3": "F M U",
        "DMG-5": "A B C D E F G H I J N O P Z 7 8", "CAS-1": "CO CR OA PI PR", "HL-3": "20 21 22 23 19 PT",
        # NUBC: priority, point of origin, discharge status; frequency of the claim.
        "CL1-1": "1 2 3 4 5 9", "CL1-2": "1 2 3 4 5 6 7 8 9 A B C D E F G",
        "CL1-3": "01 02 03 04 05 06 07 08 09 20 21 30 40 41 42 43 50 51 61 62 63 64 65 66 69 70 81 82 83 84 85 "
                 "86 87 88 89 90 91 92 93 94 95",
        "CLP-9": "0 1 2 3 4 5 6 7 8 9 A B C D E F G H I J K M N O P Q X Z", "TOO-1": "JP JO"}

words = {}
with open(os.path.join(REFERENCE, "tables/x12_elements.csv"), newline="", encoding="utf-8") as f:
    for row in csv.DictReader(f):
        name = row["element"]
        if not row["codes"] or "-" in name[len(row["segment"]):]:
            continue
        digits = name[len(row["segment"]):]
        if not digits.isdigit():
            continue
        key = "%s-%d" % (row["segment"], int(digits))
        words.setdefault(key, set()).update(c.strip() for c in row["codes"].split("|"))
for key, codes in MORE.items():
    words.setdefault(key, set()).update(codes.split())
lines = ["// Made by make_x12.py from the code lists of the HIPAA transactions 4010 and 5010; do not edit.",
         "// clang-format off", "constexpr X12Words x12_words[] = {"]
for key in sorted(words):
    codes = sorted(c for c in words[key] if c.isalnum() and c.isascii() and len(c) <= 4)
    if not codes:
        continue
    text = "|" + "|".join(codes) + "|"
    lines.append('    {"%s",' % key)
    for i in range(0, len(text), 84):
        lines.append('     "%s"%s' % (text[i:i + 84], "}," if i + 84 >= len(text) else ""))
lines += ["};", "// clang-format on"]
with open(os.path.join(HERE, "x12_words.inc"), "w", encoding="ascii") as f:
    f.write("\n".join(lines) + "\n")
print(len(words), "elements with codes")
