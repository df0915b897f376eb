#pragma once

// Changing one place of a message; every other byte stays as it is.

#include <string>
#include <string_view>

#include "core/error.h"
#include "hl7v2/path.h"

namespace clinical::hl7v2 {

enum class Content {
    text,     // to be escaped
    encoded,  // as it is to stand there: may hold the delimiters of the levels below the place
    null,     // the explicit null, two double quotes
};

// The message with the place that the path names set to `value`: the first one, where the path
// leaves a choice; [*] is not for here.  What is missing before it is made: a segment at the end of
// the message (when it is the next of its name), fields, repetitions, components.  An empty text
// takes the value away and leaves its place.
//
// Refused with invalid_option: MSH-1 and MSH-2; a place that cannot be made (a condition that
// nothing fulfils, a segment or group that is not there, a delimiter that the message does not
// have); encoded text with a delimiter of the place's own level or above, or with a line end.
core::Result<std::string> set_value(std::string_view text, const Path &path, std::string_view value,
                                    Content content, const core::Limits &limits = {});

// The message without what the path finds, everywhere it finds something: whole segments;
// repetitions, where the path chooses between them; else the value of the place, whose delimiters
// stay.  MSH, MSH-1 and MSH-2 cannot be removed (invalid_option).
core::Result<std::string> remove_values(std::string_view text, const Path &path,
                                        const core::Limits &limits = {});

// A message of nothing but its header.
std::string new_message(std::string_view type, std::string_view version);

}  // namespace clinical::hl7v2
