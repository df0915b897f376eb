#pragma once

#include <string_view>

namespace clinical::fhirpath {

// htmlChecks() (FHIR R4, narrative.html; invariants txt-1 and txt-2): one well-formed div of the
// elements and attributes that a narrative may have, with some content.
bool is_narrative(std::string_view xhtml);

}  // namespace clinical::fhirpath
