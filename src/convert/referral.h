#pragma once

#include "convert/grammar.h"
#include "convert/patient.h"

namespace clinical::convert {

// The referral of a REF message (RF1, PRD) as a ServiceRequest.
void state_referral(Context &context, const Grouped &message, const Event &event,
                    const Subject &subject);

}  // namespace clinical::convert
