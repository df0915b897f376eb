#pragma once

// A value set made ready to be asked for every row of a table: a bit per concept of the systems it
// draws from, and the listed codes of systems that are not loaded.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "codes/store.h"

namespace clinical::codes {

class Membership {
public:
    // The value set `canonical` (url or url|version); null when it is not loaded.  Throws
    // core::Error when it cannot be expanded (a code system that is missing, a circle).
    static std::shared_ptr<const Membership> of(Store &store, std::string_view canonical);

    [[nodiscard]] bool holds(std::string_view system, std::string_view code) const;
    // Whether any system has the code: of a code without one.
    [[nodiscard]] bool holds_anywhere(std::string_view code) const;

private:
    // Of one release; the compiled codes are copied, so that nothing outlives its owner.
    struct Part {
        std::shared_ptr<const void> keeper;
        const Index *index;
        std::vector<bool> members;
    };
    std::map<std::string, std::vector<Part>, std::less<>> parts_;
    std::map<std::string, std::set<std::string, std::less<>>, std::less<>> listed_;
};

}  // namespace clinical::codes
