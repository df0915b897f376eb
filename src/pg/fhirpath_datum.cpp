#include "pg/fhirpath_datum.h"

#include "bridge/value.h"
#include "fhirpath/convert.h"

extern "C" {
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"
}

namespace clinical {

namespace path = fhirpath;
using core::Kind;
using path::Value;
using path::ValueKind;

namespace {

constexpr std::int64_t epoch_days = POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE;

const Value *value_of(JsonbEvaluator &evaluator, const JsonbItem *item) {
    return item ? evaluator.value_of(*item) : nullptr;
}

}  // namespace

Datum text_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    if (item && !item->is_value() && item->node.kind() == Kind::string)
        return bridge::to_text(item->node.as_text());
    const Value *value = value_of(evaluator, item);
    if (!value) PG_RETURN_NULL();
    return bridge::to_text(to_text(*value));
}

Datum boolean_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    const Value *value = value_of(evaluator, item);
    if (!value || value->kind != ValueKind::boolean) PG_RETURN_NULL();
    PG_RETURN_BOOL(value->boolean);
}

Datum integer_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    const Value *value = value_of(evaluator, item);
    if (!value || value->kind != ValueKind::integer) PG_RETURN_NULL();
    PG_RETURN_INT32(static_cast<std::int32_t>(value->integer));
}

Datum decimal_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    if (item && !item->is_value() && item->node.kind() == Kind::number)
        return bridge::pg(
            [&] { return datumCopy(NumericGetDatum(item->node.as_numeric()), false, -1); });
    const Value *value = value_of(evaluator, item);
    if (!value || !value->is_number()) PG_RETURN_NULL();
    const std::string text = to_text(*value);
    return bridge::pg([&] {
        return DirectFunctionCall3(numeric_in, CStringGetDatum(text.c_str()),
                                   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
    });
}

Datum date_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    const Value *value = value_of(evaluator, item);
    if (!value || !(value->kind == ValueKind::date || value->kind == ValueKind::date_time) ||
        value->temporal.precision < path::Precision::day)
        PG_RETURN_NULL();
    const path::Temporal day = path::date_of(value->temporal);
    const std::int64_t days = path::unix_micros(day) / USECS_PER_DAY;
    PG_RETURN_DATEADT(static_cast<DateADT>(days - epoch_days));
}

Datum timestamp_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    const Value *value = value_of(evaluator, item);
    if (!value || value->kind != ValueKind::date_time || !value->temporal.offset_minutes ||
        value->temporal.precision < path::Precision::minute)
        PG_RETURN_NULL();
    PG_RETURN_TIMESTAMPTZ(path::unix_micros(value->temporal) - epoch_days * USECS_PER_DAY);
}

}  // namespace clinical
