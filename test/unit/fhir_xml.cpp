#include <gtest/gtest.h>

#include "fhir/from_xml.h"
#include "fhir/to_xml.h"

using namespace clinical;
using core::JsonNode;

namespace {

std::string from(std::string_view xml) {
    const auto json = fhir::from_xml(xml, {});
    return json.ok() ? core::to_text(json.value()) : "refused: " + json.error().where;
}

std::string to(std::string_view text) {
    const auto json = core::parse_json(text);
    EXPECT_TRUE(json.ok()) << text;
    const auto xml = fhir::to_xml(JsonNode(json.value()), {});
    return xml.ok() ? xml.value() : "refused: " + xml.error().where;
}

std::string patient(const std::string &content) {
    return "<Patient xmlns=\"http://hl7.org/fhir\">" + content + "</Patient>";
}

}  // namespace

TEST(FhirXml, BothWays) {
    const struct {
        const char *xml, *json;
    } cases[] = {
        {"<id value=\"a\"/><active value=\"true\"/>", R"("id":"a","active":true)"},
        {"<name><given value=\"A\"/><given value=\"B\"/></name>",
         R"("name":[{"given":["A","B"]}])"},
        {"<name><given value=\"A\"/><given><extension url=\"urn:x\"><valueDecimal "
         "value=\"1.50\"/></extension></given><given id=\"g\" value=\"C\"/></name>",
         R"("name":[{"given":["A",null,"C"],"_given":[null,{"extension":[{"url":"urn:x","valueDecimal":1.50}]},{"id":"g"}]}])"},
        {"<name><given value=\"A\"/><given id=\"b\" value=\"B\"/><given value=\"C\"/></name>",
         R"("name":[{"given":["A","B","C"],"_given":[null,{"id":"b"},null]}])"},
        {"<birthDate><extension url=\"urn:x\"><valueBoolean "
         "value=\"false\"/></extension></birthDate>",
         R"("_birthDate":{"extension":[{"url":"urn:x","valueBoolean":false}]})"},
        {"<contained><Patient><id value=\"c\"/></Patient></contained>"
         "<contained><Basic><code id=\"k\"><text value=\"t\"/></code></Basic></contained>",
         R"("contained":[{"resourceType":"Patient","id":"c"},{"resourceType":"Basic","code":{"id":"k","text":"t"}}])"},
        {"<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a<br/>"
         "<b class='x'>&amp;</b>\n</div></text>",
         R"("text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a<br/><b class='x'>&amp;</b>\n</div>"})"},
        {"<name><text value=\"a&amp;b&#10;&quot;c&lt; \"/></name>",
         R"("name":[{"text":"a&b\n\"c< "}])"},
        {"<deceasedDateTime value=\"2020\"/><multipleBirthInteger value=\"2\"/>",
         R"("deceasedDateTime":"2020","multipleBirthInteger":2)"},
    };
    for (const auto &c : cases) {
        const std::string json = R"({"resourceType":"Patient",)" + std::string(c.json) + "}";
        EXPECT_EQ(from(patient(c.xml)), json);
        EXPECT_EQ(to(json), patient(c.xml));
    }
}

// HTML's names for characters are none of XML's: in a narrative they become the characters.
TEST(FhirXml, NarrativesMayNameCharactersAsHtmlDoes) {
    const std::string open = "<div xmlns=\"http://www.w3.org/1999/xhtml\"";
    const struct {
        const char *named, *plain;
    } cases[] = {
        {">a&nbsp;b&eacute;&thetasym;</div>", ">a\u00a0b\u00e9\u03d1</div>"},
        {" title=\"&copy;\"><div/>&lt;&amp;&#233;</div>",
         " title=\"\u00a9\"><div/>&lt;&amp;&#233;</div>"},
        {"><!-- &nbsp; --><![CDATA[&nbsp;]]><div>&yuml;</div>&frac12;</div>",
         "><!-- &nbsp; --><![CDATA[&nbsp;]]><div>\u00ff</div>\u00bd</div>"},
    };
    for (const auto &c : cases) {
        const auto xml = [&](const char *div) {
            return patient("<text><status value=\"generated\"/>" + open + div + "</text>");
        };
        EXPECT_EQ(from(xml(c.named)), from(xml(c.plain)));
        const std::string div = core::to_text(core::Json::string(open + c.named));
        EXPECT_EQ(
            to(R"({"resourceType":"Patient","text":{"status":"generated","div":)" + div + "}}"),
            xml(c.plain));
    }
    // Nowhere else, and no others.
    for (const char *inside :
         {"<name><text value=\"&nbsp;\"/></name>",
          "<text><div xmlns=\"http://www.w3.org/1999/xhtml\">&secret;</div></text>",
          "<text><div xmlns=\"http://www.w3.org/1999/xhtml\">&nbsp</div></text>"})
        EXPECT_FALSE(fhir::from_xml(patient(inside), {}).ok()) << inside;
}

TEST(FhirXml, MembersComeInAnyOrder) {
    EXPECT_EQ(to(R"({"name":[{"given":["A"],"family":"F"}],"id":"x","resourceType":"Patient"})"),
              patient("<id value=\"x\"/><name><family value=\"F\"/><given value=\"A\"/></name>"));
    EXPECT_EQ(
        to(R"({"resourceType":"Basic","code":{"text":"t"},"extension":[{"valueCode":"c","url":"urn:x","id":"i"}]})"),
        "<Basic xmlns=\"http://hl7.org/fhir\"><extension id=\"i\" url=\"urn:x\"><valueCode "
        "value=\"c\"/></extension><code><text value=\"t\"/></code></Basic>");
}

TEST(FhirXml, WhatIsNotOfItsTypeIsKeptForValidation) {
    EXPECT_EQ(from(patient("<active value=\"yes\"/><multipleBirthInteger value=\"01\"/>")),
              R"({"resourceType":"Patient","active":"yes","multipleBirthInteger":"01"})");
    EXPECT_EQ(from(patient("<name/><birthDate/>")),
              R"({"resourceType":"Patient","name":[{}],"_birthDate":{}})");
}

TEST(FhirXml, NarrativeWithPrefix) {
    EXPECT_EQ(
        from("<Patient xmlns=\"http://hl7.org/fhir\" xmlns:h=\"http://www.w3.org/1999/xhtml\">"
             "<text><status value=\"empty\"/><h:div xml:lang='en'>a&lt;<h:br/><!--c-->"
             "</h:div></text></Patient>"),
        R"({"resourceType":"Patient","text":{"status":"empty","div":)"
        R"("<div xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\">)"
        R"(a&lt;<br></br><!--c--></div>"}})");
}

TEST(FhirXml, RefusedWithPlaceAndPath) {
    const struct {
        const char *xml, *where;
    } cases[] = {
        {"<secret/>", "the element is not known here (Patient)."},
        {"<name><secret/></name>", "the element is not known here (Patient.name[0])."},
        {"<name/><name><given secret=\"1\"/></name>",
         "the attribute is not known here (Patient.name[1])."},
        {"<active value=\"true\"/><active value=\"true\"/>",
         "the element may not repeat (Patient)."},
        {"<birthDate value=\"2020\"/><gender value=\"male\"/>",
         "the element is not in its place: order matters in FHIR XML (Patient)."},
        {"<name>secret</name>", "text is not allowed here (Patient.name[0])."},
        {"<name><id value=\"x\"/></name>", "the element is not known here (Patient.name[0])."},
        {"<contained><Secret/></contained>",
         "this is not a resource of FHIR R4 in its namespace (Patient.contained[0])."},
        {"<contained><Basic/><Basic/></contained>",
         "more than one resource (Patient.contained[0])."},
        {"<text><div>secret</div></text>", "the element is not known here (Patient.text)."},
        {"<name xmlns=\"urn:x\"/>", "the element is not known here (Patient)."},
    };
    for (const auto &c : cases) {
        const std::string got = from(patient(c.xml));
        EXPECT_NE(got.find(c.where), std::string::npos) << c.xml << "\n" << got;
        EXPECT_EQ(got.find("refused: Line 1, column "), 0u) << got;
        EXPECT_EQ(got.find("ecret"), std::string::npos) << got;
    }
    EXPECT_EQ(from("<Secret/>"),
              "refused: Line 1, column 8: this is not a resource of FHIR R4 in its namespace.");
}

TEST(FhirXml, JsonThatXmlCannotHold) {
    const struct {
        const char *json, *where;
    } cases[] = {
        {R"({"resourceType":"Secret"})", "The document: this is not a resource of FHIR R4."},
        {R"({"resourceType":"Patient","secret":1})", "At Patient: a member is not known here."},
        {R"({"resourceType":"Patient","name":{}})", "At Patient: an array is expected."},
        {R"({"resourceType":"Patient","name":[1]})", "At Patient.name[0]: an object is expected."},
        {R"({"resourceType":"Patient","name":[]})", "At Patient: an array is empty."},
        {R"({"resourceType":"Patient","active":"true"})",
         "At Patient.active: a primitive's value is not of its JSON type."},
        {R"({"resourceType":"Patient","birthDate":"\u0001"})",
         "At Patient.birthDate: a control character that XML does not allow."},
        {R"({"resourceType":"Patient","text":{"div":"<div>x</div>"}})",
         "At Patient.text.div: the narrative is not a well-formed div of XHTML."},
        {R"({"resourceType":"Patient","text":{"div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">"}})",
         "At Patient.text.div: the narrative is not a well-formed div of XHTML."},
        {R"({"resourceType":"Patient","name":[{"given":[null],"_given":[null]}]})",
         "At Patient.name[0].given[0]: a primitive has neither a value nor extensions."},
        {R"({"resourceType":"Patient","contained":[{"id":"x"}]})",
         "At Patient.contained[0]: this is not a resource of FHIR R4."},
    };
    for (const auto &c : cases) EXPECT_EQ(to(c.json), "refused: " + std::string(c.where));
}

TEST(FhirXml, Depth) {
    std::string json = R"({"resourceType":"Patient")", end;
    for (int i = 0; i < 300; ++i) {
        json += R"(,"contained":[{"resourceType":"Patient")";
        end += "}]";
    }
    core::Limits limits;
    limits.depth = 2000;
    const auto tree = core::parse_json(json + end + "}", limits);
    ASSERT_TRUE(tree.ok());
    const auto xml = fhir::to_xml(JsonNode(tree.value()), {});
    ASSERT_FALSE(xml.ok());
    EXPECT_EQ(xml.error().code, core::ErrorCode::limit_exceeded);
}
