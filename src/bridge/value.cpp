#include "bridge/value.h"

#include <climits>
#include <cstring>

#include "bridge/memory.h"

extern "C" {
#include "catalog/namespace.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
}

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

std::string_view argument_for_call(FunctionCallInfo fcinfo, int n, MemoryContext context) {
    return view(pg([&] {
        MemoryContext old = MemoryContextSwitchTo(context);
        auto *value =
            pg_detoast_datum_copy(reinterpret_cast<struct varlena *>(PG_GETARG_POINTER(n)));
        MemoryContextSwitchTo(old);
        return value;
    }));
}

std::string_view received_text(FunctionCallInfo fcinfo) {
    struct Received {
        char *bytes;
        int length;
    };
    const auto received = pg([&] {
        auto *buffer = reinterpret_cast<StringInfo>(PG_GETARG_POINTER(0));
        Received r{};
        r.bytes = pq_getmsgtext(buffer, buffer->len - buffer->cursor, &r.length);
        return r;
    });
    return {received.bytes, static_cast<std::size_t>(received.length)};
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

std::optional<std::string_view> to_encoding(std::string_view text, int from, int to) {
    struct Converted {
        const char *bytes;
        std::size_t size;
        bool complete;
    };
    constexpr std::size_t longest = INT_MAX / MAX_CONVERSION_GROWTH - 1;
    if (text.size() > longest)
        throw core::Error{core::ErrorCode::limit_exceeded, "text is too large to be converted",
                          "Conversion between encodings is limited to 536,870,910 bytes.", 0};
    const auto converted = pg([&] {
        const Oid conversion = FindDefaultConversionProc(from, to);
        const auto size = static_cast<int>(text.size());
        const std::size_t room = text.size() * MAX_CONVERSION_GROWTH + 1;
        auto *in = reinterpret_cast<unsigned char *>(const_cast<char *>(text.data()));
        auto *out =
            static_cast<unsigned char *>(MemoryContextAllocHuge(CurrentMemoryContext, room));
        out[0] = 0;
        const int taken = OidIsValid(conversion)
                              ? pg_do_encoding_conversion_buf(conversion, from, to, in, size, out,
                                                              static_cast<int>(room), true)
                              : -1;
        const char *bytes = reinterpret_cast<const char *>(out);
        return Converted{bytes, strlen(bytes), taken == size};
    });
    if (!converted.complete) return std::nullopt;
    return std::string_view(converted.bytes, converted.size);
}

}  // namespace clinical::bridge
