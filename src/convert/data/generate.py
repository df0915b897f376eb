#!/usr/bin/env python3
"""Makes the mapping data that the engine compiles in.

    python3 src/convert/data/generate.py SHEETS VERSION

SHEETS is a folder with v2fhir_segment_map.csv, v2fhir_datatype_map.csv, v2fhir_table_map.csv (the
mapping sheets of the HL7 "V2 to FHIR" guide, flattened), fhir_r4_elements.csv and code_systems.csv; VERSION names their release and goes into the first line of every file.

The sheets are written by hand and for people.  What they get wrong or leave open is put right
by overrides.csv, one reason a row; nothing is put right in this script.  own.csv holds the rows
of segments that the guide does not map, or maps to a resource we do not make.  Written:

    rows.inc      mapping rows: map, source, target, datatype, condition, vocabulary, constant
    codes.inc     table rows: table, code, fhir code, display, system
    elements.inc  FHIR R4 elements of the resources and data types in use
    systems.inc   code systems by the names that HL7 v2 gives them
"""

import csv
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent

SEGMENT_MAPS = [
    "PID[Patient]", "PD1[Patient]", "NK1[Patient]", "NK1[RelatedPerson]",
    "PV1[Encounter]", "PV2[Encounter]", "AL1[AllergyIntolerance]", "DG1[Condition]",
    "IN1[Coverage]", "OBR[DiagnosticReport]", "OBR[ServiceRequest]", "OBR[Specimen]",
    "ORC[DiagnosticReport]", "ORC[ServiceRequest]", "OBX[Observation]", "SPM[Specimen]",
    "PV1[Patient]", "PID[Account]", "MRG[Account]", "PR1[Procedure]", "IAM[AllergyIntolerance]",
    "RXA[Immunization]", "ORC[Immunization]", "RXR[Immunization]", "RXR[MedicationRequest]",
    "TXA[DocumentReference]", "ORC[Provenance]",
]
DATATYPE_MAPS = [
    "CX[Identifier]", "XPN[HumanName]", "FN[HumanName]", "XAD[Address]", "SAD[Address]",
    "XTN[ContactPoint]", "XCN[Practitioner]", "XON[Organization]", "EI[Identifier-Extension]",
    "EIP[Identifier-PlacerAssignedIdentifier]", "EIP[Identifier-FillerAssignedIdentifier]",
    "DLN[Identifier]", "DR[Period]", "CQ[Quantity]", "CWE[Organization]",
    "NM[Quantity-LengthOfStay]", "CNN[Practitioner]", "SPS[Specimen-Source]",
]
RESOURCES = [
    "Patient", "Encounter", "Observation", "DiagnosticReport", "ServiceRequest", "Specimen",
    "AllergyIntolerance", "Condition", "RelatedPerson", "Coverage", "Practitioner",
    "Organization", "Location", "Provenance", "MessageHeader", "Bundle", "Element", "Account",
    "Appointment", "CareTeam", "ChargeItem", "Device", "DocumentReference", "Immunization",
    "Medication", "MedicationAdministration", "MedicationDispense", "MedicationRequest", "Procedure",
    "PractitionerRole", "EpisodeOfCare",
]


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def condition_of(text):
    """The sheets' conditions in the one spelling that the engine reads."""
    t = " ".join(text.split())
    t = re.sub(r"^\s*IF\s+", "", t, flags=re.I)
    t = re.sub(r"\bIF\s+", "", t, flags=re.I)
    t = t.replace("'", '"')
    t = re.sub(r"\bIS NOT VALUED\b|\bDOES NOT EXIST\b", "NOT VALUED", t, flags=re.I)
    t = re.sub(r"\bIS VALUED\b|\bVALUE\b", "VALUED", t, flags=re.I)
    t = re.sub(r"\bNOT EQUAL(S)?( TO)?\b|\bIS NOT\b(?=\s*\")", "NOT EQUALS", t, flags=re.I)
    t = re.sub(r"\bIS\b(?=\s*\")|(?<![<>\"])=(?![\"=]*\"\s*$)(?=\s*\")", "EQUALS", t, flags=re.I)
    t = re.sub(r"\bIS IN\b", "IN", t, flags=re.I)
    t = re.sub(r"\b([A-Z]{2,3})-(\d+)\b(?=.*)", r"\1-\2", t)
    return t.strip()


def quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def read_sheets(sheets):
    rows = []
    for r in rows_of(sheets / "v2fhir_segment_map.csv"):
        name = f"{r['segment']}[{r['target']}]"
        if name in SEGMENT_MAPS:
            rows.append((name, r["field"], r))
    for r in rows_of(sheets / "v2fhir_datatype_map.csv"):
        name = f"{r['v2_datatype']}[{r['target']}]"
        if name in DATATYPE_MAPS:
            rows.append((name, r["component"], r))
    out = []
    for name, source, r in rows:
        target = re.sub(r"^\[1\]\.", "", " ".join(r["fhir_path"].split()))
        constant = r["assignment"].strip()
        if not target or constant.startswith("/"):
            continue
        condition = condition_of(r["cond_antlr"])
        if "." in source or "-" not in source and r.get("v2_datatype"):
            condition = re.sub(r"\b([A-Z]{2,3})-(\d+)", r"\1.\2", condition)
        out.append({
            "map": name, "source": source, "target": target,
            "datatype": r["datatype_map"].strip().replace("[Code]", "[code]"),
            "condition": condition,
            "vocabulary": r["vocab_map"].strip(), "constant": constant,
        })
    return out


FIELDS = ["map", "source", "target", "datatype", "condition", "vocabulary", "constant"]


def override(rows, path):
    """drop: rows with that map, source, target (empty: any; constant, if given, too); add: a new row,
    after the last row of its source; set: changes what the row gives (a dash empties)."""
    useless = []
    for o in rows_of(path):
        def hit(r):
            return (r["map"] == o["map"] and (not o["source"] or r["source"] == o["source"])
                    and (not o["target"] or r["target"] == o["target"]))
        if o["action"] == "drop":
            kept = [r for r in rows
                    if not (hit(r) and (not o["constant"] or r["constant"] == o["constant"]))]
            if len(kept) == len(rows):
                useless.append(o)
            rows = kept
        elif o["action"] == "set":
            hits = [r for r in rows if hit(r)]
            if not hits:
                useless.append(o)
            for r in hits:
                for f in ("datatype", "condition", "vocabulary", "constant"):
                    if o[f]:
                        r[f] = "" if o[f] == "-" else o[f]
                if o["rename"]:
                    r["target"] = o["rename"]
        elif o["action"] == "add":
            new = {f: o[f] for f in FIELDS}
            same = [i for i, r in enumerate(rows)
                    if r["map"] == o["map"] and r["source"] == o["source"]]
            whole = [i for i, r in enumerate(rows) if r["map"] == o["map"]]
            at = (same[-1] if same else whole[-1] if whole else len(rows) - 1) + 1
            rows.insert(at, new)
        else:
            sys.exit(f"unknown action: {o}")
    if useless:
        sys.exit("overrides that match nothing:\n" + "\n".join(
            f"{o['action']} {o['map']} {o['source']} {o['target']}" for o in useless))
    return rows


def in_order(rows):
    """Rows of a map by position, so that the engine meets each field once."""
    def position(source):
        m = re.match(r"^[A-Z0-9]+(?:[-.](\d+)(?:\.(\d+))?)?$", source)
        if not m:
            sys.exit(f"not a position: {source}")
        return int(m.group(1) or 0)
    maps = []
    for r in rows:
        if r["map"] not in maps:
            maps.append(r["map"])
    return sorted(rows, key=lambda r: (maps.index(r["map"]), position(r["source"])))


def write(name, version, lines):
    head = f"// Made by generate.py from {version}; do not edit, change overrides.csv.\n"
    (HERE / name).write_text(head + "".join(lines), encoding="utf-8")


def table_rows(sheets, overrides):
    out = {}
    for r in rows_of(sheets / "v2fhir_table_map.csv"):
        table, code = r["map"], r["v2_code"]
        if not re.match(r"^HL70\d{3}$", r["v2_table"]):
            continue  # a display with a comma that slid over the columns
        fhir, display, system = r["fhir_code"], r["fhir_display"], r["fhir_system"]
        if fhir.startswith("http") or display.startswith("http"):
            fhir, display, system = ("", "", "") if fhir.startswith("http") else (fhir, "", display)
        out[(table, code)] = (table, code, fhir, display, system.strip(), r["v2_table"][3:])
    # What the guide translates of a table whose codes stay themselves is under the table's number.
    for name, number in (("AmbulatoryStatus", "0009"), ("HospitalService", "0069"),
                         ("OrderType", "0482"), ("SpecimenCollectionMethod", "0488")):
        for row in [r for r in out.values() if r[0] == name and r[2] and "v2-" not in r[4]]:
            out[(number, row[1])] = (number,) + row[1:]
    for o in rows_of(overrides):
        out[(o["table"], o["code"])] = (o["table"], o["code"], o["fhir_code"], o["display"],
                                        o["system"], o["v2_table"])
    return sorted(out.values())


def elements(sheets):
    structures = {}
    kinds = {}
    for r in rows_of(sheets / "fhir_r4_elements.csv"):
        structures.setdefault(r["structure"], []).append(r)
        kinds[r["structure"]] = r["kind"]
    wanted, todo, lines = set(), list(RESOURCES), []
    while todo:
        s = todo.pop(0)
        if s in wanted or s not in structures:
            continue
        wanted.add(s)
        rows = structures[s]
        parents = {r["path"] for r in rows if any(x["path"].startswith(r["path"] + ".") for x in rows)}
        for r in rows[1:]:
            owner, _, name = r["path"].rpartition(".")
            array = r["max"] != "1"
            if r["content_reference"]:
                types = [r["content_reference"].lstrip("#").split("#")[-1]]
            elif r["path"] in parents:
                types = [r["path"]]
            else:
                types = ["string" if t.startswith("http://hl7.org/fhirpath") else t
                         for t in r["types"].replace("|", " ").replace(";", " ").split()]
            for t in types:
                n = name
                if name.endswith("[x]"):
                    n = name[:-3] + t[0].upper() + t[1:]
                lines.append((owner, n, t, array, name[:-3] if name.endswith("[x]") else "",
                              r["min"] != "0"))
                if kinds.get(t) == "complex-type":
                    todo.append(t)
    lines.sort(key=lambda x: (x[0], x[1]))
    return lines


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sheets, version = pathlib.Path(sys.argv[1]), sys.argv[2]
    rows = override(read_sheets(sheets), HERE / "overrides.csv")
    rows = in_order(rows + [{f: r[f] for f in FIELDS} for r in rows_of(HERE / "own.csv")])
    guide = f"the HL7 V2-to-FHIR mapping sheets, {version}"
    write("rows.inc", guide, ["{" + ", ".join(quoted(r[f]) for f in FIELDS) + "},\n" for r in rows])
    used = {r["vocabulary"] for r in rows if r["vocabulary"]} | {
        "DiagnosisType", "Event[EncounterStatus]", "PatientClass[EncounterClass]",
        "PatientClass[EncounterStatus]", "OrderControlCode[ServiceRequest.status]", "OrderStatus",
        "FillerStatusCodes[Appointment]", "EventRelatedPeriod"}
    codes = [c for c in table_rows(sheets, HERE / "code_overrides.csv") if c[0] in used]
    missing = used - {c[0] for c in codes}
    if missing:
        print("vocabularies without rows:", ", ".join(sorted(missing)), file=sys.stderr)
    write("codes.inc", guide, ["{" + ", ".join(quoted(x) for x in c) + "},\n" for c in codes])
    write("elements.inc", "the FHIR R4 (4.0.1) definitions",
          [f"{{{quoted(o)}, {quoted(n)}, {quoted(t)}, {str(a).lower()}, {quoted(c)}}},\n"
           for o, n, t, a, c, _ in elements(sheets)])
    systems = []
    for r in rows_of(sheets / "code_systems.csv"):
        if r["fhir_uri"].startswith(("http", "urn")) and "nnnn" not in r["fhir_uri"]:
            for name in filter(None, r["v2_table0396"].split("|")):
                systems.append((name, r["fhir_uri"]))
            systems.append((r["oid"], r["fhir_uri"]))
    for r in rows_of(HERE / "system_overrides.csv"):
        systems.append((r["name"], r["uri"]))
    write("systems.inc", "HL7 table 0396 and the HL7 terminology registry, " + version,
          [f"{{{quoted(n)}, {quoted(u)}}},\n" for n, u in sorted(dict(systems).items())])


main()
