#include "convert/event.h"

namespace clinical::convert {

namespace {

// HL7 v2.5.1 chapter 3 and, for the other messages, 4, 4A, 6, 7, 8, 9, 10 and 11.  Statuses as the
// guide's Event[EncounterStatus] where it has one, with two choices of ours: A04 is decided by the
// patient class, and A08, which the guide calls unknown, says nothing.  Of events that are not
// about the visit's own state (a pending transfer, another attending doctor) nothing is said.
constexpr Event events[] = {
    {"ADT", "A01", Family::admission, "in-progress", true, true},   // admit
    {"ADT", "A02", Family::admission, "in-progress", true, false},  // transfer
    {"ADT", "A03", Family::admission, "finished", true, true},      // discharge
    {"ADT", "A04", Family::admission, "", true, true},              // register: by class
    {"ADT", "A05", Family::admission, "planned", true, true},       // pre-admit
    {"ADT", "A06", Family::admission, "in-progress", true, true},   // outpatient to inpatient
    {"ADT", "A07", Family::admission, "in-progress", true, true},   // inpatient to outpatient
    {"ADT", "A08", Family::admission, "", true, true},              // update
    {"ADT", "A09", Family::admission, "", true, false},             // departing, tracking
    {"ADT", "A10", Family::admission, "", true, false},             // arriving, tracking
    {"ADT", "A11", Family::admission, "cancelled", true, false},    // cancel admit
    {"ADT", "A12", Family::admission, "in-progress", true, false},  // cancel transfer
    {"ADT", "A13", Family::admission, "in-progress", true, true},   // cancel discharge
    {"ADT", "A14", Family::admission, "planned", true, true},       // pending admit
    {"ADT", "A15", Family::admission, "", true, false},             // pending transfer
    {"ADT", "A16", Family::admission, "", true, false},             // pending discharge
    {"ADT", "A17", Family::pair, "in-progress", true, false, Action::swap},
    {"ADT", "A18", Family::merge, "", false, false, Action::merge},
    {"ADT", "A21", Family::admission, "onleave", true, false},      // leave of absence
    {"ADT", "A22", Family::admission, "in-progress", true, false},  // back from it
    {"ADT", "A23", Family::admission, "", true, false, Action::delete_visit},
    {"ADT", "A24", Family::pair, "", false, false, Action::link},
    {"ADT", "A25", Family::admission, "", true, false},           // cancel pending discharge
    {"ADT", "A26", Family::admission, "", true, false},           // cancel pending transfer
    {"ADT", "A27", Family::admission, "cancelled", true, false},  // cancel pending admit
    {"ADT", "A28", Family::admission, "", false, true},           // add person
    {"ADT", "A29", Family::admission, "", false, false, Action::delete_person},
    {"ADT", "A30", Family::merge, "", false, false, Action::merge},
    {"ADT", "A31", Family::admission, "", false, true},  // update person
    {"ADT", "A32", Family::admission, "", true, false},  // cancel arriving
    {"ADT", "A33", Family::admission, "", true, false},  // cancel departing
    {"ADT", "A34", Family::merge, "", false, false, Action::merge},
    {"ADT", "A35", Family::merge, "", false, false, Action::merge_account},
    {"ADT", "A36", Family::merge, "", false, false, Action::merge},
    {"ADT", "A37", Family::pair, "", false, false, Action::unlink},
    {"ADT", "A38", Family::admission, "cancelled", true, false},  // cancel pre-admit
    {"ADT", "A39", Family::merge, "", false, false, Action::merge},
    {"ADT", "A40", Family::merge, "", false, false, Action::merge},
    {"ADT", "A41", Family::merge, "", false, false, Action::merge_account},
    {"ADT", "A42", Family::merge, "", true, false, Action::merge_visit},
    {"ADT", "A43", Family::merge, "", false, false, Action::merge},
    {"ADT", "A44", Family::merge, "", false, false, Action::merge_account},
    {"ADT", "A45", Family::merge, "", true, false, Action::merge_visit},
    {"ADT", "A46", Family::merge, "", false, false, Action::merge},
    {"ADT", "A47", Family::merge, "", false, false, Action::merge},
    {"ADT", "A48", Family::merge, "", false, false, Action::merge},
    {"ADT", "A49", Family::merge, "", false, false, Action::merge_account},
    {"ADT", "A50", Family::merge, "", true, false, Action::merge_visit},
    {"ADT", "A51", Family::merge, "", true, false, Action::merge_visit},
    {"ADT", "A52", Family::admission, "in-progress", true, false},  // cancel leave of absence
    {"ADT", "A53", Family::admission, "onleave", true, false},      // cancel the return from it
    {"ADT", "A54", Family::admission, "", true, false},             // change attending doctor
    {"ADT", "A55", Family::admission, "", true, false},             // cancel that
    {"ADT", "A60", Family::admission, "", true, false},             // adverse reactions
    {"ADT", "A61", Family::admission, "", true, false},             // change consulting doctor
    {"ADT", "A62", Family::admission, "", true, false},             // cancel that
    {"BAR", "P01", Family::admission, "", true, true},              // add account
    {"BAR", "P02", Family::admission, "", true, false},             // purge account
    {"BAR", "P05", Family::admission, "", true, true},              // update account
    {"BAR", "P06", Family::admission, "", true, false},             // end account
    {"BAR", "P10", Family::admission, "", true, true},              // ambulatory classification
    {"BAR", "P12", Family::admission, "", true, false},             // diagnoses and procedures
    {"DFT", "P03", Family::admission, "", true, false},             // charges
    {"DFT", "P11", Family::admission, "", true, false},
    {"MDM", "T01", Family::order, "", true, false},
    {"MDM", "T02", Family::order, "", true, false},
    {"MDM", "T03", Family::order, "", true, false},
    {"MDM", "T04", Family::order, "", true, false},
    {"MDM", "T05", Family::order, "", true, false},
    {"MDM", "T06", Family::order, "", true, false},
    {"MDM", "T07", Family::order, "", true, false},
    {"MDM", "T08", Family::order, "", true, false},
    {"MDM", "T09", Family::order, "", true, false},
    {"MDM", "T10", Family::order, "", true, false},
    {"MDM", "T11", Family::order, "", true, false},
    {"MFN", "M02", Family::master, "", false, false},
    {"MFN", "M05", Family::master, "", false, false},
    {"OMG", "O19", Family::order, "", true, false},
    {"OML", "O21", Family::order, "", true, false},
    {"OML", "O33", Family::order, "", true, false},
    {"OML", "O35", Family::order, "", true, false},
    {"OMP", "O09", Family::order, "", true, false},
    {"ORM", "O01", Family::order, "", true, false},
    {"ORU", "R01", Family::order, "", true, false},
    {"ORU", "R30", Family::order, "", true, false},
    {"ORU", "R31", Family::order, "", true, false},
    {"ORU", "R32", Family::order, "", true, false},
    {"ORU", "R40", Family::order, "", true, false},
    {"OUL", "R21", Family::order, "", true, false},
    {"OUL", "R22", Family::order, "", true, false},
    {"OUL", "R23", Family::order, "", true, false},
    {"OUL", "R24", Family::order, "", true, false},
    {"PPR", "PC1", Family::admission, "", true, false},  // problem: add
    {"PPR", "PC2", Family::admission, "", true, false},  // update
    {"PPR", "PC3", Family::admission, "", true, false},  // delete
    {"RAS", "O17", Family::order, "", true, false},
    {"RDE", "O11", Family::order, "", true, false},
    {"RDE", "O25", Family::order, "", true, false},
    {"RDS", "O13", Family::order, "", true, false},
    {"REF", "I12", Family::order, "", true, false},
    {"REF", "I13", Family::order, "", true, false},
    {"REF", "I14", Family::order, "", true, false},
    {"REF", "I15", Family::order, "", true, false},
    {"RGV", "O15", Family::order, "", true, false},
    {"SIU", "S12", Family::schedule, "", true, false},
    {"SIU", "S13", Family::schedule, "", true, false},
    {"SIU", "S14", Family::schedule, "", true, false},
    {"SIU", "S15", Family::schedule, "", true, false},
    {"SIU", "S16", Family::schedule, "", true, false},
    {"SIU", "S17", Family::schedule, "", true, false},
    {"SIU", "S18", Family::schedule, "", true, false},
    {"SIU", "S19", Family::schedule, "", true, false},
    {"SIU", "S20", Family::schedule, "", true, false},
    {"SIU", "S21", Family::schedule, "", true, false},
    {"SIU", "S22", Family::schedule, "", true, false},
    {"SIU", "S24", Family::schedule, "", true, false},
    {"SIU", "S26", Family::schedule, "", true, false},
    {"VXU", "V04", Family::order, "", true, false},
};

}  // namespace

const Event *find_event(std::string_view code, std::string_view trigger) {
    // Some senders leave the trigger of their only event out.
    if (trigger.empty()) {
        if (code == "ORU") trigger = "R01";
        if (code == "ORM") trigger = "O01";
        if (code == "VXU") trigger = "V04";
    }
    for (const auto &e : events)
        if (e.code == code && e.trigger == trigger) return &e;
    return nullptr;
}

}  // namespace clinical::convert
