#pragma once

#include "fhirpath/environment.h"

namespace clinical {

// memberOf(), subsumes() and subsumedBy() over the value sets of FHIR R4 and the value sets and
// code systems of this database, as the active snapshot sees them.  Lives as long as the backend.
fhirpath::Terminology &fhirpath_terminology();

}  // namespace clinical
