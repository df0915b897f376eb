#!/usr/bin/env python3
"""Makes the R4 type system of chapter fhir: src/fhir/data/*.inc.

    python3 src/fhir/data/generate.py [DEFINITIONS [ISO_CODES]]

DEFINITIONS  folder with the R4 4.0.1 definitions as NDJSON: StructureDefinition, ValueSet,
             CodeSystem and SearchParameter (the suites' fhir/r4-definitions)
ISO_CODES    folder of Debian package iso-codes (ISO 4217, for the value set of currencies)

The tables hold no pointers (offsets into one pool of text, indices into each other), so that
loading the library relocates nothing.  Look-ups by name go through hash tables laid out here;
`slot_hash` is the twin of the function of that name in src/fhir/definitions.cpp.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = "FHIR R4 4.0.1 definitions (hl7.org/fhir/R4, CC0), ISO 4217 of iso-codes 4.15"
STRUCTURE = "http://hl7.org/fhir/StructureDefinition/"
SYSTEM = "http://hl7.org/fhirpath/System."

# What the NDJSON has beyond 4.0.1 (elements of later versions and of the packager's own).
NOT_R4_TYPES = {"SubscriptionStatus", "MetadataResource", "MoneyQuantity"}
NOT_R4 = """Meta.project Meta.author Meta.onBehalfOf Meta.account Meta.accounts Meta.compartment
Binary.url DeviceDefinition.classification DeviceDefinition.bodySite
ObservationDefinition.publisher ResearchStudy.name ResearchStudy.label ResearchStudy.studyDesign
ResearchStudy.region ResearchStudy.descriptionSummary ResearchStudy.classifier
ResearchStudy.associatedParty ResearchStudy.progressStatus ResearchStudy.whyStopped
ResearchStudy.recruitment ResearchStudy.comparisonGroup ResearchStudy.objective.description
ResearchStudy.outcomeMeasure ResearchStudy.result""".split()
# What it has otherwise than 4.0.1: a backbone element of its own, a type, a cardinality.
REPLACED = "EvidenceVariable.characteristic"
REPLACEMENT = [
    ("description", 0, "1", ["string"]),
    ("definition[x]", 1, "1", ["Reference Group", "canonical ActivityDefinition",
                               "CodeableConcept", "Expression", "DataRequirement",
                               "TriggerDefinition"]),
    ("usageContext", 0, "*", ["UsageContext"]),
    ("exclude", 0, "1", ["boolean"]),
    ("participantEffective[x]", 0, "1", ["dateTime", "Period", "Duration", "Timing"]),
    ("timeFromStart", 0, "1", ["Duration"]),
    ("groupMeasure", 0, "1", ["code"]),
]
BINDINGS = {REPLACED + ".groupMeasure": "http://hl7.org/fhir/ValueSet/group-measure"}
TYPES = {"Bundle.entry.response.outcome": "Resource"}
MIN = {REPLACED: 1}

STRENGTHS = ["", "example", "preferred", "extensible", "required"]
KINDS = {"primitive-type": "primitive", "complex-type": "complex", "resource": "resource"}
MASK = (1 << 64) - 1


def read(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def r4(elements):
    """The elements of a structure as 4.0.1 has them."""
    kept = []
    for e in elements:
        path = e["path"]
        if any(path == p or path.startswith(p + ".") for p in NOT_R4):
            continue
        if path.startswith(REPLACED + ".") and path.removeprefix(REPLACED + ".") not in (
                "id", "extension", "modifierExtension"):
            continue
        e = dict(e, min=MIN.get(path, e["min"]))
        if path in TYPES:
            e["type"] = [{"code": TYPES[path]}]
        kept.append(e)
        if path == REPLACED + ".modifierExtension":
            kept += map(replacement, REPLACEMENT)
    return kept


def replacement(row):
    name, lowest, highest, types = row
    e = {"path": f"{REPLACED}.{name}", "min": lowest, "max": highest, "type": []}
    for code, *targets in map(str.split, types):
        e["type"].append({"code": code, "targetProfile": [STRUCTURE + t for t in targets]})
    if e["path"] in BINDINGS:
        e["binding"] = {"strength": "required", "valueSet": BINDINGS[e["path"]]}
    return e


def slot_hash(name):
    """Of the length and the first, middle and last eight bytes."""
    b = name.encode()
    n = len(b)
    word = lambda at: int.from_bytes(b[at:at + 8], "little")
    first = word(0)
    last = word(n - 8) if n >= 8 else first
    h = (first * 0x9E3779B97F4A7C15 & MASK) ^ (last * 0xC2B2AE3D27D4EB4F & MASK) ^ n
    if n > 16:
        h ^= word((n - 8) // 2) * 0x165667B19E3779F9 & MASK
    h ^= h >> 29
    h = h * 0xBF58476D1CE4E5B9 & MASK
    return h >> 32


class Pool:
    """All names and texts, each once."""

    def __init__(self):
        self.bytes = bytearray()
        self.at = {}

    def add(self, text):
        if text not in self.at:
            self.at[text] = len(self.bytes)
            self.bytes += text.encode()
        return f"{{{self.at[text]}, {len(text.encode())}}}"


class Slots:
    """Hash tables with linear probing, one behind the other; 0 is empty, else index + 1."""

    def __init__(self):
        self.slots = []

    def add(self, names):
        size = 2
        while size < 2 * len(names):
            size *= 2
        table = [0] * size
        for index, name in enumerate(names):
            at = slot_hash(name) & (size - 1)
            while table[at]:
                at = (at + 1) & (size - 1)
            table[at] = index + 1
        first = len(self.slots)
        self.slots += table
        return first, size - 1


class Types:
    def __init__(self, structures):
        self.list = []       # names, in table order
        self.structure = {}  # name -> (kind, base, list of own elements, root element)
        for s in structures:
            self.add(s)
        self.list = sorted(self.structure)
        self.index = {name: i for i, name in enumerate(self.list)}

    def add(self, s):
        if s["id"] in NOT_R4_TYPES or s["kind"] == "logical":
            return
        base = s.get("baseDefinition", "").removeprefix(STRUCTURE)
        elements = r4(s["snapshot"]["element"])
        name = s["id"]
        rename = lambda path: name + path[path.index("."):] if "." in path else name
        parents = {rename(e["path"]).rpartition(".")[0] for e in elements}
        for e in elements:
            path = rename(e["path"])
            if path == name:
                self.structure[name] = [KINDS[s["kind"]], base, [], e, s["abstract"]]
                continue
            parent, _, last = path.rpartition(".")
            if s["kind"] == "primitive-type" and last == "value":
                continue
            e = dict(e, path=path)
            self.structure[parent][2].append(e)
            if path in parents:
                self.structure[path] = ["backbone", e["type"][0]["code"], [], e, False]


def type_uses(types, e):
    """The types an element may have: (type, profile, reference targets)."""
    path = e["path"]
    if "contentReference" in e:
        return [(e["contentReference"].lstrip("#"), "", [])]
    if path in types.structure:
        return [(path, "", [])]
    uses = []
    for t in e["type"]:
        code = t["code"]
        if code.startswith(SYSTEM):
            if e["base"]["path"] == "Resource.id":
                code = "id"
            else:
                stated = [x["valueUrl"] for x in t.get("extension", [])]
                code = stated[0] if stated else "string"
        targets = [p.removeprefix(STRUCTURE) for p in t.get("targetProfile", [])]
        targets = [t for t in targets if t in types.structure]
        profile = "".join(p.removeprefix(STRUCTURE) for p in t.get("profile", []))
        uses.append((code, profile, targets))
    return uses


def json_names(e, uses):
    name = e["path"].rpartition(".")[2]
    if not name.endswith("[x]"):
        return [name]
    return [name[:-3] + code[0].upper() + code[1:] for code, _, _ in uses]


class ValueSets:
    """Value sets expanded from the definitions; what needs an outside system is not enumerated."""

    def __init__(self, folder, iso_codes):
        self.sets, self.systems = {}, {}
        with open(os.path.join(iso_codes, "iso_4217.json"), encoding="utf-8") as f:
            self.currencies = {("urn:iso:std:iso:4217", c["alpha_3"])
                               for c in json.load(f)["4217"]}
        for name in ("valuesets", "v2-tables", "v3-codesystems"):
            for v in read(folder, name + ".ValueSet.ndjson"):
                self.sets[v["url"]] = v
            for c in read(folder, name + ".CodeSystem.ndjson"):
                self.systems[c["url"]] = c

    def codes(self, system):
        """code -> its ancestors, or None when the system is not complete here."""
        s = self.systems.get(system)
        if not s or s.get("content") != "complete":
            return None
        parents = {}

        def walk(concepts, above):
            for c in concepts:
                up = parents.setdefault(c["code"], set())
                up |= above
                up |= {p["valueCode"] for p in c.get("property", [])
                       if p.get("code") in ("subsumedBy", "parent") and "valueCode" in p}
                walk(c.get("concept", []), above | {c["code"]})

        walk(s.get("concept", []), set())

        def closure(code, seen):
            for p in parents.get(code, ()):
                if p not in seen:
                    seen.add(p)
                    closure(p, seen)
            return seen

        return {code: closure(code, set()) for code in parents}

    def part(self, part):
        found = None
        if "system" in part:
            if "concept" in part:
                found = {(part["system"], c["code"]) for c in part["concept"]}
            else:
                codes = self.codes(part["system"])
                if codes is None:
                    return None
                for f in part.get("filter", []):
                    if f["property"] != "concept" or f["op"] not in ("is-a", "descendent-of"):
                        return None
                    codes = {c: up for c, up in codes.items()
                             if f["value"] in up or f["op"] == "is-a" and c == f["value"]}
                found = {(part["system"], c) for c in codes}
        for url in part.get("valueSet", []):
            other = self.expand(url)
            if other is None:
                return None
            found = other if found is None else found & other
        return found

    def expand(self, url):
        if url == "http://hl7.org/fhir/ValueSet/currencies":
            return self.currencies
        v = self.sets.get(url.partition("|")[0])
        if not v:
            return None
        total = set()
        compose = v.get("compose", {})
        for sign, parts in ((1, compose.get("include", [])), (-1, compose.get("exclude", []))):
            for part in parts:
                found = self.part(part)
                if found is None:
                    return None
                total = total | found if sign > 0 else total - found
        return total or None


class Tables:
    def __init__(self, folder, iso_codes):
        self.pool, self.slots = Pool(), Slots()
        structures = read(folder, "profiles-types.StructureDefinition.ndjson") + \
            read(folder, "profiles-resources.StructureDefinition.ndjson")
        self.types = Types(structures)
        self.value_sets = ValueSets(folder, iso_codes)
        self.invariants, self.invariant_index = [], {}
        self.lists, self.list_at = [], {}
        self.uses, self.members, self.elements, self.rows = [], [], [], []
        self.bound = {}
        self.make_types()
        self.make_value_sets()
        self.make_parameters(folder)
        self.make_code_systems()

    def list_of(self, numbers):
        """A run of small numbers in the shared list: (first, count)."""
        key = tuple(numbers)
        if not key:
            return 0, 0
        if key not in self.list_at:
            self.list_at[key] = len(self.lists)
            self.lists += key
        return self.list_at[key], len(key)

    def invariant(self, c):
        key = (c["key"], c.get("expression", ""), c["severity"])
        if key not in self.invariant_index:
            self.invariant_index[key] = len(self.invariants)
            self.invariants.append(
                f'    {{{self.pool.add(c["key"])}, {self.pool.add(c.get("expression", ""))}, '
                f'{self.pool.add(c["human"].strip())}, {int(c["severity"] == "error")}}},')
        return self.invariant_index[key]

    def primitive(self, name):
        kind = self.types.structure[name][0]
        return name if kind == "primitive" else "none"

    def constraints(self, e, inherited):
        return [self.invariant(c) for c in e.get("constraint", [])
                if c["key"] not in inherited]

    def make_types(self):
        t = self.types
        keys_of = {n: {c["key"] for c in t.structure[n][3].get("constraint", [])} for n in t.list}
        for name in t.list:
            kind, base, elements, root, abstract = t.structure[name]
            first_member, first_element = len(self.members), len(self.elements)
            names = []
            for e in elements:
                uses = type_uses(t, e)
                number = len(self.elements)
                first_use = len(self.uses)
                for code, profile, targets in uses:
                    first, count = self.list_of([t.index[x] for x in targets])
                    self.uses.append(f"    {{{t.index[code]}, {t.index[profile or code]}, "
                                     f"{first}, {count}}},")
                for i, json_name in enumerate(json_names(e, uses)):
                    names.append(json_name)
                    self.members.append(
                        f"    {{{self.pool.add(json_name)}, {number}, {first_use + i}}},")
                self.element(e, uses, first_use, keys_of)
            slot, mask = self.slots.add(names)
            first, count = self.list_of(self.constraints(root, ()))
            self.rows.append(
                f"    {{{self.pool.add(name)}, {t.index.get(base, 0xffff)}, {first_element}, "
                f"{len(elements)}, {first_member}, {slot}, {mask}, {first}, {count}, "
                f"TypeKind::{kind}, {int(abstract)}, Primitive::{self.primitive(name)}}},")
        self.type_slots = self.slots.add(t.list)

    def element(self, e, uses, first_use, keys_of):
        last = e["path"].rpartition(".")[2]
        choice = last.endswith("[x]")
        name = last.removesuffix("[x]")
        highest = 0 if e["max"] == "*" else int(e["max"])
        binding = e.get("binding", {})
        url = binding.get("valueSet", "").partition("|")[0]
        strength = STRENGTHS.index(binding.get("strength", "")) if url else 0
        value_set = 0xffff
        if strength >= 3:
            value_set = self.bound.setdefault(url, len(self.bound))
        inherited = set.intersection(*[keys_of[code] for code, _, _ in uses]) | {"ele-1"}
        first, count = self.list_of(self.constraints(e, inherited))
        attribute = "xmlAttr" in e.get("representation", [])
        flags = (choice << 0 | bool(e.get("isModifier")) << 1 | bool(e.get("isSummary")) << 2 |
                 attribute << 3 | ("contentReference" in e) << 4)
        self.elements.append(
            f"    {{{self.pool.add(name)}, {self.types.index[e['path'].rpartition('.')[0]]}, "
            f"{first_use}, {len(uses)}, {e['min']}, {highest}, {flags}, {strength}, {value_set}, "
            f"{first}, {count}}},")

    def make_value_sets(self):
        self.value_set_rows, self.codes, self.systems = [], [], {}
        for url in self.bound:
            codes = sorted(self.value_sets.expand(url) or (), key=lambda x: (x[1], x[0]))
            first = len(self.codes)
            for system, code in codes:
                number = self.systems.setdefault(system, len(self.systems))
                self.codes.append(f"    {{{self.pool.add(code)}, {number}}},")
            slot, mask = self.slots.add([code for _, code in codes])
            self.value_set_rows.append(f"    {{{self.pool.add(url)}, {first}, {len(codes)}, "
                                       f"{slot}, {mask}}},")

    def make_parameters(self, folder):
        rows = {}
        for p in read(folder, "search-parameters.SearchParameter.ndjson"):
            if "medplum" in p["url"] or not p["url"].startswith("http://hl7.org/fhir/"):
                continue
            for base in p["base"]:
                if base in self.types.index:
                    rows[base, p["code"]] = p
        self.parameters = []
        for (base, code), p in sorted(rows.items()):
            first, count = self.list_of([self.types.index[x] for x in p.get("target", [])
                                         if x in self.types.index])
            self.parameters.append(
                f"    {{{self.pool.add(code)}, {self.types.index[base]}, "
                f"SearchType::{p['type']}, {self.pool.add(p.get('expression', ''))}, "
                f"{first}, {count}}},")

    def make_code_systems(self):
        """Systems that are complete here, so that a code they lack is a mistake."""
        self.code_slots = Slots()
        self.code_system_rows, self.system_codes = [], []
        urls = sorted(u for u, s in self.value_sets.systems.items()
                      if s.get("content") == "complete" and s.get("caseSensitive") is not False
                      and not s.get("compositional") and self.value_sets.codes(u))
        for url in urls:
            codes = sorted(self.value_sets.codes(url))
            first = len(self.system_codes)
            self.system_codes += [f"    {self.pool.add(c)}," for c in codes]
            slot, mask = self.code_slots.add(codes)
            self.code_system_rows.append(f"    {{{self.pool.add(url)}, {first}, {len(codes)}, "
                                         f"{slot}, {mask}}},")
        self.code_system_table = self.code_slots.add(urls)

    def pool_lines(self):
        text = bytes(self.pool.bytes)
        lines, line, width = [], [], 0
        for b in text:
            c = chr(b)
            piece = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "?": "\\?"}.get(c) or (
                c if 32 <= b < 127 else f"\\{b:03o}")
            line.append(piece)
            width += len(piece)
            if width >= 90:
                lines.append('    "' + "".join(line) + '"')
                line, width = [], 0
        lines.append('    "' + "".join(line) + '"')
        return lines

    def write(self):
        def numbers(values):
            lines = []
            for i in range(0, len(values), 20):
                lines.append("    " + ", ".join(map(str, values[i:i + 20])) + ",")
            return lines

        out("types.inc", [("constexpr Type type_rows[]", self.rows),
                          ("constexpr Use use_rows[]", self.uses),
                          ("constexpr std::uint16_t shared_lists[]", numbers(self.lists)),
                          ("constexpr Invariant invariant_rows[]", self.invariants),
                          ("constexpr NameTable type_table", [str(self.type_slots[0]) + ", " +
                                                              str(self.type_slots[1])])])
        out("elements.inc", [("constexpr Element element_rows[]", self.elements)])
        out("members.inc", [("constexpr MemberRow member_rows[]", self.members)])
        systems = [f"    {self.pool.add(s)}," for s in self.systems]
        out("value_sets.inc", [("constexpr ValueSet value_set_rows[]", self.value_set_rows),
                               ("constexpr CodeRow code_rows[]", self.codes),
                               ("constexpr Text system_rows[]", systems)])
        out("search_parameters.inc", [("constexpr SearchParameter parameter_rows[]",
                                       self.parameters)])
        out("slots.inc", [("constexpr std::uint16_t slots[]", numbers(self.slots.slots))])
        first, mask = self.code_system_table
        out("code_systems.inc", [
            ("constexpr CodeSystem code_system_rows[]", self.code_system_rows),
            ("constexpr Text system_code_rows[]", self.system_codes),
            ("constexpr std::uint16_t code_slots[]", numbers(self.code_slots.slots)),
            ("constexpr CodeTable code_system_table", [f"    {first}, {mask}"])])
        with open(os.path.join(HERE, "text.inc"), "w", encoding="ascii") as f:
            f.write(f"// Made by generate.py from {SOURCE}; do not edit.\n")
            f.write("constexpr char text_pool[] =\n" + "\n".join(self.pool_lines()) + ";\n")


def out(name, tables):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as f:
        f.write(f"// Made by generate.py from {SOURCE}; do not edit.\n")
        for head, lines in tables:
            f.write(f"{head} = {{\n" + "\n".join(lines) + "\n};\n")


if __name__ == "__main__":
    default = os.path.join(HERE, "../../../../shared/suites/fhir/r4-definitions")
    arguments = sys.argv[1:] + [default, "/usr/share/iso-codes/json"][len(sys.argv) - 1:]
    Tables(*arguments).write()
