#include "codes/check_digit.h"

#include <algorithm>
#include <array>

namespace clinical::codes {

namespace {

bool all_digits(std::string_view s) {
    return !s.empty() &&
           std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Luhn's sum of digits that a check digit follows: every second one, from the right, is doubled.
int luhn_sum(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int d = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 0) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        sum += d;
    }
    return sum;
}

char completing(int sum) { return static_cast<char>('0' + (10 - sum % 10) % 10); }

}  // namespace

std::optional<char> luhn_digit(std::string_view number) {
    if (!all_digits(number)) return std::nullopt;
    return completing(luhn_sum(number));
}

bool has_luhn_digit(std::string_view digits) {
    return digits.size() > 1 && luhn_digit(digits.substr(0, digits.size() - 1)) == digits.back();
}

std::optional<char> modulus_11_digit(std::string_view number) {
    if (!all_digits(number)) return std::nullopt;
    int sum = 0;
    for (std::size_t i = 0; i < number.size(); ++i)
        sum += (number[number.size() - 1 - i] - '0') * static_cast<int>(2 + i % 6);
    const int rest = sum % 11 == 0 ? 1 : sum % 11;
    return static_cast<char>('0' + (11 - rest) % 10);
}

bool has_verhoeff_digit(std::string_view digits) {
    // The dihedral group of order 10 (SNOMED CT Release File Specification, "Check-digit").
    static constexpr std::array<std::array<unsigned char, 10>, 10> product = {{
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
        {1, 2, 3, 4, 0, 6, 7, 8, 9, 5},
        {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
        {3, 4, 0, 1, 2, 8, 9, 5, 6, 7},
        {4, 0, 1, 2, 3, 9, 5, 6, 7, 8},
        {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2},
        {7, 6, 5, 9, 8, 2, 1, 0, 4, 3},
        {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
        {9, 8, 7, 6, 5, 4, 3, 2, 1, 0},
    }};
    static constexpr std::array<std::array<unsigned char, 10>, 8> permutation = {{
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
        {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
        {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
        {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
        {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
        {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
        {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
        {7, 0, 4, 6, 9, 1, 3, 2, 5, 8},
    }};
    if (!all_digits(digits)) return false;
    unsigned check = 0;
    for (std::size_t i = 0; i < digits.size(); ++i)
        check = product[check][permutation[i % 8][digits[digits.size() - 1 - i] - '0']];
    return check == 0;
}

bool is_loinc(std::string_view code, bool parts) {
    // What the letters add depends on the parity of the number of digits: derived from published
    // codes (a thousand agree); the LOINC users' guide describes numbers only.
    struct Prefix {
        std::string_view letters;
        int even, odd;
    };
    static constexpr Prefix prefixes[] = {{"LA", 5, 8}, {"LL", 9, 9}, {"LP", 8, 3}, {"LG", -1, -1}};
    const Prefix *prefix = nullptr;
    for (const Prefix &p : prefixes)
        if (code.starts_with(p.letters)) prefix = &p;
    if (prefix && !parts) return false;
    if (prefix) code.remove_prefix(2);
    if (code.size() < 3 || code.size() > 9 || code[code.size() - 2] != '-') return false;
    const char check = code.back();
    const std::string_view number = code.substr(0, code.size() - 2);
    if (!all_digits(number) || check < '0' || check > '9') return false;
    if (!prefix) return luhn_digit(number) == check;
    const int letters = number.size() % 2 == 0 ? prefix->even : prefix->odd;
    return letters < 0 || completing(luhn_sum(number) + letters) == check;
}

SctKind snomed_kind(std::string_view code) {
    if (code.size() < 6 || code.size() > 18 || code[0] == '0' || !has_verhoeff_digit(code))
        return SctKind::none;
    const char extension = code[code.size() - 3];
    if (extension != '0' && extension != '1') return SctKind::none;
    switch (code[code.size() - 2]) {
        case '0': return SctKind::concept_id;
        case '1': return SctKind::description;
        case '2': return SctKind::relationship;
        default: return SctKind::none;
    }
}

}  // namespace clinical::codes
