#include "deid/v2_coded.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "deid/codes.h"
#include "deid/rules.h"

namespace clinical::deid {

namespace {

struct Name {
    std::string_view name;
    Syntax syntax;
};
// HL7 table 0396 and names in use, by name.
constexpr Name names[] = {
    {"ATC", Syntax::atc},         {"C4", Syntax::cpt},
    {"CDCREC", Syntax::cdc_race}, {"CPT", Syntax::cpt},
    {"CPT4", Syntax::cpt},        {"CVX", Syntax::cvx},
    {"FDDC", Syntax::ndc},        {"HCPCS", Syntax::hcpcs},
    {"HCPT", Syntax::hcpcs},      {"I10", Syntax::icd10},
    {"I10C", Syntax::icd10},      {"I10P", Syntax::icd10pcs},
    {"I9", Syntax::icd9},         {"I9C", Syntax::icd9},
    {"I9CDX", Syntax::icd9},      {"I9CP", Syntax::icd9},
    {"ICD10", Syntax::icd10},     {"ICD10CM", Syntax::icd10},
    {"ISO+", Syntax::ucum},       {"ISO3166_1", Syntax::country},
    {"LN", Syntax::loinc},        {"LOINC", Syntax::loinc},
    {"MVX", Syntax::mvx},         {"NDC", Syntax::ndc},
    {"NUCC", Syntax::nucc},       {"RXNORM", Syntax::rxnorm},
    {"SCT", Syntax::snomed},      {"SCT2", Syntax::snomed},
    {"SNOMED", Syntax::snomed},   {"SNOMED-CT", Syntax::snomed},
    {"UCUM", Syntax::ucum},       {"UNII", Syntax::unii},
};

// HL70001, HL7nnnn: the number, or 0.
int table_number(std::string_view system) {
    if (!system.starts_with("HL7")) return 0;
    system.remove_prefix(3);
    int number = 0;
    const auto [end, error] = std::from_chars(system.data(), system.data() + system.size(), number);
    return error == std::errc() && end == system.data() + system.size() ? number : 0;
}

}  // namespace

std::optional<Syntax> syntax_of_v2(std::string_view name) {
    const auto *found =
        std::lower_bound(std::begin(names), std::end(names), name,
                         [](const Name &n, std::string_view text) { return n.name < text; });
    if (found == std::end(names) || found->name != name) return std::nullopt;
    return found->syntax;
}

bool is_v2_code(std::string_view code, std::string_view system, std::string_view table) {
    if (code.empty() || code.size() > 64) return false;
    if (system.empty()) return packed_has(table, code);
    if (const int number = table_number(system)) return packed_has(v2_table_named(number), code);
    const auto syntax = syntax_of_v2(system);
    return syntax && has_syntax(*syntax, code);
}

}  // namespace clinical::deid
