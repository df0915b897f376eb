#pragma once

// FHIR R4 resources to HL7 v2.5.1: results (ORU_R01), patients (ADT_A08), merges (ADT_A40) and
// immunizations (VXU_V04), for receivers that speak v2 alone.

#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"

namespace clinical::convert {

// `resources`: a Bundle, a list of resources, or one resource.  `structure`: ORU_R01, ADT_A08,
// ADT_A40, VXU_V04; empty: what the resources ask for.  `options` may hold sending_application,
// sending_facility, receiving_application, receiving_facility, time (FHIR), control_id,
// processing_id.  No clock is read: MSH-7 is options.time, else Bundle.timestamp, else the latest
// time of the content.  The error is unsupported for a structure that is not made and
// invalid_value when there is no Patient.
core::Result<std::string> hl7v2_from_fhir(const core::Json &resources, std::string_view structure,
                                          const core::Json &options);

}  // namespace clinical::convert
