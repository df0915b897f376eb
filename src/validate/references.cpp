#include "validate/references.h"

namespace clinical::validate {

bool admits(const fhir::TypeList &targets, const fhir::Type &type) {
    if (targets.empty()) return true;
    for (const fhir::Type &target : targets)
        if (type.is_a(target)) return true;
    return false;
}

}  // namespace clinical::validate
