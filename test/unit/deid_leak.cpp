#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "core/json.h"
#include "deid/leak_canary.h"
#include "deid/leak_identifiers.h"
#include "deid/leak_matcher.h"
#include "deid/leak_text.h"

namespace clinical::deid {
namespace {

std::string found(LeakMatcher &matcher, std::string_view text, LeakPlace place = {}) {
    std::string out;
    for (const LeakHit &hit : matcher.search(text, place)) {
        if (!out.empty()) out += ' ';
        out += std::string(name_of(hit.severity)) + ":" + std::string(name_of(hit.category));
    }
    return out;
}

TEST(LeakText, FoldsCaseMarksWidthAndInvisibles) {
    EXPECT_EQ(fold("M\xC3\x9CLLER"), "muller");
    EXPECT_EQ(fold("Mu\xCC\x88ller"), "muller");
    EXPECT_EQ(fold("Stra\xC3\x9F"
                   "e"),
              "strasse");
    EXPECT_EQ(fold("\xC5\x81\xC3\xB3"
                   "d\xC5\xBA"),
              "lodz");
    EXPECT_EQ(fold("S\xC3\xB8ren"), "soren");
    EXPECT_EQ(fold("\xEF\xBC\xA1\xEF\xBC\xA2"), "ab");
    EXPECT_EQ(fold("so\xE2\x80\x8Bren"), "soren");
    EXPECT_EQ(fold("\xD9\xA1\xD9\xA2"), "12");
}

TEST(LeakText, UndoesEscapes) {
    EXPECT_EQ(undo_escapes("\\u0041b"), "Ab");
    EXPECT_EQ(undo_escapes("&#65;&amp;&#x42;"), "A&B");
    EXPECT_EQ(undo_escapes("%41b"), "Ab");
    EXPECT_EQ(undo_escapes("Smith\\T\\Sons"), "Smith&Sons");
    EXPECT_EQ(undo_escapes("\\X4142\\"), "AB");
    EXPECT_EQ(undo_escapes("100% \\ &"), "");
}

TEST(LeakText, DecodesBytes) {
    EXPECT_EQ(decode_bytes("M\xFCller"), "M\xC3\xBCller");
    EXPECT_EQ(decode_bytes("M\xC3\xBCller"), "M\xC3\xBCller");
    EXPECT_EQ(decode_bytes("\xB1", "8859/2"), "\xC4\x85");
}

TEST(LeakMatcher, FindsNamesHoweverWritten) {
    LeakMatcher m;
    m.add_name("O'Bryanne", "Zebulon");
    for (const char *text : {"O'Bryanne", "OBRYANNE", "o bryanne", "zebulon", "Obryanne, Zebulon",
                             "ZebulonOBryanne", "mr.zebulon(2)"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "zebulonia"), "review:name");  // sounds the same
    EXPECT_EQ(found(m, "bryan"), "review:name");
}

TEST(LeakMatcher, WordsThatAreAlikeAreForReview) {
    LeakMatcher m;
    m.add_name("Zandtvoort", "Robert");
    for (const char *text : {"zandtvort", "Zandttvoort", "Zandtvoord", "Zantdvoort", "Xandtvoort",
                             "Zanndtfoert seen", "Zandtvoart", "Bob", "ROBBY bobby", "Roberd"})
        EXPECT_EQ(found(m, text), "review:name") << text;
    EXPECT_EQ(found(m, "zandtvoort"), "blocking:name");
    for (const char *text : {"Zand", "forty", "standard", "Body height", "report", "Billy"})
        EXPECT_EQ(found(m, text), "") << text;
    // Where codes stand, and in numbers, no word is compared.
    EXPECT_EQ(found(m, "zandtvort", {.code = true}), "");
}

TEST(LeakMatcher, OrdinaryAndShortWordsAreForReview) {
    LeakMatcher m;
    m.add_name("White", "Qi");
    EXPECT_EQ(found(m, "White"), "review:name");
    EXPECT_EQ(found(m, "Qi"), "review:name");
    EXPECT_EQ(found(m, "White, Qi"), "blocking:name");
    m.add_name("Glucosa", "Zebulon");
    EXPECT_EQ(found(m, "glucosa"), "blocking:name");
    m.add_ordinary("Glucosa en sangre");
    EXPECT_EQ(found(m, "glucosa"), "review:name");
}

TEST(LeakMatcher, FindsShortWordsThatAreOneIdentifier) {
    LeakMatcher m;
    m.add_text(LeakCategory::geography, "Elm St");
    m.add_text(LeakCategory::geography, "A Zo");
    m.add_name("Anq", "");
    EXPECT_EQ(found(m, "ELM ST"), "blocking:geography");
    EXPECT_EQ(found(m, "elm-st", {.code = true}), "");
    EXPECT_EQ(found(m, "a zo"), "review:geography");
    EXPECT_EQ(found(m, "an q"), "");
}

TEST(LeakMatcher, TellsStreetsFromTowns) {
    // In either order of reading: a line with a house number is a street, other words are a town
    // where somebody lives in a town of that name.
    for (const bool town_first : {false, true}) {
        LeakMatcher m;
        const auto towns = [&] {
            m.add_text(LeakCategory::geography, "Quince Hollow");
            m.add_text(LeakCategory::geography, "12 Quince Hollow");
        };
        if (town_first) towns();
        m.add_text(LeakCategory::street, "12 Quince Hollow");
        m.add_text(LeakCategory::street, "Quince Hollow");
        m.add_text(LeakCategory::street, "Perrywinkle Lane");
        if (!town_first) towns();
        EXPECT_EQ(found(m, "quince hollow"), "blocking:geography") << town_first;
        EXPECT_EQ(found(m, "perrywinkle lane"), "blocking:street") << town_first;
        EXPECT_NE(found(m, "12 QUINCE HOLLOW").find("blocking:street"), std::string::npos)
            << town_first;
    }
}

TEST(LeakMatcher, ComparesNumbersByDigits) {
    LeakMatcher m;
    m.add_text(LeakCategory::mrn, "00912345678");
    for (const char *text : {"00912345678", "912345678", "912-345-678", "0912 345 678",
                             "MRN912345678", "(912) 345.678"})
        EXPECT_EQ(found(m, text), "blocking:mrn") << text;
    EXPECT_EQ(found(m, "912345678", {.number = true}), "blocking:mrn");
    EXPECT_EQ(found(m, "912345679"), "");
    EXPECT_EQ(found(m, "9123456789"), "");
}

TEST(LeakMatcher, ShortNumbersAreJudgedByPlace) {
    LeakMatcher m;
    m.add_text(LeakCategory::mrn, "84806");
    EXPECT_EQ(found(m, "84806"), "blocking:mrn");
    EXPECT_EQ(found(m, "room 84806"), "review:mrn");
    EXPECT_EQ(found(m, "84806", {.number = true}), "review:mrn");
    EXPECT_EQ(found(m, "8480-6", {.code = true}), "review:mrn");
    m.add_text(LeakCategory::account, "1987");
    EXPECT_EQ(found(m, "1987"), "review:account");
    m.add_text(LeakCategory::account, "987");
    EXPECT_EQ(found(m, "987"), "");
}

TEST(LeakMatcher, FindsDatesInEveryOrder) {
    LeakMatcher m;
    m.add_date(1950, 3, 5);
    for (const char *text :
         {"1950-03-05", "19500305", "3/5/1950", "03/05/1950", "05.03.1950", "March 5, 1950",
          "5 Mar 1950", "19500305123000", "1950-03-05T10:00:00Z"})
        EXPECT_EQ(found(m, text), "blocking:date") << text;
    EXPECT_EQ(found(m, "3/5/50"), "review:date");
    EXPECT_EQ(found(m, "30550"), "");
    EXPECT_EQ(found(m, "1950"), "");
}

TEST(LeakMatcher, ShapesBlockWithoutBeingKnown) {
    LeakMatcher m;
    EXPECT_EQ(found(m, "2011-04"), "blocking:date");
    EXPECT_EQ(found(m, "2011-04-09"), "blocking:date");
    EXPECT_EQ(found(m, "2011"), "");
    EXPECT_EQ(found(m, "2019-8"), "");  // a LOINC code
    EXPECT_EQ(found(m, "somebody@example.org"), "blocking:email");
    EXPECT_EQ(found(m, "xxx-xx-1234"), "blocking:ssn");
    EXPECT_EQ(found(m, std::string(240, 'Q')), "blocking:image");
}

constexpr std::string_view message =
    "MSH|^~\\&|A|B|C|D|20210304050607||ADT^A01|CTRL00012|P|2.5.1\r"
    "PID|1||7788990^^^H&1.2.840.113619.2.62&ISO^MR~123-45-6789^^^SSA^SS||"
    "Van Zandt&Van&Zandt^Ottoline^Q~Alias\\T\\Co^Second||19410908|F|||"
    "12 Quince Street^Apt 5^Quahog^RI^02907-1234||(401)555-0199^PRN^PH|||||9911223344|"
    "987654321\r"
    "NK1|1|Perrywinkle^Bess|SPO||4015550177\r"
    "OBX|1|TX|N||call 401-555-0142 or write to nn@mailbox.example, seen 2/14/2019\r"
    "PV1|1|I||||||||||||||||||VX445566\r"
    "OBX|2|CE|8480-6^Systolic^LN||A^Acceptable^L\r"
    "ZPD|Grimsditch^Waldo|AB123456X\r";

TEST(LeakIdentifiers, ReadsEverySegment) {
    LeakMatcher m;
    add_identifiers(message, m);
    for (const char *text : {"Van Zandt", "Zandt", "Ottoline", "perrywinkle", "Bess", "Alias & Co"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "Grimsditch"), "review:name");
    EXPECT_EQ(found(m, "AB123456X"), "review:other");
    EXPECT_EQ(found(m, "VX445566"), "review:other");  // one field off
    EXPECT_EQ(found(m, "7788990"), "blocking:mrn");
    EXPECT_EQ(found(m, "123456789"), "blocking:ssn");
    EXPECT_EQ(found(m, "987-65-4321"), "blocking:ssn");
    EXPECT_EQ(found(m, "9911223344"), "blocking:account");
    EXPECT_EQ(found(m, "Quahog"), "blocking:geography");
    EXPECT_EQ(found(m, "02907"), "blocking:geography");
    EXPECT_EQ(found(m, "quince street"), "blocking:street");
    EXPECT_EQ(found(m, "401 555 0199"), "blocking:phone");
    EXPECT_EQ(found(m, "5550177"), "blocking:phone");
    EXPECT_EQ(found(m, "401.555.0142"), "blocking:other");
    EXPECT_EQ(found(m, "nn@mailbox.example"), "blocking:email");
    EXPECT_EQ(found(m, "14 Feb 2019"), "blocking:date");
    EXPECT_EQ(found(m, "September 8, 1941"), "blocking:date");
    EXPECT_EQ(found(m, "CTRL00012"), "blocking:other");
    // What a release keeps.
    for (const char *text : {"8480-6", "Systolic", "A", "Acceptable", "1941", "female", "RI", "029",
                             "http://loinc.org", "Body height"})
        EXPECT_EQ(found(m, text), "") << text;
}

TEST(LeakIdentifiers, OwnDelimitersAndLineEnds) {
    LeakMatcher m;
    add_identifiers(
        "MSH#*@!%#A#B#C#D#20210304##ADT*A01#1#P#2.5\n"
        "PID#1##5566778*X@6677889##Quibblington%Q*Yorick!S!Zed#\n",
        m);
    EXPECT_EQ(found(m, "5566778"), "blocking:mrn");
    EXPECT_EQ(found(m, "6677889"), "blocking:mrn");
    EXPECT_EQ(found(m, "Quibblington"), "blocking:name");
    EXPECT_EQ(found(m, "Yorick"), "blocking:name");
}

TEST(LeakIdentifiers, TakesMalformedRecords) {
    for (const char *record : {"", "MSH", "MSH|", "PID|||", "garbage", "MSH|^~\\&\rPID", "\r\r\n",
                               "MSH|||||||\rPID|^^^&&&~~~|"}) {
        LeakMatcher m;
        add_identifiers(record, m);
    }
    LeakMatcher m;
    add_identifiers("PID|1||4455667||Nohead^Headless\r", m);
    EXPECT_EQ(found(m, "headless"), "blocking:name");
}

TEST(LeakIdentifiers, LatinOneNames) {
    LeakMatcher m;
    add_identifiers(
        "MSH|^~\\&|A|B|C|D|2021||ADT^A01|1|P|2.5||||||8859/"
        "1\rPID|1||1||M\xFCllersch\xF6n^J\xFCrgen\r",
        m);
    EXPECT_EQ(found(m, "M\xC3\xBCllersch\xC3\xB6n"), "blocking:name");
    EXPECT_EQ(found(m, "jurgen"), "blocking:name");
}

TEST(LeakIdentifiers, ReadsFhir) {
    LeakMatcher m;
    ASSERT_TRUE(add_identifiers("fhir", R"({"resourceType": "Bundle", "entry": [
        {"fullUrl": "http://h.example/Patient/77", "resource": {"resourceType": "Patient", "id": "pt-445566",
         "identifier": [{"type": {"coding": [{"code": "MR", "system": "urn:x"}]}, "value": "7788990"},
             {"system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"}],
         "name": [{"family": "Zandtvoort", "given": ["Ottoline", "Quentina"]}, {"text": "Tilly Quibble"}],
         "telecom": [{"system": "phone", "value": "(401)555-0199"}, {"value": "ottoline@mailbox.example"}],
         "birthDate": "1941-09-08", "address": [{"line": ["12 Quince Street"], "city": "Quahogport",
             "state": "RI", "postalCode": "02907-1234"}],
         "generalPractitioner": [{"reference": "Practitioner/gp-991122", "display": "Dr Perrywinkle"}]}},
        {"resource": {"resourceType": "Observation", "code": {"coding": [{"system": "http://loinc.org",
            "code": "8480-6", "display": "Systolic"}]}, "valueString": "call 617-555-0142",
            "effectiveDateTime": "2019-02-14T10:00:00Z"}},
        {"resource": {"resourceType": "Device", "serialNumber": "SNX4455667"}}]})",
                                m));
    for (const char *text :
         {"Zandtvoort", "ottoline", "Quentina", "Tilly", "Quibble", "Perrywinkle"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "7788990"), "blocking:mrn");
    EXPECT_EQ(found(m, "123456789"), "blocking:ssn");
    EXPECT_EQ(found(m, "401 555 0199"), "blocking:phone");
    EXPECT_EQ(found(m, "6175550142"), "blocking:other");
    EXPECT_EQ(found(m, "OTTOLINE@mailbox.example"), "blocking:email blocking:name");
    EXPECT_EQ(found(m, "8 Sep 1941"), "blocking:date");
    EXPECT_EQ(found(m, "20190214"), "blocking:date");
    EXPECT_EQ(found(m, "12 quince street"), "blocking:street");
    EXPECT_EQ(found(m, "Quahogport"), "blocking:geography");
    EXPECT_EQ(found(m, "02907"), "blocking:geography");
    EXPECT_EQ(found(m, "pt445566"), "blocking:other");
    EXPECT_EQ(found(m, "gp-991122"), "blocking:other");
    EXPECT_EQ(found(m, "snx-4455667"), "blocking:device");
    for (const char *text : {"8480-6", "Systolic", "1941", "RI", "http://loinc.org"})
        EXPECT_EQ(found(m, text, {.code = true}), "") << text;
    // A resource a line; what no parser accepts, by its look.
    LeakMatcher lines;
    add_identifiers("fhir", "{\"name\": {\"family\": \"Quibblington\"}}\n{\"broken: 4455667\n",
                    lines);
    EXPECT_EQ(found(lines, "quibblington"), "blocking:name");
    EXPECT_EQ(found(lines, "4455667"), "blocking:other");
}

TEST(LeakIdentifiers, ReadsCcda) {
    const char *document = R"(<ClinicalDocument xmlns="urn:hl7-org:v3">
        <id root="2.16.840.1.113883.19" extension="DOC445566"/><effectiveTime value="20190214103000"/>
        <recordTarget><patientRole><id root="1.2.3" extension="7788990"/>
        <id root="2.16.840.1.113883.4.1" extension="123-45-6789"/>
        <addr><streetAddressLine>12 Quince Street</streetAddressLine><city>Quahogport</city>
        <state>RI</state><postalCode>02907</postalCode></addr><telecom value="tel:+1(401)555-0199"/>
        <telecom value="mailto:nn@mailbox.example"/><patient><name><given>Ottoline</given>
        <given>Quentina</given><family>Zandtvoort</family></name><birthTime value="19410908"/></patient>
        </patientRole></recordTarget><author><assignedAuthor><representedOrganization><name>Mercy Quahog</name>
        </representedOrganization></assignedAuthor></author><component><section>
        <code code="48765-2" codeSystem="2.16.840.1.113883.6.1" displayName="Allergies"/>
        <text>Call 617-555-0142, seen 3/4/2018.</text></section></component></ClinicalDocument>)";
    LeakMatcher m;
    ASSERT_TRUE(add_identifiers("ccda", document, m));
    for (const char *text : {"Zandtvoort", "ottoline", "Quentina Zandtvoort", "Mercy Quahog"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "7788990"), "blocking:mrn");
    EXPECT_EQ(found(m, "123456789"), "blocking:ssn");
    EXPECT_EQ(found(m, "doc-445566"), "blocking:other");
    EXPECT_EQ(found(m, "4015550199"), "blocking:phone");
    EXPECT_EQ(found(m, "nn@mailbox.example"), "blocking:email");
    EXPECT_EQ(found(m, "1941-09-08"), "blocking:date");
    EXPECT_EQ(found(m, "Feb 14, 2019"), "blocking:date");
    EXPECT_EQ(found(m, "2018-03-04"), "blocking:date");
    EXPECT_EQ(found(m, "quince street"), "blocking:street");
    EXPECT_EQ(found(m, "02907"), "blocking:geography");
    EXPECT_EQ(found(m, "617 555 0142"), "blocking:other");
    EXPECT_EQ(found(m, "48765-2", {.code = true}), "");
    LeakMatcher broken;
    add_identifiers("ccda", "<ClinicalDocument><name>Quibblington</name><id extension='4455667'",
                    broken);
    EXPECT_EQ(found(broken, "quibblington"), "blocking:name");
}

TEST(LeakIdentifiers, ReadsX12) {
    const std::string isa =
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *210304*1200*^*00501*"
        "000000905*0*P*:~";
    LeakMatcher m;
    ASSERT_TRUE(add_identifiers(
        "x12",
        isa + "GS*HC*A*B*20210304*1200*1*X*005010X222A1~ST*837*0001~BHT*0019*00*REFNO4455*20210304*"
              "1200*CH~"
              "NM1*IL*1*Zandtvoort*Ottoline*Q***MI*POL7654321~N3*12 Quince "
              "Street~N4*Quahogport*RI*02907~"
              "DMG*D8*19410908*F~PER*IC*Bess Perrywinkle*TE*4015550199*EM*nn@mailbox.example~"
              "CLM*ACC5544332*100***11:B:1~REF*SY*123456789~REF*EA*7788990~HI*ABK:R51~"
              "DTP*434*RD8*20190214-20190216~NTE*ADD*seen with 617-555-0142~",
        m));
    for (const char *text : {"Zandtvoort", "ottoline", "Perrywinkle"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "POL7654321"), "blocking:health_plan");
    EXPECT_EQ(found(m, "ACC5544332"), "blocking:account");
    EXPECT_EQ(found(m, "123-45-6789"), "blocking:ssn");
    EXPECT_EQ(found(m, "7788990"), "blocking:mrn");
    EXPECT_EQ(found(m, "REFNO4455"), "blocking:other");
    EXPECT_EQ(found(m, "401-555-0199"), "blocking:phone");
    EXPECT_EQ(found(m, "nn@mailbox.example"), "blocking:email");
    EXPECT_EQ(found(m, "quince street"), "blocking:street");
    EXPECT_EQ(found(m, "Quahogport"), "blocking:geography");
    for (const char *date : {"1941-09-08", "14.02.2019", "16 Feb 2019"})
        EXPECT_EQ(found(m, date), "blocking:date") << date;
    EXPECT_EQ(found(m, "6175550142"), "blocking:other");
    EXPECT_EQ(found(m, "R51", {.code = true}), "");
}

TEST(LeakIdentifiers, ReadsCsv) {
    LeakMatcher m;
    ASSERT_TRUE(add_identifiers(
        "csv",
        "mrn,first_name,last_name,DOB,ssn,phone,email,address,city,zip,note\r\n"
        "7788990,Ottoline,Zandtvoort,1941-09-08,123-45-6789,(401)555-0199,nn@mailbox.example,"
        "12 Quince Street,Quahogport,02907,\"call \"\"Bess\"\", 617-555-0142\"\r\n",
        m));
    for (const char *text : {"Zandtvoort", "ottoline", "OttolineZandtvoort"})
        EXPECT_EQ(found(m, text), "blocking:name") << text;
    EXPECT_EQ(found(m, "7788990"), "blocking:mrn");
    EXPECT_EQ(found(m, "123456789"), "blocking:ssn");
    EXPECT_EQ(found(m, "1941-09-08"), "blocking:date");
    EXPECT_EQ(found(m, "4015550199"), "blocking:phone");
    EXPECT_EQ(found(m, "nn@mailbox.example"), "blocking:email");
    EXPECT_EQ(found(m, "quince street"), "blocking:street");
    EXPECT_EQ(found(m, "02907"), "blocking:geography");
    EXPECT_EQ(found(m, "6175550142"), "blocking:other");
    LeakMatcher bare;  // without a header: by the look
    add_identifiers("csv", "4455667;x;1941-09-08\n", bare);
    EXPECT_EQ(found(bare, "4455667"), "blocking:other");
    EXPECT_EQ(found(bare, "8 Sep 1941"), "blocking:date");
    EXPECT_FALSE(add_identifiers("edi", "ISA", bare));
}

// What shows by its look is taken from what no parser accepts.
TEST(LeakIdentifiers, TakesMalformedDocuments) {
    constexpr std::pair<const char *, const char *> formats[] = {
        {"fhir", " { "}, {"ccda", " "}, {"x12", "~QQQ*"}, {"csv", ","}};
    for (const auto &[format, separator] : formats)
        for (const char *record : {"", "{", "[[[[", "<", "<a", "ISA", "ISA*", "NM1*1~", "\"",
                                   ",,,\n\n\"", "<!DOCTYPE a><a/>", "PER*IC*x*TE", "DTP*1*RD8*-"}) {
            LeakMatcher alone;
            EXPECT_TRUE(add_identifiers(format, record, alone));
            EXPECT_EQ(found(alone, "4455667"), "") << format << ": " << record;
            LeakMatcher m;
            add_identifiers(format, std::string(record) + separator + "4455667", m);
            EXPECT_EQ(found(m, "4455667"), "blocking:other") << format << ": " << record;
        }
    // UTF-16 that ends in half a character.
    std::string units = "\xff\xfe";
    for (const char c : std::string_view("4455667,")) units += {c, '\0'};
    LeakMatcher wide;
    add_identifiers("csv", units + "x", wide);
    EXPECT_EQ(found(wide, "4455667"), "blocking:other");
}

void strings_of(const core::Json &json, LeakMatcher &m, std::vector<LeakHit> &hits) {
    const auto take = [&](std::string_view text, LeakPlace place) {
        const auto &h = m.search(text, place);
        hits.insert(hits.end(), h.begin(), h.end());
    };
    if (json.kind() == core::Kind::string) take(json.as_text(), {});
    if (json.kind() == core::Kind::number) take(json.as_text(), {.number = true});
    for (const auto &e : json.elements()) strings_of(e, m, hits);
    for (const auto &[key, value] : json.members()) {
        take(key, {});
        strings_of(value, m, hits);
    }
}

TEST(LeakCanary, EveryGuiseIsFound) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        const CanaryRecord made = make_canary_record(seed);
        LeakMatcher m;
        add_identifiers(made.record, m);
        for (const Canary &canary : made.canaries) {
            for (const core::Json &guise : disguise(canary, true)) {
                std::vector<LeakHit> hits;
                strings_of(guise, m, hits);
                EXPECT_FALSE(hits.empty())
                    << name_of(canary.category) << " " << core::to_text(guise);
            }
        }
    }
}

TEST(LeakCanary, NothingIsFoundWithoutTheRecord) {
    const CanaryRecord made = make_canary_record(7);
    LeakMatcher m;
    for (const Canary &canary : made.canaries) {
        if (canary.category == LeakCategory::image || canary.category == LeakCategory::email ||
            canary.category == LeakCategory::date)
            continue;  // found by their shape
        EXPECT_EQ(found(m, canary.text), "") << name_of(canary.category);
    }
}

}  // namespace
}  // namespace clinical::deid
