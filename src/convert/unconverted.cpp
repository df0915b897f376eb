#include "convert/unconverted.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace clinical::convert {

namespace {

// Fields that number or steer: the place of a segment in its list, the event said again.
struct Structural {
    std::string_view segment;
    int field;
};
constexpr Structural structural[] = {
    {"PID", 1}, {"PV1", 1}, {"OBX", 1}, {"OBR", 1}, {"NTE", 1}, {"NTE", 2}, {"DG1", 1},
    {"AL1", 1}, {"NK1", 1}, {"IN1", 1}, {"GT1", 1}, {"PR1", 1}, {"FT1", 1}, {"IAM", 1},
    {"AIS", 1}, {"AIG", 1}, {"AIL", 1}, {"AIP", 1}, {"AIS", 2}, {"AIG", 2}, {"AIL", 2},
    {"AIP", 2}, {"RGS", 1}, {"RGS", 2}, {"SPM", 1}, {"TQ1", 1}, {"TXA", 1}, {"RXA", 1},
    {"RXA", 2}, {"RXD", 1}, {"EVN", 1}, {"EVN", 2}, {"MFI", 1}, {"MFI", 2}, {"MFI", 3},
    {"MFI", 4}, {"MFI", 5}, {"MFI", 6}, {"MFE", 2}, {"MFE", 3}, {"MFE", 4}, {"MFE", 5}};

bool is_structural(std::string_view id, int field) {
    return std::any_of(std::begin(structural), std::end(structural),
                       [&](const Structural &s) { return s.field == field && s.segment == id; });
}

void look_at(const Fields &s, int ordinal, std::vector<LeftOut> &out) {
    for (int n = 1; n <= s.size(); n++) {
        const std::uint32_t used = s.used(n);
        if (used & Fields::whole) continue;
        const hl7v2::Value whole = s.peek(n);
        if (!whole.has_value() || says_null(whole, s.delimiters())) continue;
        if (is_structural(s.id(), n)) continue;
        if (used == 0) {
            out.push_back({&s, ordinal, n, 0});
            continue;
        }
        const Cut first(whole.repetition(1), false);
        for (int c = 1; c <= std::min(first.size(), 31); c++)
            if (!(used & Fields::component_bit(c)) && first[c].has_value())
                out.push_back({&s, ordinal, n, c});
    }
}

}  // namespace

std::vector<LeftOut> left_out(const Grouped &message) {
    std::vector<LeftOut> out;
    int ordinal = 0;
    for (const Fields &s : message.segments) {
        ordinal++;
        if (s.id() != "MSH") look_at(s, ordinal, out);
    }
    return out;
}

void report_left_out(Context &context, const Grouped &message) {
    // Segments that have an issue of their own.
    std::unordered_set<const Fields *> unmapped(message.unmapped.begin(), message.unmapped.end());
    unmapped.insert(message.misplaced.begin(), message.misplaced.end());
    for (const Fields *s : message.unmapped) {
        context.limits.interrupt.poll();
        context.place = {s, 0, 1, 0};
        context.issue("information", "not-supported", "segment-not-mapped",
                      "the segment has no mapping");
    }
    const auto fields = left_out(message);
    for (auto at = fields.begin(); at != fields.end();) {
        context.limits.interrupt.poll();
        const Fields *segment = at->segment;
        std::string list;
        for (; at != fields.end() && at->segment == segment; ++at) {
            if (!list.empty()) list += ", ";
            list += std::to_string(at->field);
            if (at->component > 0) list += "." + std::to_string(at->component);
        }
        if (unmapped.contains(segment)) continue;
        context.place = {segment, 0, 1, 0};
        context.issue("information", "not-supported", "not-mapped",
                      "fields that carry a value and have no mapping: " + list);
    }
    context.place = {};
}

}  // namespace clinical::convert
