#pragma once

// The de-identified copy of a CDA document (C-CDA) under 45 CFR 164.514(b)(2), written element by
// element from an allow list as the reader meets them.
//
// What stays: the structure of sections and entries, codes of public systems, years, quantities
// with UCUM units, states, countries and three digits of ZIP codes, and ids that the caller
// supplied codes for (the patient's and the document's).  Narrative, names, telecom, participants
// but for what an entry is about, comments, processing instructions, foreign namespaces and
// elements that are not listed go; what CDA requires is there with nullFlavor MSK.

#include <string>
#include <string_view>

#include "core/limits.h"
#include "deid/code_source.h"
#include "deid/context.h"

namespace clinical::deid {

// Appends the copy to `out`; false when the document is no ClinicalDocument.  Throws core::Error
// for text that is no XML, and as the other engines do.
bool write_ccda(std::string_view document, const Options &options, const core::Limits &limits,
                CodeSource &codes, std::string &out);

}  // namespace clinical::deid
