#pragma once

// The de-identified copy of an HL7 v2 message under 45 CFR 164.514(b)(2): field by field by the
// allow list of v2_rules.h, of the message's own version.
//
// Every value of the copy is one of: a word of an HL7 table, a code with the form of a public
// system, a number of up to six digits, a year, a state, a country, three digits of a ZIP code, a
// code that the caller supplied, or the constant DEID.  Segments that are not listed (Z segments,
// next of kin, guarantors, ...) go; so does an OBX that asks for an identifier.
//
// An identifier is known to the crosswalk by what it says: "number|authority", or "number" where no
// authority is stated (CX.1|CX.4, EI.1|EI.2), of the authority its universal id, else its
// namespace.

#include <string>

#include "deid/code_source.h"
#include "deid/context.h"
#include "hl7v2/hl7v2.h"

namespace clinical::deid {

// Appends the copy to `out`.  Throws core::Error as the FHIR engine does.
void write_v2(const hl7v2::Message &message, const Options &options, CodeSource &codes,
              std::string &out);

}  // namespace clinical::deid
