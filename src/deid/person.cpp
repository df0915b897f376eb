#include "deid/person.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <cctype>

namespace clinical::deid {

namespace {

// Shorter strings say nothing: two letters occur everywhere.
constexpr std::size_t least_known = 3;
// Digits alone below this length are ordinary numbers (a house number, a result).
constexpr std::size_t least_number = 5;
// From this length on, a string that merely occurs inside a value counts.
constexpr std::size_t least_inside = 6;
constexpr std::size_t least_number_inside = 7;

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

bool digits_only(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); });
}

}  // namespace

std::string comparable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    if (ascii(text)) {
        for (const char c : text) {
            if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) out += c;
            if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + ('a' - 'A'));
        }
        return out;
    }
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *nfkd = icu::Normalizer2::getNFKDInstance(status);
    auto unicode = icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
    unicode.foldCase();
    const icu::UnicodeString decomposed = nfkd->normalize(unicode, status);
    icu::UnicodeString kept;
    for (int32_t i = 0; i < decomposed.length();) {
        const UChar32 c = decomposed.char32At(i);
        i += U16_LENGTH(c);
        const int digit = u_charDigitValue(c);
        if (digit >= 0) {
            kept.append(static_cast<UChar>(u'0' + digit));
        } else if (u_isalnum(c)) {
            kept.append(c);
        }
    }
    kept.toUTF8String(out);
    return out;
}

void KnownStrings::add(std::string_view text) {
    std::string form = comparable(text);
    if (form.size() < (digits_only(form) ? least_number : least_known)) return;
    if (std::find(strings_.begin(), strings_.end(), form) == strings_.end())
        strings_.push_back(std::move(form));
}

bool KnownStrings::found_in(std::string_view text) const {
    if (strings_.empty()) return false;
    const std::string form = comparable(text);
    return std::any_of(strings_.begin(), strings_.end(), [&](const std::string &known) {
        if (form == known) return true;
        const bool number = digits_only(known);
        if (known.size() < (number ? least_number_inside : least_inside)) return false;
        return form.find(known) != std::string::npos;
    });
}

AgeRule AgeRule::make(const Person &person, const Date &reference, std::optional<Date> birth,
                      std::optional<Date> death) {
    AgeRule rule;
    rule.reference = reference;
    if (person.death && (!death || before(death->latest(), person.death->latest())))
        death = person.death;
    if (death && before(death->latest(), reference)) rule.reference = death->latest();
    rule.birth = birth;
    if (person.birth) {
        // The more precise of two readings of one year, else the earlier.
        const bool same_year = birth && birth->year == person.birth->year;
        if (!birth || (same_year ? person.birth->month != 0
                                 : before(person.birth->earliest(), birth->earliest())))
            rule.birth = person.birth;
    }
    if (rule.birth) {
        rule.over = most_years(*rule.birth, rule.reference) >= capped_age;
    } else {
        for (const auto &age : person.ages)
            if (age.years + rule.reference.year - age.when.year + 1 >= capped_age) rule.over = true;
    }
    return rule;
}

bool AgeRule::keeps_year(const Date &date) const {
    // By the year alone, as it will be read in the copy.
    if (most_years({date.year, 0, 0}, reference) >= capped_age) return false;
    return !over || !birth || date.year > birth->year;
}

bool AgeRule::keeps_birth(const Date &date) const {
    if (over) return false;
    if (birth && birth->year == date.year) return true;  // judged by the better reading
    return most_years(date, reference) < capped_age;
}

bool AgeRule::keeps_age(int years, std::optional<Date> when, bool linkable) const {
    if (over) return false;
    if (birth) return true;
    // Unknown birth date: one year more than the stated age and the years since.
    if (when) return years + reference.year - when->year + 1 < capped_age;
    return !linkable;
}

namespace detail {

void refuse_person(const char *rule) {
    throw core::Error{core::ErrorCode::invalid_option, "invalid person", rule, 0};
}

}  // namespace detail

}  // namespace clinical::deid
