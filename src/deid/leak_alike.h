#pragma once

// Words that are alike: misspelt by a letter, heard as the same, or the short form of a name.  For
// findings that a person looks at; none of them blocks.

#include <string>
#include <string_view>
#include <vector>

namespace clinical::deid {

// Of how many letters a word must be to be compared at all.
inline constexpr std::size_t alike_least = 5;
inline constexpr std::size_t alike_most = 16;

// Folded ASCII letters only, within these bounds.
bool can_be_alike(std::string_view word);

// Forms of a word such that two words share one if they are alike: the word and the word without
// each of its letters (a letter more, less, other, or two exchanged), and how it sounds.
void add_alike_forms(std::string_view word, std::vector<std::string> &forms);

// Short and long forms of a first name, folded; empty when none is known.
std::string_view nicknames_of(std::string_view name);

}  // namespace clinical::deid
