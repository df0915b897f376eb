#include "seal/leaf.h"

#include <openssl/evp.h>

#include <new>

namespace clinical::seal {
namespace {

constexpr char leaf_prefix = 0x00;
constexpr std::uint32_t no_length = 0xFFFFFFFF;

}  // namespace

Leaf::Leaf(std::uint8_t version) {
    bytes_ += leaf_prefix;
    bytes_ += static_cast<char>(version);
}

void Leaf::length(std::uint32_t n) {
    for (int shift = 24; shift >= 0; shift -= 8) bytes_ += static_cast<char>(n >> shift & 0xFF);
}

Leaf &Leaf::absent() {
    length(no_length);
    return *this;
}

Leaf &Leaf::integer(std::int64_t value) {
    length(8);
    const auto n = static_cast<std::uint64_t>(value);
    for (int shift = 56; shift >= 0; shift -= 8) bytes_ += static_cast<char>(n >> shift & 0xFF);
    return *this;
}

Leaf &Leaf::bytes(std::string_view value) {
    length(static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
    return *this;
}

Hash Leaf::hash() const {
    Hash result;
    // The only way this fails is a library without SHA-256 or without memory.
    if (EVP_Digest(bytes_.data(), bytes_.size(), result.data(), nullptr, EVP_sha256(), nullptr) !=
        1)
        throw std::bad_alloc();
    return result;
}

}  // namespace clinical::seal
