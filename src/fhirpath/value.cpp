#include "fhirpath/value.h"

#include "fhirpath/quantity.h"

namespace clinical::fhirpath {

Value Value::of_boolean(bool b) {
    Value v;
    v.boolean = b;
    return v;
}

Value Value::of_string(std::string text) {
    Value v;
    v.kind = ValueKind::string;
    v.text = std::move(text);
    return v;
}

Value Value::of_integer(std::int64_t i) {
    Value v;
    v.kind = ValueKind::integer;
    v.integer = i;
    return v;
}

Value Value::of_long(std::int64_t i) {
    Value v;
    v.kind = ValueKind::long_integer;
    v.integer = i;
    return v;
}

Value Value::of_decimal(core::Decimal d) {
    Value v;
    v.kind = ValueKind::decimal;
    v.decimal = std::move(d);
    return v;
}

Value Value::of_temporal(const Temporal &t) {
    Value v;
    v.kind = t.kind == TemporalKind::date        ? ValueKind::date
             : t.kind == TemporalKind::date_time ? ValueKind::date_time
                                                 : ValueKind::time;
    v.temporal = t;
    return v;
}

Value Value::of_quantity(core::Decimal value, std::string_view unit, UnitKind kind) {
    Value v;
    v.kind = ValueKind::quantity;
    v.decimal = std::move(value);
    v.unit = kind;
    v.text = kind == UnitKind::calendar ? calendar_name(*calendar_unit(unit)) : unit;
    return v;
}

Value Value::of_type(std::string_view name_space, std::string_view name) {
    Value v;
    v.kind = ValueKind::type_info;
    v.name_space = name_space;
    v.text = name;
    return v;
}

core::Decimal Value::as_decimal() const {
    return kind == ValueKind::decimal || kind == ValueKind::quantity ? decimal
                                                                     : core::Decimal(integer);
}

std::string_view system_name(ValueKind kind) {
    switch (kind) {
        case ValueKind::boolean: return "Boolean";
        case ValueKind::string: return "String";
        case ValueKind::integer: return "Integer";
        case ValueKind::long_integer: return "Long";
        case ValueKind::decimal: return "Decimal";
        case ValueKind::date: return "Date";
        case ValueKind::date_time: return "DateTime";
        case ValueKind::time: return "Time";
        case ValueKind::quantity: return "Quantity";
        case ValueKind::type_info: return "SimpleTypeInfo";
    }
    return "";
}

std::string to_text(const Value &value) {
    switch (value.kind) {
        case ValueKind::boolean: return value.boolean ? "true" : "false";
        case ValueKind::string: return value.text;
        case ValueKind::integer:
        case ValueKind::long_integer: return std::to_string(value.integer);
        case ValueKind::decimal: return value.decimal.to_text();
        case ValueKind::date:
        case ValueKind::date_time:
        case ValueKind::time: return value.temporal.to_text();
        case ValueKind::quantity: {
            std::string text = value.decimal.to_text();
            text += ' ';
            if (value.unit == UnitKind::calendar) {
                text += value.text;
                if (value.decimal != core::Decimal(1)) text += 's';
            } else {
                text += '\'';
                text += value.text;
                text += '\'';
            }
            return text;
        }
        case ValueKind::type_info: {
            std::string text(value.name_space);
            text += '.';
            text += value.text;
            return text;
        }
    }
    return {};
}

}  // namespace clinical::fhirpath
