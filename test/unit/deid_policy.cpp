// The hash of a policy covers its tables and its name, not the engine's code: whoever changes what
// the engine does must raise POLICY_VERSION (src/deid/data/generate.py), so that earlier
// attestations no longer count.  This digest of the engine's outputs notices.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/sha256.h"
#include "deid/ccda.h"
#include "deid/rules.h"
#include "deid/v2.h"
#include "deid/x12.h"
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

std::string hash_of(const std::string &all) { return core::to_hex(core::sha256(all)); }

std::string digest_of_fhir() {
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
    return hash_of(all);
}

constexpr std::string_view messages[] = {
    "MSH|^~\\&|A|B|C|D|20200230101112-0500||ORU^R01^ORU_R01|77|P|2.5.1|||AL|NE|USA|UNICODE UTF-8\r"
    "EVN|R01|20200102|19300405\r"
    "PID|1|2|1^^^H^MR~2^^^S^SS|4|Zandtvoort^B^^^^^L||19340601|F|Bo|2106-3^White^HL70005~X^Y|1 "
    "A^^B^MA^"
    "01970-1234^USA^H|123|555-1234|^PRN|en^English^ISO639|M^Married^HL70002|ATH|A1|999-99-9999||N||"
    "B|Y|2||||20220228|Y\r"
    "NK1|1|Bob\rPV1|1|I|W^1^2|E||||1^Doc||||||||||||V1^^^H|||||||||||||||||01|||||||||19330101|"
    "20141231\rORC|RE|P1^A|F1^B||CM||1^^^20200102\r"
    "OBR|1|P1^A|F1^B|8480-6^Sys^LN|||2020010203\r"
    "OBX|1|NM|8480-6^Sys^LN|1.1|7788990|mm[Hg]^x^UCUM|90-120|H~A|||F|||19600405\r"
    "OBX|2|NM|30525-0^Age^LN||91|a|||||F\rOBX|3|SN|8480-6^Sys^LN||>^12^-^14|kPa|||||F\r"
    "OBX|4|CWE|8480-6^Sys^LN||73211009^D^SCT^Bob^B^L||||||F\rOBX|5|TX|8480-6^S^LN||12~>4~Bob||||||"
    "F\r"
    "OBX|6|DT|8480-6^S^LN||19330101~202013~2020~20201||||||F\rOBX|7|ST|21112-8^Birth^LN||1930\r"
    "NTE|1||Bob\rDG1|1||E11.9^D^I10||2013|A\rAL1|1|DA|7980^P^RXNORM|SV|Bob|2010\rZPD|Bob\r",
    "MSH|^~\\&|||||1950||ADT^A01|1|T|2.3\rPID|||1||B||1934|M|||^^^Rhode "
    "Island^03601\rIN1|1|P|I|C\r",
    "MSH|^~\\&|||||1950||ADT^A01|1|T|9.9\rPID|||1||B||1934|M|||^^^RI^03601\rRXA|0|1|2020|||5|mL\r"};

constexpr std::string_view documents[] = {
    R"(<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi=
"http://www.w3.org/2001/XMLSchema-instance" classCode="DOCCLIN"><realmCode code="US"/><typeId/>
<templateId root="2.16.840.1.113883.10.20.22.1.1" extension="2015-08-01"/><templateId root="1.2.3"/>
<id root="9" extension="8"/><code code="34133-9" codeSystem="2.16.840.1.113883.6.1"/><title>Bob
</title><effectiveTime value="20200230"/><confidentialityCode code="N" codeSystem=
"2.16.840.1.113883.5.25"/><languageCode code="en-US"/><recordTarget><patientRole><id root="1"
extension="2"/><addr use="HP"><state>MA</state><postalCode>01970</postalCode><city>B</city>
<country>US</country></addr><telecom value="tel:1"/><patient><name>Bob</name>
<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19340601"/>
<sdtc:deceasedInd value="true"/><sdtc:deceasedTime value="20220228"/><raceCode code="2106-3"
codeSystem="2.16.840.1.113883.6.238"/></patient></patientRole></recordTarget><author><time/></author>
<custodian/><component><structuredBody><component><section><text>Bob</text><entry><observation
classCode="OBS" moodCode="EVN"><id root="1"/><id root="2"/><code code="8480-6" codeSystem=
"2.16.840.1.113883.6.1" displayName="Bob"><originalText>Bob</originalText></code><statusCode code=
"completed"/><effectiveTime><low value="20130405"/><high value="1933"/></effectiveTime><value
xsi:type="PQ" value="120" unit="mm[Hg]"/><interpretationCode code="N" codeSystem=
"2.16.840.1.113883.5.83"/><referenceRange><observationRange><value xsi:type="IVL_PQ"><low value="9"
unit="mm[Hg]"/></value></observationRange></referenceRange></observation></entry><entry><observation
classCode="OBS" moodCode="EVN"><code code="30525-0" codeSystem="2.16.840.1.113883.6.1"/><value
xsi:type="PQ" value="91" unit="a"/></observation></entry><entry><observation classCode="OBS"
moodCode="EVN"><code code="21112-8" codeSystem="2.16.840.1.113883.6.1"/><value xsi:type="TS" value=
"1930"/></observation></entry><entry><substanceAdministration classCode="SBADM" moodCode="EVN">
<effectiveTime xsi:type="PIVL_TS"><period value="6" unit="h"/></effectiveTime><doseQuantity value=
"7788990"/><participant typeCode="CSM"><participantRole classCode="MANU"/></participant><participant
typeCode="PRF"/></substanceAdministration></entry></section></component></structuredBody></component>
</ClinicalDocument>)",
    "<other/>"};

constexpr std::string_view interchange =
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*^*00501*"
    "000000009*0*T*:~GS*HC*A*B*20240115*1200*1*X*005010X222A1~ST*837*0001*005010X222A1~"
    "BHT*0019*00*R1*20240230*1200*CH~NM1*85*2*ACME*****XX*1~N3*1 A~N4*SALEM*MA*01970~REF*EI*1~"
    "HL*1**22*0~SBR*P*18*G1*N****CI~NM1*IL*1*QUIGLEY*ZELDA****MI*1~N4*SALEM*RI*03601*US~"
    "DMG*D8*19340601*F**RET:2106-3~PAT*01***D8*20220228*01*100~CLM*1*100***11:B:1*Y*A*Y*Y**AA:::MA~"
    "DTP*431*D8*20200230~DTP*434*RD8*20200101-19330101~DTP*434*RD8*20200101-20210101~AMT*F5*12~"
    "HI*ABK:E119*BF:25000*BE:A0:::12*BH:11:D8:20200101~LX*1~SV1*HC:99213:25*100*UN*1***1:2~"
    "SV2*0300*HC:80048*1*UN*1~NTE*ADD*Bob~QQQ*Bob~CAS*CO*45*7788990~TRN*1*T1~"
    "PER*IC*Bob~SE*9*0001~GE*1*1~IEA*1*000000009~";

template <typename Write>
std::string copies(const Write &write) {
    std::string all;
    for (const std::string_view person : persons)
        for (const Mode mode :
             {Mode::safe_harbor, Mode::limited_data_set, Mode::expert_determination})
            for (const bool linked : {false, true}) {
                const core::Json facts =
                    core::parse_json(person.empty() ? std::string_view("{}") : person).value();
                const Person known = read_person(core::JsonNode(facts));
                Options options;
                options.mode = mode;
                options.shift_days = mode == Mode::expert_determination ? 40 : 0;
                options.person = &known;
                options.reference = {2024, 6, 1};
                NoCodes none;
                GatheredCodes gathered;
                CodesFrom unlinked(none);
                CodesFrom with_codes(gathered);
                CodeSource &source = linked ? static_cast<CodeSource &>(with_codes) : unlinked;
                write(options, source, all);
                all += '\n';
            }
    return all;
}

}  // namespace

TEST(DeidPolicy, AnotherBehaviourIsAnotherVersion) {
    EXPECT_EQ(policy_version(), "safe_harbor 5");
    const auto pinned = [](std::string_view format, const std::string &digest,
                           std::string_view expected) {
        EXPECT_EQ(digest, expected)
            << "The engine of " << format << " gives other copies than version " << policy_version()
            << " did: raise POLICY_VERSION in src/deid/data/generate.py, run it, pin both here.";
    };
    pinned("FHIR", digest_of_fhir(),
           "b8a2c23c816232829ed4f3b45034bb7c274e8b4bdf9ca186eec1cbcf136fbb87");
    pinned("HL7 v2",
           hash_of(copies([](const Options &options, CodeSource &codes, std::string &out) {
               for (const std::string_view text : messages)
                   write_v2(hl7v2::Message::parse(text).value(), options, codes, out);
           })),
           "b77ccdfc62ac12f43380254e3cb549f0c28cf2b8e63df2e394219f45a6e6d867");
    pinned("C-CDA", hash_of(copies([](const Options &options, CodeSource &codes, std::string &out) {
               for (const std::string_view text : documents)
                   write_ccda(text, options, {}, codes, out);
           })),
           "7b1536a00a2fbfe2905c3d25da9e360252aecd1bd382906b968457be2a630aeb");
    pinned("X12", hash_of(copies([](const Options &options, CodeSource &codes, std::string &out) {
               write_x12(interchange, options, codes, out);
           })),
           "ee52d0144d46f0ebb52c5eefbeed39948a7784b19195c347bafc9202048aa464");
}

}  // namespace clinical::deid
