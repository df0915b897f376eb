#include "ucum/table.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace clinical::ucum {

namespace {

#include "ucum/data/annotations.inc"
#include "ucum/data/units.inc"

// Atoms in the order of their case-insensitive codes.  [IU] and [iU] share one and are one unit.
const auto insensitive_order = [] {
    std::array<std::uint16_t, std::size(atom_table)> order{};
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [](auto a, auto b) {
        return atom_table[a].insensitive < atom_table[b].insensitive;
    });
    return order;
}();

}  // namespace

const Atom *find_atom(std::string_view code, Case letters) {
    if (letters == Case::sensitive) {
        const auto *found =
            std::lower_bound(std::begin(atom_table), std::end(atom_table), code,
                             [](const Atom &a, std::string_view key) { return a.code < key; });
        return found != std::end(atom_table) && found->code == code ? found : nullptr;
    }
    const auto *found = std::lower_bound(
        insensitive_order.begin(), insensitive_order.end(), code,
        [](auto i, std::string_view key) { return atom_table[i].insensitive < key; });
    if (found == insensitive_order.end() || atom_table[*found].insensitive != code) return nullptr;
    return &atom_table[*found];
}

Symbol find_symbol(std::string_view code, Case letters) {
    if (const Atom *whole = find_atom(code, letters)) return {nullptr, whole};
    Symbol symbol;
    for (const Prefix &prefix : prefix_table) {
        const std::string_view p = letters == Case::sensitive ? prefix.code : prefix.insensitive;
        if (code.size() <= p.size() || !code.starts_with(p)) continue;
        const Atom *atom = find_atom(code.substr(p.size()), letters);
        if (atom && atom->metric) return {&prefix, atom};
        if (atom) symbol.refused_prefix = true;
    }
    return symbol;
}

bool is_plain_annotation(std::string_view text) {
    return std::binary_search(std::begin(plain_annotations), std::end(plain_annotations), text);
}

}  // namespace clinical::ucum
