#!/usr/bin/env python3
"""Makes the tables of chapter deid: src/deid/data/*.inc.

    python3 src/deid/data/generate.py [REFERENCE [DEFINITIONS [ISO_CODES]]]

REFERENCE    folder with tables/fhir_r4_elements.csv (R4 4.0.1 definitions), tables/ucum_*.csv,
             privacy/*.csv (actions by element, ZIP3 populations of the 2010 and 2020 census)
DEFINITIONS  folder with the R4 4.0.1 definitions as NDJSON and, beside it, us-core
ISO_CODES    folder of Debian package iso-codes (ISO 3166-1, 639-2, 4217)

What the tables say is the policy `safe_harbor`; policy.inc holds their common hash.
"""
import csv
import glob
import hashlib
import json
import os
import re
import sys
from collections import defaultdict

# Raise when the engine (not only a table) treats a value differently.
POLICY_VERSION = "safe_harbor 5"

# Data types that are walked element by element.
WALKED_TYPES = "Dosage Money Period Ratio Timing".split()

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))


def argument(n, default):
    return sys.argv[n] if len(sys.argv) > n else default


REFERENCE = argument(1, os.path.join(ROOT, "../shared/reference"))
DEFINITIONS = argument(2, os.path.join(ROOT, "../shared/suites/fhir/r4-definitions"))
ISO_CODES = argument(3, "/usr/share/iso-codes/json")

# Where the rules need a decision that the action table does not hold, with the reason.
DECIDED = {
    # An Annotation without its text and author is an empty note.
    "Annotation": "remove",
    # Waveforms may be biometric (164.514(b)(2)(i)(P)).
    "SampledData": "remove",
    # VIP and staff flags, as extension patient-importance: characteristics under (R).
    "Encounter.hospitalization.specialCourtesy": "remove",
    # Answers to questions that only the contract's own text tells.
    "Contract.term.offer.answer.value[x]": "remove",
    # Rewritten references say where an entry is; a URL of a server does not come along.
    "Bundle.entry.fullUrl": "remove",
    "Bundle.entry.resource": "resource",
    # Exact minutes between two removed instants are harmless, a number of a ticket is not.
    "Appointment.priority": "number",
}

# Codings that ask for an identifier: the observation is dropped whole.
IDENTIFYING = {
    "http://loinc.org": """11341-5 18967-0 21112-8 21843-8 21844-6 21847-9 42077-8 45392-8 45393-6
        45394-4 45395-1 45396-9 45397-7 45400-9 45401-7 54125-0 56799-0 56794-1 85658-3 86188-0""",
    "http://snomed.info/sct": "184097001 184099003 371484003 398225001",
}
# Codings whose answer is an age of the person.
AGES = {
    "http://loinc.org": "21611-9 21612-7 29553-5 30525-0 30972-4 39016-1 63900-5",
    "http://snomed.info/sct": "105727008 397669002 424144002",
}

# Code systems that are not published with FHIR: what their codes look like (codes.h).
SYSTEMS = {
    "http://loinc.org": "loinc", "2.16.840.1.113883.6.1": "loinc",
    "http://snomed.info/sct": "snomed", "2.16.840.1.113883.6.96": "snomed",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm", "2.16.840.1.113883.6.88": "rxnorm",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10", "2.16.840.1.113883.6.90": "icd10",
    "http://hl7.org/fhir/sid/icd-10": "icd10", "2.16.840.1.113883.6.3": "icd10",
    "http://www.cms.gov/Medicare/Coding/ICD10": "icd10pcs", "2.16.840.1.113883.6.4": "icd10pcs",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd9", "2.16.840.1.113883.6.103": "icd9",
    "2.16.840.1.113883.6.104": "icd9",
    "http://www.ama-assn.org/go/cpt": "cpt", "2.16.840.1.113883.6.12": "cpt",
    "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": "hcpcs",
    "2.16.840.1.113883.6.285": "hcpcs",
    "http://www.ada.org/cdt": "hcpcs", "2.16.840.1.113883.6.13": "hcpcs",
    "http://hl7.org/fhir/sid/ndc": "ndc", "2.16.840.1.113883.6.69": "ndc",
    "http://hl7.org/fhir/sid/cvx": "cvx", "2.16.840.1.113883.12.292": "cvx",
    "http://hl7.org/fhir/sid/mvx": "mvx", "2.16.840.1.113883.12.227": "mvx",
    "http://fdasis.nlm.nih.gov": "unii", "2.16.840.1.113883.4.9": "unii",
    "2.16.840.1.113883.6.238": "cdc_race",
    "http://www.whocc.no/atc": "atc", "2.16.840.1.113883.6.73": "atc",
    "http://nucc.org/provider-taxonomy": "nucc", "2.16.840.1.113883.6.101": "nucc",
    "http://unitsofmeasure.org": "ucum", "2.16.840.1.113883.6.8": "ucum",
    "urn:ietf:bcp:47": "language", "urn:iso:std:iso:3166": "country",
    "urn:iso:std:iso:4217": "currency",
}

# UCUM annotations say what was counted; any other text in braces is refused.
ANNOTATIONS = """score copies Copies Log_copies log_copies beats breaths cells Cells counts count
RBC WBC HPF LPF hpf lpf ratio Ratio nominal titer Titer index Index INR ISR units Units events
doses dose tablets tbl drinks cigarettes packs PackYears pack-years steps spots rbc wbc FEU DDU
creat CREAT 1.73_m2 relative percentile percent mm/dd/yyyy %""".split()
ANNOTATIONS.remove("mm/dd/yyyy")

# Extensions that are kept: url -> (what the value must be, nested urls).
TERMINOLOGY = "http://hl7.org/fhir/StructureDefinition/"
US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/"
EXTENSIONS = [
    (US_CORE + "us-core-race", "nested", ["ombCategory coding", "detailed coding"]),
    (US_CORE + "us-core-ethnicity", "nested", ["ombCategory coding", "detailed coding"]),
    (US_CORE + "us-core-birthsex", "sex", []),
    (US_CORE + "us-core-sex", "sex", []),
    (US_CORE + "us-core-genderIdentity", "codeable", []),
    (TERMINOLOGY + "patient-genderIdentity", "codeable", []),
    (TERMINOLOGY + "data-absent-reason", "absent", []),
    (TERMINOLOGY + "iso21090-nullFlavor", "null_flavor", []),
    (TERMINOLOGY + "patient-cadavericDonor", "boolean", []),
    (TERMINOLOGY + "patient-citizenship", "nested", ["code codeable"]),
    (TERMINOLOGY + "patient-nationality", "nested", ["code codeable"]),
    (TERMINOLOGY + "patient-religion", "codeable", []),
    (TERMINOLOGY + "patient-interpreterRequired", "boolean", []),
    (TERMINOLOGY + "patient-animal", "nested",
     ["species codeable", "breed codeable", "genderStatus codeable"]),
]

# United States Postal Service, Publication 28, appendix B.
STATES = """AL=Alabama AK=Alaska AS=American_Samoa AZ=Arizona AR=Arkansas CA=California CO=Colorado
CT=Connecticut DE=Delaware DC=District_of_Columbia FM=Federated_States_of_Micronesia FL=Florida
GA=Georgia GU=Guam HI=Hawaii ID=Idaho IL=Illinois IN=Indiana IA=Iowa KS=Kansas KY=Kentucky
LA=Louisiana ME=Maine MH=Marshall_Islands MD=Maryland MA=Massachusetts MI=Michigan MN=Minnesota
MS=Mississippi MO=Missouri MT=Montana NE=Nebraska NV=Nevada NH=New_Hampshire NJ=New_Jersey
NM=New_Mexico NY=New_York NC=North_Carolina ND=North_Dakota MP=Northern_Mariana_Islands OH=Ohio
OK=Oklahoma OR=Oregon PW=Palau PA=Pennsylvania PR=Puerto_Rico RI=Rhode_Island SC=South_Carolina
SD=South_Dakota TN=Tennessee TX=Texas UT=Utah VT=Vermont VA=Virginia VI=Virgin_Islands
WA=Washington WV=West_Virginia WI=Wisconsin WY=Wyoming
AA=Armed_Forces_Americas AE=Armed_Forces_Europe AP=Armed_Forces_Pacific""".split()


def rows(path):
    with open(os.path.join(REFERENCE, path), newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def ndjson(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f]


def quote(text):
    return json.dumps(text, ensure_ascii=True)


def packed(words):
    """Sorted words as one literal, cut into lines: |a|b|c|"""
    text = "|" + "|".join(sorted(set(words), key=lambda w: w.encode())) + "|"
    pieces = []
    while text:
        cut = text[:84]
        pieces.append('    "%s"' % cut.replace("\\", "\\\\").replace('"', '\\"'))
        text = text[84:]
    return "\n".join(pieces)


FILES = {}


def emit(name, source, lines):
    FILES[name] = "// Made by generate.py from %s; do not edit.\n" % source + "\n".join(lines) + "\n"


# --- elements -------------------------------------------------------------------------------

elements = defaultdict(list)
for row in rows("tables/fhir_r4_elements.csv"):
    elements[row["structure"]].append(row)

actions = {}
SCOPE = set()
for row in rows("privacy/fhir_r4_element_actions.csv"):
    actions[row["path"], row["type"]] = row["action"]
    # Definitions are no patient's data and can hold anything: they are dropped, as are the types of
    # class drop_resource.
    if row["resource_class"] in ("patient_data", "provider_directory"):
        SCOPE.add(row["path"].split(".")[0])
# The action table names some that R4 4.0.1 does not have, and the two abstract types.
SCOPE = sorted(t for t in SCOPE if elements[t][0]["kind"] == "resource"
               and t not in ("Resource", "DomainResource"))
DROPPED = sorted(t for t in elements if elements[t][0]["kind"] == "resource" and t not in SCOPE
                 and t not in ("Resource", "DomainResource"))

# Where the element table keeps what an ordered rule removes, the rule stands.
REMOVED = set()
for row in rows("privacy/fhir_r4_safe_harbor_rules.csv"):
    if row["scope"] != "path" or row["action"] != "REMOVE":
        continue
    types = []
    for part in row["selector"].split("|"):
        part = part.split("(")[0].split(" ")[0]
        if part.endswith(".*"):
            continue  # whole types: dropped, or by element (RelatedPerson)
        if part[0].isupper():
            if "." not in part:
                types.append(part)
                continue
            types.append(part.split(".")[0])
            part = part[len(types[-1]) + 1:]
        REMOVED.update("%s.%s" % (t, part) for t in types)


def removed(path):
    return any(path == r or path.startswith(r + ".") for r in REMOVED)


value_sets = defaultdict(set)
for row in rows("tables/fhir_r4_required_valuesets.csv"):
    value_sets[row["value_set"]].add(row["code"])
# Elements without a required binding, or whose value set is defined by rule.
BOUND = {"Money.currency": "currency"}

set_index = {}


def bound_set(row):
    if row["binding_strength"] != "required":
        return None
    name = row["value_set"].split("|")[0]
    if name not in value_sets:
        return None
    return set_index.setdefault(name, len(set_index))


PRIMITIVES = {"boolean": "boolean", "integer": "number", "decimal": "number",
              "positiveInt": "number", "unsignedInt": "number"}
QUANTITIES = {"Quantity": "quantity", "Duration": "quantity", "Count": "quantity",
              "Distance": "quantity", "Age": "age", "MoneyQuantity": "quantity"}

# Elements that answer a question: kept only with the code that asks it.
GOVERNED = re.compile(r"^Observation\.(component\.)?(value\[x\]|referenceRange)$|"
                      r"^(Group\.characteristic\.value|Goal\.target\.detail|"
                      r"QuestionnaireResponse\.item\.answer\.value)\[x\]$")


def decide(path, type_name, row):
    """Engine action and its detail for one element of one type."""
    if path in DECIDED or type_name in DECIDED:
        return DECIDED.get(path) or DECIDED[type_name], 0
    if removed(path):
        return "remove", 0
    table = actions.get((path, type_name))
    if type_name == "Extension":
        return ("modifier" if path.endswith("modifierExtension") else "extension"), 0
    if type_name == "Meta":
        return "meta", 0
    if path.endswith(".contained"):
        return "contained", 0
    if path.endswith(".language") and type_name == "code" and path.count(".") == 1:
        return "language", 0
    if path.endswith(".id") or table is None:
        return "remove", 0
    if type_name == "instant" and "[x]" in path:
        return "instant_year", 0  # written as the dateTime of the same choice
    if table == "DATE_YEAR_BIRTH" and type_name == "date":
        return "birth_year", 0
    if table and table.startswith("DATE_YEAR") and type_name in ("date", "dateTime"):
        return "year", 0
    if table and table.startswith("DATE_YEAR") and type_name == "Period":
        return "walk", type_name
    if table == "KEEP_IF_PATTERN":
        return "link_id", 0
    if table == "URI_ALLOW" and type_name in ("uri", "canonical"):
        return "canonical", 0
    if table == "BOOL_ONLY":
        return ("boolean" if type_name == "boolean" else "plural"), 0
    if table == "ADDRESS":
        return "address", 0
    if table == "REF_REWRITE" and type_name == "Reference":
        targets = [t for t in row["target_profiles"].split("|") if t]
        kept = [t for t in targets if t in SCOPE or t == "Resource"]
        if not kept:
            return "remove", 0
        # A reference that does not say its type can only mean this one.
        only = targets[0] if len(targets) == 1 and targets[0] in SCOPE else None
        return "reference", SCOPE.index(only) + 1 if only else 0
    if table == "KEEP_CODED":
        return {"CodeableConcept": "codeable", "Coding": "coding"}.get(type_name, "remove"), 0
    if table == "AGE_CAP_IF_AGE" and type_name == "Range":
        return "range", 0
    if table == "AGE_CAP" and type_name == "Age":
        return "age", 0
    if table == "KEEP":
        if path in BOUND:
            return BOUND[path], 0
        if type_name in PRIMITIVES:
            return PRIMITIVES[type_name], 0
        if type_name in QUANTITIES:
            return QUANTITIES[type_name], 0
        if type_name in WALKED_TYPES:
            return "walk", type_name
        if type_name == "code":
            index = bound_set(row)
            return ("remove", 0) if index is None else ("code", index)
    if table == "RECURSE":
        if type_name in WALKED_TYPES:
            return "walk", type_name
        if type_name in ("BackboneElement", "Element"):
            return "walk", path
    return "remove", 0


structures = {}  # name -> list of (property, action, detail, flags, tail)
walks = []


def structure_of(path, owner):
    """The elements directly below path, choices spelled out."""
    out = []
    for row in elements[owner]:
        if not row["path"].startswith(path + ".") or "." in row["path"][len(path) + 1:]:
            continue
        name = row["path"][len(path) + 1:]
        flags = []
        if row["min"] not in ("", "0"):
            flags.append("required")
        if row["max"] not in ("0", "1"):
            flags.append("repeats")
        if row["content_reference"]:
            if removed(row["path"]) or actions.get(
                    (row["path"], "contentRef:" + row["content_reference"])) != "RECURSE":
                continue
            out.append((name, "walk", row["content_reference"].lstrip("#"), flags, ""))
            continue
        for type_name in row["types"].split("|"):
            if type_name.startswith("http://hl7.org/fhirpath/"):
                continue  # ids of elements and resources, Extension.url: by the engine
            action, detail = decide(row["path"], type_name, row)
            kind = [] if type_name[0].isupper() else ["primitive"]
            key = name
            if name.endswith("[x]"):
                key = name[:-3] + type_name[0].upper() + type_name[1:]
            if GOVERNED.match(row["path"]) and (
                    row["path"].startswith(("Observation", "Group", "Goal"))
                    or type_name in PRIMITIVES and type_name != "boolean"
                    or type_name in QUANTITIES):
                kind = kind + ["governed"]
            out.append((key, action, detail, flags + kind, name))
            if action == "walk":
                walks.append((detail, owner if "." in str(detail) else detail))
    return sorted(out, key=lambda e: e[0].encode())


for resource in SCOPE:
    structures[resource] = structure_of(resource, resource)
while walks:
    name, owner = walks.pop()
    if name not in structures:
        structures[name] = structure_of(name, owner)

order = SCOPE + sorted(n for n in structures if n not in SCOPE)
index = {name: i for i, name in enumerate(order)}
lines = ["// clang-format off", "constexpr Element element_table[] = {"]
offsets = []
count = 0
for name in order:
    first = count
    lines.append("    // %s" % name)
    for key, action, detail, flags, _ in structures[name]:
        if action == "remove" and "required" not in flags and "governed" not in flags:
            continue  # an element that is not listed is removed
        if action == "walk":
            detail = index[detail]
        bits = " | ".join("Element::" + f for f in flags) or "0"
        lines.append('    {"%s", Action::%s, %d, %s},' % (key, action, detail, bits))
        count += 1
    offsets.append((name, first, count - first))
lines.append("};")
lines.append("// The first %d are the resource types in scope, in this order." % len(SCOPE))
lines.append("constexpr std::size_t resource_types = %d;" % len(SCOPE))
lines.append("constexpr Structure structure_table[] = {")
SPECIAL = {"Bundle": "bundle", "Bundle.entry": "entry", "Patient": "patient",
           "FamilyMemberHistory": "relative", "Observation": "observation",
           "Observation.component": "component", "Group.characteristic": "characteristic",
           "Goal.target": "target", "QuestionnaireResponse.item": "item", "Ratio": "ratio",
           "Money": "money"}
for name, first, n in offsets:
    lines.append('    {"%s", %d, %d, Special::%s},' % (name, first, n, SPECIAL.get(name, "none")))
lines.append("};")
lines.append("constexpr std::string_view bound_code_sets[] = {")
for name in set_index:
    lines.append("    // %s" % name.rsplit("/", 1)[1])
    lines.append(packed(value_sets[name]) + ",")
lines += ["};", "// clang-format on"]
emit("rules.inc", "HL7 FHIR R4 4.0.1 StructureDefinitions and the safe_harbor actions by element",
     lines)

# --- codes ----------------------------------------------------------------------------------

published, oids = {}, {}
for name in ("valuesets", "v3-codesystems", "v2-tables"):
    for system in ndjson(os.path.join(DEFINITIONS, name + ".CodeSystem.ndjson")):
        url = system["url"]
        for identifier in system.get("identifier", []):
            oids.setdefault(identifier.get("value", "").replace("urn:oid:", ""), url)
        if not url.startswith(("http://terminology.hl7.org/", "http://hl7.org/fhir/")):
            continue
        if system.get("experimental") and url.endswith("/example"):
            continue
        codes = []
        todo = list(system.get("concept", []))
        while todo:
            concept = todo.pop()
            codes.append(concept["code"])
            todo += concept.get("concept", [])
        codes = [c for c in codes if "|" not in c and c.isascii() and c.strip()]
        if codes:
            published.setdefault(url, set()).update(codes)
# Used by R4's own examples and profiles, published with THO after 4.0.1.
for url in list(published):
    if url in SYSTEMS:
        del published[url]

lines = ["// clang-format off", "constexpr PublishedSystem published_systems[] = {"]
for url in sorted(published, key=lambda u: u.encode()):
    lines.append("    {%s,\n%s}," % (quote(url), packed(published[url])))
lines += ["};", "// Systems of the table above as CDA names them.", "constexpr OidName published_oids[] = {"]
for oid in sorted(oids):
    if oids[oid] in published and oid[:1].isdigit():
        lines.append('    {"%s", "%s"},' % (oid, oids[oid]))
lines += ["};", "constexpr ExternalSystem external_systems[] = {"]
external = {}
for url, syntax in SYSTEMS.items():
    external[url if ":" in url else "urn:oid:" + url] = syntax
for url in sorted(external, key=lambda u: u.encode()):
    lines.append("    {%s, Syntax::%s}," % (quote(url), external[url]))
lines.append("};")
for variable, table in (("identifying", IDENTIFYING), ("ages", AGES)):
    for url, key in (("http://loinc.org", "loinc"), ("http://snomed.info/sct", "snomed")):
        lines.append("constexpr std::string_view %s_%s =" % (variable, key))
        lines.append(packed(table[url].split()) + ";")

lines.append("constexpr std::string_view ucum_annotations =")
lines.append(packed(ANNOTATIONS) + ";")


def iso(name):
    with open(os.path.join(ISO_CODES, "iso_%s.json" % name), encoding="utf-8") as f:
        return json.load(f)[name]


languages = set()
for entry in iso("639-2"):
    languages.update(entry[k] for k in ("alpha_2", "alpha_3", "bibliographic") if k in entry)
languages = {c for c in languages if re.fullmatch("[a-z]{2,3}", c)}
lines += ["constexpr std::string_view languages =", packed(languages) + ";"]
lines += ["constexpr std::string_view currencies =",
          packed(e["alpha_3"] for e in iso("4217")) + ";"]
lines += ["constexpr std::string_view countries =",
          packed([e[k] for e in iso("3166-1") for k in ("alpha_2", "alpha_3")]) + ";"]

profiles = set()
for name in ("profiles-resources", "profiles-types"):
    path = os.path.join(DEFINITIONS, name + ".StructureDefinition.ndjson")
    profiles.update(d["url"] for d in ndjson(path))
for path in glob.glob(os.path.join(DEFINITIONS, "../us-core/resources/[Ss]tructure[Dd]efinition-*.json")):
    with open(path, encoding="utf-8") as f:
        profiles.add(json.load(f)["url"])
profiles.update(TERMINOLOGY + p for p in
                "vitalsigns bp bmi bodyheight bodyweight bodytemp headcircum heartrate oxygensat "
                "resprate vitalspanel".split())
profiles = {p for p in profiles if p.startswith((TERMINOLOGY, US_CORE))}
lines += ["constexpr std::string_view profiles_fhir =",
          packed(p[len(TERMINOLOGY):] for p in profiles if p.startswith(TERMINOLOGY)) + ";",
          "constexpr std::string_view profiles_us_core =",
          packed(p[len(US_CORE):] for p in profiles if p.startswith(US_CORE)) + ";",
          "constexpr std::string_view confidentiality =",
          packed("U L M N R V".split()) + ";",
          "constexpr std::string_view birth_sexes =",
          packed("F M UNK OTH ASKU asked-declined 248152002 248153007".split()) + ";",
          "// clang-format on"]
emit("codes.inc", "HL7 FHIR R4 4.0.1 CodeSystems and profiles, US Core, UCUM essence, "
     "iso-codes 4.15 (ISO 639-2, 3166-1, 4217)", lines)

lines = ["// clang-format off", "constexpr ExtensionRule extension_rules[] = {"]
for url, kind, nested in sorted(EXTENSIONS, key=lambda e: e[0].encode()):
    parts = [n.split() for n in nested]
    inner = ", ".join('{"%s", ExtensionValue::%s}' % (n, k) for n, k in parts)
    lines.append('    {"%s",\n     ExtensionValue::%s, {%s}},' % (url, kind, inner))
lines += ["};", "// clang-format on"]
emit("extensions.inc", "the safe_harbor rules for extensions", lines)

# --- places ---------------------------------------------------------------------------------

# Whether the union of the lists of 2000, 2010 and 2020 restricts an area follows from these three.
areas = {int(r["zip3"]): r for r in rows("privacy/zip3_population.csv")}
kept = [z for z, r in areas.items() if r["keep_under_2020"] == "1"]
lines = ["// clang-format off",
         "// People by the first three digits of the ZIP code, of the censuses of 2010 and 2020; 0 for none.",
         "constexpr ZipArea zip_areas[1000] = {"]
pairs = ["{%s,%s}" % (areas[z]["pop2010"] or 0, areas[z]["pop2020"] or 0) if z in areas else "{0,0}"
         for z in range(1000)]
for i in range(0, 1000, 5):
    lines.append("    " + ", ".join(pairs[i:i + 5]) + ",")
lines += ["};", "// Printed in HHS guidance, of the census of 2000.",
          "constexpr int zip_restricted_2000[] = {"]
lines.append("    " + ", ".join(str(int(r["zip3"])) for r in rows("privacy/zip3_restricted.csv")
                                if r["hhs_guidance_census2000"] == "1") + ",")
lines += ["};", "constexpr State states[] = {"]
for state in sorted(STATES):
    code, name = state.split("=")
    lines.append('    {"%s", "%s"},' % (code, name.replace("_", " ").lower()))
lines += ["};", "// clang-format on"]
emit("places.inc", "US Census 2010 and 2020 (population by ZCTA, summed by ZIP3), HHS guidance and "
     "USPS Publication 28", lines)

# --- hash -----------------------------------------------------------------------------------

digest = hashlib.sha256(POLICY_VERSION.encode())
for name in sorted(FILES):
    digest.update(b"\0" + name.encode() + b"\0" + FILES[name].encode())
# Tables of the other formats, made by scripts of their own.
for name in ("v2_rules.inc", "x12_words.inc"):
    with open(os.path.join(HERE, name), encoding="ascii") as f:
        digest.update(b"\0" + name.encode() + b"\0" + f.read().encode())
# Units are those of chapter ucum.
with open(os.path.join(HERE, "../../ucum/data/units.inc"), encoding="utf-8") as f:
    digest.update(b"\0units.inc\0" + f.read().encode())
# The tables that are written by hand, whatever their layout.
for name in ("ccda_rules.cpp", "x12_rules.cpp"):
    with open(os.path.join(HERE, "..", name), encoding="ascii") as f:
        table = "".join(re.findall(r"\S", "".join(re.findall(r'\{"[^}]*\}', f.read()))))
    digest.update(b"\0" + name.encode() + b"\0" + table.encode())
FILES["policy.inc"] = (
    "// Made by generate.py from the other tables of this folder; do not edit.\n"
    'constexpr std::string_view safe_harbor_version = "%s";\n'
    "constexpr std::string_view safe_harbor_hash =\n    \"%s\";\n"
    % (POLICY_VERSION, digest.hexdigest()))
for name, text in FILES.items():
    with open(os.path.join(HERE, name), "w", encoding="ascii") as f:
        f.write(text)
print("%d structures, %d elements, %d published code systems, %d ZIP3 areas"
      % (len(order), count, len(published), len(kept)))
