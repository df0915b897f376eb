#pragma once

// $translate made ready for every row of a table: for one target, the one code that each source
// code is equal or equivalent to.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codes/coding.h"
#include "codes/index.h"

namespace clinical::codes {

// An entry of a map, as far as it decides a translation.
struct MapEntry {
    std::string source_system, source_code;
    std::string target_system, target_code, target_display;
    std::string equivalence;
    bool conditional = false;  // dependsOn: holds only where something else does
};

// FHIR R4: equal and equivalent say the same thing; all others lose or add meaning.
bool is_same_meaning(std::string_view equivalence);

// Preference among several: equal > equivalent > wider > inexact and the rest; lower is better.
int equivalence_rank(std::string_view equivalence);

class Translation {
public:
    static core::Result<std::shared_ptr<const Translation>> of(std::vector<MapEntry> entries);

    // The packed coding (coding.h) of the one target; empty when there is none or several.
    [[nodiscard]] std::string_view find(std::string_view system, std::string_view code) const;

private:
    struct Part {
        std::string bytes;
        Index index;
        std::vector<std::uint32_t> target_at;  // into targets_, by number; ends with the end
        std::string targets;
    };
    std::map<std::string, Part, std::less<>> parts_;  // by source system
};

}  // namespace clinical::codes
