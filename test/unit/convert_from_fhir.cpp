// From FHIR back to HL7 v2: what was said once is said again.

#include "convert/from_fhir.h"

#include "convert_fixture.h"

namespace clinical::convert {

namespace {

core::Json bundle_of(const Converted &c) {
    core::Json list = core::Json::array();
    for (const auto &s : c.said.statements)
        if (s.kind == Statement::Kind::resource) list.push(s.resource);
    return list;
}

std::string made(const Converted &c, std::string_view structure = "") {
    auto text = hl7v2_from_fhir(bundle_of(c), structure, json("{}"));
    EXPECT_TRUE(text.ok());
    return text.ok() ? text.value() : std::string();
}

Converted again(const std::string &text) {
    std::vector<std::string> segments;
    std::size_t from = 0;
    while (from < text.size()) {
        const auto end = text.find('\r', from);
        segments.push_back(text.substr(from, end - from));
        from = end + 1;
    }
    return Converted(segments);
}

const char pid[] =
    "PID|1||7^^^&1.2.3&ISO^MR||Doe^Jane^Q^III^Dr^^L||19700203|F|||1 Main St^Apt 2^Town"
    "^ST^12345^USA^H||^PRN^PH^^^^^^^^^5551234|||M";

}  // namespace

TEST(ConvertFromFhir, SaysResultsAgain) {
    const Converted first(
        {msh("ORU^R01"), pid, "ORC|RE|P1^L|F1^L",
         "OBR|1|P1^L|F1^L|24323-8^Panel^LN|||20260102030405-0500|||||||||||||||20260103||LAB|F",
         "OBX|1|NM|2345-7^Glucose^LN||5.10|mmol/L^^UCUM|3-6|H|||F|||20260102030405-0500",
         "OBX|2|CWE|600-7^Culture^LN||112283007^E. coli^SCT||||||C",
         "OBX|3|SN|718-7^Hb^LN||>^100|g/L|||||P", "OBX|4|ST|8251-1^Note^LN||a\\T\\b\\F\\c|||||||F",
         "NTE|1||seen by eye", "SPM|1|^S1&L||BLD^Blood^HL70487"});
    const std::string text = made(first);
    EXPECT_NE(text.find("|ORU^R01^ORU_R01|"), std::string::npos);
    const Converted second = again(text);
    ASSERT_EQ(second.count("Observation"), 4);
    for (int n = 1; n <= 4; n++)
        for (const char *path :
             {"code.coding.0.code", "status", "valueQuantity.value", "valueQuantity.comparator",
              "valueQuantity.code", "valueString", "valueCodeableConcept.coding.0.code",
              "effectiveDateTime", "interpretation.0.coding.0.code", "referenceRange.0.text",
              "note.0.text"})
            EXPECT_EQ(first.at("Observation", path, n), second.at("Observation", path, n))
                << n << " " << path;
    for (const char *path : {"code.coding.0.code", "status", "effectiveDateTime", "issued"})
        EXPECT_EQ(first.at("DiagnosticReport", path), second.at("DiagnosticReport", path)) << path;
    EXPECT_EQ(first.at("Specimen", "type.coding.0.code"),
              second.at("Specimen", "type.coding.0.code"));
    EXPECT_EQ(first.at("Patient", "id"), second.at("Patient", "id"));
}

TEST(ConvertFromFhir, SaysPatientsAgain) {
    const Converted first(
        {msh("ADT^A01"), "EVN||20260101120000+0000", pid, "NK1|1|Doe^John^^^^^L|FTH^Father^HL70063",
         "PV1|1|I|W^1^2^HOSP||||9^Cut^Carl^^^^^^&1.2.4&ISO|||||||||||"
         "|V1^^^&1.2.5&ISO|||||||||||||||||||||||||20260101100000+0000",
         "AL1|1|DA|70618^Penicillin^RXNORM|SV|Hives", "DG1|1||I10^Hypertension^I10C|||F"});
    const std::string text = made(first, "ADT_A08");
    const Converted second = again(text);
    for (const char *path :
         {"id", "name.0.family", "name.0.given.1", "name.0.prefix.0", "name.0.suffix.0",
          "name.0.use", "birthDate", "gender", "address.0.line.1", "address.0.city",
          "address.0.use", "telecom.0.value", "maritalStatus.coding.0.code"})
        EXPECT_EQ(first.at("Patient", path), second.at("Patient", path)) << path;
    for (const char *path : {"class.code", "identifier.0.value", "period.start"})
        EXPECT_EQ(first.at("Encounter", path), second.at("Encounter", path)) << path;
    EXPECT_EQ(first.at("AllergyIntolerance", "code.coding.0.code"),
              second.at("AllergyIntolerance", "code.coding.0.code"));
    EXPECT_EQ(first.at("AllergyIntolerance", "reaction.0.severity"),
              second.at("AllergyIntolerance", "reaction.0.severity"));
    EXPECT_EQ(first.at("Condition", "code.coding.0.code"),
              second.at("Condition", "code.coding.0.code"));
    EXPECT_EQ(first.at("RelatedPerson", "name.0.family"),
              second.at("RelatedPerson", "name.0.family"));
}

TEST(ConvertFromFhir, SaysMergesAgain) {
    const Converted first(
        {msh("ADT^A40"), "EVN||20260101120000+0000", pid, "MRG|8^^^&1.2.3&ISO^MR"});
    const std::string text = made(first);
    EXPECT_NE(text.find("|ADT^A40^ADT_A39|"), std::string::npos);
    const Converted second = again(text);
    ASSERT_EQ(second.links().size(), 1u);
    EXPECT_EQ(second.links()[0]->id, first.links()[0]->id);
    EXPECT_EQ(second.links()[0]->patient_id, first.links()[0]->patient_id);
}

TEST(ConvertFromFhir, SaysVaccinesAgain) {
    const Converted first({msh("VXU^V04"), pid, "ORC|RE||F3^L",
                           "RXA|0|1|20260102||140^Influenza^CVX|0.5|mL^^UCUM||00||||||LOT1|"
                           "20270101|||||CP",
                           "RXR|IM^Intramuscular^HL70162|LA^Left arm^HL70163",
                           "OBX|1|CE|64994-7^Eligibility^LN|1|V02^VFC^HL70064"});
    const Converted second = again(made(first));
    for (const char *path :
         {"vaccineCode.coding.0.code", "status", "occurrenceDateTime", "lotNumber",
          "expirationDate", "doseQuantity.value", "doseQuantity.code", "route.coding.0.code",
          "site.coding.0.code", "primarySource"})
        EXPECT_EQ(first.at("Immunization", path), second.at("Immunization", path)) << path;
    EXPECT_EQ(second.at("Observation", "valueCodeableConcept.coding.0.code"), "V02");
}

// What a result is made of comes back the same: every element of it that a receiver reads.
TEST(ConvertFromFhir, SaysAllOfAResultAgain) {
    const Converted first(
        {msh("ORU^R01"),
         "PID|1||7^^^&1.2.3&ISO^MR||Doe^Jane^Q^III^Dr^MD^L||19700203|F||2106-3^White^CDCREC|||"
         "^PRN^PH^^1^617^5551234^12|||M^Married^HL70002||A1^^^&1.2.6&ISO^AN",
         "PV1|1|I|W^1^2^HOSP|||||||MED|||R|1|B1|VIP|||V1^^^&1.2.5&ISO||||||||||||||||"
         "|01|HOME|REG||||||20260101100000+0000|20260103100000+0000",
         "ORC|RE|P1^L|F1^L",
         "OBR|1|P1^L|F1^L|24323-8^Panel^LN|||20260102030405-0500|20260102040405-0500||||||||||||||"
         "20260103||LAB|F",
         "NTE|1||fasting", "OBX|1|NM|2345-7^Glucose^LN||5.10|mmol/L^^UCUM|||||F",
         "NTE|1||first line\\.br\\second line", "OBX|2|TX|8251-1^Note^LN||one~two||||||F",
         "OBX|3|DT|8665-2^LMP^LN||20260101||||||F",
         "OBX|4|ED|11502-2^Report^LN||^TEXT^PLAIN^Base64^QUJD||||||F",
         "SPM|1|^S1&L||BLD^Blood^HL70487"});
    const std::string text = made(first);
    for (const char *part :
         {"\rNTE|1||fasting\r", "\rNTE|1||first line\\.br\\second line\r", "|one\\.br\\two|",
          "\rOBX|3|DT|", "|^TEXT^PLAIN^Base64^QUJD|", "^PRN^PH^^1^617^5551234^12", "^Dr^MD^L|",
          "\rPV1|1|I|W^1^2^HOSP|||||||MED|||R|1|B1|VIP|", "|01|HOME|REG|", "|A1^^^&1.2.6&ISO^AN"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    const Converted second = again(text);
    for (int n = 1; n <= 4; n++)
        for (const char *path :
             {"valueString", "valueDateTime", "note.0.text", "note.1.text", "effectivePeriod.start",
              "effectivePeriod.end", "extension.0.valueAttachment.data"})
            EXPECT_EQ(first.at("Observation", path, n), second.at("Observation", path, n))
                << n << " " << path;
    for (const char *path : {"name.0.suffix.0", "name.0.suffix.1", "telecom.0.value",
                             "telecom.0.extension.1.valueString"})
        EXPECT_EQ(first.at("Patient", path), second.at("Patient", path)) << path;
    EXPECT_EQ(first.at("ServiceRequest", "note.0.text"),
              second.at("ServiceRequest", "note.0.text"));
    for (const char *path : {"hospitalization.dischargeDisposition.coding.0.code",
                             "hospitalization.admitSource.coding.0.code", "location.0.status"})
        EXPECT_EQ(first.at("Encounter", path), second.at("Encounter", path)) << path;
}

TEST(ConvertFromFhir, SaysEveryMerge) {
    const Converted first({msh("ADT^A40"), "EVN||20260101120000+0000", pid, "MRG|8^^^&1.2.3&ISO^MR",
                           "PID|2||9^^^&1.2.3&ISO^MR||Roe", "MRG|10^^^&1.2.3&ISO^MR"});
    const Converted second = again(made(first));
    ASSERT_EQ(first.links().size(), 2u);
    ASSERT_EQ(second.links().size(), 2u);
    for (const std::size_t n : {0u, 1u}) {
        EXPECT_EQ(second.links()[n]->id, first.links()[n]->id);
        EXPECT_EQ(second.links()[n]->patient_id, first.links()[n]->patient_id);
    }
}

TEST(ConvertFromFhir, AVisitMustBeThereOrSaidNotToBe) {
    const auto text =
        hl7v2_from_fhir(json("{\"resourceType\":\"Patient\",\"id\":\"1\"}"), "", json("{}"));
    ASSERT_TRUE(text.ok());
    EXPECT_NE(text.value().find("\rPV1|1|N\r"), std::string::npos);
}

TEST(ConvertFromFhir, RefusesWhatItCannotSay) {
    EXPECT_EQ(hl7v2_from_fhir(json("[]"), "", json("{}")).error().code,
              core::ErrorCode::invalid_value);
    EXPECT_EQ(
        hl7v2_from_fhir(json("{\"resourceType\":\"Patient\",\"id\":\"1\"}"), "RDE_O11", json("{}"))
            .error()
            .code,
        core::ErrorCode::unsupported);
}

}  // namespace clinical::convert
