#include "codes/format.h"

#include <algorithm>

#include "codes/check_digit.h"

namespace clinical::codes {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

bool all_digits(std::string_view s, std::size_t least, std::size_t most) {
    return s.size() >= least && s.size() <= most && std::all_of(s.begin(), s.end(), is_digit);
}

// Character by character: 9 digit, A letter, X either, others themselves.
bool matches(std::string_view s, std::string_view pattern) {
    return s.size() == pattern.size() &&
           std::equal(s.begin(), s.end(), pattern.begin(), [](char c, char p) {
               switch (p) {
                   case '9': return is_digit(c);
                   case 'A': return is_upper(c);
                   case 'X': return is_digit(c) || is_upper(c);
                   default: return c == p;
               }
           });
}

bool matches_any(std::string_view s, std::initializer_list<std::string_view> patterns) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](std::string_view p) { return matches(s, p); });
}

std::string trimmed_upper(std::string_view s) {
    while (s.starts_with(' ')) s.remove_prefix(1);
    while (s.ends_with(' ')) s.remove_suffix(1);
    std::string out(s);
    std::transform(out.begin(), out.end(), out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return out;
}

std::string without(std::string s, std::string_view characters) {
    std::erase_if(s, [&](char c) { return characters.find(c) != std::string_view::npos; });
    return s;
}

std::string padded(std::string s, std::size_t length) {
    if (s.size() < length) s.insert(0, length - s.size(), '0');
    return s;
}

// A dot behind the first `category` characters, when more follow.
std::string dotted(std::string s, std::size_t category) {
    s = without(std::move(s), ".");
    if (s.size() > category) s.insert(category, ".");
    return s;
}

// [A-Z][0-9][0-9AB](\.?[0-9A-Z]{1,4})?
bool is_icd10cm(std::string_view s) {
    if (s.size() < 3 || !is_upper(s[0]) || !is_digit(s[1])) return false;
    if (!is_digit(s[2]) && s[2] != 'A' && s[2] != 'B') return false;
    std::string_view rest = s.substr(3);
    if (rest.empty()) return true;
    if (rest[0] == '.') rest.remove_prefix(1);
    return !rest.empty() && rest.size() <= 4 &&
           std::all_of(rest.begin(), rest.end(), [](char c) { return is_digit(c) || is_upper(c); });
}

// The letters S, L, O, I, B and Z are never used, so that nobody takes them for digits.
bool is_mbi(std::string_view s) {
    if (!matches(s, "9AX9AX9AA99") || s[0] == '0') return false;
    return s.find_first_of("SLOIBZ") == std::string_view::npos;
}

bool is_dea(std::string_view s) {
    if (!matches(s, "AX9999999") || (!is_upper(s[1]) && s[1] != '9')) return false;
    const auto d = [&](std::size_t i) { return s[i + 1] - '0'; };
    return ((d(1) + d(3) + d(5)) + 2 * (d(2) + d(4) + d(6))) % 10 == d(7);
}

bool is_ssn(std::string_view s) {
    if (!matches_any(s, {"999999999", "999-99-9999"})) return false;
    const std::string digits = without(std::string(s), "-");
    const std::string_view area = std::string_view(digits).substr(0, 3);
    if (area == "000" || area == "666" || area[0] == '9') return false;
    if (digits.compare(3, 2, "00") == 0 || digits.compare(5, 4, "0000") == 0) return false;
    return digits != "123456789" && digits.find_first_not_of(digits[0]) != std::string::npos;
}

bool is_oid(std::string_view s) {
    if (s.size() < 3 || s[0] < '0' || s[0] > '2' || s[1] != '.') return false;
    s.remove_prefix(1);
    while (!s.empty()) {
        s.remove_prefix(1);  // the point
        const auto end = std::min(s.find('.'), s.size());
        const std::string_view arc = s.substr(0, end);
        if (!all_digits(arc, 1, 40) || (arc.size() > 1 && arc[0] == '0')) return false;
        s.remove_prefix(end);
    }
    return true;
}

// North American numbers have a rule beyond E.164's: neither area nor exchange begins with 0 or 1.
bool is_e164(std::string_view s) {
    if (!s.starts_with('+')) return false;
    s.remove_prefix(1);
    if (!all_digits(s, 2, 15) || s[0] == '0') return false;
    if (s[0] != '1') return true;
    return s.size() == 11 && s[1] >= '2' && s[4] >= '2';
}

std::optional<std::string> phone(std::string_view text) {
    std::string s = trimmed_upper(text);
    for (const std::string_view mark : {"EXT", "X", "#"})
        if (const auto at = s.find(mark); at != std::string::npos && at > 0) s.resize(at);
    if (s.starts_with("TEL:")) s.erase(0, 4);
    if (s.find_first_not_of("+0123456789 ()-./") != std::string::npos) return std::nullopt;
    const bool international = s.starts_with('+');
    s = without(std::move(s), " ()-./");
    if (international) return is_e164(s) ? std::optional(s) : std::nullopt;
    if (s.starts_with("011") && s.size() > 11)
        s.replace(0, 3, "+");
    else if (s.size() == 10)
        s.insert(0, "+1");
    else if (s.size() == 11 && s[0] == '1')
        s.insert(0, "+");
    return is_e164(s) ? std::optional(s) : std::nullopt;
}

// Behind a hyphen or a space come modifiers: 99213-25.
std::string without_modifiers(const std::string &s) { return s.substr(0, s.find_first_of("- ")); }

// ZIP codes that a spreadsheet took for numbers have lost their zero.
std::optional<std::string> zip(std::string s) {
    s = without(std::move(s), "- ");
    if (!all_digits(s, 4, 9)) return std::nullopt;
    if (s.size() <= 5) return padded(std::move(s), 5);
    if (s.size() < 8) return std::nullopt;
    s = padded(std::move(s), 9);
    return s.insert(5, "-");
}

std::optional<std::string> canadian(std::string s) {
    s = without(std::move(s), " -");
    if (!matches(s, "A9A9A9") || s.find_first_of("DFIOQU") != std::string::npos || s[0] == 'W' ||
        s[0] == 'Z')
        return std::nullopt;
    return s.insert(3, " ");
}

std::optional<std::string> british(std::string s) {
    s = without(std::move(s), " ");
    if (s.size() < 5 || s.size() > 7 || !matches(std::string_view(s).substr(s.size() - 3), "9AA"))
        return std::nullopt;
    const std::string_view outward = std::string_view(s).substr(0, s.size() - 3);
    if (!matches_any(outward, {"A9", "A99", "AA9", "AA99", "A9A", "AA9A"})) return std::nullopt;
    return s.insert(s.size() - 3, " ");
}

}  // namespace

bool is_valid(Format format, std::string_view s) {
    switch (format) {
        case Format::npi:
            return all_digits(s, 10, 10) && (s[0] == '1' || s[0] == '2') &&
                   has_luhn_digit("80840" + std::string(s));
        case Format::loinc: return is_loinc(s, false);
        case Format::loinc_part: return !s.empty() && s[0] == 'L' && is_loinc(s, true);
        case Format::snomed: return snomed_kind(s) != SctKind::none;
        case Format::rxcui: return all_digits(s, 1, 8) && s[0] != '0';
        case Format::ndc:
            return all_digits(s, 10, 12) ||
                   matches_any(s, {"9999-9999-99", "99999-999-99", "99999-9999-9", "99999-9999-99",
                                   "999999-9999-99"});
        case Format::icd10cm: return is_icd10cm(s);
        case Format::icd10pcs:
            return matches(s, "XXXXXXX") && s.find_first_of("IO") == std::string_view::npos;
        case Format::icd9cm:
            return matches_any(s, {"999", "9999", "99999", "999.9", "999.99", "V99", "V999",
                                   "V9999", "V99.9", "V99.99", "E999", "E9999", "E999.9"});
        case Format::icd9cm_procedure:
            return matches_any(s, {"99", "999", "9999", "99.9", "99.99"});
        case Format::cpt:
            return matches(s, "99999") ||
                   (matches(s, "9999A") &&
                    std::string_view("AFMTU").find(s.back()) != std::string_view::npos);
        case Format::hcpcs: return matches(s, "A9999") && s[0] <= 'V';
        case Format::cdt: return matches(s, "D9999");
        case Format::modifier: return matches(s, "XX");
        case Format::cvx: return all_digits(s, 2, 3);
        case Format::mbi: return is_mbi(s);
        case Format::dea: return is_dea(s);
        case Format::ssn: return is_ssn(s);
        case Format::ein: return matches_any(s, {"999999999", "99-9999999"});
        case Format::clia: return matches(s, "99D9999999");
        case Format::taxonomy: return matches(s, "XXXXXXXXXX") && s.back() == 'X';
        case Format::place_of_service: return all_digits(s, 2, 2);
        case Format::revenue: return all_digits(s, 3, 4);
        case Format::type_of_bill: return matches_any(s, {"99X", "099X"});
        case Format::drg: return all_digits(s, 1, 3);
        case Format::phone: return is_e164(s);
        case Format::oid: return is_oid(s);
    }
    return false;
}

std::optional<std::string> canonical(Format format, std::string_view text) {
    std::string s = trimmed_upper(text);
    switch (format) {
        case Format::npi:
        case Format::ein:
        case Format::ssn:
            if (!is_valid(format, without(s, " ")) && !is_valid(format, s)) return std::nullopt;
            return without(s, "- ");
        case Format::ndc: {
            auto all = ndc11(s);
            if (all.size() == 1) return all.front();
            // Labelers of six digits keep their twelve.
            if (s.size() != 10 && is_valid(format, s)) return without(s, "-");
            return std::nullopt;
        }
        case Format::icd10cm: s = is_icd10cm(s) ? dotted(s, 3) : s; break;
        case Format::icd9cm:
            if (is_valid(format, s)) s = dotted(s, s[0] == 'E' ? 4 : 3);
            break;
        case Format::icd9cm_procedure:
            if (is_valid(format, s)) s = dotted(s, 2);
            break;
        case Format::icd10pcs: s = without(s, "."); break;
        case Format::cpt:
        case Format::hcpcs:
        case Format::cdt: s = without_modifiers(s); break;
        case Format::cvx:
        case Format::place_of_service: s = all_digits(s, 1, 2) ? padded(s, 2) : s; break;
        case Format::mbi: s = without(s, "- "); break;
        case Format::revenue:
        case Format::type_of_bill:
            if (is_valid(format, s)) s = padded(s, 4);
            break;
        case Format::drg:
            if (is_valid(format, s)) s = padded(s, 3);
            break;
        case Format::phone: return phone(text);
        case Format::oid:
            if (s.starts_with("URN:OID:")) s.erase(0, 8);
            break;
        default: break;
    }
    if (!is_valid(format, s)) return std::nullopt;
    return s;
}

std::vector<std::string> ndc11(std::string_view text) {
    const std::string s = trimmed_upper(text);
    const auto joined = [&](std::size_t zero_at) {
        std::string digits = without(s, "-");
        return digits.insert(zero_at, "0");
    };
    if (matches(s, "9999-9999-99")) return {joined(0)};
    if (matches(s, "99999-999-99")) return {joined(5)};
    if (matches(s, "99999-9999-9")) return {joined(9)};
    if (matches(s, "99999-9999-99")) return {without(s, "-")};
    if (all_digits(s, 11, 11)) return {s};
    if (all_digits(s, 10, 10)) return {joined(0), joined(5), joined(9)};
    return {};
}

std::optional<std::string> postal_code(std::string_view code, std::string_view country) {
    std::string s = trimmed_upper(code);
    const auto digits = [&](std::size_t n) -> std::optional<std::string> {
        if (!all_digits(s, n, n)) return std::nullopt;
        return s;
    };
    if (country == "US" || country == "PR") return zip(std::move(s));
    if (country == "CA") return canadian(std::move(s));
    if (country == "GB") return british(std::move(s));
    for (const std::string_view five : {"DE", "FR", "IT", "ES", "FI", "MX"})
        if (country == five) return digits(5);
    for (const std::string_view four : {"AT", "AU", "BE", "CH", "DK", "NO", "NZ"})
        if (country == four) return digits(4);
    if (country == "NL") {
        s = without(std::move(s), " ");
        if (!matches(s, "9999AA") || s[0] == '0') return std::nullopt;
        return s.insert(4, " ");
    }
    const bool plain =
        s.size() >= 2 && s.size() <= 10 && std::all_of(s.begin(), s.end(), [](char c) {
            return is_digit(c) || is_upper(c) || c == ' ' || c == '-';
        });
    return plain ? std::optional(s) : std::nullopt;
}

}  // namespace clinical::codes
