#pragma once

#include "convert/patient.h"

namespace clinical::convert {

// The document of an MDM message: TXA, its contents from the OBX after it.
void state_document(Context &context, const PatientGroup &group, const Event &event,
                    const Subject &subject);

}  // namespace clinical::convert
