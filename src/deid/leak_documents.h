#pragma once

// The identifiers of raw records that are no HL7 v2, for the leak check: read by what elements,
// segments and columns are called, by other code than the conversion's and the de-identification's.
// Nothing is refused: of what no parser accepts, what shows by its look is taken.

#include <string>

#include "deid/leak_keys.h"

namespace clinical::deid {

// A resource, a bundle, or a resource a line (JSON): names, addresses, telecom, identifiers, ids
// and what is referred to, serial and lot numbers; dates and shapes in every string.
void add_fhir(const std::string &text, LeakKeys &keys);

// A CDA document: names, addr, telecom, ids, times; what is written in narrative by its look.
void add_ccda(const std::string &text, LeakKeys &keys);

// An interchange: NM1, N1, N3, N4, PER, DMG, REF, CLM, CLP, TRN, DTP and the like by element, all
// others by their look.
void add_x12(const std::string &text, LeakKeys &keys);

// Lines of fields; the first is a header when it says what columns are.
void add_csv(const std::string &text, LeakKeys &keys);

}  // namespace clinical::deid
