#pragma once

// What segments say of each other: the type of the message, its version and event, merges.
// Private to validation.

#include <functional>
#include <string_view>

#include "hl7v2/definitions.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/validate.h"

namespace clinical::hl7v2 {

// Severity, code of table 0357, place, rule.
using Report = std::function<void(std::string_view, int, const Place &, std::string_view)>;

// `structure`: that by which the message is read, empty when it is not known.
void check_message(const Message &message, Version version, std::string_view structure,
                   const Report &report);

}  // namespace clinical::hl7v2
