#include "convert_fixture.h"

using namespace clinical::convert;

namespace {
Converted adt(std::string pid, std::string_view options = "{}") {
    return Converted({msh("ADT^A08"), std::move(pid)}, options);
}
}  // namespace

TEST(ConvertPatient, MapsTheSegment) {
    const auto c = adt(segment("PID", {{3, "77^^^A&1.2.3&ISO^MR"},
                                       {5, "Doe^Jane^Q^Jr^Dr^^L"},
                                       {7, "19800203"},
                                       {8, "F"},
                                       {10, "2106-3^White"},
                                       {11, "1 Main St&Main&1^Apt 2^Town^MA^02110^USA^H"},
                                       {13, "^PRN^PH^^^617^5551212"},
                                       {14, "^WPN^PH^^1^617^5550000^12"},
                                       {15, "en"},
                                       {16, "M"},
                                       {19, "123-45-6789"},
                                       {24, "N"},
                                       {29, "20260105"},
                                       {30, "Y"}}));
    EXPECT_EQ(
        c.at("Patient", "name.0"),
        R"({"family":"Doe","given":["Jane","Q"],"suffix":["Jr"],"prefix":["Dr"],"use":"official"})");
    EXPECT_EQ(c.at("Patient", "birthDate"), "1980-02-03");
    EXPECT_EQ(c.at("Patient", "gender"), "female");
    EXPECT_EQ(c.at("Patient", "identifier.0.system"), "urn:oid:1.2.3");
    EXPECT_EQ(c.at("Patient", "identifier.1.system"), "http://hl7.org/fhir/sid/us-ssn");
    EXPECT_EQ(c.at("Patient", "address.0.line"), R"(["1 Main St","Main","1","Apt 2"])");
    EXPECT_EQ(c.at("Patient", "address.0.use"), "home");
    EXPECT_EQ(c.at("Patient", "telecom.0.value"), "617 5551212");
    EXPECT_EQ(c.at("Patient", "telecom.1.value"), "+1 617 5550000 X12");
    EXPECT_EQ(c.at("Patient", "telecom.1.use"), "work");
    EXPECT_EQ(c.at("Patient", "deceasedDateTime"), "2026-01-05");
    EXPECT_EQ(c.at("Patient", "deceasedBoolean"), "");
    EXPECT_EQ(c.at("Patient", "multipleBirthBoolean"), "false");
}

TEST(ConvertPatient, LeavesOutAnExtensionThatSaysNothing) {
    // PID-6 has a type of name and no name (ext-1).
    const auto c = adt("PID|1||7^^^A^MR||Doe^Jane|^^^^^^M");
    EXPECT_EQ(c.at("Patient", "id").size(), 32u);
    EXPECT_EQ(c.at("Patient", "extension"), "");
}

TEST(ConvertPatient, KeepsTheTimeOfBirthBesideTheDate) {
    const auto c = adt("PID|1||7^^^A^MR||||198002030405+0100");
    EXPECT_EQ(c.at("Patient", "birthDate"), "1980-02-03");
    EXPECT_EQ(c.at("Patient", "_birthDate.extension.0.valueDateTime"), "1980-02-03T04:05:00+01:00");
}

TEST(ConvertPatient, IdsComeFromAuthorityAndNumberAlone) {
    const std::string id = adt("PID|1||7^^^A^MR||Doe").at("Patient", "id");
    EXPECT_EQ(id.size(), 32u);
    EXPECT_EQ(adt("PID|1||7^^^A^PI||Roe|x").at("Patient", "id"), id);
    EXPECT_NE(adt("PID|1||7^^^B^MR||Doe").at("Patient", "id"), id);
    EXPECT_NE(adt("PID|1||8^^^A^MR||Doe").at("Patient", "id"), id);
    EXPECT_EQ(adt("PID|1||7^^^^MR", R"({"authority": "A"})").at("Patient", "id"), id);
    EXPECT_EQ(adt("PID|1||7").at("Patient", "id"), adt("PID|1||7^^^HOSP").at("Patient", "id"));
}

TEST(ConvertPatient, ChoosesTheNumberByTypeAndLinksTheOthers) {
    const auto c = adt("PID|1||111^^^SSA^SS~9^^^B^PI~7^^^A^MR~55^^^A^AN~3^^^C^DL");
    EXPECT_EQ(c.at("Patient", "id"), adt("PID|1||7^^^A^MR").at("Patient", "id"));
    ASSERT_EQ(c.links().size(), 1u);  // the PI; never SSN, account, licence
    EXPECT_EQ(c.links()[0]->id, adt("PID|1||9^^^B^PI").at("Patient", "id"));
    EXPECT_TRUE(adt("PID|1||111^^^SSA^SS").has_issue("weak-identifier"));
}

TEST(ConvertPatient, FallsBackToOlderFieldsAndRefusesNobody) {
    EXPECT_EQ(adt("PID|1|7^^^A").at("Patient", "id"), adt("PID|1||7^^^A^MR").at("Patient", "id"));
    EXPECT_EQ(adt("PID|1||||Doe").refusal(), "missing-key");
    EXPECT_EQ(adt("PID|1||^^^A^MR||Doe").refusal(), "missing-key");
    EXPECT_EQ(Converted({msh("ADT^A08")}).refusal(), "missing-key");
    EXPECT_EQ(Converted({msh("QRY^A19"), "PID|1||7"}).refusal(), "unsupported-type");
}

TEST(ConvertPatient, TellsAbsentFromNullFromValue) {
    const auto c = adt("PID|1||7^^^A^MR||Doe^\"\"||\"\"||||\"\"");
    const Statement *s = c.statement("Patient");
    EXPECT_EQ(s->cleared, (std::vector<std::string>{"address", "birthDate"}));
    EXPECT_EQ(c.at("Patient", "name.0"), R"({"family":"Doe"})");
    EXPECT_EQ(c.at("Patient", "gender"), "");
    // What the message also states is not cleared.
    const auto both = adt("PID|1||7^^^A^MR||||||||||\"\"|^WPN^PH^^^1^2");
    EXPECT_TRUE(both.statement("Patient")->cleared.empty());
}

TEST(ConvertPatient, LocalCodesKeepTheirSource) {
    const auto unmapped = adt("PID|1||7^^^A^MR|||||weiblich");
    EXPECT_EQ(unmapped.at("Patient", "gender"), "unknown");
    EXPECT_EQ(unmapped.at("Patient", "_gender.extension.0.valueCodeableConcept.coding.0.code"),
              "weiblich");
    EXPECT_TRUE(unmapped.has_issue("unmapped-code", "PID-8"));
    const auto mapped = adt("PID|1||7^^^A^MR|||||weiblich",
                            R"({"code_map": {"gender": {"weiblich": {"code": "female"}}}})");
    EXPECT_EQ(mapped.at("Patient", "gender"), "female");
    EXPECT_EQ(mapped.at("Patient", "_gender.extension.0.valueCodeableConcept.coding.0.code"),
              "weiblich");
    EXPECT_FALSE(mapped.has_issue("unmapped-code"));
    EXPECT_EQ(adt("PID|1||7^^^A^MR|||||F").at("Patient", "_gender"), "");
}

TEST(ConvertPatient, SaysWhatItCannotUse) {
    const auto c = adt("PID|1||7^^^A^MR|||notadate||||||||||||||||||||||||||X");
    EXPECT_TRUE(c.has_issue("not-mapped", "PID"));
    EXPECT_TRUE(adt("PID|1||7^^^A^MR||||19801301").has_issue("invalid-time", "PID-7"));
    EXPECT_TRUE(adt("PID|1||7^^^A^MR|||||||||||||||||||||Q").has_issue("invalid-boolean"));
    for (const auto &s : c.said.statements)
        EXPECT_EQ(s.issue.message.find("notadate"), std::string::npos);
}

TEST(ConvertPatient, MakesContactsAndRelativesOfNk1) {
    const Converted c(
        {msh("ADT^A01"), "PID|1||7^^^A^MR", "NK1|1|Doe^Jim|SPO|||^WPN^PH^^^1^2", "NK1|2|Acme|EMR"});
    EXPECT_EQ(c.resource("Patient").find("contact").size(), 2u);
    EXPECT_EQ(c.at("Patient", "contact.0.name.family"), "Doe");
    EXPECT_EQ(c.at("Patient", "contact.0.telecom.0.use"), "work");
    EXPECT_EQ(c.count("RelatedPerson"), 1);  // an employer is no relative
    EXPECT_EQ(c.at("RelatedPerson", "patient.reference"), "Patient/" + c.at("Patient", "id"));
    EXPECT_EQ(c.statement("RelatedPerson")->replaced, std::vector<std::string>{"RelatedPerson"});
}

TEST(ConvertMerge, LinksBothPatients) {
    const Converted c({msh("ADT^A40"), evn("20260102"), "PID|1||7^^^A^MR||Doe", "MRG|8^^^A^MR"});
    const std::string survivor = adt("PID|1||7^^^A^MR").at("Patient", "id");
    const std::string old = adt("PID|1||8^^^A^MR").at("Patient", "id");
    EXPECT_EQ(c.at("Patient", "id", 1), survivor);
    EXPECT_EQ(c.at("Patient", "active", 1), "true");
    EXPECT_EQ(c.at("Patient", "link.0.type", 1), "replaces");
    EXPECT_EQ(c.at("Patient", "link.0.other.reference", 1), "Patient/" + old);
    EXPECT_EQ(c.at("Patient", "id", 2), old);
    EXPECT_EQ(c.at("Patient", "active", 2), "false");
    EXPECT_EQ(c.at("Patient", "link.0.type", 2), "replaced-by");
    ASSERT_EQ(c.links().size(), 1u);
    EXPECT_EQ(c.links()[0]->patient_id, survivor);
    EXPECT_EQ(c.links()[0]->id, old);
    EXPECT_EQ(c.links()[0]->resource.find("rule").as_text(), "merge");
}

TEST(ConvertMerge, RefusesWhatCannotBe) {
    const Converted self({msh("ADT^A40"), "PID|1||7^^^A^MR", "MRG|7^^^A^MR"});
    EXPECT_EQ(self.refusal(), "validation-error");
    EXPECT_TRUE(self.has_issue("205"));
    EXPECT_EQ(self.count("Patient"), 0);
    EXPECT_EQ(Converted({msh("ADT^A40"), "PID|1||7^^^A^MR"}).refusal(), "missing-key");
    EXPECT_EQ(Converted({msh("ADT^A40"), "PID|1||7^^^A^MR", "MRG|\"\""}).refusal(), "missing-key");
    // One bad group refuses the message whole.
    const Converted half(
        {msh("ADT^A40"), "PID|1||1^^^A^MR", "MRG|2^^^A^MR", "PID|2||3^^^A^MR", "MRG|3^^^A^MR"});
    EXPECT_EQ(half.refusal(), "validation-error");
    EXPECT_EQ(half.count("Patient"), 0);
    const Converted two(
        {msh("ADT^A40"), "PID|1||1^^^A^MR", "MRG|2^^^A^MR", "PID|2||3^^^A^MR", "MRG|4^^^A^MR"});
    EXPECT_EQ(two.count("Patient"), 4);
    EXPECT_EQ(two.links().size(), 2u);
}
