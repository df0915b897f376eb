#include "seal/leaf.h"

#include <gtest/gtest.h>

#include <set>

namespace clinical::seal {
namespace {

std::string hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

std::string hex(const Hash &hash) {
    return hex(std::string_view(reinterpret_cast<const char *>(hash.data()), hash.size()));
}

TEST(SealLeaf, CanonicalBytes) {
    Leaf leaf(1);
    leaf.integer(-2).bytes("ehr").absent().bytes("").integer(1);
    EXPECT_EQ(hex(leaf.canonical()),
              "01"
              "00000008fffffffffffffffe"
              "00000003656872"
              "ffffffff"
              "00000000"
              "000000080000000000000001");
}

// Computed apart: printf '\x00\x01' | sha256sum and printf '\x00\x01\x00\x00\x00\x03ehr' |
// sha256sum
TEST(SealLeaf, HashIsSha256OfPrefixedBytes) {
    EXPECT_EQ(hex(Leaf(1).hash()),
              "b413f47d13ee2fe6c845b2ee141af81de858df4ec549a58b7970bb96645bc8d2");
    EXPECT_EQ(hex(Leaf(1).bytes("ehr").hash()),
              "1b2210bdc55125d44be33cfa1f2ddd7c21abc8359847277ae7eb5973eddac3b5");
}

TEST(SealLeaf, DifferentFieldsDifferentLeaves) {
    std::set<std::string> leaves;
    leaves.insert(hex(Leaf(1).bytes("ab").bytes("c").hash()));
    leaves.insert(hex(Leaf(1).bytes("a").bytes("bc").hash()));
    leaves.insert(hex(Leaf(1).bytes("abc").bytes("").hash()));
    leaves.insert(hex(Leaf(1).bytes("abc").absent().hash()));
    leaves.insert(hex(Leaf(1).bytes("abc").hash()));
    leaves.insert(hex(Leaf(2).bytes("abc").hash()));
    leaves.insert(hex(Leaf(1).integer(0).hash()));
    leaves.insert(hex(Leaf(1).absent().hash()));
    EXPECT_EQ(leaves.size(), 8u);
}

}  // namespace
}  // namespace clinical::seal
