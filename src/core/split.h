#pragma once

#include <string_view>
#include <vector>

namespace clinical::core {

// Cuts text at a delimiter, into `parts`: of empty text one empty part.  '\0' cuts nothing.
void split(std::string_view text, char delimiter, std::vector<std::string_view> &parts);

}  // namespace clinical::core
