#pragma once

#include <string>

namespace clinical::core {

// One finding about a record: SQL type clinical_issue.  Never holds patient data.
struct Issue {
    std::string severity;     // FHIR: fatal, error, warning, information
    std::string code;         // FHIR issue code: structure, invalid, not-supported, ...
    std::string format_code;  // the format's own code
    std::string location;     // place in the source, such as "Segment 3 (byte 118)"
    std::string expression;   // FHIRPath
    std::string message;
};

}  // namespace clinical::core
