#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// States the Account that PID-18 names, with the guarantors (GT1) as RelatedPersons, and sets
// `subject.account`.
void state_account(Context &context, const PatientGroup &group, const Event &event,
                   Subject &subject);

// MRG-3 is now known as PID-18: states the former account as inactive.
void state_former_account(Context &context, const PatientGroup &group,
                          const std::string &patient_id);

}  // namespace clinical::convert
