#!/usr/bin/env python3
"""Writes a folder of synthetic HL7 v2 files with the mess of real feeds.

Two sources speak about the same invented people: adt/ (a hospital's registrations, admissions and
vital signs) and lab/ (a laboratory with numbers and codes of its own).  The same arguments give
the same bytes on every machine.  No person, place or number here exists: names are made of
syllables, social security numbers start with 9, telephone numbers are 555-01xx, authorities are
OIDs below 2.999 (the arc for examples).

    generate.py FOLDER [--patients N] [--messages N] [--seed N] [--broken N] [--per-file N]
"""
import argparse
import os
import random
from datetime import date, datetime, timedelta

START = datetime(2024, 1, 1, 6, 0)
HOSPITAL = "NORTHHOSP&2.999.1.1&ISO"
LABORATORY = "CITYLAB&2.999.2.1&ISO"

# Onsets and codas that together make no word of a medical text.
ONSETS = "Br Dr Fl Gr Kn Pl Qu Sk Str Thr Tv Vl Wr Zw J K".split()
VOWELS = "a e i o u y aa oe".split()
MIDDLES = "lb mbr ndr rgl sk zz pf xt lv nqu".split()
ENDS = "ick oven umb asko ington elle uska anthe orf wyk".split()
GIVEN_ENDS = "a o is eth ando ilia emy ur".split()
STREETS = "Quarry Larkmead Underhill Tollgate Beacon Foundry".split()
# Real states and ZIP codes (the first three digits are what Safe Harbor looks at; 036 and 059
# are among the sparsely populated ones), invented towns.
PLACES = [("MA", "02139"), ("NY", "10027"), ("IL", "60614"), ("TX", "77030"), ("CA", "94110"),
          ("NH", "03601"), ("VT", "05901"), ("WY", "82190")]

# code, name, unit, mean, spread, range, local unit spelling
LABS = [
    ("2345-7", "GLU", "Glucose", "mg/dL", 105, 25, "70-99", "mg/dl"),
    ("2951-2", "NA", "Sodium", "mmol/L", 139, 3, "136-145", "mmol/l"),
    ("2823-3", "K", "Potassium", "mmol/L", 4.2, 0.5, "3.5-5.1", "mmol/l"),
    ("2160-0", "CREA", "Creatinine", "mg/dL", 1.0, 0.3, "0.6-1.2", "mg/dl"),
    ("718-7", "HGB", "Hemoglobin", "g/dL", 13.5, 1.8, "12.0-16.0", "gm/dl"),
    ("6690-2", "WBC", "Leukocytes", "10*3/uL", 7.5, 2.4, "4.0-11.0", "K/uL"),
    ("1988-5", "CRP", "C reactive protein", "mg/L", 6.0, 4.0, "<5", "mg/l"),
]
VITALS = [
    ("8480-6", "Systolic blood pressure", "mm[Hg]", 124, 14),
    ("8462-4", "Diastolic blood pressure", "mm[Hg]", 78, 9),
    ("8867-4", "Heart rate", "/min", 76, 11),
    ("8310-5", "Body temperature", "Cel", 36.9, 0.5),
    ("59408-5", "Oxygen saturation", "%", 97, 1.5),
]
DIAGNOSES = [("I10", "Essential hypertension"), ("E11.9", "Type 2 diabetes mellitus"),
             ("J18.9", "Pneumonia, unspecified organism"), ("N39.0", "Urinary tract infection"),
             ("S52.5", "Fracture of lower end of radius")]
ALLERGIES = [("70618", "Penicillin", "RXNORM", "DA"), ("256349002", "Peanut", "SCT", "FA"),
             ("LATX", "Latex", "L", "MA")]
WARDS = ["MED", "SURG", "ICU", "OBS"]


def stamp(when, zone=""):
    return f"{when:%Y%m%d%H%M%S}{zone}"


def segment(name, fields):
    """The segment with the given fields, by number."""
    values = [name]
    for number, value in fields.items():
        values.extend([""] * (number - len(values)))
        values.append(value)
    return "|".join(values)


class Person:
    """An invented person with the numbers that both sources know them by."""

    def __init__(self, rng, number):
        self.number = number
        if number <= 20:
            self.family, self.given = "TESTPATIENT", f"ALPHA{number:04d}"
        else:
            self.family = rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(MIDDLES) + \
                rng.choice(ENDS)
            self.given = rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(MIDDLES) + \
                rng.choice(GIVEN_ENDS)
            if number % 29 == 0:
                self.family = self.family[0] + "\u00f6" + self.family[2:]
            if number % 37 == 0:
                self.family = "O'" + self.family
            if number % 41 == 0:
                self.family += "-" + rng.choice(ONSETS) + rng.choice(VOWELS) + "lberg"
        self.mrn = f"{70000000 + number * 37}"
        self.second_mrn = f"{79000000 + number * 37}"
        self.lab_number = f"CL{4000000 + number * 53}"
        self.ssn = f"9{rng.randrange(100):02d}{rng.randrange(10, 99)}{rng.randrange(10000):04d}"
        self.account = f"AC{6000000 + number * 11}"
        self.phone = f"({rng.randrange(201, 989)})555-01{rng.randrange(100):02d}"
        age = rng.choice([rng.randrange(0, 3), rng.randrange(3, 89), rng.randrange(20, 70),
                          rng.randrange(60, 89), rng.randrange(90, 104)])
        self.birth = date(2023 - age, rng.randrange(1, 13), rng.randrange(1, 29))
        self.sex = rng.choice("MF")
        self.marital = rng.choice(["S", "M", "D", "W", "MAR"]) if age > 17 else ""
        self.state, self.zip = rng.choice(PLACES)
        self.street = f"{rng.randrange(1, 999)} {rng.choice(STREETS)} {rng.choice(['Rd', 'St'])}"
        self.city = rng.choice(ONSETS) + "e" + rng.choice(MIDDLES) + "ville"
        self.kin = rng.choice(ONSETS) + rng.choice(VOWELS) + rng.choice(MIDDLES) + "in"
        self.double_registered = number % 17 == 5
        self.walk_in = number % 25 == 1  # the laboratory knows no hospital number of them
        self.doctor = f"{5000 + number % 23}^{rng.choice(ONSETS)}o{rng.choice(MIDDLES)}ister^" \
            f"{rng.choice(ONSETS)}a{rng.choice(GIVEN_ENDS)}^^^DR^^^{HOSPITAL}"
        self.allergy = rng.choice(ALLERGIES) if number % 3 == 0 else None
        self.merged = False

    def current_mrn(self):
        return self.second_mrn if self.double_registered and not self.merged else self.mrn


class Writer:
    """Makes the messages of all sources in the order in which they happen."""

    def __init__(self, rng):
        self.rng = rng
        self.control = 0
        self.messages = []  # (delivery time, order, folder, message bytes)

    def header(self, source, kind, event, when, charset=""):
        self.control += 1
        if source == "adt":
            sender, version, zone = "ADTSYS|NORTHHOSP", "2.5.1", "-0500"
        else:
            sender, version, zone = "LABSYS|CITYLAB", "2.3.1", ""
        structure = {"A01": "ADT_A01", "A02": "ADT_A02", "A03": "ADT_A03", "A04": "ADT_A01",
                     "A08": "ADT_A01", "A40": "ADT_A39", "R01": "ORU_R01"}[event]
        kind = f"{kind}^{event}^{structure}" if version == "2.5.1" else f"{kind}^{event}"
        control = f"{source.upper()}{self.control:07d}"
        tail = f"|||||USA|{charset}" if charset else ""
        return f"MSH|^~\\&|{sender}|HUB|DATAOFFICE|{stamp(when, zone)}||{kind}|{control}|P|" \
            f"{version}{tail}"

    def identity(self, person, source, update=False):
        """PID: each source writes what it knows, in its own codes."""
        if source == "adt":
            ids = f"{person.current_mrn()}^^^{HOSPITAL}^MR"
            if person.number % 4 != 1:
                ids += f"~{person.lab_number}^^^{LABORATORY}^PI"
            gender = person.sex
        else:
            ids = f"{person.lab_number}^^^{LABORATORY}^PI"
            if not person.walk_in:
                ids = f"{person.current_mrn()}^^^{HOSPITAL}^MR~{ids}"
            gender = {"M": "1", "F": "2"}[person.sex] if person.number % 5 else "W"
        # A person who gave up the telephone: an explicit null in an update.
        phone = '""' if update and person.number % 11 == 0 else f"{person.phone}^PRN^PH"
        return segment("PID", {
            1: "1", 3: ids, 5: f"{person.family}^{person.given}^^^^^L",
            7: f"{person.birth:%Y%m%d}", 8: gender,
            11: f"{person.street}^^{person.city}^{person.state}^{person.zip}^USA^H", 13: phone,
            16: person.marital,
            18: f"{person.account}^^^{HOSPITAL}^AN" if source == "adt" else "",
            19: person.ssn if source == "adt" and person.number % 3 else ""})

    def visit_segment(self, person, visit, start, ward, end=None, kind="I"):
        place = f"{ward}^{visit % 30 + 1:02d}^{'AB'[visit % 2]}" if kind == "I" else f"{ward}^^"
        return segment("PV1", {
            1: "1", 2: kind if visit % 13 else "AMBULANT", 3: f"{place}^NORTHHOSP",
            7: person.doctor, 10: ward, 17: person.doctor,
            19: f"V{8000000 + visit * 7}^^^{HOSPITAL}^VN", 36: "01" if end else "",
            44: stamp(start, "-0500"), 45: stamp(end, "-0500") if end else ""})

    def send(self, folder, when, segments, delay=timedelta(0)):
        charset = "8859/1" if "8859/1" in segments[0] else "utf-8"
        body = "\r".join(segments).encode("latin-1" if charset == "8859/1" else "utf-8")
        self.messages.append((when + delay, len(self.messages), folder, body))
        if self.rng.random() < 0.01:  # a sender that repeats itself after a time-out
            again = when + delay + timedelta(minutes=self.rng.randrange(1, 600))
            self.messages.append((again, len(self.messages), folder, body))

    def adt(self, person, event, visit, when, start, ward, kind, end=None, extra=(), delay=None):
        charset = "8859/1" if person.number % 29 == 0 and visit % 2 else "UNICODE UTF-8"
        segments = [self.header("adt", "ADT", event, when, charset),
                    f"EVN|{event}|{stamp(when, '-0500')}",
                    self.identity(person, "adt", update=event == "A08")]
        segments.append(f"NK1|1|{person.family}^{person.kin}|SPO|{person.street}^^{person.city}^"
                        f"{person.state}^{person.zip}|{person.phone}")
        segments.append(self.visit_segment(person, visit, start, ward, end, kind))
        segments.extend(extra)
        self.send("adt", when, segments, delay or timedelta(0))

    def vitals(self, person, visit, when, start, ward, kind):
        rng = self.rng
        filler = f"VS{visit:07d}{when:%H%d}"
        segments = [self.header("adt", "ORU", "R01", when, "UNICODE UTF-8"),
                    self.identity(person, "adt"),
                    self.visit_segment(person, visit, start, ward, None, kind),
                    segment("OBR", {1: "1", 3: f"{filler}^MONITOR", 4: "85353-1^Vital signs^LN",
                                    7: stamp(when, "-0500"), 22: stamp(when, "-0500"), 25: "F"})]
        for number, (code, name, unit, mean, spread) in enumerate(VITALS, 1):
            value = f"{rng.gauss(mean, spread):.{1 if mean < 50 else 0}f}"
            segments.append(f"OBX|{number}|NM|{code}^{name}^LN||{value}|{unit}|||||F|||"
                            f"{stamp(when, '-0500')}")
        self.send("adt", when, segments)

    def laboratory(self, person, order, drawn, when, status):
        """One message of an order; the same filler number and values for each status."""
        rng = random.Random(f"{order}")
        panel = rng.sample(LABS, 4)
        local = person.number % 2 == 0
        filler = f"CL{order:08d}"
        segments = [self.header("lab", "ORU", "R01", when),
                    self.identity(person, "lab"),
                    f"ORC|RE|{filler[2:]}^HUB|{filler}^LABSYS||{'CM' if status != 'P' else 'IP'}",
                    segment("OBR", {1: "1", 2: f"{filler[2:]}^HUB", 3: f"{filler}^LABSYS",
                                    4: "CHEM^Chemistry & hematology panel^L", 7: stamp(drawn),
                                    16: person.doctor, 22: stamp(when), 25: status})]
        for number, (loinc, code, name, unit, mean, spread, normal, spelled) in enumerate(panel, 1):
            value = max(0.1, rng.gauss(mean, spread))
            if status == "C" and number == 1:
                value *= 1.1
            coded = f"{code}^{name}^L" if local else f"{loinc}^{name}^LN^{code}^{name}^L"
            far = (value - mean) / spread
            flag = "H" if far > 1.3 else "L" if far < -1.3 else ""
            segments.append(f"OBX|{number}|NM|{coded}||{value:.1f}|{spelled if local else unit}|"
                            f"{normal}|{flag}|||{status}|||{stamp(drawn)}")
        if order % 9 == 0:
            segments.append(f"NTE|1|L|Called {person.given} {person.family} at {person.phone}, "
                            "sample hemolyzed & repeated")
        if order % 14 == 0:
            segments.append(f"OBX|{len(panel) + 1}|TX|CMNT^Comment^L||Patient {person.family} "
                            f"(MRN {person.mrn}) fasting since midnight||||||{status}")
        # Some results overtake the registration they belong to.
        delay = timedelta(hours=-30 * (order % 19 == 0))
        self.send("lab", when, segments, delay)

    def merge(self, person, when):
        segments = [self.header("adt", "ADT", "A40", when, "UNICODE UTF-8"),
                    f"EVN|A40|{stamp(when, '-0500')}"]
        old = person.second_mrn
        person.merged = True
        segments += [self.identity(person, "adt"),
                     f"MRG|{old}^^^{HOSPITAL}^MR||||||{person.family}^{person.given}"]
        self.send("adt", when, segments)

    def visit(self, person, visit, start):
        rng = self.rng
        inpatient = visit % 3 != 0
        kind = "I" if inpatient else "O"
        ward = WARDS[visit % len(WARDS)] if inpatient else "CLINIC"
        extra = []
        if person.allergy:
            code, name, system, category = person.allergy
            extra.append(f"AL1|1|{category}|{code}^{name}^{system}|MO|Rash")
        code, name = DIAGNOSES[visit % len(DIAGNOSES)]
        diagnosis = f"DG1|1||{code}^{name}^I10||{stamp(start)}|A"
        insurance = segment("IN1", {
            1: "1", 2: "PPO^Preferred plan", 3: f"PAY{person.number % 5}", 4: "Example Mutual",
            16: f"{person.family}^{person.given}", 17: "SEL", 18: f"{person.birth:%Y%m%d}",
            36: f"POL{3000000 + person.number * 19}"})
        order = visit * 3
        if not inpatient:
            self.adt(person, "A04", visit, start, start, ward, kind, extra=extra)
            self.vitals(person, visit, start + timedelta(minutes=20), start, ward, kind)
            when = start + timedelta(hours=4)
            self.laboratory(person, order, start, when, "F")
            self.adt(person, "A08", visit, when, start, ward, kind, extra=extra + [diagnosis])
            return
        days = rng.randrange(1, 6)
        end = start + timedelta(days=days, hours=rng.randrange(8))
        self.adt(person, "A01", visit, start, start, ward, kind, extra=extra + [insurance])
        for day in range(days):
            self.vitals(person, visit, start + timedelta(days=day, hours=1), start, ward, kind)
        drawn = start + timedelta(hours=2)
        self.laboratory(person, order, drawn, start + timedelta(hours=5), "P")
        self.laboratory(person, order, drawn, start + timedelta(hours=9), "F")
        if visit % 8 == 0:
            self.laboratory(person, order, drawn, start + timedelta(hours=30), "C")
        if visit % 5 == 0:
            ward = "ICU"
            moved = start + timedelta(hours=14)
            self.adt(person, "A02", visit, moved, start, ward, kind)
        self.adt(person, "A08", visit, start + timedelta(hours=20), start, ward, kind,
                 extra=extra + [diagnosis])
        # Some discharges are delivered before the admission they end.
        early = start - timedelta(hours=1) - end if visit % 12 == 7 else None
        self.adt(person, "A03", visit, end, start, ward, kind, end, [diagnosis], early)


def broken(count):
    """Contents of files that cannot be used, each for a reason of its own."""
    for number in range(count):
        head = segment("MSH", {
            1: "^~\\&", 2: "ADTSYS", 3: "NORTHHOSP", 6: "20240301120000",
            8: "ADT^A01^ADT_A01", 9: f"BROKEN{number:04d}", 10: "P", 11: "2.5.1"})
        mrn = f"{78000000 + number}"
        person = f"PID|1||{mrn}^^^{HOSPITAL}^MR||TESTPATIENT^BROKEN{number:04d}||19700101|F"
        yield [
            "MSH|",                                               # ends before its delimiters
            head + "\rEVN|A01|20240301120000\rPV1|1|I",            # speaks of nobody
            head.replace("ADT^A01^ADT_A01", "QBP^Q22^QBP_Q21") + "\rQPD|Q22^Find candidates",
            "This is a letter, not a message.\r\n",
            head + "\r" + person.replace(mrn, "") + "\rPV1|1|I",   # a person without a number
            head + "\rpid|1||broken segment name\r" + person,
            head.replace("ADT^A01^ADT_A01", "") + "\r" + person,  # of no type
            "",                                                   # an empty file
        ][number % 8].encode()


def frame(rng, bodies, style):
    """One file of messages in the framing of its sender."""
    if style == "mllp":
        return b"".join(b"\x0b" + body + b"\r\x1c\r" for body in bodies)
    if style == "batch":
        head = b"FHS|^~\\&|ADTSYS|NORTHHOSP\rBHS|^~\\&|ADTSYS|NORTHHOSP\r"
        return head + b"".join(body + b"\r" for body in bodies) + \
            b"BTS|%d\rFTS|1\r" % len(bodies)
    end = {"lf": b"\n", "crlf": b"\r\n"}.get(style, b"\r")
    return b"".join(body.replace(b"\r", end) + end for body in bodies)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--patients", type=int, default=300)
    parser.add_argument("--messages", type=int, default=4000, help="repeats included")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broken", type=int, default=0, help="files that cannot be used")
    parser.add_argument("--per-file", type=int, default=0, help="messages a file (default: mixed)")
    options = parser.parse_args()

    rng = random.Random(options.seed)
    people = [Person(rng, number) for number in range(1, options.patients + 1)]
    writer = Writer(rng)
    visit = 0
    step = timedelta(minutes=max(5, 60 * 24 * 150 * 8 // max(options.messages, 1)))
    while len(writer.messages) < options.messages:
        person = people[visit % len(people)]
        start = START + step * visit
        if person.double_registered and visit >= len(people) and not person.merged:
            writer.merge(person, start - timedelta(hours=1))
        writer.visit(person, visit, start)
        visit += 1

    messages = sorted(writer.messages, key=lambda m: m[:2])[:options.messages]
    styles = ["cr", "cr", "lf", "crlf", "mllp", "batch"]
    for folder in ("adt", "lab"):
        target = os.path.join(options.folder, folder)
        os.makedirs(target, exist_ok=True)
        bodies = [m[3] for m in messages if m[2] == folder]
        position = number = 0
        while position < len(bodies):
            size = options.per_file or rng.choice([1, 1, 2, 5, 12, 30])
            content = frame(rng, bodies[position:position + size], rng.choice(styles))
            with open(os.path.join(target, f"{folder}-{number:05d}.hl7"), "wb") as out:
                out.write(content)
            position += size
            number += 1
    for number, content in enumerate(broken(options.broken)):
        with open(os.path.join(options.folder, "adt", f"broken-{number:05d}.hl7"), "wb") as out:
            out.write(content)


if __name__ == "__main__":
    main()
