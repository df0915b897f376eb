#include "convert/fhir_document.h"

#include <algorithm>

#include "convert_fixture.h"

using namespace clinical::convert;
using clinical::core::Json;

namespace {

std::vector<FhirStatement> said(std::string_view document,
                                std::string_view options = R"({"feed":"f"})",
                                std::optional<std::int64_t> received = {}) {
    auto parsed = Options::parse(json(options));
    EXPECT_TRUE(parsed.ok());
    return convert_fhir(document, parsed.value(), received);
}
using Kind = Statement::Kind;

const FhirStatement *find(const std::vector<FhirStatement> &all, Kind kind,
                          std::string_view type = "") {
    const auto found = std::find_if(all.begin(), all.end(), [&](const FhirStatement &s) {
        return s.kind == kind && (type.empty() || s.resource_type == type);
    });
    return found == all.end() ? nullptr : &*found;
}
std::string refusal(std::string_view document) {
    const auto all = said(document);
    const auto *refused = find(all, Kind::refused);
    return refused ? refused->issue.code + " " + refused->issue.format_code : "";
}
std::string patient_id(std::string_view identifiers, std::string_view options = R"({"feed":"f"})") {
    const auto all =
        said(R"({"resourceType":"Patient","id":"p","identifier":)" + std::string(identifiers) + "}",
             options);
    return find(all, Kind::resource)->id;
}
std::string bundle(std::string_view type, std::string_view entries) {
    return R"({"resourceType":"Bundle","type":")" + std::string(type) + R"(","entry":[)" +
           std::string(entries) + "]}";
}

}  // namespace

TEST(ConvertFhir, AResourceSaysAllThereIsOfIt) {
    const auto all = said(R"({"resourceType":"Observation","id":"o","status":"final",
        "meta":{"versionId":"7","lastUpdated":"1970-01-01T01:00:00.5+01:00"},
        "subject":{"reference":"Patient/p"},"focus":[{"reference":"Device/d/_history/2"}],
        "contained":[{"resourceType":"Patient","id":"x"}],"performer":[{"reference":"#x"},
        {"reference":"https://other.example/Practitioner/1"}]})");
    ASSERT_EQ(all.size(), 1u);
    const FhirStatement &s = all[0];
    EXPECT_EQ(s.cleared, std::vector<std::string>{"*"});
    EXPECT_EQ(s.event_micros, 500000);
    EXPECT_EQ(s.version, 7u);
    EXPECT_EQ(s.parents, std::vector<std::string>{"Patient/" + s.patient_id});
    EXPECT_EQ(s.resource.find("subject").find("reference").as_text(), "Patient/" + s.patient_id);
    EXPECT_EQ(s.resource.find("id").as_text(), s.id);
    const std::string focus(s.resource.find("focus").at(0).find("reference").as_text());
    EXPECT_TRUE(focus.starts_with("Device/") && focus.ends_with("/_history/2")) << focus;
    EXPECT_EQ(s.resource.find("performer").at(0).find("reference").as_text(), "#x");
    EXPECT_EQ(s.resource.find("performer").at(1).find("reference").as_text(),
              "https://other.example/Practitioner/1");
}

TEST(ConvertFhir, APatientIsKnownByItsNumbersAsInMessages) {
    const Converted message(
        {"MSH|^~\\&|A|HOSP|||20260101||ADT^A04|1|P|2.5", "PID|1||100^^^HOSP^MR"});
    const std::string &id = message.statement("Patient")->id;
    EXPECT_EQ(patient_id(R"([{"system":"urn:id:HOSP","value":"100"}])"), id);
    EXPECT_EQ(patient_id(R"([{"system":"http://x.example/mrn","value":"100"}])",
                         R"({"feed":"f","identifier_systems":{"http://x.example/mrn":"HOSP"}})"),
              id);
    EXPECT_EQ(patient_id(R"([{"value":"100"}])", R"({"authority":"HOSP"})"), id);
    // Its own number comes first, and national ones name nobody.
    EXPECT_EQ(
        patient_id(
            R"([{"system":"a","value":"1"},{"system":"http://hl7.org/fhir/sid/us-ssn","value":"2"},
        {"system":"urn:id:HOSP","value":"100","type":{"coding":[{"code":"MR"}]}}])"),
        id);
    EXPECT_EQ(patient_id(R"([{"system":"http://hl7.org/fhir/sid/us-ssn","value":"2"}])"),
              patient_id("[]"));
    const auto all =
        said(R"({"resourceType":"Patient","id":"p","identifier":[{"system":"a","value":"1"},
        {"system":"b","value":"2"}]})");
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[1].resource.find("rule").as_text(), "server-id");
    EXPECT_EQ(all[1].id, patient_id("[]"));
    EXPECT_EQ(all[2].resource.find("rule").as_text(), "same-message");
}

// identifier_systems names authorities as messages do: by what is known everywhere, by OID, by
// name.
TEST(ConvertFhir, AnAuthorityIsReadAsInMessages) {
    for (const std::string authority : {"1.2.840.99999.1", "SSA", "SSN", "NPI", "HOSP A"}) {
        const Converted message(
            {"MSH|^~\\&|A|HOSP|||20260101||ADT^A04|1|P|2.5", "PID|1||100^^^" + authority + "^MR"});
        EXPECT_EQ(patient_id(R"([{"system":"http://x.example/mrn","value":"100"}])",
                             R"({"feed":"f","identifier_systems":{"http://x.example/mrn":")" +
                                 authority + R"("}})"),
                  message.statement("Patient")->id)
            << authority;
    }
    // What is a URI already stays.
    EXPECT_EQ(patient_id(R"([{"system":"http://x.example/mrn","value":"100"}])",
                         R"({"identifier_systems":{"http://x.example/mrn":"urn:id:HOSP"}})"),
              patient_id(R"([{"system":"urn:id:HOSP","value":"100"}])"));
}

TEST(ConvertFhir, FeedsAndServersHaveIdsOfTheirOwn) {
    const auto id = [](std::string_view options) {
        return said(R"({"resourceType":"Location","id":"l"})", options)[0].id;
    };
    EXPECT_NE(id(R"({"feed":"f"})"), id(R"({"feed":"g"})"));
    EXPECT_EQ(id(R"({"feed":"f","authority":"A"})"), id(R"({"feed":"g","authority":"A"})"));
    const auto two = said(bundle("collection", R"(
        {"fullUrl":"http://a.example/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"http://b.example/Patient/1","resource":{"resourceType":"Patient","id":"1"}})"));
    ASSERT_EQ(two.size(), 2u);
    EXPECT_NE(two[0].id, two[1].id);
    const auto one = said(bundle("searchset", R"(
        {"fullUrl":"http://a.example/Patient/1","resource":{"resourceType":"Patient","id":"1"}},
        {"fullUrl":"http://a.example/Flag/1","resource":{"resourceType":"Flag","id":"1",
         "subject":{"reference":"http://a.example/Patient/1"}}})"));
    EXPECT_EQ(one[0].id, said(R"({"resourceType":"Patient","id":"1"})")[0].id);
    EXPECT_EQ(one[1].patient_id, one[0].id);
}

TEST(ConvertFhir, EntriesReferToEachOther) {
    const auto all = said(bundle("transaction", R"(
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Patient","identifier":[{"system":"s","value":"v|1"}]},
         "request":{"method":"POST","url":"Patient"}},
        {"fullUrl":"urn:uuid:2","resource":{"resourceType":"Observation","status":"final",
         "subject":{"reference":"Patient?identifier=s%7Cv|1"},"performer":[{"reference":"urn:uuid:9"}],
         "derivedFrom":[{"reference":"urn:uuid:3"}]},"request":{"method":"POST","url":"Observation"}},
        {"fullUrl":"urn:uuid:3","resource":{"resourceType":"DocumentReference","status":"current",
         "content":[{"attachment":{"url":"urn:uuid:4"}}],"subject":{"identifier":{"system":"s","value":"v|1"}}},
         "request":{"method":"PUT","url":"DocumentReference/d"}},
        {"fullUrl":"urn:uuid:4","resource":{"resourceType":"Binary","contentType":"text/plain"},
         "request":{"method":"POST","url":"Binary"}},
        {"request":{"method":"GET","url":"Patient"}})"));
    const auto *patient = find(all, Kind::resource, "Patient");
    const auto *observation = find(all, Kind::resource, "Observation");
    const auto *document = find(all, Kind::resource, "DocumentReference");
    const auto *binary = find(all, Kind::resource, "Binary");
    ASSERT_TRUE(patient && observation && document && binary);
    EXPECT_EQ(observation->patient_id, patient->id);
    EXPECT_EQ(document->patient_id, patient->id);
    EXPECT_EQ(observation->resource.find("derivedFrom").at(0).find("reference").as_text(),
              "DocumentReference/" + document->id);
    EXPECT_EQ(document->resource.find("content").at(0).find("attachment").find("url").as_text(),
              "Binary/" + binary->id);
    EXPECT_EQ(document->id, said(R"({"resourceType":"DocumentReference","id":"d"})")[0].id);
    const auto *issue = find(all, Kind::issue);
    ASSERT_TRUE(issue);
    EXPECT_EQ(issue->issue.format_code, "unresolved-reference");
}

TEST(ConvertFhir, DeletionsAndHistory) {
    const auto all = said(bundle("history", R"(
        {"request":{"method":"DELETE","url":"Flag/1"},"response":{"lastModified":"1970-01-01T00:00:03Z","etag":"W/\"3\""}},
        {"resource":{"resourceType":"Flag","id":"1","meta":{"versionId":"2"}},"response":{"lastModified":"1970-01-01T00:00:02Z"}},
        {"resource":{"resourceType":"Flag","id":"1"},"response":{"etag":"W/\"1\""}})"),
                          R"({"feed":"f"})", 9);
    ASSERT_EQ(all.size(), 3u);
    EXPECT_EQ(all[0].version, 1u);
    EXPECT_FALSE(all[0].event_micros);
    EXPECT_EQ(all[1].event_micros, 2000000);
    EXPECT_EQ(all[2].kind, Kind::tombstone);
    EXPECT_EQ(all[2].id, all[0].id);
    EXPECT_EQ(all[2].event_micros, 3000000);
    EXPECT_EQ(said(bundle("batch", R"({"request":{"method":"DELETE","url":"Flag/1"}})"), "{}", 9)[0]
                  .event_micros,
              9);
}

TEST(ConvertFhir, WhatIsRefused) {
    const std::tuple<std::string, std::string> cases[] = {
        {"{", "malformed json"},
        {"nothing", "malformed json"},
        {R"({"a":1,"a":2})", "malformed json"},
        {"\xFF\xFE{", "malformed json"},
        {"{\"resourceType\":\"Patient\",\"x\":\"\xFF\"}", "encoding json"},
        {"[]", "malformed resourceType"},
        {R"({"id":"x"})", "malformed resourceType"},
        {R"({"resourceType":1})", "malformed resourceType"},
        {"<Patient", "malformed xml"},
        {R"({"resourceType":"ActorDefinition"})", "unsupported-type resourceType"},
        {R"({"resourceType":"DomainResource"})", "unsupported-type resourceType"},
        {R"({"resourceType":"NutritionProduct","id":"n"})", ""},
        {bundle(
             "transaction",
             R"({"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Transport"}})"),
         "unsupported-type resourceType"},
        {bundle("transaction", R"({"request":{"method":"PATCH","url":"Patient/1"}})"),
         "unsupported-type resourceType"},
        {bundle(
             "batch",
             R"({"resource":{"resourceType":"Patient"}},{"resource":{"resourceType":"Transport"}})"),
         ""},
    };
    for (const auto &[document, expected] : cases)
        EXPECT_EQ(refusal(document), expected) << document;
    const auto all = said("{\"resourceType\":\"Patient\",\n \"name\": [{\"family\" \"Secret\"}]}");
    EXPECT_EQ(all[0].issue.location, "Line 2, column 21 (byte 47)");
    EXPECT_EQ(all[0].issue.expression, "Patient.name[0].family");
    EXPECT_EQ(all[0].issue.message.find("Secret"), std::string::npos);
}

TEST(ConvertFhir, WhoseItIs) {
    const auto owner = [](std::string_view rest) {
        const auto all = said(R"({"resourceType":")" + std::string(rest) + "}");
        const auto *s = find(all, Kind::resource);
        return s ? s->patient_id : "";
    };
    const std::string p = said(R"({"resourceType":"Patient","id":"p"})")[0].id;
    EXPECT_EQ(owner(R"(Coverage","beneficiary":{"reference":"Patient/p"})"), p);
    EXPECT_EQ(owner(R"(Task","for":{"reference":"Patient/p"})"), p);
    EXPECT_EQ(owner(R"(Account","subject":[{"reference":"Device/d"},{"reference":"Patient/p"}])"),
              p);
    EXPECT_EQ(
        owner(
            R"(Appointment","participant":[{"actor":{"reference":"Location/l"}},{"actor":{"reference":"Patient/p"}}])"),
        p);
    EXPECT_EQ(
        owner(
            R"(Observation","subject":{"reference":"Group/g"},"performer":[{"reference":"Patient/p"}])"),
        "");
    EXPECT_EQ(
        owner(
            R"(Group","member":[{"entity":{"reference":"Patient/p"}},{"entity":{"reference":"Patient/q"}}])"),
        "");
    EXPECT_EQ(owner(R"(Flag","subject":{"reference":"https://ehr.example/fhir/Patient/p"})"), p);
}

TEST(ConvertFhir, LinksOfPatients) {
    const auto all = said(R"({"resourceType":"Patient","id":"old","link":[
        {"other":{"reference":"Patient/new"},"type":"replaced-by"}]})");
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[1].kind, Kind::link);
    EXPECT_EQ(all[1].resource.find("rule").as_text(), "merge");
    EXPECT_EQ(all[1].id, all[0].id);
    EXPECT_EQ(all[1].patient_id, said(R"({"resourceType":"Patient","id":"new"})")[0].id);
}

TEST(ConvertFhir, XmlSaysTheSame) {
    const auto of_json =
        said(R"({"resourceType":"Flag","id":"1","subject":{"reference":"Patient/p"}})");
    const auto of_xml =
        said(R"(<?xml version="1.0"?><Flag xmlns="http://hl7.org/fhir"><id value="1"/>
        <subject><reference value="Patient/p"/></subject></Flag>)");
    ASSERT_EQ(of_xml.size(), 1u);
    EXPECT_EQ(of_xml[0].resource, of_json[0].resource);
}

TEST(ConvertFhir, CodesAndUnitsStandBesideTheSources) {
    const auto all = said(
        R"({"resourceType":"Observation","id":"o","status":"final",
        "code":{"coding":[{"system":"http://lab.example","code":"GLU"}]},
        "component":[{"code":{"coding":[{"code":"X"}]},"valueQuantity":{"value":1.0,"unit":"MG/DL"}}],
        "valueQuantity":{"value":5.10,"unit":"quux"}})",
        R"({"code_map":{"observation":{"GLU":{"code":"2345-7","system":"http://loinc.org"}}}})");
    const auto *s = find(all, Kind::resource);
    EXPECT_EQ(s->resource.find("code").find("coding").size(), 2u);
    EXPECT_EQ(s->resource.find("code").find("coding").at(1).find("code").as_text(), "2345-7");
    const Json &quantity = s->resource.find("component").at(0).find("valueQuantity");
    EXPECT_EQ(quantity.find("unit").as_text(), "MG/DL");
    EXPECT_EQ(quantity.find("code").as_text(), "mg/dL");
    EXPECT_EQ(quantity.find("value").as_text(), "1.0");
    EXPECT_EQ(s->resource.find("valueQuantity").size(), 2u);
    std::vector<std::string> findings;
    for (const auto &i : all)
        if (i.kind == Kind::issue)
            findings.push_back(i.issue.format_code + " " + i.issue.expression);
    std::sort(findings.begin(), findings.end());
    EXPECT_EQ(findings,
              (std::vector<std::string>{
                  "code-map Observation.code", "unit-alias Observation.component.value",
                  "unmapped-code Observation.component.code", "unmapped-code Observation.value"}));
}
