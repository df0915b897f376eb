#include "deid/leak_keys.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "deid/leak_alike.h"

namespace clinical::deid {

namespace {

constexpr std::array<const char *, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                              "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<const char *, 12> long_months{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};

bool digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

// The units of a text without what stands between them, as far as a search compares them: text
// that is longer, or whose parts stand further apart, is known by its beginning.
std::string compact_of(std::string_view folded, const std::vector<Unit> &units) {
    std::string out;
    for (std::size_t i = 0; i < units.size() && i < leak_most_units; ++i) {
        const Unit &u = units[i];
        if (i > 0 && !u.glued && u.begin - units[i - 1].end > leak_widest_gap) break;
        if (out.size() + (u.end - u.begin) > leak_longest) break;
        out += folded.substr(u.begin, u.end - u.begin);
    }
    return out;
}

std::size_t letters_in(std::string_view text) {
    // characters, not bytes: continuation bytes do not count
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

bool worth_searching(std::string_view compact) {
    if (compact.empty()) return false;
    if (all_digits(compact)) {
        const std::size_t zeros = compact.find_first_not_of('0');
        return zeros != std::string_view::npos && compact.size() >= 4;
    }
    // A single ideograph or syllable is a name; a single Latin letter is in every code.
    return letters_in(compact) >= 2 || static_cast<unsigned char>(compact[0]) >= 0x80;
}

constexpr std::array<std::string_view, leak_categories> category_names{
    "name",        "geography", "street",  "date",    "phone",  "fax", "email", "ssn",   "mrn",
    "health_plan", "account",   "licence", "vehicle", "device", "url", "ip",    "image", "other"};

}  // namespace

std::string_view name_of(LeakCategory category) {
    return category_names[static_cast<std::size_t>(category)];
}

std::optional<LeakCategory> leak_category_named(std::string_view name) {
    const auto *found = std::find(category_names.begin(), category_names.end(), name);
    if (found == category_names.end()) return std::nullopt;
    return static_cast<LeakCategory>(found - category_names.begin());
}

bool read_date(std::string_view text, FullDate &date) {
    std::string digits;
    for (const char c : text.substr(0, std::min<std::size_t>(text.size(), 10))) {
        if (digit(c)) {
            digits += c;
        } else if (c == '-' || c == '/') {
            if (digits.size() != 4 && digits.size() != 6) return false;
        } else {
            break;
        }
        if (digits.size() == 8) break;
    }
    if (digits.size() != 8) return false;
    date.year = std::stoi(digits.substr(0, 4));
    date.month = std::stoi(digits.substr(4, 2));
    date.day = std::stoi(digits.substr(6, 2));
    return date.year >= 1850 && date.year <= 2200 && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= 31;
}

void LeakKeys::add_text(LeakCategory category, std::string_view text, bool doubtful) {
    const std::string folded = fold(text);
    cut_units(folded, units_);
    const std::string compact = compact_of(folded, units_);
    if (!worth_searching(compact)) return;
    note(category, text);
    const bool apart =
        std::any_of(units_.begin() + 1, units_.end(), [](const Unit &u) { return !u.glued; });
    const bool digits =
        std::any_of(units_.begin(), units_.end(), [](const Unit &u) { return u.digits; });
    LeakMark mark;
    mark.category = static_cast<std::uint8_t>(category);
    mark.identifier = true;
    mark.doubtful = doubtful;
    mark.apart = apart;
    mark.numbered = digits && !all_digits(compact);
    put(CompactHash(compact).value(), mark);
    if (all_digits(compact)) {
        const std::size_t zeros = compact.find_first_not_of('0');
        if (zeros > 0 && compact.size() - zeros >= 4)
            put(CompactHash(std::string_view(compact).substr(zeros)).value(), mark);
    }
}

void LeakKeys::add_name(std::string_view family, std::string_view given, bool doubtful) {
    add_text(LeakCategory::name, family, doubtful);
    add_text(LeakCategory::name, given, doubtful);
    if (!family.empty() && !given.empty()) {
        const std::string f(family);
        const std::string g(given);
        add_text(LeakCategory::name, f + " " + g, doubtful);
        add_text(LeakCategory::name, g + " " + f, doubtful);
    }
    // Each word of a name of several is a name of its own ("Maria" of "Maria Luisa"); words that
    // are alike are for review.
    for (const std::string_view whole : {family, given}) {
        const std::string folded = fold(whole);
        cut_units(folded, units_);
        const std::vector<Unit> parts = units_;
        for (const Unit &u : parts) {
            const std::string_view part = std::string_view(folded).substr(u.begin, u.end - u.begin);
            if (parts.size() >= 2 && part.size() >= 3) add_text(LeakCategory::name, part, doubtful);
            add_alike(part);
        }
    }
}

void LeakKeys::add_alike(std::string_view word) {
    LeakMark mark;
    mark.category = static_cast<std::uint8_t>(LeakCategory::name);
    mark.identifier = mark.doubtful = true;
    if (can_be_alike(word)) {
        std::vector<std::string> forms;
        add_alike_forms(word, forms);
        for (const std::string &form : forms) put(CompactHash(form).value(), mark);
    }
    each_word(nicknames_of(word), [&](std::string_view nickname) {
        if (nickname != word) put(CompactHash(nickname).value(), mark);
    });
}

void LeakKeys::add_date_key(std::string_view text) {
    LeakMark mark;
    mark.category = static_cast<std::uint8_t>(LeakCategory::date);
    mark.identifier = mark.date = true;
    put(CompactHash(text).value(), mark);
}

// Every order in which a date is written, as its digits stand; month names in English.
void LeakKeys::add_date(int year, int month, int day) {
    std::array<char, 48> text{};
    const auto write = [&](const char *format, auto... values) {
        const int n = std::snprintf(text.data(), text.size(), format, values...);
        return std::string_view(text.data(), static_cast<std::size_t>(n));
    };
    const auto add = [&](const char *format, auto... values) {
        add_date_key(write(format, values...));
    };
    note(LeakCategory::date, write("%04d-%02d-%02d", year, month, day));
    for (const char *format : {"%04d%02d%02d", "%d%d%d"}) add(format, year, month, day);
    for (const char *format : {"%02d%02d%04d", "%d%d%d"}) {
        add(format, month, day, year);
        add(format, day, month, year);
    }
    add("%02d%02d%02d", month, day, year % 100);
    add("%02d%02d%02d", day, month, year % 100);
    add("%d%d%02d", month, day, year % 100);
    for (const auto &names : {months, long_months}) {
        const char *name = names[static_cast<std::size_t>(month - 1)];
        add("%s%d%d", name, day, year);
        add("%s%02d%d", name, day, year);
        add("%d%s%d", day, name, year);
        add("%02d%s%d", day, name, year);
    }
}

void LeakKeys::add_ordinary(std::string_view text) {
    const std::string folded = fold(text);
    cut_units(folded, units_);
    LeakMark mark;
    mark.ordinary = true;
    CompactHash whole;
    for (const Unit &u : units_) {
        const std::string_view unit = std::string_view(folded).substr(u.begin, u.end - u.begin);
        if (!u.digits) put(CompactHash(unit).value(), mark);
        whole.add(unit);
    }
    if (!units_.empty()) put(whole.value(), mark);
}

}  // namespace clinical::deid
