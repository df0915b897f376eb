#pragma once

#include "convert/grammar.h"
#include "convert/patient.h"

namespace clinical::convert {

// The appointment that SCH and the resources after it (AIS, AIG, AIL, AIP) make, for all patients
// of the message.  The compartment is that of the first.
void state_appointment(Context &context, const Grouped &message, const Event &event,
                       const std::vector<Subject> &subjects);

}  // namespace clinical::convert
