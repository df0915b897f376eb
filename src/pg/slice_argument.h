#pragma once

// How many slices a record's key is divided among, as an argument.

#include "bridge/boundary.h"
#include "core/error.h"

namespace clinical::pg {

inline int slices_argument(FunctionCallInfo fcinfo, int n) {
    const int slices = PG_GETARG_INT32(n);
    if (slices < 1)
        throw core::Error{core::ErrorCode::invalid_option, "there must be at least one slice", "",
                          0};
    return slices;
}

}  // namespace clinical::pg
