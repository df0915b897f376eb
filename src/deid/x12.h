#pragma once

// The de-identified copy of an X12 interchange: segments and elements by an allow list.
//
// X12 dates (D8, RD8) have no form of a year alone.  The copy writes the first of January for it
// and says so in the interchange itself (ISA02 is "CCYY0101"): by the word of 164.514(b)(2)(i)(C)
// the month and day written are nobody's, but a reader must be told.  The software does not call
// the copy Safe Harbor; the manifest of a release names the filler.
//
// Values that stay are codes of the transaction's own lists, public codes by form, amounts and
// counts below seven digits, years, states, countries, three digits of ZIP codes, and codes of the
// crosswalk for claims (CLM01, CLP01: domain Claim), payers' control numbers (CLP07:
// ClaimResponse), traces (TRN02: PaymentReconciliation) and members (NM109 of a person: Patient).

#include <string>
#include <string_view>

#include "deid/code_source.h"
#include "deid/context.h"

namespace clinical::deid {

// Appends the copy to `out`; control numbers are counted anew.  Throws core::Error for text that
// is no interchange, and as the other engines do.
void write_x12(std::string_view interchange, const Options &options, CodeSource &codes,
               std::string &out);

}  // namespace clinical::deid
