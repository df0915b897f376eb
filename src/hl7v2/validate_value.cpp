#include "hl7v2/validate_value.h"

#include <algorithm>
#include <array>

#include "core/partial_date.h"

namespace clinical::hl7v2 {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t n = 0;
    while (at + n < text.size() && is_digit(text[at + n])) ++n;
    return n;
}

// 2.A.46: an optional sign, digits, an optional point.
bool is_number(std::string_view text) {
    std::size_t at = !text.empty() && (text[0] == '+' || text[0] == '-') ? 1 : 0;
    const std::size_t whole = digits_at(text, at);
    at += whole;
    std::size_t part = 0;
    if (at < text.size() && text[at] == '.') {
        part = digits_at(text, at + 1);
        at += part + 1;
    }
    return at == text.size() && whole + part > 0;
}

bool is_offset(std::string_view text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || digits_at(text, 1) != 4)
        return false;
    return text.substr(1, 2) <= "15" && text.substr(3, 2) <= "59";
}

// 2.A.76: HH[MM[SS[.S[S[S[S]]]]]][+/-ZZZZ].
bool is_time(std::string_view text) {
    const std::size_t digits = digits_at(text, 0);
    if (digits != 2 && digits != 4 && digits != 6) return false;
    if (text.substr(0, 2) > "23") return false;
    if (digits >= 4 && text.substr(2, 2) > "59") return false;
    if (digits == 6 && text.substr(4, 2) > "59") return false;
    std::size_t at = digits;
    if (digits == 6 && at < text.size() && text[at] == '.') {
        const std::size_t fraction = digits_at(text, at + 1);
        if (fraction == 0) return false;
        at += fraction + 1;
    }
    return at == text.size() || is_offset(text.substr(at));
}

bool is_date(std::string_view text, Version version) {
    // 2.1 and 2.2 know whole days only.
    if (text.size() > 8 || (version < Version::v23 && text.size() != 8)) return false;
    return core::parse_dtm(text).ok();
}

}  // namespace

std::optional<std::string_view> broken_form(std::string_view datatype, std::string_view text,
                                            Version version) {
    if (datatype == "NM") {
        if (!is_number(text)) return "is not a number (NM)";
    } else if (datatype == "SI") {
        if (text.empty() || digits_at(text, 0) != text.size()) return "is not a set id (SI)";
    } else if (datatype == "DT") {
        if (!is_date(text, version)) return "is not a date (DT)";
    } else if (datatype == "TM") {
        if (!is_time(text)) return "is not a time (TM)";
    } else if (datatype == "TS" || datatype == "DTM") {
        if (!core::parse_dtm(text).ok()) return "is not a date or time (DTM)";
    }
    return std::nullopt;
}

bool is_primitive(std::string_view datatype, Version version) {
    return std::ranges::none_of(components_of(datatype),
                                [&](const Position &p) { return p.is_in(version); });
}

std::optional<std::string_view> broken_escape(std::string_view raw, char escape) {
    if (escape == '\0') return std::nullopt;
    for (std::size_t at = raw.find(escape); at != raw.npos; at = raw.find(escape, at)) {
        const std::size_t close = raw.find(escape, at + 1);
        if (close == raw.npos) return "has an escape character alone";
        const std::string_view body = raw.substr(at + 1, close - at - 1);
        constexpr std::string_view single = "FSTREPLHN";
        constexpr std::string_view longer = "XCMZ.";
        const bool known = body.size() == 1 ? single.find(body[0]) != single.npos
                                            : !body.empty() && longer.find(body[0]) != longer.npos;
        if (!known) return "has an unknown escape sequence";
        at = close + 1;
    }
    return std::nullopt;
}

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace clinical::hl7v2
