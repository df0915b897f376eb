// The evaluator over binary jsonb: the one place that instantiates it.

#include "pg/fhirpath.h"

#include "fhirpath/evaluate_all.h"

namespace clinical::fhirpath {

template class Evaluator<bridge::JsonbNode>;

}  // namespace clinical::fhirpath
