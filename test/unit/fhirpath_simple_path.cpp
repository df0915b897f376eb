// The shortcut finds what the evaluator finds, or gives up.

#include <gtest/gtest.h>

#include "core/json.h"
#include "fhirpath/fhirpath.h"
#include "fhirpath/simple_path.h"

namespace {

using namespace clinical;
using core::JsonNode;
using fhirpath::Expression;
using fhirpath::SimplePath;

constexpr std::string_view resources[] = {
    R"({"resourceType": "Patient", "id": "p1", "birthDate": "1974-12-25", "deceasedBoolean": true,
        "name": [{"use": "official", "family": "A", "given": ["x", "y"]},
                 {"use": "usual", "given": ["z"]}, {"family": "B"}],
        "contact": [{"name": {"family": "C"}}], "extension": [{"url": "u", "valueString": "s"}]})",
    R"({"resourceType": "Patient", "_birthDate": {"id": "b"}, "_deceasedBoolean": {"id": "d"},
        "name": [{"given": [null, "y"], "_given": [{"id": "g"}, null], "_use": {"id": "i"}}]})",
    R"({"resourceType": "Observation", "status": "final", "valueQuantity": {"value": 1.50},
        "component": [{"valueString": "a"}, {"valueInteger": 2}]})",
    R"({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Patient", "id": "q"}}]})",
    R"({"name": [{"family": "A"}], "valueString": "s", "id": "x"})",
    R"({"resourceType": "Nothing", "id": 1, "name": []})",
    R"({})",
};

constexpr std::string_view expressions[] = {
    "id",
    "birthDate",
    "deceased",
    "name",
    "name.family",
    "name.given",
    "name[0].given[1]",
    "name[0].given",
    "name.given[2]",
    "name[5].family",
    "name.first().family",
    "name.given.first()",
    "name.where(use = 'official').family",
    "name.where(use = 'official').given[1]",
    "name.where(use = 'nothing').family",
    "name[1].use",
    "contact.name.family",
    "Patient.name.family",
    "Observation.value.value",
    "value",
    "value.value",
    "component.value",
    "component[1].value",
    "extension.value",
    "extension.where(url = 'u').value",
    "entry.resource.id",
    "entry[0].resource.name",
    "name.nothing",
    "nothing.name",
    "id.id",
    "birthDate.id",
    "name.where(birthDate = 'x').family",
    "status",
    "component.where(value = 'a').value",
};

TEST(FhirPathSimplePath, AgreesWithTheEvaluator) {
    int walked = 0;
    for (const std::string_view text : expressions) {
        const auto expression = Expression::parse(text);
        ASSERT_TRUE(expression.ok()) << text;
        auto simple = SimplePath::of(expression.value());
        ASSERT_TRUE(simple) << text;
        fhirpath::Environment<JsonNode> environment;
        fhirpath::Evaluator<JsonNode> evaluator(expression.value(), environment);
        for (const std::string_view resource : resources) {
            const auto json = core::parse_json(resource);
            const auto root = evaluator.item_of(JsonNode(json.value()));
            const auto found = simple->find(root.node, root.type);
            using Count = decltype(found)::Count;
            if (found.count == Count::gave_up) continue;
            ++walked;
            const auto &items = evaluator.evaluate(root);
            const auto count = items.empty()       ? Count::none
                               : items.size() == 1 ? Count::one
                                                   : Count::many;
            ASSERT_EQ(found.count, count) << text << " of " << resource;
            if (count != Count::one) continue;
            EXPECT_EQ(
                evaluator.items_equal(items.front(), {.node = found.node, .type = found.type}),
                true)
                << text << " of " << resource;
        }
    }
    EXPECT_GT(walked, 60);
}

TEST(FhirPathSimplePath, TakesPlainPathsOnly) {
    for (const std::string_view text :
         {"name.family & 'x'", "name.where(use != 'a')", "name.where(use = family)", "$this",
          "name.Given", "name.exists()", "1", "%x.name", "name[$index]"})
        EXPECT_FALSE(SimplePath::of(Expression::parse(text).value())) << text;
}

}  // namespace
