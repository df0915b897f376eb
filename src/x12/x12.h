#pragma once

// X12 interchanges in place: segments and elements as views into the text.
//
// ISA has fixed positions (ASC X12.5): the element separator is its fourth byte, the component
// separator ISA16, the segment terminator the byte behind it, and from version 00501 on ISA11 is
// the repetition separator.  Line ends behind a terminator are no data.  X12 knows no escapes.

#include <cstddef>
#include <string_view>

#include "core/error.h"

namespace clinical::x12 {

struct Delimiters {
    char element = '*';
    char component = ':';
    char segment = '~';
    char repetition = '\0';  // none before 00501
};

// Bytes of an ISA segment with its terminator.
constexpr std::size_t isa_bytes = 106;

// Refused (invalid_syntax): text that does not begin with an ISA segment of the fixed form, and
// delimiters that are letters, digits, blanks or one another.
core::Result<Delimiters> read_delimiters(std::string_view text);

struct Segment {
    std::string_view text;   // without terminator
    std::size_t offset = 0;  // bytes from the start
};

// Segments in order.
class Segments {
public:
    Segments(std::string_view text, const Delimiters &delimiters)
        : text_(text), terminator_(delimiters.segment) {}
    bool next(Segment &segment);

private:
    std::string_view text_;
    std::size_t at_ = 0;
    char terminator_;
};

}  // namespace clinical::x12
