#!/usr/bin/env python3
"""The naive reader that test/conformance/hl7v2.sh compares with.

    hl7v2_compare.py files FOLDER      the suites' HL7 files as CSV: suite, name, bytes
    hl7v2_compare.py check FOLDER      reads the extension's answers, prints counts
"""
import collections
import csv
import json
import os
import re
import sys

SUITES = ("ms-fhir-converter", "reportstream", "cdc-dex", "cosyte-edge-cases")
STARTS = re.compile(rb"(?:^|(?<=[\r\n\x0b\x1c]))[ \t]*(?=MSH[!-/:-@\[-`{-~])")
ENVELOPE = re.compile(rb"^[ \t]*(?:[FB]HS|[FB]TS)(?:[^A-Za-z0-9].*)?$|^#.*$", re.M)
VOID = b" \t\r\n\x0b\x0c\x1c\x1a\0"


def files(root):
    for suite in SUITES:
        for folder, folders, names in os.walk(os.path.join(root, suite)):
            folders.sort()
            for name in sorted(names):
                if not name.endswith((".hl7", ".txt")):
                    continue
                path = os.path.join(folder, name)
                body = open(path, "rb").read()
                start = body.removeprefix(b"\xef\xbb\xbf").lstrip(VOID)[:3]
                # Beside messages the suites keep logs and configurations as .txt.
                if name.endswith(".hl7") or start in (b"MSH", b"FHS", b"BHS"):
                    yield suite, os.path.relpath(path, root), body


def decoded(raw):
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def lines_of(text):
    return [line.strip(" \t") for line in re.split(r"[\r\n]+", text) if line.strip(" \t")]


def wrong_with_message(answer, raw):
    text = answer["text"]
    if not re.search(rb"\|(?:8859|ISO|UNICODE)", raw) and text != decoded(raw):
        return "text is not the bytes' text"
    if not (answer["text_again"] and answer["binary_again"]):
        return "does not come back as it went in"
    lines, segments = lines_of(text), answer["segments"]
    if all(re.match(r"[A-Z][A-Z0-9]{2} *([^A-Za-z0-9 ]|$)", line) for line in lines):
        if [s.strip(" \t") for s in segments] != lines:
            return "segments are not the lines"
    elif "".join(segments).replace("\r", "").replace("\n", "") != text.lstrip(
            " \t").replace("\r", "").replace("\n", ""):
        return "segments do not hold the whole text"
    separator = segments[0][3]
    header = segments[0].split(separator)
    component = header[1][0]
    for field, given in ((8, answer["type"]), (9, answer["control"])):
        value = header[field].split(component)[0] if field < len(header) else ""
        if given != (None if value in ("", '""') else value):
            return f"MSH-{field + 1} differs"
    return None


def refused_for_nothing(answer, raw):
    """What the refusal says must be so by a reading of our own."""
    rule = answer["rule"] or ""
    if answer["issue"] == "count-mismatch":
        return None
    if "no MSH segment starts it" in rule:
        return None if not STARTS.match(raw) else "refused without reason"
    if "has no segment name" in rule:
        place = int(re.search(r"byte (\d+)", answer["place"]).group(1))
        at = raw[place:place + 4]
        return None if not re.match(rb"[A-Z][A-Z0-9]{2}([^A-Za-z0-9]|$)", at) else "has a name"
    if "encoding character" in rule or "delimiter" in rule or "field separator" in rule:
        header = re.split(rb"[\r\n]", raw)[0]
        return None if header[4:9] != header[3:4] and not header.startswith(
            b"MSH|^~\\&|") else "refused without reason"
    return "refused by an unknown rule"


def check(root):
    answers = collections.defaultdict(list)
    for line in sys.stdin:
        answer = json.loads(line)
        answers[answer["name"]].append(answer)
    totals = {suite: [0, 0, 0] for suite in SUITES}  # read, truly refused, failed
    for suite, name, body in files(root):
        outside, at, starts = b"", 0, set()
        for answer in answers[name]:
            raw = bytes.fromhex(answer["raw"])
            offset = answer["offset"]
            outside += body[at:offset] + b"\n"
            at = offset + len(raw)
            starts.add(offset)
            if body[offset:at] != raw or not answer["hash_is"]:
                wrong = "bytes are not the file's"
            elif answer["text"] is None:
                wrong = refused_for_nothing(answer, raw)
                totals[suite][1] += wrong is None
            else:
                wrong = wrong_with_message(answer, raw)
                totals[suite][0] += wrong is None
            if wrong:
                totals[suite][2] += 1
                print(f"{name} byte {offset}: {wrong}")
        outside += body[at:]
        lost = ENVELOPE.sub(b"", outside.replace(b"\r", b"\n").removeprefix(b"\xef\xbb\xbf"))
        if lost.strip(VOID):
            totals[suite][2] += 1
            print(f"{name}: {len(lost.strip(VOID))} bytes are in no record")
        missed = {m.end() for m in STARTS.finditer(body.removeprefix(b"\xef\xbb\xbf"))}
        shift = 3 if body.startswith(b"\xef\xbb\xbf") else 0
        if {m + shift for m in missed} - starts:
            totals[suite][2] += 1
            print(f"{name}: a message is in no record of its own")
    passed = failed = 0
    for suite, (read, refused, wrong) in totals.items():
        print(f"{suite:20} {read + refused}/{read + refused + wrong}: {read} read exactly, "
              f"{refused} refused for a true reason")
        passed += read + refused
        failed += wrong
    print(f"{passed} passed, {failed} failed")
    return failed == 0 and passed > 0


if sys.argv[1] == "files":
    out = csv.writer(sys.stdout)
    for row in files(sys.argv[2]):
        out.writerow((row[0], row[1], "\\x" + row[2].hex()))
else:
    sys.exit(0 if check(sys.argv[2]) else 1)
