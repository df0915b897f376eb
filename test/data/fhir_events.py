#!/usr/bin/env python3
"""FHIR documents about synthetic patients, for tests of order: versions, moves between statuses, deletions and
bundles, from two servers and (as HL7 v2) an ADT system that know the same patients by the same numbers.

    fhir_events.py SEED COUNT FOLDER     writes FOLDER/a/*.ndjson, FOLDER/b/*.ndjson, FOLDER/v2/*.hl7
"""
import json
import os
import random
import sys

seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
draw = random.Random(seed)
clock = {"a": 0, "b": 0, "v2": 0}
version = {}
documents = {"a": [], "b": []}
messages = []


def at(server):
    clock[server] += 1
    n = clock[server] * 7 + {"a": 0, "b": 3, "v2": 5}[server]
    return f"2026-01-{1 + n // 1440 % 28:02d}T{n // 60 % 24:02d}:{n % 60:02d}:00Z"


def stamped(server, resource):
    key = (server, resource["resourceType"], resource["id"])
    version[key] = version.get(key, 0) + 1
    resource["meta"] = {"versionId": str(version[key]), "lastUpdated": at(server)}
    return resource


def patient(server, n):
    resource = {"resourceType": "Patient", "id": f"p{n}", "name": [{"family": f"Test{draw.randrange(9)}"}],
                "gender": draw.choice(["male", "female", "F", "unknown"])}
    if n % 4:
        resource["identifier"] = [{"system": "urn:id:HOSP", "value": str(100 + n),
                                   "type": {"coding": [{"code": "MR"}]}}]
    if draw.random() < 0.3:
        resource["birthDate"] = f"19{draw.randrange(50, 99)}-01-02"
    if draw.random() < 0.1:
        resource["managingOrganization"] = {"reference": f"Organization/o{draw.randrange(3)}"}
    return stamped(server, resource)


def other(server, n):
    kind = draw.choice(["Observation", "Observation", "Condition", "Encounter", "Organization", "Device"])
    resource = {"resourceType": kind, "id": f"{kind[0].lower()}{draw.randrange(12)}-{n}"}
    subject = {"reference": f"Patient/p{n}"}
    if kind == "Observation":
        resource.update(status=draw.choice(["final", "preliminary", "amended"]), subject=subject,
                        code={"coding": [{"system": "http://lab.example", "code": draw.choice(["GLU", "K", "ZZ"])}]})
        if draw.random() < 0.8:
            resource["valueQuantity"] = {"value": draw.randrange(1, 99), "unit": draw.choice(["mg/dl", "mmol/L", "odd"])}
    elif kind == "Condition":
        resource.update(subject=subject, code={"text": draw.choice(["Asthma", "Cough", "Gout"])})
    elif kind == "Encounter":
        resource.update(status=draw.choice(["in-progress", "finished"]), subject=subject,
                        **{"class": {"code": draw.choice(["AMB", "IMP"])}})
    elif kind == "Device":
        resource["deviceName"] = [{"name": "pump", "type": "other"}]
    else:
        resource.update(id=f"o{draw.randrange(3)}", name=f"House {draw.randrange(5)}")
    return stamped(server, resource)


def deletion(server):
    known = [k for k in version if k[0] == server and k[1] not in ("Patient", "Encounter")]
    if not known:
        return None
    key = draw.choice(sorted(known))
    return {"request": {"method": "DELETE", "url": f"{key[1]}/{key[2]}"}, "response": {"lastModified": at(server)}}


for i in range(count):
    server = draw.choice("ab")
    n = draw.randrange(8)
    roll = draw.random()
    if roll < 0.25:
        documents[server].append(patient(server, n))
    elif roll < 0.75:
        documents[server].append(other(server, n))
    elif roll < 0.85:
        entry = deletion(server)
        if entry:
            documents[server].append({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    elif roll < 0.93:
        entries = [{"fullUrl": f"urn:uuid:{server}-{i}-{k}", "resource": r, "request":
                    {"method": "PUT", "url": f"{r['resourceType']}/{r['id']}"}}
                   for k, r in enumerate([patient(server, n), other(server, n), other(server, n)])]
        entries[1]["resource"].pop("subject", None)
        if entries[1]["resource"]["resourceType"] not in ("Organization", "Device"):
            entries[1]["resource"]["subject"] = {"reference": entries[0]["fullUrl"]}
        documents[server].append({"resourceType": "Bundle", "type": "transaction", "entry": entries})
    else:
        time = at("v2").translate(str.maketrans("", "", "-:TZ"))
        messages.append("\r".join([
            f"MSH|^~\\&|ADT|HOSP|DW|HOSP|{time}||ADT^A08|{i}|P|2.5", f"EVN|A08|{time}",
            f"PID|1||{100 + n}^^^HOSP^MR||MESSAGE{draw.randrange(9)}^ANNA||19700102|{draw.choice('FMU')}",
            "PV1|1|O|||||||||||||||||V" + str(n)]) + "\r")

# Every patient comes at some time: what waits for one is tested elsewhere.
for server in "ab":
    for n in range(8):
        documents[server].append(patient(server, n))
    os.makedirs(f"{folder}/{server}", exist_ok=True)
    for k in range(0, len(documents[server]), 40):
        with open(f"{folder}/{server}/{k:05d}.ndjson", "w", encoding="utf-8") as out:
            out.writelines(json.dumps(d) + "\n" for d in documents[server][k:k + 40])
os.makedirs(f"{folder}/v2", exist_ok=True)
with open(f"{folder}/v2/1.hl7", "w", encoding="utf-8") as out:
    out.write("".join(messages))
