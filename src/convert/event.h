#pragma once

// Which messages are converted and what their event means.

#include <string>
#include <string_view>

namespace clinical::convert {

struct Event {
    std::string_view trigger;    // A01
    std::string_view structure;  // ADT_A01
    std::string_view status;     // Encounter.status that the event itself sets; empty: unchanged
    bool has_encounter;          // PV1 speaks of a visit
    bool is_snapshot;            // AL1, DG1, IN1, NK1 state whole lists
};

// Null for messages that are not converted.
const Event *find_event(std::string_view code, std::string_view trigger);

}  // namespace clinical::convert
