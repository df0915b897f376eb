// Any X12 interchange in the three modes: its segments lie within it and in order, the copy is an
// interchange that the engine reads again, and no marker comes out of any element.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "deid/x12.h"
#include "x12/x12.h"

using namespace clinical;

namespace {

constexpr std::string_view marker = "QZXMARK";

std::string copy_of(std::string_view text, deid::Mode mode) {
    const deid::Person nobody;
    deid::Options options;
    options.mode = mode;
    options.shift_days = mode == deid::Mode::expert_determination ? -21 : 0;
    options.person = &nobody;
    options.reference = {2024, 6, 1};
    deid::NoCodes none;
    deid::CodesFrom codes(none);
    std::string out;
    deid::write_x12(text, options, codes, out);
    return out;
}

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
        if (segment.text.empty() || segment.offset < behind) std::abort();
        if (std::string_view(text).substr(segment.offset, segment.text.size()) != segment.text)
            std::abort();
        behind = segment.offset + segment.text.size();
    }
    for (const deid::Mode mode : {deid::Mode::safe_harbor, deid::Mode::limited_data_set,
                                  deid::Mode::expert_determination}) {
        const std::string copy = copy_of(text, mode);
        if (copy.find(marker) != copy.npos) std::abort();
        if (!x12::read_delimiters(copy)) std::abort();
        copy_of(copy, mode);
    }
    return 0;
}
