#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// Orders and results of one patient (ORU_R01): ServiceRequest, Specimen, Observation and
// DiagnosticReport of each order; observations of the patient.
void state_results(Context &context, const PatientGroup &group, const Subject &subject);

// Observations that no order asked for (ADT, or before the first OBR).
void state_patient_observations(Context &context, const PatientGroup &group,
                                const Subject &subject);

}  // namespace clinical::convert
