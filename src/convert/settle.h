#pragma once

// What the invariants of FHIR R4 ask of a resource, where a message says what cannot be: a period
// that ends before it starts, a range upside down, the home of an organization.  The part that
// breaks the rule is left out, with an issue that names the rule.

#include "convert/context.h"

namespace clinical::convert {

void settle_resource(Context &context, Statement &statement);

// The periods of what was folded: a start of one message may be later than another's end.
void settle_periods(core::Json &resource);

}  // namespace clinical::convert
