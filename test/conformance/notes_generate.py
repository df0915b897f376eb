"""Notes made from templates: where every identifier stands is known.

    notes_generate.py SPLIT COUNT  > notes.ndjson      SPLIT: dev or test

Each line is {"text", "spans": [[start, end, category]], "known", "wrong"}: offsets in characters;
`known` is the patient's record as it should be, `wrong` the same with one fact in ten missing or
another's.  The two splits share neither templates nor names.  All people are invented.
"""
import json
import random
import sys

FIRST = {
    "dev": "James Mary Robert Patricia Michael Linda William Barbara David Susan Grace Rose Mark Will "
           "May Hope Frank Sofía Björn Siobhán Nguyen Priya Kwame Xiu Anneliese DeShawn Jean-Luc "
           "Maria Ahmed Olga Tuulikki Zebedee Wanda Kofi Ingeborg Rajesh Fatima Lars Mei Teofila".split(),
    "test": "John Jennifer Thomas Elizabeth Charles Jessica Daniel Karen Joy Faith Bill Jack Dawn "
            "April Summer Christian Łukasz Zoë Renée Yusuf Ananya Oluwaseun Jian Brunhilde "
            "LaTonya Marie-Claire Carlos Dmitri Aino Cornelius Ruth Babatunde Sigrid Suresh "
            "Leila Gustav Yuki Eulalia Tadeusz Hyacinth".split(),
}
LAST = {
    "dev": "Smith Johnson Brown Young White Long Stone Green O'Brien García-López Müller Nowak Ng "
           "Okonkwo Vandersloot McAllister DiNapoli Bell Graves Parkinson Wells Hansen Petrov "
           "Yamamoto Abernathy Quackenbush Featherstonehaugh Zapatero Lindqvist Srinivasan "
           "Brzezinski Achterberg Oyelaran Tchaikovsky Delacroix Hollingsworth".split(),
    "test": "Williams Davis Black Rich Price Hill Wood Field O'Malley Pérez-Reverte Jäger Kowalczyk "
            "Li Adeyemi Steenkamp MacDougall DeLuca Crohn Foley Murphy Cushing Sørensen Ivanova "
            "Takahashi Postlethwaite Cholmondeley Ravensworth Echeverría Bergström Raghunathan "
            "Wojciechowski Uijttenhaage Nwachukwu Rimskaya Beauregard Throckmorton".split(),
}
SYLLABLES = {
    "dev": ("Bar Kel Dor Vin Tam Gul Pos Rad", "mo ti la re nu ka", "vik ston dez rini mann ska"),
    "test": ("Zel Mor Hax Fen Qui Jol Wex Lup", "ba do ge fi su no", "rath well quez etti berg nen"),
}
TOWN = {
    "dev": "Springfield;Salem;Boise;Kalamazoo;Reading;Cedar Falls;Puyallup;Walla Walla".split(";"),
    "test": "Dayton;Aurora;Omaha;Schenectady;Mobile;Grand Forks;Ypsilanti;Coeur d'Alene".split(";"),
}
STATE = {"dev": "OH MA ID MI PA IA WA".split(), "test": "NY CO NE AL ND CA TX".split()}
STREET = {
    "dev": "Elm Street;N Maple Ave;Old Mill Road;Harrison Blvd;5th Street;Quail Run Ct".split(";"),
    "test": "Oak Lane;W Chestnut St;Country Club Drive;Jefferson Pkwy;42nd Ave;Fox Hollow Way".split(";"),
}
HOSPITAL = {
    "dev": "St. Anne's Hospital;Riverbend Medical Center;Kellogg Memorial Hospital;Tri-County Clinic".split(";"),
    "test": "St. Brendan's Hospital;Lakeshore Medical Center;Whitcomb General Hospital;Bayside Clinic".split(";"),
}
EMPLOYER = {"dev": "Acme Tooling Inc".split(";"), "test": "Borealis Freight LLC".split(";")}
NICK = {"Robert": "Bob", "William": "Bill", "Michael": "Mike", "Patricia": "Pat", "James": "Jim",
        "David": "Dave", "John": "Jack", "Elizabeth": "Liz", "Thomas": "Tom", "Jennifer": "Jen",
        "Charles": "Chuck", "Daniel": "Dan"}
MONTHS = ("January February March April May June July August September October November "
          "December").split()

# {kind} or {kind:category}; what stands in braces is an identifier unless its kind is "plain".
TEMPLATES = {"dev": [
    "DISCHARGE SUMMARY\nPatient: {last}, {first}\nMRN: {mrn}\nDOB: {dob}\nAdmitted: {date} Discharged: {date}\n"
    "Attending: {doctor}, MD\n\n{Mr} {last} is a {age}-year-old with CHF and Parkinson's disease who was transferred from "
    "{hospital}. {He} lives at {address}. Foley catheter was removed. Metoprolol 25 mg bid was continued. "
    "{first} was seen by Dr. {doclast} on {date} and will follow up in 2 weeks. BP 120/80, HR 72.\n"
    "Contact: {relation} {relative}, phone {phone}.\n",
    "Telephone encounter {date}. Spoke with {relative} ({relation}). States that {first} has had fever of 101.3 since "
    "{monthday}. Advised acetaminophen 650 mg q6h. Callback number {phone}. {nurse}, RN\n",
    "Pt {first} {last} ({mrn}) seen in clinic. Email {email}. Works at {employer}. Wells score 3, Babinski negative. "
    "INR 2.3 on warfarin 5 mg. SSN on file {ssn}. Plan discussed with {Mr} {last}'s {relation}, {relativefirst}.\n",
    "{HOSPITAL}\nNAME: {LAST}, {FIRST}   ACCT: {account}\nEXAM: CT ABDOMEN\nDATE: {date}\nFINDINGS: NO ACUTE ABNORMALITY. "
    "DISCUSSED WITH DR. {DOCLAST} AT {time}.\n",
    "s: {firstlower} reports knee pain x3 days. no fever. o: temp 98.6, strength 5/5. a/p: oa, ibuprofen prn. "
    "f/u w/ dr. {doclastlower} next week.\n",
    "Dear Dr. {doclast},\n\nThank you for referring {first} {initial} {last} (born {dob}), who was evaluated on {date} at our "
    "{town} office for multiple sclerosis. {first}'s {relation} {relativefirst} accompanied {him}. Exam showed 2/6 systolic "
    "murmur. Next visit {date}.\n\nSincerely,\n{doctor}, M.D.\nFax {fax}\n",
    "Nursing note: {Mr} {last} alert and oriented x3, IV in left arm, pain 4/10. {typofirst} asked for {relativefirst} twice. "
    "Room {room}. Member ID {member}. Voided 300 mL. Will continue to monitor.\n",
    "Social work: {nick} {last} moved here from {town}, {state} and lives with {relation} {relativefirst}. {He} can be reached at "
    "{phone} or {email}. Driver's license {license}. Denies tobacco. Hx of Crohn's disease.\n",
    "HPI: This is {nick}, a {age} y/o who fell on {monthday}. {first} {last} denies LOC. Labs: WBC 7.2, Hgb 13.1, "
    "creatinine 1.1. Pacemaker serial no. {serial}. Imaging from {hospital} reviewed.\n",
    "Portal message from {first} {last}: \"Hi Dr. {doclast}, my blood sugar was 187 on {weekday}. Should I increase metformin? "
    "My number is {phone}. Thanks, {nick}\"\n",
], "test": [
    "EMERGENCY DEPARTMENT NOTE\nName: {first} {last} | MRN {mrn} | DOB {dob}\nDate of service: {date}\n\n"
    "{age} yo brought in by EMS from {address}. Per {relation} {relativefirst}, {last} collapsed at {time}. Cushing's syndrome, "
    "on hydrocortisone 20 mg. Troponin 0.02. EKG unremarkable. Dr. {doctor} at bedside.\n",
    "Consult requested by Dr. {doclast}. {first} {initial} {last} was admitted to {hospital} on {date} with pneumonia. {He} has a "
    "history of Hodgkin lymphoma. Phone: {phone}. Insurance policy {member}. Recommend ceftriaxone 1 g daily.\n",
    "I saw {nick} {last} today. {He} is the {relation} of {relative}. Reports that on {monthday} {he} noticed swelling. "
    "McMurray test negative, ROM 0-120. Follow-up on {date}.\n{doctor}, DO\n",
    "OPERATIVE REPORT\nPATIENT: {FIRST} {LAST}\nMEDICAL RECORD NUMBER: {mrn}\nSURGEON: {DOCTOR}, M.D.\nDATE: {date}\n"
    "PROCEDURE: LAPAROSCOPIC CHOLECYSTECTOMY. ESTIMATED BLOOD LOSS 50 ML. LOT NUMBER {serial}.\n",
    "called {firstlower} {lastlower} at {phone}, no answer. left msg w/ {relation} {relativefirstlower}. rx for lisinopril 10 mg "
    "sent. appt {date} with dr {doclastlower}.\n",
    "To whom it may concern: {Mr} {last}, date of birth {dob}, has been under my care since {monthyear}. Please excuse {him} from "
    "work at {employer} until {date}. Questions: {email} or fax {fax}.\n{doctor}, NP\n",
    "PT eval: {first} ambulated 150 ft with walker. Homans sign negative. {typolast} tolerated session well, pain 3/10. "
    "{relativefirst} ({relation}) present. Discharge to {town}, {state} {zip}.\n",
    "Case management: {last}, {first}, account {account}. SSN {ssn}. {He} previously lived in {town}. {nick}'s {relation} "
    "{relative} is health care proxy, cell {phone}. Barthel index 80.\n",
    "Cardiology follow up. {Mr} {last} is {age} years old. LVEF 45%. Device ICD, serial {serial}, implanted {monthyear} at "
    "{hospital}. Seen with {relativefirst}. CHADS2 score 3; apixaban 5 mg bid. {time}\n",
    "Note to {doctor}: {first} phoned on {weekday} about refill of atorvastatin 40 mg. Verified by license {license} and birth "
    "date {dob}. Thank you. {nurse}, LPN\n",
]}


class Maker:
    def __init__(self, split, seed):
        self.split = split
        self.r = random.Random(f"pgclinical notes 1 {split} {seed}")
        r = self.r
        self.person = {}
        p = self.person
        p["first"], p["last"] = self.first(), self.last()
        p["middle"] = r.choice("ABCDEFGHJKLMNPRSTW")
        p["relfirst"], p["rellast"] = self.first(), r.choice([p["last"], self.last()])
        p["docfirst"], p["doclast"] = self.first(), self.last()
        p["nursefirst"], p["nurselast"] = self.first(), self.last()
        p["mrn"] = r.choice([f"{r.randrange(10**6, 10**8):08d}", f"{r.choice('ABHM')}{r.randrange(10**5, 10**7)}",
                             f"{r.randrange(100, 999)}-{r.randrange(10, 99)}-{r.randrange(1000, 9999)}"])
        p["ssn"] = f"{r.randrange(100, 899)}-{r.randrange(10, 99)}-{r.randrange(1000, 9999)}"
        p["account"] = f"{r.randrange(10**8, 10**9)}"
        p["member"] = f"{r.choice(['XYZ', 'HPB', 'W'])}{r.randrange(10**7, 10**9)}"
        p["license"] = f"{r.choice('BDKS')}{r.randrange(10**6, 10**8)}"
        p["serial"] = f"{r.choice(['SN', 'PJN', 'R'])}{r.randrange(10**5, 10**8)}{r.choice(['', 'H', 'A'])}"
        p["phone"] = (r.randrange(201, 989), 555, r.randrange(1000, 9999))
        p["fax"] = (r.randrange(201, 989), 555, r.randrange(1000, 9999))
        p["birth"] = (r.randrange(1931, 2005), r.randrange(1, 13), r.randrange(1, 29))
        p["street"] = f"{r.randrange(1, 9999)} {r.choice(STREET[split])}"
        p["town"], p["state"] = r.choice(TOWN[split]), r.choice(STATE[split])
        p["zip"] = f"{r.randrange(10000, 99999)}"
        p["hospital"], p["employer"] = r.choice(HOSPITAL[split]), r.choice(EMPLOYER[split])
        p["email"] = f"{p['first'][0].lower()}{r.randrange(10, 99)}@{r.choice(['example.org', 'mail.example.com'])}"
        self.male = r.random() < 0.5

    def made_up(self):
        return "".join(self.r.choice(part.split()) for part in SYLLABLES[self.split])

    def first(self):
        return self.r.choice(FIRST[self.split])

    def last(self):
        return self.made_up() if self.r.random() < 0.3 else self.r.choice(LAST[self.split])

    def date(self, d=None):
        r = self.r
        y, m, day = d or (r.randrange(2015, 2025), r.randrange(1, 13), r.randrange(1, 29))
        return r.choice([f"{m}/{day}/{y}", f"{m:02d}/{day:02d}/{y}", f"{m}/{day}/{y % 100:02d}", f"{y}-{m:02d}-{day:02d}",
                         f"{MONTHS[m - 1]} {day}, {y}", f"{day} {MONTHS[m - 1][:3]} {y}", f"{m:02d}-{day:02d}-{y}"])

    def phone(self, parts):
        a, b, c = parts
        return self.r.choice([f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"{a} {b} {c}"])

    def typo(self, word):
        if len(word) < 6:
            return word
        i = self.r.randrange(1, len(word) - 2)
        return self.r.choice([word[:i] + word[i + 1] + word[i] + word[i + 2:], word[:i] + word[i + 1:],
                              word[:i] + word[i] + word[i:]])

    def value(self, kind):
        p, r = self.person, self.r
        name = {
            "first": p["first"], "last": p["last"], "initial": p["middle"] + ".", "FIRST": p["first"].upper(),
            "LAST": p["last"].upper(), "firstlower": p["first"].lower(), "lastlower": p["last"].lower(),
            "nick": NICK.get(p["first"], p["first"]), "typofirst": self.typo(p["first"]), "typolast": self.typo(p["last"]),
            "relative": f"{p['relfirst']} {p['rellast']}", "relativefirst": p["relfirst"],
            "relativefirstlower": p["relfirst"].lower(), "doctor": f"{p['docfirst']} {p['doclast']}",
            "doclast": p["doclast"], "doclastlower": p["doclast"].lower(), "DOCLAST": p["doclast"].upper(),
            "DOCTOR": f"{p['docfirst']} {p['doclast']}".upper(), "nurse": f"{p['nursefirst']} {p['nurselast']}",
        }
        if kind in name:
            return name[kind], "name"
        plain = {"Mr": "Mr." if self.male else "Ms.", "He": "He" if self.male else "She", "he": "he" if self.male else "she",
                 "him": "him" if self.male else "her",
                 "relation": r.choice(["wife", "husband", "daughter", "son", "mother", "brother", "sister"])}
        if kind in plain:
            return plain[kind], None
        if kind in ("mrn", "ssn", "account", "member", "license", "serial", "email"):
            return p[kind], {"member": "health_plan", "serial": "device"}.get(kind, kind)
        if kind in ("phone", "fax"):
            return self.phone(p[kind]), kind
        if kind == "dob":
            return self.date(p["birth"]), "date"
        if kind == "date":
            return self.date(), "date"
        if kind == "monthday":
            m, d = r.randrange(1, 13), r.randrange(1, 29)
            return r.choice([f"{MONTHS[m - 1]} {d}", f"{m:02d}/{d:02d}", f"{d} {MONTHS[m - 1]}"]), "date"
        if kind == "monthyear":
            return f"{r.choice(MONTHS)} {r.randrange(2010, 2024)}", "date"
        if kind == "weekday":
            return r.choice("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()), "date"
        if kind == "time":
            return f"{r.randrange(0, 24):02d}:{r.randrange(0, 60):02d}", "date"
        if kind == "age":
            age = r.choice([r.randrange(25, 89), r.randrange(90, 103)])
            return str(age), "age" if age > 89 else None
        if kind == "address":
            return f"{p['street']}, {p['town']}, {p['state']} {p['zip']}", "address"
        if kind == "HOSPITAL":
            return p["hospital"].upper(), "hospital"
        if kind == "room":
            return str(r.randrange(100, 999)), "room"
        return p[kind], {"town": "town", "state": None, "zip": "zip", "hospital": "hospital",
                         "employer": "employer"}[kind]

    def known(self, wrong):
        """The record; with `wrong`, one fact in ten is missing or somebody else's."""
        p = self.person
        other = Maker(self.split, f"other {self.r.random()}").person if wrong else p
        def fact(make):
            if not wrong or self.r.random() >= 0.1:
                return make(p)
            return make(other) if self.r.random() < 0.5 else None
        record = {
            "name": fact(lambda q: [{"given": [q["first"], q["middle"]], "family": q["last"]}]),
            "birthDate": fact(lambda q: "%04d-%02d-%02d" % q["birth"]),
            "phone": fact(lambda q: "(%d) %d-%d" % q["phone"]),
            "fax": fact(lambda q: "(%d) %d-%d" % q["fax"]),
            "email": fact(lambda q: q["email"]),
            "address": fact(lambda q: {"line": [q["street"]], "city": q["town"], "state": q["state"], "postalCode": q["zip"]}),
            "mrn": fact(lambda q: q["mrn"]), "ssn": fact(lambda q: q["ssn"]), "account": fact(lambda q: q["account"]),
            "policy": fact(lambda q: q["member"]), "license": fact(lambda q: q["license"]),
            "device": fact(lambda q: q["serial"]), "employer": fact(lambda q: q["employer"]),
            "contact": fact(lambda q: [{"name": f"{q['relfirst']} {q['rellast']}"}]),
            "providers": fact(lambda q: [{"name": f"{q['docfirst']} {q['doclast']}"}]),
        }
        return {k: v for k, v in record.items() if v is not None}

    def note(self):
        template = self.r.choice(TEMPLATES[self.split])
        text, spans, at = "", [], 0
        while (brace := template.find("{", at)) >= 0:
            end = template.index("}", brace)
            text += template[at:brace]
            value, category = self.value(template[brace + 1:end])
            if category:
                spans.append([len(text), len(text) + len(value), category])
            text += value
            at = end + 1
        text += template[at:]
        return {"template": TEMPLATES[self.split].index(template), "text": text, "spans": spans,
                "known": self.known(False), "wrong": self.known(True)}


def generate(split, count):
    return [Maker(split, i).note() for i in range(count)]


if __name__ == "__main__":
    for each in generate(sys.argv[1], int(sys.argv[2])):
        print(json.dumps(each, ensure_ascii=False))
