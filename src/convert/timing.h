#pragma once

// When and how often: TQ1 from v2.5 on, and the quantity/timing (TQ) of ORC-7, OBR-27 and RXE-1
// before.  What a mapping row can say is said there; here is what needs units and calculation.

#include <string>

#include "convert/context.h"

namespace clinical::convert {

// The UCUM code that R4 has for a unit of time (s, min, h, d, wk, mo, a); empty when it is none.
std::string time_unit(const hl7v2::Value &unit);

// Pattern, times of day, bounds and duration of TQ1 onto the Timing `timing`.
void read_tq1(Context &context, const Fields &tq1, core::Json &timing);

// The whole of a TQ onto a ServiceRequest: how much, when, how urgent.  TQ1 is the newer place of
// the same and has been read before.
void read_quantity_timing(Context &context, const Fields &segment, int field, core::Json &request);

// The interval and duration of a TQ onto the Timing `timing`.
void read_interval(Context &context, const Fields &segment, int field, core::Json &timing);

}  // namespace clinical::convert
