#pragma once

// Other character sets inside a value: \C and \M switches (HL7 v2 2.7.2, ISO 2022).  Private to
// this chapter.

#include <optional>
#include <string>
#include <string_view>

#include "core/charset.h"

namespace clinical::hl7v2 {

// Bytes as UTF-8 by the name of a charset (MSH-18; none: UTF-8); nothing when they are no text
// there.
std::optional<std::string> decoded(std::string_view bytes, std::string_view charset,
                                   core::Decoder &decoder);

// A set that a sequence's body ("C2842", "M2442") switches to, if it is one that is known.
enum class SwitchedSet {
    ascii,
    roman,     // JIS X 0201, letters
    katakana,  // JIS X 0201
    latin1,
    latin2,
    latin3,
    latin4,
    latin5,
    cyrillic,
    arabic,
    greek,
    hebrew,
    jis0208,
    jis0212,
};
std::optional<SwitchedSet> charset_switched_to(std::string_view body);

// Where the next such sequence begins at or behind `from`; the end when there is none.
std::size_t next_switch(std::string_view raw, std::size_t from, char escape);

// The text of what follows a switch, other sequences in it decoded; false when it is no text of
// that set.
bool append_switched(std::string &out, std::string_view inner, SwitchedSet set,
                     core::Decoder &decoder);

}  // namespace clinical::hl7v2
