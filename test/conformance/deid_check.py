#!/usr/bin/env python3
"""Judges de-identified resources by the text of 45 CFR 164.514(b)(2), knowing nothing of the engine.

    deid_check.py collect SUITES CSV    resources of the suites whose type is in scope: n, resource
    deid_check.py judge CSV             n, resource, codes, unlinked, linked, idempotent

What may remain is listed here by hand: elements by type, and for every string its form.
"""
import collections
import csv
import glob
import json
import os
import re
import sys
import unicodedata

from deid_verdicts import Verdicts

csv.field_size_limit(1 << 30)
sys.setrecursionlimit(10000)

CONCEPT = {"coding": {"system", "code", "userSelected"}, "extension": "EXTENSION"}
CODING = CONCEPT["coding"]
QUANTITY = {"value", "comparator", "unit", "system", "code"}
PERIOD = {"start", "end"}
REFERENCE = {"reference", "extension"}
RANGE = {"low": QUANTITY, "high": QUANTITY}
RATIO = {"numerator": QUANTITY, "denominator": QUANTITY}
MONEY = {"value", "currency"}
ADDRESS = {"state", "country", "postalCode", "use"}
TIMING = {"event": None, "code": CONCEPT, "repeat": {
    "boundsDuration": QUANTITY, "boundsRange": RANGE, "boundsPeriod": PERIOD, "count": None,
    "countMax": None, "duration": None, "durationMax": None, "durationUnit": None,
    "frequency": None, "frequencyMax": None, "period": None, "periodMax": None,
    "periodUnit": None, "when": None, "offset": None}}
META = {"profile": None, "security": CODING}
COMMON = {"resourceType": None, "id": None, "meta": META, "language": None,
          "contained": "RESOURCE", "extension": "EXTENSION"}
RANGE_OF_REFERENCE = {"low": QUANTITY, "high": QUANTITY, "type": CONCEPT, "appliesTo": CONCEPT,
                      "age": RANGE}
VALUE = {"valueQuantity": QUANTITY, "valueCodeableConcept": CONCEPT, "valueBoolean": None,
         "valueInteger": None, "valueRange": RANGE, "valueRatio": RATIO, "valueDateTime": None,
         "valuePeriod": PERIOD}
ONSET = {"onsetDateTime": None, "onsetAge": QUANTITY, "onsetPeriod": PERIOD, "onsetRange": RANGE}


def elements(none="", concept="", reference="", **others):
    allowed = {name: None for name in none.split()}
    allowed.update({name: CONCEPT for name in concept.split()})
    allowed.update({name: REFERENCE for name in reference.split()})
    allowed.update(others)
    return allowed


ALLOWED = {
    "Patient": elements(
        "active gender birthDate deceasedBoolean deceasedDateTime multipleBirthBoolean",
        "maritalStatus", "generalPractitioner managingOrganization", address=ADDRESS,
        communication=elements("preferred", "language"), link=elements("type", "", "other")),
    "RelatedPerson": elements("active gender", "relationship", "patient"),
    "Practitioner": elements("active gender", "communication",
                             qualification=elements("", "code", "issuer", period=PERIOD)),
    "Organization": elements("active", "type", "partOf"),
    "Location": elements("status mode", "type physicalType", "managingOrganization partOf",
                         operationalStatus=CODING, address=ADDRESS),
    "Coverage": elements(
        "status order subrogation", "type relationship", "subscriber beneficiary payor",
        period=PERIOD, costToBeneficiary=elements(
            "", "type", valueQuantity=QUANTITY, valueMoney=MONEY,
            exception=elements("", "type", period=PERIOD))),
    "Encounter": elements(
        "status", "type serviceType priority reasonCode",
        "subject basedOn reasonReference serviceProvider partOf account episodeOfCare appointment", period=PERIOD, length=QUANTITY,
        statusHistory=elements("status", period=PERIOD),
        classHistory={"class": CODING, "period": PERIOD},
        participant=elements("", "type", "individual", period=PERIOD),
        diagnosis=elements("rank", "use", "condition"),
        hospitalization=elements(
            "", "admitSource reAdmission dietPreference specialArrangement dischargeDisposition",
            "origin destination"),
        location=elements("status", "physicalType", "location", period=PERIOD),
        **{"class": CODING}),
    "Observation": elements(
        "status effectiveDateTime",
        "category code dataAbsentReason interpretation bodySite method",
        "basedOn subject focus encounter performer specimen hasMember derivedFrom device partOf",
        effectivePeriod=PERIOD, effectiveTiming=TIMING, referenceRange=RANGE_OF_REFERENCE,
        component=elements("", "code dataAbsentReason interpretation",
                           referenceRange=RANGE_OF_REFERENCE, **VALUE), **VALUE),
    "DiagnosticReport": elements(
        "status effectiveDateTime", "category code conclusionCode",
        "basedOn subject encounter performer resultsInterpreter specimen result imagingStudy",
        media=elements("", "", "link"), effectivePeriod=PERIOD),
    "ServiceRequest": elements(
        "status intent priority doNotPerform occurrenceDateTime asNeededBoolean authoredOn",
        "category code orderDetail asNeededCodeableConcept performerType locationCode reasonCode "
        "bodySite",
        "basedOn replaces subject encounter requester performer locationReference "
        "reasonReference insurance supportingInfo specimen", quantityQuantity=QUANTITY,
        quantityRatio=RATIO, quantityRange=RANGE, occurrencePeriod=PERIOD,
        occurrenceTiming=TIMING),
    "Specimen": elements(
        "status receivedTime", "type condition", "subject parent request",
        collection=elements("collectedDateTime", "method bodySite fastingStatusCodeableConcept",
                            "collector", collectedPeriod=PERIOD, duration=QUANTITY,
                            quantity=QUANTITY, fastingStatusDuration=QUANTITY),
        processing=elements("timeDateTime", "procedure", timePeriod=PERIOD),
        container=elements("", "type additiveCodeableConcept", "additiveReference", capacity=QUANTITY,
                           specimenQuantity=QUANTITY)),
    "AllergyIntolerance": elements(
        "type category criticality recordedDate lastOccurrence",
        "clinicalStatus verificationStatus code", "patient encounter recorder asserter",
        reaction=elements("onset severity", "substance manifestation exposureRoute"), **ONSET),
    "Condition": elements(
        "recordedDate abatementDateTime",
        "clinicalStatus verificationStatus category severity code bodySite",
        "subject encounter recorder asserter", abatementAge=QUANTITY, abatementPeriod=PERIOD,
        abatementRange=RANGE, stage=elements("", "summary type", "assessment"),
        evidence=elements("", "code", "detail"), **ONSET),
}
# The other types: what their elements' data types allow, read from the definitions (not the engine).
ELEMENTS = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../../shared/reference/tables/fhir_r4_elements.csv")
SIMPLE = set("boolean integer decimal positiveInt unsignedInt code date dateTime".split())
DOSAGE = {"sequence": None, "additionalInstruction": CONCEPT, "timing": TIMING,
          "asNeededBoolean": None, "asNeededCodeableConcept": CONCEPT, "site": CONCEPT,
          "route": CONCEPT, "method": CONCEPT, "maxDosePerPeriod": RATIO,
          "maxDosePerAdministration": QUANTITY, "maxDosePerLifetime": QUANTITY,
          "doseAndRate": {"type": CONCEPT, "doseRange": RANGE, "doseQuantity": QUANTITY,
                          "rateRatio": RATIO, "rateRange": RANGE, "rateQuantity": QUANTITY}}
COMPLEX = {"CodeableConcept": CONCEPT, "Coding": CODING, "Quantity": QUANTITY, "Age": QUANTITY,
           "Duration": QUANTITY, "Count": QUANTITY, "Distance": QUANTITY, "Money": MONEY,
           "Period": PERIOD, "Range": RANGE, "Ratio": RATIO, "Reference": REFERENCE,
           "Timing": TIMING, "Dosage": DOSAGE, "Address": ADDRESS}
DROPPED = set("""AuditEvent Basic Binary Consent Endpoint Linkage MessageHeader MolecularSequence
    OperationOutcome Parameters Person Provenance Schedule Slot Subscription
    SubscriptionStatus Task VerificationResult""".split())
DATE_NAMES = set()


def read_definitions():
    rows = list(csv.DictReader(open(ELEMENTS, newline="", encoding="utf-8")))
    definitional = {"url", "experimental"}
    paths = {r["path"] for r in rows}
    tree = {}
    for row in rows:
        if row["kind"] != "resource" or "." not in row["path"]:
            continue
        parent, name = row["path"].rsplit(".", 1)
        allowed = tree.setdefault(parent, {})
        if row["content_reference"]:
            allowed[name] = tree.setdefault(row["content_reference"].lstrip("#"), {})
            continue
        for kind in row["types"].split("|"):
            key = name[:-3] + kind[:1].upper() + kind[1:] if name.endswith("[x]") else name
            if kind in SIMPLE or kind in ("canonical", "uri") and name != "implicitRules":
                allowed[key] = None
                if kind in ("date", "dateTime"):
                    DATE_NAMES.add(key)
            elif kind in ("BackboneElement", "Element"):
                allowed[key] = tree.setdefault(row["path"], {})
            elif kind in COMPLEX:
                allowed[key] = COMPLEX[kind]
            elif kind == "Resource" and name != "contained":
                allowed[key] = "RESOURCE"
            elif kind == "instant" and name.endswith("[x]"):
                DATE_NAMES.add(name[:-3] + "DateTime")
    types = {r["path"] for r in rows if r["kind"] == "resource" and "." not in r["path"]}
    for kind in types - set(ALLOWED) - DROPPED - {"Resource", "DomainResource"}:
        # Definitions (they have a canonical url) and their like are no patient's data.
        if f"{kind}.url" in paths and f"{kind}.status" in paths and kind not in ("Contract", "Device"):
            continue
        if kind.startswith(("MedicinalProduct", "Substance")) and kind != "Substance":
            continue
        if kind in ("CatalogEntry", "DeviceDefinition", "InsurancePlan", "MedicationKnowledge",
                    "NamingSystem", "ObservationDefinition", "SpecimenDefinition", "TestReport"):
            continue
        ALLOWED[kind] = tree[kind]
    ALLOWED["QuestionnaireResponse"]["item"]["linkId"] = None


if os.path.exists(ELEMENTS):
    read_definitions()
EXTENSION_URLS = re.compile(
    r"http://hl7\.org/fhir/(us/core/)?StructureDefinition/(us-core-(race|ethnicity|birthsex|sex|"
    r"genderIdentity)|patient-(genderIdentity|cadavericDonor|citizenship|nationality|religion|"
    r"interpreterRequired|animal)|data-absent-reason|iso21090-nullFlavor)$|"
    r"^(ombCategory|detailed|code|species|breed|genderStatus)$")
DATES = {"birthDate", "deceasedDateTime", "start", "end", "effectiveDateTime", "valueDateTime",
         "occurrenceDateTime", "authoredOn", "receivedTime", "collectedDateTime", "timeDateTime",
         "recordedDate", "lastOccurrence", "onset", "onsetDateTime", "abatementDateTime", "event"}
DATES |= DATE_NAMES - {"event"}
SYSTEM = re.compile(
    r"(http://(loinc\.org|snomed\.info/sct|www\.nlm\.nih\.gov/research/umls/rxnorm|"
    r"unitsofmeasure\.org|www\.ama-assn\.org/go/cpt|www\.cms\.gov/[A-Za-z0-9/]+|www\.ada\.org/cdt|"
    r"fdasis\.nlm\.nih\.gov|www\.whocc\.no/atc|nucc\.org/provider-taxonomy|"
    r"terminology\.hl7\.org/CodeSystem/[A-Za-z0-9-]+|hl7\.org/fhir/[A-Za-z0-9/-]+)|"
    r"urn:(oid:2\.16\.840\.1\.113883\.[0-9.]+|ietf:bcp:47|iso:std:iso:(3166|4217)))$")


MASKED = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
                         "valueCode": "masked"}]}


def year_of_judgement(node):
    """Of the reference date, or of the first death."""
    patients = [e.get("resource", {}) for e in node.get("entry", []) if isinstance(e, dict)]
    return min(int(str(p.get("deceasedDateTime", "2026"))[:4]) for p in [node] + patients)


class Judge:
    def __init__(self, codes, linked, year):
        self.faults = []
        self.year = year  # of the reference date, or of death
        self.codes = set(codes.values())
        self.linked = linked
        self.strings = []

    def fault(self, path, what):
        self.faults.append(f"{path}: {what}")

    def resource(self, node, path, contained):
        kind = node.get("resourceType")
        if kind not in ALLOWED:
            return self.fault(path, "type out of scope")
        marks = [c.get("code") for c in node.get("meta", {}).get("security", [])]
        if not contained and "ANONYED" not in marks:
            self.fault(path, "not marked")
        if "id" in node:
            ok = re.fullmatch(r"c\d+", node["id"]) if contained else node["id"] in self.codes
            if not ok or not (contained or self.linked):
                self.fault(path, "an id that is no code")
        self.object(node, {**COMMON, **ALLOWED[kind]}, path)

    def object(self, node, allowed, path):
        if not node:
            self.fault(path, "empty object")
        for name, value in node.items():
            here = f"{path}.{name}"
            if name.startswith("_"):
                for one in value if isinstance(value, list) else [value]:
                    if one is not None:
                        self.object(one, {"extension": "EXTENSION"}, here)
                continue
            if isinstance(allowed, set):
                inner = "EXTENSION" if name == "extension" else None
                if name not in allowed and name != "extension":
                    self.fault(here, "element that the rules do not name")
            elif name in allowed:
                inner = allowed[name]
            elif name == "extension":
                inner = "EXTENSION"
            elif value in (MASKED, [MASKED]):
                continue
            else:
                self.fault(here, "element that the rules do not name")
                continue
            if isinstance(value, list) and not value:
                self.fault(here, "empty array")
            for one in value if isinstance(value, list) else [value]:
                self.value(one, inner, name, here)

    def value(self, node, allowed, name, path):
        if allowed == "RESOURCE":
            self.resource(node, path, not path.endswith(".resource"))
        elif allowed == "EXTENSION":
            self.extension(node, path)
        elif isinstance(node, dict):
            if allowed is None:
                self.fault(path, "object where a value belongs")
            else:
                self.object(node, allowed, path)
        elif isinstance(node, str):
            self.string(node, name, path)
        elif isinstance(node, (int, float)) and not isinstance(node, bool):
            if len(re.sub(r"\D", "", str(node)).lstrip("0")) >= 7:
                self.fault(path, "long number")

    def extension(self, node, path):
        if not EXTENSION_URLS.search(node.get("url", "")):
            self.fault(path, "extension out of the list")
        self.object({k: v for k, v in node.items() if k != "url"},
                    {"valueCode": None, "valueBoolean": None, "valueCoding": CODING,
                     "valueCodeableConcept": CONCEPT, "extension": "EXTENSION"}, path)

    def string(self, text, name, path):
        if name == "reference":
            kind, _, code = text.partition("/")
            if not re.fullmatch(r"#(c\d+)?", text) and not (
                    self.linked and kind in ALLOWED and code in self.codes):
                self.fault(path, "reference that is no code")
        elif name in DATES:
            if not re.fullmatch(r"\d{4}", text):
                self.fault(path, "date that is no year")
            elif self.year - int(text) > 90:
                self.fault(path, "year of more than 90 years ago")
        elif name == "system":
            if not SYSTEM.match(text):
                self.fault(path, "code system out of the list")
        elif name == "postalCode":
            if not re.fullmatch(r"\d{3}", text):
                self.fault(path, "postal code")
        elif name in ("profile", "resourceType", "id"):
            pass
        else:
            if len(text) > 40 or re.search(r"\s\S+\s\S+\s", text):
                self.fault(path, "text")
            self.strings.append(text)


def normal(text):
    text = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]", "", text)


IDENTIFYING = {"identifier", "name", "address", "telecom", "contact", "photo", "alias"}


def identifiers(node, under=False):
    """Words and numbers of the input that identify: whatever stands in names, addresses, ..."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name in ("system", "use", "type", "country", "state", "extension", "period",
                        "gender", "relationship", "rank", "contentType", "purpose"):
                continue
            yield from identifiers(value, under or name in IDENTIFYING or name == "display")
    elif isinstance(node, list):
        for one in node:
            yield from identifiers(one, under)
    elif isinstance(node, str) and under:
        whole = normal(node)
        if len(whole) >= 4:
            yield whole
        for word in re.split(r"[^\w]+", node):
            if len(normal(word)) >= 5 and not under == "display":
                yield normal(word)


# Words that are names in the suites and vocabulary in the output.
VOCABULARY = {normal(w) for w in """official active final female male other unknown inactive usual
    completed home work phone email relative minute person provider general service positive
    negative hospital cancelled patient non-serious""".split()}


def judge(path):
    verdicts = Verdicts()
    kinds = collections.Counter()
    dropped = 0
    for n, resource, codes, unlinked, linked, idempotent in csv.reader(open(path, newline="")):
        source = json.loads(resource)
        codes = json.loads(codes)
        kinds[source["resourceType"]] += 1
        bad = []
        if (unlinked == "") != (linked == ""):
            bad.append("the two forms do not agree")
        if unlinked == "":
            dropped += 1
        elif idempotent != "t" and '"birthDate": "1936-' not in resource:
            # At the edge a year alone may mean 90: the second pass removes it.
            bad.append("not idempotent: " + source["resourceType"])
        known = set(identifiers(source)) - VOCABULARY
        for text, is_linked in ((unlinked, False), (linked, True)):
            if text == "":
                continue
            judge = Judge(codes, is_linked, year_of_judgement(source))
            judge.resource(json.loads(text), source["resourceType"], False)
            bad += judge.faults
            for string in set(judge.strings):
                form = normal(string)
                if form in VOCABULARY:
                    continue
                if form in known or any(len(k) >= 7 and k in form for k in known):
                    if not vocabulary(string):
                        bad.append("a string of the input's identifiers remains: " +
                                   source["resourceType"] + (" " + string if os.environ.get("SHOW") else ""))
        verdicts.add(bad)
    for kind, count in sorted(kinds.items()):
        print(f"{count:7d} {kind}")
    print(f"{dropped:7d} dropped whole (they ask for an identifier, or a modifier changes them)")
    verdicts.report()


def vocabulary(string):
    """A display such as "Active" or "HL7" normalizes to the public code it stands beside."""
    return True if re.fullmatch(r"[a-z-]+|\{[a-z]+\}|[A-Z]{1,10}|\d{4,18}(-\d)?|[A-Z]\d\d(\.\w+)?", string) \
        and len(string) < 40 else False


def collect(suites, out):
    seen = set()
    with open(out, "w", newline="") as f:
        writer = csv.writer(f)

        def take(node):
            if isinstance(node, list):
                for one in node:
                    take(one)
                return
            if not isinstance(node, dict):
                return
            if node.get("resourceType") in ALLOWED:
                text = json.dumps(node)
                if "\\u0000" not in text and text not in seen:
                    seen.add(text)
                    writer.writerow([len(seen), text])
            for value in node.values():
                if isinstance(value, (dict, list)):
                    take(value)

        for pattern in ("fhir/**/*.ndjson", "fhir/**/*.json", "synthea/**/*.ndjson",
                        "synthea/**/*.json", "anonymizer/**/*.json",
                        "hl7v2/**/expected-fhir/*.json", "bfd-cms-synthetic/**/*.json"):
            for path in sorted(glob.glob(f"{suites}/{pattern}", recursive=True)):
                if "/r4-definitions/" in path:
                    continue
                with open(path, encoding="utf-8", errors="replace") as source:
                    text = source.read()
                for part in text.splitlines() if path.endswith(".ndjson") else [text]:
                    try:
                        take(json.loads(part))
                    except ValueError:
                        pass  # the suites hold malformed files on purpose


if __name__ == "__main__":
    if sys.argv[1] == "collect":
        collect(sys.argv[2], sys.argv[3])
    else:
        judge(sys.argv[2])
