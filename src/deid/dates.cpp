#include "deid/dates.h"

#include <algorithm>

namespace clinical::deid {

namespace {

int days_of(int year, int month) {
    if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
    return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

// `digits` digits at `at`, or -1.
int number(std::string_view text, std::size_t at, int digits) {
    int value = 0;
    for (int i = 0; i < digits; ++i, ++at) {
        if (at >= text.size() || text[at] < '0' || text[at] > '9') return -1;
        value = value * 10 + (text[at] - '0');
    }
    return value;
}

}  // namespace

Date Date::latest() const {
    const int m = month ? month : 12;
    return {year, m, day ? day : days_of(year, m)};
}

bool before(const Date &a, const Date &b) {
    if (a.year != b.year) return a.year < b.year;
    return a.month != b.month ? a.month < b.month : a.day < b.day;
}

std::optional<Date> parse_date(std::string_view text) {
    Date date;
    date.year = number(text, 0, 4);
    if (date.year < 1) return std::nullopt;
    if (text.size() == 4) return date;
    if (text[4] != '-') return std::nullopt;
    date.month = number(text, 5, 2);
    if (date.month < 1 || date.month > 12) return std::nullopt;
    if (text.size() == 7) return date;
    if (text[7] != '-') return std::nullopt;
    date.day = number(text, 8, 2);
    if (date.day < 1 || date.day > days_of(date.year, date.month)) return std::nullopt;
    if (text.size() > 10 && text[10] != 'T') return std::nullopt;
    return date;
}

std::optional<Date> parse_hl7_date(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    if (digits < 4 || digits > 14 || digits % 2 != 0) return std::nullopt;
    Date date{number(text, 0, 4), 0, 0};
    if (digits >= 6) date.month = number(text, 4, 2);
    if (digits >= 8) date.day = number(text, 6, 2);
    const bool in_year = digits < 6 || (date.month >= 1 && date.month <= 12);
    if (date.year < 1 || !in_year) return std::nullopt;
    if (digits >= 8 && (date.day < 1 || date.day > days_of(date.year, date.month)))
        return std::nullopt;
    return date;
}

std::optional<Date> parse_x12_date(std::string_view text) {
    const auto date = text.size() == 8 ? parse_hl7_date(text) : std::nullopt;
    return date && date->day != 0 ? date : std::nullopt;
}

namespace {

// Days since 1970-01-01 in the proleptic Gregorian calendar, and back.
long days_from(const Date &d) {
    const long y = d.month <= 2 ? d.year - 1 : d.year;
    const long era = y / 400;
    const long of_era = y - era * 400;
    const long of_year = (153L * (d.month + (d.month > 2 ? -3 : 9)) + 2) / 5 + d.day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

Date date_from(long days) {
    days += 719468;
    const long era = days / 146097;
    const long of_era = days - era * 146097;
    const long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const long of_year = of_era - (365 * year + year / 4 - year / 100);
    const long m = (5 * of_year + 2) / 153;
    Date d;
    d.day = static_cast<int>(of_year - (153 * m + 2) / 5 + 1);
    d.month = static_cast<int>(m < 10 ? m + 3 : m - 9);
    d.year = static_cast<int>(year + era * 400 + (d.month <= 2 ? 1 : 0));
    return d;
}

// The time behind a day: of FHIR (T10:11:12.5Z) or of HL7 (101112.5-0500).  Nothing else is kept,
// nor as many digits as a number of somebody has.
bool is_time(std::string_view t, bool colons) {
    const auto pair = [&] {
        if (number(t, 0, 2) < 0) return false;
        t.remove_prefix(2);
        return true;
    };
    const auto drop = [&](char c) {
        if (t.empty() || t[0] != c) return false;
        t.remove_prefix(1);
        return true;
    };
    if (t.empty()) return true;
    if (t[0] != '+' && t[0] != '-') {
        if ((colons && !drop('T')) || !pair()) return false;
        for (int i = 0; i < 2 && (colons ? drop(':') : number(t, 0, 1) >= 0); ++i)
            if (!pair()) return false;
        if (drop('.')) {
            std::size_t digits = 0;
            while (number(t, digits, 1) >= 0) ++digits;
            if (digits < 1 || digits > 9) return false;
            t.remove_prefix(digits);
        }
    }
    if (t.empty() || t == "Z") return true;
    if ((t[0] != '+' && t[0] != '-') || (t.remove_prefix(1), !pair())) return false;
    if (t.empty()) return true;
    return (!colons || drop(':')) && pair() && t.empty();
}

}  // namespace

std::optional<std::string> shift_date(std::string_view text, int days) {
    const bool dashes = text.size() > 4 && text[4] == '-';
    std::optional<Date> date = dashes ? parse_date(text) : parse_hl7_date(text);
    if (!date) return std::nullopt;
    if (date->month == 0) return std::string(text.substr(0, 4));
    const bool whole = date->day != 0;
    if (!whole) date->day = 15;
    const Date moved = date_from(days_from(*date) + days);
    if (moved.year < 1 || moved.year > 9999) return std::nullopt;
    const auto put = [](std::string &out, int value, int width) {
        const std::string digits = std::to_string(value);
        out.append(static_cast<std::size_t>(width) - digits.size(), '0').append(digits);
    };
    std::string out;
    put(out, moved.year, 4);
    if (dashes) out += '-';
    put(out, moved.month, 2);
    if (!whole) return out;
    if (dashes) out += '-';
    put(out, moved.day, 2);
    const std::string_view time = text.substr(dashes ? 10 : 8);
    if (!is_time(time, dashes)) return std::nullopt;
    return out.append(time);
}

int completed_years(const Date &from, const Date &to) {
    const bool birthday_ahead =
        to.month < from.month || (to.month == from.month && to.day < from.day);
    return to.year - from.year - (birthday_ahead ? 1 : 0);
}

int most_years(const Date &from, const Date &to) { return completed_years(from.earliest(), to); }

}  // namespace clinical::deid
