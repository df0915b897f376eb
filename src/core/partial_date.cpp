#include "core/partial_date.h"

namespace clinical::core {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Appends a number that is not negative with so many digits.
void put(std::string &out, int number, int digits) {
    const std::size_t start = out.size();
    out.append(static_cast<std::size_t>(digits), '0');
    for (std::size_t i = out.size(); i-- > start; number /= 10)
        out[i] = static_cast<char>('0' + number % 10);
}

void put_offset(std::string &out, int minutes) {
    const int m = minutes < 0 ? -minutes : minutes;
    out += minutes < 0 ? '-' : '+';
    put(out, m / 60, 2);
    out += ':';
    put(out, m % 60, 2);
}

Error bad(ErrorCode code, std::string_view where, std::size_t offset) {
    return {code, "invalid HL7 date/time", std::string(where), offset};
}

}  // namespace

std::int64_t days_from_civil(int year, int month, int day) {
    // Years that start in March put the leap day last (Hinnant, "chrono-compatible low-level date
    // algorithms").
    const std::int64_t y = year - (month <= 2 ? 1 : 0);
    const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
    const std::int64_t year_of_era = y - era * 400;
    const std::int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    const std::int64_t day_of_era =
        year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int days_in_month(int year, int month) {
    if (month == 2) return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::optional<int> parse_offset(std::string_view text) {
    if (text == "Z") return 0;
    if (text.size() != 5 && text.size() != 6) return std::nullopt;
    if (text[0] != '+' && text[0] != '-') return std::nullopt;
    const std::size_t m = text.size() == 6 ? 4 : 3;
    if (m == 4 && text[3] != ':') return std::nullopt;
    if (!is_digit(text[1]) || !is_digit(text[2]) || !is_digit(text[m]) || !is_digit(text[m + 1]))
        return std::nullopt;
    const int hours = (text[1] - '0') * 10 + (text[2] - '0');
    const int minutes = (text[m] - '0') * 10 + (text[m + 1] - '0');
    // FHIR and ISO 8601 end at 14 hours.
    if (minutes > 59 || hours * 60 + minutes > 14 * 60) return std::nullopt;
    const int total = hours * 60 + minutes;
    return text[0] == '-' ? -total : total;
}

std::string PartialDate::to_fhir_date() const {
    std::string out;
    put(out, year, 4);
    if (precision == Precision::year) return out;
    out += '-';
    put(out, month, 2);
    if (precision == Precision::month) return out;
    out += '-';
    put(out, day, 2);
    return out;
}

std::string PartialDate::to_fhir_date_time(std::optional<int> default_offset) const {
    const std::optional<int> offset = offset_minutes ? offset_minutes : default_offset;
    std::string out = to_fhir_date();
    if (!has_time() || !offset) return out;
    out.reserve(32);
    out += 'T';
    put(out, hour, 2);
    out += ':';
    put(out, minute, 2);
    out += ':';
    put(out, second, 2);
    if (!fraction.empty()) {
        out += '.';
        out += fraction;
    }
    put_offset(out, *offset);
    return out;
}

std::optional<std::string> PartialDate::to_fhir_instant(std::optional<int> default_offset) const {
    if (precision < Precision::second || !(offset_minutes || default_offset)) return std::nullopt;
    return to_fhir_date_time(default_offset);
}

std::optional<std::int64_t> PartialDate::unix_micros(std::optional<int> default_offset) const {
    const std::optional<int> offset = offset_minutes ? offset_minutes : default_offset;
    if (!offset) return std::nullopt;
    std::int64_t micros = 0;
    for (std::size_t i = 0; i < 6; ++i)
        micros = micros * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
    const std::int64_t seconds =
        days_from_civil(year, month, day) * 86400 + hour * 3600 + (minute - *offset) * 60 + second;
    return seconds * 1'000'000 + micros;
}

Result<PartialDate> parse_dtm(std::string_view text) {
    PartialDate date;
    std::size_t at = 0;
    while (at < text.size() && is_digit(text[at])) ++at;
    const std::string_view digits = text.substr(0, at);
    auto number = [&](std::size_t from, std::size_t length) {
        int n = 0;
        for (char c : digits.substr(from, length)) n = n * 10 + (c - '0');
        return n;
    };
    switch (digits.size()) {
        case 4: date.precision = Precision::year; break;
        case 6: date.precision = Precision::month; break;
        case 8: date.precision = Precision::day; break;
        case 10: date.precision = Precision::hour; break;
        case 12: date.precision = Precision::minute; break;
        case 14: date.precision = Precision::second; break;
        default:
            return bad(ErrorCode::invalid_syntax, "It must have 4, 6, 8, 10, 12 or 14 digits.", at);
    }
    date.year = number(0, 4);
    if (date.precision >= Precision::month) date.month = number(4, 2);
    if (date.precision >= Precision::day) date.day = number(6, 2);
    if (date.precision >= Precision::hour) date.hour = number(8, 2);
    if (date.precision >= Precision::minute) date.minute = number(10, 2);
    if (date.precision >= Precision::second) date.second = number(12, 2);

    if (at < text.size() && text[at] == '.') {
        std::size_t end = at + 1;
        while (end < text.size() && is_digit(text[end])) ++end;
        // The standard gives four digits, senders up to nanoseconds.
        if (date.precision != Precision::second || end == at + 1 || end > at + 10)
            return bad(ErrorCode::invalid_syntax, "A fraction must follow seconds.", at);
        date.fraction = text.substr(at + 1, end - at - 1);
        at = end;
    }
    if (at < text.size()) {
        if (text.size() - at != 5 || !(date.offset_minutes = parse_offset(text.substr(at))))
            return bad(ErrorCode::invalid_syntax, "A UTC offset must have the form +ZZZZ or -ZZZZ.",
                       at);
    }
    if (date.year < 1) return bad(ErrorCode::invalid_value, "There is no year 0000.", 0);
    if (date.month < 1 || date.month > 12)
        return bad(ErrorCode::invalid_value, "The month must be 01 to 12.", 4);
    if (date.day < 1 || date.day > days_in_month(date.year, date.month))
        return bad(ErrorCode::invalid_value, "The month does not have that day.", 6);
    if (date.hour > 23) return bad(ErrorCode::invalid_value, "The hour must be 00 to 23.", 8);
    if (date.minute > 59) return bad(ErrorCode::invalid_value, "The minute must be 00 to 59.", 10);
    if (date.second > 60) return bad(ErrorCode::invalid_value, "The second must be 00 to 60.", 12);
    return date;
}

Result<PartialDate> parse_fhir_date_time(std::string_view text) {
    // 2026-01-02T10:00:00.5+01:00 is 20260102100000.5+0100 in HL7's form.
    std::string dtm;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == 'Z')
            dtm += "+0000";
        else if (c != ':' && c != 'T' && (c != '-' || i > 7))
            dtm += c;
    }
    return parse_dtm(dtm);
}

}  // namespace clinical::core
