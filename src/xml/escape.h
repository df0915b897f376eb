#pragma once

// Text of XML documents that are written.

#include <string>
#include <string_view>

namespace clinical::xml {

// Whether XML 1.0 (2.2) can hold the text (UTF-8): no control characters but tab, line feed and
// carriage return, no U+FFFE and U+FFFF.
bool is_text(std::string_view text);

// Appends `text` as the inside of a double-quoted attribute: a reader gives back every character,
// line ends and tabs too.
void append_attribute(std::string &out, std::string_view text);

// Appends `text` as character data.
void append_text(std::string &out, std::string_view text);

}  // namespace clinical::xml
