#pragma once

// People in roles: ROL, and PRT from v2.7 on.

#include "convert/patient.h"

namespace clinical::convert {

// What the segment says of a `type` (the map ROL[type] or PRT[type]) onto `target`.  A role that
// ends with this message (ROL-2, PRT-2: delete, unlink) adds nobody.
void apply_role(Context &context, const Fields &role, std::string_view type, const Related &related,
                core::Json &target);

// The care team of the patient: everybody in a role but the general practitioner, and the case
// manager of an insurance (IN3-21).  Relatives (table 0063) become RelatedPersons.
void state_care_team(Context &context, const PatientGroup &group, const Subject &subject);

}  // namespace clinical::convert
