#pragma once

// The canonical bytes of an event, and the hash that seals it as a leaf of a Merkle tree.
//
// Canonical form: one version byte, then each field as its length (4 bytes, big endian) and its
// bytes.  An absent field has the length 0xFFFFFFFF and no bytes; an integer is 8 bytes, big
// endian, two's complement.  Lengths come first, so two different events never have the same bytes.
// The leaf is SHA-256(0x00 || canonical), RFC 9162 section 2.1.1.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace clinical::seal {

using Hash = std::array<std::uint8_t, 32>;

class Leaf {
public:
    explicit Leaf(std::uint8_t version);
    Leaf &absent();
    Leaf &integer(std::int64_t value);
    Leaf &bytes(std::string_view value);
    [[nodiscard]] Hash hash() const;
    [[nodiscard]] std::string_view canonical() const { return std::string_view(bytes_).substr(1); }

private:
    void length(std::uint32_t n);
    std::string bytes_;
};

}  // namespace clinical::seal
