// Forms and check digits of codes and identifiers.

#include "bridge/rows.h"
#include "bridge/value.h"
#include "codes/check_digit.h"
#include "codes/format.h"

using namespace clinical;
using codes::Format;

namespace {

Datum validity(FunctionCallInfo fcinfo, Format format) {
    PG_RETURN_BOOL(codes::is_valid(format, bridge::text_argument(fcinfo, 0)));
}

Datum formatted(FunctionCallInfo fcinfo, const std::optional<std::string> &code) {
    if (!code) PG_RETURN_NULL();
    return bridge::to_text(*code);
}

Datum form(FunctionCallInfo fcinfo, Format format) {
    return formatted(fcinfo, codes::canonical(format, bridge::text_argument(fcinfo, 0)));
}

// M10 or M11 of HL7 table 0061.
std::optional<char> check_digit(FunctionCallInfo fcinfo, int scheme_argument) {
    const std::string_view number = bridge::text_argument(fcinfo, 0);
    const std::string_view scheme = bridge::text_argument(fcinfo, scheme_argument);
    if (scheme == "M10") return codes::luhn_digit(number);
    if (scheme == "M11") return codes::modulus_11_digit(number);
    throw core::Error{core::ErrorCode::invalid_option, "unknown check digit scheme",
                      "The schemes are M10 and M11 (HL7 table 0061).", 0};
}

}  // namespace

CLINICAL_FUNCTION(code_npi_is_valid) { return validity(fcinfo, Format::npi); }
CLINICAL_FUNCTION(code_npi_format) { return form(fcinfo, Format::npi); }
CLINICAL_FUNCTION(code_loinc_is_valid) { return validity(fcinfo, Format::loinc); }
CLINICAL_FUNCTION(code_loinc_format) { return form(fcinfo, Format::loinc); }
CLINICAL_FUNCTION(code_loinc_part_is_valid) { return validity(fcinfo, Format::loinc_part); }
CLINICAL_FUNCTION(code_loinc_part_format) { return form(fcinfo, Format::loinc_part); }
CLINICAL_FUNCTION(code_snomed_is_valid) { return validity(fcinfo, Format::snomed); }
CLINICAL_FUNCTION(code_snomed_format) { return form(fcinfo, Format::snomed); }
CLINICAL_FUNCTION(code_rxcui_is_valid) { return validity(fcinfo, Format::rxcui); }
CLINICAL_FUNCTION(code_rxcui_format) { return form(fcinfo, Format::rxcui); }
CLINICAL_FUNCTION(code_ndc_is_valid) { return validity(fcinfo, Format::ndc); }
CLINICAL_FUNCTION(code_ndc_format) { return form(fcinfo, Format::ndc); }
CLINICAL_FUNCTION(code_icd10cm_is_valid) { return validity(fcinfo, Format::icd10cm); }
CLINICAL_FUNCTION(code_icd10cm_format) { return form(fcinfo, Format::icd10cm); }
CLINICAL_FUNCTION(code_icd10pcs_is_valid) { return validity(fcinfo, Format::icd10pcs); }
CLINICAL_FUNCTION(code_icd10pcs_format) { return form(fcinfo, Format::icd10pcs); }
CLINICAL_FUNCTION(code_icd9cm_is_valid) { return validity(fcinfo, Format::icd9cm); }
CLINICAL_FUNCTION(code_icd9cm_format) { return form(fcinfo, Format::icd9cm); }
CLINICAL_FUNCTION(code_icd9cm_procedure_is_valid) {
    return validity(fcinfo, Format::icd9cm_procedure);
}
CLINICAL_FUNCTION(code_icd9cm_procedure_format) { return form(fcinfo, Format::icd9cm_procedure); }
CLINICAL_FUNCTION(code_cpt_is_valid) { return validity(fcinfo, Format::cpt); }
CLINICAL_FUNCTION(code_cpt_format) { return form(fcinfo, Format::cpt); }
CLINICAL_FUNCTION(code_hcpcs_is_valid) { return validity(fcinfo, Format::hcpcs); }
CLINICAL_FUNCTION(code_hcpcs_format) { return form(fcinfo, Format::hcpcs); }
CLINICAL_FUNCTION(code_cdt_is_valid) { return validity(fcinfo, Format::cdt); }
CLINICAL_FUNCTION(code_cdt_format) { return form(fcinfo, Format::cdt); }
CLINICAL_FUNCTION(code_modifier_is_valid) { return validity(fcinfo, Format::modifier); }
CLINICAL_FUNCTION(code_modifier_format) { return form(fcinfo, Format::modifier); }
CLINICAL_FUNCTION(code_cvx_is_valid) { return validity(fcinfo, Format::cvx); }
CLINICAL_FUNCTION(code_cvx_format) { return form(fcinfo, Format::cvx); }
CLINICAL_FUNCTION(code_mbi_is_valid) { return validity(fcinfo, Format::mbi); }
CLINICAL_FUNCTION(code_mbi_format) { return form(fcinfo, Format::mbi); }
CLINICAL_FUNCTION(code_dea_is_valid) { return validity(fcinfo, Format::dea); }
CLINICAL_FUNCTION(code_dea_format) { return form(fcinfo, Format::dea); }
CLINICAL_FUNCTION(code_ssn_is_valid) { return validity(fcinfo, Format::ssn); }
CLINICAL_FUNCTION(code_ssn_format) { return form(fcinfo, Format::ssn); }
CLINICAL_FUNCTION(code_ein_is_valid) { return validity(fcinfo, Format::ein); }
CLINICAL_FUNCTION(code_ein_format) { return form(fcinfo, Format::ein); }
CLINICAL_FUNCTION(code_clia_is_valid) { return validity(fcinfo, Format::clia); }
CLINICAL_FUNCTION(code_clia_format) { return form(fcinfo, Format::clia); }
CLINICAL_FUNCTION(code_taxonomy_is_valid) { return validity(fcinfo, Format::taxonomy); }
CLINICAL_FUNCTION(code_taxonomy_format) { return form(fcinfo, Format::taxonomy); }
CLINICAL_FUNCTION(code_place_of_service_is_valid) {
    return validity(fcinfo, Format::place_of_service);
}
CLINICAL_FUNCTION(code_place_of_service_format) { return form(fcinfo, Format::place_of_service); }
CLINICAL_FUNCTION(code_revenue_is_valid) { return validity(fcinfo, Format::revenue); }
CLINICAL_FUNCTION(code_revenue_format) { return form(fcinfo, Format::revenue); }
CLINICAL_FUNCTION(code_type_of_bill_is_valid) { return validity(fcinfo, Format::type_of_bill); }
CLINICAL_FUNCTION(code_type_of_bill_format) { return form(fcinfo, Format::type_of_bill); }
CLINICAL_FUNCTION(code_drg_is_valid) { return validity(fcinfo, Format::drg); }
CLINICAL_FUNCTION(code_drg_format) { return form(fcinfo, Format::drg); }
CLINICAL_FUNCTION(code_phone_is_valid) { return validity(fcinfo, Format::phone); }
CLINICAL_FUNCTION(code_phone_format) { return form(fcinfo, Format::phone); }
CLINICAL_FUNCTION(code_oid_is_valid) { return validity(fcinfo, Format::oid); }
CLINICAL_FUNCTION(code_oid_format) { return form(fcinfo, Format::oid); }

CLINICAL_FUNCTION(code_snomed_kind) {
    switch (codes::snomed_kind(bridge::text_argument(fcinfo, 0))) {
        case codes::SctKind::concept_id: return bridge::to_text("concept");
        case codes::SctKind::description: return bridge::to_text("description");
        case codes::SctKind::relationship: return bridge::to_text("relationship");
        case codes::SctKind::none: break;
    }
    PG_RETURN_NULL();
}

CLINICAL_FUNCTION(code_ndc11) {
    const auto forms = codes::ndc11(bridge::text_argument(fcinfo, 0));
    if (forms.size() != 1) PG_RETURN_NULL();
    return bridge::to_text(forms.front());
}

CLINICAL_FUNCTION(code_ndc11_candidates) {
    struct State {
        std::vector<std::string> forms;
        std::size_t next = 0;
    };
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<State>(context);
            state->forms = codes::ndc11(bridge::text_argument(fcinfo, 0));
            return state;
        },
        [](void *user, Datum &value) {
            auto *state = static_cast<State *>(user);
            if (state->next == state->forms.size()) return false;
            value = bridge::to_text(state->forms[state->next++]);
            return true;
        });
}

CLINICAL_FUNCTION(code_postal_is_valid) {
    const std::string_view code = bridge::text_argument(fcinfo, 0);
    PG_RETURN_BOOL(codes::postal_code(code, bridge::text_argument(fcinfo, 1)) == code);
}

CLINICAL_FUNCTION(code_postal_format) {
    return formatted(fcinfo, codes::postal_code(bridge::text_argument(fcinfo, 0),
                                                bridge::text_argument(fcinfo, 1)));
}

CLINICAL_FUNCTION(code_check_digit) {
    const auto digit = check_digit(fcinfo, 1);
    if (!digit) PG_RETURN_NULL();
    return bridge::to_text(std::string_view(&*digit, 1));
}

CLINICAL_FUNCTION(code_check_digit_is_valid) {
    const auto digit = check_digit(fcinfo, 2);
    const std::string_view given = bridge::text_argument(fcinfo, 1);
    PG_RETURN_BOOL(digit && given.size() == 1 && given[0] == *digit);
}
