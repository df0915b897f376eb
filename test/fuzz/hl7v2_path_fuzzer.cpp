// Any bytes as a path (first line) and a message (the rest): the first match is the first of all,
// found again by every spelling of the path, and what is found is no longer than what was sent.

#include <algorithm>
#include <cstdint>
#include <string>

#include "hl7v2/path.h"
#include "promise.h"

using namespace clinical::hl7v2;
using clinical::fuzz::Allocated;
using clinical::fuzz::require;

namespace {

// PID-3-1 for PID-3.1, (0) for [1]: as HAPI writes them.
std::string respelled(std::string_view path) {
    std::string out(path);
    std::ranges::replace(out, '-', '.');
    for (std::size_t at = 0; (at = out.find('(', at)) != out.npos; ++at) {
        const std::size_t end = out.find(')', at);
        const std::string digits = out.substr(at + 1, end - at - 1);
        out.replace(at, end - at + 1, "[" + std::to_string(std::stoi(digits) + 1) + "]");
    }
    return out;
}

void is_found_by_every_spelling(std::string_view text, const LazyMessage &message,
                                const Found &found) {
    // In quotes these are text, and [1][2] is not what (0)[2] is.
    if (text.find_first_of("'\"^[") != text.npos) return;
    const auto path = Path::parse(respelled(text));
    require(path.ok());
    require(first_match(message, path.value()).value.raw() == found.value.raw());
}

// What stands behind its front decides nothing.
void is_decided_by_its_front(std::string_view text, const Path &path, const Found &found) {
    std::string other(text);
    for (std::size_t i = found.front; i < other.size(); ++i) other[i] = other[i] == '|' ? '~' : '|';
    if (!Message::parse(other).ok()) return;
    const LazyMessage changed(other);
    require(first_match(changed, path).value.raw() == found.value.raw());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t line = input.find('\n');
    auto path = Path::parse(input.substr(0, line));
    if (!path.ok()) {
        require(path.error().offset <= size);
        return 0;
    }
    if (line == input.npos) return 0;
    const std::string_view text = input.substr(line + 1);
    if (!Message::parse(text).ok()) return 0;
    const LazyMessage message(text);
    const Allocated allocated;
    Matches matches(message, path.value());
    Value value, first;
    std::size_t count = 0, bytes = 0;
    for (; matches.next(value); ++count) {
        if (count == 0) first = value;
        bytes += value.text().size();
    }
    // A value of each place, and one more where a segment lacks the field; blank lines as ever.
    require(count <= size + 1);
    require(bytes <= 4 * size + (count << 20));
    // Groups of a structure that the message does not have cost what the structure holds.
    if (!path.value().rooted) require(allocated.bytes() <= 256 * size + (count << 20) + 4'096);
    const Found found = first_match(message, path.value());
    require(found.value.raw() == first.raw() && found.value.is_absent() == first.is_absent());
    require(found.escaped == found.value.has_escape());
    is_decided_by_its_front(text, path.value(), found);
    is_found_by_every_spelling(input.substr(0, line), message, found);
    return 0;
}
