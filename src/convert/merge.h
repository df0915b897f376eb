#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// A40 (HL7 v2.5.1 3.3.40): the patient of MRG-1 was merged into that of PID-3.  Returns the reason
// of a refusal, or an empty issue.  `patient_id` becomes the first survivor's.
Issue state_merge(Context &context, const PatientGroup &group, std::string &patient_id);

}  // namespace clinical::convert
