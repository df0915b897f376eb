// The caches: a decoded value per row, a compiled argument per call site.

#include <stdexcept>
#include <string>

#include "bridge/cached.h"
#include "bridge/decode_cache.h"

namespace {

int decodes = 0;
int compiles = 0;

// Decoded form of a text: itself, as a view into the cache's memory, and a copy to compare with.
struct Decoded {
    std::string_view view;
    std::string copy;
};

}  // namespace

CLINICAL_FUNCTION(decoded_text) {
    const auto &value = clinical::bridge::decoded<Decoded>(fcinfo, 0, [](std::string_view bytes) {
        ++decodes;
        if (bytes == "refused")
            throw clinical::core::Error{clinical::core::ErrorCode::invalid_syntax, "refused", "",
                                        0};
        return Decoded{bytes, std::string(bytes)};
    });
    if (value.view != value.copy) throw std::logic_error("the entry changed under its object");
    return clinical::bridge::to_text(value.view);
}

// The first `size` characters of a value in ASCII, for which no more of it is compared.
CLINICAL_FUNCTION(decoded_front) {
    struct Whole {
        std::string text;
    };
    struct Answer {
        std::string_view text;
        std::size_t front;
    };
    const auto size = static_cast<std::size_t>(PG_GETARG_INT32(1));
    const Answer answer = clinical::bridge::inquired<Whole>(
        fcinfo, 0,
        [](std::string_view bytes) {
            ++decodes;
            return Whole{std::string(bytes)};
        },
        [&](const Whole &whole) {
            const std::string_view text = whole.text;
            return Answer{text.substr(0, size), size < text.size() ? size : text.npos};
        });
    return clinical::bridge::to_text(answer.text);
}

CLINICAL_FUNCTION(decode_count) { return Int32GetDatum(decodes); }

CLINICAL_FUNCTION(compiled_length) {
    const auto &length = clinical::bridge::cached<std::size_t>(fcinfo, 1, [](std::string_view s) {
        ++compiles;
        return s.size();
    });
    return Int32GetDatum(static_cast<int>(length));
}

CLINICAL_FUNCTION(compile_count) { return Int32GetDatum(compiles); }
