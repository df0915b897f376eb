#pragma once

// Code systems that are known by a short name: LOINC, SNOMED CT, RxNorm, ...

#include <cstdint>
#include <string>
#include <string_view>

namespace clinical::codes {

// The URI that stands for what names a system: a short name in any letter case (loinc, SCT, I10C),
// an HL7 v2 table (HL70001: v2 0396 "HL7nnnn"), an OID with or without "urn:oid:", or a URI itself,
// which is given back as it is.
std::string canonical_system(std::string_view name);

// Numbers of well-known systems, from 1; they are stored and never change.  0: not one of them.
std::uint8_t system_number(std::string_view uri);

// The URI of a number; empty for 0 and for numbers of a later release.
std::string_view system_uri(std::uint8_t number);

// The shortest name of a system, or its URI when it has none.
std::string_view system_name(std::string_view uri);

}  // namespace clinical::codes
