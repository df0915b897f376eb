#include "core/slice.h"

#include <gtest/gtest.h>

#include <limits>

using clinical::core::slice_of;

// Pinned: a range that one release has divided may be loaded by the next.
TEST(CoreSlice, StaysTheSame) {
    EXPECT_EQ(slice_of("", 7), 6);
    EXPECT_EQ(slice_of("a", 7), 1);
    EXPECT_EQ(slice_of("77", 7), 0);
    EXPECT_EQ(slice_of("p1", 7), 2);
    EXPECT_EQ(slice_of("p1", 8), 5);
    EXPECT_EQ(slice_of("p1", 1), 0);
    EXPECT_EQ(slice_of("p1", std::numeric_limits<int>::max()), 1330359244);
    // Bytes beyond ASCII count as such.
    EXPECT_EQ(slice_of("\xc3\xbc", 8), 5);
}
