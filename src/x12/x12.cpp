#include "x12/x12.h"

#include <algorithm>

namespace clinical::x12 {

namespace {

bool is_line_end(char c) { return c == '\r' || c == '\n' || c == ' ' || c == '\t'; }

bool is_delimiter(char c) {
    const auto u = static_cast<unsigned char>(c);
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return u < 0x80 && c != ' ' && c != '\0' && !word;
}

core::Error malformed(const char *rule) {
    return {core::ErrorCode::invalid_syntax, "invalid X12 interchange", rule, 0};
}

}  // namespace

core::Result<Delimiters> read_delimiters(std::string_view text) {
    if (text.size() < isa_bytes || text.substr(0, 3) != "ISA")
        return malformed("It must begin with an ISA segment of 106 bytes.");
    Delimiters d;
    d.element = text[3];
    d.component = text[104];
    d.segment = text[105];
    // The separator stands at the fixed places, and 16 times in all.
    for (const std::size_t at :
         {6U, 17U, 20U, 31U, 34U, 50U, 53U, 69U, 76U, 81U, 83U, 89U, 99U, 101U, 103U})
        if (text[at] != d.element) return malformed("Elements of ISA are not at their places.");
    if (std::count(text.begin(), text.begin() + isa_bytes - 1, d.element) != 16)
        return malformed("ISA has 16 elements.");
    if (text.find(d.segment) != isa_bytes - 1)
        return malformed("Its segment terminator stands within ISA.");
    if (text.substr(84, 5) >= "00501") d.repetition = text[82];
    if (!is_delimiter(d.repetition) || d.repetition == d.component || d.repetition == d.segment)
        d.repetition = '\0';
    const char given[] = {d.element, d.component, d.segment};
    for (const char c : given)
        if (!is_delimiter(c) || std::count(std::begin(given), std::end(given), c) > 1)
            return malformed("Its delimiters are not three different signs.");
    return d;
}

bool Segments::next(Segment &segment) {
    while (at_ < text_.size()) {
        while (at_ < text_.size() && is_line_end(text_[at_])) ++at_;
        const std::size_t stop = std::min(text_.find(terminator_, at_), text_.size());
        segment = {text_.substr(at_, stop - at_), at_};
        at_ = stop + 1;
        if (!segment.text.empty()) return true;
    }
    return false;
}

}  // namespace clinical::x12
