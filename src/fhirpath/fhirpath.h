#pragma once

// FHIRPath N1 (2.0.0) with the trial-use functions of 3.0 and FHIR R4's own: the face of the
// chapter.
//
//   auto expression = Expression::parse("name.where(use = 'official').family");
//   Environment<core::JsonNode> environment;
//   Evaluator<core::JsonNode> evaluator(expression.value(), environment);
//   for (const auto &item : evaluator.evaluate(core::JsonNode(resource)))
//       if (const Value *v = evaluator.value_of(item)) ... to_text(*v) ...
//
// An Expression is immutable and shared; an Evaluator belongs to one thread and is kept from row to
// row, since it remembers what it looked up.  Items and values live until its next evaluation.
// Evaluation throws core::Error: invalid_value where the specification says that an error is
// signalled, undefined_name for variables and types, undefined_function for one that %factory has
// not, unsupported for what the environment does not offer, limit_exceeded.
//
// Element names that a type does not have are empty here; check() (check.h) finds them beforehand.
//
// The templates are instantiated for core::JsonNode in evaluator_json.cpp and for the server's
// binary jsonb in pg/fhirpath_evaluator.cpp: include this header to use an Evaluator, and those two
// files alone include evaluate_all.h.

#include "core/json.h"
#include "fhirpath/evaluator.h"

namespace clinical::fhirpath {

extern template class Evaluator<core::JsonNode>;

}  // namespace clinical::fhirpath
