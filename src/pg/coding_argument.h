#pragma once

// Arguments and results of SQL type coding.

#include "bridge/value.h"
#include "codes/coding.h"

namespace clinical {

// Argument `n`, not NULL.  Most codings are short and inline: no call of the server then.
inline codes::CodingView coding_argument(FunctionCallInfo fcinfo, int n) {
    const auto *raw = reinterpret_cast<const struct varlena *>(DatumGetPointer(PG_GETARG_DATUM(n)));
    const bool plain = VARATT_IS_SHORT(raw) || !VARATT_IS_EXTENDED(raw);
    const auto coding = codes::unpack(plain ? bridge::view(raw) : bridge::text_argument(fcinfo, n));
    if (!coding)
        throw core::Error{core::ErrorCode::corrupt, "invalid stored coding",
                          "The value was made by a later release, or is damaged.", 0};
    return *coding;
}

inline Datum coding_result(const codes::CodingView &coding) {
    return bridge::to_text(codes::pack(coding));
}

}  // namespace clinical
