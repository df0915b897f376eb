#include "convert_fixture.h"

#include "convert/number.h"
#include "convert/result_status.h"

using namespace clinical::convert;

namespace {
constexpr const char *pid = "PID|1||7^^^A^MR";
const std::string obr = segment("OBR", {{2, "P1^X"},
                                        {3, "F1^LAB"},
                                        {4, "24323-8^Panel^LN"},
                                        {7, "20260101080000+0000"},
                                        {22, "20260101090000+0000"},
                                        {24, "CH"},
                                        {25, "F"}});
Converted oru(std::string obx, std::string_view options = "{}") {
    return Converted({msh("ORU^R01"), pid, obr, std::move(obx)}, options);
}
}  // namespace

TEST(ConvertResult, ObservationsBelongToTheirOrderAndSpecimen) {
    const Converted c({msh("ORU^R01"), pid, "NTE|1||about the patient", "ORC|RE|P1|F1",
                       "OBR|1|P1|F1|A^a^L|||20260101", "NTE|1||about the order",
                       "OBX|1|ST|X^x^L||one||||||F", "NTE|1||line 1", "NTE|2||line 2",
                       "OBX|2|ST|Y^y^L||two||||||F", "SPM|1|^S1||BLD",
                       "OBX|3|ST|Z^z^L||three||||||F", "ORC|RE|P2|F2", "OBR|2|P2|F2|B^b^L",
                       "OBX|1|ST|X^x^L||four||||||F"});
    EXPECT_EQ(c.count("Observation"), 4);
    EXPECT_EQ(c.count("DiagnosticReport"), 2);
    EXPECT_EQ(c.count("ServiceRequest"), 2);
    EXPECT_EQ(c.resource("DiagnosticReport", 1).find("result").size(), 3u);
    EXPECT_EQ(c.resource("DiagnosticReport", 2).find("result").size(), 1u);
    EXPECT_EQ(c.at("Observation", "note.0.text", 1), "line 1\nline 2");
    EXPECT_EQ(c.at("ServiceRequest", "note.0.text", 1), "about the order");
    EXPECT_EQ(c.at("Observation", "specimen.reference", 3), "Specimen/" + c.at("Specimen", "id"));
    EXPECT_EQ(c.at("Observation", "specimen.reference", 4), "");
    EXPECT_EQ(c.at("DiagnosticReport", "basedOn.0.reference", 2),
              "ServiceRequest/" + c.at("ServiceRequest", "id", 2));
}

TEST(ConvertResult, KeysHoldWhatNamesAResult) {
    const auto id = [](const char *obx) { return oru(obx).at("Observation", "id"); };
    const std::string base = id("OBX|1|NM|2345-7^Glucose^LN|1|5|mg/dL|||||P|||20260101");
    EXPECT_EQ(id("OBX|9|NM|2345-7^Sugar^LN|1|6|mmol/L|H||||C|||20260101"), base);
    EXPECT_NE(id("OBX|1|NM|2345-7^Glucose^LN|2|5|mg/dL|||||P|||20260101"), base);
    EXPECT_NE(id("OBX|1|NM|2345-7^Glucose^LN|1|5|mg/dL|||||P|||20260102"), base);
    EXPECT_NE(id("OBX|1|NM|2345-7^Glucose^L|1|5|mg/dL|||||P|||20260101"), base);
    const Converted twice(
        {msh("ORU^R01"), pid, obr, "OBX|1|ST|X^^L||a||||||F", "OBX|2|ST|X^^L||b||||||F"});
    EXPECT_TRUE(twice.has_issue("duplicate-key"));
    EXPECT_NE(twice.at("Observation", "id", 1), twice.at("Observation", "id", 2));
}

TEST(ConvertResult, ReadsValuesByType) {
    const std::vector<std::pair<const char *, const char *>> cases = {
        {"OBX|1|NM|X||5.10|mg/dL",
         R"("valueQuantity":{"value":5.10,"unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL"})"},
        {"OBX|1|NM|X||>5|mg/dL", R"("valueQuantity":{"value":5,"comparator":">")"},
        {"OBX|1|NM|X||+007.50", R"("valueQuantity":{"value":7.50})"},
        {"OBX|1|NM|X||1,234", R"("valueString":"1,234")"},
        {"OBX|1|NM|X||NEG", R"("valueString":"NEG")"},
        {"OBX|1|SN|X||<^5|mg/dL", R"("valueQuantity":{"value":5,"comparator":"<")"},
        {"OBX|1|SN|X||^1^-^2|mL", R"("valueRange":{"low":{"value":1)"},
        {"OBX|1|SN|X||^1^:^128",
         R"("valueRatio":{"numerator":{"value":1},"denominator":{"value":128}})"},
        {"OBX|1|SN|X||<>^5", R"("valueString":"<>5")"},
        {"OBX|1|CWE|X||N^Neg^HL70078",
         R"("valueCodeableConcept":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0078","code":"N","display":"Neg"}]})"},
        {"OBX|1|ST|X||a\\T\\b & c^d", R"("valueString":"a&b & c^d")"},
        {"OBX|1|FT|X||one~two", R"("valueString":"one\ntwo")"},
        {"OBX|1|DT|X||20260102", R"("valueDateTime":"2026-01-02")"},
        {"OBX|1|TM|X||0930", R"("valueTime":"09:30:00")"},
        {"OBX|1|DR|X||20260101^20260105",
         R"("valuePeriod":{"start":"2026-01-01","end":"2026-01-05"})"},
        {"OBX|1||X||text", R"("valueString":"text")"},
        {"OBX|1|XPN|X||Doe^Jane", R"("valueString":"Doe Jane")"},
        {"OBX|1|ED|X||^text^plain^A^hello",
         R"("valueAttachment":{"contentType":"text/plain","data":"aGVsbG8="})"},
        {"OBX|1|ED|X||^image^png^Base64^aGVsbG8=", R"("data":"aGVsbG8=")"},
        {"OBX|1|ED|X||^image^png^Hex^68656C6C6F", R"("data":"aGVsbG8=")"},
        {"OBX|1|NM|X||1~2|mL",
         R"("component":[{"code":{"coding":[{"code":"X"}]},"valueQuantity":{"value":1)"},
    };
    for (const auto &[obx, expected] : cases) {
        const std::string text = to_text(oru(obx).resource("Observation"));
        EXPECT_NE(text.find(expected), std::string::npos) << obx << "\n" << text;
    }
    EXPECT_TRUE(oru("OBX|1|NM|X||>5").has_issue("comparator-in-number", "OBX-5"));
    EXPECT_TRUE(oru("OBX|1|NM|X||NEG").has_issue("invalid-number", "OBX-5"));
    EXPECT_TRUE(oru("OBX|1||X||a").has_issue("no-value-type"));
    EXPECT_TRUE(oru("OBX|1|ED|X||^a^b^Base64^!!").has_issue("invalid-base64"));
    EXPECT_TRUE(oru("OBX|1|NM||5").has_issue("no-observation-code"));
}

TEST(ConvertResult, UnitsKeepTheirSystem) {
    const auto unit = [](const char *obx6, std::string_view options = "{}") {
        const auto c = oru(std::string("OBX|1|NM|X||5|") + obx6, options);
        return c.at("Observation", "valueQuantity.unit") + "|" +
               c.at("Observation", "valueQuantity.system") + "|" +
               c.at("Observation", "valueQuantity.code");
    };
    const std::string ucum = "|http://unitsofmeasure.org|";
    EXPECT_EQ(unit("mg/dL"), "mg/dL" + ucum + "mg/dL");
    EXPECT_EQ(unit("x^per dl^UCUM"), "per dl" + ucum + "x");
    EXPECT_EQ(unit("MG/DL"), "MG/DL" + ucum + "mg/dL");
    EXPECT_EQ(unit("furlongs"), "furlongs||");
    // By what was measured: one thing for platelets, unknown for a code of the laboratory's own.
    const auto for_code = [](const std::string &observation, const std::string &u) {
        return oru("OBX|1|NM|" + observation + "||5|" + u).at("Observation", "valueQuantity.code");
    };
    EXPECT_EQ(for_code("777-3^Platelets^LN", "K/uL"), "10*3/uL");
    EXPECT_EQ(for_code("PLT^Platelets^L^777-3^Platelets^LN", "K/uL"), "10*3/uL");
    EXPECT_EQ(for_code("PLT^Platelets^L", "K/uL"), "");
    EXPECT_EQ(for_code("8310-5^Temp^LN", "F"), "[degF]");
    EXPECT_EQ(for_code("TEMP", "F"), "");
    EXPECT_EQ(for_code("8310-5^Temp^LN", "F^^UCUM"), "F");
    EXPECT_EQ(unit("MG/DL", R"({"code_map": {"unit": {"MG/DL": {"code": "mg/dL"}}}})"),
              "MG/DL" + ucum + "mg/dL");
    EXPECT_EQ(unit("mgdl^^L^mg/dL^^UCUM"), "mgdl" + ucum + "mg/dL");
    EXPECT_TRUE(oru("OBX|1|NM|X||5|MG/DL").has_issue("unit-alias", "OBX-6"));
    EXPECT_TRUE(oru("OBX|1|NM|X||5|furlongs").has_issue("unmapped-code", "OBX-6"));
}

TEST(ConvertResult, NumbersKeepTheirDigits) {
    const std::vector<std::pair<const char *, const char *>> good = {
        {"5", "5"},  {"5.10", "5.10"}, {"-0.5", "-0.5"}, {"+5", "5"},      {".5", "0.5"},
        {"5.", "5"}, {"007", "7"},     {"0", "0"},       {"-00.0", "-0.0"}};
    for (const auto &[in, out] : good) EXPECT_EQ(read_number(in).value_or("none"), out) << in;
    for (const char *bad : {"", ".", "-", "1e5", "1,2", "5 mg", "--5", "0x1", "NaN", "1.2.3"})
        EXPECT_FALSE(read_number(bad)) << bad;
}

TEST(ConvertResult, StatusesOfTable0085) {
    const std::vector<std::pair<const char *, const char *>> cases = {{"F", "final"},
                                                                      {"P", "preliminary"},
                                                                      {"C", "corrected"},
                                                                      {"A", "amended"},
                                                                      {"X", "cancelled"},
                                                                      {"D", "entered-in-error"},
                                                                      {"W", "entered-in-error"},
                                                                      {"R", "preliminary"},
                                                                      {"S", "preliminary"},
                                                                      {"I", "registered"},
                                                                      {"O", "registered"},
                                                                      {"V", "final"},
                                                                      {"B", "amended"},
                                                                      {"U", "final"},
                                                                      {"N", "unknown"}};
    for (const auto &[v2, fhir] : cases)
        EXPECT_EQ(oru(std::string("OBX|1|ST|X||a||||||") + v2).at("Observation", "status"), fhir)
            << v2;
    const auto odd = oru("OBX|1|ST|X||a||||||ok");
    EXPECT_EQ(odd.at("Observation", "status"), "unknown");
    EXPECT_EQ(odd.at("Observation", "_status.extension.0.valueCodeableConcept.coding.0.code"),
              "ok");
    EXPECT_EQ(oru("OBX|1|ST|X||a").at("Observation", "status"), "final");  // OBR-25
    // U, D, W and X speak of what is stored.
    for (const char *v2 : {"U", "D", "W", "X"})
        EXPECT_EQ(oru(std::string("OBX|1|ST|X||a||||||") + v2).at("Observation", "valueString"), "")
            << v2;
    EXPECT_EQ(oru("OBX|1|ST|X||||||||X").at("Observation", "dataAbsentReason.coding.0.code"),
              "not-performed");
}

TEST(ConvertResult, OrderAndResultsAreReconciled) {
    EXPECT_EQ(reconcile("final", {"final", "preliminary"}), "partial");
    EXPECT_EQ(reconcile("final", {"final", "corrected"}), "final");
    EXPECT_EQ(reconcile("preliminary", {"final"}), "preliminary");
    EXPECT_EQ(reconcile("", {"final", "preliminary"}), "preliminary");
    EXPECT_EQ(reconcile("", {"final", "corrected"}), "corrected");
    EXPECT_EQ(reconcile("", {}), "unknown");
    const auto c = oru("OBX|1|ST|X||a||||||P");
    EXPECT_EQ(c.at("DiagnosticReport", "status"), "partial");
    EXPECT_TRUE(c.has_issue("status-conflict", "OBR-25"));
}

TEST(ConvertResult, LocalObservationCodesGainTheSitesOwn) {
    const auto unmapped = oru("OBX|1|NM|GLU^Glucose^L||5");
    EXPECT_TRUE(unmapped.has_issue("unmapped-code", "OBX-3"));
    EXPECT_EQ(unmapped.at("Observation", "code.coding.0.system"), "urn:id:HOSP:L");
    const auto mapped = oru("OBX|1|NM|GLU^Glucose^L||5",
                            R"({"code_map": {"observation": {"GLU": {"code": "2345-7",
                                "system": "http://loinc.org", "display": "Glucose"}}}})");
    EXPECT_FALSE(mapped.has_issue("unmapped-code", "OBX-3"));
    EXPECT_EQ(mapped.at("Observation", "code.coding.0.code"), "GLU");
    EXPECT_EQ(mapped.at("Observation", "code.coding.1.code"), "2345-7");
    EXPECT_FALSE(oru("OBX|1|NM|2345-7^x^LN||5").has_issue("unmapped-code", "OBX-3"));
}

TEST(ConvertTime, ZonesAreStatedOrKnownOrLeftOut) {
    const auto effective = [](std::string_view time, std::string_view options,
                              std::string_view sent = "20260101120000") {
        return Converted({msh("ORU^R01", sent), pid, "OBR|1||F1|A^^LN",
                          "OBX|1|ST|X||a||||||F|||" + std::string(time)},
                         options);
    };
    const auto at = [](const Converted &c) { return c.at("Observation", "effectiveDateTime"); };
    constexpr std::string_view zone = R"({"time_zone": "America/New_York"})";
    EXPECT_EQ(at(effective("20260701080000-0300", zone)), "2026-07-01T08:00:00-03:00");
    EXPECT_EQ(at(effective("20260701080000", zone)), "2026-07-01T08:00:00-04:00");
    EXPECT_EQ(at(effective("20260101080000", zone)), "2026-01-01T08:00:00-05:00");
    EXPECT_EQ(at(effective("20260101080000", "{}", "20260101120000+0100")),
              "2026-01-01T08:00:00+01:00");
    const auto unknown = effective("20260101080000", "{}");
    EXPECT_EQ(at(unknown), "2026-01-01");
    EXPECT_TRUE(unknown.has_issue("time-zone-unknown", "OBX-14"));
    EXPECT_EQ(at(effective("202601", "{}")), "2026-01");
    const auto twice = effective("20261101013000", zone);
    EXPECT_EQ(at(twice), "2026-11-01T01:30:00-04:00");
    EXPECT_TRUE(twice.has_issue("ambiguous-time", "OBX-14"));
    const auto never = effective("20260308023000", zone);
    EXPECT_EQ(at(never), "2026-03-08T02:30:00-05:00");
    EXPECT_TRUE(never.has_issue("nonexistent-time", "OBX-14"));
}

TEST(ConvertMessage, IsTheSameEveryTimeAndSaysWhoSaidIt) {
    const auto say = [] {
        std::string all;
        for (const auto &s : oru("OBX|1|NM|X^^L||5|mg/dL").said.statements)
            all += s.id + to_text(s.resource) + s.issue.location + s.issue.format_code + "\n";
        return all;
    };
    EXPECT_EQ(say(), say());
    const auto c = oru("OBX|1|NM|X^^L||5|mg/dL");
    const auto &provenance = c.resource("Provenance");
    EXPECT_EQ(provenance.find("recorded").as_text(), "2026-01-01T12:00:00+00:00");
    EXPECT_EQ(provenance.find("target").size(),
              static_cast<std::size_t>(c.count("Patient") + c.count("Observation") +
                                       c.count("DiagnosticReport") + c.count("ServiceRequest")));
    EXPECT_EQ(Converted::text_at(provenance, "agent.0.who.reference"),
              "Organization/" + c.at("Organization", "id"));
}

TEST(ConvertMessage, SurvivesWhateverComes) {
    // Every prefix of a message and every field replaced by nonsense is converted or refused.
    const std::string message = msh("ORU^R01") + "\r" + pid + "|PV1|1\r" + obr +
                                "\rOBX|1|NM|X^x^L|1|5~6|mg/dL|1-2|H~L|||F|||2026|A^B|C^D&E|F|G^H\r";
    for (std::size_t n = 20; n < message.size(); n++) {
        const std::string part = message.substr(0, n);
        const auto parsed = clinical::hl7v2::Message::parse(part);
        if (!parsed.ok()) continue;
        EXPECT_FALSE(convert_hl7v2(parsed.value(), {}).statements.empty());
    }
    for (const char *nonsense : {"^^^^", "&&&&", "~~~~", "\"\"", "^\"\"^~&^\"\"", "\\E\\\\X\\",
                                 "99999999999999999999", "\xff\xfe", "20269999", "^^^&&ISO"})
        for (int field = 1; field < 30; field++) {
            std::string obx = "OBX|1|NM|X^x^L|1|5|mg/dL|||||F";
            std::string segment = "OBX";
            for (int f = 1; f < 30; f++)
                segment += f == field ? "|" + std::string(nonsense) : f == 3 ? "|X^x^L" : "|";
            EXPECT_FALSE(Converted({msh("ORU^R01"), pid, obr, segment}).said.statements.empty());
        }
}
