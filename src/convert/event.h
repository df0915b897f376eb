#pragma once

// Which messages are converted and what their event means.

#include <string>
#include <string_view>

namespace clinical::convert {

// What a message is about, and so how its segments are grouped.
enum class Family {
    admission,  // ADT, BAR, DFT: a patient, a visit, lists
    merge,      // groups of PID and MRG
    pair,       // two patients: A17, A24, A37
    order,      // orders, results, drugs, vaccines, documents, referrals
    schedule,   // SIU
    master      // MFN: no patient
};

enum class Action {
    update,         // the message says how things are
    merge,          // MRG-1 is now known as PID-3
    link,           // two patients are one person
    unlink,         // they are not
    swap,           // two patients change places
    delete_visit,   // A23
    delete_person,  // A29
    merge_visit,    // MRG-5 is now known as PV1-19, of MRG-1 if that is another patient
    merge_account   // MRG-3 is now known as PID-18
};

struct Event {
    std::string_view code;     // ADT; the first component of MSH-9
    std::string_view trigger;  // A01
    Family family;
    std::string_view status;  // Encounter.status that the event itself sets; empty: unchanged
    bool has_encounter;       // PV1 speaks of a visit
    bool is_snapshot;         // AL1, DG1, IN1, NK1 state whole lists
    Action action = Action::update;

    // Who may say that a patient exists where a feed asks for admissions (option `establish`).
    [[nodiscard]] bool is_admission() const { return code == "ADT"; }
};

// Null for messages that are not converted.
const Event *find_event(std::string_view code, std::string_view trigger);

}  // namespace clinical::convert
