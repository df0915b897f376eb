#pragma once

#include "bridge/jsonb_reader.h"
#include "fhirpath/environment.h"

namespace clinical {

// memberOf(), subsumes() and subsumedBy() over the value sets of FHIR R4 and the value sets and
// code systems of this database, as the active snapshot sees them.  Lives as long as the backend.
fhirpath::Terminology &fhirpath_terminology();

// conformsTo() of the definitions that are loaded, likewise (profiles.cpp).
fhirpath::Profiles<bridge::JsonbNode> &fhirpath_profiles();

}  // namespace clinical
