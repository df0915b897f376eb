#pragma once

// Digests under the key of the crosswalk (src/pg/crosswalk.cpp), for expert determination:
// pseudonyms and date shifts.  Nothing in safe harbor comes here.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace clinical::pg {

using KeyedDigest =
    std::function<std::array<unsigned char, 32>(std::string_view purpose, std::string_view text)>;

// HMAC-SHA256 of purpose and text; the key is read at the first call and wiped with the function.
// F0000 when the key file cannot be used.
KeyedDigest keyed_hash();

}  // namespace clinical::pg
