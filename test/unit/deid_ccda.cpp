// C-CDA under the three modes.  Documents whole: test/sql/deid_documents.sql.

#include "deid/ccda.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "deid_subject.h"

namespace clinical::deid {
namespace {

constexpr std::string_view head =
    "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:sdtc=\"urn:hl7-org:sdtc\""
    " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">";
constexpr std::string_view tail = "</ClinicalDocument>";

struct Setting {
    Mode mode = Mode::safe_harbor;
    std::string_view person = "{}";
    int shift_days = 0;
};

// The copy of a document, absent when it is no ClinicalDocument.
std::optional<std::string> copy_of(std::string_view document, const Setting &how = {}) {
    Subject subject(how.person);
    subject.options.mode = how.mode;
    subject.options.shift_days = how.shift_days;
    std::optional<std::string> copy;
    with_codes(nullptr, [&](CodeSource &codes) {
        std::string out;
        if (write_ccda(document, subject.options, {}, codes, out)) copy = std::move(out);
    });
    return copy;
}

// What is within the copy of what is within a document.
std::string copy(const std::string &inside, const Setting &how = {}) {
    const std::string out = copy_of(std::string(head) + inside + std::string(tail), how).value();
    const std::size_t begin = out.find('>') + 1;
    if (!out.ends_with(tail)) return {};
    return out.substr(begin, out.size() - tail.size() - begin);
}

std::string born(std::string_view birth, std::string_view more = {}) {
    return "<recordTarget><patientRole><patient><birthTime value=\"" + std::string(birth) + "\"/>" +
           std::string(more) + "</patient></patientRole></recordTarget>";
}

std::string birth_of(const std::string &inside, const Setting &how = {}) {
    const std::string out = copy(inside, how);
    const std::size_t at = out.find("<birthTime ");
    return at == out.npos ? "" : out.substr(at + 11, out.find("/>", at) - at - 11);
}

std::string observed(std::string_view code, std::string_view value,
                     std::string_view translation = {}) {
    return "<component><structuredBody><component><section><entry><observation classCode=\"OBS\" "
           "moodCode=\"EVN\"><code code=\"" +
           std::string(code) + "\" codeSystem=\"2.16.840.1.113883.6.1\">" +
           std::string(translation) + "</code>" + std::string(value) +
           "</observation></entry></section></component></structuredBody></component>";
}

bool has(const std::string &text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

TEST(DeidCcda, Births) {
    constexpr std::string_view masked = "nullFlavor=\"MSK\"";
    const struct {
        std::string_view birth, out;
    } cases[] = {
        {"19340601", masked},  // 90 on the reference date
        {"19340602", "value=\"1934\""},
        {"19340602101112-0500", "value=\"1934\""},
        {"1934", masked},  // may have been born in January
        {"193406", masked},
        {"193407", "value=\"1934\""},
        {"1935", "value=\"1935\""},
        {"", masked},
        {"Bob", masked},
        {"0000", masked},
        {"193", masked},
        {"19801301", masked},
        {"-1980101", masked},
    };
    for (const auto &c : cases) EXPECT_EQ(birth_of(born(c.birth)), c.out) << c.birth;
    // The older reading wins, of the document and of what the caller knows.
    EXPECT_EQ(birth_of(born("1980"), {.person = R"({"birthDate":"1934-06-01"})"}), masked);
    EXPECT_EQ(birth_of(born("1980"), {.person = R"({"birthDate":"1934-06-02"})"}),
              "value=\"1980\"");
    // Dead before the birthday.
    EXPECT_EQ(birth_of(born("19340102", "<sdtc:deceasedTime value=\"20240101\"/>")),
              "value=\"1934\"");
}

TEST(DeidCcda, TheOldestBirthCounts) {
    // Whatever stands behind the birth of somebody over 89 does not make them younger.
    const std::string weight =
        observed("30525-0", "<value xsi:type=\"PQ\" value=\"70\" unit=\"a\"/>");
    for (const std::string &second :
         {born("1980"), born(""), std::string("<recordTarget nullFlavor=\"NI\"/>")}) {
        const std::string out = copy(born("19300101") + second + weight);
        EXPECT_FALSE(has(out, "value=\"70\"")) << out;
        EXPECT_FALSE(has(out, "1930")) << out;
    }
    EXPECT_TRUE(has(copy(born("1980") + weight), "value=\"70\""));
}

TEST(DeidCcda, Ages) {
    const auto age = [](std::string_view value, std::string_view unit = "a") {
        return observed("30525-0", "<value xsi:type=\"PQ\" value=\"" + std::string(value) +
                                       "\" unit=\"" + std::string(unit) + "\"/>");
    };
    // With a birth that is known, the age stays below 90; above it is 90 and more.
    EXPECT_TRUE(has(copy(born("1960") + age("89")), "value=\"89\""));
    EXPECT_TRUE(has(copy(born("1960") + age("90")), "<low value=\"90\" unit=\"a\"/>"));
    EXPECT_TRUE(has(copy(born("1960") + age("104")), "<low value=\"90\" unit=\"a\"/>"));
    EXPECT_FALSE(has(copy(born("1960") + age("104")), "104"));
    EXPECT_TRUE(has(copy(born("1960") + age("1080", "mo")), "<low value=\"90\" unit=\"a\"/>"));
    // Of a person over 89, no age at any time.
    EXPECT_FALSE(has(copy(born("1930") + age("70")), "value=\"70\""));
    // Not as text either.
    EXPECT_FALSE(
        has(copy(born("1960") + observed("30525-0", "<value xsi:type=\"ST\">93</value>")), "93"));
    // A limited data set keeps ages.
    EXPECT_TRUE(
        has(copy(born("1930") + age("94"), {.mode = Mode::limited_data_set}), "value=\"94\""));
}

TEST(DeidCcda, Times) {
    const auto time = [](std::string_view value) {
        return "<effectiveTime value=\"" + std::string(value) + "\"/>";
    };
    EXPECT_EQ(copy(time("20240131101112-0500")), "<effectiveTime value=\"2024\"/>");
    EXPECT_EQ(copy(time("1933")), "<effectiveTime nullFlavor=\"MSK\"/>");  // says somebody is old
    EXPECT_EQ(copy(time("yesterday")), "<effectiveTime nullFlavor=\"MSK\"/>");
    EXPECT_EQ(copy(time("20240131101112-0500"), {.mode = Mode::limited_data_set}),
              "<effectiveTime value=\"20240131101112-0500\"/>");
    const Setting shifted{.mode = Mode::expert_determination, .shift_days = 14};
    EXPECT_EQ(copy("<effectiveTime><low value=\"20240220\"/><high value=\"20240301\"/>"
                   "</effectiveTime>",
                   shifted),
              "<effectiveTime><low value=\"20240305\"/><high value=\"20240315\"/></effectiveTime>");
    // Nothing hides behind a date.
    for (const Mode mode : {Mode::limited_data_set, Mode::expert_determination})
        for (const std::string_view value :
             {"20240131Bob", "20240131123456789012345", "20240131 5551234567",
              "20240131555-123-4567", "202401311011121314151617", "20240131101112.1234567890123"})
            EXPECT_EQ(copy(time(value), {.mode = mode}), "<effectiveTime nullFlavor=\"MSK\"/>")
                << value;
}

TEST(DeidCcda, Removes) {
    const std::string out = copy(
        "<!-- QZX --><?QZX QZX?><title>QZX</title><id root=\"QZX\"/>"
        "<recordTarget><patientRole><id extension=\"QZX\"/><addr use=\"HP\"><streetAddressLine>QZX"
        "</streetAddressLine><city>QZX</city><state>MA</state><postalCode>02115-1234</postalCode>"
        "</addr><telecom value=\"QZX\"/><patient><name>QZX</name></patient></patientRole>"
        "</recordTarget><author><assignedAuthor><id root=\"QZX\"/></assignedAuthor></author>"
        "<informant>QZX</informant><x:QZX xmlns:x=\"urn:QZX\" QZX=\"QZX\">QZX</x:QZX><QZX/>" +
        observed("8480-6", "<text>QZX</text><value xsi:type=\"ST\">QZX</value>") +
        observed("76689-9", "<value xsi:type=\"CD\" code=\"QZX\" displayName=\"QZX\"/>") +
        observed("QZX", "<value xsi:type=\"PQ\" value=\"1\" unit=\"QZX\"/>"));
    EXPECT_FALSE(has(out, "QZX")) << out;
    EXPECT_TRUE(has(out, "<addr use=\"HP\"><state>MA</state><postalCode>021</postalCode></addr>"));
    EXPECT_TRUE(has(out, "<title>DEIDENTIFIED</title>"));
    // 03601 is of an area of fewer than 20,000 people; other countries' codes are not known.
    EXPECT_FALSE(has(copy("<recordTarget><patientRole><addr><postalCode>03601</postalCode></addr>"
                          "</patientRole></recordTarget>"),
                     "036"));
    EXPECT_FALSE(has(copy("<recordTarget><patientRole><addr><postalCode>10115</postalCode>"
                          "<country>DE</country></addr></patientRole></recordTarget>"),
                     "101"));
}

TEST(DeidCcda, Answers) {
    // An answer stays with its question alone.
    EXPECT_TRUE(has(copy(observed("8480-6",
                                  "<value xsi:type=\"PQ\" value=\"120\" "
                                  "unit=\"mm[Hg]\"/>")),
                    "value=\"120\" unit=\"mm[Hg]\""));
    EXPECT_FALSE(has(copy(observed("Bob", "<value xsi:type=\"PQ\" value=\"120\"/>")), "120"));
    EXPECT_FALSE(
        has(copy(observed("8480-6", "<value xsi:type=\"INT\" value=\"1234567\"/>")), "1234567"));
    EXPECT_FALSE(has(copy(observed("8480-6", "<value value=\"120\"/>")), "120"));  // of no type
    // The next observation is asked anew.
    EXPECT_FALSE(has(copy(observed("8480-6", "") + observed("Bob",
                                                            "<value xsi:type=\"INT\" "
                                                            "value=\"77\"/>")),
                     "77"));
}

TEST(DeidCcda, Refuses) {
    EXPECT_EQ(copy_of("<ClinicalDocument/>"), std::nullopt);
    EXPECT_EQ(copy_of("<Patient xmlns=\"urn:hl7-org:v3\"/>"), std::nullopt);
    for (const std::string_view text :
         {"", "Bob", "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">",
          "<!DOCTYPE x><ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>",
          "<ClinicalDocument xmlns=\"urn:hl7-org:v3\">&bob;</ClinicalDocument>"})
        EXPECT_THROW(copy_of(text), core::Error) << text;
    // Known strings refuse where they would stay.
    const std::string document = std::string(head) +
                                 "<code code=\"34133-9\" codeSystem=\"2.16.840.1.113883.6.1\"/>" +
                                 std::string(tail);
    EXPECT_THROW(copy_of(document, {.person = R"({"known":["34133-9"],"on_known":"refuse"})"}),
                 core::Error);
}

}  // namespace clinical::deid
