#include <gtest/gtest.h>

#include "core/json.h"
#include "hl7v2/validate.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;

namespace {

// Findings as "severity code location", sorted as they come, separated by ", ".
std::string findings(std::string_view text, const ValidationOptions &options = {}) {
    auto message = Message::parse(text);
    if (!message.ok()) return message.error().where;
    std::string out;
    for (const core::Issue &issue : validate(message.value(), options))
        out += (out.empty() ? "" : ", ") + issue.severity.substr(0, 1) + issue.format_code + " " +
               issue.location;
    return out;
}

// An ADT^A01 of 2.5.1 without any finding, with one place changed.
std::string admission(std::string_view from = {}, std::string_view to = {}) {
    std::string text =
        "MSH|^~\\&|ADT|HOSP|||20240102030405||ADT^A01^ADT_A01|1|P|2.5.1\r"
        "EVN||20240102030405\r"
        "PID|1||A1^^^HOSP^MR||DOE^JOHN||19700101|M\r"
        "NK1|1|DOE^JANE\r"
        "PV1|1|I|W^1\r";
    if (from.empty()) return text;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
}

constexpr std::string_view order = "OBR|1||F1|1^T^L|||20240102|||||||||||||||20240102|||F";

std::string result(std::string_view obx, std::string_view version = "2.5.1") {
    return "MSH|^~\\&|LAB|HOSP|||20240102030405||ORU^R01^ORU_R01|1|P|" + std::string(version) +
           "\rPID|1||A1^^^HOSP^MR||DOE^JOHN\r" + std::string(order) + "\r" + std::string(obx) +
           "\r";
}

}  // namespace

TEST(Hl7v2Validate, AGoodMessageHasNoFindings) {
    EXPECT_EQ(findings(admission()), "");
    EXPECT_EQ(findings(result("OBX|1|NM|718-7^Hb^LN||14.1|g/dL|||||F")), "");
    EXPECT_EQ(findings(result("OBX|1|CE|718-7^Hb^LN||A^B^L||||||F", "2.3.1")), "");
}

TEST(Hl7v2Validate, EachKindOfFindingHasItsCodeAndPlace) {
    const struct {
        const char *from, *to, *found;
    } cases[] = {
        // Structure.
        {"EVN||20240102030405\r", "", "e100 EVN^1"},
        {"NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE\rFOO|1\r", "w100 FOO^1"},
        {"NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE\rOBR|1\r", "w100 OBR^1, e101 OBR^1^4"},
        {"NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE\rZPI|1|x^y&z\r", ""},
        {"PV1|1|I|W^1\r", "PV1|1|I|W^1\rPV1|1|I\r", "e198 PV1^2"},
        {"PV1|1|I|W^1\r", "PV1|1|I|W^1\rPD1||\r", "w100 PD1^1"},
        // Required.
        {"A1^^^HOSP^MR", "", "e101 PID^1^3"},
        {"A1^^^HOSP^MR", "^^^HOSP^MR", "e101 PID^1^3^1^1"},
        {"A1^^^HOSP^MR", "A1~~B1", ""},
        {"|P|2.5.1", "||2.5.1", "e101 MSH^1^11"},
        // Types.
        {"19700101", "1970-01-01", "e102 PID^1^7^1^1"},
        {"19700101", "19700231", "e102 PID^1^7^1^1"},
        {"19700101", "197001011230-0500", ""},
        {"19700101", "\"\"", ""},
        {"PID|1|", "PID|x|", "e102 PID^1^1^1"},
        {"DOE^JOHN|", "DOE^JO\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\Q\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\T\\HN\\.br\\\\X41\\|", ""},
        {"DOE^JOHN|", "DOE^JO\\X4\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\XZZ\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\.xx\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\.sp+x\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^JO\\C28\\HN|", "w102 PID^1^5^1^2"},
        {"DOE^JOHN|", "DOE^\\.sp+2\\\\.in-3\\\\.ti 4\\\\C2842\\\\M242844\\\\Zx\\|", ""},
        {"|20240102030405||", "|20240102030405.12345||", "w102 MSH^1^7^1^1"},
        {"|20240102030405||", "|20240102030405.1234-0500||", ""},
        {"DOE^JOHN|", "DOE^JO&HN|", "w102 PID^1^5^1^2"},
        // Tables: HL7's own and those of the site.
        {"|P|2.5.1", "|Q|2.5.1", "e202 MSH^1^11^1^1"},
        {"|M\r", "|Q\r", "w103 PID^1^8^1"},
        {"|M\r", "|M||||||||||||||||||||||Q\r", "e103 PID^1^30^1"},
        {"|P|2.5.1", "|P|2.5 ", "w203 MSH^1^12^1^1"},
        {"|P|2.5.1", "|P|2.9", "w203 MSH^1^12^1^1"},
        {"|P|2.5.1", "|P|v2.5", "e203 MSH^1^12^1^1"},
        // The type of the message and its event.
        {"ADT^A01^ADT_A01", "ADT_A01", "e200 MSH^1^9^1^1, w104 MSH^1^9^1^1"},
        {"ADT^A01^ADT_A01", "ADT^A01^ADT_A05", "w199 MSH^1^9^1^3"},
        {"ADT^A01^ADT_A01", "ADT^A04^ADT_A01", ""},
        {"EVN||", "EVN|A01|", ""},
        {"EVN||", "EVN|A04|", "w199 EVN^1^1^1"},
        // What one part asks of another.
        {"A1^^^HOSP^MR", "A1^^^HOSP&1.2^MR", "w101 PID^1^3^1^4^3"},
        {"A1^^^HOSP^MR", "A1^^^HOSP&&ISO^MR", "w101 PID^1^3^1^4^2"},
        {"A1^^^HOSP^MR", "12345^5^M10^HOSP^MR~401^0^M10~9999^4^M10~99999999^8^M10", ""},
        {"A1^^^HOSP^MR", "12345^6^M10^HOSP^MR", "w102 PID^1^3^1^2"},
        {"A1^^^HOSP^MR", "1234567^4^M11^HOSP^MR", ""},
        {"A1^^^HOSP^MR", "128952^6^M11^HOSP^MR", "w102 PID^1^3^1^2"},
        {"PV1|1|I|W^1", "PV1|1|I|W^1||||1234567893^A^B^^^^^^^^3^NPI", ""},
        {"PV1|1|I|W^1", "PV1|1|I|W^1||||123456789^A^B^^^^^^^^3^NPI", ""},
        {"PV1|1|I|W^1", "PV1|1|I|W^1||||1234567894^A^B^^^^^^^^4^NPI", "w102 PV1^1^7^1^11"},
        {"PV1|1|I|W^1", "PV1|1|I|W^1||||^^B", "w101 PV1^1^7^1^1"},
        {"|M\r", "|M||||||||||||||||||||||||||||CAT^x^L\r", "w101 PID^1^35"},
        // Repetitions.
        {"PV1|1|I|", "PV1|1|I~O|", "e198 PV1^1^2^2"},
        // Message, event, version.
        {"ADT^A01^ADT_A01", "XYZ^A01", "e200 MSH^1^9^1^1"},
        {"ADT^A01^ADT_A01", "ADT^X99", "e201 MSH^1^9^1^2"},
        {"ADT^A01^ADT_A01", "ADT^A01^ADT_X99", "w199 MSH^1^9^1^3"},
        {"2.5.1\r", "2.9\r", "w203 MSH^1^12^1^1"},
        {"2.5.1\r", "7\r", "e203 MSH^1^12^1^1"},
        {"2.5.1\r", "2.5.1^USA\r", ""},
        {"^~\\&|ADT", "^~\\&#|ADT", "w102 MSH^1^2"},
        // Beyond the definitions: to be ignored, but said.
        {"NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE||||||||||||||||||||||||||||||||||||||\r", ""},
        {"EVN||20240102030405\r", "EVN||20240102030405||||||x\r", "i199 EVN^1^8"},
        {"A1^^^HOSP^MR", "A1^^^HOSP^MR^^^^^^x", "i199 PID^1^3^1^11"},
        {"|P|2.5.1", "|PROD|2.5.1", "e202 MSH^1^11^1^1, w104 MSH^1^11^1^1"},
    };
    for (const auto &c : cases) EXPECT_EQ(findings(admission(c.from, c.to)), c.found) << c.to;
}

TEST(Hl7v2Validate, ResultsAreReadByTheirType) {
    const struct {
        const char *obx, *found;
    } cases[] = {
        {"OBX|1|NM|1^A^L||>500||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|NM|1^A^L||NEG||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|NM|1^A^L||-1.5||||||F", ""},
        {"OBX|1|SN|1^A^L||>^500||||||F", ""},
        {"OBX|1|SN|1^A^L||>^x||||||F", "e102 OBX^1^5^1^2"},
        {"OBX|1||1^A^L||14||||||F", "e101 OBX^1^2"},
        {"OBX|1|QQ|1^A^L||14||||||F", "e103 OBX^1^2^1"},
        {"OBX|1|SN|1^A^L||>^5||||||F", ""},
        {"OBX|1|SN|1^A^L||>5||||||F", "e102 OBX^1^5^1^1"},
        {"OBX|1|SN|1^A^L||^1^x^5||||||F", "e102 OBX^1^5^1^3"},
        {"OBX|1|SN|1^A^L||^1^:^128||||||F", ""},
        {"OBX|1|ED|1^A^L||^TEXT^^Base64^QUJD\\X0D0A\\RA==||||||F", ""},
        {"OBX|1|ED|1^A^L||^TEXT^^Base64^QUJ!||||||F", "e102 OBX^1^5^1^5"},
        {"OBX|1|ED|1^A^L||^TEXT^^Base64^QUJDR||||||F", "e102 OBX^1^5^1^5"},
        {"OBX|1|ED|1^A^L||^TEXT^^Hex^414||||||F", "e102 OBX^1^5^1^5"},
        {"OBX|1|ED|1^A^L||^TEXT^^A^anything||||||F", ""},
        // Three characters where v2.5.1 says two: its table has the code.
        {"OBX|1|CWE|1^A^L||A^B^L||||||F", ""},
        {"OBX|1|DT|1^A^L||20220229||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|TM|1^A^L||2561||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|TX|1^A^L||a & b||||||F", "w102 OBX^1^5^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBX|1|ST|1^A^L||y||||||F", "e205 OBX^2^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBX|4|ST|1^A^L||y||||||F", "w199 OBX^2^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBR|2||F2|2^T^L|||20240102|||||||||||||||20240102|||F\rOBX|1|"
         "ST|1^A^L||y||||||F",
         ""},
        {"OBX|1|ST|1^A^L||x||||||Q", "e103 OBX^1^11^1"},
        {"OBX|1|ST|||x||||||F", "e101 OBX^1^3"},
    };
    for (const auto &c : cases) EXPECT_EQ(findings(result(c.obx)), c.found) << c.obx;
}

TEST(Hl7v2Validate, AReportSaysWhatItIsOf) {
    EXPECT_EQ(findings("MSH|^~\\&|L|H|||2024||ORU^R01^ORU_R01|1|P|2.5.1\rPID|1||A1||DOE\r"
                       "OBR|1|||1^T^L\rOBX|1|ST|1^A^L||x||||||F"),
              "w101 OBR^1^3, w101 OBR^1^7, w101 OBR^1^22, w101 OBR^1^25");
    EXPECT_EQ(findings("MSH|^~\\&|L|H|||2024||OML^O21^OML_O21|1|P|2.5.1\rPID|1||A1||DOE\r"
                       "ORC|NW|P1\rOBR|1|P1||1^T^L\r"),
              "");
}

TEST(Hl7v2Validate, NobodyIsMergedWithHimself) {
    const auto merge = [](std::string_view pid, std::string_view mrg) {
        return findings("MSH|^~\\&|A|H|||2024||ADT^A40^ADT_A39|1|P|2.5.1\rEVN||2024\rPID|1||" +
                        std::string(pid) + "||DOE\rMRG|" + std::string(mrg) + "\r");
    };
    EXPECT_EQ(merge("1^^^H^MR", "2^^^H^MR"), "");
    EXPECT_EQ(merge("1^^^H^MR", "1^^^X^MR"), "");
    EXPECT_EQ(merge("1^^^H^MR", "1^^^H^PI"), "");
    EXPECT_EQ(merge("1^^^H^MR", "1^^^H^MR"), "e205 MRG^1^1^1");
    EXPECT_EQ(merge("9^^^X~1^^^H^MR", "2^^^H^MR~1^^^H"), "e205 MRG^1^1^2");
}

TEST(Hl7v2Validate, TheVersionDecides) {
    // A code without its system, since v2.7, unless the field tells it.
    EXPECT_EQ(findings(result("OBX|1|ST|1^A||x|mg|||||F", "2.8")),
              "w101 OBX^1^3^1^3, w101 OBX^1^6^1^3");
    EXPECT_EQ(findings(result("OBX|1|ST|1^A||x|mg|||||F", "2.6")), "");
    // CE is a type until 2.5.1, DTM since 2.5.
    EXPECT_EQ(findings(result("OBX|1|CE|1^A^L||A^B^L||||||F", "2.7")), "e103 OBX^1^2^1");
    EXPECT_EQ(findings(result("OBX|1|CE|1^A^L||A^B^L||||||F", "2.3")), "i199 MSH^1^9^1^3");
    ValidationOptions options;
    options.version = Version::v27;
    EXPECT_EQ(findings(result("OBX|1|CE|1^A^L||A^B^L||||||F"), options).find("e103 OBX^1^2^1"), 0u);
}

TEST(Hl7v2Validate, AProfileAsksForMoreOrWaives) {
    const struct {
        const char *profile, *from, *to, *found;
    } cases[] = {
        {R"({"segments": [{"segment": "ZPI", "usage": "R"}]})", "", "", "e100 ZPI^1"},
        {R"({"segments": [{"segment": "NK1", "usage": "X"}]})", "", "", "e198 NK1^1"},
        {R"({"segments": [{"segment": "EVN", "usage": "O"}]})", "EVN||20240102030405\r", "", ""},
        {R"({"segments": [{"segment": "EVN", "usage": "R"}]})", "EVN||20240102030405\r", "",
         "e100 EVN^1"},
        {R"({"segments": [{"segment": "NK1", "cardinality": {"max": 1}}]})", "NK1|1|DOE^JANE\r",
         "NK1|1|DOE^JANE\rNK1|2|X^Y\r", "e198 NK1^2"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "cardinality": {"max": 1}}]}]})",
         "A1^^^HOSP^MR", "A1^^^HOSP^MR~B1^^^HOSP^PI", "e198 PID^1^3^2"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 8, "valueSet": ["F"]}]}]})", "",
         "", "e103 PID^1^8^1"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "usage": "O"}]}]})",
         "A1^^^HOSP^MR", "", ""},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 11, "usage": "R"}]}]})", "", "",
         "e101 PID^1^11"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "component": 4,
            "subcomponent": 2, "usage": "R"}]}]})",
         "", "", "e101 PID^1^3^1^4^2"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 5, "component": 1,
            "length": 2}]}]})",
         "", "", "e104 PID^1^5^1^1"},
        {R"({"segments": [{"segment": "ZPI", "fields": [{"field": 2, "datatype": "NM"}]}]})",
         "NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE\rZPI|1|x\r", "e102 ZPI^1^2^1"},
        // Of a field that is not there at all.
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 11, "cardinality": {"min": 1}}]}]})",
         "", "", "e101 PID^1^11"},
        // A place's own value set and length stand instead of the standard's.
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 8, "length": 4, "valueSet":
            ["Male"]}]}]})",
         "|M\r", "|Male\r", ""},
        // Parts of a local field, and of one that the standard does not divide.
        {R"({"segments": [{"segment": "ZPI", "fields": [{"field": 2, "component": 2,
            "usage": "R"}, {"field": 3, "component": 1, "subcomponent": 2, "datatype": "NM"}]}]})",
         "NK1|1|DOE^JANE\r", "NK1|1|DOE^JANE\rZPI|1|x|a&b|more\r",
         "e101 ZPI^1^2^1^2, e102 ZPI^1^3^1^1^2"},
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 1, "component": 2,
            "usage": "R"}]}]})",
         "", "", "e101 PID^1^1^1^2"},
        // A waiver of what is required in a case.
        {R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "component": 4,
            "subcomponent": 3, "usage": "O"}]}]})",
         "A1^^^HOSP^MR", "A1^^^HOSP&1.2^MR", ""},
        {R"({"tables": {"0001": ["F"]}})", "", "", "e103 PID^1^8^1"},
        {R"({"tables": {"1": ["M", "Q"]}})", "|M\r", "|Q\r", ""},
    };
    for (const auto &c : cases) {
        const auto json = core::parse_json(c.profile);
        ASSERT_TRUE(json.ok()) << c.profile;
        const Profile profile = read_profile(core::JsonNode(json.value()));
        ValidationOptions options;
        options.profile = &profile;
        EXPECT_EQ(findings(admission(c.from, c.to), options), c.found) << c.profile;
    }
    for (const char *wrong :
         {"[]", R"({"x": 1})", R"({"segments": {}})", R"({"segments": [{"segment": "PI"}]})",
          R"({"segments": [{"segment": "PID", "usage": "Y"}]})",
          R"({"segments": [{"segment": "PID"}, {"segment": "PID"}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 0}]}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 1.5}]}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 1, "subcomponent": 1}]}]})",
          R"({"segments": [{"segment": "pid"}]})",
          R"({"segments": [{"segment": "PID", "cardinality": {"mn": 1}}]})",
          R"({"segments": [{"segment": "PID", "cardinality": {"min": 2, "max": 1}}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "datatype": "QQ"}]}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 3}, {"field": 3}]}]})",
          R"({"segments": [{"segment": "PID", "fields": [{"field": 3, "component": 1,
              "cardinality": {"max": 1}}]}]})",
          R"({"tables": {"x": []}})", R"({"tables": {"1": [1]}})"}) {
        const auto json = core::parse_json(wrong);
        ASSERT_TRUE(json.ok()) << wrong;
        EXPECT_THROW(read_profile(core::JsonNode(json.value())), core::Error) << wrong;
    }
}
