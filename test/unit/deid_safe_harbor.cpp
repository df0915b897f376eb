// The engine, rule by rule: 45 CFR 164.514(b)(2)(i) and the published defects of other tools.

#include <gtest/gtest.h>

#include "deid_run.h"

using namespace clinical::deid;
using clinical::core::Error;
using clinical::core::Json;
using clinical::core::parse_json;
using clinical::core::to_text;

namespace {

Json parsed(std::string_view text) {
    auto json = parse_json(text);
    EXPECT_TRUE(json.ok()) << text;
    return json.ok() ? std::move(json).value() : Json();
}

// The copy of `type` with `members`, as text without what every copy has.
std::string copy(std::string_view type, std::string_view members, const Setting &how = {}) {
    Json out = run(parsed("{\"resourceType\":\"" + std::string(type) + "\"" +
                          (members.empty() ? "" : ",") + std::string(members) + "}"),
                   how);
    if (out.is_absent()) return "dropped";
    EXPECT_EQ(out.find("resourceType").as_text(), type);
    out.erase("resourceType");
    if (out.find("meta").find("profile").is_absent()) out.erase("meta");
    return to_text(out);
}

constexpr std::string_view masked =
    R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason",)"
    R"("valueCode":"masked"}]})";

void expect_copy(std::string_view type, std::string_view members, std::string_view expected,
                 const Setting &how = {}) {
    const std::string got = copy(type, members, how);
    if (expected == "dropped" || got == "dropped") {
        EXPECT_EQ(got, expected) << members;
        return;
    }
    EXPECT_TRUE(parsed(got) == parsed(expected)) << members << "\n  gives " << got;
}

}  // namespace

// Each of the 18 identifiers, (A) to (R), in every place a Patient has for it.
TEST(DeidSafeHarbor, TheEighteenIdentifiers) {
    for (std::string_view members :
         {R"("name":[{"family":"Smith","given":["Ann"],"text":"Ann Smith"}])",             // A
          R"("text":{"status":"generated","div":"<div>Ann Smith</div>"})",                 // A
          R"("contact":[{"name":{"family":"Smith"},"gender":"male"}])",                    // A
          R"("address":[{"line":["1 Main St"],"city":"Salem","district":"Essex"}])",       // B
          R"("extension":[{"url":"http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
                 "valueAddress":{"city":"Salem"}}])",                                      // B
          R"("_birthDate":{"extension":[{"url":
                 "http://hl7.org/fhir/StructureDefinition/patient-birthTime",
                 "valueDateTime":"1950-01-01T10:00:00Z"}]})",                              // C
          R"("telecom":[{"system":"phone","value":"617-555-1234"}])",                      // D E F
          R"("identifier":[{"system":"http://hl7.org/fhir/sid/us-ssn","value":"1"}])",     // G-M
          R"("photo":[{"url":"http://x.example/a.png"}])",                                 // N Q
          R"("implicitRules":"http://192.168.0.1/rules")",                                 // O
          R"("extension":[{"url":"http://x.example/voice","valueBase64Binary":"AAAA"}])",  // P
          R"("id":"mrn-1234567")",                                                         // R
          R"("fhir_comments":["Ann"])",
          R"("nickname":"Ann")",
          R"("_gender":{"id":"Ann","extension":[{"url":"Ann","valueString":"Ann"}]})",
          R"("generalPractitioner":[{"display":"Dr. Jones"}])",
          R"("managingOrganization":{"identifier":{"value":"12"},"display":"Clinic"})",
          R"("maritalStatus":{"text":"married to Bob Smith"})",
          R"("maritalStatus":{"coding":[{"system":"http://x.example","code":"Bob"}]})",
          R"("gender":"Ann")",
          R"("gender":["female"])",
          R"("birthDate":"01/02/1950")",
          R"("birthDate":19500102)",
          R"("active":"Ann")",
          R"("deceasedDateTime":"last week")",
          R"("language":"ann-Smith")",
          R"("multipleBirthBoolean":"twin of Bob")"}) {
        expect_copy("Patient", members, "{}");
    }
}

TEST(DeidSafeHarbor, KeepsWhatIsNoIdentifier) {
    expect_copy(
        "Patient",
        R"("gender":"female","active":true,"birthDate":"1950-03-04","multipleBirthInteger":2,
                "deceasedDateTime":"2020-02-29T10:11:12.5+02:00","language":"en-US",
                "maritalStatus":{"coding":[{"system":
                "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M",
                "display":"Married to Bob","version":"1"}],"text":"x"})",
        R"({"gender":"female","active":true,"birthDate":"1950","multipleBirthBoolean":true,
                "deceasedDateTime":"2020","language":"en-US","maritalStatus":{"coding":[{"system":
                "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus","code":"M"}]}})");
}

TEST(DeidSafeHarbor, TypesOutOfScopeAreDropped) {
    for (std::string_view type : {"Provenance", "Person", "Parameters", "Questionnaire", "Binary",
                                  "Basic", "patient", "Nonsense", "Observation.component"})
        EXPECT_EQ(copy(type, ""), "dropped") << type;
    for (std::string_view text : {"[]", "1", "\"Patient\"", "null", "{}", R"({"resourceType":1})",
                                  R"([{"resourceType":"Patient"}])"})
        EXPECT_TRUE(run(parsed(text)).is_absent()) << text;
}

TEST(DeidSafeHarbor, Addresses) {
    expect_copy("Patient",
                R"("address":[{"use":"home","text":"1 Main St","state":"Massachusetts",
                "postalCode":"02115-6100","country":"USA","period":{"start":"2001-01-01"}},
                {"state":"CA","country":"IT","postalCode":"09100"},
                {"postalCode":"03601"},{"use":"work","city":"Salem"},{"state":"Bavaria",
                "postalCode":"80331"}])",
                R"({"address":[{"use":"home","state":"MA","postalCode":"021","country":"USA"},
                {"country":"IT"},{"postalCode":"000"}]})");
    // A country that is no country of the list may be any text: state and ZIP code go with it.
    expect_copy("Location", R"("address":{"country":"Bob's land","state":"MA"})", "{}");
}

TEST(DeidSafeHarbor, ContainedResourcesAndDisplays) {
    expect_copy("Patient",
                R"("contained":[{"resourceType":"Questionnaire","id":"q","title":"Bob"},
            {"resourceType":"Practitioner","id":"DrBob","name":[{"family":"Bob"}],
             "gender":"male","meta":{"security":[{"code":"x"}]},
             "contained":[{"resourceType":"Patient","gender":"male"}]},
            {"resourceType":"Organization","id":"Bobs","name":"Bob's","partOf":{"reference":"#"}}],
            "generalPractitioner":[{"reference":"#DrBob","display":"Dr. Bob"},
                                   {"reference":"#q"},{"reference":"#none"}],
            "managingOrganization":{"reference":"#Bobs"})",
                R"({"contained":[{"resourceType":"Practitioner","id":"c1","gender":"male"},
            {"resourceType":"Organization","id":"c2","partOf":{"reference":"#"}}],
            "generalPractitioner":[{"reference":"#c1"}],
            "managingOrganization":{"reference":"#c2"}})");
}

TEST(DeidSafeHarbor, CodesOfTheCrosswalk) {
    Setting how;
    how.codes = R"({"Patient/1":"k7","Encounter/9":"m2","Observation/o":"z5","Patient/2":"k8"})";
    expect_copy("Observation",
                R"("id":"o","subject":{"reference":"https://x.example/Patient/1/_history/4",
                "display":"Ann"},"encounter":{"reference":"urn:uuid:9"},
                "focus":[{"reference":"Patient/2","type":"Patient"},{"reference":"Endpoint/3"},
                {"reference":"Patient?name=Ann"},{"identifier":{"value":"1"}}])",
                R"({"id":"z5","subject":{"reference":"Patient/k7"},
                "encounter":{"reference":"Encounter/m2"},"focus":[{"reference":"Patient/k8"}]})",
                how);
    // Without codes nothing links.
    expect_copy("Observation", R"("id":"o","subject":{"reference":"Patient/1"})", "{}");
}

TEST(DeidSafeHarbor, Bundles) {
    Setting how;
    how.codes = R"({"Bundle/b":"b2","Patient/u-1":"k7","Patient/2":"k8","Observation/o":"z5"})";
    // Names of entries become references to them; the oldest patient decides for the others' ages.
    const std::string mark =
        R"("meta":{"security":[{"code":"ANONYED","system":
        "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"}]},)";
    expect_copy("Bundle",
                R"("id":"b","type":"transaction","timestamp":"2020-01-01T01:01:01Z","entry":[
        {"fullUrl":"urn:uuid:u-1","resource":{"resourceType":"Patient","birthDate":"1930-01-01"},
         "request":{"method":"POST","url":"Patient?name=Bob"}},
        {"fullUrl":"http://x.example/Patient/2","resource":{"resourceType":"Patient","id":"2",
         "birthDate":"1970-01-01","name":[{"family":"Bob"}]}},
        {"resource":{"resourceType":"Observation","id":"o","status":"final",
         "subject":{"reference":"urn:uuid:u-1"},"effectiveDateTime":"2019-02-03"}},
        {"resource":{"resourceType":"Parameters","id":"p"}},{"fullUrl":"urn:uuid:Bob"}])",
                R"({"id":"b2","type":"transaction","entry":[{"resource":{)" + mark +
                    R"("resourceType":"Patient","id":"k7"}},{"resource":{)" + mark +
                    R"("resourceType":"Patient","id":"k8","birthDate":"1970"}},{"resource":{)" +
                    mark + R"("resourceType":"Observation","id":"z5","status":"final",
         "subject":{"reference":"Patient/k7"},"effectiveDateTime":"2019"}}]})",
                how);
}

TEST(DeidSafeHarbor, ItemsOfQuestionnaires) {
    expect_copy("QuestionnaireResponse",
                R"("status":"completed","questionnaire":"Questionnaire/Bob","item":[
        {"linkId":"1.2","text":"Bob?","answer":[{"valueInteger":95},{"valueBoolean":true},
         {"valueString":"Bob"},{"valueDate":"2001-02-03"}]},
        {"linkId":"/30525-0","answer":[{"valueInteger":44}]},
        {"linkId":"/21112-8","answer":[{"valueDate":"1950-02-03"}]},
        {"linkId":"Bob","item":[{"linkId":"q7","answer":[{"valueTime":"10:10:10"}]}]}])",
                R"({"status":"completed","item":[
        {"linkId":"1.2","answer":[{"valueBoolean":true},{"valueDate":"2001"}]},
        {"linkId":"/30525-0","answer":[{"valueInteger":44}]},{"item":[{"linkId":"q7"}],"_linkId":{"extension":[{
        "url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]}}]})");
}

TEST(DeidSafeHarbor, RelativesAreJudgedByTheirOwnDates) {
    Setting how;
    how.person = R"({"birthDate":"1980-01-01"})";
    expect_copy("FamilyMemberHistory",
                R"("status":"completed","name":"Bob","date":"2010-05","bornDate":"1930-01-01",
        "ageAge":{"value":80,"unit":"a"},"deceasedString":"Bob",
        "condition":[{"onsetAge":{"value":50,"unit":"a"}}])",
                R"({"status":"completed","date":"2010"})", how);
}

TEST(DeidSafeHarbor, NestingHasALimit) {
    std::string text = R"({"linkId":"1"})";
    for (int i = 0; i < 70; ++i) text = R"({"linkId":"1","item":[)" + text + "]}";
    text = R"({"resourceType":"QuestionnaireResponse","status":"completed","item":[)" + text + "]}";
    EXPECT_THROW(run(parsed(text)), Error);
}

TEST(DeidSafeHarbor, CodesAreNeverDerived) {
    const auto refused = [](std::string_view codes) {
        Setting how;
        how.codes = codes;
        try {
            run(parsed(R"({"resourceType":"Patient","id":"Ann1234567"})"), how);
        } catch (const Error &e) {
            EXPECT_EQ(e.code, clinical::core::ErrorCode::invalid_option);
            EXPECT_EQ((e.message + e.where).find("Ann"), std::string::npos);
            return true;
        }
        return false;
    };
    EXPECT_TRUE(refused("{}"));
    EXPECT_TRUE(refused("[]"));
    EXPECT_TRUE(refused(R"({"Patient/Ann1234567":"Ann1234567"})"));
    EXPECT_TRUE(refused(R"({"Patient/Ann1234567":""})"));
    EXPECT_TRUE(refused(R"({"Patient/Ann1234567":"a b"})"));
    EXPECT_TRUE(refused(R"({"Patient/Ann1234567":7})"));
    EXPECT_FALSE(refused(R"({"Patient/Ann1234567":"q"})"));
}

TEST(DeidSafeHarbor, GathersWhatItWillAskFor) {
    const Json resource = parsed(
        R"({"resourceType":"Coverage","id":"c","policyHolder":{"reference":"Patient/7"},
        "beneficiary":{"reference":"Patient/1"},"payor":[{"reference":"Organization/2"},
        {"reference":"Patient/1"}],"contract":[{"reference":"Contract/1"}]})");
    const std::set<std::pair<std::string, std::string>> expected = {
        {"Contract", "1"}, {"Coverage", "c"}, {"Organization", "2"}, {"Patient", "1"}};
    EXPECT_EQ(wanted(resource), expected);
    EXPECT_TRUE(wanted(parsed(R"({"resourceType":"Provenance","id":"1"})")).empty());
}

namespace {
constexpr std::string_view pressure =
    R"("code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]})";
constexpr std::string_view age =
    R"("code":{"coding":[{"system":"http://loinc.org","code":"30525-0"}]})";
std::string with(std::string_view code, std::string_view value) {
    return std::string(code) + "," + std::string(value);
}
std::string answer(std::string_view code, std::string_view value) {
    return "{" + with(code, value) + "}";
}
constexpr std::string_view no_answer =
    R"("dataAbsentReason":{"coding":[{"system":
    "http://terminology.hl7.org/CodeSystem/data-absent-reason","code":"masked"}]})";
}  // namespace

TEST(DeidSafeHarbor, Quantities) {
    expect_copy("Observation", with(pressure, R"("valueQuantity":{"value":120.50,"unit":"mmHg",
                "system":"http://unitsofmeasure.org","code":"mm[Hg]"})"),
                answer(pressure, R"("valueQuantity":{"value":120.50,
                "system":"http://unitsofmeasure.org","code":"mm[Hg]"})"));
    expect_copy("Observation",
                with(pressure, R"("valueQuantity":{"value":7,"unit":"mg/dL","comparator":"<"})"),
                answer(pressure, R"("valueQuantity":{"value":7,"unit":"mg/dL","comparator":"<"})"));
    expect_copy("Observation", with(pressure, R"("valueQuantity":{"value":7,"comparator":"Bob"})"),
                answer(pressure, R"("valueQuantity":{"value":7})"));
    expect_copy("Observation", with(pressure, R"("valueQuantity":{"value":7,"unit":"mg/dL",
                "system":"http://x.example","code":"Bob"})"),
                answer(pressure, R"("valueQuantity":{"value":7,"unit":"mg/dL"})"));
    expect_copy("Observation",
                with(pressure, R"("referenceRange":[{"low":{"value":1,"unit":"of Bob"},
                "high":{"value":2,"unit":"mg"}}],"valueRange":{"low":{"value":1,"unit":"mg"},
                "high":{"value":2,"unit":"of Bob"}})"),
                answer(pressure, with(no_answer, R"("referenceRange":[{"high":{"value":2,
                "unit":"mg"}}])")));
    // Nor is half a ratio, or an amount of another currency, what was said.
    expect_copy("Observation",
                with(pressure, R"("valueRatio":{"numerator":{"value":1,"unit":"of Bob"},
                "denominator":{"value":128}})"),
                answer(pressure, no_answer));
    expect_copy("Observation", with(pressure, R"("valueRatio":{"numerator":{"value":1},
                "denominator":{"value":128}})"),
                answer(pressure, R"("valueRatio":{"numerator":{"value":1},
                "denominator":{"value":128}})"));
    expect_copy("Coverage", R"("costToBeneficiary":[{"valueMoney":{"value":12,"currency":"Bob"}},
                {"valueMoney":{"value":13,"currency":"USD"}}])",
                R"({"costToBeneficiary":[{"valueMoney":{"value":13,"currency":"USD"}}]})");
    // A number without its unit would be read in another one.
    for (std::string_view gone :
         {R"("valueQuantity":{"value":7,"unit":"of Bob"})",
          R"("valueQuantity":{"value":7,"unit":"of Bob","system":"http://x.example","code":"Bob"})",
          R"("valueQuantity":{"value":7,"code":"mg"})",
          R"("valueQuantity":{"value":7,"system":"http://unitsofmeasure.org","code":5})"})
        expect_copy("Observation", with(pressure, gone), answer(pressure, no_answer));
    for (std::string_view gone :
         {R"("valueQuantity":{"value":6175551234})", R"("valueQuantity":{"value":1234.567})",
          R"("valueQuantity":{"unit":"Bob"})", R"("valueInteger":1234567)",
          R"("valueQuantity":{"value":"7"})", R"("valueString":"Bob")", R"("valueTime":"10:00:00")",
          R"("valueSampledData":{"data":"1 2 3"})"})
        expect_copy("Observation", with(pressure, gone), answer(pressure, no_answer));
}

TEST(DeidSafeHarbor, AnswersNeedTheirQuestion) {
    // A local code may be any question.
    expect_copy("Observation",
                R"("code":{"coding":[{"system":"http://x.example","code":"MRN"}],"text":"MRN"},
                "valueInteger":123456,"component":[{"code":{"text":"age"},"valueInteger":50},)"
                R"({"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
                "valueInteger":5}])",
                R"({"code":)" + std::string(masked) +
                    R"(,"component":[{"code":{"coding":[{"system":"http://loinc.org",
                "code":"8480-6"}]},"valueInteger":5}],)" +
                    std::string(no_answer) + "}");
    // One that asks for an identifier takes the whole observation, or component, with it.
    expect_copy("Observation",
                R"("code":{"coding":[{"system":"http://loinc.org","code":"45396-9"}]})", "dropped");
    expect_copy("Observation", with(pressure, R"("component":[{"code":{"coding":[{"system":
                "http://loinc.org","code":"21112-8"}]},"valueDateTime":"1950-01-01"}])"),
                "{" + std::string(pressure) + "}");
}

TEST(DeidSafeHarbor, AgesAreCapped) {
    struct Case {
        std::string_view value, expected;  // empty: removed
    };
    constexpr std::string_view cap =
        R"({"value":90,"comparator":">=","unit":"a","system":"http://unitsofmeasure.org","code":"a"})";
    const Case cases[] = {
        {R"({"value":89,"system":"http://unitsofmeasure.org","code":"a"})",
         R"({"value":89,"system":"http://unitsofmeasure.org","code":"a"})"},
        {R"({"value":90,"system":"http://unitsofmeasure.org","code":"a"})", cap},
        {R"({"value":103,"unit":"years"})", cap},
        {R"({"value":103})", cap},
        {R"({"value":89,"comparator":">","unit":"a"})", cap},
        {R"({"value":33000,"system":"http://unitsofmeasure.org","code":"d"})", cap},
        {R"({"value":40,"system":"http://unitsofmeasure.org","code":"wk"})",
         R"({"value":40,"system":"http://unitsofmeasure.org","code":"wk"})"},
    };
    for (const Case &c : cases) {
        const std::string value(c.value);
        expect_copy("Observation", with(age, "\"valueQuantity\":" + value),
                    answer(age, "\"valueQuantity\":" + std::string(c.expected)));
    }
    // Years in disguise.
    for (std::string_view gone :
         {R"({"value":95,"unit":"Jahre"})", R"({"value":9.5,"unit":"10.a"})",
          R"({"value":2.9,"system":"http://unitsofmeasure.org","code":"Gs"})",
          R"({"value":95,"unit":"mg"})"})
        expect_copy("Observation", with(age, "\"valueQuantity\":" + std::string(gone)),
                    answer(age, no_answer));
    for (std::string_view old :
         {R"({"value":95,"unit":"years","system":"http://x.example","code":"X"})",
          R"({"value":95,"system":"http://unitsofmeasure.org","code":"a{calc}"})"})
        expect_copy(
            "Observation", with(pressure, "\"valueQuantity\":" + std::string(old)),
            answer(pressure, old.find("calc") == old.npos ? "\"valueQuantity\":" + std::string(cap)
                                                          : std::string(no_answer)));
    expect_copy("Observation", with(age, R"("valueInteger":89)"),
                answer(age, R"("valueInteger":89)"));
    expect_copy("Observation", with(age, R"("valueInteger":90)"), answer(age, no_answer));
    expect_copy("Condition", R"("onsetAge":{"value":95,"system":"http://unitsofmeasure.org",
                "code":"a"})",
                "{\"onsetAge\":" + std::string(cap) + "}");
    expect_copy("Condition",
                R"("onsetRange":{"low":{"value":85,"code":"a","system":"http://unitsofmeasure.org"},
                "high":{"value":95,"code":"a","system":"http://unitsofmeasure.org"}})",
                R"({"onsetRange":{"low":{"value":85,"code":"a",
                "system":"http://unitsofmeasure.org"}}})");
}

TEST(DeidSafeHarbor, OverEightyNine) {
    Setting edge;  // 2024-06-01
    expect_copy("Patient", R"("birthDate":"1934-06-02")", R"({"birthDate":"1934"})", edge);
    expect_copy("Patient", R"("birthDate":"1934-06-01")", "{}", edge);
    expect_copy("Patient", R"("birthDate":"1934-06")", "{}", edge);
    expect_copy("Patient", R"("birthDate":"1934")", "{}", edge);
    expect_copy("Patient", R"("birthDate":"1935")", R"({"birthDate":"1935"})", edge);
    // A day as known decides over a year alone.
    edge.person = R"({"birthDate":"1934-12-31"})";
    expect_copy("Patient", R"("birthDate":"1934")", R"({"birthDate":"1934"})", edge);
    // Leap day.
    Setting leap;
    leap.reference = {2022, 2, 28};
    expect_copy("Patient", R"("birthDate":"1932-02-29")", R"({"birthDate":"1932"})", leap);
    leap.reference = {2022, 3, 1};
    expect_copy("Patient", R"("birthDate":"1932-02-29")", "{}", leap);
    // Age is what was reached: death stops it.
    expect_copy("Patient", R"("birthDate":"1910-01-01","deceasedDateTime":"1980-05-05")",
                R"({"birthDate":"1910","deceasedDateTime":"1980"})");
    expect_copy("Patient", R"("birthDate":"1910-01-01","deceasedDateTime":"2000-05-05")",
                R"({"deceasedDateTime":"2000"})");
}

// The subject's death says nothing of how old another person is: other birth dates go.
TEST(DeidSafeHarbor, OnlyTheSubjectsBirthYearStays) {
    Setting dead;
    dead.person = R"({"birthDate":"1920","deceased":"2000-05-05"})";
    expect_copy("RelatedPerson", R"("birthDate":"1925-01-01")", "{}", dead);
    expect_copy("Practitioner", R"("birthDate":"1925-01-01")", "{}", dead);
    dead.person = R"({"birthDate":"1910","deceased":"2002-05-05"})";
    expect_copy("RelatedPerson", R"("period":{"start":"1910"})", "{}", dead);
}

TEST(DeidSafeHarbor, NothingTellsTheBirthYearOfOneOver89) {
    Setting old;
    old.person = R"({"birthDate":"1930-08-01"})";
    // Ages at events go, their years stay.
    expect_copy("Condition",
                R"("recordedDate":"2010-01-01","onsetAge":{"value":79,"unit":"a","code":"a",
                "system":"http://unitsofmeasure.org"})",
                R"({"recordedDate":"2010"})", old);
    expect_copy("Observation",
                with(age, R"("effectiveDateTime":"2015","valueQuantity":{"value":84,"unit":"a"})"),
                answer(age, R"("effectiveDateTime":"2015",)" + std::string(no_answer)), old);
    // Events of the birth year.
    expect_copy("Encounter", R"("period":{"start":"1930-08-01","end":"1931-01-02"})", "{}", old);
    expect_copy("Encounter", R"("period":{"start":"1930-11-01","end":"1990-01-02"})",
                R"({"period":{"end":"1990"}})", old);
    // A year of 90 years ago says so by itself, whoever the person is.
    expect_copy("Observation", with(pressure, R"("valueDateTime":"1930-01-01")"),
                answer(pressure, no_answer));
    // The same for a relative that is contained.
    expect_copy("Patient", R"("birthDate":"1990-01-01","contained":[{"resourceType":"Patient",
                "birthDate":"1930-01-01","gender":"male"}])",
                R"({"birthDate":"1990","contained":[{"resourceType":"Patient","id":"c1",
                "gender":"male"}]})");
    expect_copy("RelatedPerson", R"("birthDate":"1930-01-01","gender":"male")",
                R"({"gender":"male"})");
}

TEST(DeidSafeHarbor, StatedAgesWithoutABirthDate) {
    // 75 in 2010 may be 90 in 2024: one year more than the years since.
    const auto onset = [](int years) {
        return R"("recordedDate":"2010","onsetAge":{"value":)" + std::to_string(years) +
               R"(,"unit":"a"})";
    };
    expect_copy("Condition", onset(75), R"({"recordedDate":"2010"})");
    expect_copy("Condition", onset(74), "{" + onset(74) + "}");
    expect_copy("Condition", R"("id":"1900",)" + onset(74), "{" + onset(74) + "}");
    Setting told;
    told.person = R"({"ages":[{"years":75,"date":"2010-05"}]})";
    expect_copy("Condition", onset(30), R"({"recordedDate":"2010"})", told);
    told.person = R"({"ages":[{"years":74,"date":"2010-05"}]})";
    expect_copy("Condition", onset(30), "{" + onset(30) + "}", told);
    // Linkable, and nothing that dates it: another resource may.
    Setting linkable;
    linkable.codes = "{}";
    expect_copy("Condition", R"("onsetAge":{"value":30,"unit":"a"})", "{}", linkable);
    expect_copy("Condition", R"("onsetAge":{"value":30,"unit":"a"})",
                R"({"onsetAge":{"value":30,"unit":"a"}})");
}

TEST(DeidSafeHarbor, Times) {
    expect_copy("Observation", with(pressure, R"("effectiveInstant":"2020-02-03T04:05:06Z","issued":
                "2020-02-03T04:05:06Z")"),
                answer(pressure, R"("effectiveDateTime":"2020")"));
    expect_copy("ServiceRequest",
                R"("occurrenceTiming":{"event":["2020-02-03","bad",null,"2021-01-01T01:01:01Z"],
                "_event":[null,null,{"extension":[{"url":
                "http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":
                "unknown"}]},null],"repeat":{"frequency":2,"period":1,"periodUnit":"d",
                "timeOfDay":["08:15:00"],"dayOfWeek":["mon"],"boundsPeriod":{"start":"2020-02-03"},
                "when":["HS","Bob"]}})",
                R"({"occurrenceTiming":{"event":["2020",null,"2021"],"_event":[null,{"extension":[
                {"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":
                "unknown"}]},null],"repeat":{"frequency":2,"period":1,"periodUnit":"d",
                "boundsPeriod":{"start":"2020"},"when":["HS"]}}})");
}

TEST(DeidSafeHarbor, ExtensionsByList) {
    expect_copy("Patient",
                R"("extension":[
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
         {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238",
          "code":"2106-3","display":"White"}},{"url":"text","valueString":"Ann"},
         {"url":"detailed","valueString":"Ann"}]},
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex","valueCode":"F"},
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-sex","valueCode":"Ann"},
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-cadavericDonor",
         "valueBoolean":true,"valueString":"Ann"},
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-citizenship","extension":[
         {"url":"code","valueCodeableConcept":{"coding":[{"system":"urn:iso:std:iso:3166",
         "code":"DE"}],"text":"Ann"}},{"url":"period","valuePeriod":{"start":"2001-01-01"}}]},
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-mothersMaidenName",
         "valueString":"Ann"},{"valueString":"Ann"},7])",
                R"({"extension":[
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-race","extension":[
         {"url":"ombCategory","valueCoding":{"system":"urn:oid:2.16.840.1.113883.6.238",
          "code":"2106-3"}}]},
        {"url":"http://hl7.org/fhir/us/core/StructureDefinition/us-core-birthsex","valueCode":"F"},
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-cadavericDonor",
         "valueBoolean":true},
        {"url":"http://hl7.org/fhir/StructureDefinition/patient-citizenship","extension":[
         {"url":"code","valueCodeableConcept":{"coding":[{"system":"urn:iso:std:iso:3166",
         "code":"DE"}]}}]}]})");
    expect_copy("Patient",
                R"("modifierExtension":[{"url":"http://x.example","valueBoolean":true}])",
                "dropped");
    expect_copy("Encounter",
                R"("participant":[{"modifierExtension":[{"url":"http://x.example",
                "valueBoolean":true}],"period":{"start":"2020"}},{"period":{"start":"2020"}}])",
                R"({"participant":[{"period":{"start":"2020"}}]})");
}

TEST(DeidSafeHarbor, RequiredElementsSayThatTheyAreMasked) {
    expect_copy("Condition", R"("subject":{"display":"Ann"},"code":{"text":"Ann"})",
                R"({"subject":)" + std::string(masked) + "}");
    expect_copy(
        "Encounter", R"("status":"Ann","class":{"display":"Ann"})",
        R"({"_status":)" + std::string(masked) + R"(,"class":)" + std::string(masked) + "}");
    expect_copy("Coverage", R"("payor":[{"display":"Ann"}])",
                R"({"payor":[)" + std::string(masked) + "]}");
    // Never for what is empty otherwise.
    expect_copy("Patient", R"("link":[{"other":{"reference":"Patient/1"}}])", "{}");
}

TEST(DeidSafeHarbor, MetaIsMarked) {
    const Json out = run(parsed(
        R"({"resourceType":"Patient","meta":{"versionId":"7","lastUpdated":"2020-01-01T00:00:00Z",
        "source":"http://Ann","tag":[{"code":"Ann"}],"profile":[
        "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|5.0.1",
        "http://hl7.org/fhir/us/core/StructureDefinition/Ann"],"security":[
        {"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"},
        {"system":"http://x.example","code":"Ann"}]}})"));
    EXPECT_TRUE(out.find("meta") == parsed(R"({"profile":[
                "http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient|5.0.1"],
                "security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                "code":"R"},{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
                "code":"ANONYED"}]})"))
        << to_text(out);
}

TEST(DeidSafeHarbor, KnownStringsAreSwept) {
    const std::string members =
        with(pressure, R"("valueCodeableConcept":{"coding":[{"system":"http://snomed.info/sct",
        "code":"73211009"}]})");
    Setting how;
    how.person = R"({"known":["73211009","Ann"]})";
    expect_copy("Observation", members, answer(pressure, no_answer), how);
    how.person = R"({"known":[123456]})";
    expect_copy("Observation", with(pressure, R"("valueInteger":123456)"),
                answer(pressure, no_answer), how);
    how.person = R"({"known":[123456],"on_known":"refuse"})";
    try {
        copy("Observation", with(pressure, R"("valueInteger":123456)"), how);
        ADD_FAILURE() << "not refused";
    } catch (const Error &e) {
        EXPECT_EQ(e.code, clinical::core::ErrorCode::invalid_value);
        EXPECT_EQ(e.where, "Element Observation.valueInteger holds one as a number.");
    }
}

TEST(DeidSafeHarbor, PersonIsChecked) {
    for (std::string_view person :
         {"[]", R"({"birthdate":"1950"})", R"({"birthDate":"Ann"})", R"({"birthDate":1950})",
          R"({"known":"Ann"})", R"({"known":[{}]})", R"({"ages":[{"years":3}]})",
          R"({"deceased":"yes"})", R"({"on_known":"shout"})"}) {
        Setting how;
        how.person = person;
        EXPECT_THROW(copy("Patient", "", how), Error) << person;
    }
    Setting how;
    how.person = R"({"birthDate":null,"deceased":true,"known":[null]})";
    expect_copy("Patient", R"("birthDate":"1950")", R"({"birthDate":"1950"})", how);
}

TEST(DeidSafeHarbor, SizeIsLimitedAndDepthDoesNotMatter) {
    std::string many = R"("address":[)";
    for (int i = 0; i < 1'000'001; ++i) many += i ? ",{}" : "{}";
    EXPECT_THROW(copy("Patient", many + "]"), Error);
    std::string nested(R"({"resourceType":"Patient"})");
    for (int i = 0; i < 200; ++i)
        nested = R"({"resourceType":"Patient","contained":[)" + nested + "]}";
    EXPECT_FALSE(run(parsed(nested)).is_absent());
}

TEST(DeidSafeHarbor, TwiceIsOnce) {
    const Json once = run(parsed(
        R"({"resourceType":"Patient","gender":"female","birthDate":"1950-01-01","address":[
        {"state":"MA","postalCode":"03601"}],"contained":[{"resourceType":"Organization","id":"x",
        "active":true}],"managingOrganization":{"reference":"#x"},"multipleBirthInteger":3})"));
    EXPECT_TRUE(run(once) == once) << to_text(run(once));
}
