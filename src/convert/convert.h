#pragma once

// HL7 v2 to FHIR R4: everything a message says, statement by statement.

#include "convert/options.h"
#include "convert/statement.h"
#include "core/limits.h"
#include "hl7v2/hl7v2.h"

namespace clinical::convert {

// Never fails for content: what cannot be used is a statement of kind issue or refused.
Conversion convert_hl7v2(const hl7v2::Message &message, const Options &options,
                         const core::Limits &limits = {});

// The message's statements as a FHIR message Bundle, MessageHeader first.  Throws for a message
// that is refused: unsupported when its type is not converted, else invalid_value.
core::Json message_bundle(const hl7v2::Message &message, const Options &options,
                          const core::Limits &limits = {});

// A populated field, or component of one, that the conversion did not use.
struct Unconverted {
    int ordinal;  // of its segment in the message, from 1
    std::string segment;
    int occurrence;  // of the segment among those of its name, from 1
    int field;
    int component;     // 0: the whole field
    std::string path;  // PID-39, OBX[2]-3.9
};

// In the order of the message.  Set ids and the message header are not counted.  Of a message that
// is refused, nothing is used.
std::vector<Unconverted> unconverted_hl7v2(const hl7v2::Message &message, const Options &options,
                                           const core::Limits &limits = {});

}  // namespace clinical::convert
