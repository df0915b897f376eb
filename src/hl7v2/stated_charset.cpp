// MSH-18 (HL7 v2 2.14.9.18).

#include <algorithm>

#include "core/charset.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

namespace {

Segment header_of(const Delimiters &d) {
    if (d.header.empty()) return {};
    return {d.header.substr(0, find_break(d.header, 4)), 0, &d};
}

// Which of a field's repetitions names the set that the bytes are in.
std::string_view charset_of(const Value &field) {
    const int count = field.repetitions();
    const std::string_view first = field.repetition(1).component(1).raw();
    if (count < 2) return first;
    const auto base = core::charset_named(first);
    const bool may_switch = first.empty() || base == "US-ASCII" || base == "Shift_JIS";
    std::string_view stated = first;
    for (int n = 2; n <= std::min(count, 9) && may_switch; ++n) {
        const std::string_view name = field.repetition(n).component(1).raw();
        if (core::charset_named(name) == "ISO-2022-JP") return name;
        if (stated.empty()) stated = name;
    }
    return stated;
}

}  // namespace

std::string_view stated_charset(const Delimiters &delimiters) {
    return charset_of(header_of(delimiters).field(18));
}

std::string_view stated_charset(std::string_view bytes) {
    auto delimiters = read_delimiters(bytes, skip_lead(bytes));
    if (!delimiters.ok()) return {};
    const std::string_view stated = stated_charset(delimiters.value());
    const Segment header = header_of(delimiters.value());
    const bool is_plain =
        std::ranges::all_of(header.text(), [](char c) { return (c & 0x80) == 0 && c != '\x1b'; });
    if (is_plain || core::charset_named(stated)) return stated;
    core::Decoder decoder;
    for (int n = 19; n <= std::min(header.fields(), 40); ++n) {
        const std::string_view name = charset_of(header.field(n));
        if (!core::charset_named(name)) continue;
        core::Decoded text;
        decoder.decode(header.text(), name, {}, text);
        const auto decoded = read_delimiters(text.text, 0);
        if (decoded.ok() && stated_charset(decoded.value()) == name) return name;
    }
    return stated;
}

}  // namespace clinical::hl7v2
