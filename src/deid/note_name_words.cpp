// The words of a name, and the degrees behind it.

#include "deid/note_name.h"

namespace clinical::deid::note {
namespace {

bool nameable(const Tokens &tokens, std::size_t i) {
    const Token &t = tokens.at(i);
    return t.is_word() && !t.has(word::degree) && (t.capital() || t.shape == Shape::none) &&
           !(english_of(t.word) == 3 && (t.word & word::names) == 0) &&
           !t.has(word::title | word::facility | word::month);
}

}  // namespace

std::size_t words_of_name(const Draft &draft, std::size_t at, int most, bool announced) {
    const Tokens &tokens = draft.tokens;
    std::size_t last = at - 1;
    int words = 0;
    const bool lower_case =
        announced && tokens.at(at).is_word() && tokens[at].shape == Shape::lower;
    for (std::size_t k = at; k < tokens.size() && words < most; ++k) {
        const Token &t = tokens[k];
        if (t.gap > Gap::blank && k > at) break;
        if (draft.taken(k) && !draft.taken_as(k, Category::name) &&
            !draft.taken_as(k, Category::location))
            break;
        if (t.is_mark('.')) {
            if (k > at && t.glued() && tokens[k - 1].length == 1) {
                last = k;
                continue;
            }
            break;
        }
        if (t.is_mark('-') && k > at && t.glued() && tokens.at(k + 1).glued()) continue;
        if (!t.is_word()) break;
        // "DR. ROE WAS"
        if (tokens.shouting && words > 0 && english_of(t.word) == 3 && first_of(t.word) < 2 &&
            last_of(t.word) < 2 && !is_initial(t))
            break;
        if (lower_case) {
            const bool name = (t.word & word::names) != 0 || english_of(t.word) == 0;
            if (t.shape != Shape::lower || !name || t.has(word::allowed | word::medical) ||
                (english_of(t.word) >= 2 && words > 0) ||
                (english_of(t.word) == 3 && first_of(t.word) < 3))
                break;
        } else if (t.shape == Shape::lower) {
            if (t.has(word::particle) && t.length > 1 && nameable(tokens, k + 1) && words > 0)
                continue;
            break;
        } else if (words > 0 && t.has(word::apartment) && !is_initial(t)) {
            break;
        } else if (words == 0
                       ? t.has(word::facility | word::weekday) ||
                             (t.has(word::month) && first_of(t.word) < 2)
                       : !nameable(tokens, k) && !is_initial(t) &&
                             !(words == 1 && announced && is_family_name(t) &&
                               t.shape == Shape::title && first_of(tokens[k - 1].word) >= 2)) {
            break;
        } else if (words > 0 && !is_initial(t) &&
                   t.has(word::medical | word::allowed | word::head | word::role) &&
                   (t.word & word::names) == 0) {
            break;
        }
        ++words;
        last = k;
    }
    return last;
}

std::size_t with_degree(const Tokens &tokens, std::size_t last) {
    std::size_t end = last;
    for (int step = 0; step < 3; ++step) {
        std::size_t at = end + 1;
        if (tokens.at(at).is_mark(',')) ++at;
        const Token &t = tokens.at(at);
        if (!t.is_word() || t.gap > Gap::blank || t.sentence) break;
        if (t.has(word::degree) && (t.shape == Shape::upper || t.shape == Shape::mixed ||
                                    (t.length > 1 && t.shape == Shape::title))) {
            end = at;
            continue;
        }
        // "M.D.", "R.N."
        if (t.length == 1 && t.capital() && tokens.at(at + 1).is_mark('.') &&
            is_initial(tokens.at(at + 2)) && tokens[at + 2].glued()) {
            const std::string_view a = tokens.letters(at), b = tokens.letters(at + 2);
            if ((a == "m" && b == "d") || (a == "r" && b == "n") || (a == "d" && b == "o")) {
                end = tokens.at(at + 3).is_mark('.') ? at + 3 : at + 2;
                continue;
            }
        }
        break;
    }
    return end;
}

bool is_spelled_degree(const Tokens &tokens, std::size_t i) {
    const Token &t = tokens[i];
    if (t.length != 1 || !t.capital() || !tokens.at(i + 1).is_mark('.') ||
        !is_initial(tokens.at(i + 2)) || !tokens[i + 2].glued())
        return false;
    const std::string_view a = tokens.letters(i), b = tokens.letters(i + 2);
    return (a == "m" && b == "d") || (a == "r" && b == "n") || (a == "d" && b == "o");
}

}  // namespace clinical::deid::note
