#pragma once

// Which codes are public vocabulary and may stay.  A code is kept when its system is published
// and the code is one of it; where the system is too large to hold (LOINC, SNOMED CT, RxNorm, ...)
// when it has the system's form and check digit.  Codes of local systems can hold anything.

#include <cstdint>
#include <string_view>

namespace clinical::deid {

// How the codes of a system that is not published with FHIR look.
enum class Syntax : std::uint8_t {
    loinc,   // check digit modulus 10
    snomed,  // concept identifiers, Verhoeff check digit
    rxnorm,  // up to 8 digits
    icd10,
    icd10pcs,
    icd9,
    cpt,
    hcpcs,
    ndc,  // FDA National Drug Code, 10 to 12 digits with or without hyphens
    cvx,
    mvx,
    unii,
    cdc_race,
    atc,
    nucc,
    ucum,
    language,
    country,
    currency,
};

bool is_public_code(std::string_view system, std::string_view code);
// The same where the system is known by its syntax already.
bool has_syntax(Syntax syntax, std::string_view code);
bool asks_identifier(Syntax syntax, std::string_view code);
bool asks_age(Syntax syntax, std::string_view code);
// The same for systems by OID, as CDA names them.
bool is_public_oid_code(std::string_view oid, std::string_view code);
// Any public coding that asks for one of the identifiers (birth date, name, telephone, ...).
bool asks_identifier(std::string_view system, std::string_view code);
// Any public coding whose answer is the person's age.
bool asks_age(std::string_view system, std::string_view code);

bool is_language(std::string_view tag);   // BCP 47: language, script, region; no private use
bool is_currency(std::string_view code);  // ISO 4217
bool is_country(std::string_view code);   // ISO 3166-1, two or three letters
bool is_link_id(std::string_view id);     // parts that are LOINC codes or numbers of a few digits
bool is_public_profile(std::string_view url);
bool is_confidentiality(std::string_view code);  // of v3-Confidentiality
bool is_birth_sex(std::string_view code);

// A UCUM unit of known atoms; annotations only from a list.
bool is_unit(std::string_view code);

}  // namespace clinical::deid
