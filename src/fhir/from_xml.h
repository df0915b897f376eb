#pragma once

// FHIR XML to the JSON form (R4, 2.6.1 and 2.6.2): nothing is lost but comments, processing
// instructions and white space between elements.
//
// Strict: elements are known, in their order and their number (0..1 at most once), attributes are
// known, and there is no text but in the narrative.  A primitive whose text is not of its type
// ("yes" for a boolean) is kept as a string, and an element without content as an empty object:
// validation tells of both.  The narrative is kept as written, but for characters by HTML's
// names (&nbsp;), which become the characters.

#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"

namespace clinical::fhir {

// Errors say line, column and path (names of the definitions only).
core::Result<core::Json> from_xml(std::string_view xml, const core::Limits &limits);

}  // namespace clinical::fhir
