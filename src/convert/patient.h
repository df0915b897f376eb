#pragma once

// Who a message is about.

#include <optional>
#include <string>
#include <vector>

#include "convert/context.h"
#include "convert/event.h"
#include "convert/grammar.h"

namespace clinical::convert {

// A list of patient identifiers (PID-3, MRG-1): the one that names the patient, and the others
// that name the same person.
struct PatientIdentity {
    std::string id;                   // patient_id
    std::vector<std::string> others;  // patient_ids of the same list
};

// Nothing when the list names nobody.
std::optional<PatientIdentity> identify_patient(Context &context, const hl7v2::Value &list);
// PID-3, else PID-2, else PID-4.
std::optional<PatientIdentity> identify_patient(Context &context, const Fields &pid);

// What the resources of one patient refer to.
struct Subject {
    std::string patient_id;
    std::string patient;               // "Patient/..."
    std::string encounter;             // "Encounter/...", empty without one
    bool encounter_is_stated = false;  // by this message
    std::string account;               // "Account/...", empty without one
    std::string episode;               // "EpisodeOfCare/...", empty without one
    [[nodiscard]] std::vector<std::string> parents() const;
    [[nodiscard]] core::Json patient_reference() const;
    // Sets `subject` and, where the type has it, `encounter`.
    void refer(core::Json &resource, std::string_view subject_element, bool with_encounter) const;
};

// States the Patient (PID, PD1, NK1 contacts) and its links.
Statement &state_patient(Context &context, const PatientGroup &group,
                         const PatientIdentity &identity);
void state_links(Context &context, const PatientIdentity &identity, std::string_view rule);

// PD1-7 as an Observation.
void state_living_will(Context &context, const PatientGroup &group, const Subject &subject);

// A person list of identifiers gets systems where the sender left them out.
void complete_identifiers(Context &context, core::Json &resource);

}  // namespace clinical::convert
