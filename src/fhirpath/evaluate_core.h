#pragma once

// The evaluator's core: terms, paths, variables, arguments.

#include "fhirpath/evaluator.h"

namespace clinical::fhirpath {

template <core::Node N>
void Evaluator<N>::fail(const Node &node, const char *what, core::ErrorCode code) {
    throw core::Error{code, what,
                      "At character " + std::to_string(node.position + 1) + " of the expression.",
                      node.position};
}

template <core::Node N>
void Evaluator<N>::tick() {
    if (++ticks_ % 1024 == 0) environment_.interrupt.poll();
}

// What one evaluation may compute and hold.
template <core::Node N>
void Evaluator<N>::count_bytes(std::size_t bytes) {
    constexpr std::size_t max_bytes = 256u << 20;
    kept_bytes_ += bytes;
    if (kept_bytes_ > max_bytes || bytes > (64u << 20) + sizeof(Value))
        throw core::Error{core::ErrorCode::limit_exceeded,
                          "FHIRPath expression needs too much memory",
                          "An evaluation may hold 256 MB, a string 64 MB.", 0};
}

template <core::Node N>
const Value *Evaluator<N>::keep(Value &&value) {
    used_ = true;
    count_bytes(sizeof(Value) + (value.text.size() > 15 ? value.text.size() : 0));
    return &values_.emplace_back(std::move(value));
}

template <core::Node N>
typename Evaluator<N>::Item Evaluator<N>::item_of(const N &node, const fhir::Type *type) {
    Item item{.node = node, .type = type};
    if (node.kind() == core::Kind::object && (!type || type->is_resource())) {
        const N name = node.find("resourceType");
        if (name.kind() == core::Kind::string)
            if (const fhir::Type *resource = fhir::resource_named(name.as_text()))
                item.type = resource;
    }
    return item;
}

template <core::Node N>
void Evaluator<N>::reset() {
    result_.clear();
    values_.clear();
    names_.clear();
    variables_.clear();
    kept_bytes_ = 0;
    used_ = false;
}

template <core::Node N>
const typename Evaluator<N>::Collection &Evaluator<N>::evaluate(const Item &input) {
    clear();
    used_ = true;
    root_ = input;
    Scope scope;
    scope.this_item = &root_;
    result_ = eval(ast_.root, scope);
    return result_;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::focus(const Scope &scope) {
    if (scope.this_item) return Collection(*scope.this_item);
    return scope.input ? *scope.input : Collection();
}

// Variables defined inside of a part of the expression end with it (defineVariable, 5.9).
template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_scoped(Index index, const Scope &scope) {
    const std::size_t mark = variables_.size();
    Collection result = eval(index, scope);
    variables_.resize(mark);
    return result;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_lambda(Index index, const Item &item,
                                                            std::int64_t position,
                                                            const Collection *total) {
    Scope scope;
    scope.this_item = &item;
    scope.index = position;
    scope.has_index = true;
    scope.total = total;
    return eval_scoped(index, scope);
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval(Index index, const Scope &scope) {
    tick();
    const Node &node = ast_.nodes[index];
    switch (node.kind) {
        case NodeKind::empty: return {};
        case NodeKind::literal: return Collection(Item{.value = &node.value});
        case NodeKind::this_item: return focus(scope);
        case NodeKind::index:
            if (!scope.has_index) return {};
            return one(Value::of_integer(scope.index));
        case NodeKind::total: return scope.total ? *scope.total : Collection();
        case NodeKind::variable: return eval_variable(node);
        case NodeKind::factory: return eval_factory(node, scope);
        case NodeKind::member: return eval_first_member(node, scope);
        case NodeKind::function: return call(node, focus(scope), scope);
        case NodeKind::path: return eval_path(node, scope);
        case NodeKind::indexer: return {};  // only in a path
        case NodeKind::plus:
        case NodeKind::negate: {
            const Collection operand = eval_scoped(node.children[0], scope);
            const Item *item = single(operand, node);
            if (!item) return {};
            const Value *value = value_of(*item);
            if (!value || !(value->is_number() || value->kind == ValueKind::quantity))
                fail(node, "FHIRPath sign needs a number or quantity");
            if (node.kind == NodeKind::plus) return operand;
            return one(negate(*value));
        }
        case NodeKind::chain: return eval_chain(node, scope);
        case NodeKind::is_type:
        case NodeKind::as_type: return eval_type_test(node, scope);
    }
    return {};
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_path(const Node &node, const Scope &scope) {
    Collection current = eval(node.children[0], scope);
    for (std::size_t i = 1; i < node.children.size(); ++i) {
        const Index index = node.children[i];
        const Node &step = ast_.nodes[index];
        tick();
        switch (step.kind) {
            case NodeKind::member: {
                Collection next;
                for (const Item &item : current) {
                    tick();
                    members(item, step, next);
                }
                current = std::move(next);
                break;
            }
            case NodeKind::function: current = call(step, std::move(current), scope); break;
            case NodeKind::indexer: {
                const auto at = integer_argument(eval_scoped(step.children[0], scope), step);
                if (!at || *at < 0 || static_cast<std::size_t>(*at) >= current.size()) return {};
                current = Collection(current[static_cast<std::size_t>(*at)]);
                break;
            }
            case NodeKind::this_item: break;  // x.$this
            default: current = eval(index, scope); break;
        }
    }
    return current;
}

// A name at the start: the type of the context, or a member of it.
template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_first_member(const Node &node,
                                                                  const Scope &scope) {
    const Collection items = focus(scope);
    Collection out;
    for (const Item &item : items) {
        const char first = node.name.empty() ? 'a' : node.name[0];
        if (first >= 'A' && first <= 'Z' && !item.is_value()) {
            if (item.type) {
                const fhir::Type *named = fhir::type_named(node.name);
                if (named && item.type->is_a(*named)) {
                    out.push(item);
                    continue;
                }
            } else if (item.node.kind() == core::Kind::object) {
                const N name = item.node.find("resourceType");
                if (name.kind() == core::Kind::string && name.as_text() == node.name) {
                    out.push(item);
                    continue;
                }
            }
        }
        members(item, node, out);
    }
    return out;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_variable(const Node &node) {
    const std::string &name = node.name;
    for (auto v = variables_.rbegin(); v != variables_.rend(); ++v)
        if (v->name == name) return v->value;
    for (const auto &[key, value] : environment_.variables) {
        if (key != name) continue;
        Collection out;
        push_json(N{}, value, nullptr, nullptr, out);
        return out;
    }
    if (name == "context") return Collection(root_);
    if (name == "resource" || name == "rootResource") {
        const N &given = name == "resource" ? environment_.resource : environment_.root_resource;
        if (given.kind() != core::Kind::absent) return Collection(item_of(given));
        return Collection(root_);
    }
    if (name == "ucum") return one(Value::of_string("http://unitsofmeasure.org"));
    if (name == "sct") return one(Value::of_string("http://snomed.info/sct"));
    if (name == "loinc") return one(Value::of_string("http://loinc.org"));
    if (name.starts_with("vs-"))
        return one(Value::of_string("http://hl7.org/fhir/ValueSet/" + name.substr(3)));
    if (name.starts_with("ext-"))
        return one(Value::of_string("http://hl7.org/fhir/StructureDefinition/" + name.substr(4)));
    fail(node, "FHIRPath variable is not defined", core::ErrorCode::undefined_name);
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::call(const Node &node, Collection &&input,
                                                     const Scope &scope) {
    if (auto r = call_existence(node, input, scope)) return std::move(*r);
    if (auto r = call_filtering(node, input, scope)) return std::move(*r);
    if (auto r = call_subsetting(node, input, scope)) return std::move(*r);
    if (auto r = call_conversion(node, input, scope)) return std::move(*r);
    if (auto r = call_strings(node, input, scope)) return std::move(*r);
    if (auto r = call_math(node, input, scope)) return std::move(*r);
    if (auto r = call_utility(node, input, scope)) return std::move(*r);
    if (auto r = call_dates(node, input, scope)) return std::move(*r);
    if (auto r = call_types(node, input, scope)) return std::move(*r);
    if (auto r = call_aggregates(node, input, scope)) return std::move(*r);
    if (auto r = call_fhir(node, input, scope)) return std::move(*r);
    fail(node, "FHIRPath function is not supported", core::ErrorCode::unsupported);
}

template <core::Node N>
const Item<N> *Evaluator<N>::single(const Collection &c, const Node &node) {
    if (c.empty()) return nullptr;
    if (c.size() > 1) fail(node, "FHIRPath expression gives several items where one is allowed");
    return &c.front();
}

template <core::Node N>
std::optional<std::string_view> Evaluator<N>::string_argument(const Collection &c,
                                                              const Node &node) {
    const Item *item = single(c, node);
    if (!item) return std::nullopt;
    if (const auto text = text_of(*item)) return text;
    // A primitive without a value is empty (getValue).
    if (!item->is_value() && item->node.kind() == core::Kind::absent) return std::nullopt;
    const Value *value = value_of(*item);
    if (value && value->kind == ValueKind::string) return value->text;
    fail(node, "FHIRPath function needs a string");
}

template <core::Node N>
std::optional<std::int64_t> Evaluator<N>::integer_argument(const Collection &c, const Node &node) {
    const Item *item = single(c, node);
    if (!item) return std::nullopt;
    const Value *value = value_of(*item);
    if (value && (value->kind == ValueKind::integer || value->kind == ValueKind::long_integer))
        return value->integer;
    if (!value && item->node.kind() == core::Kind::absent) return std::nullopt;
    fail(node, "FHIRPath expression needs an integer here");
}

template <core::Node N>
std::optional<bool> Evaluator<N>::boolean_of(const Collection &c) {
    if (c.empty()) return std::nullopt;
    if (c.size() > 1)
        throw core::Error{core::ErrorCode::invalid_value,
                          "FHIRPath expression gives several items where one is allowed",
                          "A condition takes a single item (FHIRPath 4.5).", 0};
    const Item &item = c.front();
    if (item.value) return item.value->kind == ValueKind::boolean ? item.value->boolean : true;
    if (item.node.kind() == core::Kind::boolean) return item.node.as_bool();
    if (item.node.kind() == core::Kind::absent) return std::nullopt;  // id and extensions only
    return true;
}

}  // namespace clinical::fhirpath
