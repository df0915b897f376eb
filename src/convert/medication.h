#pragma once

#include <optional>
#include <string>

#include "convert/grammar.h"
#include "convert/patient.h"

namespace clinical::convert {

// What an order group with drugs says was done or is to be done.
struct Drug {
    std::string reference;  // "Immunization/...", "MedicationRequest/..."
    std::string key;        // of the order, for its observations
    bool is_event = false;  // given, not asked for: observations are part of it
};

// Requests (RXO, RXE), dispenses (RXD), administrations (RXA) and, in VXU, immunizations.  Nothing
// when the group has none of these segments.
std::optional<Drug> state_drug(Context &context, const OrderGroup &group, const Event &event,
                               const Subject &subject);

}  // namespace clinical::convert
