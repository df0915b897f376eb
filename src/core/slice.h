#pragma once

// Dividing what is loaded among workers.

#include <string_view>

namespace clinical::core {

// Which of so many slices (one or more) a key belongs to, from 0.  The same for ever: slices of one
// range may be loaded by different releases.
int slice_of(std::string_view key, int slices);

}  // namespace clinical::core
