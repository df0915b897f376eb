#pragma once

// Operators on collections (6): singletons where the operator takes one, three-valued logic.

#include "fhirpath/evaluate_equality.h"

namespace clinical::fhirpath {

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_chain(const Node &node, const Scope &scope) {
    const Operator first = node.operators[0];
    if (first == Operator::and_ || first == Operator::or_ || first == Operator::xor_ ||
        first == Operator::implies)
        return logic(node, scope);
    Collection left = eval_scoped(node.children[0], scope);
    if (first == Operator::unite && node.operators.size() > 1) {
        // One pass for a | b | c | ...: the set is the same.
        for (std::size_t i = 1; i < node.children.size(); ++i)
            left.append(eval_scoped(node.children[i], scope));
        return distinct(left);
    }
    for (std::size_t i = 0; i < node.operators.size(); ++i)
        left = operate(node, node.operators[i], left, eval_scoped(node.children[i + 1], scope));
    return left;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::operate(const Node &node, Operator op,
                                                        const Collection &a, const Collection &b) {
    switch (op) {
        case Operator::unite: {
            Collection all = a;
            all.append(b);
            return distinct(all);
        }
        case Operator::equal: return one(collections_equal(a, b));
        case Operator::not_equal: {
            const auto same = collections_equal(a, b);
            return same ? one(!*same) : Collection();
        }
        case Operator::equivalent: return one(collections_equivalent(a, b));
        case Operator::not_equivalent: return one(!collections_equivalent(a, b));
        case Operator::less:
        case Operator::greater:
        case Operator::less_or_equal:
        case Operator::greater_or_equal: return compare(node, op, a, b);
        case Operator::in: return membership(node, a, b);
        case Operator::contains: return membership(node, b, a);
        case Operator::concatenate: {
            std::string text(string_argument(a, node).value_or(""));
            text += string_argument(b, node).value_or("");
            return one(Value::of_string(std::move(text)));
        }
        default: break;
    }
    const Item *x = single(a, node);
    const Item *y = single(b, node);
    if (!x || !y) return {};
    const Value *p = value_of(*x);
    const Value *q = value_of(*y);
    if (!p || !q) {
        if ((!p && x->node.kind() == core::Kind::absent) ||
            (!q && y->node.kind() == core::Kind::absent))
            return {};
        fail(node, "FHIRPath operator does not take values of these types");
    }
    return one(arithmetic(op, *p, *q));
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::compare(const Node &node, Operator op,
                                                        const Collection &a, const Collection &b) {
    const Item *x = single(a, node);
    const Item *y = single(b, node);
    if (!x || !y) return {};
    const Value *p = value_of(*x);
    const Value *q = value_of(*y);
    if (!p || !q) {
        if ((!p && x->node.kind() == core::Kind::absent) ||
            (!q && y->node.kind() == core::Kind::absent))
            return {};
        // A FHIR Quantity that is none of FHIRPath (no UCUM, a comparator): nothing is known.
        const auto opaque = [](const Item &i) { return i.type && is_quantity(*i.type); };
        if ((!p && opaque(*x)) || (!q && opaque(*y))) return {};
        fail(node, "FHIRPath operator does not take values of these types");
    }
    const auto sign = order(*p, *q);
    if (!sign) return {};
    switch (op) {
        case Operator::less: return one(*sign < 0);
        case Operator::greater: return one(*sign > 0);
        case Operator::less_or_equal: return one(*sign <= 0);
        default: return one(*sign >= 0);
    }
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::membership(const Node &node,
                                                           const Collection &needle,
                                                           const Collection &in) {
    const Item *item = single(needle, node);
    if (!item) return {};
    return one(contains(in, *item));
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::logic(const Node &node, const Scope &scope) {
    // nothing: unknown
    std::optional<bool> left = boolean_of(eval_scoped(node.children[0], scope));
    for (std::size_t i = 0; i < node.operators.size(); ++i) {
        const Operator op = node.operators[i];
        // What is decided needs no other side.
        if (op == Operator::and_ && left == false) continue;
        if (op == Operator::or_ && left == true) continue;
        if (op == Operator::implies && left == false) {
            left = true;
            continue;
        }
        const std::optional<bool> right = boolean_of(eval_scoped(node.children[i + 1], scope));
        switch (op) {
            case Operator::and_:
                if (right == false)
                    left = false;
                else if (!right || !left)
                    left.reset();
                break;
            case Operator::or_:
                if (right == true)
                    left = true;
                else if (!right || !left)
                    left.reset();
                break;
            case Operator::xor_:
                if (left && right)
                    left = *left != *right;
                else
                    left.reset();
                break;
            default:  // implies
                if (right == true)
                    left = true;
                else if (!left)
                    left.reset();
                else
                    left = right;
        }
    }
    return one(left);
}

}  // namespace clinical::fhirpath
