#!/usr/bin/env python3
"""Writes messages of every event that is converted, about few patients, so that they meet.

    events.py SEED COUNT FOLDER       FOLDER/a/*.hl7 and FOLDER/b/*.hl7, as two systems would send

The order of the lines of a file is not the order of their times.
"""
import os
import random
import sys

ADMISSIONS = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08", "A11", "A12", "A13", "A14",
              "A16", "A21", "A22", "A23", "A25", "A27", "A28", "A31", "A38", "A52", "A53", "A54",
              "A60"]
# Of these, seldom: they say nothing of the visit's own state.
RARE = ["A09", "A10", "A15", "A26", "A32", "A33", "A55", "A61", "A62"]
MERGES = ["A18", "A30", "A34", "A36", "A39", "A40", "A43", "A46", "A47", "A48"]
VISITS = ["A42", "A45", "A50", "A51"]
ACCOUNTS = ["A35", "A41", "A44", "A49"]
RESULTS = [("ORU", t) for t in ("R01", "R30", "R31", "R32", "R40")] \
    + [("OUL", t) for t in ("R21", "R22", "R23", "R24")]
ORDERS = [("ORM", "O01"), ("OMG", "O19"), ("OML", "O21"), ("OML", "O33"), ("OML", "O35")]
BILLING = ["P01", "P02", "P05", "P06", "P10", "P12"]
DOCUMENTS = [f"T{n:02d}" for n in range(1, 12)]
APPOINTMENTS = [f"S{n}" for n in range(12, 27) if n not in (23, 25)]


class Feed:
    turns = {}

    def __init__(self, name, chance, seed):
        self.name, self.chance, self.n, self.seed = name, chance, 0, seed

    # Each in its turn, so that none is left out; another one comes first with another seed.
    def turn(self, events):
        key = str(events)
        at = self.turns.setdefault(key, self.seed * len(events) // 3)
        self.turns[key] = at + 1
        return events[at % len(events)]

    def pick(self, values):
        return self.chance.choice(values)

    def time(self):
        c = self.chance
        return f"202601{c.randrange(1, 29):02d}{c.randrange(24):02d}{c.randrange(60):02d}00+0000"

    def head(self, code, trigger, when):
        self.n += 1
        return (f"MSH|^~\\&|{self.name}|HOSP|||{when}||{code}^{trigger}|{self.name}{self.n}|P|2.5.1",
                f"EVN||{when}")

    def pid(self, patient=None):
        c = self.chance
        patient = patient or c.randrange(1, 7)
        name = self.pick(["Test^Ada", "Test^Ben", '""', "", "Sample^Cy^Q"])
        extra = self.pick(["", f"~{patient}9^^^OTHER^PI"])
        return patient, "|".join(["PID", "1", "", f"{patient}^^^HOSP^MR{extra}", "", name, "",
                                  self.pick(["", "19700101", '""']), self.pick(["", "F", "U"]), "", "",
                                  self.pick(["", "1 Main St^^Town", '""']), "", "", "", "", "", "",
                                  self.pick(["", f"AC{patient}^^^HOSP"])])

    def pv1(self, patient):
        c = self.chance
        place = self.pick(["W1^1^1", "W1^2^1", "W2^1^1", ""])
        end = self.pick(["", "", "20260129100000+0000"])
        return "|".join(["PV1", "1", self.pick("IOE"), place] + [""] * 15
                        + [f"V{patient}{c.randrange(1, 3)}^^^HOSP"] + [""] * 24
                        + ["20260101100000+0000", end] + [""] * 7
                        + self.pick([[], ["Rehabilitation", f"EP{patient}^HOSP"]]))

    def lists(self):
        out = []
        for segment in ("AL1|1|DA|70618^Penicillin^RXNORM|SV", "AL1|2|FA|1^Nuts^L", "DG1|1||I10^Pressure^I10C",
                        "NK1|1|Kin^Test|FTH", "IN1|1|P1|C1|Payor", 'AL1|1|""|""', "PR1|1||44950^Op^C4||20260105",
                        f"ROL|R{self.pick('12')}|{self.pick(['AD', 'UP', 'DE'])}|AT^Attending^HL70443|D1^Doe^Jo"):
            if self.chance.random() < 0.25:
                out.append(segment)
        return out

    def results(self, patient):
        c = self.chance
        order = f"{patient}{c.randrange(1, 3)}"
        status = self.pick("PFCAFXD")
        return [f"ORC|RE|P{order}|F{order}", f"OBR|1|P{order}|F{order}|24323-8^Panel^LN|||20260110|||||||||||||||||||{self.pick('PFCRX')}",
                f"OBX|1|NM|2345-7^Glucose^LN||{c.randrange(3, 9)}|mmol/L|||||{status}"]

    def message(self, kind=None):
        c, when = self.chance, self.time()
        kind = c.random() if kind is None else kind
        patient, pid = self.pid()
        if kind < 0.45:
            trigger = self.turn(ADMISSIONS if c.random() < 0.85 else RARE)
            body = [pid] + ([self.pv1(patient)] if trigger not in ("A28", "A31") else []) + self.lists()
            return [*self.head("ADT", trigger, when), *body]
        if kind < 0.52:
            other = c.choice([p for p in range(1, 7) if p != patient])
            return [*self.head("ADT", self.turn(MERGES), when), pid, f"MRG|{other}^^^HOSP^MR||AC{other}^^^HOSP"]
        if kind < 0.55:
            other = c.choice([p for p in range(1, 7) if p != patient])
            return [*self.head("ADT", self.turn(["A24", "A37"]), when), pid, self.pid(other)[1]]
        if kind < 0.59:
            return [*self.head("ADT", self.turn(VISITS), when), pid,
                    f"MRG|{patient}^^^HOSP^MR||||V{patient}1^^^HOSP", self.pv1(patient)]
        if kind < 0.62:
            return [*self.head("ADT", self.turn(ACCOUNTS), when), pid, f"MRG|{patient}^^^HOSP^MR||AC0^^^HOSP"]
        if kind < 0.63:
            return [*self.head("ADT", "A29", when), pid]
        if kind < 0.64:
            trigger, action = self.turn([("PC1", "AD"), ("PC2", "UP"), ("PC3", "DE")])
            return [*self.head("PPR", trigger, when), pid, f"PRB|{action}|{when}|I10^Pressure^I10C|Q{patient}^HOSP"
                    f"||||||||||{self.pick(['', 'ACTIVE', 'RESOLVED'])}"]
        if kind < 0.66:
            other = c.choice([p for p in range(1, 7) if p != patient])
            return [*self.head("ADT", "A17", when), pid, self.pv1(patient), self.pid(other)[1], self.pv1(other)]
        if kind < 0.80:
            event = self.turn(RESULTS) if c.random() < 0.3 else ("ORU", "R01")
            return [*self.head(*event, when), pid, self.pv1(patient), *self.results(patient)]
        if kind < 0.83:
            return [*self.head(*self.turn(ORDERS), when), pid,
                    f"ORC|{self.pick(['NW', 'CA', 'SC'])}|P{patient}1", f"OBR|1|P{patient}1||24323-8^Panel^LN"]
        if kind < 0.86:
            event = self.turn([("RDE", "O11"), ("RDE", "O25"), ("OMP", "O09")])
            drug = f"161^Drug^RXNORM|{c.randrange(1, 4)}||TAB"
            return [*self.head(*event, when), pid, f"ORC|{self.pick(['NW', 'DC', 'XO'])}|R{patient}",
                    f"RXO|{drug}" if event[0] == "OMP" else f"RXE||{drug}"]
        if kind < 0.88:
            event = self.turn([("RDS", "O13"), ("RGV", "O15")])
            return [*self.head(*event, when), pid, f"ORC|RE|R{patient}|D{patient}",
                    f"RXG|1|{c.randrange(1, 3)}||161^Drug^RXNORM|1||TAB" if event[0] == "RGV"
                    else "RXD|1|161^Drug^RXNORM|20260112|20|TAB"]
        if kind < 0.90:
            return [*self.head("RAS", "O17", when), pid, f"ORC|RE|R{patient}", "RXA|0|1|20260112||161^Drug^RXNORM|1|TAB"]
        if kind < 0.93:
            return [*self.head("VXU", "V04", when), pid, f"ORC|RE||I{patient}",
                    f"RXA|0|1|20260111||140^Flu^CVX|999|||||||||LOT{c.randrange(2)}|||||CP|{self.pick('AUD')}"]
        if kind < 0.95:
            return [*self.head("SIU", self.turn(APPOINTMENTS), when),
                    f"SCH|B{patient}|B{patient}|||||||30|min|^^^{when}", pid]
        if kind < 0.974:
            return [*self.head("MDM", self.turn(DOCUMENTS), when), pid,
                    f"TXA|1|DS|TX|20260113||||||||D{patient}|||||{self.pick(['AU', 'IP'])}||AV", f"OBX|1|TX|||{self.pick(['One', 'Two'])}"]
        if kind < 0.979:
            return [*self.head("DFT", self.turn(["P03", "P11"]), when), pid, self.pv1(patient),
                    f"FT1|1|T{patient}||20260114||CG|1^Charge^L"]
        if kind < 0.982:
            return [*self.head("REF", self.turn(["I12", "I13", "I14", "I15"]), when),
                    f"RF1|{self.pick('APR')}|R||||RF{patient}", "PRD|RP|Sender^Test", pid]
        if kind < 0.988:
            trigger, body = self.turn([("M02", "STF|D{0}|D{0}^^^HOSP|{1}"),
                                       ("M05", "LOC|W{0}^1^1|{1}|N")])
            return [*self.head("MFN", trigger, when), "MFI|X||UPD|||NE", f"MFE|MUP|||K{patient}|CWE",
                    body.format(patient, self.pick(["Doe^Jo", "Doe^Joe"]))]
        return [*self.head("BAR", self.turn(BILLING), when), pid, "GT1|1||Payer^Test"]


def main():
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    for name in ("a", "b"):
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        feed = Feed(name.upper(), random.Random(f"{seed}{name}"), seed)
        for file in range(max(1, count // 20)):
            with open(os.path.join(folder, name, f"{file:04d}.hl7"), "w", encoding="ascii") as out:
                for _ in range(10):
                    out.write("\r".join(feed.message()) + "\r")
        if name == "a":  # what may be too rare to come by chance
            with open(os.path.join(folder, name, "rare.hl7"), "w", encoding="ascii") as out:
                for kind, events in ((0.635, "123"), (0.87, "12"), (0.94, APPOINTMENTS), (0.96, DOCUMENTS), (0.977, "12"), (0.980, "1234"),
                                     (0.985, "12"), (0.995, BILLING)):
                    for _ in events:
                        out.write("\r".join(feed.message(kind)) + "\r")


main()
