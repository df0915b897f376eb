#pragma once

#include "convert/context.h"

namespace clinical::convert {

// OBX-5 by its type (OBX-2) and unit (OBX-6): value[x], or components when it repeats.
void read_observation_value(Context &context, const Fields &obx, core::Json &observation);

// Adds the unit (CWE) to a Quantity: its text always; a code only with its system.
void read_unit(Context &context, const hl7v2::Value &unit, std::string_view loinc,
               core::Json &quantity);

// The LOINC code of a coded element (CE, CWE) in either of its two places, or empty.
std::string loinc_of(const Context &context, const hl7v2::Value &code);

}  // namespace clinical::convert
