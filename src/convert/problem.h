#pragma once

#include "convert/event.h"
#include "convert/patient.h"

namespace clinical::convert {

// Problems of a problem list (PRB, HL7 v2.5.1 12.4.2) as Conditions.
void state_problems(Context &context, const PatientGroup &group, const Event &event,
                    const Subject &subject);

}  // namespace clinical::convert
