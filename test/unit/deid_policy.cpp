// The hash of a policy covers its tables and its name, not the engine's code: whoever changes what
// the engine does must raise POLICY_VERSION (src/deid/data/generate.py), so that earlier
// attestations no longer count.  This digest of the engine's outputs notices.

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <array>
#include <string>
#include <string_view>

#include "deid/rules.h"
#include "deid_run.h"

namespace clinical::deid {
namespace {

constexpr std::string_view codes = R"({"Patient/1":"p","Patient/2":"q","Observation/1":"o",
    "Encounter/1":"e","Organization/1":"r","Condition/1":"c","Coverage/1":"v"})";

constexpr std::string_view persons[] = {
    "", R"({"birthDate":"1930-08-01"})", R"({"birthDate":"1960","deceased":"2010-02"})",
    R"({"ages":[{"years":80,"date":"2012"}],"known":["Zandtvoort","7788990"],"on_known":"remove"})"};

constexpr std::string_view resources[] = {
    R"({"resourceType":"Patient","id":"1","birthDate":"1934-06-01","gender":"female",
        "deceasedDateTime":"2022-02-28T10:00:00Z","name":[{"family":"Zandtvoort"}],
        "address":[{"line":["1 A St"],"city":"B","state":"MA","postalCode":"01970-1234"},
                   {"state":"Rhode Island","postalCode":"03601","country":"USA"},
                   {"country":"DE","postalCode":"10115"}],
        "multipleBirthInteger":2,"_gender":{"extension":[{"url":"http://x","valueString":"y"}]},
        "communication":[{"language":{"coding":[{"system":"urn:ietf:bcp:47","code":"en-US"}]}}],
        "link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]})",
    R"({"resourceType":"Observation","id":"1","status":"final","effectiveInstant":
        "2013-04-05T06:07:08Z","subject":{"reference":"http://h/fhir/Patient/1/_history/2"},
        "code":{"coding":[{"system":"http://loinc.org","code":"30525-0","display":"Age"}]},
        "valueQuantity":{"value":91,"unit":"years"}})",
    R"({"resourceType":"Observation","id":"1","status":"final","effectiveDateTime":"1933",
        "code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
        "valueQuantity":{"value":120,"unit":"mm Hg"},"component":[
        {"code":{"coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueInteger":1234567},
        {"code":{"coding":[{"system":"http://loinc.org","code":"21112-8"}]},
         "valueDateTime":"1930"},
        {"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]},
         "valueQuantity":{"value":7788990}}]})",
    R"({"resourceType":"Encounter","id":"1","status":"finished","class":{"system":
        "http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"IMP"},"period":{"start":
        "1930-01-01","end":"2014-12-31T23:59:59Z"},"subject":{"reference":"#x"},
        "contained":[{"resourceType":"Patient","id":"x","birthDate":"1920"}],
        "serviceProvider":{"reference":"Organization/1","display":"B"}})",
    R"({"resourceType":"Condition","id":"1","onsetAge":{"value":80,"unit":"a"},
        "recordedDate":"2015-01","abatementRange":{"low":{"value":85,"unit":"a"},
        "high":{"value":95,"unit":"a"}},"code":{"coding":[
        {"system":"http://snomed.info/sct","code":"73211009","version":"x"},
        {"system":"http://snomed.info/sct","code":"73211008"},
        {"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"E11.9","userSelected":true},
        {"system":"http://local","code":"Bob"}]}})",
    R"({"resourceType":"Coverage","id":"1","status":"active","subscriberId":"S1",
        "beneficiary":{"reference":"Patient/1"},"payor":[{"display":"B"}]})",
    R"({"resourceType":"Coverage","id":"1","status":"active","costToBeneficiary":[
        {"valueMoney":{"value":12,"currency":"Bob"}},{"valueMoney":{"value":1,"currency":"EUR"}}]})",
    R"({"resourceType":"Observation","id":"1","status":"final","valueRatio":{"numerator":
        {"value":1,"unit":"Bob"},"denominator":{"value":128}},"code":{"coding":[
        {"system":"http://loinc.org","code":"8480-6"}]}})",
    R"({"resourceType":"Organization","id":"1","active":true,"name":"B","modifierExtension":[{}]})",
    R"({"resourceType":"Provenance","id":"1"})"};

std::string digest() {
    std::string all;
    for (const std::string_view resource : resources)
        for (const std::string_view person : persons)
            for (const bool linked : {false, true}) {
                Setting how;
                how.person = person;
                if (linked) {
                    how.codes = codes;
                    if (!person.empty() && person.find("on_known") == person.npos)
                        how.person.insert(1, R"("on_known":"remove",)");
                }
                all += core::to_text(run(core::parse_json(resource).value(), how)) + "\n";
            }
    std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
    SHA256(reinterpret_cast<const unsigned char *>(all.data()), all.size(), hash.data());
    std::string hex;
    for (const unsigned char byte : hash) {
        hex += "0123456789abcdef"[byte >> 4];
        hex += "0123456789abcdef"[byte & 15];
    }
    return hex;
}

}  // namespace

TEST(DeidPolicy, AnotherBehaviourIsAnotherVersion) {
    EXPECT_EQ(policy_version(), "safe_harbor 4");
    EXPECT_EQ(digest(), "b8a2c23c816232829ed4f3b45034bb7c274e8b4bdf9ca186eec1cbcf136fbb87")
        << "The engine gives other copies than version " << policy_version()
        << " did: raise POLICY_VERSION in src/deid/data/generate.py, run it, pin both here.";
}

}  // namespace clinical::deid
