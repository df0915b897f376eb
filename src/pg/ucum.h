#pragma once

#include "ucum/cache.h"

namespace clinical::pg {

// The backend's units: bounded, made of immutable text, so nothing can make it stale.
ucum::Cache &unit_cache();

}  // namespace clinical::pg
