#pragma once

#include "convert/context.h"
#include "convert/grammar.h"

namespace clinical::convert {

// Who said all this, and when: one Provenance for the message, pointing to what it states.
void state_provenance(Context &context, const Grouped &message, const std::string &patient_id);

// MessageHeader of the message Bundle.
core::Json message_header(Context &context, const Grouped &message, const std::string &focus);

}  // namespace clinical::convert
