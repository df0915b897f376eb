#pragma once

#include <array>
#include <string>
#include <string_view>

namespace clinical::core {

using Sha256 = std::array<unsigned char, 32>;

Sha256 sha256(std::string_view bytes);

// Lower-case hexadecimal.
std::string to_hex(const Sha256 &digest);

}  // namespace clinical::core
