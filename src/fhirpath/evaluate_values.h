#pragma once

// Functions of single values: conversion (5.5), strings (5.6), mathematics (5.7).

#include "fhirpath/convert.h"
#include "fhirpath/evaluate_equality.h"
#include "fhirpath/quantity.h"
#include "fhirpath/strings.h"

namespace clinical::fhirpath {

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_conversion(const Node &node,
                                                            const Collection &input,
                                                            const Scope &scope) {
    std::optional<Value> (*convert)(const Value &) = nullptr;
    bool asks = false;
    switch (node.function) {
        case Function::converts_to_boolean: asks = true; [[fallthrough]];
        case Function::to_boolean: convert = to_boolean; break;
        case Function::converts_to_integer: asks = true; [[fallthrough]];
        case Function::to_integer: convert = to_integer; break;
        case Function::converts_to_long: asks = true; [[fallthrough]];
        case Function::to_long: convert = to_long; break;
        case Function::converts_to_decimal: asks = true; [[fallthrough]];
        case Function::to_decimal: convert = to_decimal; break;
        case Function::converts_to_date: asks = true; [[fallthrough]];
        case Function::to_date: convert = to_date; break;
        case Function::converts_to_date_time: asks = true; [[fallthrough]];
        case Function::to_date_time: convert = to_date_time; break;
        case Function::converts_to_time: asks = true; [[fallthrough]];
        case Function::to_time: convert = to_time; break;
        case Function::converts_to_quantity: asks = true; [[fallthrough]];
        case Function::to_quantity: convert = to_quantity; break;
        case Function::converts_to_string: asks = true; [[fallthrough]];
        case Function::to_string: convert = to_string; break;
        default: return std::nullopt;
    }
    const Item *item = single(input, node);
    if (!item) return Collection();
    const bool quantity = convert == to_quantity;
    if (!node.children.empty() && !quantity)
        fail(node, "FHIRPath conversion by a format is not supported",
             core::ErrorCode::unsupported);
    const Value *value = value_of(*item);
    if (!value) {
        if (item->node.kind() == core::Kind::absent) return Collection();
        if (quantity && item->node.find("comparator").kind() != core::Kind::absent)
            fail(node, "FHIR Quantity with a comparator is no FHIRPath quantity");
        return asks ? one(false) : Collection();
    }
    std::optional<Value> result = convert(*value);
    if (quantity && result && !node.children.empty()) {
        const auto unit = string_argument(argument(node, 0, scope), node);
        if (!unit) return Collection();
        result = convert_quantity(*result, *unit);
    }
    return asks ? one(result.has_value()) : one(std::move(result));
}

template <core::Node N>
const Regex &Evaluator<N>::regex(std::string_view pattern, std::string_view flags) {
    constexpr std::size_t most = 64;
    auto key = std::make_pair(std::string(pattern), std::string(flags));
    auto found = regexes_.find(key);
    if (found == regexes_.end()) {
        if (regexes_.size() >= most) regexes_.clear();
        Regex compiled(pattern, flags);
        found = regexes_.emplace(std::move(key), std::move(compiled)).first;
    }
    return found->second;
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_strings(const Node &node, const Collection &input,
                                                         const Scope &scope) {
    if (node.function == Function::join) {
        const Collection by = argument(node, 0, scope);
        const std::string_view separator = string_argument(by, node).value_or("");
        std::string out;
        bool first = true;
        for (const Item &item : input) {
            tick();
            const auto text = string_argument(Collection(item), node);
            if (!text) continue;
            if (!first) out += separator;
            first = false;
            out += *text;
            if (out.size() > max_text)
                fail(node, "FHIRPath string is too long", core::ErrorCode::limit_exceeded);
        }
        if (first && !environment_.sql_on_fhir) return Collection();
        return one(Value::of_string(std::move(out)));
    }
    if (node.function < Function::index_of || node.function > Function::split) return std::nullopt;

    // Arguments are evaluated even for an empty input: their errors are errors.
    const auto of_input = [&]() -> std::optional<std::string_view> {
        const Item *item = single(input, node);
        if (!item) return std::nullopt;
        // Dates and codes of FHIR are text in the first place.
        if (!item->is_value() && item->node.kind() == core::Kind::string)
            return item->node.as_text();
        return string_argument(input, node);
    };
    const std::optional<std::string_view> text = of_input();
    const Collection first = argument(node, 0, scope);
    const Collection second = argument(node, 1, scope);
    const auto text_argument = [&] { return string_argument(first, node); };
    const auto strings = [&](std::optional<std::string> s) {
        return s ? one(Value::of_string(std::move(*s))) : Collection();
    };

    switch (node.function) {
        case Function::substring: {
            const auto start = integer_argument(first, node);
            const auto length = integer_argument(second, node);
            if (!text || !start) return Collection();
            const auto part = substring(*text, *start, length);
            return part ? one(Value::of_string(std::string(*part))) : Collection();
        }
        case Function::upper: return text ? one(Value::of_string(to_upper(*text))) : Collection();
        case Function::lower: return text ? one(Value::of_string(to_lower(*text))) : Collection();
        case Function::trim:
            return text ? one(Value::of_string(std::string(trim(*text)))) : Collection();
        case Function::length:
            return text ? one(Value::of_integer(length_of(*text))) : Collection();
        case Function::to_chars: {
            Collection out;
            if (text)
                for (const std::string_view c : characters(*text))
                    out.push(of(Value::of_string(std::string(c))));
            return out;
        }
        default: break;
    }

    const auto other = text_argument();
    if (!text || !other) return Collection();
    switch (node.function) {
        case Function::index_of: return one(Value::of_integer(index_of(*text, *other)));
        case Function::last_index_of: return one(Value::of_integer(last_index_of(*text, *other)));
        case Function::starts_with: return one(text->starts_with(*other));
        case Function::ends_with: return one(text->ends_with(*other));
        case Function::contains: return one(text->find(*other) != std::string_view::npos);
        case Function::replace: {
            const auto by = string_argument(second, node);
            if (!by) return Collection();
            return one(Value::of_string(replace(*text, *other, *by)));
        }
        case Function::matches:
        case Function::matches_full: {
            const Regex &compiled = regex(*other, string_argument(second, node).value_or(""));
            return one(node.function == Function::matches ? compiled.matches_part(*text)
                                                          : compiled.matches_whole(*text));
        }
        case Function::replace_matches: {
            const auto by = string_argument(second, node);
            if (!by) return Collection();
            // HL7's tests: an empty pattern changes nothing.
            if (other->empty()) return one(Value::of_string(std::string(*text)));
            const Collection flags = argument(node, 2, scope);
            const Regex &compiled = regex(*other, string_argument(flags, node).value_or(""));
            return one(Value::of_string(compiled.replace(*text, *by)));
        }
        case Function::encode: return strings(encode(*text, *other));
        case Function::decode: return strings(decode(*text, *other));
        case Function::escape: return strings(escape(*text, *other));
        case Function::unescape: return strings(unescape(*text, *other));
        case Function::split: {
            Collection out;
            if (other->empty()) {
                for (const std::string_view c : characters(*text))
                    out.push(of(Value::of_string(std::string(c))));
                return out;
            }
            std::string_view rest = *text;
            for (;;) {
                const std::size_t at = rest.find(*other);
                out.push(of(Value::of_string(std::string(rest.substr(0, at)))));
                if (at == std::string_view::npos) return out;
                rest.remove_prefix(at + other->size());
            }
        }
        default: return std::nullopt;
    }
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_math(const Node &node, const Collection &input,
                                                      const Scope &scope) {
    if (node.function < Function::abs || node.function > Function::truncate) return std::nullopt;
    const Item *item = single(input, node);
    const Collection given = argument(node, 0, scope);
    if (!item) return Collection();
    const Value *value = value_of(*item);
    if (!value) {
        if (item->node.kind() == core::Kind::absent) return Collection();
        fail(node, "FHIRPath function needs a number");
    }
    const Item *operand = single(given, node);
    const Value *number = operand ? value_of(*operand) : nullptr;
    switch (node.function) {
        case Function::abs: return one(absolute(*value));
        case Function::ceiling: return one(ceiling(*value));
        case Function::exp: return one(exponential(*value));
        case Function::floor: return one(floor(*value));
        case Function::ln: return one(logarithm(*value));
        case Function::log: return number ? one(logarithm(*value, *number)) : Collection();
        case Function::power: return number ? one(power(*value, *number)) : Collection();
        case Function::round: {
            if (node.children.empty()) return one(round(*value, 0));
            const auto digits = integer_argument(given, node);
            return digits ? one(round(*value, *digits)) : Collection();
        }
        case Function::sqrt: return one(square_root(*value));
        case Function::truncate: return one(truncate(*value));
        default: return std::nullopt;
    }
}

}  // namespace clinical::fhirpath
