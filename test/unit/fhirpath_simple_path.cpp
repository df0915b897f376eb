// The shortcut finds what the evaluator finds, or gives up.

#include <gtest/gtest.h>

#include <random>
#include <string>

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
    R"({"resourceType": "Observation", "id": "o", "status": "final", "effectiveDateTime": "2020-01-01",
        "subject": {"reference": "http://x/fhir/Patient/p/_history/2"},
        "performer": [{"reference": "Organization/o"}, {"reference": "Practitioner/q"}, {"display": "d"}],
        "valueString": "v", "valueInteger": 3, "value": "odd",
        "component": [{"id": "c", "valueInteger": 2, "_valueInteger": {"id": "i"}}]})",
    R"({"resourceType": "Observation", "valueQuantity": {"id": "k", "value": 2}, "valueString": "v",
        "subject": {"reference": "urn:uuid:1"}, "extension": {"url": "u"},
        "component": {"valueString": "a", "id": "c"}, "_valueDateTime": {"id": "x"}})",
    R"({"resourceType": "Patient", "extension": [{"url": "v", "valueString": "s"}, {"url": 1},
        {"url": "u", "valueInteger": 7}, {"url": "u", "valueCode": "c"}],
        "name": [{"extension": [{"url": "u", "valueDecimal": 1.0}]}],
        "_birthDate": {"extension": [{"url": "u", "valueString": "b"}]}})",
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
    "value.ofType(Quantity).value",
    "value.ofType(string)",
    "component.value.ofType(integer)",
    "component.value.ofType(Element)",
    "component[0].value.ofType(string)",
    "deceased.ofType(dateTime)",
    "deceased.ofType(boolean)",
    "deceased.ofType(Boolean)",
    "(value as Quantity).value",
    "value.as(Quantity).value",
    "value.as(string)",
    "name.as(HumanName).family",
    "name.ofType(HumanName).family",
    "name.ofType(Address).family",
    "extension('u').value",
    "extension('v').value.ofType(string)",
    "name.extension('u').value",
    "birthDate.extension('u').value",
    "name.given.ofType(string)",
    "getResourceKey()",
    "name.getResourceKey()",
    "subject.getReferenceKey()",
    "subject.getReferenceKey(Patient)",
    "subject.getReferenceKey(Group)",
    "performer.getReferenceKey(Practitioner)",
    "performer.first().getReferenceKey()",
    "effective",
    "effective.ofType(dateTime)",
    "value.id",
    "component.value.id",
    "component.where(id = 'c').value",
    "where(status = 'final').id",
    "first().status",
    "ofType(Observation).status",
    "ofType(Patient).id",
};

struct Resource {
    JsonNode node;
    const fhir::Type *known;
    [[nodiscard]] const JsonNode &root() const { return node; }
    [[nodiscard]] const fhir::Type *type() const { return known; }
};

// Whether the shortcut said something; what it says is what the evaluator says.
bool compare(std::string_view text, const Expression &expression, SimplePath &simple,
             std::string_view resource) {
    using Found = SimplePath::Found<JsonNode>;
    using Count = Found::Count;
    using Item = fhirpath::Item<JsonNode>;
    fhirpath::Environment<JsonNode> environment;
    fhirpath::Evaluator<JsonNode> evaluator(expression, environment);
    const auto json = core::parse_json(resource);
    const auto root = evaluator.item_of(JsonNode(json.value()));
    const Resource document{root.node, root.type};
    const Found found = simple.find(document);
    if (found.count == Count::gave_up) return false;
    const auto &items = evaluator.evaluate(root);
    const auto count = items.empty() ? Count::none : items.size() == 1 ? Count::one : Count::many;
    EXPECT_EQ(found.count, count) << text << " of " << resource;
    if (count != Count::one || found.count != count) return true;
    if (!found.text.empty()) {
        EXPECT_EQ(evaluator.text_of(items.front()), found.text) << text << " of " << resource;
        return true;
    }
    const Item item{.node = found.node, .type = simple.type_found(document)};
    Item expected = items.front();
    if (!expected.is_value()) {  // ids and extensions of a primitive are nobody's business
        expected = {.node = expected.node, .type = expected.type};
        EXPECT_EQ(expected.type, item.type) << text << " of " << resource;
    }
    EXPECT_EQ(evaluator.items_equal(expected, item), true) << text << " of " << resource;
    return true;
}

TEST(FhirPathSimplePath, AgreesWithTheEvaluator) {
    int walked = 0;
    for (const std::string_view text : expressions) {
        const auto expression = Expression::parse(text);
        ASSERT_TRUE(expression.ok()) << text;
        auto simple = SimplePath::of(expression.value());
        ASSERT_TRUE(simple.has_value()) << text;
        for (const std::string_view resource : resources)
            walked += compare(text, expression.value(), *simple, resource);
    }
    EXPECT_GT(walked, 200);
}

// The same for expressions put together at random.
TEST(FhirPathSimplePath, AgreesOnRandomPaths) {
    constexpr std::string_view members[] = {
        "id",      "name",      "family",   "given",     "use",       "value",  "birthDate",
        "status",  "subject",   "deceased", "component", "extension", "url",    "effective",
        "contact", "performer", "entry",    "resource",  "reference", "nothing"};
    constexpr std::string_view functions[] = {"first()",
                                              "where(use = 'official')",
                                              "where(url = 'u')",
                                              "where(id = 'c')",
                                              "where(value = 'a')",
                                              "where(birthDate = '1974-12-25')",
                                              "ofType(string)",
                                              "ofType(Quantity)",
                                              "ofType(integer)",
                                              "ofType(Integer)",
                                              "ofType(HumanName)",
                                              "ofType(Patient)",
                                              "as(string)",
                                              "as(Quantity)",
                                              "as(HumanName)",
                                              "extension('u')",
                                              "extension('v')"};
    constexpr std::string_view keys[] = {"getResourceKey()", "getReferenceKey()",
                                         "getReferenceKey(Patient)"};
    std::mt19937 random(42);
    const auto one_of = [&](const auto &from) { return from[random() % std::size(from)]; };
    int walked = 0;
    for (int round = 0; round < 5000; ++round) {
        std::string text;
        const std::size_t steps = 1 + random() % 5;
        for (std::size_t i = 0; i < steps; ++i) {
            const unsigned kind = random() % 20;
            if (kind == 0 && i > 0) {
                text += "[" + std::to_string(random() % 3) + "]";
                continue;
            }
            if (!text.empty()) text += ".";
            text += kind < 13 ? one_of(members) : one_of(functions);
        }
        if (random() % 10 == 0) text += "." + std::string(one_of(keys));
        const auto expression = Expression::parse(text);
        ASSERT_TRUE(expression.ok()) << text;
        auto simple = SimplePath::of(expression.value());
        ASSERT_TRUE(simple.has_value()) << text;
        for (const std::string_view resource : resources)
            walked += compare(text, expression.value(), *simple, resource);
    }
    EXPECT_GT(walked, 10000);
}

TEST(FhirPathSimplePath, TakesPlainPathsOnly) {
    for (const std::string_view text :
         {"name.family & 'x'", "name.where(use != 'a')", "name.where(use = family)", "$this",
          "name.Given", "name.exists()", "1", "%x.name", "name[$index]"})
        EXPECT_FALSE(SimplePath::of(Expression::parse(text).value())) << text;
}

}  // namespace
