// ViewDefinitions: what is read, what is refused and where; types and singletons of paths; rows.

#include <gtest/gtest.h>

#include "core/json.h"
#include "views/plan.h"
#include "views/rows.h"
#include "views/typing.h"
#include "views/view.h"

namespace {

using namespace clinical;
using core::Json;

Json json(std::string_view text) {
    auto parsed = core::parse_json(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return std::move(parsed).value();
}

std::string view_with(std::string_view select) {
    return R"({"resource":"Patient","select":[)" + std::string(select) + "]}";
}

TEST(ViewsView, RefusesWithAPlace) {
    struct Case {
        std::string definition;
        const char *where;
    };
    const std::string column = R"({"column":[{"name":"a","path":"id"}]})";
    std::string deep = column;
    for (int i = 0; i < 40; i++) deep = R"({"select":[)" + deep + "]}";
    const Case cases[] = {
        {"[]", "The definition is not an object."},
        {R"({"resourceType":"Patient"})", "resourceType is not ViewDefinition."},
        {R"({"resource":"Patient","name":"1"})",
         "name is not made of letters, digits and underscores, a letter first."},
        {R"({"resource":"Patient","select":{}})", "select is not an array."},
        {view_with("1"), "select[0] is not an object."},
        {view_with("{}"), "select[0] has no column, select or unionAll."},
        {view_with(R"({"column":[{"name":"a"}]})"), "select[0].column[0].path is not a string."},
        {view_with(R"({"forEach":1,"column":[{"name":"a","path":"id"}]})"),
         "select[0].forEach is not a string."},
        {view_with(R"({"repeat":[],"column":[{"name":"a","path":"id"}]})"),
         "select[0].repeat is not an array of paths."},
        {view_with(R"({"column":[{"name":"a","path":"id","collection":1}]})"),
         "select[0].column[0].collection is not a boolean."},
        {R"({"resource":"Patient","constant":[{"name":"a"}],"select":[)" + column + "]}",
         "constant[0] has no value of a primitive type."},
        {R"({"resource":"Patient","constant":[{"name":"a","valueCode":"x"},{"name":"a","valueCode":"y"}],"select":[)" +
             column + "]}",
         "constant[1] has the name of another constant."},
        {view_with(deep), ""},
    };
    for (const Case &c : cases) {
        const auto view = views::read_view(json(c.definition));
        ASSERT_FALSE(view.ok()) << c.definition;
        EXPECT_EQ(view.error().where, c.where) << c.definition;
    }
}

TEST(ViewsView, ConstantsBecomeLiterals) {
    const auto view = views::read_view(json(R"({"resource":"Patient","constant":[
        {"name":"use","valueCode":"it's"},{"name":"n","valueInteger":-2},
        {"name":"day","valueDate":"2020-01"},{"name":"at","valueDateTime":"2020"}],
        "select":[{"column":[
            {"name":"a","path":"name.where(use = %use and family != '%use').family"},
            {"name":"b","path":"1 + %n"},{"name":"c","path":"birthDate > %day"},
            {"name":"d","path":"%`at` // %use"},{"name":"e","path":"%resource.id"}]}]})"));
    ASSERT_TRUE(view.ok()) << view.error().where;
    const auto columns = columns_of(view.value());
    EXPECT_EQ(columns[0]->path, R"(name.where(use = 'it\'s' and family != '%use').family)");
    EXPECT_EQ(columns[1]->path, "1 + (-2)");
    EXPECT_EQ(columns[2]->path, "birthDate > @2020-01");
    EXPECT_EQ(columns[3]->path, "@2020T // %use");
    EXPECT_EQ(columns[4]->path, "%resource.id");
}

TEST(ViewsTyping, FollowsPaths) {
    struct Case {
        const char *path, *focus, *type;
        bool single;
    };
    const Case cases[] = {
        {"id", "Patient", "id", true},
        {"Patient.birthDate", "Patient", "date", true},
        {"name.family", "Patient", "string", false},
        {"name.first().family", "Patient", "string", true},
        {"name[0].given[1]", "Patient", "string", true},
        {"name.where(use = 'official').given.first()", "Patient", "string", true},
        {"deceased.ofType(boolean)", "Patient", "boolean", true},
        {"deceased", "Patient", "", true},
        {"value.ofType(Quantity).value", "Observation", "decimal", true},
        {"value.ofType(Quantity).value > 3", "Observation", "boolean", true},
        {"name.exists()", "Patient", "boolean", true},
        {"name.given.count()", "Patient", "integer", true},
        {"contact.telecom", "Patient", "ContactPoint", false},
        {"telecom", "Patient.contact", "ContactPoint", false},
        {"$this", "HumanName", "HumanName", true},
        {"family & ' x'", "HumanName", "string", true},
        {"name.select(family)", "Patient", "string", false},
        {"name.family | name.given", "Patient", "string", false},
        {"getResourceKey()", "Patient", "id", true},
        {"name.given.join(',')", "Patient", "string", false},
        {"extension('x').value", "Patient", "", false},
        {"nothing", "Patient", "", false},
        {"id", "", "", false},
        {"(", "Patient", "", false},
    };
    for (const Case &c : cases) {
        const auto reached = views::type_after(c.path, c.focus);
        EXPECT_EQ(reached.type, c.type) << c.path;
        EXPECT_EQ(reached.single, c.single) << c.path;
    }
}

// Rows as text: cells by |, rows by newlines.
std::string rows_of(std::string_view definition, std::string_view resource) {
    auto view = views::read_view(json(definition));
    EXPECT_TRUE(view.ok()) << view.error().where;
    views::RowMaker<core::JsonNode> maker(view.value(), {});
    const Json document = json(resource);
    std::string out;
    for (const auto &row : maker.rows(core::JsonNode(document))) {
        for (const auto &cell : row) {
            for (const auto &item : cell.items)
                out += item.computed ? to_text(*item.computed) : std::string(item.node.as_text());
            out += '|';
        }
        out += '\n';
    }
    return out;
}

TEST(ViewsRows, UnfoldsAsTheSpecificationSays) {
    const char *patient =
        R"({"resourceType":"Patient","id":"p","name":[{"family":"A"},{"family":"B"}],
        "telecom":[{"value":"1"},{"value":"2"}]})";
    EXPECT_EQ(rows_of(view_with(R"({"column":[{"name":"id","path":"id"}]},
        {"forEach":"name","column":[{"name":"f","path":"family"}]},
        {"forEach":"telecom","column":[{"name":"t","path":"value"},{"name":"i","path":"%rowIndex"}]})"),
                      patient),
              "p|A|1|0|\np|A|2|1|\np|B|1|0|\np|B|2|1|\n");
    EXPECT_EQ(
        rows_of(view_with(R"({"forEachOrNull":"contact","column":[{"name":"c","path":"name.family"},
        {"name":"n","path":"%rowIndex + 1"}]},{"column":[{"name":"id","path":"id"}]})"),
                patient),
        "||p|\n");
    EXPECT_EQ(
        rows_of(
            view_with(R"({"unionAll":[{"forEach":"name","column":[{"name":"x","path":"family"}]},
        {"forEach":"telecom","column":[{"name":"x","path":"value"}]}]})"),
            patient),
        "A|\nB|\n1|\n2|\n");
    EXPECT_EQ(rows_of(view_with(R"({"column":[{"name":"id","path":"id"}]})"),
                      R"({"resourceType":"Group","id":"g"})"),
              "");
}

TEST(ViewsRows, BoundsWhatOneResourceMakes) {
    std::string names;
    for (int i = 0; i < 200; i++) names += std::string(i ? "," : "") + R"({"family":"x"})";
    const std::string patient = R"({"resourceType":"Patient","name":[)" + names + "]}";
    const std::string each = R"({"forEach":"name","column":[{"name":"%","path":"family"}]})";
    std::string selects;
    for (char name = 'a'; name < 'e'; name++) {
        std::string one = each;
        one.replace(one.find('%'), 1, 1, name);
        selects += (selects.empty() ? "" : ",") + one;
    }
    EXPECT_THROW(rows_of(view_with(selects), patient), core::Error);
}

}  // namespace
