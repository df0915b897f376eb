#!/usr/bin/env python3
"""Makes v2_rules.inc: what Safe Harbor does with each field of each HL7 v2 version.

    python3 src/deid/data/make_v2.py [REFERENCE [DEFINITIONS]]

REFERENCE    folder with privacy/hl7v2_field_actions.csv, privacy/hl7v2_datatype_actions.csv and
             tables/hl7v2_tables.csv
DEFINITIONS  folder of npm hl7v2-dictionary 1.8.0 (MIT): v2.1.json to v2.8.json, and beside it
             hl7-dictionary/tables.json

A field's rule is that of its data type in the message's own version, unless a rule names the field:
tables typed by one version call withdrawn names and numbers text.
"""
import csv
import json
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
REFERENCE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, "../shared/reference")
DEFINITIONS = (sys.argv[2] if len(sys.argv) > 2 else
               os.path.join(ROOT, "../shared/suites/hl7v2/definitions/hl7v2-dictionary"))
VERSIONS = "2.1 2.2 2.3 2.3.1 2.4 2.5 2.5.1 2.6 2.7 2.7.1 2.8".split()

# Over the tables (corrections.md): fields that hold what their type does not tell.
REMOVED = """MRG-2 MRG-3 MRG-4 MRG-6 MRG-7 BTS-2 FTS-2 FT1-42 UB2-12 SLT-5 IVC-26 IVC-27 IVC-30 PMT-9
SDD-7 IN1-28 IN2-12 IN2-13 IN2-46 IN3-15 IN3-21 RXE-8 PV2-6 RXA-25 RXG-25 OBR-18 OBR-19 OBR-20
OBR-21 PR1-8 PR1-11 PR1-12 PID-37 OBX-13""".split()
# Recursed by components: dates inside.
RECURSED = "PV1-20 IN3-20 OBR-27 ORC-7 RXE-1 RXG-3 SCH-11 GOL-15".split()
CODES = {"PID-3": "patient", "MRG-1": "patient", "PV1-19": "visit", "MRG-5": "visit",
         "ORC-2": "placer", "OBR-2": "placer", "ORC-3": "filler", "OBR-3": "filler",
         "SPM-2": "specimen", "TXA-12": "document", "MSH-10": "message"}
SPECIAL = {"MSH-3": "constant", "MSH-4": "constant", "MSH-5": "constant", "MSH-6": "constant",
           "OBX-4": "sub_id", "OBX-5": "answer", "OBX-7": "range", "PID-7": "birth",
           "IN1-18": "birth_other", "IN2-82": "birth_other", "MSH-1": "delimiters",
           "MSH-2": "delimiters", "OBR-6": "year", "OBR-14": "year", "OBX-6": "units",
           "MSH-17": "country", "ACC-4": "state", "PID-8": "coded", "OBX-2": "value_type",
           "MSH-12": "version"}
DROPPED = """ADD AIL AIP ARV BHS CTD DSC DSP ERR FHS GT1 LDP LOC NK1 NPU PES PRA PRD PRT QID QPD QRD
QRF ROL SFT STF UAC UB1""".split()
# Structured text with a grammar of its own, and composites that are taken apart.
COMPONENTS = {("SN", 1): "comparator", ("SN", 3): "separator"}
WALKED = set("""CD CP CQ DDI DLT DTN FC ICD MO MOP MSG NR OCD OSP PIP PT PTA RCD RFR RI RMC RPT SN
SPD SPS SRT TQ UVC VID SCV DLD DIN CCD ERL CM_MSG CM_FINANCE CM_RANGE CM_ABS_RANGE CM_DLT CM_DTN
CM_PTA CM_RFR CM_RI CM_SPS CM_UVC CM_OCD CM_OSP CM_DDI CM_CCD CM_DLD CM_DIN CM_SPD CM_RMC
CM_CD_ELECTRODE""".split())
AGE = re.compile(r"\bage\b", re.I)
# Numbers that identify although they are short.
NUMBERED = re.compile(r"account|authori[sz]ation|certif|licen[cs]e|policy number|group number|"
                      r"sequence number|\bssn\b|serial|document control", re.I)


def read(name):
    with open(os.path.join(REFERENCE, name), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


field_rules = {}
for row in read("privacy/hl7v2_field_actions.csv"):
    if row["decided_by"] in ("field rule", "name rule"):
        field_rules.setdefault("%s-%s" % (row["segment"], row["field"]), row["action"])
type_rules = {r["datatype"]: r["action"] for r in read("privacy/hl7v2_datatype_actions.csv")}
dictionaries = []
for version in VERSIONS:
    with open(os.path.join(DEFINITIONS, "v%s.json" % version), encoding="utf-8") as f:
        dictionaries.append(json.load(f))

# --- tables ---------------------------------------------------------------------------------

CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._+/*<>-]{0,19}$")
codes = {}
for row in read("tables/hl7v2_tables.csv"):
    codes.setdefault(int(row["table"]), set()).add(row["code"])
with open(os.path.join(DEFINITIONS, "../hl7-dictionary/tables.json"), encoding="utf-8") as f:
    for number, table in json.load(f).items():
        codes.setdefault(int(number), set()).update(table["values"])
with open(os.path.join(DEFINITIONS, "../../../fhir/r4-definitions/v2-tables.CodeSystem.ndjson"),
          encoding="utf-8") as f:
    for line in f:
        system = json.loads(line)
        number = re.search(r"/v2-(\d{4})$", system["url"])
        if number:
            codes.setdefault(int(number.group(1)), set()).update(
                c["code"] for c in system.get("concept", []))
codes.setdefault(125, set()).update("CE TS NR ID IS NA CNE DR EI CWE DTM".split())
codes.setdefault(357, set()).update("104 198 199".split())
codes.setdefault(85, set()).update("A B V".split())
codes.setdefault(123, set()).update("M N".split())
codes.setdefault(104, set()).update(VERSIONS + ["2.8.1", "2.8.2", "2.9"])
codes.setdefault(211, set()).update(["UNICODE UTF-8", "UTF-8", "8859/1"])
codes.setdefault(1, set()).update("F M O U A N".split())
# Checked by rule (countries, languages, states), or other standards' codes.
RULED = {399: "country", 296: "language", 347: "state", 171: "country", 212: "country"}
tables = {}


def table_of(number):
    words = sorted({w for w in codes.get(number, ()) if CODE.match(w)}, key=lambda w: w.encode())
    if not words:
        return None
    return tables.setdefault(number, (len(tables), words))[0]


# Old versions state fewer tables: the newest one that does says which.
def later_table(find):
    for dictionary in reversed(dictionaries):
        table = find(dictionary).get("table")
        if table:
            return table
    return None


def table_of_part(kind, number, part):
    # A message's type came as CM in 2.2 to 2.3.
    kind = {"CM_MSG": "MSG", "CM_FINANCE": "FC"}.get(kind, kind)
    return part.get("table") or later_table(
        lambda d: d["types"].get(kind, {}).get("fields", {}).get(number, {}))


def table_of_field(segment, number, field):
    return field.get("table") or later_table(
        lambda d: d["segments"].get(segment, {}).get("fields", {}).get(str(number), {}))


# --- rules ----------------------------------------------------------------------------------

shapes = {}  # (name, rules of components) -> index
NOTHING = ("remove", 0)


def rule_of_type(kind, table, version, name="", depth=0, at=None):
    """What becomes of a value of that type (at: datatype and number of a component)."""
    if at in COMPONENTS:
        return COMPONENTS[at], 0
    if kind in ("ID", "IS"):
        if table in RULED:
            return RULED[table], 0
        index = table_of(table) if table else None
        return NOTHING if index is None else ("word", index)
    if kind in ("NM", "SI"):
        if AGE.search(name):
            return "age", 0
        return NOTHING if NUMBERED.search(name) else ("number", 0)
    if kind in ("DT", "DTM", "TS"):
        return "year", 0
    if kind in ("CE", "CWE", "CNE"):
        if table in RULED:
            return RULED[table], 0
        index = table_of(table) if table else None
        return "coded", 0 if index is None else index + 1
    if kind in ("XAD", "AD"):
        return "address", 0
    if kind == "DR":
        return "years", 0
    if kind in WALKED and depth < 2:
        fields = dictionaries[version]["types"].get(kind, {}).get("fields", {})
        parts = []
        for number, part in sorted(fields.items(), key=lambda p: int(p[0])):
            while len(parts) < int(number) - 1:
                parts.append(NOTHING)
            parts.append(rule_of_type(part.get("type"), table_of_part(kind, number, part), version,
                                      name if AGE.search(name) else part.get("desc", ""),
                                      depth + 1, (kind, int(number))))
        while parts and parts[-1] == NOTHING:
            parts.pop()
        if not parts:
            return NOTHING
        key = tuple(parts)
        return "parts", shapes.setdefault(key, len(shapes))
    return NOTHING


def rule_of(segment, number, field, version):
    place = "%s-%d" % (segment, number)
    if place in REMOVED:
        return NOTHING
    if place in CODES:
        return "code", sorted(set(CODES.values())).index(CODES[place])
    if place in ("MSH-9", "MSH-11"):  # typed in five ways over the versions
        numbers = (76, 3, 354) if place == "MSH-9" else (103, 207)
        return "parts", shapes.setdefault(tuple(("word", table_of(n)) for n in numbers), len(shapes))
    if place in SPECIAL:
        action = SPECIAL[place]
        table = table_of(1) if place == "PID-8" else None
        return action, 0 if table is None else table + 1
    kind, name = field.get("type"), field.get("desc", "")
    table = table_of_field(segment, number, field)
    ruled = field_rules.get(place)
    if place in RECURSED or ruled in ("RECURSE", "KEEP", "KEEP_CODED"):
        # PID-28 and others are ST in one version and coded in the rest.
        return rule_of_type(kind, table, version, name)
    if ruled in ("DATE_YEAR", "DATE_YEAR_BIRTH"):
        return ("year", 0) if kind in ("DT", "DTM", "TS", "ST") else \
            rule_of_type(kind, table, version, name)
    if ruled == "ADDRESS":
        return rule_of_type(kind, table, version, name)
    if ruled:
        return NOTHING  # REMOVE, TEXT, provider and organization policy
    if type_rules.get(kind) in ("REMOVE", "TEXT", "PROVIDER_POLICY", "ORG_POLICY", "CONST"):
        return NOTHING
    return rule_of_type(kind, table, version, name)


def strictest(rules):
    """For a message that does not say its version."""
    said = [r for r in rules if r is not None]
    if len(set(said)) == 1:
        return said[0]
    kinds = {r[0] for r in said}
    if kinds <= {"word", "coded"}:
        tabled = {r[1] - 1 if r[0] == "coded" else r[1] for r in said if r != ("coded", 0)}
        if len(tabled) == 1:
            return "coded", tabled.pop() + 1
    if kinds <= {"year", "years"}:
        return "year", 0
    return NOTHING


for number in sorted(codes):
    table_of(number)  # a coded field may name any table
segments = sorted({s for d in dictionaries for s in d["segments"]
                   if re.fullmatch("[A-Z][A-Z0-9]{2}", s) and s not in DROPPED and s[0] != "Z"})
lines = ["// Made by make_v2.py from HL7 v2.1 to v2.8 (npm hl7v2-dictionary 1.8.0, MIT) and the safe "
         "harbor actions by field; do not edit.", "// clang-format off"]
variants, fields, index = [], [], []
kept = 0
for segment in segments:
    most = max(int(n) for d in dictionaries for n in d["segments"].get(segment, {}).get("fields", {}))
    first_field = len(fields)
    for number in range(1, most + 1):
        rules = []
        for version, dictionary in enumerate(dictionaries):
            field = dictionary["segments"].get(segment, {}).get("fields", {}).get(str(number))
            rules.append(field and rule_of(segment, number, field, version))
        steps = [(0, strictest(rules))]
        for version, rule in enumerate(rules, 1):
            if (rule or NOTHING) != steps[-1][1] or len(steps) == 1:
                steps.append((version, rule or NOTHING))
        fields.append((len(variants), len(steps)))
        variants += steps
        kept += any(rule != NOTHING for _, rule in steps)
    index.append((segment, first_field, most))

lines.append("constexpr V2Variant v2_variants[] = {")
for version, (action, detail) in variants:
    lines.append("    {%d, V2Action::%s, %d}," % (version, action, detail))
lines += ["};", "constexpr V2Field v2_fields[] = {"]
for i in range(0, len(fields), 8):
    lines.append("    " + " ".join("{%d, %d}," % f for f in fields[i:i + 8]))
lines += ["};", "constexpr V2Segment v2_segments[] = {"]
for segment in index:
    lines.append('    {"%s", %d, %d},' % segment)
lines += ["};", "constexpr V2Rule v2_parts[] = {"]
starts, count = [], 0
for parts in shapes:
    starts.append((count, len(parts)))
    count += len(parts)
    lines.append("    " + " ".join("{V2Action::%s, %d}," % p for p in parts))
lines += ["};", "constexpr V2Field v2_shapes[] = {"]
for i in range(0, len(starts), 8):
    lines.append("    " + " ".join("{%d, %d}," % s for s in starts[i:i + 8]))
lines += ["};", "constexpr std::string_view v2_tables[] = {"]
for number, (_, words) in sorted(tables.items(), key=lambda t: t[1][0]):
    text = "|" + "|".join(words) + "|"
    lines.append("    // table %04d" % number)
    for i in range(0, len(text), 84):
        lines.append('    "%s"%s' % (text[i:i + 84], "," if i + 84 >= len(text) else ""))
lines += ["};", "// Number of the table, index into v2_tables.", "constexpr V2Field v2_table_numbers[] = {"]
for number, (at, _) in sorted(tables.items()):
    lines.append("    {%d, %d}," % (number, at))
lines.append("};")
lines.append("constexpr std::string_view v2_versions[] = {%s};" % ", ".join('"%s"' % v for v in VERSIONS))
lines.append("// clang-format on")
with open(os.path.join(HERE, "v2_rules.inc"), "w", encoding="ascii") as f:
    f.write("\n".join(lines) + "\n")
print("%d segments, %d fields, %d of them kept in some form, %d shapes, %d tables"
      % (len(segments), len(fields), kept, len(shapes), len(tables)))
