#pragma once

// Formatted text (FT) laid out in lines, and messages put together from parts.

#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// The value with its formatting commands (2.7.6) carried out: .br and .sp end a line, .in and .ti
// indent, .sk skips, .ce centres and .fi and .nf switch word wrap, both as far as a width (in
// characters) is given; 0: no width, lines are as long as they come.  Highlighting has no plain
// text.  Other sequences are decoded as ever.
std::string formatted(std::string_view raw, const Delimiters &delimiters, std::size_t width);

// One message from its parts, in order (2.10.2): the DSC that ends a part and the MSH of the next
// go, which must name the same continuation pointer (DSC-1 and MSH-14), and what an ADD holds
// continues the last field of the segment before it.  Parts that do not follow each other are
// refused with invalid_value.
core::Result<std::string> joined(std::span<const std::string_view> parts,
                                 const core::Limits &limits = {});

}  // namespace clinical::hl7v2
