#include "core/split.h"

#include <gtest/gtest.h>

#include <string>

using clinical::core::split;

namespace {

std::string parts_of(std::string_view text, char delimiter) {
    std::vector<std::string_view> parts{"left over"};
    split(text, delimiter, parts);
    std::string out;
    for (const std::string_view part : parts) out.append("[").append(part).append("]");
    return out;
}

}  // namespace

TEST(CoreSplit, CutsAtEachDelimiter) {
    EXPECT_EQ(parts_of("", '|'), "[]");
    EXPECT_EQ(parts_of("|", '|'), "[][]");
    EXPECT_EQ(parts_of("PID|1||77^^^A~8|", '|'), "[PID][1][][77^^^A~8][]");
    EXPECT_EQ(parts_of("a|b", '\0'), "[a|b]");
    EXPECT_EQ(parts_of("a|b", '^'), "[a|b]");
}

// Wherever the delimiters stand in and behind blocks of 16.
TEST(CoreSplit, AtAnyPlace) {
    for (std::size_t size = 0; size < 50; ++size)
        for (std::size_t a = 0; a <= size; ++a)
            for (std::size_t b = a; b <= size; ++b) {
                const std::string x(a, 'x'), y(b - a, 'y'), z(size - b, 'z');
                ASSERT_EQ(parts_of(x + '|' + y + '|' + z, '|'),
                          "[" + x + "][" + y + "][" + z + "]");
            }
}
