// What a message says and FHIR R4 does not allow.
#include "convert_fixture.h"

using namespace clinical::convert;

namespace {
Converted adt(std::string pid, std::string other = {}, std::string_view options = "{}") {
    std::vector<std::string> segments{msh("ADT^A01"), evn("20260101"), std::move(pid)};
    if (!other.empty()) segments.push_back(std::move(other));
    return Converted(std::move(segments), options);
}
}  // namespace

TEST(ConvertSettle, UniversalIdsThatAreNone) {
    struct Case {
        std::string_view authority, system;
        bool has_issue;
    };
    constexpr Case cases[] = {
        {"A&2.16.840.1.113883.3.1&ISO", "urn:oid:2.16.840.1.113883.3.1", false},
        {"A&2.16.840.1.114222.NUMBER&ISO", "urn:id:2.16.840.1.114222.NUMBER", true},
        {"A&2.16.01.3&ISO", "urn:id:2.16.01.3", true},  // no leading zeros (R4 oid)
        {"A&05D2222542&ISO", "urn:id:05D2222542", true},
        {"A&1.2.3.4&", "urn:oid:1.2.3.4", false},
        {"A&0F8FAD5B-D9CB-469F-A165-70867728950E&UUID",
         "urn:uuid:0f8fad5b-d9cb-469f-a165-70867728950e", false},
        {"A&dcb587e4ec7f4fbdbe7846f604c70c47&GUID", "urn:uuid:dcb587e4-ec7f-4fbd-be78-46f604c70c47",
         false},
        {"A&1.1.1.1&UUID", "urn:id:1.1.1.1", true},
        {"A&http://a.example/b&URI", "http://a.example/b", false},
        {"A&http://a b&URI", "urn:id:http:%2F%2Fa%20b", true},
    };
    for (const auto &c : cases) {
        const auto said = adt("PID|1||7^^^" + std::string(c.authority) + "^MR");
        EXPECT_EQ(said.at("Patient", "identifier.0.system"), c.system) << c.authority;
        EXPECT_EQ(said.has_issue("invalid-authority"), c.has_issue) << c.authority;
    }
}

TEST(ConvertSettle, CodesThatTheTableDoesNotHave) {
    const auto own = adt("PID|1||7^^^A^MR~8^^^A^CLINIC-PAT");
    EXPECT_EQ(own.at("Patient", "identifier.0.type.coding.0.system"),
              "http://terminology.hl7.org/CodeSystem/v2-0203");
    EXPECT_EQ(own.at("Patient", "identifier.1.type.coding.0.system"), "urn:id:HOSP:HL70203");
    EXPECT_EQ(own.at("Patient", "identifier.1.type.coding.0.code"), "CLINIC-PAT");
    EXPECT_TRUE(own.has_issue("unmapped-code", "PID-3[2].5"));
    // A site's map answers.
    const auto mapped = adt("PID|1||7^^^A^MR~8^^^A^CLINIC-PAT", "",
                            R"({"code_map": {"IdentifierType": {"CLINIC-PAT": {"code": "PI"}}}})");
    EXPECT_EQ(mapped.at("Patient", "identifier.1.type.coding.0.code"), "PI");
    EXPECT_FALSE(mapped.has_issue("unmapped-code"));
    // Named by the sender.
    const auto named = Converted({msh("ORU^R01"), "PID|1||7^^^A^MR", "OBR|1|P|F|1^A^L",
                                  "OBX|1|CWE|1^A^L||Q^Strange^HL70078"});
    EXPECT_EQ(named.at("Observation", "valueCodeableConcept.coding.0.system"),
              "urn:id:HOSP:HL70078");
    EXPECT_TRUE(named.has_issue("unmapped-code", "OBX-5"));
    // The place of the sender is in the name as it is, not escaped twice.
    const auto spaced = Converted({"MSH|^~\\&|APP|MY HOSP|||20260101||ADT^A08|1|P|2.5.1",
                                   "PID|1||7^^^A^MR", "PV1|1|QQ|||||||||||||||||V1^^^A"});
    EXPECT_EQ(spaced.at("Encounter", "class.system"), "urn:id:MY%20HOSP:HL70004");
}

TEST(ConvertSettle, Periods) {
    const auto visit = [](std::string_view from, std::string_view to) {
        return adt("PID|1||7^^^A^MR", segment("PV1", {{2, "I"}, {19, "V1"}, {44, from}, {45, to}}));
    };
    EXPECT_EQ(visit("20260102", "20260103").at("Encounter", "period"),
              R"({"start":"2026-01-02","end":"2026-01-03"})");
    const auto reversed = visit("20260102", "20260101");
    EXPECT_EQ(reversed.at("Encounter", "period"), R"({"start":"2026-01-02"})");
    EXPECT_TRUE(reversed.has_issue("per-1"));
    const auto zones = visit("20260102100000+0200", "20260102090000+0000");
    EXPECT_EQ(zones.at("Encounter", "period.end"), "2026-01-02T09:00:00+00:00");
    // A date and a time of that day do not compare.
    const auto mixed = visit("20260102", "20260102090000+0000");
    EXPECT_EQ(mixed.at("Encounter", "period"), R"({"start":"2026-01-02","end":"2026-01-02"})");
    EXPECT_TRUE(mixed.has_issue("per-1"));
}

TEST(ConvertSettle, ContactsOrganizationsAndDoses) {
    const auto contact = adt("PID|1||7^^^A^MR", "NK1|1||SPO|||||20200101|20210101");
    EXPECT_EQ(contact.at("Patient", "contact"), "");
    EXPECT_TRUE(contact.has_issue("pat-1"));

    const auto order = Converted(
        {msh("ORM^O01"), "PID|1||7^^^A^MR",
         segment("ORC", {{1, "NW"}, {2, "P1"}, {21, "Clinic"}, {22, "1 Road^^Town^^^^H"}}),
         "OBR|1|P1||1^A^L"});
    EXPECT_EQ(order.at("Organization", "address.0.use"), "");
    EXPECT_EQ(order.at("Organization", "address.0.city"), "Town");
    EXPECT_TRUE(order.has_issue("org-2"));

    const auto dose =
        Converted({msh("RDE^O11"), "PID|1||7^^^A^MR", "ORC|NW|P1", "RXE||1^Drug^L|5|2|tablet"});
    EXPECT_EQ(dose.at("MedicationRequest", "dosageInstruction.0.doseAndRate.0.doseRange.low.value"),
              "5");
    EXPECT_EQ(dose.at("MedicationRequest", "dosageInstruction.0.doseAndRate.0.doseRange.high"), "");
    EXPECT_TRUE(dose.has_issue("rng-2"));
}

// By mouth or by vein: never one instruction with both.
TEST(ConvertSettle, TwoRoutesAreTwoInstructions) {
    const auto c = Converted({msh("RDE^O11"), "PID|1||7^^^A^MR", "ORC|NW|P1", "RXE||1^Drug^L|5||mg",
                              "RXR|PO", "RXR|IV"});
    EXPECT_EQ(c.resource("MedicationRequest").find("dosageInstruction").size(), 2u);
    EXPECT_EQ(c.at("MedicationRequest", "dosageInstruction.0.route.coding.0.code"), "PO");
    EXPECT_EQ(c.at("MedicationRequest", "dosageInstruction.1.route.coding.0.code"), "IV");
}

TEST(ConvertSettle, DataHaveAType) {
    const auto c = Converted({msh("ORU^R01"), "PID|1||7^^^A^MR", "OBR|1|P|F|1^A^L",
                              "OBX|1|ED|1^A^L||^IM^not a type/x^Base64^AAAA"});
    const std::string extension = c.at("Observation", "extension.0.valueAttachment.contentType");
    EXPECT_EQ(extension, "application/octet-stream");
}

TEST(ConvertMedication, ComponentsAreThoseOfTheEncodedOrder) {
    const auto c = Converted({msh("RDE^O11"), "PID|1||7^^^A^MR", "ORC|NW|P1", "RXO|1^Drug^L|1",
                              "RXC|B|OLD^Old^L|1|mL", "RXE||1^Drug^L|1||bag",
                              "RXC|B|NEW^New^L|2|mL", "RXC|A|||"});
    EXPECT_EQ(c.at("MedicationRequest", "medicationReference.reference"), "#compound");
    EXPECT_EQ(c.at("MedicationRequest", "medicationCodeableConcept"), "");
    EXPECT_EQ(c.resource("MedicationRequest").find("contained").at(0).find("ingredient").size(),
              1u);
    EXPECT_EQ(
        c.at("MedicationRequest", "contained.0.ingredient.0.itemCodeableConcept.coding.0.code"),
        "NEW");
}

TEST(ConvertSettle, AProblemEnteredInErrorHasNotEnded) {
    const Converted said({msh("PPR^PC3"), "PID|1||7^^^H^MR",
                          "PRB|DE|20260102|I10^Pressure^I10C|P7^H|||20260101||20260105"});
    EXPECT_EQ(said.at("Condition", "verificationStatus.coding.0.code"), "entered-in-error");
    EXPECT_TRUE(said.resource("Condition").find("abatementDateTime").is_absent());
    EXPECT_TRUE(said.resource("Condition").find("clinicalStatus").is_absent());
    EXPECT_TRUE(said.has_issue("con-4"));
}
