#pragma once

// Time zones by IANA name, with the two cases that local times hide.

#include <memory>
#include <string_view>

#include "core/partial_date.h"

namespace clinical::convert {

class TimeZone {
public:
    // Null when there is no such zone.
    static std::shared_ptr<const TimeZone> find(std::string_view name);
    virtual ~TimeZone() = default;

    struct Offset {
        int minutes = 0;
        bool ambiguous = false;    // the clock showed it twice; the first time is meant
        bool nonexistent = false;  // the clock sprang over it; the offset before the gap is used
    };
    [[nodiscard]] virtual Offset offset_of(const core::PartialDate &local) const = 0;
};

}  // namespace clinical::convert
