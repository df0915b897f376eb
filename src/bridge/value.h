#pragma once

// Between Datums and C++ views.

#include <optional>
#include <string>
#include <string_view>

#include "bridge/boundary.h"

namespace clinical::bridge {

// The bytes of a detoasted (packed or plain) varlena.
inline std::string_view view(const void *value) {
    auto *p = static_cast<const struct varlena *>(value);
    return {VARDATA_ANY(p), static_cast<std::size_t>(VARSIZE_ANY_EXHDR(p))};
}

// Argument `n` as bytes, detoasted once.  The caller has checked that it is not NULL.
std::string_view text_argument(FunctionCallInfo fcinfo, int n);

// Argument `n`, or nothing when it is NULL.
std::optional<std::string_view> optional_text_argument(FunctionCallInfo fcinfo, int n);

// A detoasted copy of argument `n` in `context`: for the rows of a set-returning function.
std::string_view argument_for_call(FunctionCallInfo fcinfo, int n, MemoryContext context);

// What a type's receive function is sent: text, in the server's encoding.
std::string_view received_text(FunctionCallInfo fcinfo);

// A new varlena (text, bytea, hl7v2: all the same layout) in the current context.
Datum to_text(std::string_view bytes);

// `text` in another encoding, in the current memory context; nothing when a character has no place
// there.  Not pg_do_encoding_conversion: its error would quote the character.
std::optional<std::string_view> to_encoding(std::string_view text, int from, int to);

}  // namespace clinical::bridge
