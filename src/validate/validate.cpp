#include "validate/validate.h"

#include "validate/validator.h"

namespace clinical::validate {

std::vector<core::Issue> issues_of(const core::Json &resource, const core::Limits &limits) {
    Report report;
    Validator<core::JsonNode>(report, limits).run(core::JsonNode(resource));
    return std::move(report.issues());
}

}  // namespace clinical::validate
