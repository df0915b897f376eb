#pragma once

// XHTML as it is written: HTML's names for characters (&nbsp;, &eacute;) are none of XML's, and
// FHIR wants the characters themselves (R4, narrative.html), but narratives of the world have them.

#include <string>
#include <string_view>

namespace clinical::fhir {

// `xhtml` with the characters that HTML 4 names, where it has such references; CDATA sections and
// comments stay as they are, and so do the five names of XML and unknown ones.
std::string without_html_names(std::string_view xhtml);

// The same within every <div> of an XML document.
std::string without_html_names_in_narratives(std::string_view document);

// Whether there may be anything to replace.
bool may_have_html_names(std::string_view text);

}  // namespace clinical::fhir
