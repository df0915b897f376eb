// Action scrub of policies: refused where it does not belong, and what it leaves where it does.

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/sha256.h"
#include "deid/expert.h"
#include "deid_run.h"
#include "fhirpath/strings.h"

namespace clinical::deid {
namespace {

std::string refusal(std::string_view mode, std::string_view path) {
    const auto policy = compile_policy(
        core::parse_json(R"({"mode":")" + std::string(mode) + R"(","rules":[{"path":")" +
                         std::string(path) + R"(","action":"scrub"}]})")
            .value());
    return policy ? "" : policy.error().where;
}

// The copy of a resource under rows, for a person.
std::string copy(const std::string &rules, const std::string &resource,
                 const std::string &person = R"({"known":["Quackenbush","Zebulon"]})") {
    const Policy policy =
        std::move(compile_policy(
                      core::parse_json(R"({"mode":"expert_determination","rules":[)" + rules + "]}")
                          .value()))
            .value();
    const core::Json facts = core::parse_json(person).value();
    const Person who = read_person(core::JsonNode(facts));
    Options options;
    options.mode = policy.mode;
    options.reference = {2024, 6, 1};
    options.person = &who;
    note::Options how;
    how.reference = options.reference;
    const note::Known known = read_known_facts(core::JsonNode(facts));
    PolicyText text(how, &known, core::Limits{});
    const KeyedHash hash = [](std::string_view, std::string_view) { return std::string("h"); };
    TreeWriter writer;
    const core::Json given = core::parse_json(resource).value();
    ExpertWriter<core::JsonNode, TreeWriter> expert(policy, options, hash, &text, writer);
    return expert.write(core::JsonNode(given)) ? core::to_text(writer.root) : "";
}

std::string base64(std::string_view text) { return *fhirpath::encode(text, "base64"); }

std::string binary(std::string_view type, const std::string &data) {
    return copy(R"({"path":"Binary.data","action":"scrub"})",
                R"({"resourceType":"Binary","contentType":")" + std::string(type) +
                    R"(","data":")" + data + R"("})");
}

}  // namespace

TEST(DeidPolicyText, OtherModesRefuseIt) {
    constexpr std::string_view rule =
        "Row 1: Action scrub belongs to expert_determination: text that software scrubbed may "
        "still identify somebody.";
    EXPECT_EQ(refusal("safe_harbor", "Observation.note"), rule);
    EXPECT_EQ(refusal("limited_data_set", "Observation.note"), rule);
    EXPECT_EQ(refusal("expert_determination", "Observation.note"), "");
}

TEST(DeidPolicyText, PathsOfText) {
    for (const char *path :
         {"Annotation", "Narrative", "Attachment", "markdown", "Annotation.text", "Narrative.div",
          "Patient.text", "Attachment.data", "Binary.data", "Observation.valueString",
          "DiagnosticReport.conclusion", "CodeableConcept.text", "Attachment.title"})
        EXPECT_EQ(refusal("expert_determination", path), "") << path;
    for (const char *path :
         {"*", "string", "date", "base64Binary", "Patient", "Patient.name", "Patient.name.family",
          "HumanName.text", "Identifier.value", "Reference.display", "Address.city",
          "Attachment.hash", "Patient.birthDate", "Observation.value", "Resource.id",
          "Patient.contact.id", "Signature.data"})
        EXPECT_NE(refusal("expert_determination", path), "") << path;
}

TEST(DeidPolicyText, Strings) {
    EXPECT_EQ(copy(R"({"path":"Annotation","action":"scrub"},
                      {"path":"Observation.valueString","action":"scrub"})",
                   R"({"resourceType":"Observation","id":"1","valueString":
                       "Zebulom Quackenbush, seen 3/4/2021","note":[{"authorString":"Dr. Jane Roe",
                       "time":"2021-03-04","text":"Mr. Quackenbush is 97 years old",
                       "authorReference":{"reference":"Practitioner/9","display":"Jane Roe"}}]})"),
              R"({"resourceType":"Observation","valueString":"[NAME], seen 2021","note":)"
              R"([{"authorString":"[NAME]","text":"[NAME] is 90+ years old"}]})");
    // Nobody known; over 89 at the reference date.
    EXPECT_EQ(copy(R"({"path":"markdown","action":"scrub"})",
                   R"({"resourceType":"Condition","note":[{"text":"3/4/2012: aged 81"}]})", "{}"),
              R"({"resourceType":"Condition","note":[{"text":"2012: aged 90+"}]})");
}

// Marks within a word do not hide it, attributes and references go.
TEST(DeidPolicyText, Narratives) {
    const auto narrative = [](const std::string &div) {
        return copy(
            R"({"path":"Narrative","action":"scrub"})",
            R"({"resourceType":"Patient","text":{"status":"generated","div":")" + div + R"("}})");
    };
    EXPECT_EQ(narrative("<div xmlns='http://www.w3.org/1999/xhtml' title='Zebulon'><h1>Notes</h1>"
                        "<p>Mr. <b>Quack</b>enb&#117;sh &lt; 5 <img src='q.png' alt='Zebulon'/>"
                        "</p></div>"),
              R"({"resourceType":"Patient","text":{"status":"generated","div":)"
              R"("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Notes</p>)"
              R"(<p>[NAME] &lt; 5</p></div>"}})");
    const std::string none = R"({"resourceType":"Patient"})";
    EXPECT_EQ(narrative("<div><p>Zebulon"), none);
    EXPECT_EQ(narrative("<div xmlns='http://www.w3.org/1999/xhtml'/>"), none);
}

TEST(DeidPolicyText, Attachments) {
    const std::string note = base64("Seen: Zebulon Quackenbush.");
    EXPECT_EQ(binary("text/plain", note),
              R"({"resourceType":"Binary","data":")" + base64("Seen: [NAME].") + "\"}");
    for (const char *type : {"application/pdf", "text/html", "text/rtf", "text/xml", "",
                             "text/plain; charset=utf-16", "text/plain; name=Quackenbush"})
        EXPECT_EQ(binary(type, note).find("data"), std::string::npos) << type;
    EXPECT_EQ(binary("text/plain", "not base64").find("data"), std::string::npos);
    EXPECT_EQ(binary("text/plain", base64("\xff\xfe")).find("data"), std::string::npos);
    EXPECT_EQ(binary("text/plain", base64(std::string_view("Q\0u\0", 4))).find("data"),
              std::string::npos);
    EXPECT_EQ(copy(R"({"path":"Attachment","action":"scrub"})",
                   R"({"resourceType":"DocumentReference","content":[{"attachment":{
                       "contentType":"TEXT/PLAIN; charset=\"UTF-8\"","url":"http://q/9","size":26,
                       "hash":"AAAA","creation":"2020-01-02","title":"Letter of Mr. Quackenbush",
                       "data":")" +
                       note + R"("}}]})"),
              R"({"resourceType":"DocumentReference","content":[{"attachment":{"contentType":)"
              R"("text/plain","title":"Letter of [NAME]","data":")" +
                  base64("Seen: [NAME].") + R"("}}]})");
}

// As deid_policy.cpp does for the engine.
TEST(DeidPolicyText, AnotherBehaviourIsAnotherVersion) {
    const note::Options options;
    note::Scrubber scrubber(options);
    std::string all;
    for (const std::string_view text :
         {"Mr. Zebulon Quackenbush, a 97-year-old man from Salem, MA 01970, was seen on March 3rd, "
          "2021 (MRN: 00123456).",
          "Call 555-867-5309 or zq@example.org; SSN 123-45-6789. Foley catheter in place.",
          "BP 120/80, metformin 500 mg since 2019. Dr. Roe at St. Mary's Hospital; 12 Elm Street.",
          "Transferred from Worcester; daughter Anna, employed at Acme Corp, IP 10.1.2.3."})
        all += scrubber.scrub(text, nullptr).value() + "\n";
    EXPECT_EQ(note::scrubber_version, "scrubber 2");
    EXPECT_EQ(core::to_hex(core::sha256(all)),
              "d85a3bb95cf80b7a5b75e260fc29fb6c1b0a81a792b9c5aa83227cd309e0dcd5")
        << "Notes come out otherwise than of " << note::scrubber_version
        << ": raise scrubber_version in src/deid/note_scrub.h, pin both here.\n"
        << all;
}

}  // namespace clinical::deid
