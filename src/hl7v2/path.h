#pragma once

// Where something stands in a message: SEG[n]-f[r].c.s and what people write for it.
//
//   OBX                    the segment           PID-5 or PID.5       a field
//   PID-3[2].4.2           repetition, component, subcomponent, all from 1
//   PID-5-1                the same as PID-5.1
//   OBX[2]-5               the second OBX
//   OBX[*]-3.1, PID-3[*]   all of them
//   OBX[3.1="8480-6"]-5    those OBX whose OBX-3.1 is that; PID-3[5='MR'].1 likewise within a field
//   OBX[3.1='8480-6'][2]   the second of those
//
// A quote inside a quoted text is written twice.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

// Which of several segments or repetitions.
struct Selector {
    // The text that must stand at a place below: field, component and subcomponent of a segment,
    // component and subcomponent of a repetition.  0: not stated.
    struct Condition {
        std::array<int, 3> place{};
        std::string text;
    };
    std::optional<Condition> condition;
    int index = 0;  // 1-based among those that fulfil the condition; 0: all
};

struct Path {
    std::string segment;
    Selector segments;
    int field = 0;  // 0: the whole segment
    Selector repetitions;
    int component = 0;     // 0: the whole repetition
    int subcomponent = 0;  // 0: the whole component

    // Refused with invalid_expression and the character (from 1) where it went wrong.
    static core::Result<Path> parse(std::string_view text);
};

// A message of which only as much is read as is asked for.  `text` must have been parsed before, as
// every value of type hl7v2 has.
class LazyMessage {
public:
    explicit LazyMessage(std::string_view text);

    // The next segment of that name (any case) at or behind position `i`; `i` moves behind it.
    // Nothing when there is none.
    std::optional<Segment> find(std::string_view name, std::size_t &i) const;

private:
    struct Place {
        std::uint32_t begin, end;
        std::uint32_t name;  // folded
    };
    bool extend() const;

    std::string_view text_;
    Delimiters delimiters_;
    mutable SegmentScanner scanner_;
    mutable std::vector<Place> places_;  // of the segments found so far
};

// What a path finds in a message, in order: every segment times every repetition that it does not
// choose between.  A segment without the field gives one absent value, so that values of several
// paths stay side by side; a condition that nothing fulfils gives none.
class Matches {
public:
    // Both must outlive it.
    Matches(const LazyMessage &message, const Path &path, const core::Limits &limits = {})
        : message_(message), path_(path), interrupt_(limits.interrupt) {}
    bool next(Value &value);

private:
    bool next_segment();
    bool next_repetition();

    const LazyMessage &message_;
    const Path &path_;
    core::Interrupt interrupt_;
    std::size_t at_ = 0;  // segments looked at
    int segments_ = 0;    // that fulfil the condition
    Segment segment_;
    bool in_segment_ = false;
    bool done_ = false;
    Value field_;
    Parts rest_;           // of the field, not looked at
    int repetitions_ = 0;  // that fulfil the condition
    Value value_;
};

// The first of Matches; absent when there is none.
Value first_match(const LazyMessage &message, const Path &path, const core::Limits &limits = {});

// The text of what a path found: unescaped where it has no parts, verbatim where it has, so that
// the parts can still be told from the text.  Empty when absent or "".  The view is of the message
// or of `storage`.
std::string_view text_of(const Value &value, const Path &path, std::string &storage);

}  // namespace clinical::hl7v2
