// Any bytes as a path (first line) and a message (the rest): the first match is the first of all.

#include <cstdint>
#include <cstdlib>

#include "hl7v2/path.h"

using namespace clinical::hl7v2;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t line = input.find('\n');
    auto path = Path::parse(input.substr(0, line));
    if (!path.ok()) {
        if (path.error().offset > size) std::abort();
        return 0;
    }
    if (line == input.npos) return 0;
    const std::string_view text = input.substr(line + 1);
    if (!Message::parse(text).ok()) return 0;
    const LazyMessage message(text);
    Matches matches(message, path.value());
    Value value, first;
    for (std::size_t n = 0; matches.next(value); ++n) {
        if (n == 0) first = value;
        if (n > size + 1) std::abort();
        (void)value.text();
    }
    const Found found = first_match(message, path.value());
    if (found.value.raw() != first.raw() || found.value.is_absent() != first.is_absent())
        std::abort();
    if (found.escaped != found.value.has_escape()) std::abort();
    // What stands behind its front decides nothing.
    std::string other(text);
    for (std::size_t i = found.front; i < other.size(); ++i) other[i] = other[i] == '|' ? '~' : '|';
    if (!Message::parse(other).ok()) return 0;
    const LazyMessage changed(other);
    if (first_match(changed, path.value()).value.raw() != found.value.raw()) std::abort();
    return 0;
}
