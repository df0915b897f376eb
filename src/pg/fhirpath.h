#pragma once

// FHIRPath over stored jsonb, for every glue file that evaluates expressions.

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "fhirpath/evaluator.h"

namespace clinical::fhirpath {

extern template class Evaluator<bridge::JsonbNode>;

}  // namespace clinical::fhirpath

namespace clinical {

using JsonbEvaluator = fhirpath::Evaluator<bridge::JsonbNode>;
using JsonbEnvironment = fhirpath::Environment<bridge::JsonbNode>;

// The parsed expression, from the backend's cache (the 256 last ones); throws core::Error.
fhirpath::Expression fhirpath_expression(std::string_view text);

// An item as a jsonb in the current memory context: a place in the document is copied as it is
// stored; dates and times are strings, quantities objects {"value", "unit", ...}.  Not for a
// primitive that has only id or extensions: there is nothing at its place.
Datum fhirpath_jsonb(const JsonbEvaluator::Item &item, bridge::JsonbWriter &writer);

// Fills what the stable forms may ask for: the time of the transaction, terminology; references
// beyond the resource resolve to nothing.
void fhirpath_open_world(JsonbEnvironment &environment);

}  // namespace clinical
