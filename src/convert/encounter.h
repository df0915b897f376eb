#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// The visit that PV1 speaks of: sets subject.encounter and, unless only ADT establishes visits,
// states the Encounter.  Nothing is stated when PV1 names no visit.
void state_encounter(Context &context, const Grouped &message, const PatientGroup &group,
                     const Event &event, bool is_admission, Subject &subject);

// A23: the visit that PV1 names is deleted.
void delete_encounter(Context &context, const PatientGroup &group, const std::string &patient_id);

// MRG-5 (of MRG-1, when that is another patient) is now known as PV1-19: the former visit is
// deleted, what PV1 says of the new one is stated by state_encounter.
void state_former_encounter(Context &context, const PatientGroup &group, const Subject &subject);

}  // namespace clinical::convert
