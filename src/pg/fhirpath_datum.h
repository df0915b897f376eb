#pragma once

// Items of an expression as values of SQL types, for every typed accessor.  Each sets isnull and
// gives NULL for no item and for one of another kind.

#include "bridge/boundary.h"
#include "pg/fhirpath.h"

namespace clinical {

using JsonbItem = JsonbEvaluator::Item;

// False for a primitive that has only id or extensions: there is nothing at its place.
inline bool has_content(const JsonbItem &item) {
    return item.is_value() || item.node.kind() != core::Kind::absent;
}

// What a plain path found, without an Item; nothing for what is no text.
std::optional<Datum> found_text(const PathSite::Found &found);

Datum text_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
Datum boolean_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
Datum integer_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
Datum decimal_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
// NULL for a partial date.
Datum date_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
// NULL without a time and its offset.
Datum timestamp_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);
// Type quantity: a FHIR Quantity with its comparator, a FHIRPath quantity with a UCUM unit; a
// calendar duration only where UCUM has the same (a day is 1 d).  NULL for an invalid unit.
Datum quantity_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item);

}  // namespace clinical
