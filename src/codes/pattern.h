#pragma once

// Regular expressions of value set filters (FHIR: op regex, the whole value must match).  The
// engine is ICU's with limits on time and stack: a pattern comes with a value set, so from anybody.

#include <memory>
#include <string_view>

#include "core/error.h"

namespace clinical::codes {

class Pattern {
public:
    static core::Result<Pattern> compile(std::string_view pattern);
    // False also when the limits end the search.
    [[nodiscard]] bool matches(std::string_view text) const;

private:
    struct Compiled;
    std::shared_ptr<Compiled> compiled_;
};

}  // namespace clinical::codes
