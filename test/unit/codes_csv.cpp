#include <gtest/gtest.h>

#include "codes/csv_line.h"

using namespace clinical::codes;

TEST(CodesCsv, Fields) {
    using Fields = std::vector<std::string>;
    const struct {
        const char *record;
        Fields fields;
    } cases[] = {
        {"", {""}},
        {"a,b", {"a", "b"}},
        {"a,", {"a", ""}},
        {"\"a,b\",\"c\"\"d\"", {"a,b", "c\"d"}},
        {"5\" tube,x", {"5\" tube", "x"}},
        {"\"a\nb\",c", {"a\nb", "c"}},
        {"a,\"b,c", {"a", "b,c"}},
    };
    for (const auto &c : cases) EXPECT_EQ(csv_fields(c.record), c.fields) << c.record;
}

TEST(CodesCsv, WhereARecordGoesOn) {
    const struct {
        const char *line;
        bool open;
        std::optional<bool> goes_on;
    } cases[] = {
        {"", false, false},
        {"", true, true},
        {"a,b", false, false},
        {"a,\"b", false, true},
        {"a,\"b\"\"", false, true},
        {"a,\"\"", false, false},
        {"a,\"\"\"", false, true},
        {"5\" tube", false, false},
        {"b\",c", true, false},
        {"b\"\",c", true, true},
        {"b\",\"c", true, true},
        {"b\"c", true, std::nullopt},
        {"\"a\" ,b", false, std::nullopt},
        // The quote before this line was never meant to be open.
        {"c,\"d\"", true, std::nullopt},
    };
    for (const auto &c : cases) EXPECT_EQ(csv_open(c.line, c.open), c.goes_on) << c.line;
}
