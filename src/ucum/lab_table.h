#pragma once

// What is known of local spellings and of analytes.

#include <span>
#include <string_view>

namespace clinical::ucum {

struct Alias {
    std::string_view local, ucum;
    std::string_view properties;  // LOINC properties it depends on, apart by spaces; "" for none
    bool negative;                // met when the property is known and none of these
    bool not_declared;            // not where the sender declares UCUM
};

struct Analyte {
    std::string_view loinc, component, property;
    std::string_view unit;         // values are given in
    std::string_view accepts;      // units of the same meaning, apart by ';'
    std::string_view molar_mass;   // g/mol, or ""
    std::string_view counterpart;  // LOINC of the substance (or mass) concentration
    bool ambiguous;                // which molar code is meant, only the site knows
    int valence;                   // of an ion; 0: no equivalents
};

std::span<const Alias> find_aliases(std::string_view local);
// Spellings without condition that differ in letter case only, when they all mean one unit.
const Alias *find_folded_alias(std::string_view local);
const Analyte *find_analyte(std::string_view loinc);

}  // namespace clinical::ucum
