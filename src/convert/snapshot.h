#pragma once

#include "convert/event.h"
#include "convert/patient.h"

namespace clinical::convert {

// The lists that an ADT message repeats whole: relatives (NK1), allergies (AL1), diagnoses (DG1),
// coverages (IN1).  Lists of a snapshot replace what the source said before; a segment of nothing
// but explicit nulls empties its list.
void state_lists(Context &context, const PatientGroup &group, const Event &event,
                 const Subject &subject);

// Diagnoses (DG1) of an order or a charge, which are no list; references to them.
std::vector<std::string> state_conditions(Context &context, const PatientGroup &group,
                                          const Event &event, const Subject &subject,
                                          const std::vector<const Fields *> &segments);

}  // namespace clinical::convert
