#include "validate/validate.h"

#include "fhirpath/fhirpath.h"
#include "validate/invariants.h"
#include "validate/validator.h"

namespace clinical::validate {

std::vector<core::Issue> issues_of(const core::Json &resource, const core::Limits &limits) {
    Report report;
    FhirpathInvariants<core::JsonNode> invariants(limits.interrupt);
    Validator<core::JsonNode>(report, limits, &invariants).run(core::JsonNode(resource));
    return std::move(report.issues());
}

}  // namespace clinical::validate
