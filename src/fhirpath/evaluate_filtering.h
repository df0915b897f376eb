#pragma once

// Existence (5.1), filtering and projection (5.2), subsetting (5.3), combining (5.4).

#include "fhirpath/evaluate_equality.h"

namespace clinical::fhirpath {

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_existence(const Node &node,
                                                           const Collection &input,
                                                           const Scope &scope) {
    // allTrue and its kin.
    const auto booleans = [&](bool wanted, bool all) {
        for (const Item &item : input) {
            const Value *value = value_of(item);
            if (!value && item.node.kind() == core::Kind::absent) {
                if (all) return false;
                continue;
            }
            if (!value || value->kind != ValueKind::boolean)
                fail(node, "FHIRPath function needs booleans");
            if (all && value->boolean != wanted) return false;
            if (!all && value->boolean == wanted) return true;
        }
        return all;
    };
    const auto subset = [&](const Collection &small, const Collection &large) {
        for (const Item &item : small)
            if (!contains(large, item)) return false;
        return true;
    };
    switch (node.function) {
        case Function::empty: return one(input.empty());
        case Function::exists: {
            if (node.children.empty()) return one(!input.empty());
            std::int64_t i = 0;
            for (const Item &item : input)
                if (boolean_of(eval_lambda(node.children[0], item, i++)) == true) return one(true);
            return one(false);
        }
        case Function::all: {
            std::int64_t i = 0;
            for (const Item &item : input)
                if (boolean_of(eval_lambda(node.children[0], item, i++)) != true) return one(false);
            return one(true);
        }
        case Function::all_true: return one(booleans(true, true));
        case Function::any_true: return one(booleans(true, false));
        case Function::all_false: return one(booleans(false, true));
        case Function::any_false: return one(booleans(false, false));
        case Function::subset_of: return one(subset(input, argument(node, 0, scope)));
        case Function::superset_of: return one(subset(argument(node, 0, scope), input));
        case Function::count:
            return one(Value::of_integer(static_cast<std::int64_t>(input.size())));
        case Function::distinct: return distinct(input);
        case Function::is_distinct: return one(distinct(input).size() == input.size());
        case Function::not_: {
            const auto b = boolean_of(input);
            return b ? one(!*b) : Collection();
        }
        default: return std::nullopt;
    }
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_filtering(const Node &node, Collection &input,
                                                           const Scope &scope) {
    switch (node.function) {
        case Function::where: {
            Collection out;
            std::int64_t i = 0;
            for (const Item &item : input)
                if (boolean_of(eval_lambda(node.children[0], item, i++)) == true) out.push(item);
            return out;
        }
        case Function::select: {
            Collection out;
            std::int64_t i = 0;
            for (const Item &item : input) out.append(eval_lambda(node.children[0], item, i++));
            return out;
        }
        case Function::repeat: return repeat(node, input, true);
        case Function::repeat_all: return repeat(node, input, false);
        case Function::sort: return sort(node, input);
        case Function::coalesce: {
            for (std::size_t i = 0; i < node.children.size(); ++i) {
                Collection value = eval_scoped(node.children[i], scope);
                if (!value.empty()) return value;
            }
            return Collection();
        }
        case Function::iif: return iif(node, input, scope);
        case Function::children: {
            Collection out;
            for (const Item &item : input) children(item, out);
            return out;
        }
        case Function::descendants: {
            Collection out;
            descendants(input, out);
            return out;
        }
        default: return std::nullopt;
    }
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::repeat(const Node &node, const Collection &input,
                                                       bool unique) {
    Collection out;
    Collection level = input;
    std::unordered_multimap<std::size_t, std::size_t> seen;
    const auto is_new = [&](const Item &item) {
        if (!unique) return true;
        const bool linear = item.value
                                ? item.value->kind == ValueKind::quantity || item.value->is_number()
                                : item.type && is_quantity(*item.type);
        if (linear) return !contains(out, item);
        const std::size_t h = hash_of(item);
        const auto [from, to] = seen.equal_range(h);
        for (auto entry = from; entry != to; ++entry) {
            tick();
            if (items_equal(out[entry->second], item) == true) return false;
        }
        seen.emplace(h, out.size());
        return true;
    };
    while (!level.empty()) {
        Collection next;
        std::int64_t i = 0;
        for (const Item &item : level) {
            const Collection found = eval_lambda(node.children[0], item, i++);
            for (const Item &f : found) {
                if (!is_new(f)) continue;
                out.push(f);
                next.push(f);
            }
        }
        level = std::move(next);
    }
    return out;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::sort(const Node &node, Collection &input) {
    const std::size_t keys = std::max<std::size_t>(1, node.children.size());
    std::vector<const Value *> values;  // by item, then key; null is the empty collection
    values.reserve(input.size() * keys);
    std::int64_t position = 0;
    for (const Item &item : input) {
        for (std::size_t k = 0; k < keys; ++k) {
            if (node.children.empty()) {
                values.push_back(value_of(item));
                if (!values.back()) fail(node, "FHIRPath sort() needs values that can be ordered");
                continue;
            }
            const Collection key = eval_lambda(node.children[k], item, position);
            const Item *found = single(key, node);
            values.push_back(found ? value_of(*found) : nullptr);
            if (found && !values.back() && found->node.kind() != core::Kind::absent)
                fail(node, "FHIRPath sort() needs values that can be ordered");
        }
        ++position;
    }
    std::vector<std::size_t> indexes(input.size());
    for (std::size_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
    std::stable_sort(indexes.begin(), indexes.end(), [&](std::size_t a, std::size_t b) {
        tick();
        for (std::size_t k = 0; k < keys; ++k) {
            const Value *x = values[a * keys + k];
            const Value *y = values[b * keys + k];
            const Node *key = node.children.empty() ? nullptr : &ast_.nodes[node.children[k]];
            int sign = 0;
            if (!x || !y) {
                sign = static_cast<int>(x != nullptr) - static_cast<int>(y != nullptr);
                if (key && !key->empty_first) sign = -sign;
            } else {
                sign = order(*x, *y).value_or(0);
                if (key && key->descending) sign = -sign;
            }
            if (sign != 0) return sign < 0;
        }
        return false;
    });
    Collection out;
    for (const std::size_t i : indexes) out.push(input[i]);
    return out;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::iif(const Node &node, const Collection &input,
                                                    const Scope &scope) {
    Scope inner = scope;
    inner.input = &input;
    inner.this_item = nullptr;
    if (input.size() > 1) fail(node, "FHIRPath iif() takes a single item");
    if (boolean_of(eval_scoped(node.children[0], inner)) == true)
        return eval_scoped(node.children[1], inner);
    return node.children.size() > 2 ? eval_scoped(node.children[2], inner) : Collection();
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_subsetting(const Node &node,
                                                            const Collection &input,
                                                            const Scope &scope) {
    const auto from_to = [&](std::size_t from, std::size_t to) {
        Collection out;
        for (std::size_t i = from; i < std::min(to, input.size()); ++i) out.push(input[i]);
        return out;
    };
    const auto number = [&]() -> std::optional<std::size_t> {
        const auto n = integer_argument(argument(node, 0, scope), node);
        if (!n) return std::nullopt;
        return *n < 0 ? 0 : static_cast<std::size_t>(*n);
    };
    switch (node.function) {
        case Function::single: {
            const Item *item = single(input, node);
            return item ? Collection(*item) : Collection();
        }
        case Function::first: return from_to(0, 1);
        case Function::last: return from_to(input.empty() ? 0 : input.size() - 1, input.size());
        case Function::tail: return from_to(1, input.size());
        case Function::skip: {
            const auto n = number();
            return n ? from_to(*n, input.size()) : Collection();
        }
        case Function::take: {
            const auto n = number();
            return n ? from_to(0, *n) : Collection();
        }
        case Function::intersect: {
            const Collection other = argument(node, 0, scope);
            Collection out;
            for (const Item &item : distinct(input))
                if (contains(other, item)) out.push(item);
            return out;
        }
        case Function::exclude: {
            const Collection other = argument(node, 0, scope);
            Collection out;
            for (const Item &item : input)
                if (!contains(other, item)) out.push(item);
            return out;
        }
        case Function::union_of:
        case Function::combine: {
            Collection all = input;
            all.append(argument(node, 0, scope));
            return node.function == Function::combine ? std::move(all) : distinct(all);
        }
        default: return std::nullopt;
    }
}

}  // namespace clinical::fhirpath
