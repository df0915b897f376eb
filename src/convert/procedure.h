#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// Procedures (PR1 with its ROL and PRT) of the patient or the visit.
void state_procedures(Context &context, const PatientGroup &group, const Subject &subject);

// Charges (FT1) as ChargeItems.
void state_charges(Context &context, const PatientGroup &group, const Subject &subject);

}  // namespace clinical::convert
