// X12 under the three modes.  Transactions whole: test/sql/deid_documents.sql.

#include "deid/x12.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "deid_subject.h"
#include "x12/x12.h"

namespace clinical::deid {
namespace {

std::string isa(char element = '*', char component = ':', char segment = '~',
                std::string_view version = "00501", char repetition = '^') {
    std::string text =
        "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*";
    text.append(1, repetition).append("*").append(version).append("*000000009*0*T*");
    std::replace(text.begin(), text.end(), '*', element);
    return text.append(1, component).append(1, segment);
}

struct Setting {
    Mode mode = Mode::safe_harbor;
    std::string_view person = "{}";
    const char *codes = nullptr;
    int shift_days = 0;
};

std::string copy_of(std::string_view text, const Setting &how = {}) {
    Subject subject(how.person);
    subject.options.mode = how.mode;
    subject.options.shift_days = how.shift_days;
    std::string out;
    with_codes(how.codes, [&](CodeSource &codes) { write_x12(text, subject.options, codes, out); });
    return out;
}

// The copy of segments behind an ISA, without it.
std::string copy(std::string_view segments, const Setting &how = {}) {
    return copy_of(isa() + std::string(segments), how).substr(x12::isa_bytes);
}

}  // namespace

TEST(DeidX12, Dates) {
    const struct {
        std::string_view in, out;
    } cases[] = {
        // The reference date is 2024-06-01: 90 completed years are over 89.
        {"DMG*D8*19340601*F~", "DMG***F~"},
        {"DMG*D8*19340602*F~", "DMG*D8*19340101*F~"},
        {"DMG*D8*20240601*F~", "DMG*D8*20240101*F~"},
        {"DTP*431*D8*20240131~", "DTP*431*D8*20240101~"},
        {"DTP*434*RD8*20230105-20240103~", "DTP*434*RD8*20230101-20240101~"},
        // A year that says by itself that somebody is over 89.
        {"DTP*431*D8*19330101~", ""},
        {"DTP*434*RD8*19330105-20240103~", ""},
        {"DTP*434*RD8*20230105-19330103~", ""},
        // What is no date goes, and its format with it.
        {"DMG*D8*0~", ""},
        {"DMG*D8~", ""},
        {"DMG*D8*19801301*F~", "DMG***F~"},
        {"DMG*D8*00000101*F~", "DMG***F~"},
        {"DMG*D8*Bob*F~", "DMG***F~"},
        {"DMG*TM*1200*F~", "DMG***F~"},
        {"DTP*431*D8*~", ""},
        {"DTP*431*D8~", ""},
        {"DTP*434*RD8*20230105~", ""},
        {"DTP*434*RD8*20230105-2024010~", ""},
        {"DTP*434*RD8*20230105-202401033~", ""},
        {"PAT*****D8*Bob*01*3.5~", "PAT*******01*3.5~"},
        {"PAT*****D8*20230202*01*3.5~", "PAT*****D8*20230101*01*3.5~"},
    };
    for (const auto &c : cases) EXPECT_EQ(copy(c.in), c.out) << c.in;
}

TEST(DeidX12, BirthsByThePersonToo) {
    // The older reading wins, of the interchange and of what the caller knows.
    EXPECT_EQ(copy("DMG*D8*19800101~", {.person = R"({"birthDate":"1934-06-01"})"}), "");
    EXPECT_EQ(copy("DMG*D8*19800101~", {.person = R"({"birthDate":"1934-06-02"})"}),
              "DMG*D8*19800101~");
    // Known by the year alone: it may be the first of January.
    EXPECT_EQ(copy("DMG*D8*19800101~", {.person = R"({"birthDate":"1934"})"}), "");
    EXPECT_EQ(copy("DMG*D8*19800101~", {.person = R"({"birthDate":"1935"})"}), "DMG*D8*19800101~");
    // Dead before the birthday.
    EXPECT_EQ(copy("DMG*D8*19340102~",
                   {.person = R"({"birthDate":"1934-01-02","deceased":"2024-01-01"})"}),
              "DMG*D8*19340101~");
}

TEST(DeidX12, OtherModes) {
    const Setting limited{.mode = Mode::limited_data_set};
    EXPECT_EQ(copy("DMG*D8*19340601*F~N4*Boston*MA*021151234~", limited),
              "DMG*D8*19340601*F~N4**MA*021151234~");
    EXPECT_EQ(copy("NM1*IL*1*Bob*B****MI*123~N3*1 Quince Street~PER*IC*Bob~", limited),
              "NM1*IL*1******MI~");
    const Setting shifted{.mode = Mode::expert_determination, .shift_days = -21};
    EXPECT_EQ(copy("DTP*434*RD8*20240110-20240301~DTP*431*D8*20240301~DMG*D8*19600229~", shifted),
              "DTP*434*RD8*20231220-20240209~DTP*431*D8*20240209~DMG*D8*19600208~");
    // No calendar goes before the year 1.
    EXPECT_EQ(copy("DTP*431*D8*00010105~", shifted), "");
}

TEST(DeidX12, Elements) {
    const struct {
        std::string_view in, out;
    } cases[] = {
        {"ZZZ*Bob~REF*SY*123456789~PER*IC*Bob*TE*5551234567~N3*1 A St~MSG*Bob~NTE*ADD*Bob~", ""},
        {"NM1*85*2*Bob*B*C*D*E*XX*1234567893~", "NM1*85*2******XX~"},
        {"N4*Boston*MA*021151234*US~", "N4**MA*021*US~"},
        {"N4*Boston*MA*03601~", "N4**MA*000~"},  // fewer than 20,000 people
        {"N4*Berlin*BE*10115*DE~", "N4****DE~"},
        {"DMG***F**RET:2106-3^:RET:2131-1~", "DMG***F~"},
        {"CLM*A17*100.5***11:B:1*Y*A*Y*Y~", "CLM*DEID*100.5***11:B:1*Y*A*Y*Y~"},
        {"CLM*A17*1234567~", "CLM*DEID~"},  // seven digits
        {"CLM*A17*1e5~", "CLM*DEID~"},
        {"HI*ABK:E119*ABF:BOB*BE:A0:::02115*BH:11:D8:20240131~",
         "HI*ABK:E119***BH:11:D8:20240101~"},
        {"HI*BH:11:D8:Bob~", "HI*BH:11~"},
        {"HI*::::~", ""},
        {"HI*:~", ""},
        {"SV1*HC:99213:25:Bob:::Bob called*100*UN*1*11**1:2:x~",
         "SV1*HC:99213:25*100*UN*1*11**1:2~"},
        {"SV1*ZZ:BOB*100*UN*1~", "SV1**100*UN*1~"},
        {"SV1*HC*100*UN*1~", "SV1**100*UN*1~"},
        {"CAS*CO*45*20*1*BOB*5~", "CAS*CO*45*20*1**5~"},
        {"***~*~~", ""},
        {"DMG~", ""},
        {"CLM~", ""},
    };
    for (const auto &c : cases) EXPECT_EQ(copy(c.in), c.out) << c.in;
}

TEST(DeidX12, CodesAndKnownStrings) {
    const char *codes = R"({"Claim/A17":"code","Patient/M1":"who"})";
    EXPECT_EQ(copy("CLM*A17*1~NM1*IL*1*Bob*****MI*M1~", {.codes = codes}),
              "CLM*code*1~NM1*IL*1******MI*who~");
    EXPECT_THROW(copy("CLM*A18*1~", {.codes = codes}), core::Error);
    EXPECT_EQ(copy("SV1*HC:99213*777*UN*1~", {.person = R"({"known":["99213"]})"}),
              "SV1**777*UN*1~");
    EXPECT_THROW(
        copy("SV1*HC:99213*777*UN*1~", {.person = R"({"known":["99213"],"on_known":"refuse"})"}),
        core::Error);
}

TEST(DeidX12, Envelopes) {
    // Counted anew, whatever they said.
    const std::string out = copy(
        "GS*HC*Bob*Bob*19330115*1200*77*X*005010X222A1~ST*837*Bob*005010X222A1~REF*SY*1~AMT*F5*1~"
        "SE*99*Bob~GE*88*77~IEA*5*9~");
    EXPECT_EQ(out,
              "GS*HC*DEID*DEID**0000*1*X*005010X222A1~ST*837*0001*005010X222A1~AMT*F5*1~"
              "SE*3*0001~GE*1*1~IEA*1*000000001~");
    // The other delimiters stay what they are; line ends are no data.
    EXPECT_EQ(copy_of(isa('|', '>', '\n') + "DMG|D8|19800203|F\n\n").substr(x12::isa_bytes),
              "DMG|D8|19800101|F\n");
    EXPECT_EQ(copy_of(isa() + "\r\nDMG*D8*19800203*F~\r\n").substr(x12::isa_bytes),
              "DMG*D8*19800101*F~");
    // The copy says what its first of January is.
    EXPECT_EQ(copy_of(isa()).substr(4, 13), "03*CCYY0101  ");
}

TEST(DeidX12, RefusesWhatIsNoInterchange) {
    std::string early = isa();
    early[10] = '*';  // a separator too many
    std::string late = isa();
    late[53] = ' ';
    std::string ended = isa();
    ended[8] = '~';
    const std::string cases[] = {"",
                                 "ISA",
                                 isa().substr(0, 105),
                                 "GS" + isa().substr(2),
                                 isa('A'),
                                 isa('*', '*'),
                                 isa('*', ':', ':'),
                                 isa('*', ' '),
                                 isa('*', ':', '\0'),
                                 isa('*', ':', '\xA7'),
                                 early,
                                 late,
                                 ended};
    for (const std::string &text : cases) EXPECT_THROW(copy_of(text), core::Error) << text;
}

TEST(DeidX12, RepetitionSeparators) {
    const auto read = [](const std::string &text) { return x12::read_delimiters(text).value(); };
    EXPECT_EQ(read(isa()).repetition, '^');
    EXPECT_EQ(read(isa('*', ':', '~', "00401", 'U')).repetition, '\0');
    EXPECT_EQ(read(isa('*', ':', '~', "00401", '^')).repetition, '\0');
    // None where it would be another delimiter as well.
    EXPECT_EQ(read(isa('*', ':', '~', "00501", ':')).repetition, '\0');
    EXPECT_FALSE(x12::read_delimiters(isa('*', ':', '~', "00501", '~')));
    EXPECT_EQ(copy("EB*1**30^98^Bob^^1~"), "EB*1**30^98^1~");
}

}  // namespace clinical::deid
