// HL7 v2 under Safe Harbor.  Every field by every version: test/conformance/deid_hl7v2.sh.

#include "deid/v2.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "deid_subject.h"

namespace clinical::deid {
namespace {

std::string copy(std::string_view segments, std::string_view version = "2.5.1",
                 std::string_view person = "{}", const char *codes = nullptr) {
    std::string text = "MSH|^~\\&|A|B|C|D|20200102||ADT^A01|77|P|" + std::string(version) + "\r" +
                       std::string(segments);
    std::replace(text.begin(), text.end(), '\n', '\r');
    const auto message = hl7v2::Message::parse(text);
    const Subject subject(person, codes != nullptr);
    std::string out;
    with_codes(codes, [&](CodeSource &source) {
        write_v2(message.value(), subject.options, source, out);
    });
    std::replace(out.begin(), out.end(), '\r', '\n');
    return out.substr(out.find('\n') + 1);
}

}  // namespace

TEST(DeidV2, Segments) {
    const struct {
        std::string_view in, out;
    } cases[] = {
        // Lists of what goes: next of kin, guarantors, Z segments, unknown ones.
        {"NK1|1|Bob\nGT1|1|2\nZPI|Bob\nQQQ|Bob\nEVN||20200102\n", "EVN||2020\n"},
        {"PID|1|2|3^^^H|4|Bob^B||19600405101112-0500|F|Bo|2106-3^White^HL70005|1 A^^B^MA^02115-1\n",
         "PID|1||||||1960|F||2106-3^^HL70005|^^^MA\n"},
        {"PID|||||||1960|F|||1 A^^B^MA^021151234^USA^H^C^025^X\n",
         "PID|||||||1960|F|||^^^MA^021^USA^H\n"},
        {"PID|||||||1960||||1 A^^B^Bavaria^80331^DEU\n", "PID|||||||1960||||^^^^^DEU\n"},
        // A second header, which is none: it has no delimiters.
        {"MSH\nPID||||||||F\nMSH\n", "PID||||||||F\n"},
        // Over 89 at the reference date.
        {"PID|||||||19340601\n", "PID\n"},
        {"PID|||||||19340602\n", "PID|||||||1934\n"},
        {"PID|||||||1934\n", "PID\n"},
        // Explicit nulls stay explicit nulls where something may stay.
        {"PID|||\"\"||\"\"||\"\"|\"\"\n", "PID|||\"\"||||\"\"|\"\"\n"},
        // Tables: words of them, never others.
        {"PID||||||||Bob\nPV1|1|I|Ward^1|E|V5||||||||||||||\n", "PID\nPV1|1|I||E\n"},
        // Dates in composites; texts in them go.
        {"PV1||||||||||||||||||||C^20200304\n", "PV1||||||||||||||||||||^2020\n"},
        {"DG1|1|I10|E11.9^Bob's sugar^I10C|Bob|20200102\n", "DG1|1||E11.9^^I10C||2020\n"},
        {"AL1|1|DA^^HL70127|^Bob^L|SV|Bob\n", "AL1|1|DA^^HL70127||SV\n"},
        {"NTE|1|L|Bob called\n", "NTE|1|L\n"},
        {"MRG|3^^^H||5|6||7|Bob^B\n", "MRG\n"},
    };
    for (const auto &c : cases) EXPECT_EQ(copy(c.in), c.out) << c.in;
}

TEST(DeidV2, EncodingCharactersAreNoText) {
    // Lines that are no segments belong to the one before them: here, to MSH-2.
    const auto message = hl7v2::Message::parse("MSH|^~\\&\nBob was here\n\nBob again");
    ASSERT_TRUE(message);
    const Person nobody;
    Options options;
    options.person = &nobody;
    options.reference = {2024, 6, 1};
    NoCodes source;
    CodesFrom from(source);
    std::string out;
    write_v2(message.value(), options, from, out);
    EXPECT_TRUE(out.starts_with("MSH|^~\\&"));
    EXPECT_EQ(out.find("Bob"), out.npos) << out;
}

TEST(DeidV2, Observations) {
    const struct {
        std::string_view in, out;
    } cases[] = {
        {"OBX|1|NM|8480-6^Sys^LN|1.2|118.50|mm[Hg]^x^UCUM|90-120|N\n",
         "OBX|1|NM|8480-6^^LN|1.2|118.50|mm[Hg]^^UCUM|90-120|N\n"},
        // A local question may ask for anything; its answer goes.
        {"OBX|1|NM|BOB^Bob^L||118\n", "OBX|1|NM\n"},
        // The public alternate is enough.
        {"OBX|1|NM|BOB^Bob^L^8480-6^x^LN||118\n", "OBX|1|NM|^^^8480-6^^LN||118\n"},
        // Questions for identifiers go whole.
        {"OBX|1|TS|21112-8^Birth^LN||19600405\nOBX|2|ST|BOB^^L^21112-8^^LN||1960\n", ""},
        // A unit that goes takes the number along.
        {"OBX|1|NM|8480-6^^LN||118|Bobs\n", "OBX|1|NM|8480-6^^LN\n"},
        {"OBX|1|NM|2345-7^^LN||5.5|mmol/L\n", "OBX|1|NM|2345-7^^LN||5.5|mmol/L\n"},
        {"OBX|1|NM|26464-8^^LN||6.2|10\\S\\3/uL\n", "OBX|1|NM|26464-8^^LN||6.2|10\\S\\3/uL\n"},
        {"OBX|1|NM|8480-6^^LN||6175551234\n", "OBX|1|NM|8480-6^^LN\n"},
        {"OBX|1|ST|8480-6^^LN||>=5.5\nOBX|2|ST|8480-6^^LN||Bob\nOBX|3|TX|8480-6^^LN||5^Bob\n",
         "OBX|1|ST|8480-6^^LN||>=5.5\nOBX|2|ST|8480-6^^LN\nOBX|3|TX|8480-6^^LN\n"},
        {"OBX|1|SN|8480-6^^LN||>^100^-^200\nOBX|2|SN|8480-6^^LN||Bob^100\n",
         "OBX|1|SN|8480-6^^LN||>^100^-^200\nOBX|2|SN|8480-6^^LN\n"},
        {"OBX|1|CWE|8480-6^^LN||260385009^Neg^SCT^B^Bob^L^^^Bob\n",
         "OBX|1|CWE|8480-6^^LN||260385009^^SCT\n"},
        {"OBX|1|DT|8480-6^^LN||20200102~20210304\n", "OBX|1|DT|8480-6^^LN||2020~2021\n"},
        {"OBX|1|TM|8480-6^^LN||1011\nOBX|2|ED|8480-6^^LN||A^B^C^Base64^QQ\nOBX|3|XPN|8480-6^^LN||"
         "Bob^B\n",
         "OBX|1|TM|8480-6^^LN\nOBX|2|ED|8480-6^^LN\nOBX|3|XPN|8480-6^^LN\n"},
        // Ages: 90 and older as one class, of any unit.
        {"PID|||||||1920\nOBX|1|NM|30525-0^Age^LN||95|a\n",
         "PID\nOBX|1|SN|30525-0^^LN||>=^90|a^^UCUM\n"},
        {"PID|||||||1950\nOBX|1|NM|30525-0^Age^LN||70|a\n",
         "PID|||||||1950\nOBX|1|NM|30525-0^^LN||70|a\n"},
        {"PID|||||||1930\nOBX|1|NM|30525-0^Age^LN||89|a\n", "PID\nOBX|1|NM|30525-0^^LN|||a\n"},
        {"PID|||||||1920\nOBX|1|NM|30525-0^Age^LN||33000|d\n",
         "PID\nOBX|1|SN|30525-0^^LN||>=^90|a^^UCUM\n"},
    };
    for (const auto &c : cases) EXPECT_EQ(copy(c.in), c.out) << c.in;
}

TEST(DeidV2, FieldsAreThoseOfTheVersion) {
    // PID-22 came with 2.3.1 as coded; PID-23 names a place in every version.
    EXPECT_EQ(copy("PID||||||||||||||||||||||H^^HL70189|Boston\n", "2.5"),
              "PID||||||||||||||||||||||H^^HL70189\n");
    EXPECT_EQ(copy("PID||||||||||||||||||||||H^^HL70189|Boston\n", "2.1"), "PID\n");
    // A version nobody knows keeps what all agree on.
    EXPECT_EQ(copy("PID|||||||1960|F||||||||||||||||Boston\n", "Bob"), "PID|||||||1960|F\n");
    EXPECT_EQ(copy("PID|||||||1960|F\n", ""), "PID|||||||1960|F\n");
}

TEST(DeidV2, CodesOfTheCrosswalk) {
    EXPECT_EQ(
        copy("PID|1||12^^^H^MR~9^^^S^SS\nPV1|||||||||||||||||||V7\nORC|RE|P1^E|F1\n", "2.5.1", "{}",
             R"({"Patient/12|H":"k1","Encounter/V7":"k2","ServiceRequest/P1|E":"k3",
                       "DiagnosticReport/F1":"k4","MessageHeader/77":"k5"})"),
        "PID|1||k1^^^DEID\nPV1|||||||||||||||||||k2^^^DEID\nORC|RE|k3^DEID|k4^DEID\n");
    EXPECT_THROW(copy("PID|1||12^^^H^MR\n", "2.5.1", "{}", "{}"), core::Error);
    EXPECT_EQ(copy("PID|1||12^^^H^MR\n"), "PID|1\n");
}

TEST(DeidV2, KnownStrings) {
    EXPECT_EQ(copy("OBX|1|NM|8480-6^^LN||77889\n", "2.5.1", R"({"known":["77889"]})"),
              "OBX|1|NM|8480-6^^LN\n");
    EXPECT_THROW(
        copy("OBX|1|NM|8480-6^^LN||77889\n", "2.5.1", R"({"known":["77889"],"on_known":"refuse"})"),
        core::Error);
}

TEST(DeidV2, OtherDelimiters) {
    const std::string text =
        "MSH#*~!@#A#B###20200102##ADT*A01#7#P#2.5.1\rPID#######1960#F##2106-3*W*HL70005\r";
    const auto message = hl7v2::Message::parse(text);
    const Person nobody;
    Options options;
    options.person = &nobody;
    options.reference = {2024, 6, 1};
    NoCodes none;
    CodesFrom codes(none);
    std::string out;
    write_v2(message.value(), options, codes, out);
    EXPECT_EQ(out,
              "MSH#*~!@#DEID#DEID###2020##ADT*A01#DEID#P#2.5.1\r"
              "PID#######1960#F##2106-3**HL70005\r");
}

}  // namespace clinical::deid
