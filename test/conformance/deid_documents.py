#!/usr/bin/env python3
"""C-CDA documents and X12 interchanges under Safe Harbor, judged without the engine's tables.

    deid_documents.py make SUITES CSV     n, format, kind, text
    deid_documents.py judge CSV           n, format, kind, text, unlinked, linked, again

suite: the documents of the suites; names, streets, cities, telephones and numbers of them may not
come out, nor a date finer than a year (X12: other than 1 January), nor free text.
canary: the same documents with a marker in every attribute (or element) and text; none comes out.
"""
import csv
import glob
import re
import sys
import xml.etree.ElementTree as ET

from deid_verdicts import Verdicts

csv.field_size_limit(1 << 30)
MARK = "QzxMark"
V3 = "{urn:hl7-org:v3}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def ccda(suites):
    for pattern in ("ccda/**/*.xml", "fhir/**/never"):
        for path in sorted(glob.glob(f"{suites}/{pattern}", recursive=True)):
            with open(path, encoding="utf-8", errors="replace") as f:
                text = f.read().lstrip("\ufeff")
            if "<!DOCTYPE" in text:
                continue
            try:
                root = ET.fromstring(text)
            except ET.ParseError:
                continue
            if root.tag == V3 + "ClinicalDocument":
                yield text
            elif root.tag.startswith(V3):
                # A fragment becomes the entry of a document.
                inner = ET.tostring(root, encoding="unicode")
                yield ('<ClinicalDocument xmlns="urn:hl7-org:v3"><component><structuredBody><component>'
                       '<section><entry>' + inner + '</entry></section></component></structuredBody>'
                       '</component></ClinicalDocument>')


def marked(text):
    root = ET.fromstring(text)
    n = 0
    for node in root.iter():
        for name in list(node.attrib):
            if name in (XSI + "type", "classCode", "moodCode", "typeCode"):
                continue
            n += 1
            # Codes: the marker beside the name of a real system.
            if name != "codeSystem":
                node.attrib[name] = f"{MARK}{n}"
        node.text = f"{MARK} text"
        node.tail = f"{MARK} tail"
    root.tail = None
    return ET.tostring(root, encoding="unicode")


def x12(suites):
    for path in sorted(glob.glob(f"{suites}/x12/**/*", recursive=True)):
        if not re.search(r"\.(edi|txt|x12|dat)$", path) and "linuxforhealth" not in path:
            continue
        try:
            with open(path, encoding="latin-1") as f:
                text = f.read()
        except (IsADirectoryError, OSError):
            continue
        if (text.startswith("ISA") and len(text) > 200 and "\x00" not in text
                and text[:106].count(text[3]) == 16 and text[103] == text[3]):
            yield text


def x12_marked(text):
    element, component, terminator = text[3], text[104], text[105]
    out = [text[:106]]
    for segment in text[106:].split(terminator):
        parts = segment.strip().split(element)
        if parts[0] in ("GS", "ST", "SE", "GE", "IEA"):
            out.append(segment)
            continue
        keep = {"DTP": (2,), "DMG": (1,), "NM1": (1, 8)}.get(parts[0], ())
        for i in range(1, len(parts)):
            if i in keep or not parts[i]:
                continue
            parts[i] = component.join("QZX%d" % i for _ in parts[i].split(component))
        out.append(element.join(parts) + terminator)
    return "".join(out)


def make(suites, out):
    with open(out, "w", newline="", encoding="utf-8") as f:
        writer = csv.writer(f)
        n = 0
        for name, texts, mark in (("xml", ccda(suites), marked), ("x12", x12(suites), x12_marked)):
            seen = set()
            for text in texts:
                if text in seen:
                    continue
                seen.add(text)
                for kind, content in (("suite", text), ("canary", mark(text))):
                    n += 1
                    writer.writerow([n, name, kind, content])


def words_of_cda(text):
    root = ET.fromstring(text)
    for path in ("family", "given", "streetAddressLine", "city", "county", "name"):
        for node in root.iter(V3 + path):
            for word in re.split(r"[^\w-]+", "".join(node.itertext())):
                if len(word) > 4 and not word.islower():
                    yield word
    for node in root.iter(V3 + "telecom"):
        yield node.get("value", "").split(":")[-1]
    for node in root.iter(V3 + "id"):
        if len(node.get("extension", "")) > 4:
            yield node.get("extension")


ALLOWED_TEXT = re.compile(r"DEIDENTIFIED$|[A-Z]{2,3}$|\d{3}$")


def judge_cda(text, form):
    bad = []
    root = ET.fromstring(form)
    values = []
    for node in root.iter():
        for piece in (node.text, node.tail):
            if piece and piece.strip() and not ALLOWED_TEXT.match(piece.strip()):
                bad.append("text in " + node.tag.split("}")[1])
        name = node.tag.split("}")[1]
        for key, value in node.attrib.items():
            values.append(value)
            if key == "value" and name in ("low", "high", "effectiveTime", "time", "birthTime",
                                           "deceasedTime") and re.match(r"(19|20)\d{6}", value):
                bad.append("date in " + name)
        if name in ("telecom", "name", "text", "originalText", "reference", "guardian"):
            bad.append("element " + name)
    known = {w for w in words_of_cda(text) if w}
    known = {w for w in known if not re.fullmatch(r"\d{4}-\d\d-\d\d", w)}
    if known & set(values):
        bad.append("identifier stays " + str(known & set(values)))
    return bad


def judge_x12(text, form):
    bad = []
    element, terminator = text[3], text[105]
    known = set()
    for segment in text.split(terminator):
        parts = segment.strip().split(element)
        wanted = {"NM1": (3, 4, 5, 9), "N3": (1, 2), "N4": (1,), "N2": (1,), "REF": (2,), "PER": (2, 4, 6),
                  "CLM": (1,), "CLP": (1, 7), "TRN": (2, 3), "N1": (2, 4)}.get(parts[0], ())
        known.update(parts[i] for i in wanted if i < len(parts) and len(parts[i]) > 4)
    for segment in form.split(terminator):
        parts = segment.split(element)
        if parts[0] in ("N3", "N2", "PER", "REF", "K3", "NTE", "MSG"):
            bad.append("segment " + parts[0])
        if known & set(parts) and parts[0] not in ("LIN",):
            bad.append("identifier in " + parts[0])
        for part in parts[1:] if parts[0] in ("DTP", "DTM", "DMG", "BHT", "GS") else ():
            if re.match(r"(19|20)\d{6}", part) and not re.fullmatch(
                    r"\d{4}0101(-\d{4}0101)?", part):
                bad.append("date in " + parts[0])
    # A set says how many segments it has.
    sets = re.split(f"(?:^|{re.escape(terminator)})ST{re.escape(element)}", form)[1:]
    for one in sets:
        inside = one.split(terminator)
        for count, segment in enumerate(inside, 1):
            if segment.startswith("SE" + element):
                if segment.split(element)[1] != str(count):
                    bad.append("SE01 does not count")
                break
    return bad


def judge(path):
    verdicts = Verdicts()
    for n, name, kind, text, unlinked, linked, again in csv.reader(open(path, newline="", encoding="utf-8")):
        bad = []
        for form in (unlinked, linked):
            if not form:
                bad.append("nothing came out")
            elif kind == "canary":
                hit = re.search(r".{0,30}(%s|QZX\d).{0,20}" % MARK, form, re.I)
                if hit:
                    bad.append("canary: " + hit.group())
            else:
                bad += judge_cda(text, form) if name == "xml" else judge_x12(text, form)
        if again != unlinked:
            at = next((i for i, (a, b) in enumerate(zip(again, unlinked)) if a != b), 0)
            bad.append("not stable: " + unlinked[at - 40:at + 30] + " / " + again[at - 10:at + 30])
        verdicts.add([f"{name} {what}" for what in bad])
    verdicts.report()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    else:
        judge(sys.argv[2])
