#pragma once

// Acknowledgements (HL7 v2 2.9): what a receiver answers, in the sender's own version and
// delimiters.
//
// The same message and options give the same bytes, so a message that comes twice is answered
// twice in the same way.  Hence no clock: MSH-7 is the time that the caller gives, else the
// message's own; MSH-10 is the caller's, else the first 20 hexadecimal digits of SHA-256 over the
// message and the code.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/issue.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

struct AckOptions {
    // Of table 0008: AA, AE, AR; in enhanced mode first CA, CE, CR.  Empty: by the issues, in the
    // mode that the message asks for (acknowledgement_code).
    std::string_view code;
    std::span<const core::Issue> issues;         // ERR segments: all since 2.5, before that errors
    std::optional<std::string_view> time;        // MSH-7, as HL7 writes it
    std::optional<std::string_view> control_id;  // MSH-10
};

bool is_acknowledgement_code(std::string_view code);

// Enhanced mode: MSH-15 or MSH-16 is valued (2.9.3).
bool is_enhanced(const Message &message);

// The code that the issues ask for: no errors accept; what the receiver cannot do at all (200 to
// 203) or not now (206, 207) rejects; any other error is an error.  With C in enhanced mode, unless
// only MSH-16 asks for an answer.
std::string_view acknowledgement_code(const Message &message, std::span<const core::Issue> issues);

// Whether the sender asks for the acknowledgement: in original mode for AA, AE and AR, in enhanced
// mode by the conditions in MSH-15 (C..) and MSH-16 (A..), table 0155.  In original mode an answer
// (ACK, or a response with MSA) is not answered.
bool is_acknowledgement_due(const Message &message, std::string_view code);

std::string acknowledge(const Message &message, const AckOptions &options);

}  // namespace clinical::hl7v2
