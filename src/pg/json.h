#pragma once

#include "bridge/jsonb_reader.h"
#include "core/json.h"

namespace clinical {

// A jsonb as the core's own tree.
core::Json pg_json(const bridge::JsonbNode &node);

}  // namespace clinical
