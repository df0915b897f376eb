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
    EXPECT_EQ(found(m, "zebulonia"), "");
    EXPECT_EQ(found(m, "bryan"), "");
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
