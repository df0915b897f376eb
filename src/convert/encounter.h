#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// The visit that PV1 speaks of: sets subject.encounter and, unless only ADT establishes visits,
// states the Encounter.  Nothing is stated when PV1 names no visit.
void state_encounter(Context &context, const Grouped &message, const PatientGroup &group,
                     const Event &event, bool is_admission, Subject &subject);

}  // namespace clinical::convert
