#include <gtest/gtest.h>

#include <limits>

#include "core/decimal.h"

using namespace clinical::core;

namespace {

Decimal number(std::string_view text) {
    auto parsed = Decimal::parse(text);
    EXPECT_TRUE(parsed.ok()) << text;
    return parsed.ok() ? parsed.value() : Decimal();
}

std::string shown(const Result<Decimal> &result) {
    return result.ok() ? result.value().to_text() : "refused";
}

// Coefficients around the border between the two representations: 2^128 has 39 digits.
const std::string two_to_128 = "340282366920938463463374607431768211456";
const std::string below_2_128 = "340282366920938463463374607431768211455";

}  // namespace

TEST(CoreDecimal, KeepsItsDigits) {
    struct Case {
        const char *text, *shown;
    };
    for (const auto &[text, expected] :
         {Case{"0", "0"},
          {"-0.00", "0.00"},
          {"1.50", "1.50"},
          {"+7", "7"},
          {"-0.001", "-0.001"},
          {"007.10", "7.10"},
          {"1e3", "1000"},
          {"1.50e1", "15.0"},
          {"1.5E+3", "1500"},
          {"12e-3", "0.012"},
          {"0e9", "0"},
          {"18446744073709551616", "18446744073709551616"},
          {"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
          {"340282366920938463463374607431768211455", "340282366920938463463374607431768211455"},
          {"340282366920938463463374607431768211456", "340282366920938463463374607431768211456"},
          {"-1234567890123456789012345678901234567890.123456789",
           "-1234567890123456789012345678901234567890.123456789"},
          {"00000000000000000000000000000000000000000000000000009.5", "9.5"},
          {"1e40", "10000000000000000000000000000000000000000"}})
        EXPECT_EQ(number(text).to_text(), expected) << text;
}

TEST(CoreDecimal, Refused) {
    for (const char *text : {"", "-", "+", ".", ".5", "5.", "1e", "1e+", "1.5.2", "--1", " 1", "1 ",
                             "0x10", "1,5", "NaN", "Infinity", "1e1x"}) {
        const auto parsed = Decimal::parse(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::invalid_syntax) << text;
    }
    for (const char *text : {"1e4001", "1e-4001", "1e99999999999999999999"}) {
        const auto parsed = Decimal::parse(text);
        ASSERT_FALSE(parsed.ok()) << text;
        EXPECT_EQ(parsed.error().code, ErrorCode::limit_exceeded) << text;
    }
    EXPECT_FALSE(Decimal::parse("0." + std::string(4001, '1')).ok());
    EXPECT_FALSE(Decimal::parse(std::string(4001, '9')).ok());
    EXPECT_EQ(number(std::string(4000, '9')).precision(), 4000);
    EXPECT_EQ(number("1e3999").precision(), 4000);
    EXPECT_EQ(number("0." + std::string(4000, '3')).scale(), 4000);
}

TEST(CoreDecimal, AddsAndMultipliesExactly) {
    struct Case {
        std::string a, b, sum, difference, product;
    };
    const Case cases[] = {
        {"1.50", "1.5", "3.00", "0.00", "2.250"},
        {"0.1", "0.2", "0.3", "-0.1", "0.02"},
        {"-3", "3", "0", "-6", "-9"},
        {"-3", "-4.25", "-7.25", "1.25", "12.75"},
        {"0", "-0.5", "-0.5", "0.5", "0.0"},
        {below_2_128, "1", two_to_128, "340282366920938463463374607431768211454", below_2_128},
        {two_to_128, "-1", below_2_128, "340282366920938463463374607431768211457",
         "-" + two_to_128},
        {"18446744073709551616", "18446744073709551616", "36893488147419103232", "0", two_to_128},
        {"99999999999999999999999999999999999999", "0.00001",
         "99999999999999999999999999999999999999.00001",
         "99999999999999999999999999999999999998.99999", "999999999999999999999999999999999.99999"},
    };
    for (const Case &c : cases) {
        EXPECT_EQ(shown(number(c.a).plus(number(c.b))), c.sum) << c.a << " " << c.b;
        EXPECT_EQ(shown(number(c.a).minus(number(c.b))), c.difference) << c.a << " " << c.b;
        EXPECT_EQ(shown(number(c.a).times(number(c.b))), c.product) << c.a << " " << c.b;
    }
    EXPECT_EQ(shown(number("1e3999").times(number("10"))), "refused");
    EXPECT_EQ(shown(number("9e3999").plus(number("1e3999"))), "refused");
}

TEST(CoreDecimal, Divides) {
    struct Case {
        const char *a, *b;
        int scale;
        Rounding rounding;
        const char *quotient;
    };
    const Case cases[] = {
        {"1", "3", 5, Rounding::half_away, "0.33333"},
        {"2", "3", 5, Rounding::half_away, "0.66667"},
        {"-2", "3", 5, Rounding::half_away, "-0.66667"},
        {"1", "2", 0, Rounding::half_away, "1"},
        {"-1", "2", 0, Rounding::half_away, "-1"},
        {"1", "2", 0, Rounding::half_even, "0"},
        {"3", "2", 0, Rounding::half_even, "2"},
        {"-7", "2", 0, Rounding::truncate, "-3"},
        {"-7", "2", 0, Rounding::floor, "-4"},
        {"-7", "2", 0, Rounding::ceiling, "-3"},
        {"7", "2", 0, Rounding::ceiling, "4"},
        {"6", "2", 0, Rounding::ceiling, "3"},
        {"1.00", "0.003", 2, Rounding::half_away, "333.33"},
        {"1", "0.00000000000000000000000000000000000003", 1, Rounding::half_away,
         "33333333333333333333333333333333333333.3"},
        {"1e40", "3e40", 3, Rounding::half_away, "0.333"},
        {"-1e40", "8", 0, Rounding::half_away, "-1250000000000000000000000000000000000000"},
        {"5", "0", 2, Rounding::half_away, "refused"},
        {"0.00000", "7", 2, Rounding::half_away, "0.00"},
    };
    for (const Case &c : cases)
        EXPECT_EQ(shown(number(c.a).divide(number(c.b), c.scale, c.rounding)), c.quotient)
            << c.a << " / " << c.b;
    EXPECT_EQ(shown(number("5.5").remainder(number("2"))), "1.5");
    EXPECT_EQ(shown(number("-5.5").remainder(number("2"))), "-1.5");
    EXPECT_EQ(shown(number("5").remainder(number("0"))), "refused");
    EXPECT_EQ(number("1").divide(number("0"), 0).error().code, ErrorCode::invalid_value);
}

TEST(CoreDecimal, Rounds) {
    EXPECT_EQ(shown(number("1.005").round(2)), "1.01");
    EXPECT_EQ(shown(number("-1.005").round(2)), "-1.01");
    EXPECT_EQ(shown(number("1.005").round(2, Rounding::half_even)), "1.00");
    EXPECT_EQ(shown(number("1.5").round(4)), "1.5000");
    EXPECT_EQ(shown(number("1250").round(-2)), "1300");
    EXPECT_EQ(shown(number("1250.75").round(-2, Rounding::half_even)), "1300");
    EXPECT_EQ(shown(number("4").round(-1)), "0");
    EXPECT_EQ(shown(number("99999999999999999999999999999999999999").round(3)),
              "99999999999999999999999999999999999999.000");
    EXPECT_EQ(shown(number("123456789012345678901234567890123456789012.5").round(0)),
              "123456789012345678901234567890123456789013");

    EXPECT_EQ(number("25.2").round_significant(2).to_text(), "25");
    EXPECT_EQ(number("9.96").round_significant(2).to_text(), "10");
    EXPECT_EQ(number("0.160020").round_significant(3).to_text(), "0.160");
    EXPECT_EQ(number("123456").round_significant(2).to_text(), "120000");
    EXPECT_EQ(number("1.5").round_significant(9).to_text(), "1.5");

    EXPECT_EQ(number("-1.5").floor().to_text(), "-2");
    EXPECT_EQ(number("-1.5").ceiling().to_text(), "-1");
    EXPECT_EQ(number("1.2").ceiling().to_text(), "2");
    EXPECT_EQ(number("-1.9").truncate().to_text(), "-1");
    EXPECT_EQ(number("-0.2").ceiling().to_text(), "0");
    // At the limit, rounding still has a result.
    EXPECT_EQ(number(std::string(4000, '9') + ".5").ceiling().precision(), 4001);
    EXPECT_EQ(number("-" + std::string(4000, '9') + ".5").floor().ceiling().precision(), 4001);
    EXPECT_EQ(number(std::string(4000, '9')).round_significant(3).precision(), 4001);
}

TEST(CoreDecimal, MovesThePoint) {
    EXPECT_EQ(shown(number("1.20").shifted(2)), "120");
    EXPECT_EQ(shown(number("1.20").shifted(1)), "12.0");
    EXPECT_EQ(shown(number("1.2").shifted(3)), "1200");
    EXPECT_EQ(shown(number("-120.0").shifted(-3)), "-0.1200");
    EXPECT_EQ(shown(number("0").shifted(5)), "0");
    EXPECT_EQ(shown(number("7").shifted(40)), "7" + std::string(40, '0'));
    EXPECT_EQ(shown(number("7").shifted(9000)), "refused");
    EXPECT_EQ(shown(number("7").shifted(-4001)), "refused");
}

TEST(CoreDecimal, OrdersByValue) {
    const std::string ascending[] = {
        "-1e50", "-" + two_to_128, "-2",        "-1.5",     "-0.0001", "0", "0.00000001",
        "1",     "1.0001",         below_2_128, two_to_128, "1e50"};
    for (std::size_t i = 0; i < std::size(ascending); ++i)
        for (std::size_t j = 0; j < std::size(ascending); ++j)
            EXPECT_EQ(number(ascending[i]) <=> number(ascending[j]), i <=> j)
                << ascending[i] << " " << ascending[j];
    EXPECT_EQ(number("1.50"), number("1.5"));
    EXPECT_EQ(number("-0.00"), number("0"));
    EXPECT_EQ(number("1e45"), number("1" + std::string(45, '0') + ".000"));
    EXPECT_FALSE(number("1.50").identical(number("1.5")));
    EXPECT_TRUE(number("1.50").identical(number("1.50")));
}

TEST(CoreDecimal, Integers) {
    constexpr auto least = std::numeric_limits<std::int64_t>::min();
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(Decimal(least).to_text(), "-9223372036854775808");
    EXPECT_EQ(Decimal(least).to_int64(), least);
    EXPECT_EQ(number("9223372036854775807.00").to_int64(), most);
    EXPECT_EQ(number("9223372036854775808").to_int64(), std::nullopt);
    EXPECT_EQ(number("-9223372036854775809").to_int64(), std::nullopt);
    EXPECT_EQ(number("1e60").to_int64(), std::nullopt);
    EXPECT_EQ(number("2.5").to_int64(), std::nullopt);
    EXPECT_EQ(Decimal::scaled(-150, 2).to_text(), "-1.50");
}

TEST(CoreDecimal, Properties) {
    EXPECT_EQ(number("1.500").precision(), 4);
    EXPECT_EQ(number("0.0010").precision(), 2);
    EXPECT_EQ(number("0").precision(), 1);
    EXPECT_EQ(number(two_to_128).precision(), 39);
    EXPECT_EQ(number("1e100").precision(), 101);
    EXPECT_EQ(number(std::string(100, '9')).precision(), 100);
    EXPECT_EQ(number("1.500").trimmed().to_text(), "1.5");
    EXPECT_EQ(number("100").trimmed().to_text(), "100");
    EXPECT_EQ(number("0.000").trimmed().to_text(), "0");
    EXPECT_EQ(number(two_to_128 + ".4000").trimmed().to_text(), two_to_128 + ".4");
    EXPECT_EQ(number("-2").abs().to_text(), "2");
    EXPECT_EQ(number("0.0").negated().to_text(), "0.0");
    EXPECT_DOUBLE_EQ(number("-2.75").to_double(), -2.75);
}
