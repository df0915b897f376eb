#pragma once

// Which segment belongs to which: the grammar of the structures that are converted (HL7 v2.5.1
// chapters 3 to 11), as far as segments are used.  One walk serves them all: where a segment stands
// is decided by what came before it, so that a message of another version, or one that leaves an
// optional opener out, is understood, too.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "convert/event.h"
#include "convert/fields.h"

namespace clinical::convert {

struct ObservationGroup {
    const Fields *obx = nullptr;
    std::vector<const Fields *> notes;
    std::vector<const Fields *> participants;  // PRT
};

struct SpecimenGroup {
    const Fields *spm = nullptr;
    std::vector<const Fields *> containers;  // SAC
    std::vector<ObservationGroup> observations;
};

// A segment and those that speak of it: PR1 with ROL, IN1 with IN2 and IN3, AIS with NTE.
struct Part {
    const Fields *head = nullptr;
    std::vector<const Fields *> followers;
    std::vector<const Fields *> notes;
};

struct OrderGroup {
    const Fields *orc = nullptr;
    const Fields *obr = nullptr;
    const Fields *shared_spm = nullptr;   // OUL: the specimen that its orders stand under
    std::vector<const Fields *> details;  // RXO, RXE, RXD, RXA, RXR, RXC, TQ1, DG1, PRT, ...
    std::vector<const Fields *> notes;
    std::vector<ObservationGroup> observations;
    std::vector<SpecimenGroup> specimens;
    // The first of the details with that name; null when there is none.
    [[nodiscard]] const Fields *detail(std::string_view id) const {
        for (const Fields *s : details)
            if (s->id() == id) return s;
        return nullptr;
    }
};

struct PatientGroup {
    const Fields *pid = nullptr;
    const Fields *pd1 = nullptr;
    const Fields *mrg = nullptr;
    const Fields *pv1 = nullptr;
    const Fields *pv2 = nullptr;
    std::vector<const Fields *> relatives;    // NK1
    std::vector<const Fields *> allergies;    // AL1, IAM
    std::vector<const Fields *> diagnoses;    // DG1
    std::vector<Part> insurances;             // IN1 with IN2, IN3
    std::vector<const Fields *> guarantors;   // GT1
    std::vector<Part> procedures;             // PR1 with ROL, PRT
    std::vector<Part> charges;                // FT1
    std::vector<Part> problems;               // PRB with ROL, PRT
    std::vector<const Fields *> roles;        // ROL, PRT of the patient
    std::vector<const Fields *> visit_roles;  // ROL, PRT of the visit
    std::vector<const Fields *> notes;
    std::vector<ObservationGroup> observations;  // of the patient, in no order
    std::vector<OrderGroup> orders;
    const Fields *txa = nullptr;
    std::vector<ObservationGroup> contents;  // OBX after TXA
};

struct Grouped {
    const Fields *evn = nullptr;
    std::vector<PatientGroup> patients;
    std::vector<const Fields *> software;   // SFT
    const Fields *schedule = nullptr;       // SCH
    std::vector<const Fields *> timings;    // TQ1 of SCH
    std::vector<const Fields *> notes;      // NTE of SCH, RF1
    std::vector<Part> resources;            // AIS, AIG, AIL, AIP
    const Fields *referral = nullptr;       // RF1
    std::vector<Part> providers;            // PRD
    std::vector<Part> entries;              // MFE with STF, PRA, ORG, LOC
    std::vector<const Fields *> unmapped;   // segments that nothing reads
    std::vector<const Fields *> misplaced;  // known, but where the grammar has no place for them
    std::deque<Fields> segments;            // what the pointers point to
};

Grouped group_segments(const hl7v2::Message &message, const Event &event);

}  // namespace clinical::convert
