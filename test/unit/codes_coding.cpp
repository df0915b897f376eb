#include "codes/coding.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace clinical::codes {
namespace {

TEST(CodesCoding, TextForm) {
    struct Case {
        const char *text;
        const char *printed;  // null: refused
    };
    const Case cases[] = {
        {"loinc|8480-6", "http://loinc.org|8480-6"},
        {"LOINC|8480-6", "http://loinc.org|8480-6"},
        {"2.16.840.1.113883.6.1|8480-6", "http://loinc.org|8480-6"},
        {"urn:oid:2.16.840.1.113883.6.104|1", "http://hl7.org/fhir/sid/icd-9-cm|1"},
        {"urn:oid:1.2.3|x", "urn:oid:1.2.3|x"},
        {"HL70203|MR", "http://terminology.hl7.org/CodeSystem/v2-0203|MR"},
        {"|x", "|x"},
        {"s|a\\|b", "s|a\\|b"},
        {"s|a\\\\b", "s|a\\\\b"},
        {"s|a\\b", "s|a\\\\b"},
        {"s|c|v|d d", "s|c|v|d d"},
        {"s|c||", "s|c"},
        {"s|c|v|", "s|c|v"},
        {"s", nullptr},
        {"", nullptr},
        {"s|", nullptr},
        {"s|c|v|d|e", nullptr},
        {"s s|c", nullptr},
        {"s|c\x01", nullptr},
    };
    for (const Case &c : cases) {
        const auto coding = parse_coding(c.text);
        ASSERT_EQ(coding.ok(), c.printed != nullptr) << c.text;
        if (!c.printed) continue;
        EXPECT_EQ(to_text(coding.value().view()), c.printed);
        const std::string packed = pack(coding.value().view());
        const auto again = unpack(packed);
        ASSERT_TRUE(again.has_value()) << c.text;
        EXPECT_EQ(to_text(*again), c.printed);
    }
}

TEST(CodesCoding, DamagedBytesAreRefused) {
    const std::string packed = pack(CodingView{"urn:x", "code", "1", "shown"});
    for (std::size_t n = 0; n < packed.size() - 5; ++n)
        EXPECT_FALSE(unpack(std::string_view(packed).substr(0, n)).has_value()) << n;
    for (int bit = 0; bit < 16; ++bit) {
        std::string bad = packed;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << bit % 8));
        (void)unpack(bad);  // any answer, no overrun
    }
}

TEST(CodesCoding, SystemNumbersAreFrozen) {
    EXPECT_EQ(system_number("http://loinc.org"), 1);
    EXPECT_EQ(system_number("http://snomed.info/sct"), 2);
    EXPECT_EQ(system_number("http://hl7.org/fhir/sid/us-mbi"), 18);
    EXPECT_EQ(system_number("https://fhir-terminology.ohdsi.org"), 25);
    EXPECT_EQ(system_number("urn:other"), 0);
    EXPECT_EQ(system_uri(0), "");
    EXPECT_EQ(system_uri(254), "");
}

TEST(CodesCoding, OfFhir) {
    const auto of = [](const char *json) {
        const auto parsed = core::parse_json(json);
        const auto coding = coding_of(core::JsonNode(parsed.value()));
        return coding ? to_text(coding->view()) : std::string("none");
    };
    EXPECT_EQ(of(R"({"coding":[{"code":"a"},{"code":"b","userSelected":true}]})"), "|b");
    EXPECT_EQ(of(R"({"system":"http://loinc.org","code":"a","version":"1"})"),
              "http://loinc.org|a|1");
    EXPECT_EQ(of(R"({"text":"a"})"), "none");
    EXPECT_EQ(of(R"([])"), "none");
}

}  // namespace
}  // namespace clinical::codes
