#pragma once

// A slice of the records of a file: which one, of how many.

#include "bridge/boundary.h"
#include "core/error.h"

namespace clinical::pg {

struct Slice {
    int slice, slices;
};

// Arguments `n` and `n + 1`.
inline Slice slice_argument(FunctionCallInfo fcinfo, int n) {
    if (!PG_ARGISNULL(n) && !PG_ARGISNULL(n + 1)) {
        const Slice slice{PG_GETARG_INT32(n), PG_GETARG_INT32(n + 1)};
        if (slice.slices >= 1 && slice.slice >= 0 && slice.slice <= slice.slices) return slice;
    }
    throw core::Error{core::ErrorCode::invalid_option, "there is no such slice",
                      "It must be 0 to the number of slices, which is at least 1.", 0};
}

}  // namespace clinical::pg
