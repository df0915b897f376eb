#pragma once

// What a server's option `location` may say: a folder of this machine.

#include <string>
#include <string_view>

#include "core/error.h"

namespace clinical::store {

// The absolute path that `/folder` or `file:///folder` names.  Object stores (s3:, azure:, ...) are
// `unsupported`; anything else is `invalid_option`.
core::Result<std::string> folder_path(std::string_view location);

}  // namespace clinical::store
