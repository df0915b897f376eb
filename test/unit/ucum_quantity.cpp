#include <gtest/gtest.h>

#include "ucum/quantity.h"

using namespace clinical;
using ucum::Quantity;

namespace {

ucum::Cache &units() {
    static ucum::Cache cache;
    return cache;
}

Quantity quantity(std::string_view text) {
    auto parsed = Quantity::parse(text, units());
    if (!parsed.ok()) throw std::runtime_error(std::string(text));
    return parsed.value();
}

std::string shown(const core::Result<Quantity> &result) {
    return result.ok() ? result.value().to_text() : result.error().message;
}

// One of each comparator and several kinds and values, in the total order.
const char *const ascending[] = {
    "-1 %",  "<0",         "0",    ">0 %", "50 %",  "<0.51",   "1",     "7 {x}", "1 K", "0 Cel",
    "1 Cel", "100 [degF]", "1 mg", "<1 g", "<=1 g", "1000 mg", ">=1 g", ">1 g",  "1 kg"};

}  // namespace

TEST(UcumQuantity, TotalOrder) {
    for (std::size_t i = 0; i < std::size(ascending); ++i)
        for (std::size_t j = 0; j < std::size(ascending); ++j) {
            const Quantity a = quantity(ascending[i]);
            const Quantity b = quantity(ascending[j]);
            EXPECT_TRUE(order(a, b) == (i <=> j)) << ascending[i] << " against " << ascending[j];
            EXPECT_EQ(hash_key(a) == hash_key(b), i == j);
            // An index scan finds what is true only in its own direction.
            if (is_less(a, b) == true) {
                EXPECT_TRUE(order(a, b) < 0);
            }
            if (is_less_or_equal(a, b) == true) {
                EXPECT_TRUE(order(a, b) <= 0);
            }
        }
}

// By trying every value of a small range: <3 is any of what lies below.
TEST(UcumQuantity, ThreeValuedComparison) {
    const auto values = [](const Quantity &q) {
        std::vector<int> all;
        const int at = static_cast<int>(*q.value.to_int64()) * 8;
        for (int v = -80; v <= 160; ++v) {
            const bool in = q.comparator == ucum::Comparator::less               ? v < at
                            : q.comparator == ucum::Comparator::less_or_equal    ? v <= at
                            : q.comparator == ucum::Comparator::exact            ? v == at
                            : q.comparator == ucum::Comparator::greater_or_equal ? v >= at
                                                                                 : v > at;
            if (in) all.push_back(v);
        }
        return all;
    };
    for (const char *c1 : {"<", "<=", "", ">=", ">"})
        for (const char *c2 : {"<", "<=", "", ">=", ">"})
            for (int v1 = 3; v1 < 6; ++v1) {
                const Quantity a = quantity(c1 + std::to_string(v1) + " mg");
                const Quantity b = quantity(std::string(c2) + "4 mg");
                bool always = true;
                bool never = true;
                for (const int x : values(a))
                    for (const int y : values(b)) (x < y ? never : always) = false;
                const auto expected = always  ? std::optional(true)
                                      : never ? std::optional(false)
                                              : std::nullopt;
                EXPECT_EQ(is_less(a, b), expected) << a.to_text() << " < " << b.to_text();
            }
}

TEST(UcumQuantity, EncodesWhatItDecodes) {
    for (const char *text :
         {"0", "-0.10 kg", "<5 mg/dL", ">=340282366920938463463374607431768211455 m",
          "340282366920938463463374607431768211456.5 m", "-1e300 g", "0.000000000000000001 [IU]",
          "37.0 Cel", "5 {tbl}"}) {
        const Quantity before = quantity(text);
        std::string bytes;
        before.encode(bytes);
        const auto after = Quantity::decode(bytes, units());
        ASSERT_TRUE(after.ok()) << text;
        EXPECT_EQ(after.value().to_text(), before.to_text());
        for (std::size_t n = 0; n < bytes.size(); ++n) {
            const auto cut = Quantity::decode(std::string_view(bytes).substr(0, n), units());
            if (!cut.ok()) {
                EXPECT_EQ(cut.error().code, core::ErrorCode::corrupt);
            }
        }
    }
    EXPECT_FALSE(Quantity::decode("", units()).ok());
    EXPECT_FALSE(Quantity::decode(std::string("\x20\0\0\0\0m", 6), units()).ok());
    EXPECT_FALSE(Quantity::decode(std::string("\x12\0\0\0\0Joe", 8), units()).ok());
}

TEST(UcumQuantity, Arithmetic) {
    EXPECT_EQ(shown(add(quantity("1.0 [lb_av]"), quantity("1 kg"), units())),
              "3.20462262184877580722973801345027 [lb_av]");
    EXPECT_EQ(shown(add(quantity("<1 g"), quantity("<=1 g"), units())), "<2 g");
    EXPECT_EQ(shown(add(quantity(">=1 g"), quantity(">=1 g"), units())), ">=2 g");
    EXPECT_EQ(shown(subtract(quantity("<1 g"), quantity("<1 g"), units())),
              "quantity has no single value");
    EXPECT_EQ(shown(subtract(quantity("1 K"), quantity("1 Cel"), units())),
              "unit allows no arithmetic");
    EXPECT_EQ(shown(subtract(quantity("100 [degF]"), quantity("50 [degF]"), units())),
              "27.77777777777777777777777777777778 K");
    EXPECT_EQ(shown(multiply(quantity("<2 m"), quantity(">2 m"))), "quantity has no single value");
    EXPECT_EQ(shown(divide(quantity("<6 m"), quantity("-2"))), ">-3 m");
    EXPECT_EQ(shown(negate(quantity("<=2 m"))), ">=-2 m");
    EXPECT_EQ(shown(negate(quantity("2 Cel"))), "unit allows no arithmetic");
}
