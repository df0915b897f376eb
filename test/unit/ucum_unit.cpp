#include <gtest/gtest.h>

#include "ucum/cache.h"
#include "ucum/ucum.h"

using namespace clinical;
using ucum::Unit;

namespace {

Unit unit(std::string_view text) {
    auto parsed = Unit::parse(text);
    if (!parsed.ok()) {
        ADD_FAILURE() << text << ": " << parsed.error().where;
        return Unit::parse("1").value();
    }
    return parsed.value();
}

core::Decimal number(std::string_view text) { return core::Decimal::parse(text).value(); }

std::string converted(std::string_view value, std::string_view from, std::string_view to) {
    auto conversion = ucum::Conversion::between(unit(from), unit(to));
    if (!conversion.ok()) return "incommensurable";
    auto result = conversion.value().apply(number(value));
    return result.ok() ? result.value().to_text() : result.error().message;
}

}  // namespace

TEST(UcumUnit, Canonical) {
    struct Case {
        const char *text, *canonical, *kind;
    };
    for (const auto &[text, canonical, kind] : {Case{"", "1", "1"},
                                                {"1", "1", "1"},
                                                {"%", "1", "1"},
                                                {"m/m", "1", "1"},
                                                {"mm[Hg]", "g.m-1.s-2", "g.m-1.s-2"},
                                                {"/m.s", "m-1.s", "m-1.s"},
                                                {"a/(m.s)/s", "m-1.s-1", "m-1.s-1"},
                                                {"mg/(m/s)", "g.m-1.s", "g.m-1.s"},
                                                {"m0", "1", "1"},
                                                {"m+2", "m2", "m2"},
                                                {"10*-3.m", "m", "m"},
                                                {"mmol/L", "m-3", "m-3|mol1"},
                                                {"meq/L", "m-3", "m-3|eq1"},
                                                {"mosm/kg", "g-1", "g-1|osm1"},
                                                {"U/L", "m-3.s-1", "m-3.s-1|mol1"},
                                                {"mmol/mol", "1", "1"},
                                                {"[IU]/L", "[iU].m-3", "[iU].m-3"},
                                                {"[IU]/[iU]", "1", "1"},
                                                {"/[LPF]", "1", "1|[HPF]-1"},
                                                {"{cells}/uL", "m-3", "m-3"},
                                                {"{copies}/uL", "m-3", "m-3{copies}1"},
                                                {"mg/g{creat}", "1", "1{creat}-1"},
                                                {"mL/min/{1.73_m2}", "m3.s-1", "m3.s-1{1.73_m2}-1"},
                                                {"dB", "1", "B"},
                                                {"[pH]", "m-3", "[pH]"},
                                                {"Cel", "K", "K"},
                                                {"B[10.nV]", "C-1.g.m2.s-2", "B[10.nV]"}}) {
        EXPECT_EQ(unit(text).canonical(), canonical) << text;
        EXPECT_EQ(unit(text).kind(), kind) << text;
    }
}

// Every character of the grammar at the place where it may not stand.
TEST(UcumUnit, Refused) {
    struct Case {
        const char *text;
        std::size_t offset;
    };
    for (const auto &[text, offset] : {Case{"m.", 2},
                                       {".m", 0},
                                       {"m//s", 2},
                                       {"//m", 1},
                                       {"m(s)", 1},
                                       {"(m)s", 3},
                                       {"()", 1},
                                       {"(/m)", 1},
                                       {"m^2", 0},
                                       {"m**2", 0},
                                       {"m 2", 0},
                                       {"m-", 2},
                                       {"m2m", 2},
                                       {"2m", 1},
                                       {"{a}m", 3},
                                       {"m{a}2", 4},
                                       {"m{a", 1},
                                       {"m}", 1},
                                       {"[Hg", 0},
                                       {"Hg]", 0},
                                       {"km[Hg].kkg", 7},
                                       {"dmin", 0},
                                       {"00.m", 0},
                                       {"mg\xC2\xB5", 0},
                                       {"1234567890123456789012345678901", 0}}) {
        const auto parsed = Unit::parse(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, core::ErrorCode::invalid_option) << text;
        EXPECT_EQ(parsed.error().offset, offset) << text;
    }
    EXPECT_FALSE(Unit::parse(std::string(40, '(') + "m" + std::string(40, ')')).ok());
    EXPECT_TRUE(Unit::parse(std::string(32, '(') + "m" + std::string(32, ')')).ok());
    EXPECT_EQ(Unit::parse("Ym999.Ym999").error().code, core::ErrorCode::limit_exceeded);
    EXPECT_EQ(Unit::parse("circ999").error().code, core::ErrorCode::limit_exceeded);
}

TEST(UcumUnit, SpecialUnitsStandAlone) {
    for (const char *text :
         {"Cel", "mCel", "10.Cel", "Cel/2", "10*3.Cel", "Cel{axillary}", "dB[SPL]"})
        EXPECT_TRUE(Unit::parse(text).ok()) << text;
    for (const char *text :
         {"Cel2", "/Cel", "Cel/s", "Cel.Cel", "m.Cel", "Cel.[IU]", "Cel.mol", "Cel-1"})
        EXPECT_FALSE(Unit::parse(text).ok()) << text;
}

TEST(UcumUnit, CaseInsensitive) {
    struct Case {
        const char *insensitive, *sensitive;
    };
    for (const auto &[insensitive, sensitive] : {Case{"MG/DL", "mg/dL"},
                                                 {"mg/dl", "mg/dL"},
                                                 {"MAM", "Mm"},
                                                 {"MM", "mm"},
                                                 {"GAL", "Gal"},
                                                 {"GL", "Gal"},
                                                 {"MEQ/(8.HR.KG)", "meq/(8.h.kg)"},
                                                 {"/[ARB'U]{X}", "/[arb'U]{X}"},
                                                 {"10^3/UL", "10^3/uL"}}) {
        auto parsed = Unit::parse_insensitive(insensitive);
        if (std::string_view(insensitive) == "GAL") {
            // GA is giga and L a litre.
            ASSERT_TRUE(parsed.ok());
            EXPECT_EQ(parsed.value().text(), "GL");
            continue;
        }
        ASSERT_TRUE(parsed.ok()) << insensitive;
        EXPECT_EQ(parsed.value().text(), sensitive);
    }
}

TEST(UcumConversion, Exact) {
    struct Case {
        const char *value, *from, *to, *result;
    };
    for (const auto &[value, from, to, result] :
         {Case{"6.30", "s.mm-2", "s.m-2", "6300000"},
          {"1.50", "g", "mg", "1500"},
          {"1.50", "mg", "g", "0.00150"},
          {"1", "h", "min", "60"},
          {"1", "min", "h", "0.016666666666666666666666666666666667"},
          {"3", "[ft_us]", "[yd_us]", "1"},
          {"0.000", "min", "h", "0"},
          {"98.6", "[degF]", "Cel", "37"},
          {"1", "Cel", "mCel", "1000"},
          {"0", "Cel", "[degRe]", "0"},
          {"100", "Cel", "[degRe]", "80"},
          {"7", "[pH]", "mol/L", "0.0000001"},
          {"-1", "mol/L", "[pH]", "value has no equivalent in the unit"},
          {"1e50", "dB", "1", "value has no equivalent in the unit"},
          {"1", "mol", "g", "incommensurable"},
          {"1", "[IU]", "1", "incommensurable"},
          {"5", "/[LPF]", "/[HPF]", "0.05"}})
        EXPECT_EQ(converted(value, from, to), result) << value << from << to;
    EXPECT_EQ(ucum::Conversion::between(unit("kg"), unit("g")).value().factor(), number("1000"));
    EXPECT_EQ(ucum::Conversion::between(unit("min"), unit("h")).value().factor(), std::nullopt);
    EXPECT_EQ(ucum::Conversion::between(unit("Cel"), unit("K")).value().factor(), std::nullopt);
}

TEST(UcumAlgebra, JoinsSymbols) {
    struct Case {
        const char *v1, *u1;
        char operation;
        const char *v2, *u2, *value, *unit;
    };
    for (const Case &c :
         {Case{"1.5", "g", '*', "2", "m", "3.0", "g.m"},
          {"5", "mg/kg", '*', "70", "kg", "350", "mg"},
          {"5", "mg/kg", '*', "70000", "g", "350", "mg"},
          {"1", "d", '*', "5", "mg/kg", "5", "d.mg/kg"},
          {"5", "mg/dL", '*', "2", "L", "100", "mg"},
          {"1.5", "g", '/', "2", "m", "0.75", "g/m"},
          {"2", "m", '/', "1.5", "g", "1.3333333333333333333333333333333333", "m/g"},
          {"1", "[lb_av]/h", '/', "1", "kg/s", "0.0001259978805555555555555555555555556", "1"},
          {"6", "m", '/', "2", "m", "3", "1"},
          {"6", "mg{creat}", '/', "2", "mg", "3", "mg{creat}/mg"},
          {"2", "10*3/uL", '*', "1", "uL", "2", "10*3"},
          {"3", "{tbl}/d", '*', "7", "d", "21", "{tbl}"},
          {"4", "{tbl}", '/', "2", "{tbl}", "2", "1"},
          {"1", "2.m", '*', "1", "3.m", "6", "m2"},
          {"2", "[IU]", '*', "3", "[IU]", "6", "[IU]2"}}) {
        const ucum::Measure a{number(c.v1), unit(c.u1)};
        const ucum::Measure b{number(c.v2), unit(c.u2)};
        const auto result = c.operation == '*' ? multiply(a, b) : divide(a, b);
        ASSERT_TRUE(result.ok()) << c.u1 << c.operation << c.u2;
        EXPECT_EQ(result.value().value.to_text(), c.value) << c.u1 << c.operation << c.u2;
        EXPECT_EQ(result.value().unit.text(), c.unit) << c.u1 << c.operation << c.u2;
    }
    EXPECT_FALSE(ucum::multiply({number("2"), unit("Cel")}, {number("2"), unit("m")}).ok());
    EXPECT_FALSE(ucum::divide({number("2"), unit("m")}, {number("0"), unit("m")}).ok());
}

TEST(UcumCache, Bounded) {
    ucum::Cache cache;
    for (int i = 1; i < 6000; ++i) {
        const std::string text = std::to_string(i) + ".m";
        auto conversion = cache.conversion(text, "cm");
        ASSERT_TRUE(conversion.ok());
        EXPECT_EQ(conversion.value()->apply(1).value(), core::Decimal(i * 100));
    }
    EXPECT_FALSE(cache.conversion("m", "Joe").ok());
    EXPECT_FALSE(cache.conversion("m", "s").ok());
}
