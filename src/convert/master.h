#pragma once

#include "convert/context.h"
#include "convert/grammar.h"

namespace clinical::convert {

// Master files of practitioners (MFN M02: STF, PRA) and of places (MFN M05: LOC): entries of the
// directory, which belong to no patient.
void state_master(Context &context, const Grouped &message);

}  // namespace clinical::convert
