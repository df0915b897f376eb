#pragma once

#include "convert/context.h"

namespace clinical::convert {

// OBX-5 by its type (OBX-2) and unit (OBX-6): value[x], or components when it repeats.
void read_observation_value(Context &context, const Fields &obx, core::Json &observation);

// Adds the unit (CWE) to a Quantity: its text always; a code only with its system.
void read_unit(Context &context, const hl7v2::Value &unit, core::Json &quantity);

}  // namespace clinical::convert
