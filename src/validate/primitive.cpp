#include "validate/primitive.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>

namespace clinical::validate {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// The number of `count` digits at `at`; -1 when there are others.
int digits(std::string_view text, std::size_t at, std::size_t count) {
    if (at + count > text.size()) return -1;
    int value = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        if (!is_digit(text[i])) return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

int days_of(int year, int month) {
    constexpr std::uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return month == 2 && leap ? 29 : days[month - 1];
}

bool is_full_date(std::string_view text) {  // of ten characters
    const int year = digits(text, 0, 4), month = digits(text, 5, 2), day = digits(text, 8, 2);
    return text[4] == '-' && text[7] == '-' && year > 0 && month >= 1 && month <= 12 && day >= 1 &&
           day <= days_of(year, month);
}

// hh:mm:ss(.f+)? at the start; the rest of the text, or nothing.
bool skip_time(std::string_view &text) {
    if (text.size() < 8 || text[2] != ':' || text[5] != ':') return false;
    const int hour = digits(text, 0, 2), minute = digits(text, 3, 2), second = digits(text, 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return false;  // 60: a leap second
    text.remove_prefix(8);
    if (!text.starts_with('.')) return true;
    std::size_t n = 1;
    while (n < text.size() && is_digit(text[n])) ++n;
    if (n == 1) return false;
    text.remove_prefix(n);
    return true;
}

bool is_offset(std::string_view text) {
    if (text == "Z") return true;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return false;
    const int hour = digits(text, 1, 2), minute = digits(text, 4, 2);
    return minute >= 0 &&
           ((hour >= 0 && hour <= 13 && minute <= 59) || (hour == 14 && minute == 0));
}

bool has_space(std::string_view text) { return std::any_of(text.begin(), text.end(), is_space); }

bool is_blank(std::string_view text) { return std::all_of(text.begin(), text.end(), is_space); }

// [^\s]+(\s[^\s]+)*
bool is_code(std::string_view text) {
    bool after_space = true;
    for (const char c : text) {
        const bool space = is_space(c);
        if (space && after_space) return false;
        after_space = space;
    }
    return !after_space;
}

// Groups of four with padding at the end, white space anywhere.
bool is_base64(std::string_view text) {
    std::size_t count = 0, padding = 0;
    for (const char c : text) {
        if (is_space(c)) continue;
        if (c == '=') {
            if (++padding > 2) return false;
        } else if (padding > 0 || !(is_alpha(c) || is_digit(c) || c == '+' || c == '/')) {
            return false;
        }
        ++count;
    }
    return count % 4 == 0 && count > padding;
}

const char *integer_problem(std::string_view text, std::int64_t least) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) return "the number is beyond 32 bits";
    if (error != std::errc() || end != text.data() + text.size())
        return "the number is not an integer";
    if (value < least)
        return least == 1   ? "the number must be positive"
               : least == 0 ? "the number must not be negative"
                            : "the number is beyond 32 bits";
    return value > INT32_MAX ? "the number is beyond 32 bits" : nullptr;
}

constexpr std::size_t longest_string = 1024u * 1024;  // "SHALL NOT exceed 1MB in size"

const char *string_problem(std::string_view text) {
    if (text.size() > longest_string) return "the text is longer than 1 MB";
    if (is_blank(text)) return "the text is blank";
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return "the text has a control character";
    return nullptr;
}

const char *uri_problem(std::string_view text) {
    if (has_space(text)) return "a URI has no white space";
    if (text.starts_with("urn:oid:") && !is_oid(text)) return "the OID is not one";
    if (text.starts_with("urn:uuid:") && !is_uuid(text)) return "the UUID is not one in lower case";
    return nullptr;
}

}  // namespace

bool is_date(std::string_view text) {
    switch (text.size()) {
        case 4: return digits(text, 0, 4) > 0;
        case 7: {
            const int month = digits(text, 5, 2);
            return digits(text, 0, 4) > 0 && text[4] == '-' && month >= 1 && month <= 12;
        }
        case 10: return is_full_date(text);
        default: return false;
    }
}

bool is_instant(std::string_view text) {
    if (text.size() < 20 || !is_full_date(text) || text[10] != 'T') return false;
    text.remove_prefix(11);
    return skip_time(text) && is_offset(text);
}

bool is_date_time(std::string_view text) {
    return text.size() <= 10 ? is_date(text) : is_instant(text);
}

bool is_time(std::string_view text) { return skip_time(text) && text.empty(); }

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '-' || c == '.';
    });
}

bool is_oid(std::string_view text) {
    if (!text.starts_with("urn:oid:")) return false;
    text.remove_prefix(8);
    if (text.empty() || text[0] < '0' || text[0] > '2' || text.size() < 3) return false;
    std::size_t at = 1;
    while (at < text.size()) {
        if (text[at] != '.') return false;
        std::size_t end = at + 1;
        while (end < text.size() && is_digit(text[end])) ++end;
        const std::size_t count = end - at - 1;
        if (count == 0 || (count > 1 && text[at + 1] == '0')) return false;
        at = end;
    }
    return true;
}

bool is_uuid(std::string_view text) {
    if (!text.starts_with("urn:uuid:") || text.size() != 9 + 36) return false;
    text.remove_prefix(9);
    for (std::size_t i = 0; i < 36; ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        const char c = text[i];
        if (dash ? c != '-' : !(is_digit(c) || (c >= 'a' && c <= 'f'))) return false;
    }
    return true;
}

bool is_absolute_uri(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_alpha(text[0])) return false;
    return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
        return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
}

const char *lexical_problem(fhir::Primitive type, std::string_view text) {
    using fhir::Primitive;
    switch (type) {
        case Primitive::none:
        case Primitive::boolean:
        case Primitive::decimal: return nullptr;
        case Primitive::integer: return integer_problem(text, INT32_MIN);
        case Primitive::positiveInt: return integer_problem(text, 1);
        case Primitive::unsignedInt: return integer_problem(text, 0);
        default: break;
    }
    if (text.empty()) return "the value is empty";
    switch (type) {
        case Primitive::base64Binary: return is_base64(text) ? nullptr : "this is not base64";
        case Primitive::code:
            return is_code(text) ? nullptr : "a code has no white space but single blanks inside";
        case Primitive::date: return is_date(text) ? nullptr : "this is not a date";
        case Primitive::dateTime:
            if (is_date_time(text)) return nullptr;
            return text.size() >= 19 && text[10] == 'T' && is_instant(std::string(text) + "Z")
                       ? "a date with a time needs an offset"
                       : "this is not a date, or a date with time and offset";
        case Primitive::instant:
            return is_instant(text) ? nullptr : "this is not a date with time and offset";
        case Primitive::time: return is_time(text) ? nullptr : "this is not a time of day";
        case Primitive::id:
            return is_id(text) ? nullptr
                               : "an id has 1 to 64 letters, digits, \"-\" and \".\" only";
        case Primitive::oid: return is_oid(text) ? nullptr : "this is not urn:oid: and an OID";
        case Primitive::uuid: return is_uuid(text) ? nullptr : "this is not urn:uuid: and a UUID";
        case Primitive::uri:
        case Primitive::url: return uri_problem(text);
        case Primitive::canonical:
            if (has_space(text)) return "a URI has no white space";
            return uri_problem(text.substr(0, text.find('|')));
        default: return string_problem(text);
    }
}

}  // namespace clinical::validate
