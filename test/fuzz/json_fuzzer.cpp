// parse_json and its explanation agree; what is accepted comes back the same from its own text,
// and every escape of a string survives.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/json_reader.h"

using clinical::core::explain_json;
using clinical::core::Limits;
using clinical::core::parse_json;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    Limits limits;
    limits.depth = 40;
    limits.nodes = 2000;
    const std::string_view text(reinterpret_cast<const char *>(data), size);

    const auto parsed = parse_json(text, limits);
    const auto explained = explain_json(text, limits);
    if (parsed.ok() == explained.has_value()) std::abort();
    if (!parsed.ok()) {
        if (parsed.error().where.empty() || parsed.error().offset > size) std::abort();
        return 0;
    }
    const auto again = parse_json(to_text(parsed.value()), limits);
    if (!again.ok() || !(again.value() == parsed.value())) std::abort();
    if (to_text(again.value()) != to_text(parsed.value())) std::abort();
    return 0;
}
