#!/usr/bin/env python3
"""Looks for words of messages that conversion lost.

    convert_silent.py sql SUITES    prints the script that converts the messages
    convert_silent.py check         reads its output: one JSON object a line

A word is a part of a field with four letters or digits at least, one of them a letter.  It is
found when the resources hold it, whatever stands between its letters; it is told when
hl7v2_unconverted lists its field or component, or an issue stands at its field.  Names of code
systems, of types of identifiers and addresses and of units become URIs and codes: they are not
looked for, and neither is the name of an authority that has a universal id, which names it.
"""

import base64
import collections
import json
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from convert import CATCHALL, messages, with_patient  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
SYSTEMS = os.path.join(HERE, "..", "..", "src", "convert", "data", "systems.inc")
# HL7 tables 0301 and 0202, encodings of ED (0299), and words for units of time.
TYPES = set("""ISO UUID GUID DNS URI URL CLIA CLIP HCD L,M,N Internet X.400 Base64 BASE64
    USSSA SSA minutes minute hour hours days day month""".split())
UNIVERSAL = re.compile(r"[0-2](\.\d+)+|\{?[0-9A-Fa-f]{8}-?([0-9A-Fa-f]{4}-?){3}[0-9A-Fa-f]{12}\}?")
# Where a word is read as something else, each with its reason.
READ = {
    "AL1-2": "a type and a category of codes (AL1[AllergyIntolerance])",
    "AL1-4": "a criticality or severity of codes",
    "IAM-4": "as AL1-4",
    "RF1-1": "the status", "RF1-2": "the priority", "PRD-1": "requester or performer",
    "TQ1-9": "the priority", "OBX-2": "the type of the value", "TXA-3": "the media type",
    "TXA-17": "the status", "TXA-19": "the status", "SCH-25": "the status", "AIS-10": "the status",
    "AIP-12": "the status", "AIG-14": "the status", "AIL-12": "the status", "PRB-14": "the status",
    "PV1-2": "the class", "RXA-9": "whether the source is primary", "IN1-17": "the relation",
    "NK1-15": "the gender", "PID-8": "the gender", "SCH-10": "minutes", "AIS-8": "a length",
    "AIG-12": "a length", "AIL-10": "a length", "AIP-10": "a length", "ORC-1": "the status",
    "ORC-5": "the status", "OBX-29": "results or what was asked", "TQ1-3": "a period",
    "TQ1-6": "a length", "TQ1-13": "a length", "EVN-1": "MSH-9 says it", "IAM-2": "as AL1-2",
    "IAM-6": "add or delete", "NTE-2": "who wrote a note is no content", "OBR-11": "the intent",
}
# Known to be lost, each with its reason (docs/convert.md).
CONDITION = "a component counts as read though the condition of its row does not hold"
KNOWN = {
    **{k: CONDITION for k in ("PID-13.4 PID-14.4 PID-13.12 NK1-5.4 ORC-23.12 NK1-4.9 ORC-22.8 "
                              "OBR-53.5 SPM-32.2 SPM-32.4 PID-39.7 PID-39.8 PID-39.14").split()},
    **{k: "two parts of an EIP where the element has room for one, or an EIP in the place of an EI"
       for k in "ORC-4.2 SPM-2.1 SPM-2.2 SPM-3.2 OBX-33.2 OBR-29.2".split()},
    **{k: "cut or spelled anew in a URI" for k in
       "OBR-3.2 ORC-3.2 OBR-10.9 OBX-6.3 OBX-15.2 OBX-17.3 OBX-23.1 OBX-5.2".split()},
    **{k: "of a field that is read once, or whole" for k in
       "SPM-12.2 ORC-21.2 PV1-37.1 MRG-1.1 PID-21.1 OBR-35.8 ORC-7.8 NTE-3.1".split()},
}


def flat(text):
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def print_sql(suites):
    print("CREATE TEMP TABLE file (name text, contents bytea);")
    for name in messages(suites):
        with open(os.path.join(suites, name), "rb") as f:
            contents = f.read()
        if name.startswith(CATCHALL):
            contents = with_patient(contents)
        quoted = name.replace("'", "_")
        print(f"INSERT INTO file VALUES ('{quoted}', '\\x{contents.hex()}');")
    print("""
SELECT jsonb_build_object('name', f.name, 'record', m.ordinal, 'text', m.message::text,
    'made', (SELECT jsonb_agg(c.resource) FROM _pgclinical.hl7v2_convert(m.message, NULL) c
             WHERE c.kind = 'resource'),
    'refused', EXISTS (SELECT FROM _pgclinical.hl7v2_convert(m.message, NULL) c
                       WHERE c.kind = 'refused'),
    'told', (SELECT jsonb_agg(u.path) FROM hl7v2_unconverted(m.message) u),
    'issues', (SELECT jsonb_agg((c.issue).location)
               FROM _pgclinical.hl7v2_convert(m.message, NULL) c WHERE c.kind = 'issue'))
FROM file f, _pgclinical.hl7v2_records(f.contents, NULL) m WHERE m.message IS NOT NULL;
""")


def names_of_systems():
    with open(SYSTEMS, encoding="utf-8") as f:
        return {m.group(1) for m in re.finditer(r'^\{"([^"]+)"', f.read(), re.M)}


def words(text):
    """(segment with its number, segment, field, repetition, component, word)"""
    field_at, component_at, repetition_at, escape = text[3], text[4], text[5], text[6]
    sub_at = text[7] if len(text) > 7 and text[7] != field_at else "&"
    seen = collections.Counter()
    for line in re.split(r"[\r\n]+", text):
        fields = line.split(field_at)
        name = fields[0].strip()
        if not re.fullmatch(r"[A-Z][A-Z0-9]{2}", name) or name == "MSH":
            continue
        seen[name] += 1
        path = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        for n, field in enumerate(fields[1:], 1):
            for r, repetition in enumerate(field.split(repetition_at), 1):
                components = repetition.split(component_at)
                for c, component in enumerate(components, 1):
                    parts = component.split(sub_at)
                    for s, word in enumerate(parts):
                        after = parts[s + 1] if s + 1 < len(parts) else (
                            components[c] if c < len(components) and len(parts) == 1 else "")
                        if escape not in word and not UNIVERSAL.fullmatch(after.strip()):
                            yield path, name, n, r, c, word.strip()


def places(path, n, r, c):
    yield path
    for end in ("", f".{c}"):
        yield f"{path}-{n}{end}"
        yield f"{path}-{n}[{r}]{end}"


def texts_of(resources):
    """All that was made, documents as they read."""
    out = json.dumps(resources, ensure_ascii=False)
    for m in re.finditer(r'"data": "([A-Za-z0-9+/=]+)"', out):
        try:
            out += base64.b64decode(m.group(1)).decode("utf-8", "replace")
        except ValueError:
            pass
    return re.sub(r"%20", "", out)


def check(verbose):
    systems = names_of_systems()
    found = told = 0
    lost = collections.Counter()
    known = collections.Counter()
    example = {}
    for line in sys.stdin:
        row = json.loads(line)
        if row["refused"] or not row["made"]:
            continue
        made = flat(texts_of(row["made"]))
        # An issue about the whole segment lists fields: hl7v2_unconverted has them one by one.
        told_at = set(row["told"] or []) | {i for i in row["issues"] or [] if i and "-" in i}
        for path, name, n, r, c, word in words(row["text"]):
            key = flat(word)
            if len(key) < 4 or not re.search(r"[A-Za-z]", word):
                continue
            if word in systems or word in TYPES or re.fullmatch(r"(?i)HL7\d{2,5}|HL7nnnn", word):
                continue
            if key in made:
                found += 1
            elif f"{name}-{n}" in READ or any(p in told_at for p in places(path, n, r, c)):
                told += 1
            elif f"{name}-{n}.{c}" in KNOWN:
                known[f"{name}-{n}.{c}"] += 1
            else:
                lost[f"{name}-{n}.{c}"] += 1
                example.setdefault(f"{name}-{n}.{c}", f"{row['name']} #{row['record']} {path}"
                                                      f"-{n}[{r}].{c} {word[:30]}")
    for key, count in sorted(lost.items(), key=lambda kv: -kv[1])[:None if verbose else 20]:
        print(f"{key}: {count}, as {example[key]}")
    stale = sorted(set(KNOWN) - set(known))
    for key in stale:
        print(f"known to be lost, and is not: {key}")
    print(f"{found} words found, {told} told, {sum(known.values())} known to be lost in {len(known)} places,"
          f" {sum(lost.values())} lost")
    failed = sum(lost.values()) + len(stale)
    print(f"{found + told} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1] == "sql":
        print_sql(sys.argv[2])
    else:
        sys.exit(check("-v" in sys.argv))
