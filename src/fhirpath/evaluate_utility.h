#pragma once

// Utility functions (5.9), types (6.3) and aggregates (7).

#include "fhirpath/convert.h"
#include "fhirpath/evaluate_equality.h"
#include "fhirpath/quantity.h"

namespace clinical::fhirpath {

template <core::Node N>
void Evaluator<N>::trace_items(std::string_view name, const Collection &items) {
    if (!environment_.tracer) return;
    for (const Item &item : items) environment_.tracer->trace(name, item);
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_utility(const Node &node, Collection &input,
                                                         const Scope &scope) {
    switch (node.function) {
        case Function::trace: {
            const Collection name = argument(node, 0, scope);
            const std::string text(string_argument(name, node).value_or(""));
            if (node.children.size() < 2) {
                trace_items(text, input);
            } else {
                std::int64_t i = 0;
                for (const Item &item : input)
                    trace_items(text, eval_lambda(node.children[1], item, i++));
            }
            return std::move(input);
        }
        case Function::define_variable: {
            const Collection name_items = argument(node, 0, scope);
            const auto name = string_argument(name_items, node);
            if (!name) fail(node, "FHIRPath variable needs a name");
            for (const std::string_view taken :
                 {"context", "resource", "rootResource", "ucum", "sct", "loinc"})
                if (*name == taken) fail(node, "FHIRPath variable is defined already");
            for (const Variable &v : variables_)
                if (v.name == *name) fail(node, "FHIRPath variable is defined already");
            for (const auto &[key, value] : environment_.variables)
                if (key == *name) fail(node, "FHIRPath variable is defined already");
            Variable variable{std::string(*name), {}};
            if (node.children.size() > 1) {
                Scope inner = scope;
                inner.input = &input;
                inner.this_item = nullptr;
                variable.value = eval_scoped(node.children[1], inner);
            } else {
                variable.value = input;
            }
            variables_.push_back(std::move(variable));
            return std::move(input);
        }
        default: return std::nullopt;
    }
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_dates(const Node &node, const Collection &input,
                                                       const Scope &scope) {
    const auto unit_named = [&](std::size_t n) {
        const Collection name = argument(node, n, scope);
        const auto text = string_argument(name, node);
        const auto unit = text ? calendar_unit(*text) : std::nullopt;
        if (text && !unit)
            fail(node, "FHIRPath function needs the name of a calendar unit",
                 core::ErrorCode::invalid_option);
        return unit;
    };
    switch (node.function) {
        case Function::now:
        case Function::today:
        case Function::time_of_day: {
            if (!environment_.now)
                fail(node,
                     "FHIRPath expression asks for the time, which an immutable function has not",
                     core::ErrorCode::unsupported);
            const Temporal &now = *environment_.now;
            if (node.function == Function::now) return one(Value::of_temporal(now));
            if (node.function == Function::today) return one(Value::of_temporal(date_of(now)));
            return one(Value::of_temporal(*time_of(now)));
        }
        case Function::low_boundary:
        case Function::high_boundary:
        case Function::precision: {
            const Item *item = single(input, node);
            const Collection digits_items = argument(node, 0, scope);
            const auto digits = integer_argument(digits_items, node);
            const Value *value = item ? value_of(*item) : nullptr;
            if (!value) return Collection();
            if (node.function == Function::precision) return one(precision(*value));
            return one(boundary(*value, digits, node.function == Function::high_boundary));
        }
        case Function::duration:
        case Function::difference: {
            const Item *a = single(input, node);
            const Collection other = argument(node, 0, scope);
            const Item *b = single(other, node);
            const auto unit = unit_named(1);
            if (!a || !b || !unit) return Collection();
            const Value *x = value_of(*a);
            const Value *y = value_of(*b);
            if (!x || !y || !x->is_temporal() || !y->is_temporal())
                fail(node, "FHIRPath function needs dates or times");
            const auto n = units_between(x->temporal, y->temporal, *unit,
                                         node.function == Function::difference);
            return n ? one(checked_integer(core::Decimal(*n), false)) : Collection();
        }
        case Function::comparable: {
            const Item *a = single(input, node);
            const Collection other = argument(node, 0, scope);
            const Item *b = single(other, node);
            const Value *x = a ? value_of(*a) : nullptr;
            const Value *y = b ? value_of(*b) : nullptr;
            if (!x || !y) return Collection();
            if (x->kind != ValueKind::quantity || y->kind != ValueKind::quantity)
                fail(node, "FHIRPath function needs quantities");
            return one(comparable(*x, *y));
        }
        default: break;
    }
    if (node.function < Function::year_of || node.function > Function::time_of) return std::nullopt;

    const Item *item = single(input, node);
    const Value *value = item ? value_of(*item) : nullptr;
    if (!value) return Collection();
    Temporal t = value->temporal;
    if (value->kind == ValueKind::string) {
        const auto parsed = parse_temporal(value->text, TemporalKind::date_time);
        if (!parsed) return Collection();
        t = *parsed;
    } else if (!value->is_temporal()) {
        return Collection();
    }
    const bool is_time = t.kind == TemporalKind::time;
    const auto part = [&](Precision precision, int number) {
        const bool of_date = precision <= Precision::day;
        if (t.precision < precision || (of_date && is_time)) return Collection();
        return one(Value::of_integer(number));
    };
    switch (node.function) {
        case Function::year_of: return part(Precision::year, t.year);
        case Function::month_of: return part(Precision::month, t.month);
        case Function::day_of: return part(Precision::day, t.day);
        case Function::hour_of: return part(Precision::hour, t.hour);
        case Function::minute_of: return part(Precision::minute, t.minute);
        case Function::second_of: return part(Precision::second, t.second);
        case Function::millisecond_of: return part(Precision::millisecond, t.nanos / 1'000'000);
        case Function::timezone_offset_of: {
            if (!t.offset_minutes) return Collection();
            const auto hours = core::Decimal(*t.offset_minutes).divide(core::Decimal(60), 4);
            const core::Decimal trimmed = hours.value().trimmed();
            return one(Value::of_decimal(trimmed.scale() > 0 ? trimmed : trimmed.round(1).value()));
        }
        case Function::date_of: return is_time ? Collection() : one(Value::of_temporal(date_of(t)));
        case Function::time_of: {
            const auto time = is_time ? std::nullopt : time_of(t);
            return time ? one(Value::of_temporal(*time)) : Collection();
        }
        default: return std::nullopt;
    }
}

template <core::Node N>
const TypeName &Evaluator<N>::type_named(const Node &node) {
    const auto found = types_.find(&node);
    if (found != types_.end()) return found->second;
    return types_.emplace(&node, resolve_type(node.name)).first->second;
}

// Whether an item is of a type.  `exact`: a primitive must have that very type (as, ofType).
template <core::Node N>
bool Evaluator<N>::is_of(const Item &item, const TypeName &type, bool exact) {
    if (item.is_value()) return type.system == item.value->kind;
    if (item.type) {
        if (!type.fhir) return false;
        if (exact && item.type->is_primitive()) return item.type == type.fhir;
        return item.type->is_a(*type.fhir);
    }
    if (item.node.kind() == core::Kind::object || item.node.kind() == core::Kind::absent)
        return false;
    const Value *value = value_of(item);
    return value && type.system == value->kind;
}

template <core::Node N>
std::pair<std::string_view, std::string_view> Evaluator<N>::type_of(const Item &item) {
    if (item.is_value()) return {"System", system_name(item.value->kind)};
    if (item.type) return {"FHIR", item.type->name()};
    switch (item.node.kind()) {
        case core::Kind::boolean: return {"System", "Boolean"};
        case core::Kind::string: return {"System", "String"};
        default: return {"", ""};
    }
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_type_test(const Node &node,
                                                               const Scope &scope) {
    const Collection operand = eval_scoped(node.children[0], scope);
    const TypeName &type = type_named(node);
    const Item *item = single(operand, node);
    if (!item) return {};
    if (node.kind == NodeKind::is_type) return one(is_of(*item, type));
    return is_of(*item, type, true) ? operand : Collection();
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_types(const Node &node, const Collection &input,
                                                       const Scope &scope) {
    switch (node.function) {
        case Function::is:
        case Function::as: {
            const TypeName &type = type_named(ast_.nodes[node.children[0]]);
            const Item *item = single(input, node);
            if (!item) return Collection();
            if (node.function == Function::is) return one(is_of(*item, type));
            return is_of(*item, type, true) ? Collection(*item) : Collection();
        }
        case Function::of_type: {
            const TypeName &type = type_named(ast_.nodes[node.children[0]]);
            Collection out;
            for (const Item &item : input) {
                tick();
                // A primitive of FHIR converts to its System type implicitly.
                const bool converts = !type.fhir && type.system && item.type &&
                                      item.type->is_primitive() &&
                                      system_kind(*item.type) == *type.system;
                if (converts || is_of(item, type, true)) out.push(item);
            }
            return out;
        }
        case Function::type: {
            Collection out;
            for (const Item &item : input) {
                auto [name_space, name] = type_of(item);
                if (name.empty() && item.node.kind() == core::Kind::number) {
                    name_space = "System";
                    name = system_name(value_of(item)->kind);
                }
                if (!name.empty()) out.push(of(Value::of_type(name_space, name)));
            }
            return out;
        }
        default: return std::nullopt;
    }
    (void)scope;
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_aggregates(const Node &node,
                                                            const Collection &input,
                                                            const Scope &scope) {
    switch (node.function) {
        case Function::aggregate: {
            Collection total = argument(node, 1, scope);
            std::int64_t i = 0;
            for (const Item &item : input) total = eval_lambda(node.children[0], item, i++, &total);
            return total;
        }
        case Function::sum:
        case Function::min:
        case Function::max:
        case Function::avg: break;
        default: return std::nullopt;
    }
    std::optional<Value> total;
    for (const Item &item : input) {
        tick();
        const Value *value = value_of(item);
        if (!value) {
            if (item.node.kind() == core::Kind::absent) return Collection();
            fail(node, "FHIRPath aggregate does not take values of this type");
        }
        if (!total) {
            total = *value;
        } else if (node.function == Function::min || node.function == Function::max) {
            const auto sign = order(*value, *total);
            if (!sign) return Collection();
            if (node.function == Function::min ? *sign < 0 : *sign > 0) total = *value;
        } else {
            total = arithmetic(Operator::add, *total, *value);
            if (!total) return Collection();
        }
    }
    if (!total || node.function != Function::avg) return one(std::move(total));
    return one(arithmetic(Operator::divide, *total,
                          Value::of_integer(static_cast<std::int64_t>(input.size()))));
}

}  // namespace clinical::fhirpath
