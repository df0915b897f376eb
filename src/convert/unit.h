#pragma once

#include <string_view>

namespace clinical::convert {

// Whether `text` is surely a UCUM unit (case-sensitive codes).  False also for letters that
// laboratories write for something else than UCUM means (C, F).
bool is_ucum(std::string_view text);

}  // namespace clinical::convert
