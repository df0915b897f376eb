"""The field projection over which our conversion and the mapping inventory's pairs are compared.

Business content only: what a reader of the resource would act on.  Left out are the tool's own
extensions, ids, processing times, bare OIDs as names, and narrative.  Each element gives a set of
facts; a fact of the pair must be among ours.
"""


def texts(values):
    return {str(v).strip() for v in values if v not in (None, "")}


def codes(concept):
    return texts(c.get("code") for c in (concept or {}).get("coding", []))


def all_codes(concepts):
    return set().union(set(), *(codes(c) for c in concepts or []))


def concept_texts(concepts):
    return texts((c or {}).get("text") for c in concepts or [])


def displays(concepts):
    return texts(c.get("display") for x in concepts or [] for c in (x or {}).get("coding", []))


def day(value):
    return {value[:10]} if isinstance(value, str) else set()


def moment(value):
    """The time as the clock on the wall showed it, to the second.  Where the message gives no offset,
    the tool takes UTC and we the one of MSH-7: that choice is a site's, not the mapping's."""
    return {value[:19]} if isinstance(value, str) else set()


def period(value):
    value = value or {}
    return {(k, m) for k in ("start", "end") for m in moment(value.get(k))}


def names(resource, key="name"):
    out = set()
    for n in resource.get(key) or []:
        out |= {("family", x) for x in texts([n.get("family")])}
        out |= {("given", x) for x in texts(n.get("given", []))}
        out |= {("suffix", x) for x in texts(n.get("suffix", []))}
        out |= {("prefix", x) for x in texts(n.get("prefix", []))}
    return out


def addresses(resource):
    value = resource.get("address") or []
    if isinstance(value, dict):
        value = [value]
    out = set()
    for a in value:
        for k in ("city", "state", "postalCode", "country", "district"):
            out |= {(k, x) for x in texts([a.get(k)])}
        out |= {("line", x) for x in texts(a.get("line", []))}
        out |= {("use", x) for x in texts([a.get("use")])}
    return out


def identifiers(resource):
    value = resource.get("identifier") or []
    return texts(i.get("value") for i in ([value] if isinstance(value, dict) else value))


def identifier_types(resource):
    return all_codes([i.get("type") for i in resource.get("identifier") or []])


def telecoms(resource):
    """Values as digits: the tool writes telephone numbers in its own form."""
    out = set()
    for t in resource.get("telecom") or []:
        v = t.get("value") or ""
        out |= {v.lower()} if "@" in v else {"".join(c for c in v if c.isdigit())[-10:]} - {""}
    return out


def uses(resource):
    return texts(t.get("use") for t in resource.get("telecom") or [])


def quantity(q):
    if not q:
        return set()
    return {("value", float(q["value"]))} if "value" in q else set()


def value_of(r):
    for name, v in r.items():
        if not name.startswith("value"):
            continue
        if name == "valueQuantity":
            return quantity(v) | {("comparator", c) for c in texts([v.get("comparator")])} | {
                ("unit", u) for u in texts([v.get("unit")])}
        if name == "valueCodeableConcept":
            return codes(v) | concept_texts([v])
        if name == "valueDateTime":
            return moment(v)
        if name == "valueString":
            return {" ".join(v.split())}
        if name == "valueTime":
            return {v[:8]}
        if name == "valueRange":
            return {(k,) + tuple(x) for k in ("low", "high") for x in quantity(v.get(k))}
        if name == "valueRatio":
            return {(k,) + tuple(x) for k in ("numerator", "denominator") for x in quantity(v.get(k))}
        if name == "valuePeriod":
            return period(v)
        return {name}
    return set()


def notes(r):
    """By line: consecutive NTE segments may be one annotation or several."""
    return texts(" ".join(line.split()) for n in r.get("note") or []
                 for line in n.get("text", "").splitlines())


FIELDS = {
    "Patient": {
        "identifier": identifiers, "identifier.type": identifier_types, "name": names,
        "birthDate": lambda r: day(r.get("birthDate")),
        "gender": lambda r: texts([r.get("gender")]), "address": addresses, "telecom": telecoms,
        "telecom.use": uses,
        "maritalStatus": lambda r: codes(r.get("maritalStatus")),
        "communication": lambda r: all_codes([c.get("language") for c in r.get("communication") or []]),
        "multipleBirth": lambda r: texts([r.get("multipleBirthInteger"), r.get("multipleBirthBoolean")]),
        "deceased": lambda r: moment(r.get("deceasedDateTime")) | texts([r.get("deceasedBoolean")]),
        "contact": lambda r: set().union(set(), *({("family", x) for x in texts(
            [(c.get("name") or {}).get("family")])} for c in r.get("contact") or [])),
    },
    "Practitioner": {
        "identifier": identifiers, "identifier.type": identifier_types, "name": names,
        "telecom": telecoms, "address": addresses,
    },
    "Organization": {"name": lambda r: texts([r.get("name")]), "address": addresses,
                     "telecom": telecoms},
    "Location": {"physicalType": lambda r: codes(r.get("physicalType"))},
    "Encounter": {
        "identifier": identifiers, "class": lambda r: texts([(r.get("class") or {}).get("code")]),
        "period": lambda r: period(r.get("period")),
        "serviceType": lambda r: codes(r.get("serviceType")),
        "reasonCode": lambda r: all_codes(r.get("reasonCode")),
        "hospitalization": lambda r: all_codes(
            v for k, v in (r.get("hospitalization") or {}).items() if isinstance(v, dict)),
    },
    "Observation": {
        "code": lambda r: codes(r.get("code")), "status": lambda r: texts([r.get("status")]),
        "value": value_of, "effective": lambda r: moment(r.get("effectiveDateTime")),
        "interpretation": lambda r: all_codes(r.get("interpretation")),
        "method": lambda r: codes(r.get("method")),
        "referenceRange": lambda r: texts(x.get("text") for x in r.get("referenceRange") or []),
        "note": notes,
    },
    "DiagnosticReport": {
        "code": lambda r: codes(r.get("code")), "status": lambda r: texts([r.get("status")]),
        "identifier": identifiers, "identifier.type": identifier_types,
        "effective": lambda r: moment(r.get("effectiveDateTime")) | period(r.get("effectivePeriod")),
        "issued": lambda r: moment(r.get("issued")),
        "category": lambda r: all_codes(r.get("category")),
    },
    "ServiceRequest": {
        "code": lambda r: codes(r.get("code")), "identifier": identifiers,
        "status": lambda r: texts([r.get("status")]), "priority": lambda r: texts([r.get("priority")]),
        "reasonCode": lambda r: all_codes(r.get("reasonCode")),
        "authoredOn": lambda r: moment(r.get("authoredOn")),
    },
    "Specimen": {
        "type": lambda r: codes(r.get("type")),
        "collected": lambda r: moment((r.get("collection") or {}).get("collectedDateTime"))
        | period((r.get("collection") or {}).get("collectedPeriod")),
        "receivedTime": lambda r: moment(r.get("receivedTime")),
        "bodySite": lambda r: codes((r.get("collection") or {}).get("bodySite")),
        "method": lambda r: codes((r.get("collection") or {}).get("method")),
        "condition": lambda r: all_codes(r.get("condition")),
    },
    "RelatedPerson": {
        "name": names, "relationship": lambda r: all_codes(r.get("relationship")),
        "telecom": telecoms, "address": addresses, "gender": lambda r: texts([r.get("gender")]),
        "birthDate": lambda r: day(r.get("birthDate")),
    },
    "Coverage": {"period": lambda r: period(r.get("period")),
                 "relationship": lambda r: codes(r.get("relationship"))},
    "MessageHeader": {"event": lambda r: texts([(r.get("eventCoding") or {}).get("code")]),
                      "source": lambda r: texts([(r.get("source") or {}).get("name")])},
}
