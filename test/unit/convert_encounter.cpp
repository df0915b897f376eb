#include "convert_fixture.h"

using namespace clinical::convert;

namespace {
constexpr const char *pid = "PID|1||7^^^A^MR";
Converted event(std::string_view trigger, std::string pv1, std::string_view options = "{}") {
    return Converted({msh("ADT^" + std::string(trigger)),
                      "EVN||20260101130000+0000||||20260101110000+0000", pid, std::move(pv1)},
                     options);
}
}  // namespace

TEST(ConvertEncounter, StatusFollowsTheEvent) {
    const std::vector<std::tuple<const char *, const char *, const char *>> cases = {
        {"A01", "I", "in-progress"}, {"A02", "I", "in-progress"}, {"A03", "I", "finished"},
        {"A04", "O", "in-progress"}, {"A04", "P", "planned"},     {"A05", "I", "planned"},
        {"A08", "I", "unknown"},     {"A11", "I", "cancelled"},   {"A13", "I", "in-progress"},
    };
    for (const auto &[trigger, patient_class, status] : cases)
        EXPECT_EQ(event(trigger, pv1(patient_class)).at("Encounter", "status"), status)
            << trigger << patient_class;
    EXPECT_EQ(
        event("A04", pv1("O"), R"({"registered_status": "planned"})").at("Encounter", "status"),
        "planned");
    for (const char *person : {"A28", "A31"})
        EXPECT_EQ(event(person, pv1("N")).count("Encounter"), 0);
}

TEST(ConvertEncounter, MapsTheVisit) {
    const auto c = event("A01", segment("PV1", {{2, "I"},
                                                {3, "4E^12^B^HOSP^^^^^bed by the window"},
                                                {4, "E"},
                                                {6, "3W^^^HOSP"},
                                                {7, "1^Smith^Ann^^^Dr^^^NPI~2^Jones^Bob"},
                                                {8, "3^Ray^Lee"},
                                                {19, "V1^^^A^VN"},
                                                {36, "01"},
                                                {44, "20260101100000+0000"}}));
    EXPECT_EQ(c.at("Encounter", "class.code"), "IMP");
    EXPECT_EQ(c.at("Encounter", "identifier.0.value"), "V1");
    EXPECT_EQ(c.at("Encounter", "participant.0.type.0.coding.0.code"), "ATND");
    EXPECT_EQ(c.at("Encounter", "participant.1.type.0.coding.0.code"), "ATND");
    EXPECT_EQ(c.at("Encounter", "participant.2.type.0.coding.0.code"), "REF");
    EXPECT_EQ(c.at("Practitioner", "identifier.0.system"), "http://hl7.org/fhir/sid/us-npi");
    EXPECT_EQ(c.at("Encounter", "hospitalization.dischargeDisposition.coding.0.system"),
              "http://terminology.hl7.org/CodeSystem/v2-0112");
    EXPECT_EQ(c.at("Encounter", "period.start"), "2026-01-01T10:00:00+00:00");
    EXPECT_EQ(c.at("Encounter", "location.0.status"), "active");
    EXPECT_EQ(c.at("Encounter", "location.0.period.start"), "2026-01-01T10:00:00+00:00");
    EXPECT_EQ(c.at("Encounter", "location.1.status"), "completed");
    // Bed in room in ward in facility.
    EXPECT_EQ(c.count("Location"), 5);
    EXPECT_EQ(c.at("Location", "name", 4), "B");
    EXPECT_EQ(c.at("Location", "partOf.reference", 4), "Location/" + c.at("Location", "id", 3));
    EXPECT_EQ(c.statement("Encounter")->parents,
              std::vector<std::string>{"Patient/" + c.at("Patient", "id")});
    EXPECT_EQ(c.statement("Location")->patient_id, "");
}

TEST(ConvertEncounter, AdmissionAndDischargeAreOneVisitWithoutNumber) {
    const std::string account = segment("PID", {{3, "7^^^A^MR"}, {18, "55^^^A"}});
    const auto id = [&](std::string_view trigger, std::string pid_text, std::string pv1) {
        const Converted c(
            {msh("ADT^" + std::string(trigger)), std::move(pid_text), std::move(pv1)});
        EXPECT_TRUE(c.has_issue("no-visit-number") || c.has_issue("no-visit-key"));
        return c.at("Encounter", "id");
    };
    EXPECT_EQ(id("A01", account, "PV1|1|I"), id("A03", account, "PV1|1|I|X|||Y"));
    const auto admitted = [](std::string_view patient_class, std::string_view when) {
        return segment("PV1", {{2, patient_class}, {44, when}});
    };
    EXPECT_EQ(id("A01", pid, admitted("I", "20260101")), id("A03", pid, admitted("O", "20260101")));
    EXPECT_NE(id("A01", pid, admitted("I", "20260101")), id("A01", pid, admitted("I", "20260102")));
    EXPECT_EQ(id("A01", pid, "PV1|1|I"), "");
}

TEST(ConvertEncounter, CancelledDischargeReopens) {
    const auto c = event("A13", pv1("I", "V1", "4E"));
    EXPECT_EQ(c.statement("Encounter")->cleared,
              (std::vector<std::string>{"hospitalization.dischargeDisposition", "period.end"}));
    const auto d = event("A03", pv1("I", "V1", "4E"));
    EXPECT_EQ(d.at("Encounter", "period.end"), "2026-01-01T11:00:00+00:00");  // EVN-6
    EXPECT_EQ(d.at("Encounter", "location.0.status"), "completed");
}

TEST(ConvertEncounter, OrdersByEvn2AndElseByMsh7) {
    EXPECT_EQ(event("A01", "PV1|1|I").said.event_micros, 1767272400000000);
    const Converted c({msh("ADT^A01", "20260101120000-0500"), pid});
    EXPECT_EQ(c.said.event_micros, 1767286800000000);
    const Converted none({msh("ADT^A01", ""), pid});
    EXPECT_FALSE(none.said.event_micros);
}

TEST(ConvertEncounter, NonAdmissionsWaitWhenOnlyAdmissionsEstablish) {
    const Converted c({msh("ORU^R01"), pid, pv1("I"), "OBR|1||F1|24323-8^^LN",
                       "OBX|1|NM|2345-7^^LN||5|mg/dL|||||F"},
                      R"({"establish": "adt"})");
    EXPECT_EQ(c.count("Patient") + c.count("Encounter"), 0);
    const Converted a({msh("ADT^A01"), pid, pv1("I")});
    EXPECT_EQ(c.statement("Observation")->parents,
              (std::vector<std::string>{"Patient/" + a.at("Patient", "id"),
                                        "Encounter/" + a.at("Encounter", "id")}));
}

TEST(ConvertLists, AreSnapshots) {
    const Converted c({msh("ADT^A01"), pid, pv1("I"),
                       "AL1|1|DA|70618^Penicillin^RXNORM|SV|Hives~Rash", "AL1|2|FA|^Nuts|MI",
                       "DG1|1||I21.4^NSTEMI^I10C|||A", "IN1|1|P1^Plan|C1|Acme||||G1|||||||||18"});
    EXPECT_EQ(c.statement("AllergyIntolerance", 1)->replaced,
              std::vector<std::string>{"AllergyIntolerance"});
    EXPECT_TRUE(c.statement("AllergyIntolerance", 2)->replaced.empty());
    EXPECT_EQ(c.at("AllergyIntolerance", "reaction.0.severity", 1), "severe");
    EXPECT_EQ(c.at("AllergyIntolerance", "reaction.0.manifestation.1.text", 1), "Rash");
    EXPECT_EQ(c.at("AllergyIntolerance", "criticality", 2), "low");
    EXPECT_EQ(c.at("AllergyIntolerance", "category", 1), R"(["medication"])");
    const std::string visit = "Encounter/" + c.at("Encounter", "id");
    EXPECT_EQ(c.statement("Condition")->replaced,
              std::vector<std::string>{"Condition?encounter=" + visit});
    EXPECT_EQ(c.at("Condition", "encounter.reference"), visit);
    EXPECT_EQ(c.at("Encounter", "diagnosis.0.condition.reference"),
              "Condition/" + c.at("Condition", "id"));
    EXPECT_EQ(c.at("Condition", "code.coding.0.system"), "http://hl7.org/fhir/sid/icd-10-cm");
    EXPECT_EQ(c.at("Coverage", "subscriber.reference"), "Patient/" + c.at("Patient", "id"));
    EXPECT_EQ(c.at("Coverage", "class.1.value"), "G1");
}

TEST(ConvertLists, AnExplicitNullEmptiesOne) {
    const Converted c({msh("ADT^A08"), pid, "AL1|1|\"\"|\"\"|\"\""});
    EXPECT_EQ(c.count("AllergyIntolerance"), 0);
    EXPECT_EQ(c.statement("Patient")->replaced, std::vector<std::string>{"AllergyIntolerance"});
    EXPECT_TRUE(Converted({msh("ADT^A08"), pid}).statement("Patient")->replaced.empty());
}

TEST(ConvertCodes, ICanBeToldWhichIcd10) {
    const auto system = [](std::string_view options) {
        return Converted({msh("ADT^A01"), pid, "DG1|1||I21.4^x^I10"}, options)
            .at("Condition", "code.coding.0.system");
    };
    EXPECT_EQ(system("{}"), "http://hl7.org/fhir/sid/icd-10");
    EXPECT_EQ(system(R"({"code_systems": {"I10": "http://hl7.org/fhir/sid/icd-10-cm"}})"),
              "http://hl7.org/fhir/sid/icd-10-cm");
}
