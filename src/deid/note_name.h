#pragma once

// What the files that find people's names share.

#include <cstddef>
#include <string_view>

#include "deid/note_span.h"

namespace clinical::deid::note {

// Whether the words after token i are what eponyms stand before: "Chaddock reflex", "Wells risk
// score", "Framingham Heart Study".
bool clinical_head(const Tokens &tokens, std::size_t i);

// Whether token i stands for a finding or a device and for nobody: "Foley catheter".
bool is_eponym(const Draft &draft, std::size_t i);

// One capital letter.
inline bool is_initial(const Token &token) {
    return token.is_word() && token.length == 1 && token.shape == Shape::title;
}

// Written as a name and no word of medicine, place or time.
inline bool is_family_name(const Token &t) {
    return t.shape != Shape::lower && t.length > 1 &&
           !t.has(word::medical | word::allowed | word::head | word::facility | word::month |
                  word::weekday | word::state | word::unit | word::degree | word::title |
                  word::company | word::relation);
}

// Words of a name from token `at` on; the last of them, or `at` - 1 when there is none.
std::size_t words_of_name(const Draft &draft, std::size_t at, int most, bool announced);

// The last token of the degrees behind a name: "MD", "R.N."; or `last`.
std::size_t with_degree(const Tokens &tokens, std::size_t last);

// "M.D.", "R.N.", "D.O." at token i.
bool is_spelled_degree(const Tokens &tokens, std::size_t i);

inline void add_name(Draft &draft, std::size_t first, std::size_t last, float score,
                     Detector detector) {
    draft.add(first, with_degree(draft.tokens, last), Category::name, score, detector);
}

// Names after titles, before degrees, and behind words that announce one.
void find_introduced_names(Draft &draft);

// "Constant Bertrand", "van Wijk", "Hanna Pedersen Lie", "Graham, Niroula and Sun": words written
// as names beside what was found belong to it.
void find_names_beside_names(Draft &draft);

}  // namespace clinical::deid::note
