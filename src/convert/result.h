#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// Orders and results of one patient: ServiceRequest, Specimen, Observation and DiagnosticReport of
// each order; drugs that were asked for, dispensed or given (medication.h).
void state_orders(Context &context, const PatientGroup &group, const Event &event,
                  const Subject &subject);

// Observations that no order asked for (ADT, or before the first OBR).
void state_patient_observations(Context &context, const PatientGroup &group, const Event &event,
                                const Subject &subject);

}  // namespace clinical::convert
