#include "deid/places.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "deid/codes.h"
#include "deid/rules.h"

namespace clinical::deid {

namespace {

struct ZipArea {
    int people2010;
    int people2020;
};
struct State {
    std::string_view code;
    std::string_view name;  // lower case
};
#include "deid/data/places.inc"

constexpr char fold(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool same(std::string_view a, std::string_view lower) {
    return a.size() == lower.size() && std::equal(a.begin(), a.end(), lower.begin(),
                                                  [](char x, char y) { return fold(x) == y; });
}

std::string_view trim(std::string_view s) {
    while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
    while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
    return s;
}

}  // namespace

std::optional<ZipBasis> zip_basis(std::string_view name) {
    if (name == "2000") return ZipBasis::census2000;
    if (name == "2010") return ZipBasis::census2010;
    if (name == "2020") return ZipBasis::census2020;
    if (name == "conservative") return ZipBasis::conservative;
    return std::nullopt;
}

namespace {

// 164.514(b)(2)(i)(B): more than 20,000 people; 20,000 are not enough.  What no census knows
// (military, islands, organizations) is an unknown area.
bool is_large(int area, const ZipRule &rule) {
    const ZipArea &people = zip_areas[area];
    const int least = 20'000 + rule.margin;
    const auto listed = [&] {
        return std::find(std::begin(zip_restricted_2000), std::end(zip_restricted_2000), area) !=
               std::end(zip_restricted_2000);
    };
    switch (rule.basis) {
        case ZipBasis::census2000: return people.people2010 + people.people2020 > 0 && !listed();
        case ZipBasis::census2010: return people.people2010 > least;
        case ZipBasis::census2020: return people.people2020 > least;
        case ZipBasis::conservative:
            return people.people2010 > least && people.people2020 > least && !listed();
    }
    return false;
}

}  // namespace

std::optional<std::string_view> zip3(std::string_view text, char (&buffer)[3],
                                     const ZipRule &rule) {
    text = trim(text);
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] >= '0' && text[i] <= '9') {
            ++digits;
        } else if (text[i] != '-' || i != 5 || text.size() != 10) {
            return std::nullopt;
        }
    }
    if (digits != 3 && digits != 5 && digits != 9) return std::nullopt;
    const int area = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
    const bool kept = is_large(area, rule);
    for (int i = 0; i < 3; ++i) buffer[i] = kept ? text[static_cast<std::size_t>(i)] : '0';
    return std::string_view(buffer, 3);
}

bool is_zip(std::string_view text) {
    char digits[3];
    return text.size() >= 5 && zip3(text, digits).has_value();
}

int zip3_population(std::string_view area) {
    int number = 0;
    if (area.size() != 3) return 0;
    for (const char c : area) {
        if (c < '0' || c > '9') return 0;
        number = number * 10 + (c - '0');
    }
    return zip_areas[number].people2020;
}

std::optional<std::string_view> state(std::string_view text) {
    text = trim(text);
    for (const State &s : states)
        if (text == s.code || same(text, s.name)) return s.code;
    return std::nullopt;
}

std::optional<std::string_view> country(std::string_view text) {
    text = trim(text);
    if (is_country(text)) return text;
    for (std::string_view name : {"united states", "united states of america", "u.s.", "u.s.a."})
        if (same(text, name)) return "US";
    return std::nullopt;
}

bool is_united_states(std::string_view country) {
    // ISO 3166-1 lists the territories that USPS serves as countries of their own.
    return packed_has("|AS|ASM|GU|GUM|MNP|MP|PR|PRI|UM|UMI|US|USA|VI|VIR|", country);
}

}  // namespace clinical::deid
