// Roles, timings, products and what else hangs on a message beside its main resources.

#include "convert_fixture.h"

using namespace clinical::convert;

namespace {
constexpr const char *pid = "PID|1||7^^^A^MR";
constexpr const char *visit = "PV1|1|I|||||||||||||||||V1^^^A";
}  // namespace

TEST(ConvertRole, ARoleThatSaysNothingMoreIsThePerson) {
    const Converted plain({msh("ADT^A01"), pid, visit, "ROL||AD|AD^Admitting^HL70443|33^Ray^Lee"});
    EXPECT_EQ(plain.count("PractitionerRole"), 0);
    EXPECT_TRUE(
        plain.at("Encounter", "participant.0.individual.reference").starts_with("Practitioner/"));
    const Converted more(
        {msh("ADT^A01"), pid, visit, "ROL|R1|AD|AD^Admitting^HL70443|33^Ray^Lee||||||||||Clinic"});
    EXPECT_EQ(more.count("PractitionerRole"), 1);
    EXPECT_EQ(more.at("Encounter", "participant.0.individual.reference"),
              "PractitionerRole/" + more.at("PractitionerRole", "id"));
    EXPECT_EQ(more.at("PractitionerRole", "organization.reference"),
              "Organization/" + more.at("Organization", "id"));
}

TEST(ConvertRole, IsKnownByWhoAsWhatAndForWhom) {
    const auto id = [](const char *role) {
        return Converted({msh("ADT^A01"), pid, role, visit}).at("PractitionerRole", "id");
    };
    const std::string one = id("ROL||AD|PP^Primary^HL70443|33^Ray^Lee");
    EXPECT_EQ(one.size(), 32u);
    EXPECT_EQ(one, id("ROL||UP|PP^Primary^HL70443|33^Ray^Leigh|20260101"));
    EXPECT_NE(one, id("ROL||AD|PP^Primary^HL70443|34^Ray^Lee"));
    EXPECT_NE(one, id("ROL||AD|PP^Primary^HL70443|33^Ray^Lee||||||||||Clinic"));
}

TEST(ConvertRole, OneThatEndsAddsNobody) {
    for (const char *action : {"DE", "UN"}) {
        const Converted c({msh("ADT^A01"), pid, visit,
                           "ROL||" + std::string(action) + "|AD^Admitting^HL70443|33^Ray^Lee"});
        EXPECT_EQ(c.at("Encounter", "participant.0.individual.reference"), "") << action;
        EXPECT_TRUE(c.has_issue("role-ended", "ROL-2"));
    }
}

TEST(ConvertRole, SiteRowsMayNameAResourceWithinAResource) {
    const Converted c({msh("ADT^A01"), pid, visit, "ZPD|Lee"}, R"json({"mapping": [
        {"map": "ZPD[Patient]", "source": "ZPD-1",
         "target": "generalPractitioner[1](PractitionerRole.practitioner(Practitioner.name.family))"},
        {"map": "ZPD[Patient]", "source": "ZPD-1", "constant": "\"x\"",
         "target": "generalPractitioner[1](PractitionerRole.code.text)"}]})json");
    EXPECT_EQ(c.at("Practitioner", "name.0.family"), "Lee");
    EXPECT_EQ(c.at("PractitionerRole", "practitioner.reference"),
              "Practitioner/" + c.at("Practitioner", "id"));
    EXPECT_EQ(c.at("Patient", "generalPractitioner.0.reference"),
              "PractitionerRole/" + c.at("PractitionerRole", "id"));
}

TEST(ConvertTiming, UnitsAndPatterns) {
    const auto timing = [](const char *tq1, const char *path) {
        return Converted({msh("OML^O21"), pid, "ORC|NW|P1", tq1, "OBR|1|P1||1^A^L"})
            .at("ServiceRequest", std::string("occurrenceTiming.") + path);
    };
    EXPECT_EQ(timing("TQ1|1||Q30M", "repeat.periodUnit"), "min");
    EXPECT_EQ(timing("TQ1|1||Q2W", "repeat.periodUnit"), "wk");
    EXPECT_EQ(timing("TQ1|1||Q2L", "repeat.periodUnit"), "");  // a lunar month is no unit of R4
    EXPECT_EQ(timing("TQ1|1||QX", "repeat.periodUnit"), "");
    EXPECT_EQ(timing("TQ1|1||BID||||20260101|20260102", "repeat.boundsPeriod.end"), "2026-01-02");
    EXPECT_EQ(timing("TQ1|1||BID|2500", "repeat.timeOfDay.0"), "");
    EXPECT_EQ(timing("TQ1|1||BID|||3^fortnights", "repeat.boundsDuration.value"), "");
    EXPECT_EQ(timing("TQ1|1||BID|||3^days", "repeat.boundsDuration.code"), "d");
}

TEST(ConvertTiming, TheOlderPlaceGivesWayToTq1) {
    const Converted c(
        {msh("OML^O21"), pid, "ORC|NW|P1|||||^TID^^^^S", "TQ1|1||BID", "OBR|1|P1||1^A^L"});
    EXPECT_EQ(c.at("ServiceRequest", "occurrenceTiming.code.coding.0.code"), "BID");
    EXPECT_EQ(c.at("ServiceRequest", "priority"), "stat");
}

TEST(ConvertProduct, StrengthFormAndLotAreAMedicationsOwn) {
    const Converted c({msh("RDE^O11"), pid, "ORC|NW|P1",
                       "RXE||161^Paracetamol^RXNORM|1||TAB||||||||||||||||||||500|mg^^UCUM"});
    EXPECT_EQ(c.at("MedicationRequest", "medicationReference.reference"), "#product");
    EXPECT_EQ(c.at("MedicationRequest", "contained.0.code.coding.0.code"), "161");
    EXPECT_EQ(
        c.at("MedicationRequest", "contained.0.ingredient.0.itemCodeableConcept.coding.0.code"),
        "161");
    EXPECT_EQ(c.at("MedicationRequest", "contained.0.ingredient.0.strength.denominator.value"),
              "1");
    const Converted plain({msh("RDE^O11"), pid, "ORC|NW|P1", "RXE||161^Paracetamol^RXNORM|1||TAB"});
    EXPECT_EQ(plain.at("MedicationRequest", "medicationCodeableConcept.coding.0.code"), "161");
    EXPECT_EQ(plain.at("MedicationRequest", "contained.0.id"), "");
}

TEST(ConvertProduct, EachDoseHandedOverIsADispense) {
    const Converted c({msh("RGV^O15"), pid, "ORC|NW|P1",
                       "RXG|1||^^^20260102080000+0000|161^P^RXNORM|1",
                       "RXG|2||^^^20260102200000+0000|161^P^RXNORM|1"});
    EXPECT_EQ(c.count("MedicationDispense"), 2);
    EXPECT_NE(c.at("MedicationDispense", "id"),
              c.resource("MedicationDispense", 2).find("id").as_text());
}

TEST(ConvertEpisode, VisitAndDiagnosisBelongToIt) {
    const Converted c({msh("ADT^A01"), pid,
                       segment("PV1", {{2, "I"}, {19, "V1^^^A"}, {54, "EP1^^^A"}}),
                       "DG1|1||A1^X^L|||A"});
    EXPECT_EQ(c.at("Encounter", "episodeOfCare.0.reference"),
              "EpisodeOfCare/" + c.at("EpisodeOfCare", "id"));
    EXPECT_EQ(c.at("EpisodeOfCare", "diagnosis.0.condition.reference"),
              "Condition/" + c.at("Condition", "id"));
}

TEST(ConvertProvenance, OfThePatientAndTheDocument) {
    const Converted c(
        {msh("MDM^T02"), "SFT|Maker|1.0|Engine|42",
         segment("PID", {{3, "7^^^A^MR"}, {33, "20260101"}, {34, "H2"}}),
         segment("TXA", {{2, "PN"}, {8, "20260101120000+0000"}, {12, "D1"}, {21, "typing"}}),
         "OBX|1|TX|1^T^L||One"});
    EXPECT_EQ(c.count("Provenance"), 3);
    EXPECT_EQ(c.at("Provenance", "entity.0.what.reference"), "Device/" + c.at("Device", "id"));
    EXPECT_EQ(c.resource("Provenance", 2).find("target").at(0).find("reference").as_text(),
              "Patient/" + c.at("Patient", "id"));
    EXPECT_EQ(c.resource("Provenance", 3).find("reason").at(0).find("text").as_text(), "typing");
}

TEST(ConvertAppointment, StatusOfTheFiller) {
    const auto status = [](const char *code) {
        return Converted({msh("SIU^S14"),
                          segment("SCH", {{2, "F1"},
                                          {11, "^^^20260102080000+0000^20260102083000+0000"},
                                          {25, code}}),
                          pid})
            .at("Appointment", "status");
    };
    EXPECT_EQ(status("Cancelled"), "cancelled");
    EXPECT_EQ(status("Waitlist"), "waitlist");
    EXPECT_EQ(status("Complete"), "fulfilled");
    EXPECT_EQ(status(""), "booked");
}

TEST(ConvertDirectory, WhatIsSaidAgainIsAdded) {
    const Converted c({msh("ORU^R01"), pid, "OBR|1|P1|F1|1^A^L",
                       "OBX|1|ST|2^B^L||x||||||F||||||||||||Lab^^7|1 Main St^^Town",
                       "OBX|2|ST|3^C^L||x||||||F||||||||||||Lab^^7|2 High St^^Town",
                       "OBX|3|ST|4^D^L||x||||||F||||||||||||Lab^^7|1 Main St^^Town"});
    EXPECT_EQ(c.count("Organization"), 2);  // the sender, too
    const auto &lab = c.resource("Organization");
    ASSERT_EQ(lab.find("address").size(), 2u);
    EXPECT_EQ(lab.find("address").at(1).find("line").at(0).as_text(), "2 High St");
}

TEST(ConvertLocation, TheInnermostPlaceHasItsNumber) {
    const Converted c({msh("ADT^A01"), pid,
                       segment("PV1", {{2, "I"}, {3, "4E^12^^^^N^^^^L77^REG"}, {19, "V1^^^A"}})});
    const auto &ward = c.resource("Location");
    const auto &room = c.resource("Location", 2);
    EXPECT_EQ(ward.find("identifier").size(), 1u);
    ASSERT_EQ(room.find("identifier").size(), 2u);
    EXPECT_EQ(room.find("identifier").at(1).find("value").as_text(), "L77");
    EXPECT_EQ(room.find("identifier").at(1).find("system").as_text(), "urn:id:REG");
}

namespace {
std::string left_out(const std::vector<std::string> &segments) {
    std::string text;
    for (const auto &s : segments) text += s + "\r";
    const auto message = clinical::hl7v2::Message::parse(text);
    EXPECT_TRUE(message.ok());
    const auto options = Options::parse(json("{}"));
    std::string out;
    for (const auto &u : unconverted_hl7v2(message.value(), options.value(), {}))
        out += u.path + " ";
    return out;
}
}  // namespace

TEST(ConvertUnconverted, ListsWhatAKeyReadAndNoRow) {
    EXPECT_EQ(left_out({msh("ADT^A01"), "PID|1||7^^^A^MR^Campus", visit}), "PID-3.6 ");
    EXPECT_EQ(left_out({msh("ADT^A01"), pid, visit, "PV1|2|O"}), "PV1[2]-2 ");
}
