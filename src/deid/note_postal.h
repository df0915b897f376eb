#pragma once

// The parts of postal addresses, shared by the files that find them.

#include <cstddef>
#include <string_view>

#include "deid/note_span.h"

namespace clinical::deid::note {

// What a line may hold between a house number and its end.
struct StreetLine {
    std::size_t last = 0;    // the last word or number
    std::size_t kind = 0;    // the last word that is a kind of street, or 0
    std::size_t number = 0;  // the first number after a word, or 0
    std::size_t words = 0, capitals = 0;
    std::size_t strange = 0;  // words that are no English
    bool clinical = false;
    bool leading_kind = false;  // "Rue de la Paix", "ul. Polna"
    bool foreign_kind = false;  // a kind of street in another language
};
inline constexpr std::size_t longest_street_line = 16;  // tokens
StreetLine read_street_line(const Draft &draft, std::size_t at, bool any_words);

// "Lindevej", "Thurzova"
inline bool is_street_name(const Token &token) {
    return token.has(word::street_ending) && token.length > 5 && english_of(token.word) < 2;
}

// "3rd"
bool is_ordinal(const Tokens &tokens, std::size_t i);

// What follows a street: apartment, town, state, ZIP code, country, over lines of their own.  The
// last of these, or `last`.
struct Tail {
    std::size_t last = 0;
    bool apartment = false;
    bool code = false;   // a number of four digits and more
    bool place = false;  // a town in the list, a state or a country
};
Tail address_tail(const Draft &draft, std::size_t last);

// The number after "Apt." or "Box", or 0.
std::size_t number_after_marks(const Tokens &tokens, std::size_t at);

// Whether a line, or a part of one that a comma closes, ends after token i.
bool line_ends_after(const Tokens &tokens, std::size_t i);

// Streets with a number before or behind them, and those without.
class Streets {
public:
    explicit Streets(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    // From a house number on; `said` when what stands before announces an address.
    bool number_before(std::size_t i, bool said = false);
    // From the first word of a street on: "Via Roma 12".
    bool number_behind(std::size_t i);
    // From the kind of street: "on Main St", "Rue de la Paix".
    void without_number(std::size_t i);
    // "the corner of Polna 127 and Philip Bypass"
    void corner(std::size_t i);

private:
    [[nodiscard]] bool announced(std::size_t i) const;

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace clinical::deid::note
