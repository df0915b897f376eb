#pragma once

// Arguments and results of type quantity.

#include "bridge/numeric.h"
#include "bridge/value.h"
#include "pg/ucum.h"
#include "ucum/quantity.h"

namespace clinical::pg {

inline ucum::Quantity quantity_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::take(ucum::Quantity::decode(bridge::text_argument(fcinfo, n), unit_cache()));
}

inline Datum quantity_datum(const ucum::Quantity &quantity) {
    std::string bytes;
    quantity.encode(bytes);
    return bridge::to_text(bytes);
}

}  // namespace clinical::pg
