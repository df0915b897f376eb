#pragma once

// Which segment belongs to which: the grammar of the structures that are converted (HL7 v2.5.1
// chapters 3 and 7), as far as segments are used.

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "convert/fields.h"

namespace clinical::convert {

struct ObservationGroup {
    const Fields *obx = nullptr;
    std::vector<const Fields *> notes;
};

struct SpecimenGroup {
    const Fields *spm = nullptr;
    std::vector<ObservationGroup> observations;
};

struct OrderGroup {
    const Fields *orc = nullptr;
    const Fields *obr = nullptr;
    std::vector<const Fields *> notes;
    std::vector<ObservationGroup> observations;
    std::vector<SpecimenGroup> specimens;
};

struct PatientGroup {
    const Fields *pid = nullptr;
    const Fields *pd1 = nullptr;
    const Fields *mrg = nullptr;
    const Fields *pv1 = nullptr;
    const Fields *pv2 = nullptr;
    std::vector<const Fields *> relatives;   // NK1
    std::vector<const Fields *> allergies;   // AL1
    std::vector<const Fields *> diagnoses;   // DG1
    std::vector<const Fields *> insurances;  // IN1
    std::vector<const Fields *> notes;
    std::vector<ObservationGroup> observations;  // of the patient, in no order
    std::vector<OrderGroup> orders;
};

struct Grouped {
    const Fields *evn = nullptr;
    std::vector<PatientGroup> patients;
    std::vector<const Fields *> unmapped;   // segments that nothing reads
    std::vector<const Fields *> misplaced;  // known, but where the grammar has no place for them
    std::deque<Fields> segments;            // what the pointers point to
};

// `structure`: ADT_A01, ADT_A39, ORU_R01, ...
Grouped group_segments(const hl7v2::Message &message, std::string_view structure);

}  // namespace clinical::convert
