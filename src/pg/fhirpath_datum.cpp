#include "pg/fhirpath_datum.h"

#include <cstring>

#include "bridge/memory.h"
#include "bridge/value.h"
#include "fhirpath/convert.h"
#include "fhirpath/quantity.h"
#include "pg/quantity_argument.h"

extern "C" {
#include "utils/date.h"
#include "utils/datetime.h"
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

std::optional<Datum> found_text(const PathSite::Found &found) {
    if (!found.text.empty()) return bridge::to_text(found.text);
    switch (found.node.kind()) {
        case Kind::string: return bridge::to_text(found.node.as_text());
        case Kind::boolean: return bridge::to_text(found.node.as_bool() ? "true" : "false");
        case Kind::number: {
            Numeric number = found.node.as_numeric();
            return bridge::pg([&] {
                return PointerGetDatum(cstring_to_text(
                    DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)))));
            });
        }
        default: return std::nullopt;
    }
}

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
    if (item && !item->is_value() && item->node.kind() == Kind::number) {
        const std::string_view number = item->node.image();
        void *copy = bridge::allocate(CurrentMemoryContext, number.size());
        std::memcpy(copy, number.data(), number.size());
        return PointerGetDatum(copy);
    }
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

namespace {

std::string_view text_at(const bridge::JsonbNode &object, std::string_view key) {
    return object.find(key).as_text();
}

// Of a FHIR Quantity, which may have a comparator; nothing without a UCUM unit.
std::optional<ucum::Quantity> stored_quantity(const bridge::JsonbNode &object) {
    if (object.find("value").kind() != Kind::number) return std::nullopt;
    const std::string_view system = text_at(object, "system");
    std::string_view code = text_at(object, "code");
    if (system != "http://unitsofmeasure.org") {
        if (!system.empty() || !code.empty()) return std::nullopt;
        code = text_at(object, "unit");
    }
    const auto unit = pg::unit_cache().unit(code);
    const auto comparator = ucum::comparator_of(text_at(object, "comparator"));
    const auto value = core::Decimal::parse(object.find("value").number_text());
    if (!unit.ok() || !comparator || !value.ok()) return std::nullopt;
    return ucum::Quantity{*comparator, value.value(), unit.value()};
}

std::optional<ucum::Quantity> computed_quantity(const Value &value) {
    if (value.unit == path::UnitKind::calendar) {
        const auto definite = path::convert_quantity(value, "d");
        if (!definite) return std::nullopt;  // months and years of a calendar
        return computed_quantity(*definite);
    }
    const auto unit = pg::unit_cache().unit(value.text);
    if (!unit.ok()) return std::nullopt;
    return ucum::Quantity{ucum::Comparator::exact, value.decimal, unit.value()};
}

}  // namespace

Datum quantity_datum(FunctionCallInfo fcinfo, JsonbEvaluator &evaluator, const JsonbItem *item) {
    std::optional<ucum::Quantity> quantity;
    if (item && !item->is_value() && item->node.kind() == Kind::object) {
        quantity = stored_quantity(item->node);
    } else if (const Value *value = value_of(evaluator, item);
               value && value->kind == ValueKind::quantity) {
        quantity = computed_quantity(*value);
    }
    if (!quantity) PG_RETURN_NULL();
    return pg::quantity_datum(*quantity);
}

}  // namespace clinical
