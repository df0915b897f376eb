#include <gtest/gtest.h>

#include "core/json.h"
#include "fhirpath/fhirpath.h"

namespace {

using namespace clinical;
using core::JsonNode;
using fhirpath::Environment;
using fhirpath::Evaluator;
using fhirpath::Expression;

constexpr std::string_view patient = R"({"resourceType": "Patient", "id": "p1", "active": true,
  "birthDate": "1974-12-25", "_birthDate": {"id": "b"}, "deceasedBoolean": false,
  "name": [{"use": "official", "family": "Testpatient", "given": ["Anna", "Beta"]},
           {"use": "usual", "given": [null, "Ann"], "_given": [{"id": "g"}, null]}]})";

// The items' texts, joined by commas; "error CODE" for a refusal.
std::string evaluate(std::string_view text, std::string_view resource = patient) {
    const auto expression = Expression::parse(text);
    if (!expression.ok())
        return "error " + std::to_string(static_cast<int>(expression.error().code));
    const auto json = core::parse_json(resource);
    Environment<JsonNode> environment;
    Evaluator<JsonNode> evaluator(expression.value(), environment);
    try {
        std::string out;
        for (const auto &item : evaluator.evaluate(JsonNode(json.value()))) {
            if (!out.empty()) out += ",";
            const auto *value = evaluator.value_of(item);
            out += value ? to_text(*value) : "{}";
        }
        return out;
    } catch (const core::Error &error) {
        return "error " + std::to_string(static_cast<int>(error.code));
    }
}

struct Case {
    const char *expression;
    const char *expected;
};

TEST(FhirPath, Evaluates) {
    const Case cases[] = {
        {"Patient.name.given", "Anna,Beta,{},Ann"},
        {"name[1].given[0].id", "g"},
        {"birthDate.id", "b"},
        {"deceased", "false"},
        {"deceased is boolean", "true"},
        {"name.where(use = 'official').given.first()", "Anna"},
        {"name.given.count() = 4", "true"},
        {"name.given.hasValue()", "false"},
        {"1 + 2 * 3 - 4 / 2", "5"},
        {"2147483647 + 1", ""},
        {"(1 | 2 | 3).aggregate($this + $total, 0)", "6"},
        {"@2012-01-31 + 1 month", "2012-02-29"},
        {"@2012-02 = @2012", ""},
        {"1.0 'g' = 1000 'mg'", "true"},
        {"1 year = 1 'a'", ""},
        {"1 year ~ 1 'a'", "true"},
        {"{} and false", "false"},
        {"{} and true", ""},
        {"'Ä' ~ 'ä'", "true"},
        {"'äöü'.length()", "3"},
        {"defineVariable('x', name).select(%x.family)", "Testpatient"},
        {"descendants().ofType(HumanName).count()", "2"},
        {"1.587.highBoundary(2)", "1.59"},
        {"(1 | 2).single()", "error 2"},
        {"now()", "error 4"},
        {"%nothing", "error 7"},
        {"nothing()", "error 8"},
        {"1 +", "error 1"},
    };
    for (const Case &c : cases) EXPECT_EQ(evaluate(c.expression), c.expected) << c.expression;
}

TEST(FhirPath, BoundsDepth) {
    const auto nested = [](int depth) {
        return std::string(depth, '(') + "1" + std::string(depth, ')');
    };
    EXPECT_EQ(evaluate(nested(150)), "1");
    EXPECT_EQ(evaluate(nested(300)), "error 5");
    std::string chain = "0";
    for (int i = 0; i < 10000; ++i) chain += " + 1";
    EXPECT_EQ(evaluate(chain), "10000");
    EXPECT_EQ(evaluate(std::string(100000, '-') + "1"), "error 5");
}

}  // namespace
