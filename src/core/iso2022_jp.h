#pragma once

// Japanese text that switches its sets by escape sequences (ISO 2022; JIS X 0202, and ISO IR87 and
// ISO IR159 of HL7 table 0211), by way of EUC-JP, which has the same characters in fixed places.
//
// Other than converters of the name ISO-2022-JP it reads half-width katakana (ESC ( I, or bytes A1
// to DF), and takes JIS X 0201 Roman for ASCII: after ESC ( J a tilde is still HL7's repetition
// separator and a backslash its escape character.

#include <cstddef>
#include <string>
#include <string_view>

namespace clinical::core {

// EUC-JP; what is no character becomes the byte FF, which EUC-JP does not have.  A line end is
// always followed by ASCII.
std::string euc_of_iso2022_jp(std::string_view bytes);

// Where the byte of the input stands that byte `at` of the output came from.
std::size_t iso2022_jp_offset(std::string_view bytes, std::size_t at);

std::string iso2022_jp_of_euc(std::string_view euc);

}  // namespace clinical::core
