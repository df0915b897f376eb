#include "fhirpath/evaluate_all.h"
#include "fhirpath/fhirpath.h"

namespace clinical::fhirpath {

template class Evaluator<core::JsonNode>;

}  // namespace clinical::fhirpath
