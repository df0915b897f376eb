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
    std::string_view uri;
};
// HL7 table 0396 and names in use, by name.
constexpr Name names[] = {
    {"ATC", "http://www.whocc.no/atc"},
    {"C4", "http://www.ama-assn.org/go/cpt"},
    {"CDCREC", "urn:oid:2.16.840.1.113883.6.238"},
    {"CPT", "http://www.ama-assn.org/go/cpt"},
    {"CPT4", "http://www.ama-assn.org/go/cpt"},
    {"CVX", "http://hl7.org/fhir/sid/cvx"},
    {"FDDC", "http://hl7.org/fhir/sid/ndc"},
    {"HCPCS", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"},
    {"HCPT", "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"},
    {"I10", "http://hl7.org/fhir/sid/icd-10"},
    {"I10C", "http://hl7.org/fhir/sid/icd-10-cm"},
    {"I10P", "http://www.cms.gov/Medicare/Coding/ICD10"},
    {"I9", "http://hl7.org/fhir/sid/icd-9-cm"},
    {"I9C", "http://hl7.org/fhir/sid/icd-9-cm"},
    {"I9CDX", "http://hl7.org/fhir/sid/icd-9-cm"},
    {"I9CP", "http://hl7.org/fhir/sid/icd-9-cm"},
    {"ICD10", "http://hl7.org/fhir/sid/icd-10"},
    {"ICD10CM", "http://hl7.org/fhir/sid/icd-10-cm"},
    {"ISO+", "http://unitsofmeasure.org"},
    {"ISO3166_1", "urn:iso:std:iso:3166"},
    {"LN", "http://loinc.org"},
    {"LOINC", "http://loinc.org"},
    {"MVX", "http://hl7.org/fhir/sid/mvx"},
    {"NDC", "http://hl7.org/fhir/sid/ndc"},
    {"NUCC", "http://nucc.org/provider-taxonomy"},
    {"PHINVS", ""},
    {"RXNORM", "http://www.nlm.nih.gov/research/umls/rxnorm"},
    {"SCT", "http://snomed.info/sct"},
    {"SCT2", "http://snomed.info/sct"},
    {"SNOMED", "http://snomed.info/sct"},
    {"SNOMED-CT", "http://snomed.info/sct"},
    {"UCUM", "http://unitsofmeasure.org"},
    {"UNII", "http://fdasis.nlm.nih.gov"},
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

std::string_view system_of_v2(std::string_view name) {
    const auto *found =
        std::lower_bound(std::begin(names), std::end(names), name,
                         [](const Name &n, std::string_view text) { return n.name < text; });
    return found != std::end(names) && found->name == name ? found->uri : std::string_view();
}

bool is_v2_code(std::string_view code, std::string_view system, std::string_view table) {
    if (code.empty() || code.size() > 64) return false;
    if (system.empty()) return packed_has(table, code);
    if (const int number = table_number(system)) return packed_has(v2_table_named(number), code);
    const std::string_view uri = system_of_v2(system);
    return !uri.empty() && is_public_code(uri, code);
}

}  // namespace clinical::deid
