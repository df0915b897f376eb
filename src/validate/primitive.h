#pragma once

// The lexical forms of FHIR's primitive types (R4, 2.24.0.1), by hand: regular expressions cost
// more than all the rest of validation.

#include <string_view>

#include "fhir/definitions.h"

namespace clinical::validate {

// Why `text` is not a value of the type, or null when it is one.  `text` is a JSON string, or the
// digits of a JSON number for the numeric types.  Boolean and decimal have nothing to check beyond
// JSON's own grammar.
const char *lexical_problem(fhir::Primitive type, std::string_view text);

bool is_date(std::string_view text);       // 2020, 2020-02, 2020-02-29
bool is_date_time(std::string_view text);  // a date, or with time and offset
bool is_instant(std::string_view text);
bool is_time(std::string_view text);
bool is_id(std::string_view text);
bool is_oid(std::string_view text);   // urn:oid:1.2.3
bool is_uuid(std::string_view text);  // urn:uuid:..., lower case

// Whether a URI has a scheme ("http://...", "urn:..."): RFC 3986, 3.1.
bool is_absolute_uri(std::string_view text);

}  // namespace clinical::validate
