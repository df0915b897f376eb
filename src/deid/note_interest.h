#pragma once

// Which detectors a token may concern: most words of a note concern none, so that each detector
// walks over a few bits a token and stops where one is set.

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "deid/note_lexicon.h"

namespace clinical::deid::note {

using Interest = std::uint16_t;

namespace interest {
inline constexpr Interest number = 1 << 0;
inline constexpr Interest machine = 1 << 1;     // a mark that may stand in an address of machines
inline constexpr Interest date = 1 << 2;        // "March", "last"
inline constexpr Interest identifier = 1 << 3;  // "MRN", "phone"
inline constexpr Interest age = 1 << 4;         // "ninety"
inline constexpr Interest postal = 1 << 5;      // "street", "Apt", "APO"
inline constexpr Interest house = 1 << 6;       // "hospital", "seen", "at"
inline constexpr Interest town = 1 << 7;        // in the list of places
inline constexpr Interest residence = 1 << 8;   // "lives"
inline constexpr Interest person = 1 << 9;      // "Mr", "wife": a name may stand beside it
inline constexpr Interest quiet = 1 << 10;      // in lower case, and perhaps a name
inline constexpr Interest strange = 1 << 11;    // no English word
inline constexpr Interest written = 1 << 12;    // not in lower case
inline constexpr Interest word = 1 << 13;       // any word
inline constexpr Interest name = 1 << 14;       // found to be one
}  // namespace interest

// What the bits of a word say, whatever its case; `print` is its fingerprint.
Interest interest_of(Word word, std::uint32_t print);

// The first token from i on that has a bit of `mask`, or the list's size.
inline std::size_t next_of(const std::vector<Interest> &list, std::size_t i, Interest mask) {
    const std::uint64_t four = mask * 0x0001000100010001ULL;
    for (; i + 4 <= list.size(); i += 4) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, list.data() + i, sizeof bits);
        if ((bits & four) != 0) break;
    }
    while (i < list.size() && (list[i] & mask) == 0) ++i;
    return i;
}

}  // namespace clinical::deid::note
