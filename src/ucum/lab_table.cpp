#include "ucum/lab_table.h"

#include <algorithm>
#include <iterator>

namespace clinical::ucum {

namespace {

#include "ucum/data/lab.inc"

char folded(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_letters(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char x, char y) { return folded(x) == folded(y); });
}

}  // namespace

std::span<const Alias> find_aliases(std::string_view local) {
    struct ByLocal {
        bool operator()(const Alias &a, std::string_view key) const { return a.local < key; }
        bool operator()(std::string_view key, const Alias &a) const { return key < a.local; }
    };
    const auto [first, last] =
        std::equal_range(std::begin(aliases), std::end(aliases), local, ByLocal{});
    return {first, last};
}

const Alias *find_folded_alias(std::string_view local) {
    const Alias *found = nullptr;
    for (const Alias &alias : aliases) {
        if (!same_letters(alias.local, local)) continue;
        if (!alias.properties.empty()) return nullptr;
        if (found && found->ucum != alias.ucum) return nullptr;
        found = &alias;
    }
    return found;
}

const Analyte *find_analyte(std::string_view loinc) {
    const auto *found =
        std::lower_bound(std::begin(analytes), std::end(analytes), loinc,
                         [](const Analyte &a, std::string_view key) { return a.loinc < key; });
    return found != std::end(analytes) && found->loinc == loinc ? found : nullptr;
}

}  // namespace clinical::ucum
