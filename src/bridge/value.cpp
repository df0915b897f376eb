#include "bridge/value.h"

namespace clinical::bridge {

std::string_view text_argument(FunctionCallInfo fcinfo, int n) {
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
    return pg([&] {
        return PointerGetDatum(
            cstring_to_text_with_len(bytes.data(), static_cast<int>(bytes.size())));
    });
}

}  // namespace clinical::bridge
