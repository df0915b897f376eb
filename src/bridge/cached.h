#pragma once

#include <optional>
#include <string>

#include "bridge/value.h"

namespace clinical::bridge {

// Whether argument `arg` is a constant of the query: the same at every call of this call site.
bool is_constant_argument(FunctionCallInfo fcinfo, int arg);

// What a call site keeps of it, in fn_extra.
template <typename T>
struct CachedArgument {
    std::string source;
    std::optional<T> compiled;
    bool final = false;
};

// Compiles it on first use and when it has changed.
template <typename T, typename Compile>
[[gnu::noinline]] const T &compiled_now(FunctionCallInfo fcinfo, int arg, Compile compile) {
    auto *entry = static_cast<CachedArgument<T> *>(fcinfo->flinfo->fn_extra);
    const std::string_view given = text_argument(fcinfo, arg);
    if (!entry) {
        entry = make_in<CachedArgument<T>>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = entry;
    }
    if (!entry->compiled || entry->source != given) {
        entry->compiled.reset();
        entry->source = given;
        entry->compiled.emplace(compile(std::string_view(entry->source)));
        entry->final = is_constant_argument(fcinfo, arg);
    }
    return *entry->compiled;
}

// The compiled form of text argument `arg`, kept for the life of the call site in fn_extra and
// compiled again when the text changes.  `compile` takes a string_view and returns T (or throws
// core::Error).  The entry owns the text, so T may keep views into it.
template <typename T, typename Compile>
const T &cached(FunctionCallInfo fcinfo, int arg, Compile compile) {
    const auto *entry = static_cast<CachedArgument<T> *>(fcinfo->flinfo->fn_extra);
    if (entry && entry->final) return *entry->compiled;
    return compiled_now<T>(fcinfo, arg, compile);
}

}  // namespace clinical::bridge
