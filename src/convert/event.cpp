#include "convert/event.h"

namespace clinical::convert {

namespace {

// HL7 v2.5.1 3.3; statuses as the guide's Event[EncounterStatus] with two choices of ours: A04 is
// decided by the patient class, and A08, which the guide calls unknown, says nothing.
constexpr Event admissions[] = {
    {"A01", "ADT_A01", "in-progress", true, true},   // admit
    {"A02", "ADT_A02", "in-progress", true, false},  // transfer
    {"A03", "ADT_A03", "finished", true, true},      // discharge
    {"A04", "ADT_A01", "", true, true},              // register: by class
    {"A05", "ADT_A05", "planned", true, true},       // pre-admit
    {"A08", "ADT_A01", "", true, true},              // update
    {"A11", "ADT_A09", "cancelled", true, false},    // cancel admit
    {"A13", "ADT_A01", "in-progress", true, true},   // cancel discharge
    {"A28", "ADT_A05", "", false, true},             // add person
    {"A31", "ADT_A05", "", false, true},             // update person
    {"A40", "ADT_A39", "", false, false},            // merge patient
};
constexpr Event result = {"R01", "ORU_R01", "", true, false};

}  // namespace

const Event *find_event(std::string_view code, std::string_view trigger) {
    if (code == "ADT")
        for (const auto &e : admissions)
            if (e.trigger == trigger) return &e;
    // Some senders leave the trigger of their only event out.
    if (code == "ORU" && (trigger == "R01" || trigger.empty())) return &result;
    return nullptr;
}

}  // namespace clinical::convert
