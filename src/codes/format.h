#pragma once

// Forms of codes and identifiers: what they look like, their check digits, and the one form in
// which a warehouse keeps them.  No catalog is asked: a well-formed code need not exist.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clinical::codes {

enum class Format {
    npi,         // National Provider Identifier: Luhn over 80840 and the number
    loinc,       // a LOINC term
    loinc_part,  // a part, answer, answer list or group
    snomed,      // a SNOMED CT identifier of any kind
    rxcui,
    ndc,  // with hyphens, or 10 to 12 digits
    icd10cm,
    icd10pcs,
    icd9cm,  // diagnoses
    icd9cm_procedure,
    cpt,
    hcpcs,
    cdt,
    modifier,
    cvx,
    mbi,  // Medicare Beneficiary Identifier
    dea,
    ssn,
    ein,
    clia,
    taxonomy,  // NUCC
    place_of_service,
    revenue,
    type_of_bill,
    drg,
    phone,  // E.164; a number without country code is North American
    oid,
};

// Whether `code` is well-formed as it stands: letters, digits and check digit.
bool is_valid(Format format, std::string_view code);

// The form in which it is kept (upper case, with or without dots, zeros in front), or nothing when
// it cannot be brought into a valid one.  Spaces around are not part of a code.
std::optional<std::string> canonical(Format format, std::string_view code);

// An NDC in 11 digits (5-4-2).  Ten digits without hyphens have lost where their zero goes: all
// three possibilities, in the order 4-4-2, 5-3-2, 5-4-1.  None for what is no NDC, and for labelers
// of six digits, which have no 11-digit form.
std::vector<std::string> ndc11(std::string_view code);

// Postal codes by ISO 3166 country (alpha-2); of countries without a rule here, letters, digits,
// spaces and hyphens, 2 to 10 of them.
std::optional<std::string> postal_code(std::string_view code, std::string_view country);

}  // namespace clinical::codes
