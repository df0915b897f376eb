// What stands behind a street: apartment, town, state, ZIP code and country.

#include "deid/note_postal.h"
#include "deid/places.h"

namespace clinical::deid::note {
namespace {

bool is_place(const Tokens &tokens, std::size_t k) {
    const Token &t = tokens[k];
    return place_of(t.word) > 0 || t.has(word::state | word::country) ||
           (t.length <= 3 && state(tokens.source(k)).has_value());
}

// "East Finn Poland": words written as names, and a country or state after them.
bool leads_to_place(const Tokens &tokens, std::size_t at) {
    for (std::size_t k = at; k < at + 5 && k < tokens.size(); ++k) {
        const Token &t = tokens[k];
        if (t.is_mark('-') && t.glued()) continue;
        if (!t.is_word() || t.shape == Shape::lower || (k > at && t.gap > Gap::line)) return false;
        if (k > at && t.has(word::state | word::country)) return true;
    }
    return false;
}

// Whether the words from `at` on are few and end their line.
bool fills_line(const Tokens &tokens, std::size_t at) {
    for (std::size_t k = at; k < at + 6; ++k) {
        if (!tokens.at(k).is_word() && !tokens.at(k).is_number()) return false;
        if (line_ends_after(tokens, k)) return true;
    }
    return false;
}

// The town behind a code: "83792 Nether Medhurst End", "19086 Biograd na Moru".  The last of its
// words, or `code`.
std::size_t town_behind(const Draft &draft, std::size_t code) {
    const Tokens &tokens = draft.tokens;
    std::size_t end = code;
    for (std::size_t k = code + 1, words = 0; k < tokens.size() && words < 5; ++k) {
        const Token &t = tokens[k];
        if (draft.taken(k) || t.gap > Gap::blank) break;
        if ((t.is_mark('-') || t.is_mark('\'')) && t.glued()) continue;
        if (t.is_mark('.') && t.glued() && tokens[k - 1].is_word() && tokens[k - 1].length <= 3)
            continue;
        if (!t.is_word() || t.sentence ||
            t.has(word::title | word::role | word::telephone | word::identifier | word::medical))
            break;
        if (t.shape == Shape::lower) {
            const bool between = words > 0 && (t.has(word::particle) || t.length <= 3) &&
                                 tokens.at(k + 1).is_word() && tokens.at(k + 1).capital();
            const bool quiet =
                tokens.whispering && (english_of(t.word) < 2 || place_of(t.word) > 0);
            if (!between && !quiet && !(t.glued() && tokens[k - 1].is_mark('-'))) break;
        } else if (words == 0 && english_of(t.word) == 3 && !is_place(tokens, k) &&
                   !(tokens.at(k + 1).is_word() && tokens.at(k + 1).capital()) &&
                   !line_ends_after(tokens, k)) {
            break;
        }
        ++words;
        end = k;
    }
    return end;
}

// Town, state, code or country from `at` on: some words written as names and a number.  After a
// comma or a line break any words will do, when they fill the line; behind the street itself only
// what is a place, so that "12 Main St Patient fell" keeps the patient.
std::size_t place_piece(const Draft &draft, std::size_t at, bool apart) {
    const Tokens &tokens = draft.tokens;
    std::size_t end = 0;
    std::size_t words = 0;
    bool firm = false;
    for (std::size_t k = at; k < tokens.size() && words < 6; ++k) {
        const Token &t = tokens[k];
        if (draft.taken(k)) break;
        if (k > at && t.gap >= Gap::line) break;
        if (t.is_number()) {
            if (t.length > 6 || (t.gap == Gap::none && k > at)) break;
            const bool code = t.length >= 4 || (t.length == 3 && words > 0);
            if (!code && !(line_ends_after(tokens, k) && (words > 0 || apart))) break;
            end = k;
            if (tokens.at(k + 1).is_mark('-') && tokens[k + 1].glued() &&
                tokens.at(k + 2).is_number() && tokens.at(k + 2).glued() &&
                tokens[k + 2].length == 4)
                end = k + 2;
            else if (code && words == 0 && apart)
                end = town_behind(draft, k);
            firm = firm || code;
            break;
        }
        if ((t.is_mark('-') || t.is_mark('\'')) && k > at && t.glued()) continue;
        if (t.is_word() && t.shape == Shape::lower && k > at && t.glued() &&
            tokens[k - 1].is_mark('-')) {
            end = k;
            continue;
        }
        if (t.is_mark('.') && k > at && tokens[k - 1].length <= 3 && t.glued()) continue;
        if (t.kind == TokenKind::possessive) continue;
        if (!t.is_word()) break;
        const bool place = is_place(tokens, k);
        if (t.shape == Shape::lower && !place) {
            const bool filler = words > 0 && (t.has(word::particle) || t.length <= 3);
            // ", nan 50662": a region's code before a number.
            const bool region = apart && t.length <= 3 &&
                                (tokens.at(k + 1).is_number() || line_ends_after(tokens, k)) &&
                                (english_of(t.word) < 3 || tokens.at(k + 1).is_number());
            const bool line =
                apart && (english_of(t.word) == 0 || tokens.whispering) && fills_line(tokens, at);
            if (!filler && !region && !line) break;
            if (region) firm = true;
            if (filler && !region && !line) {
                // Only between names: "Frankfurt am Main", not "Poland in case".
                const Token &next = tokens.at(k + 1);
                if (!next.is_word() || !next.capital() || next.gap > Gap::blank) break;
                ++words;
                continue;
            }
        }
        if (t.shape == Shape::lower && place && !apart && !tokens.whispering) break;
        if (!apart && !place && words == 0 && !leads_to_place(tokens, k) &&
            !(english_of(t.word) == 0 && t.shape != Shape::lower && !t.sentence &&
              !t.has(word::medical)))
            break;
        if (t.has(word::medical | word::title | word::role | word::telephone | word::identifier) &&
            !place && t.length > 3)
            break;
        if (t.capital() && english_of(t.word) == 3 && !place && !apart &&
            !leads_to_place(tokens, k) && !t.has(word::particle | word::street | word::place_bits))
            break;
        firm = firm || place || (t.shape != Shape::lower && english_of(t.word) == 0);
        ++words;
        end = k;
    }
    if (end == 0) return 0;
    if (tokens[end].shape == Shape::lower && tokens[end].is_word() &&
        english_of(tokens[end].word) == 3 && !apart)
        return 0;
    // A line of unknown words counts when it stands alone.
    if (!(firm && !apart) && !line_ends_after(tokens, end) && !tokens[end].is_number() && !firm)
        return 0;
    return end;
}

}  // namespace

bool line_ends_after(const Tokens &tokens, std::size_t i) {
    const std::size_t next = i + 1;
    if (next >= tokens.size()) return true;
    const Token &t = tokens[next];
    if (t.gap >= Gap::line || t.is_mark(',')) return true;
    return t.is_mark('.') && (next + 1 >= tokens.size() || tokens[next + 1].sentence ||
                              tokens[next + 1].gap >= Gap::line);
}

std::size_t number_after_marks(const Tokens &tokens, std::size_t at) {
    std::size_t k = at + 1;
    while (k - at < 4 &&
           (tokens.at(k).is_mark('.') || tokens.at(k).is_mark('#') || tokens.at(k).is_mark(':')))
        ++k;
    if (tokens.at(k).gap > Gap::blank) return 0;
    if (tokens.at(k).is_number() ||
        (tokens.at(k).is_word() && tokens.at(k).length == 1 && tokens[k].capital())) {
        while (tokens.at(k + 1).glued() &&
               (tokens.at(k + 1).is_number() ||
                (tokens.at(k + 1).is_word() && tokens[k + 1].length == 1)))
            ++k;
        return k;
    }
    return 0;
}

Tail address_tail(const Draft &draft, std::size_t last) {
    const Tokens &tokens = draft.tokens;
    Tail tail;
    tail.last = last;
    for (int pieces = 0; pieces < 8 && tail.last + 1 < tokens.size(); ++pieces) {
        const std::size_t end = tail.last;
        std::size_t at = end + 1;
        bool apart = false;
        // Commas, and the marks of a list at the beginning of a line.
        while (at < tokens.size() && at <= end + 5 &&
               (tokens[at].is_mark(',') || tokens[at].is_mark('.') || tokens[at].is_mark('?') ||
                tokens[at].is_mark('-') || tokens[at].is_mark('*') || tokens[at].is_mark('|') ||
                tokens[at].is_mark('>'))) {
            apart = apart || tokens[at].is_mark(',') || tokens[at].gap >= Gap::line;
            ++at;
        }
        if (at >= tokens.size() || draft.taken(at)) break;
        const Token &t = tokens[at];
        apart = apart || t.gap >= Gap::line;
        if (t.is_word() && t.has(word::apartment)) {
            const std::size_t number = number_after_marks(tokens, at);
            if (number == 0) break;
            tail.last = number;
            tail.apartment = true;
            continue;
        }
        if (tokens[at - 1].is_mark('.') && at > end + 1 && t.gap != Gap::none && !apart) break;
        // "(Greek)" after a country.
        if (t.is_mark('(') && tokens.at(at + 1).is_word() && tokens.at(at + 2).is_mark(')') &&
            at == end + 1 && tokens[at + 1].length > 3 && tokens[at + 1].capital()) {
            tail.last = at + 2;
            continue;
        }
        const std::size_t piece = place_piece(draft, at, apart);
        if (piece == 0) break;
        tail.last = piece;
    }
    for (std::size_t k = last + 1; k <= tail.last; ++k) {
        const Token &t = tokens[k];
        tail.code = tail.code || (t.is_number() && t.length >= 4);
        tail.place = tail.place || (t.is_word() && t.capital() && is_place(tokens, k) &&
                                    (english_of(t.word) < 2 || place_of(t.word) > 1));
    }
    return tail;
}

}  // namespace clinical::deid::note
