#include "codes/outcome.h"

namespace clinical::codes {

core::Json outcome_of(const std::vector<Finding> &findings) {
    using core::Json;
    Json outcome = Json::object();
    outcome.set("resourceType", Json::string("OperationOutcome"));
    Json &issues = outcome.set("issue", Json::array());
    for (const Finding &f : findings) {
        Json issue = Json::object();
        if (!f.id.empty()) {
            Json extension = Json::object();
            extension.set("url", Json::string("http://hl7.org/fhir/StructureDefinition/"
                                              "operationoutcome-message-id"));
            extension.set("valueString", Json::string(f.id));
            issue["extension"].push(std::move(extension));
        }
        issue.set("severity", Json::string(f.severity));
        issue.set("code", Json::string(f.code));
        Json &details = issue.set("details", Json::object());
        if (!f.kind.empty()) {
            Json coding = Json::object();
            coding.set("system",
                       Json::string("http://hl7.org/fhir/tools/CodeSystem/tx-issue-type"));
            coding.set("code", Json::string(f.kind));
            details["coding"].push(std::move(coding));
        }
        details.set("text", Json::string(f.text));
        if (!f.place.empty()) {
            issue["location"].push(Json::string(f.place));
            issue["expression"].push(Json::string(f.place));
        }
        issues.push(std::move(issue));
    }
    return outcome;
}

}  // namespace clinical::codes
