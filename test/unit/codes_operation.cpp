#include "codes/operation.h"

#include <gtest/gtest.h>

#include "codes/json_system.h"
#include "codes/membership.h"
#include "codes/translation.h"

namespace clinical::codes {
namespace {

using core::Json;

constexpr const char *zoo = R"({"resourceType": "CodeSystem", "url": "urn:zoo", "version": "1.0.0",
  "language": "en", "concept": [{"code": "animal", "display": "Animal",
    "property": [{"code": "notSelectable", "valueBoolean": true}], "concept": [
      {"code": "bird", "display": "Bird", "designation": [{"language": "de", "value": "Vogel"}],
       "concept": [{"code": "duck", "display": "Duck", "property": [{"code": "legs", "valueInteger": 2}]}]},
      {"code": "fish", "display": "Fish", "property": [{"code": "legs", "valueInteger": 0}]}]},
    {"code": "dodo", "display": "Dodo", "property": [{"code": "status", "valueCode": "retired"}]}]})";

Json parsed(const std::string &text) {
    auto json = core::parse_json(text);
    EXPECT_TRUE(json.ok()) << text;
    return json.ok() ? std::move(json).value() : Json();
}

std::string expanded(const std::string &compose) {
    OverlayStore store(nullptr, {parsed(zoo)});
    Request request;
    request.exclude_nested = true;
    request.value_set =
        parsed(R"({"resourceType": "ValueSet", "url": "urn:vs", "compose": )" + compose + "}");
    const Json answer = expand(store, request);
    if (answer.find("resourceType").as_text() == "OperationOutcome")
        return std::string(
            answer.find("issue").at(0).find("extension").at(0).find("valueString").as_text());
    std::string codes;
    for (const Json &c : answer.find("expansion").find("contains").elements())
        codes += (codes.empty() ? "" : " ") + std::string(c.find("code").as_text());
    return codes;
}

TEST(CodesOperation, Expand) {
    struct Case {
        const char *compose;
        const char *codes;
    };
    const Case cases[] = {
        {R"({"include": [{"system": "urn:zoo"}]})", "animal bird duck fish dodo"},
        {R"({"inactive": false, "include": [{"system": "urn:zoo"}]})", "animal bird duck fish"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "is-a", "value": "bird"}]}]})",
         "bird duck"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "descendent-of", "value": "animal"}]}]})",
         "bird duck fish"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "child-of", "value": "animal"}]}]})",
         "bird fish"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "descendent-leaf", "value": "animal"}]}]})",
         "duck fish"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "generalizes", "value": "duck"}]}]})",
         "animal bird duck"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "concept", "op": "is-not-a", "value": "animal"}]}]})",
         "dodo"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "legs", "op": "=", "value": "2"}]}]})",
         "duck"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "legs", "op": "exists", "value": "true"}]}]})",
         "duck fish"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "legs", "op": "exists", "value": "false"}]}]})",
         "animal bird dodo"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "code", "op": "regex", "value": "d.*"}]}]})",
         "duck dodo"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "code", "op": "in", "value": "duck, fish"}]}]})",
         "duck fish"},
        {R"({"include": [{"system": "urn:zoo"}], "exclude": [{"system": "urn:zoo", "concept": [{"code": "duck"}]}]})",
         "animal bird fish dodo"},
        {R"({"include": [{"system": "urn:zoo", "version": "1.x.x", "concept": [{"code": "duck"}, {"code": "unicorn"}]}]})",
         "duck"},
        {R"({"include": [{"system": "urn:none", "concept": [{"code": "x"}]}]})", "x"},
        {R"({"include": [{"system": "urn:none"}]})", "UNKNOWN_CODESYSTEM_EXP"},
        {R"({"include": [{"system": "urn:zoo", "version": "2.0.0"}]})",
         "UNKNOWN_CODESYSTEM_VERSION_EXP"},
        {R"({"include": [{"valueSet": ["urn:other"]}]})", "VS_EXP_IMPORT_UNK"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "code", "op": "is-a"}]}]})",
         "UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE"},
        {R"({"include": [{"system": "urn:zoo", "filter": [{"property": "code", "op": "regex", "value": "("}]}]})",
         "INVALID_REGEX"},
    };
    for (const Case &c : cases) EXPECT_EQ(expanded(c.compose), c.codes) << c.compose;
}

TEST(CodesOperation, ValidateSaysWhatItExpands) {
    OverlayStore store(nullptr,
                       {parsed(zoo), parsed(R"({"resourceType": "ValueSet", "url": "urn:birds",
        "compose": {"include": [{"system": "urn:zoo", "filter":
            [{"property": "concept", "op": "is-a", "value": "bird"}]}]}})")});
    const auto membership = Membership::of(store, "urn:birds");
    ASSERT_TRUE(membership);
    for (const char *code : {"animal", "bird", "duck", "fish", "dodo", "unicorn"}) {
        Request request;
        request.url = "urn:birds";
        request.coding = parsed(R"({"system": "urn:zoo", "code": ")" + std::string(code) + "\"}");
        const Json answer = validate_code(store, request, false);
        const bool result = answer.find("parameter").at(0).find("valueBoolean").as_bool();
        EXPECT_EQ(result, membership->holds("urn:zoo", code)) << code;
        EXPECT_EQ(result, code == std::string("bird") || code == std::string("duck")) << code;
    }
}

TEST(CodesTranslation, OneTargetOrNone) {
    const auto entry = [](const char *code, const char *target, const char *equivalence,
                          bool conditional = false) {
        return MapEntry{"urn:a", code, "urn:b", target, "", equivalence, conditional};
    };
    const auto made = Translation::of(
        {entry("one", "x", "equal"), entry("two", "x", "equal"), entry("two", "y", "equivalent"),
         entry("same", "x", "equal"), entry("same", "x", "equivalent"), entry("wide", "x", "wider"),
         entry("if", "x", "equal", true), entry("one", "z", "wider")});
    ASSERT_TRUE(made.ok());
    const auto target = [&](const char *code) {
        const auto packed = made.value()->find("urn:a", code);
        return packed.empty() ? std::string("none") : std::string(unpack(packed)->code);
    };
    EXPECT_EQ(target("one"), "x");
    EXPECT_EQ(target("two"), "none");
    EXPECT_EQ(target("same"), "x");
    EXPECT_EQ(target("wide"), "none");
    EXPECT_EQ(target("if"), "none");
    EXPECT_EQ(target("other"), "none");
    EXPECT_EQ(made.value()->find("urn:other", "one"), "");
}

}  // namespace
}  // namespace clinical::codes
