// One line of an address: the words between a house number and the end, and what they are.

#include "deid/note_postal.h"

namespace clinical::deid::note {
namespace {

// "Rua do Arenque", "Jiriho z Podebrad": a short word among names.
bool between_capitals(const Tokens &tokens, std::size_t i) {
    return tokens[i].length <= 4 && i > 0 && !tokens.at(i + 1).has(word::month) &&
           tokens[i - 1].is_word() && tokens[i - 1].capital() && tokens.at(i + 1).is_word() &&
           (tokens.at(i + 1).capital() || tokens.at(i + 1).has(word::particle));
}

// "bulw. Rutkowski", "rynek Tomczak": a word of another language before a name.
bool street_prefix(const Tokens &tokens, std::size_t i) {
    const std::size_t next = tokens.at(i + 1).is_mark('.') ? i + 2 : i + 1;
    return tokens[i].length <= 6 && english_of(tokens[i].word) == 0 &&
           !tokens[i].has(word::unit | word::medical | word::month) && tokens.at(next).is_word() &&
           tokens.at(next).shape == Shape::title;
}

bool kind_follows(const Tokens &tokens, std::size_t i) {
    for (std::size_t k = i + 1; k <= i + 3 && k < tokens.size(); ++k) {
        if (!tokens[k].is_word()) return false;
        if (tokens[k].has(word::street | word::street_abroad) && tokens[k].length > 2) return true;
    }
    return false;
}

// A full stop ends the line unless an abbreviation stands before it.
bool stop_ends_line(const Tokens &tokens, std::size_t at) {
    const Token &before = tokens[at - 1];
    const Token &next = tokens.at(at + 1);
    if (before.is_number()) return !next.has(word::apartment);
    if ((before.has(word::street | word::street_abroad) || is_street_name(tokens[at - 1])) &&
        next.is_number())
        return false;
    return before.length > 5 || !next.is_word();
}

}  // namespace

bool is_ordinal(const Tokens &tokens, std::size_t i) {
    const Token &next = tokens.at(i + 1);
    if (!next.is_word() || !next.glued() || next.length != 2) return false;
    const std::string_view l = tokens.letters(i + 1);
    return l == "st" || l == "nd" || l == "rd" || l == "th";
}

StreetLine read_street_line(const Draft &draft, std::size_t at, bool any_words) {
    const Tokens &tokens = draft.tokens;
    StreetLine line;
    const std::size_t begin = at;
    for (; at < tokens.size() && line.words < 7 && at - begin < longest_street_line; ++at) {
        const Token &t = tokens[at];
        if (draft.taken(at) && !draft.taken_as(at, Category::date)) break;
        if (t.gap >= Gap::line) break;
        if (t.is_mark('.') || t.is_mark('-') || t.is_mark('\'') ||
            t.kind == TokenKind::possessive) {
            if (t.is_mark('.') && at > begin && stop_ends_line(tokens, at)) break;
            continue;
        }
        if (t.is_number()) {
            if (line.words == 0 && is_ordinal(tokens, at)) {
                ++at;
                ++line.words;
                ++line.capitals;
                line.last = at;
                continue;
            }
            if (line.words == 0 || t.length > 4) break;
            if (tokens.at(at + 1).is_word() && tokens[at + 1].glued() && tokens[at + 1].length == 1)
                ++at;  // "27c"
            line.number = at;
            line.last = at;
            break;
        }
        if (!t.is_word() || t.has(word::apartment)) break;
        const bool abroad = t.has(word::street_abroad) || is_street_name(t);
        const bool street = t.has(word::street) || abroad;
        if (t.capital() || t.shape == Shape::none) {
            ++line.capitals;
        } else if (!street && !t.has(word::particle) && !between_capitals(tokens, at) &&
                   !street_prefix(tokens, at)) {
            const bool quiet = tokens.whispering &&
                               (english_of(t.word) < 2 || kind_follows(tokens, at) || any_words);
            if (!quiet && english_of(t.word) != 0) break;
            if (!quiet && !(line.capitals > 0)) break;
        }
        if (t.has(word::medical | word::unit | word::year | word::head) && !street &&
            place_of(t.word) == 0 && t.length > 1 && !t.has(word::particle) &&
            !(t.shape == Shape::title && t.length <= 3 && tokens.at(at + 1).capital()) &&
            !(t.shape == Shape::title &&
              (line.kind != 0 || !t.has(word::medical) || english_of(t.word) > 0)))
            line.clinical = true;
        if (street && (line.words > 0 || t.length > 1)) {
            line.kind = at;
            line.foreign_kind = line.foreign_kind || abroad;
            if (line.words == 0) line.leading_kind = true;
        }
        if (english_of(t.word) == 0 && !t.has(word::particle)) ++line.strange;
        ++line.words;
        line.last = at;
    }
    return line;
}

}  // namespace clinical::deid::note
