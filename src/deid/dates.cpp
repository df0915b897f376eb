#include "deid/dates.h"

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

int completed_years(const Date &from, const Date &to) {
    const bool birthday_ahead =
        to.month < from.month || (to.month == from.month && to.day < from.day);
    return to.year - from.year - (birthday_ahead ? 1 : 0);
}

int most_years(const Date &from, const Date &to) { return completed_years(from.earliest(), to); }

}  // namespace clinical::deid
