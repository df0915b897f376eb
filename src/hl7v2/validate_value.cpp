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

std::optional<std::string_view> loose_form(std::string_view datatype, std::string_view text) {
    if (datatype != "TM" && datatype != "TS" && datatype != "DTM") return std::nullopt;
    const std::size_t point = text.find('.');
    if (point == text.npos || digits_at(text, point + 1) <= 4) return std::nullopt;
    return "has more than four digits of a second";
}

namespace {

bool are_digits(std::string_view text) {
    return !text.empty() && digits_at(text, 0) == text.size();
}

// The digit that makes the sum by modulus 10 whole (Luhn).
int modulus_10(std::string_view digits, int before = 0) {
    int sum = before;
    bool twice = true;
    for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
        const int n = (digits[i] - '0') * (twice ? 2 : 1);
        sum += n > 9 ? n - 9 : n;
    }
    return (10 - sum % 10) % 10;
}

// 2.A.14: weights 2 to 7 from the units on, over and over.
int modulus_11(std::string_view digits) {
    int sum = 0, weight = 2;
    for (std::size_t i = digits.size(); i-- > 0; weight = weight == 7 ? 2 : weight + 1)
        sum += (digits[i] - '0') * weight;
    const int rest = sum % 11;
    return (11 - (rest == 0 ? 1 : rest)) % 10;
}

// Where a type has a number, its check digit and the scheme.
struct Checked {
    std::string_view datatype;
    int number, digit, scheme;
};
constexpr std::array checked_types{
    Checked{"CX", 1, 2, 3},    Checked{"CK", 1, 2, 3},  Checked{"XCN", 1, 11, 12},
    Checked{"PPN", 1, 11, 12}, Checked{"XON", 3, 4, 5},
};

bool fits(std::string_view scheme, std::string_view number, char digit) {
    constexpr int npi_prefix = 24;  // the sum that 80840 before the number adds (45 CFR 162.406)
    int expected = -1;
    if (scheme == "M11")
        expected = modulus_11(number);
    else
        expected = modulus_10(number, scheme == "NPI" ? npi_prefix : 0);
    return digit == '0' + expected;
}

std::optional<BrokenParts> broken_check_digit(const Checked &type,
                                              const std::function<Value(int)> &part) {
    const std::string_view number = part(type.number).raw(), digit = part(type.digit).raw(),
                           scheme = part(type.scheme).raw();
    if (scheme != "M10" && scheme != "M11" && scheme != "NPI" && scheme != "BCV")
        return std::nullopt;
    if (!are_digits(number) || number.size() > 30 || digit.size() != 1 || !are_digits(digit))
        return std::nullopt;
    // Senders give the number with its digit or without.
    if (fits(scheme, number, digit[0])) return std::nullopt;
    if (number.size() > 1 && number.back() == digit[0] &&
        fits(scheme, number.substr(0, number.size() - 1), digit[0]))
        return std::nullopt;
    return BrokenParts{type.digit, false, "the check digit does not fit the number"};
}

// 2.A.70.
std::optional<BrokenParts> broken_numeric(const std::function<Value(int)> &part) {
    constexpr std::array<std::string_view, 6> comparators{">", "<", ">=", "<=", "=", "<>"};
    constexpr std::array<std::string_view, 5> separators{"-", "+", "/", ".", ":"};
    const Value comparator = part(1), separator = part(3);
    if (comparator.has_value() &&
        std::ranges::find(comparators, comparator.text()) == comparators.end())
        return BrokenParts{1, true, "is not a comparator (SN)"};
    if (separator.has_value() &&
        std::ranges::find(separators, separator.text()) == separators.end())
        return BrokenParts{3, true, "is not a separator (SN)"};
    return std::nullopt;
}

bool is_base64(std::string_view text) {
    std::size_t symbols = 0, padding = 0;
    for (const char c : text) {
        if (c == '\r' || c == '\n' || c == ' ' || c == '\t') continue;
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        padding += c == '=';
        if (c != '=' && (padding > 0 || !(letter || is_digit(c) || c == '+' || c == '/')))
            return false;
        ++symbols;
    }
    return padding <= 2 && symbols % 4 == 0;
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

bool is_hexadecimal(std::string_view text) {
    return text.size() % 2 == 0 && std::ranges::all_of(text, is_hex_digit);
}

// 2.A.24.
std::optional<BrokenParts> broken_data(const std::function<Value(int)> &part) {
    const std::string_view encoding = part(4).raw();
    const Value data = part(5);
    if (!data.has_value()) return std::nullopt;
    // Line ends may be written as escape sequences.
    const std::string decoded = data.has_escape() ? data.text() : std::string();
    const std::string_view text = data.has_escape() ? decoded : data.raw();
    if (encoding == "Base64" && !is_base64(text))
        return BrokenParts{5, true, "is not of the encoding Base64"};
    if (encoding == "Hex" && !is_hexadecimal(text))
        return BrokenParts{5, true, "is not of the encoding Hex"};
    return std::nullopt;
}

}  // namespace

std::optional<BrokenParts> broken_parts(std::string_view datatype,
                                        const std::function<Value(int)> &part) {
    if (datatype == "SN") return broken_numeric(part);
    if (datatype == "ED") return broken_data(part);
    const auto type = std::ranges::find(checked_types, datatype, &Checked::datatype);
    return type == checked_types.end() ? std::nullopt : broken_check_digit(*type, part);
}

bool is_primitive(std::string_view datatype, Version version) {
    return std::ranges::none_of(components_of(datatype),
                                [&](const Position &p) { return p.is_in(version); });
}

namespace {

std::size_t hexadecimal_at(std::string_view text, std::size_t at) {
    std::size_t n = 0;
    while (at + n < text.size() && is_hex_digit(text[at + n])) ++n;
    return n;
}

// 2.7: what stands between two escape characters and means something.
bool is_sequence(std::string_view body) {
    if (body.empty()) return false;
    constexpr std::string_view single = "FSTREPLHN";
    if (body.size() == 1) return single.find(body[0]) != single.npos;
    const std::size_t digits = body.size() - 1;
    switch (body[0]) {
        case 'X': return digits % 2 == 0 && hexadecimal_at(body, 1) == digits;
        case 'C': return digits == 4 && hexadecimal_at(body, 1) == digits;
        case 'M': return (digits == 4 || digits == 6) && hexadecimal_at(body, 1) == digits;
        case 'Z': return true;
        case '.': break;
        default: return false;
    }
    constexpr std::array<std::string_view, 8> commands{"br", "ce", "fi", "in",
                                                       "nf", "sk", "sp", "ti"};
    if (std::ranges::find(commands, body.substr(1, 2)) == commands.end()) return false;
    std::string_view number = body.substr(3);
    if (number.starts_with(' ')) number.remove_prefix(1);
    if (number.starts_with('+') || number.starts_with('-')) number.remove_prefix(1);
    return digits_at(number, 0) == number.size();
}

}  // namespace

std::optional<std::string_view> broken_escape(std::string_view raw, char escape) {
    if (escape == '\0') return std::nullopt;
    for (std::size_t at = raw.find(escape); at != raw.npos; at = raw.find(escape, at)) {
        const std::size_t close = raw.find(escape, at + 1);
        if (close == raw.npos) return "has an escape character alone";
        if (!is_sequence(raw.substr(at + 1, close - at - 1)))
            return "has an unknown escape sequence";
        at = close + 1;
    }
    return std::nullopt;
}

std::size_t length_of(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace clinical::hl7v2
