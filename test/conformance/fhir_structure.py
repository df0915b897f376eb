"""Structural validity of FHIR R4 resources: known elements, cardinality, types, required elements
and codes of required bindings, by tables of the published definitions."""

import csv
import re


def rows_of(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


class Definitions:
    def __init__(self, tables):
        self.children = {}
        for r in rows_of(f"{tables}/fhir_r4_elements.csv"):
            owner, _, name = r["path"].rpartition(".")
            if owner:
                self.children.setdefault(owner, {})[name] = r
        self.regexes = {r["type"]: r["regex"] for r in rows_of(f"{tables}/fhir_r4_primitives.csv")}
        self.codes = {}
        for r in rows_of(f"{tables}/fhir_r4_required_valuesets.csv"):
            self.codes.setdefault(r["value_set"], set()).add(r["code"])

    def element(self, owner, name):
        """The definition of JSON member `name`, and its type; choices by their suffix."""
        known = self.children.get(owner, {})
        if name in known:
            r = known[name]
            types = [t for t in re.split(r"[| ;]+", r["types"]) if t]
            return r, (types[0] if types else "")
        for key, r in known.items():
            if key.endswith("[x]") and name.startswith(key[:-3]):
                suffix = name[len(key) - 3:]
                for t in re.split(r"[| ;]+", r["types"]):
                    if t and t[0].upper() + t[1:] == suffix:
                        return r, t
        return None, ""


def is_primitive(type_name):
    return type_name[:1].islower() or type_name.startswith("http://hl7.org/fhirpath")


class Checker:
    def __init__(self, definitions):
        self.d = definitions
        self.findings = []

    def check(self, resource):
        self.findings = []
        kind = resource.get("resourceType")
        if kind not in self.d.children:
            self.findings.append(f"unknown resource type {kind}")
            return self.findings
        if not re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", resource.get("id", "")):
            self.findings.append(f"{kind}.id is not an id")
        self.members(kind, resource, kind, skip={"resourceType"})
        return self.findings

    def say(self, path, text):
        self.findings.append(f"{path}: {text}")

    def members(self, owner, value, path, skip=()):
        if not isinstance(value, dict):
            return self.say(path, "is not an object")
        if not value:
            return self.say(path, "is empty")
        seen_choices = {}
        for name, member in value.items():
            if name in skip:
                continue
            plain = name[1:] if name.startswith("_") else name
            definition, kind = self.d.element(owner, plain)
            if definition is None:
                self.say(f"{path}.{name}", "no such element")
                continue
            key = definition["path"]
            if key.endswith("[x]"):
                if seen_choices.setdefault(key, plain) != plain:
                    self.say(f"{path}.{name}", "a second value of a choice")
            repeats = definition["max"] != "1"
            if repeats != isinstance(member, list):
                self.say(f"{path}.{name}", "list where one is wanted" if not repeats else "no list")
                continue
            items = member if repeats else [member]
            if not items:
                self.say(f"{path}.{name}", "is empty")
            for item in items:
                if name.startswith("_"):
                    if item is not None:
                        self.members("Element", item, f"{path}.{name}")
                elif item is None:
                    if f"_{name}" not in value:
                        self.say(f"{path}.{name}", "null without extension")
                else:
                    self.one(definition, kind, item, f"{path}.{name}")
        for name, definition in self.d.children.get(owner, {}).items():
            if definition["min"] == "0":
                continue
            stem = name[:-3] if name.endswith("[x]") else name
            present = [m for m in value
                       if m.lstrip("_") == name or (name.endswith("[x]") and
                                                    m.lstrip("_").startswith(stem))]
            if not present:
                self.say(path, f"{name} is missing")

    def one(self, definition, kind, item, path):
        reference = definition["content_reference"]
        if reference:
            return self.members(reference.split("#")[-1], item, path)
        if definition["path"] in self.d.children:  # a backbone element
            return self.members(definition["path"], item, path)
        if kind in ("Resource", ""):
            inner = Checker(self.d)
            self.findings += [f"{path} {f}" for f in inner.check(item)]
            return None
        if not is_primitive(kind):
            self.members(kind, item, path)
            if kind in ("CodeableConcept", "Coding", "code"):
                self.bound(definition, kind, item, path)
            return None
        self.primitive(kind, item, path)
        return self.bound(definition, kind, item, path)

    def primitive(self, kind, item, path):
        if kind == "boolean":
            if not isinstance(item, bool):
                self.say(path, "is no boolean")
            return
        if kind in ("integer", "positiveInt", "unsignedInt", "decimal"):
            if isinstance(item, bool) or not isinstance(item, (int, float)):
                self.say(path, "is no number")
            elif kind != "decimal" and not isinstance(item, int):
                self.say(path, "is no integer")
            elif kind == "positiveInt" and item < 1 or kind == "unsignedInt" and item < 0:
                self.say(path, "is out of range")
            return
        if not isinstance(item, str) or not item:
            self.say(path, "is no text")
            return
        regex = self.d.regexes.get(kind)
        if regex and kind not in ("string", "markdown", "base64Binary") and \
                not re.fullmatch(regex, item):
            self.say(path, f"is no {kind}")
        if kind == "string" and not item.strip():
            self.say(path, "is blank")

    def bound(self, definition, kind, item, path):
        if definition["binding_strength"] != "required":
            return
        codes = self.d.codes.get(definition["value_set"].split("|")[0])
        if not codes:
            return
        found = [item] if kind == "code" else \
            [c.get("code") for c in (item.get("coding", []) if kind == "CodeableConcept" else [item])]
        for code in found:
            if code is not None and code not in codes and kind == "code":
                self.say(path, "code outside the required value set")
        if kind == "CodeableConcept" and found and not any(c in codes for c in found):
            self.say(path, "no code of the required value set")


def references(value):
    """All literal references in a resource."""
    if isinstance(value, dict):
        for name, member in value.items():
            if name == "reference" and isinstance(member, str):
                yield member
            else:
                yield from references(member)
    elif isinstance(value, list):
        for member in value:
            yield from references(member)
