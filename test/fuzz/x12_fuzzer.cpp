// Any X12 interchange in the three modes: its segments lie within it and in order, the copy is an
// interchange that the engine reads again, and no marker comes out of any element.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deid/x12.h"
#include "deid_modes.h"
#include "promise.h"
#include "x12/x12.h"

using namespace clinical;
using fuzz::require;

namespace {

constexpr std::string_view marker = "QZXMARK";

// The text with the marker in place of one element: the first bytes say which.
std::string planted(std::string_view text, const x12::Delimiters &d, std::size_t segment,
                    std::size_t element) {
    std::size_t at = x12::isa_bytes;
    for (; segment > 0 && at < text.size(); --segment) {
        const std::size_t stop = text.find(d.segment, at);
        if (stop == text.npos) break;
        at = stop + 1;
    }
    for (; element > 0 && at < text.size(); --element) {
        const std::size_t stop = text.find(d.element, at);
        if (stop == text.npos) break;
        at = stop + 1;
    }
    std::string out(text);
    const char ends[] = {d.element, d.segment, '\0'};
    const std::size_t stop = std::min(text.find_first_of(ends, at), text.size());
    return out.replace(at, stop - at, marker);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 2) return 0;
    const std::string_view given(reinterpret_cast<const char *>(data) + 2, size - 2);
    const auto delimiters = x12::read_delimiters(given);
    if (!delimiters) return 0;
    const std::string text = planted(given, delimiters.value(), data[0] % 64, data[1] % 20 + 1U);

    x12::Segments segments(text, delimiters.value());
    x12::Segment segment;
    for (std::size_t behind = 0; segments.next(segment);) {
        require(!segment.text.empty() && segment.offset >= behind);
        require(std::string_view(text).substr(segment.offset, segment.text.size()) == segment.text);
        behind = segment.offset + segment.text.size();
    }
    fuzz::in_each_mode([&](const deid::Options &options, deid::CodeSource &codes) {
        std::string copy, again;
        deid::write_x12(text, options, codes, copy);
        require(copy.find(marker) == copy.npos);
        require(x12::read_delimiters(copy).ok());
        deid::write_x12(copy, options, codes, again);
    });
    return 0;
}
