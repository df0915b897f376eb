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
//   PID-3(1)-4-2           (n) counts from 0, as in HAPI
//   PID^1^3^2^4^2          as ERR-2 has it (ERL): segment, sequence, field, repetition, ...;
//                          what is left empty (PID^1^3^^4) is not stated
//
// A path with / before its segment goes through the groups of the message's structure (groups.h),
// as HAPI's Terser does: there a repetition that is not stated is the first, and so are component
// and subcomponent.
//
//   /PATIENT_RESULT/ORDER_OBSERVATION(1)/OBR-4-1     groups from the message down; the first /
//                                                    may be left out
//   /PATIENT_RESULT/ORDER_OBSERVATION[*]/OBR-4-1     [n] from 1 and [*] go, too
//   /.OBX-5, /.ORDER_OBSERVATION(1)/.OBX(2)-5        the first such below, at any depth
//   /PATIENT*/PID-5, .OB?-1                          * and ? in names
//
// A quote inside a quoted text is written twice.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/lazy_message.h"
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
    // A step through groups.
    struct Group {
        std::string name;    // may hold * and ?
        bool below = false;  // at any depth
        int index = 1;       // 1-based; 0: all
    };
    // A segment that such steps led to, and the last group of the way.
    struct Led {
        std::size_t segment, group;
    };
    bool rooted = false;  // through groups
    std::vector<Group> groups;
    bool below = false;  // the segment, at any depth below the last group

    std::string segment;  // of a rooted path: may hold * and ?
    Selector segments;
    int field = 0;  // 0: the whole segment
    Selector repetitions;
    int component = 0;     // 0: the whole repetition
    int subcomponent = 0;  // 0: the whole component
    // The first match, when numbers alone lead to it.
    std::optional<Numbers> numbers;

    // Refused with invalid_expression and the character (from 1) where it went wrong.
    static core::Result<Path> parse(std::string_view text);
};

// What a path finds in a message, in order: every segment times every repetition that it does not
// choose between.  A segment without the field gives one absent value, so that values of several
// paths stay side by side; a condition that nothing fulfils gives none.
class Matches {
public:
    // Both must outlive it.
    Matches(const LazyMessage &message, const Path &path, const core::Limits &limits = {})
        : message_(message), path_(path), limits_(limits) {}
    bool next(Value &value);
    // The segment that the last value is of.
    [[nodiscard]] const Segment &segment() const { return segment_; }

private:
    bool next_candidate();
    bool next_segment();
    bool next_repetition();

    const LazyMessage &message_;
    const Path &path_;
    core::Limits limits_;
    std::optional<std::vector<Path::Led>> rooted_;  // segments that a rooted path leads to
    std::size_t group_ = Groups::none;              // of the last of them
    std::size_t at_ = 0;                            // segments looked at
    int segments_ = 0;                              // that fulfil the condition
    Segment segment_;
    bool in_segment_ = false;
    bool done_ = false;
    Value field_;
    Parts rest_;           // of the field, not looked at
    int repetitions_ = 0;  // that fulfil the condition
    Value value_;
};

// The first of Matches; absent when there is none.
Found first_match(const LazyMessage &message, const Path &path, const core::Limits &limits = {});

// Whether any repetition of the field that a condition of a segment names has its text, and whether
// a repetition does.
bool fulfils(const Segment &segment, const Selector::Condition &condition,
             const core::Interrupt &interrupt = {});
bool fulfils(const Value &repetition, const Selector::Condition &condition);

// Which repetition (from 1) of a segment's field the path's condition and index choose; 0: none.
int repetition_of(const Segment &segment, const Path &path);

// Whether what a path found is its text as it was sent.  Escape sequences are decoded but where the
// value has parts, so that these can still be told from the text.
inline bool is_verbatim(const Found &found, const Path &path) {
    return !found.escaped || (path.subcomponent == 0 && found.value.has_parts());
}

}  // namespace clinical::hl7v2
