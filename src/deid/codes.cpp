#include "deid/codes.h"

#include <algorithm>
#include <string>

#include "codes/check_digit.h"
#include "deid/rules.h"
#include "ucum/ucum.h"

namespace clinical::deid {

namespace {

struct PublishedSystem {
    std::string_view url;
    std::string_view codes;
};
struct OidName {
    std::string_view url;  // the OID
    std::string_view name;
};
struct ExternalSystem {
    std::string_view url;
    Syntax syntax;
};
#include "deid/data/codes.inc"

template <typename System, std::size_t N>
const System *find_system(const System (&table)[N], std::string_view url) {
    const auto *found =
        std::lower_bound(std::begin(table), std::end(table), url,
                         [](const System &s, std::string_view u) { return s.url < u; });
    return found != std::end(table) && found->url == url ? found : nullptr;
}

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool alphanumeric(char c) { return digit(c) || upper(c); }

bool all_digits(std::string_view s, std::size_t least, std::size_t most) {
    return s.size() >= least && s.size() <= most && std::all_of(s.begin(), s.end(), digit);
}

// A pattern character by character: 9 digit, A letter, X either, other characters themselves.
bool matches(std::string_view s, std::string_view pattern) {
    return s.size() == pattern.size() &&
           std::equal(s.begin(), s.end(), pattern.begin(), [](char c, char p) {
               switch (p) {
                   case '9': return digit(c);
                   case 'A': return upper(c);
                   case 'X': return alphanumeric(c);
                   default: return c == p;
               }
           });
}

bool is_loinc(std::string_view s) { return !s.starts_with("LG") && codes::is_loinc(s, true); }

bool is_snomed(std::string_view s) { return codes::snomed_kind(s) == codes::SctKind::concept_id; }

bool is_icd10(std::string_view s) {
    if (s.size() < 3 || s.size() > 8) return false;
    if (!upper(s[0]) || !digit(s[1]) || !alphanumeric(s[2])) return false;
    if (s.size() == 3) return true;
    std::string_view rest = s.substr(3);
    if (rest[0] == '.') rest.remove_prefix(1);
    return !rest.empty() && rest.size() <= 4 && std::all_of(rest.begin(), rest.end(), alphanumeric);
}

bool is_icd9(std::string_view s) {
    for (std::string_view pattern : {"999", "999.9", "999.99", "V99", "V99.9", "V99.99", "E999",
                                     "E999.9", "99", "99.9", "99.99"})
        if (matches(s, pattern)) return true;
    return false;
}

bool is_ndc(std::string_view s) {
    for (std::string_view pattern :
         {"9999-9999-99", "99999-999-99", "99999-9999-9", "99999-9999-99", "999999-9999-99"})
        if (matches(s, pattern)) return true;
    // Digits only: 11 of them, the form of claims; 10 would also be a telephone number.
    return all_digits(s, 11, 11);
}

// Ten characters with a letter and a digit among them: a number alone is no UNII here.
bool is_unii(std::string_view s) {
    return matches(s, "XXXXXXXXXX") && std::any_of(s.begin(), s.end(), digit) &&
           std::any_of(s.begin(), s.end(), upper);
}

bool fits(Syntax syntax, std::string_view s) {
    switch (syntax) {
        case Syntax::loinc: return is_loinc(s);
        case Syntax::snomed: return is_snomed(s);
        case Syntax::rxnorm: return all_digits(s, 1, 8) && s[0] != '0';
        case Syntax::icd10: return is_icd10(s);
        case Syntax::icd10pcs:
            return matches(s, "XXXXXXX") && std::any_of(s.begin(), s.end(), digit);
        case Syntax::icd9: return is_icd9(s);
        case Syntax::cpt: return matches(s, "99999") || matches(s, "9999A");
        case Syntax::hcpcs: return matches(s, "A9999");
        case Syntax::ndc: return is_ndc(s);
        case Syntax::cvx: return all_digits(s, 2, 3);
        case Syntax::mvx: return matches(s, "AA") || matches(s, "AAA");
        case Syntax::unii: return is_unii(s);
        case Syntax::cdc_race: return matches(s, "9999-9");
        case Syntax::atc:
            return matches(s, "A") || matches(s, "A99") || matches(s, "A99A") ||
                   matches(s, "A99AA") || matches(s, "A99AA99");
        case Syntax::nucc: return matches(s, "999XXXXXXX") && s.back() == 'X';
        case Syntax::ucum: return is_unit(s);
        case Syntax::language: return is_language(s);
        case Syntax::country: return is_country(s);
        case Syntax::currency: return is_currency(s);
    }
    return false;
}

}  // namespace

bool is_public_code(std::string_view system, std::string_view code) {
    if (code.empty() || code.size() > 64) return false;
    if (const auto *external = find_system(external_systems, system))
        return fits(external->syntax, code);
    if (const auto *published = find_system(published_systems, system))
        return packed_has(published->codes, code);
    return false;
}

bool is_public_oid_code(std::string_view oid, std::string_view code) {
    const std::string urn = "urn:oid:" + std::string(oid.substr(0, 64));
    if (is_public_code(urn, code)) return true;
    const auto *known = find_system(published_oids, oid);
    return known && is_public_code(known->name, code);
}

bool has_syntax(Syntax syntax, std::string_view code) {
    return !code.empty() && code.size() <= 64 && fits(syntax, code);
}

bool asks_identifier(Syntax syntax, std::string_view code) {
    if (syntax == Syntax::loinc) return packed_has(identifying_loinc, code);
    return syntax == Syntax::snomed && packed_has(identifying_snomed, code);
}

bool asks_age(Syntax syntax, std::string_view code) {
    if (syntax == Syntax::loinc) return packed_has(ages_loinc, code);
    return syntax == Syntax::snomed && packed_has(ages_snomed, code);
}

bool asks_identifier(std::string_view system, std::string_view code) {
    const auto *external = find_system(external_systems, system);
    return external && asks_identifier(external->syntax, code);
}

bool asks_age(std::string_view system, std::string_view code) {
    const auto *external = find_system(external_systems, system);
    return external && asks_age(external->syntax, code);
}

bool is_language(std::string_view tag) {
    std::size_t dash = tag.find('-');
    if (!packed_has(languages, tag.substr(0, dash))) return false;
    if (dash == std::string_view::npos) return true;
    tag.remove_prefix(dash + 1);
    // Script subtag (ISO 15924), by form.
    if (tag.size() >= 4 && upper(tag[0]) && lower(tag[1]) && lower(tag[2]) && lower(tag[3])) {
        static constexpr std::string_view scripts = "|Arab|Cyrl|Hans|Hant|Latn|";
        if (!packed_has(scripts, tag.substr(0, 4))) return false;
        if (tag.size() == 4) return true;
        if (tag[4] != '-') return false;
        tag.remove_prefix(5);
    }
    return tag.size() == 2 && packed_has(countries, tag);
}

bool is_currency(std::string_view code) { return packed_has(currencies, code); }
bool is_country(std::string_view code) { return packed_has(countries, code); }
bool is_confidentiality(std::string_view code) { return packed_has(confidentiality, code); }
bool is_birth_sex(std::string_view code) { return packed_has(birth_sexes, code); }

// An item's number, as 3.1.2 or /54126-8/54128-4: what is longer could be anyone's.
bool is_link_id(std::string_view id) {
    if (id.empty() || id.size() > 64) return false;
    int digits = 0;
    bool any = false;
    while (!id.empty()) {
        if (id.front() == '/' || id.front() == '.') {
            id.remove_prefix(1);
            continue;
        }
        const std::string_view part = id.substr(0, id.find_first_of("/."));
        id.remove_prefix(part.size());
        any = true;
        if (is_loinc(part)) continue;
        // A letter may lead: q12.
        const std::string_view number = part.substr(lower(part[0]) || upper(part[0]) ? 1 : 0);
        if (!all_digits(number, 1, 3)) return false;
        digits += static_cast<int>(number.size());
    }
    return any && digits < 7;
}

bool is_public_profile(std::string_view url) {
    const std::size_t bar = url.find('|');
    if (bar != std::string_view::npos) {
        const std::string_view version = url.substr(bar + 1);
        const auto part = [](char c) { return digit(c) || c == '.'; };
        if (version.empty() || version.size() > 8 ||
            !std::all_of(version.begin(), version.end(), part))
            return false;
        url = url.substr(0, bar);
    }
    static constexpr std::string_view fhir = "http://hl7.org/fhir/StructureDefinition/";
    static constexpr std::string_view us = "http://hl7.org/fhir/us/core/StructureDefinition/";
    if (url.starts_with(us)) return packed_has(profiles_us_core, url.substr(us.size()));
    return url.starts_with(fhir) && packed_has(profiles_fhir, url.substr(fhir.size()));
}

// A unit of UCUM that holds no number of anybody and no annotation of a site's own.
bool is_unit(std::string_view code) {
    if (code.empty() || code.size() > 64) return false;
    std::size_t digits = 0;
    for (std::size_t i = 0; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '[' || c == '{') {
            const std::size_t close = code.find(c == '[' ? ']' : '}', i);
            if (close == code.npos) return false;
            if (c == '{' && !packed_has(ucum_annotations, code.substr(i + 1, close - i - 1)))
                return false;
            i = close;
        }
        digits = digit(c) ? digits + 1 : 0;
        if (digits > 3) return false;
    }
    return ucum::is_unit(code);
}

}  // namespace clinical::deid
