// Labels of columns: what each says, on which types, in which modes.

#include "deid/column.h"

#include <gtest/gtest.h>

#include <string>

#include "deid/cell.h"

namespace clinical::deid {
namespace {

// The rule as text, or why there is none.
std::string compiled(std::string_view label, ColumnKind kind, Mode mode, bool array = false) {
    auto read = read_label(label);
    if (!read.ok()) return read.error().where;
    auto rule = compile_column(read.value(), {kind, array}, mode);
    if (!rule.ok()) return rule.error().where;
    return std::string(name_of(rule.value().action)) + " " + core::to_text(rule.value().parameters);
}

TEST(DeidColumn, ShortFormAndJsonSayTheSame) {
    constexpr std::pair<const char *, const char *> pairs[] = {
        {"action=keep values=M|F", R"({"action": "keep", "values": ["M", "F"]})"},
        {" action=zip3\tleft_pad=true ", R"({"action": "zip3", "left_pad": true})"},
        {"action=code domain=Patient authority=1.2.3",
         R"({"action": "code", "domain": "Patient", "authority": "1.2.3"})"},
        {"action=generalize bins=5", R"({"action": "generalize", "bins": 5})"},
        {"action=code domain=007", R"({"action": "code", "domain": "007"})"},
    };
    for (const auto &[shorter, json] : pairs) {
        auto a = read_label(shorter), b = read_label(json);
        ASSERT_TRUE(a.ok()) << shorter;
        ASSERT_TRUE(b.ok()) << json;
        EXPECT_EQ(a.value(), b.value()) << shorter;
    }
}

TEST(DeidColumn, ModesReadTheirOwnActionElseTheCommonOne) {
    constexpr const char *label =
        "action=year role=birth zone=UTC expert_determination=date_shift limited_data_set=keep";
    EXPECT_EQ(compiled(label, ColumnKind::timestamptz, Mode::safe_harbor),
              R"(year {"role":"birth","zone":"UTC"})");
    EXPECT_EQ(compiled(label, ColumnKind::timestamptz, Mode::limited_data_set), "keep {}");
    EXPECT_EQ(compiled(label, ColumnKind::timestamptz, Mode::expert_determination),
              R"(date_shift {"role":"birth"})");
    EXPECT_EQ(compiled(R"({"format": "text", "category": "none", "expert_determination":
                          {"action": "scrub"}})",
                       ColumnKind::text, Mode::expert_determination),
              R"(scrub {"category":"none","format":"text"})");
    EXPECT_EQ(
        compiled("format=text expert_determination=scrub", ColumnKind::text, Mode::safe_harbor),
        R"(remove {"format":"text"})");
    EXPECT_EQ(compiled("limited_data_set=keep", ColumnKind::date, Mode::safe_harbor),
              "It says nothing for this mode.");
}

// Safe Harbor: 45 CFR 164.514(b)(2).  What would keep or derive an identifier is refused.
TEST(DeidColumn, SafeHarborRefuses) {
    constexpr std::pair<const char *, ColumnKind> refused[] = {
        {"action=date_shift", ColumnKind::date},
        {"action=hash", ColumnKind::text},
        {"action=perturb span=1", ColumnKind::number},
        {"action=scrub", ColumnKind::text},
        {"format=x12", ColumnKind::text},
        {"action=keep", ColumnKind::text},
        {"action=keep list=city", ColumnKind::text},
        {"action=keep list=zip", ColumnKind::text},
        {"action=keep", ColumnKind::date},
        {"action=keep", ColumnKind::timestamp},
        {"action=keep", ColumnKind::time},
        {"action=keep", ColumnKind::uuid},
        {"action=keep digits=7", ColumnKind::integer},
        {R"({"action": "generalize", "map": {"a": "b"}, "other": "keep"})", ColumnKind::text},
        {R"({"action": "generalize", "prefixes": [{"prefix": "", "keep": 3}]})", ColumnKind::text},
    };
    for (const auto &[label, kind] : refused) {
        auto read = read_label(label);
        ASSERT_TRUE(read.ok()) << label;
        EXPECT_FALSE(compile_column(read.value(), {kind, false}, Mode::safe_harbor).ok()) << label;
        EXPECT_TRUE(compile_column(read.value(), {kind, false}, Mode::expert_determination).ok())
            << label;
        EXPECT_FALSE(check_label(label, {kind, false})) << label;
    }
}

TEST(DeidColumn, ParametersThatAreNotOfTheActionStayOut) {
    EXPECT_EQ(compiled("action=remove zone=UTC category=name", ColumnKind::text, Mode::safe_harbor),
              R"(remove {"category":"name"})");
    EXPECT_TRUE(check_label("action=keep fly=1", {ColumnKind::text, false}));
    EXPECT_TRUE(check_label(std::string(100'001, ' '), {ColumnKind::text, false}));
}

// The lists are halved by packed_has: a word out of order would be refused.
TEST(DeidColumn, EveryWordOfAParameterIsOne) {
    const auto is_label = [](const std::string &label, ColumnKind kind) {
        const auto read = read_label(label);
        return read.ok() &&
               compile_column(read.value(), {kind, false}, Mode::expert_determination).ok();
    };
    for (const std::string word : {"city", "country", "currency", "language", "state", "zip"})
        EXPECT_TRUE(is_label("action=keep list=" + word, ColumnKind::text)) << word;
    for (const std::string word : {"a", "d", "h", "mo", "wk"})
        EXPECT_TRUE(is_label("action=age_cap unit=" + word, ColumnKind::number)) << word;
    for (const std::string word : {"birth", "death", "relative"})
        EXPECT_TRUE(is_label("action=year role=" + word, ColumnKind::date)) << word;
    EXPECT_TRUE(is_label("action=code domain=Patient role=person", ColumnKind::text));
    for (const std::string word : {"keep", "remove"})
        EXPECT_TRUE(is_label("action=generalize bins=5 other=" + word, ColumnKind::number)) << word;
    for (const std::string word : {"ccda", "fhir", "hl7v2", "text", "x12"})
        EXPECT_TRUE(is_label("format=" + word, ColumnKind::text)) << word;
    for (const std::string word :
         {"none", "name", "geography", "street", "date", "phone", "fax", "email", "ssn", "mrn",
          "health_plan", "account", "licence", "vehicle", "device", "url", "ip", "image", "other"})
        EXPECT_TRUE(is_label("action=remove category=" + word, ColumnKind::text)) << word;
    for (const std::string label :
         {"action=keep list=town", "action=keep list=city|zip", "action=remove category=nam",
          "action=remove category=None", "format=pdf"})
        EXPECT_FALSE(is_label(label, ColumnKind::text)) << label;
}

TEST(DeidCell, DatesInEveryFormOfTheStandards) {
    EXPECT_EQ(cell_date("2020-03-04 10:00:00"), (Date{2020, 3, 4}));
    EXPECT_EQ(cell_date("202003041000"), (Date{2020, 3, 4}));
    EXPECT_EQ(cell_date("20200304+0100"), std::nullopt);
    EXPECT_EQ(cell_date("2020030410+0100"), (Date{2020, 3, 4}));
    EXPECT_EQ(cell_date("20201304"), std::nullopt);
    EXPECT_EQ(cell_date("2020030"), std::nullopt);
    EXPECT_EQ(cell_date(""), std::nullopt);
    EXPECT_EQ(shift_cell("202012", 31), "202101");
    EXPECT_EQ(shift_cell("Smith", 31), std::nullopt);
}

// The last year that must not be written is 90 years before the reference, or the birth year.
TEST(DeidCell, YearRuleIsTheOver89Rule) {
    const Date reference{2024, 6, 1};
    EXPECT_EQ(year_rule(std::nullopt, std::nullopt, reference), 1934);
    for (int year = 1900; year <= 2024; ++year) {
        const Date birth{year, 6, 1};
        const int rule = year_rule(birth, std::nullopt, reference);
        EXPECT_EQ(rule, year <= 1934 ? -1934 : 1934) << year;
    }
    // Dead at 90 in 2010: no year up to the birth year, none of 1920.
    EXPECT_EQ(year_rule(Date{1920, 1, 1}, Date{2010, 1, 1}, reference), -1920);
    // Dead at 89: not over.
    EXPECT_EQ(year_rule(Date{1920, 1, 1}, Date{2009, 12, 31}, reference), 1919);
}

TEST(DeidCell, GeneralizeTakesTheFirstRowThatFits) {
    const auto of = [](std::string_view text, bool number, std::string_view rows) {
        return core::to_text(generalized(text, number, core::parse_json(rows).value()));
    };
    EXPECT_EQ(of("17.9", true, R"({"ranges": [{"to": 18, "value": "child"}]})"), R"("child")");
    EXPECT_EQ(of("-0.5", true, R"({"bins": 1})"), "-1");
    EXPECT_EQ(of("0.3", true, R"({"bins": 0.25})"), "0.25");
    EXPECT_EQ(of("b", false, R"({"ranges": [{"from": "a", "to": "c", "value": "a-c"}]})"),
              R"("a-c")");
    EXPECT_TRUE(generalized("x", false, core::parse_json("{}").value()).is_absent());
}

}  // namespace
}  // namespace clinical::deid
