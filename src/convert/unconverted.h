#pragma once

// What a conversion left out: populated fields that nothing read.

#include <vector>

#include "convert/context.h"
#include "convert/grammar.h"

namespace clinical::convert {

struct LeftOut {
    const Fields *segment;
    int ordinal;  // of the segment in its message, from 1
    int field;
    int component;  // 0: the whole field
};

// By segment and field.  Set ids and the message header, which say nothing of a patient, are not
// counted.
std::vector<LeftOut> left_out(const Grouped &message);

// The same as issues: one a segment, with the numbers of its fields.
void report_left_out(Context &context, const Grouped &message);

}  // namespace clinical::convert
