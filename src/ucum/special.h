#pragma once

// The functions of special units, in decimal arithmetic: the same digits on every machine.

#include "ucum/impl.h"

namespace clinical::ucum {

// Converts where one side is a nonlinear special unit.  `from` and `to` are commensurable.
core::Result<core::Decimal> convert_special(const core::Decimal &value, const Unit &from,
                                            const Unit &to);

}  // namespace clinical::ucum
