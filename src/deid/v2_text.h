#pragma once

// A text of HL7 v2 (TX, FT, ST) as a reader sees it: 2.7 escape sequences read, repetitions and
// the line breaks of formatted text as lines.

#include <optional>
#include <string_view>

#include "deid/mapped_text.h"
#include "hl7v2/hl7v2.h"

namespace clinical::deid {

// Nothing when the text switches its character set, which only its own reader can follow.
std::optional<MappedText> read_v2_text(std::string_view raw, const hl7v2::Delimiters &delimiters);

}  // namespace clinical::deid
