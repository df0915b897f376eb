#include "deid/leak_shapes.h"

#include <algorithm>
#include <cstdio>

namespace clinical::deid {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

bool is_ip(std::string_view text) {
    int groups = 0;
    for (std::size_t i = 0; i <= text.size(); ++groups) {
        const std::size_t end = std::min(text.find('.', i), text.size());
        const std::string_view group = text.substr(i, end - i);
        if (group.empty() || group.size() > 3 || digits_in(group) != group.size() ||
            std::stoi(std::string(group)) > 255)
            return false;
        i = end + 1;
    }
    return groups == 4;
}

void add_word(std::string_view w, bool answer, LeakKeys &keys) {
    while (!w.empty() && (w.back() == '.' || w.back() == ':')) w.remove_suffix(1);
    if (w.size() < 7) return;
    if (const std::size_t at = w.find('@');
        at != std::string_view::npos && at > 0 && w.find('.', at) != std::string_view::npos)
        return add_email(w.starts_with("mailto:") ? w.substr(7) : w, keys);
    if (w.starts_with("http://") || w.starts_with("https://") || w.starts_with("www."))
        return keys.add_text(LeakCategory::url, w);
    if (is_ip(w)) return keys.add_text(LeakCategory::ip, w);
    if (is_oid(w)) return;
    // American dates within text.
    int a = 0;
    int b = 0;
    int year = 0;
    int length = 0;
    const std::string text(w);
    if (std::sscanf(text.c_str(), "%2d/%2d/%4d%n", &a, &b, &year, &length) == 3 && length >= 8 &&
        year >= 1850 && a >= 1 && b >= 1 && a <= 31 && b <= 31) {
        if (a <= 12) keys.add_date(year, a, b);
        if (b <= 12) keys.add_date(year, b, a);
        return;
    }
    FullDate date;
    if (read_date(w, date)) return keys.add_date(date.year, date.month, date.day);
    // Numbers: digits with their usual separators.
    if (std::all_of(w.begin(), w.end(), [](char c) {
            return digit(c) || c == '-' || c == '/' || c == '.' || c == '+';
        })) {
        if (w.find('.') != std::string_view::npos && answer) return;  // a measurement
        if (digits_in(w) == 9 && w.size() == 11 && w[3] == '-' && w[6] == '-')
            return keys.add_text(LeakCategory::ssn, w);
        if (digits_in(w) >= 7) keys.add_text(LeakCategory::other, w);
    }
}

}  // namespace

std::size_t digits_in(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), digit));
}

bool is_oid(std::string_view text) {
    return std::count(text.begin(), text.end(), '.') > 3 &&
           std::all_of(text.begin(), text.end(), [](char c) { return digit(c) || c == '.'; });
}

void add_shapes(const std::string &value, bool answer, LeakKeys &keys) {
    if (value.size() < 7) return;
    if (value.size() > 1000 && value.find(' ') == std::string::npos) return;  // encoded data
    FullDate date;
    if (read_date(value, date)) {
        keys.add_date(date.year, date.month, date.day);
        return;
    }
    for (std::size_t i = 0; i < value.size();) {
        const std::size_t end = std::min(value.find_first_of(" \t\r\n,;<>()\"", i), value.size());
        if (end > i) add_word(std::string_view(value).substr(i, end - i), answer, keys);
        i = end + 1;
    }
}

void add_email(std::string_view address, LeakKeys &keys) {
    keys.add_text(LeakCategory::email, address);
    const std::string_view local = address.substr(0, address.find('@'));
    if (local.size() >= 5) keys.add_text(LeakCategory::email, local);
}

void add_telephone(std::string_view text, LeakCategory category, LeakKeys &keys) {
    std::string digits;
    for (const char c : text.substr(0, text.find_first_of("xX")))
        if (digit(c)) digits += c;
    if (digits.size() < 7) return;
    for (const std::size_t n : {digits.size(), std::size_t{10}, std::size_t{7}})
        if (digits.size() >= n) keys.add_text(category, digits.substr(digits.size() - n));
}

void add_street(std::string_view line, LeakKeys &keys) {
    keys.add_text(LeakCategory::street, line);
    const std::size_t blank = line.find(' ');
    if (blank != std::string_view::npos && digits_in(line.substr(0, blank)) > 0 &&
        line.find(' ', blank + 1) != std::string_view::npos)
        keys.add_text(LeakCategory::street, line.substr(blank + 1));
}

}  // namespace clinical::deid
