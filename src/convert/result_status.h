#pragma once

// Statuses of results: HL7 tables 0085 and 0123, and how they go together.

#include <string>
#include <string_view>
#include <vector>

namespace clinical::convert {

struct ResultStatus {
    std::string_view code;           // FHIR; empty when the table has none
    std::string_view absent_reason;  // FHIR data-absent-reason, when the status says one
    bool is_status_only = false;     // the message states the status of what is stored, no value
};

// OBX-11.  Unknown codes have an empty `code`.
ResultStatus observation_status(std::string_view obx11);

// OBR-25 for a DiagnosticReport.
std::string_view report_status(std::string_view obr25);

// OBR-25 for an Observation whose OBX-11 is empty.
std::string_view inherited_status(std::string_view obr25);

// The report's status when the order's and the results' statements disagree: nothing is final
// while one of its results is not.
std::string_view reconcile(std::string_view report, const std::vector<std::string> &results);

}  // namespace clinical::convert
