#pragma once

// Ids that depend on what a thing is called, never on when it arrived.

#include <initializer_list>
#include <string>
#include <string_view>

namespace clinical::convert {

// 32 lower-case hex digits of sha256 over the parts; each part is preceded by its length, so no
// two lists of parts give the same bytes.
std::string digest_id(std::initializer_list<std::string_view> parts);

}  // namespace clinical::convert
