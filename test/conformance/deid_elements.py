#!/usr/bin/env python3
"""C-CDA and X12 element by element, and areas, dates and marks in every format, under Safe Harbor.

    deid_elements.py make REFERENCE CSV     n, format, kind, reference date, expected, text
    deid_elements.py judge CSV              n, format, kind, expected, text, copy, copy of the copy
    deid_elements.py zip REFERENCE CSV      zip, basis, expected

canary: every element of the C-CDA rules and every element of every segment of the HIPAA
transactions, each string a marker of its own; none comes out.  kept: what the rules keep; it must
all be there.  marked: the same with the marks of a de-identified copy in it; the copy is the same.
area: every prefix of ZIP codes.  date: births and years around 90 years, leap days, ends of years,
every precision, and days that no calendar has.
"""
import csv
import datetime
import re
import sys

from deid_verdicts import Verdicts

csv.field_size_limit(1 << 30)
HEAD = ('<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">')
SECTION = '<component><structuredBody><component><section>%s</section></component></structuredBody></component>'
ENTRY = SECTION % '<entry>%s</entry>'
OBSERVATION = ENTRY % ('<observation classCode="OBS" moodCode="EVN"><code code="8480-6" '
                       'codeSystem="2.16.840.1.113883.6.1"/>%s</observation>')
PATIENT = '<recordTarget><patientRole>%s</patientRole></recordTarget>'
PERSON = PATIENT % '<patient>%s</patient>'
DRUG = ENTRY % '<substanceAdministration classCode="SBADM" moodCode="EVN">%s</substanceAdministration>'
SNOMED = 'code="73211009" codeSystem="2.16.840.1.113883.6.96"'
RXNORM = 'code="197361" codeSystem="2.16.840.1.113883.6.88"'
LOINC = 'code="8480-6" codeSystem="2.16.840.1.113883.6.1"'

# Elements that the rules remove, where they stand: {} is where they go.
REMOVED = {
    "{}": "id setId versionNumber title dataEnterer informant legalAuthenticator authenticator informationRecipient "
          "relatedDocument inFulfillmentOf authorization participant author custodian documentationOf",
    PATIENT.replace("%s", "{}"): "id telecom providerOrganization",
    PERSON.replace("%s", "{}"): "name birthplace guardian id desc",
    PATIENT.replace("%s", "<addr>{}</addr>"): "city county streetAddressLine censusTract additionalLocator houseNumber "
          "postBox precinct direction useablePeriod state postalCode country",
    SECTION.replace("%s", "{}"): "text id author informant subject",
    OBSERVATION.replace("%s", "{}"): "id text author informant performer participant reference specimen subject "
          "languageCode derivationExpr value entryRelationship referenceRange targetSiteCode methodCode",
    DRUG.replace("%s", "{}"): "id text consumable author performer participant precondition effectiveTime "
          "doseQuantity routeCode entryRelationship product",
    "<componentOf><encompassingEncounter>{}</encompassingEncounter></componentOf>":
        "id location responsibleParty encounterParticipant code effectiveTime dischargeDispositionCode",
    ENTRY.replace("%s", '<organizer classCode="CLUSTER" moodCode="EVN"><subject><relatedSubject classCode="PRS">'
                  "<subject>{}</subject></relatedSubject></subject></organizer>"): "name birthTime id administrativeGenderCode",
    ENTRY.replace("%s", "{}"): "observationMedia regionOfInterest act encounter procedure supply organizer",
}
INSIDE = "id code name addr telecom text title value time effectiveTime low high translation originalText reference".split()


class Marks:
    def __init__(self, word):
        self.word, self.n = word, 0

    def __call__(self):
        self.n += 1
        return "%s%d" % (self.word, self.n)


def cda_canaries():
    for place, names in REMOVED.items():
        for name in names.split():
            m = Marks("QzxMark")

            def element(name, inner="", code=False):
                attributes = " ".join('%s="%s"' % (a, m()) for a in (
                    "ID root extension code displayName codeSystemName codeSystemVersion value unit use classCode moodCode "
                    "typeCode nullFlavor assigningAuthorityName mediaType").split())
                system = ' codeSystem="2.16.840.1.113883.6.1"' if code else ' codeSystem="%s"' % m()
                return "<%s %s%s>%s%s%s</%s>%s" % (name, attributes, system, m(), inner, m(), name, m())
            for code in (True, False):
                inner = "".join(element(i, element("translation") + element("given"), code) for i in INSIDE)
                yield HEAD + place.replace("{}", element(name, inner, code) + "<!-- %s --><?%s %s?>" % (m(), m(), m())) \
                    + "</ClinicalDocument>"


def cda_kept():
    def coded(name, code, system, place=PERSON):
        return place % '<%s code="%s" codeSystem="%s" displayName="x"/>' % (name, code, system), \
            ['<%s code="%s" codeSystem="%s"/>' % (name, code, system)]
    yield coded("administrativeGenderCode", "F", "2.16.840.1.113883.5.1")
    yield coded("maritalStatusCode", "M", "2.16.840.1.113883.5.2")
    yield coded("religiousAffiliationCode", "1013", "2.16.840.1.113883.5.1076")
    yield coded("raceCode", "2106-3", "2.16.840.1.113883.6.238")
    yield coded("ethnicGroupCode", "2186-5", "2.16.840.1.113883.6.238")
    yield PERSON % '<languageCommunication><languageCode code="en"/><preferenceInd value="true"/></languageCommunication>', \
        ['<languageCode code="en"/>', '<preferenceInd value="true"/>']
    yield PERSON % '<birthTime value="19700405"/><sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20200304"/>', \
        ['<birthTime value="1970"/>', '<sdtc:deceasedInd value="true"/>', '<sdtc:deceasedTime value="2020"/>']
    yield PATIENT % '<addr use="HP"><state>MA</state><postalCode>02115-1234</postalCode><country>US</country></addr>', \
        ['<addr use="HP"><state>MA</state><postalCode>021</postalCode><country>US</country></addr>']
    yield '<realmCode code="US"/><templateId root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"/><languageCode code="en-US"/>' \
        '<effectiveTime value="20200304"/><confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25"/>', \
        ['<realmCode code="US"/>', 'root="2.16.840.1.113883.10.20.22.1.2" extension="2015-08-01"', '<languageCode code="en-US"/>',
         '<effectiveTime value="2020"/>', '<confidentialityCode code="N"']
    yield SECTION % '<templateId root="2.16.840.1.113883.10.20.22.2.4"/><code %s/>' % LOINC, \
        ['<templateId root="2.16.840.1.113883.10.20.22.2.4"/>', "<code %s/>" % LOINC]
    for value, kept in (
            ('xsi:type="PQ" value="120" unit="mm[Hg]"', 'xsi:type="PQ" value="120" unit="mm[Hg]"'),
            ('xsi:type="INT" value="3"', 'xsi:type="INT" value="3"'), ('xsi:type="REAL" value="3.5"', 'xsi:type="REAL" value="3.5"'),
            ('xsi:type="BL" value="true"', 'xsi:type="BL" value="true"'), ('xsi:type="TS" value="20200304"', 'xsi:type="TS" value="2020"'),
            ('xsi:type="CD" ' + SNOMED, 'xsi:type="CD" ' + SNOMED)):
        yield OBSERVATION % "<value %s/>" % value, ["<value %s/>" % kept]
    yield OBSERVATION % ('<statusCode code="completed"/><effectiveTime><low value="20200304"/><high value="202105"/></effectiveTime>'
                         '<value xsi:type="IVL_PQ"><low value="1" unit="mg"/><high value="2" unit="mg"/></value>'
                         '<interpretationCode code="N" codeSystem="2.16.840.1.113883.5.83"/><methodCode %s/>'
                         '<targetSiteCode code="73211009" codeSystem="2.16.840.1.113883.6.96"/>'
                         '<referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="1" unit="mg"/></value>'
                         '</observationRange></referenceRange>' % LOINC), \
        ['<statusCode code="completed"/>', '<effectiveTime><low value="2020"/><high value="2021"/></effectiveTime>',
         '<low value="1" unit="mg"/><high value="2" unit="mg"/>', '<interpretationCode code="N"', "<methodCode " + LOINC,
         '<targetSiteCode code="73211009"', '<observationRange><value xsi:type="IVL_PQ"><low value="1" unit="mg"/>']
    yield OBSERVATION % '<value xsi:type="RTO_PQ_PQ"><numerator value="1" unit="mg"/><denominator value="2" unit="mL"/></value>', \
        ['<numerator value="1" unit="mg"/><denominator value="2" unit="mL"/>']
    yield DRUG % ('<statusCode code="active"/><effectiveTime xsi:type="PIVL_TS"><period value="6" unit="h"/></effectiveTime>'
                  '<repeatNumber value="2"/><routeCode %s/><doseQuantity value="5" unit="mg"/><rateQuantity value="1" unit="mL/h"/>'
                  '<maxDoseQuantity><numerator value="4" unit="mg"/><denominator value="1" unit="d"/></maxDoseQuantity>'
                  '<administrationUnitCode %s/><consumable><manufacturedProduct classCode="MANU"><manufacturedMaterial><code %s/>'
                  '</manufacturedMaterial></manufacturedProduct></consumable>' % (LOINC, LOINC, RXNORM)), \
        ['<period value="6" unit="h"/>', '<repeatNumber value="2"/>', "<routeCode " + LOINC, '<doseQuantity value="5" unit="mg"/>',
         '<rateQuantity value="1" unit="mL/h"/>', '<numerator value="4" unit="mg"/>', "<administrationUnitCode " + LOINC,
         "<code %s/>" % RXNORM, 'classCode="MANU"']
    yield ENTRY % ('<act classCode="ACT" moodCode="EVN"><code %s><translation %s/></code><statusCode code="active"/><priorityCode %s/>'
                   '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN" negationInd="false">'
                   '<code %s/></observation></entryRelationship></act>' % (LOINC, LOINC, LOINC, LOINC)), \
        ["<translation " + LOINC, "<priorityCode " + LOINC, 'typeCode="SUBJ" inversionInd="true"', 'negationInd="false"']
    for act in ("encounter", "procedure", "supply"):
        yield ENTRY % '<%s classCode="ENC" moodCode="EVN"><code %s/><effectiveTime value="20200304"/></%s>' % (act, LOINC, act), \
            ["<%s classCode" % act, "<code " + LOINC, '<effectiveTime value="2020"/>']


# Segments as they come and as they must go, 45 CFR 164.514(b)(2) by x12_rules.csv.
X12_KEPT = """CUR*85*USD|CUR*85*USD
AMT*F5*12.5|AMT*F5*12.5
QTY*CA*3|QTY*CA*3
CAS*CO*45*12*1*96*3|CAS*CO*45*12*1*96*3
LX*1|LX*1
HL*2*1*22*1|HL*2*1*22*1
SV1*HC:99213:25*100*UN*1*11**1:2|SV1*HC:99213:25*100*UN*1*11**1:2
SV2*0300*HC:80048*1*UN*1|SV2*0300*HC:80048*1*UN*1
SV3*AD:D0120*50|SV3*AD:D0120*50
SVC*HC:99213*100*80|SVC*HC:99213*100*80
SVD*PAYER*80*HC:99213**1|SVD**80*HC:99213**1
MOA*0.5*12*MA01|MOA*0.5*12*MA01
MIA*1*2*3|MIA*1*2*3
LIN**N4*00002143480|LIN**N4*00002143480
PRV*BI*PXC*207Q00000X|PRV*BI*PXC*207Q00000X
TOO*JP*8|TOO*JP*8
UM*HS*I*1*11:B|UM*HS*I*1*11:B
EQ*30|EQ*30
EB*1*IND*30*MC|EB*1*IND*30*MC
HI*ABK:E119*ABF:I10|HI*ABK:E119*ABF:I10
HI*BH:11:D8:20200304|HI*BH:11:D8:20200101
CL1*1*2*01|CL1*1*2*01
CLM*A1*100***11:B:1*Y*A*Y*Y**AA:::MA|CLM*DEID*100***11:B:1*Y*A*Y*Y**AA:::MA
CLP*A1*1*100*80*20*MC*Y1*11*1|CLP*DEID*1*100*80*20*MC*DEID*11*1
DMG*D8*19800405*F|DMG*D8*19800101*F
DTP*472*D8*20200304|DTP*472*D8*20200101
DTP*434*RD8*20200304-20200405|DTP*434*RD8*20200101-20200101
DTM*232*20200304|DTM*232*20200101
N4*BOSTON*MA*02115*US|N4**MA*021*US
NM1*IL*1*A*B****MI*C1|NM1*IL*1******MI
SBR*P*18*G1*N*****CI|SBR*P*18*******CI
PAT*01****D8*20200304*01*150|PAT*01****D8*20200101*01*150
CRC*07*Y*01|CRC*07*Y*01
CR1*LB*150**A*DH*10|CR1*LB*150**A*DH*10
BHT*0019*00*R1*20200304*1200*CH|BHT*0019*00*DEID*20200101**CH
BPR*I*100*C*ACH************20200304|BPR*I*100*C*ACH************20200101
TRN*1*T1|TRN*1*DEID"""
ISA = ("ISA*%s*%-10s*00*          *ZZ*%-15s*ZZ*%-15s*200304*1200*^*00501*000000009*0*T*:~"
       "GS*HC*%s*%s*20200304*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~")
END = "SE*1*0001~GE*1*1~IEA*1*000000009~"


def x12(body, first=("00", "")):
    return ISA % (first + ("S", "R", "S", "R")) + body + END


def x12_canaries(reference):
    segments = {}
    with open(reference + "/tables/x12_elements.csv", newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            number = re.sub(r"^" + row["segment"], "", row["element"])[:2]
            if number.isdigit():
                segments[row["segment"]] = max(segments.get(row["segment"], 0), int(number))
    for segment in ("N2", "K3", "PER", "REF", "NTE", "MSG", "RDM", "PWK", "CN1", "TS3", "QQQ"):
        segments.setdefault(segment, 6)
    for segment, most in sorted(segments.items()):
        if segment in ("ISA", "GS", "ST", "SE", "GE", "IEA"):
            continue
        for kind in ("word", "number", "date", "qualified"):
            m = Marks("QZX")
            elements = []
            for i in range(1, most + 4):
                if kind == "number":
                    elements.append("61755%05d" % i)
                elif kind == "date":
                    elements.append("D8" if i % 2 else "195001%02d" % (i + 1))
                elif kind == "qualified" and i == 1:
                    elements.append({"NM1": "IL", "DTP": "472", "REF": "SY", "HI": "ABK:" + m()}.get(segment, m()))
                elif kind == "qualified" and (segment, i) in (("NM1", 8), ("DTP", 2)):
                    elements.append({"NM1": "MI", "DTP": "D8"}[segment])
                else:
                    elements.append(":".join(m() for _ in range(4)) + "^" + m())
            yield x12(segment + "*" + "*".join(elements) + "~")


def over(birth, reference):
    """Whether a birth date that may be partial can mean 90 completed years."""
    y, m, d = (birth + [1, 1])[:3]
    return reference.year - y - ((reference.month, reference.day) < (m, d)) >= 90


def dates():
    references = [datetime.date(*d) for d in ((2024, 6, 1), (2024, 2, 29), (2023, 2, 28), (2023, 3, 1), (2023, 12, 31), (2024, 1, 1))]
    for reference in references:
        births = set()
        for years in (89, 90, 91):
            year = reference.year - years
            births.update({(year,), (year, 1), (year, 12), (year, 1, 1), (year, 12, 31), (year, 2, 28), (year, 3, 1)})
            if year % 4 == 0:
                births.add((year, 2, 29))
            for days in (-1, 0, 1):
                near = reference + datetime.timedelta(days)
                births.add((year, near.month))
                if (near.month, near.day) != (2, 29) or year % 4 == 0:
                    births.add((year, near.month, near.day))
        births.update({(1980, 2, 29), (2000, 2, 29), (1980,), (1980, 7), (1980, 7, 9)})
        for birth in sorted(births):
            yield reference, "".join("%0*d" % (4 if i == 0 else 2, p) for i, p in enumerate(birth)), \
                "" if over(list(birth), reference) else "%04d" % birth[0]
        for wrong in ("19800230", "19810229", "19000229", "19801301", "19800001", "19800100", "19800132", "1980040",
                      "19804", "00000101", "198004051", "1980040512345678", "A9800405"):
            yield reference, wrong, ""


def born(text, form):
    dashed = re.sub(r"^(.{4})(..)?(..)?$", lambda m: "-".join(g for g in m.groups() if g), text) if len(text) in (4, 6, 8) else text
    return {
        "hl7v2": "MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\rPID|||||||%s\r" % text,
        "xml": HEAD + PERSON % '<birthTime value="%s"/>' % text + "</ClinicalDocument>",
        "x12": x12("DMG*D8*%s*F~" % text),
        "fhir": '{"resourceType":"Patient","gender":"female","birthDate":"%s"}' % dashed}[form]


FOUND = {"hl7v2": r"PID\|{7}(\d*)", "xml": r'<birthTime value="(\d*)"', "x12": r"DMG\*D8\*(\d*)", "fhir": r'"birthDate": "([^"]*)"'}
AREA = {"hl7v2": ("MSH|^~\\&|||||||ADT^A01|1|P|2.5.1\rPID|||||||||||^^^^%s01\r", r"PID\|{11}\^{4}(\d*)"),
        "xml": (HEAD + PATIENT % "<addr><postalCode>%s01</postalCode></addr>" + "</ClinicalDocument>", r"<postalCode>(\d*)<"),
        "x12": (x12("N4***%s01~"), r"N4\*{3}(\d*)"),
        "fhir": ('{"resourceType":"Patient","address":[{"postalCode":"%s01"}]}', r'"postalCode": "(\d*)"')}


def areas(reference):
    people, listed = {}, set()
    with open(reference + "/privacy/zip3_population.csv", newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            people[row["zip3"]] = (int(row["pop2010"] or 0), int(row["pop2020"] or 0))
            if row["restricted_2000_hhs"] == "1":
                listed.add(row["zip3"])
    with open(reference + "/privacy/zip3_restricted.csv", newline="", encoding="utf-8") as f:
        listed.update(r["zip3"] for r in csv.DictReader(f) if r["hhs_guidance_census2000"] == "1")
    for n in range(1000):
        area = "%03d" % n
        p2010, p2020 = people.get(area, (0, 0))
        known2000 = p2010 + p2020 > 0 and area not in listed
        yield area, {"2000": known2000, "2010": p2010 > 20000, "2020": p2020 > 20000,
                     "conservative": known2000 and p2010 > 20000 and p2020 > 20000}


def make(reference, out):
    rows = []
    for text in cda_canaries():
        rows.append(("xml", "canary", "2026-01-01", "", text))
    for inside, kept in cda_kept():
        rows.append(("xml", "kept", "2026-01-01", "\n".join(kept), HEAD + inside + "</ClinicalDocument>"))
        rows.append(("xml", "kept", "2026-01-01", "\n".join(kept), HEAD + "<title>DEIDENTIFIED</title>" + inside + "</ClinicalDocument>"))
    for text in x12_canaries(reference):
        rows.append(("x12", "canary", "2026-01-01", "", text))
    for line in X12_KEPT.split("\n"):
        before, after = line.split("|")
        for first in (("00", ""), ("03", "CCYY0101")):  # marked as a copy, or not
            rows.append(("x12", "kept", "2026-01-01", "~" + after + "~", x12(before + "~", first)))
    marked = "MSH|^~\\&|DEID|DEID|||2020||ADT^A01|DEID|P|2.5.1\rPID|||QZX1||QZX2||19800405|F\r"
    rows.append(("hl7v2", "canary", "2026-01-01", "", marked))
    for meta in ('"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"ANONYED"}]',
                 '"tag":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED","display":"QZX1"}]'):
        rows.append(("fhir", "canary", "2026-01-01", "", '{"resourceType":"Patient","id":"QZX2","meta":{%s},"name":[{"family":"QZX3"}],'
                     '"birthDate":"1980-01-02","extension":[{"url":"http://QZX4","valueString":"QZX5"}]}' % meta))
    for area, kept in areas(reference):
        for form, (text, _) in AREA.items():
            rows.append((form, "area", "2026-01-01", area if kept["2020"] else "000", text % area))
    for at, text, kept in dates():
        for form in FOUND:
            if form == "x12" and len(text) < 8 or form == "fhir" and len(text) not in (4, 6, 8):
                continue
            expected = kept + "0101" if form == "x12" and kept else kept
            rows.append((form, "date", at.isoformat(), expected, born(text, form)))
    with open(out, "w", newline="", encoding="utf-8") as f:
        csv.writer(f).writerows((n,) + row for n, row in enumerate(rows, 1))


def judge(path):
    verdicts = Verdicts()
    for n, form, kind, at, expected, text, copy, again in csv.reader(open(path, newline="", encoding="utf-8")):
        bad = []
        if kind == "canary":
            hit = re.search(r".{0,30}(QzxMark\d|QZX\d|61755\d|1950-?01-?0[2-9]|1950011).{0,20}", copy, re.I)
            if hit:
                bad.append("canary: " + hit.group())
        elif kind == "kept":
            bad += ["gone: " + one for one in expected.split("\n") if one not in copy]
        else:
            hit = re.search(FOUND[form] if kind == "date" else AREA[form][1], copy)
            got = hit.group(1) if hit else ""
            if got != expected:
                bad.append("%s %s: %s instead of %s" % (kind, text[-60:], got, expected))
        if not copy:
            bad.append("nothing came out")
        elif again != copy and not (kind == "date" and not re.search(FOUND[form], again)):
            # A year of birth alone, exactly 90 years back, may mean 90: it goes in the second pass.
            bad.append("not stable: " + copy[-80:] + " / " + again[-80:])
        verdicts.add([f"{form} {what}" for what in bad])
    verdicts.report()


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3])
    elif sys.argv[1] == "zip":
        with open(sys.argv[3], "w", newline="", encoding="utf-8") as f:
            csv.writer(f).writerows((area + "01", basis, area if large else "000")
                                    for area, kept in areas(sys.argv[2]) for basis, large in kept.items())
    else:
        judge(sys.argv[2])
