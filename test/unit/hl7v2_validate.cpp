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

std::string result(std::string_view obx, std::string_view version = "2.5.1") {
    return "MSH|^~\\&|LAB|HOSP|||20240102030405||ORU^R01^ORU_R01|1|P|" + std::string(version) +
           "\rPID|1||A1^^^HOSP^MR||DOE^JOHN\rOBR|1|||1^T^L\r" + std::string(obx) + "\r";
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
        {"DOE^JOHN|", "DOE^JO&HN|", "w102 PID^1^5^1^2"},
        // Tables: HL7's own and those of the site.
        {"|P|2.5.1", "|Q|2.5.1", "e202 MSH^1^11^1^1"},
        {"|M\r", "|Q\r", "w103 PID^1^8^1"},
        {"|M\r", "|M||||||||||||||||||||||Q\r", "e103 PID^1^30^1"},
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
        {"OBX|1|DT|1^A^L||20220229||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|TM|1^A^L||2561||||||F", "e102 OBX^1^5^1"},
        {"OBX|1|TX|1^A^L||a & b||||||F", "w102 OBX^1^5^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBX|1|ST|1^A^L||y||||||F", "e205 OBX^2^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBX|4|ST|1^A^L||y||||||F", "w199 OBX^2^1"},
        {"OBX|1|ST|1^A^L||x||||||F\rOBR|2|||2^T^L\rOBX|1|ST|1^A^L||y||||||F", ""},
        {"OBX|1|ST|1^A^L||x||||||Q", "e103 OBX^1^11^1"},
        {"OBX|1|ST|||x||||||F", "e101 OBX^1^3"},
    };
    for (const auto &c : cases) EXPECT_EQ(findings(result(c.obx)), c.found) << c.obx;
}

TEST(Hl7v2Validate, TheVersionDecides) {
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
          R"({"tables": {"x": []}})", R"({"tables": {"1": [1]}})"}) {
        const auto json = core::parse_json(wrong);
        ASSERT_TRUE(json.ok()) << wrong;
        EXPECT_THROW(read_profile(core::JsonNode(json.value())), core::Error) << wrong;
    }
}
