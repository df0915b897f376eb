#pragma once

// The current resource from what one or more sources said, oldest first: element by element, later
// wins.  What is folded does not depend on arrival, because the order is that of events.

#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"

namespace clinical::convert {

// Folds `statement` into `current` (absent: the statement is all there is).  `cleared` names
// elements that an explicit null empties: "birthDate", "period.end", "value" for any value[x].
void fold(core::Json &current, const core::Json &statement,
          const std::vector<std::string> &cleared);

}  // namespace clinical::convert
