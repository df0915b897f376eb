#pragma once

// Equality and equivalence of items and collections (6.1); sets of items.

#include <algorithm>
#include <unordered_map>

#include "fhirpath/evaluate_navigation.h"
#include "fhirpath/evaluator.h"
#include "fhirpath/strings.h"

namespace clinical::fhirpath {

namespace detail {

inline void check_depth(int depth) {
    if (depth > 256)
        throw core::Error{core::ErrorCode::limit_exceeded, "document is nested too deeply",
                          "FHIRPath compares 256 levels.", 0};
}

// Members of an object that are there: jsonb and the core's tree keep nulls.
template <core::Node N>
std::size_t member_count(const N &object) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < object.size(); ++i) n += object.at(i).kind() != core::Kind::absent;
    return n;
}

}  // namespace detail

template <core::Node N>
std::optional<bool> Evaluator<N>::objects_equal(const N &a, const N &b, int depth) {
    using core::Kind;
    detail::check_depth(depth);
    tick();
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::object: {
            if (detail::member_count(a) != detail::member_count(b)) return false;
            for (std::size_t i = 0; i < a.size(); ++i) {
                const N x = a.at(i);
                if (x.kind() == Kind::absent) continue;
                if (!objects_equal(x, b.find(a.key(i)), depth + 1).value_or(false)) return false;
            }
            return true;
        }
        case Kind::array: {
            if (a.size() != b.size()) return false;
            for (std::size_t i = 0; i < a.size(); ++i)
                if (!objects_equal(a.at(i), b.at(i), depth + 1).value_or(false)) return false;
            return true;
        }
        case Kind::string: return a.as_text() == b.as_text();
        case Kind::boolean: return a.as_bool() == b.as_bool();
        case Kind::number: {
            const Value *x = value_of(Item{.node = a});
            const Value *y = value_of(Item{.node = b});
            return equal(*x, *y);
        }
        default: return true;
    }
}

template <core::Node N>
bool Evaluator<N>::objects_equivalent(const N &a, const N &b, int depth) {
    using core::Kind;
    detail::check_depth(depth);
    tick();
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Kind::object: {
            if (detail::member_count(a) != detail::member_count(b)) return false;
            for (std::size_t i = 0; i < a.size(); ++i) {
                const N x = a.at(i);
                if (x.kind() == Kind::absent) continue;
                if (!objects_equivalent(x, b.find(a.key(i)), depth + 1)) return false;
            }
            return true;
        }
        case Kind::array: {  // order does not matter
            if (a.size() != b.size()) return false;
            std::vector<bool> used(b.size());
            for (std::size_t i = 0; i < a.size(); ++i) {
                bool found = false;
                for (std::size_t k = 0; k < b.size() && !found; ++k) {
                    if (used[k] || !objects_equivalent(a.at(i), b.at(k), depth + 1)) continue;
                    used[k] = found = true;
                }
                if (!found) return false;
            }
            return true;
        }
        case Kind::string: return strings_equivalent(a.as_text(), b.as_text());
        case Kind::boolean: return a.as_bool() == b.as_bool();
        case Kind::number:
            return equivalent(*value_of(Item{.node = a}), *value_of(Item{.node = b}));
        default: return true;
    }
}

template <core::Node N>
std::optional<bool> Evaluator<N>::items_equal(const Item &a, const Item &b, int depth) {
    const auto text_a = text_of(a);
    const auto text_b = text_of(b);
    std::optional<bool> same;
    if (text_a && text_b) {
        same = *text_a == *text_b;
    } else {
        const Value *x = value_of(a);
        const Value *y = value_of(b);
        if (x && y) {
            same = equal(*x, *y);
        } else {
            if (a.is_value() || b.is_value()) return false;
            if (a.node.kind() == core::Kind::absent && b.node.kind() == core::Kind::absent)
                return objects_equal(extra_of(a), extra_of(b), depth + 1);
            return objects_equal(a.node, b.node, depth + 1);
        }
    }
    if (same != true || a.is_value() || b.is_value() || a.node.kind() == core::Kind::object)
        return same;
    // Two elements of FHIR are equal when their ids and extensions are, too.
    return objects_equal(extra_of(a), extra_of(b), depth + 1);
}

template <core::Node N>
bool Evaluator<N>::items_equivalent(const Item &a, const Item &b, int depth) {
    const Value *x = value_of(a);
    const Value *y = value_of(b);
    if (x && y) return equivalent(*x, *y);
    if (a.is_value() || b.is_value()) return false;
    return objects_equivalent(a.node, b.node, depth + 1);
}

template <core::Node N>
std::optional<bool> Evaluator<N>::collections_equal(const Collection &a, const Collection &b) {
    if (a.empty() || b.empty()) return std::nullopt;
    if (a.size() != b.size()) return false;
    bool known = true;
    for (std::size_t i = 0; i < a.size(); ++i) {
        tick();
        const auto same = items_equal(a[i], b[i]);
        if (!same)
            known = false;
        else if (!*same)
            return false;
    }
    return known ? std::optional(true) : std::nullopt;
}

template <core::Node N>
bool Evaluator<N>::collections_equivalent(const Collection &a, const Collection &b) {
    if (a.size() != b.size()) return false;
    std::vector<bool> used(b.size());
    for (const Item &item : a) {
        bool found = false;
        for (std::size_t k = 0; k < b.size() && !found; ++k) {
            tick();
            if (used[k] || !items_equivalent(item, b[k])) continue;
            used[k] = found = true;
        }
        if (!found) return false;
    }
    return true;
}

template <core::Node N>
bool Evaluator<N>::contains(const Collection &c, const Item &item) {
    for (const Item &other : c) {
        tick();
        if (items_equal(other, item) == true) return true;
    }
    return false;
}

// Equal items have equal hashes, quantities apart (1 'g' is 1000 'mg', and 1 is 1 '1').
template <core::Node N>
std::size_t Evaluator<N>::hash_of(const Item &item) {
    if (const auto text = text_of(item)) return std::hash<std::string_view>()(*text);
    if (const Value *value = value_of(item)) return hash(*value);
    // Of an object: what a cheap look gives.
    std::size_t h = detail::member_count(item.node) + 31;
    for (const std::string_view key : {"id", "linkId", "code", "url", "value", "family"}) {
        const N member = item.node.find(key);
        if (member.kind() == core::Kind::string)
            h = h * 31 + std::hash<std::string_view>()(member.as_text());
    }
    return h;
}

template <core::Node N>
bool Evaluator<N>::is_hashable(const Collection &c) {
    for (const Item &item : c) {
        if (item.value ? item.value->kind == ValueKind::quantity
                       : item.type && is_quantity(*item.type))
            return false;
    }
    return true;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::distinct(const Collection &c) {
    Collection out;
    if (c.size() < 16 || !is_hashable(c)) {
        for (const Item &item : c)
            if (!contains(out, item)) out.push(item);
        return out;
    }
    std::unordered_multimap<std::size_t, std::size_t> seen;
    for (const Item &item : c) {
        tick();
        const std::size_t h = hash_of(item);
        const auto [from, to] = seen.equal_range(h);
        const bool known = std::any_of(from, to, [&](const auto &entry) {
            tick();
            return items_equal(out[entry.second], item) == true;
        });
        if (known) continue;
        seen.emplace(h, out.size());
        out.push(item);
    }
    return out;
}

}  // namespace clinical::fhirpath
