#include "bridge/value.h"

#include <cstring>

#include "bridge/memory.h"

namespace clinical::bridge {

std::string_view text_argument(FunctionCallInfo fcinfo, int n) {
    // Most arguments are plain already and need no crossing.
    const auto *raw = reinterpret_cast<struct varlena *>(DatumGetPointer(PG_GETARG_DATUM(n)));
    if (!VARATT_IS_EXTERNAL(raw) && !VARATT_IS_COMPRESSED(raw)) return view(raw);
    return view(pg([&] { return PG_GETARG_TEXT_PP(n); }));
}

std::optional<std::string_view> optional_text_argument(FunctionCallInfo fcinfo, int n) {
    if (PG_ARGISNULL(n)) return std::nullopt;
    return text_argument(fcinfo, n);
}

Datum to_text(std::string_view bytes) {
    if (bytes.size() > MaxAllocSize - VARHDRSZ)
        throw core::Error{core::ErrorCode::limit_exceeded, "value is too large",
                          "A value must stay below 1 GB.", 0};
    // allocate() throws and never raises: no crossing either.
    auto *value =
        static_cast<struct varlena *>(allocate(CurrentMemoryContext, bytes.size() + VARHDRSZ));
    SET_VARSIZE(value, bytes.size() + VARHDRSZ);
    if (!bytes.empty()) std::memcpy(VARDATA(value), bytes.data(), bytes.size());
    return PointerGetDatum(value);
}

}  // namespace clinical::bridge
