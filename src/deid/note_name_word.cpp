// What a word says of itself: a name, an eponym, a word of medicine.

#include <algorithm>

#include "deid/note_name.h"

namespace clinical::deid::note {

bool clinical_head(const Tokens &tokens, std::size_t i) {
    int words = 0;
    for (std::size_t k = i + 1; k < tokens.size() && k <= i + 6 && words < 3; ++k) {
        const Token &t = tokens[k];
        if (t.kind == TokenKind::possessive || (t.is_mark('-') && words == 0)) continue;
        if (!t.is_word() || t.sentence || t.gap > Gap::line) return false;
        if (t.has(word::head)) return true;
        if (!t.has(word::eponym | word::medical) && !t.capital() && english_of(t.word) == 3 &&
            tokens.letters(k) != "and")
            return false;
        ++words;
    }
    return false;
}

bool is_eponym(const Draft &draft, std::size_t i) {
    const Tokens &tokens = draft.tokens;
    const Token &token = tokens[i];
    const bool person = first_of(token.word) >= 2 && english_of(token.word) < 2;
    const bool head = clinical_head(tokens, i);
    if (token.has(word::eponym)) {
        if (head)
            return !(first_of(token.word) == 3 && tokens.at(i + 1).is_word() &&
                     tokens[i + 1].capital() && !tokens[i + 1].has(word::head | word::eponym));
        if (tokens.at(i + 1).kind == TokenKind::possessive && !person) return true;
        if (first_of(token.word) <= 1 && last_of(token.word) <= 1) return true;
        if (i > 0 && tokens[i - 1].is_word() &&
            !(tokens.at(i + 1).is_word() && tokens[i + 1].capital())) {
            const std::string_view before = tokens.letters(i - 1);
            if (before == "positive" || before == "negative" || before == "sign" ||
                before == "no" || before == "with" || before == "bilateral" || before == "modified")
                return !person;
        }
        return false;
    }
    return head && !person && token.shape != Shape::lower &&
           !(i > 0 && tokens[i - 1].is_word() && tokens[i - 1].capital() &&
             first_of(tokens[i - 1].word) >= 2);
}

bool acts(const Tokens &tokens, std::size_t i) {
    static constexpr std::string_view verbs[] = {
        "had",    "has",      "was",     "is",        "said",  "says", "reports", "denies",
        "states", "presents", "came",    "lives",     "takes", "went", "told",    "wants",
        "began",  "feels",    "returns", "complains", "woke",  "ate",  "fell",    "works",
        "lost",   "got",      "took",    "felt",      "does",  "did",  "thinks",  "wishes"};
    const Token &next = tokens.at(i + 1);
    if (!next.is_word() || next.shape != Shape::lower || next.gap != Gap::blank) return false;
    const std::string_view letters = tokens.letters(i + 1);
    // A past tense: "asked", "ambulated".
    if (letters.size() > 4 && letters.ends_with("ed") && english_of(next.word) >= 1) return true;
    return std::find(std::begin(verbs), std::end(verbs), letters) != std::end(verbs);
}

float name_evidence(const Draft &draft, std::size_t i) {
    const Tokens &tokens = draft.tokens;
    const Token &token = tokens[i];
    if (!token.is_word() || token.length < 2) return 0;
    if (token.has(word::allowed | word::month | word::weekday | word::state | word::country)) {
        // "April", "May", "Georgia" and "Jordan" are first names too: with a last name behind only.
        const Token &next = tokens.at(i + 1);
        const bool pair = first_of(token.word) >= 2 && next.is_word() &&
                          next.shape == Shape::title && next.gap == Gap::blank &&
                          last_of(next.word) >= 1 && english_of(next.word) <= 2 &&
                          !next.has(word::allowed | word::head | word::month);
        if (!pair || token.has(word::allowed)) return 0;
        return 0.4F;
    }
    if (token.has(word::medical | word::unit | word::head | word::facility | word::apartment |
                  word::degree | word::telephone) &&
        !(first_of(token.word) >= 2 && english_of(token.word) < 3))
        return 0;
    const int first = first_of(token.word), last = last_of(token.word);
    const int n = std::max(first, last);
    // A letter with a mark of its own is seldom an English word's: "Kiné".
    const bool foreign = token.length != token.end - token.begin && english_of(token.word) < 3;
    const int english = foreign ? 0 : english_of(token.word);
    const bool upper = token.shape == Shape::upper;
    if (n == 0 && english == 0) {
        if (token.has(word::eponym | word::institution | word::capital | word::holiday |
                      word::company | word::season | word::identifier | word::coded))
            return 0;
        // A number beside it makes it a code ("HbA1c").
        if (token.glued() && i > 0 && tokens[i - 1].is_number()) return 0;
        if (tokens.at(i + 1).glued() && tokens.at(i + 1).is_number()) return 0;
        if (tokens[i].has(word::medical_ending)) return draft.strict ? 0.3F : 0;
    }
    if (token.has(word::capital) && n < 2) return 0;
    float evidence = 0;
    switch (english) {
        case 0: evidence = n >= 2 ? 0.8F : n == 1 ? 0.7F : 0.55F; break;
        case 1: evidence = n == 3 ? 0.75F : n == 2 ? 0.65F : n == 1 ? 0.45F : 0.2F; break;
        case 2: evidence = n == 3 ? 0.6F : n == 2 ? 0.4F : n == 1 ? 0.2F : 0; break;
        default: evidence = n == 3 ? 0.4F : n == 2 ? 0.2F : n == 1 ? 0.05F : 0; break;
    }
    if (evidence == 0) return 0;
    if (upper && !tokens.shouting) {
        if (token.length < 4 || n == 0) return n >= 2 && english == 0 ? 0.35F : 0.1F;
        if (english > 0)
            evidence -= 0.25F;
        else
            evidence -= 0.1F;
    } else if (tokens.shouting) {
        if (english > 0)
            evidence -= 0.3F;
        else if (n == 0)
            evidence -= 0.25F;
        else if (n == 1)
            evidence -= 0.2F;
    }
    if (token.shape == Shape::mixed && n == 0) {
        // "LFTs", "mmHg", "PaCO": more capitals than a name has.
        const std::string_view source = tokens.source(i);
        const bool name =
            source.starts_with("Mc") || source.starts_with("Mac") || source.starts_with("De") ||
            source.starts_with("Di") || source.starts_with("La") || source.starts_with("Le") ||
            source.starts_with("Van") || source.starts_with("O'") || source.starts_with("D'");
        if (!name) return 0.2F;
    }
    if (token.length <= 3 && n == 0) evidence -= 0.15F;
    if (token.sentence) {
        if (english == 1 && first == 3)
            evidence -= 0.2F;
        else if (english > 0)
            evidence *= 0.5F;
        else if (n == 0)
            evidence -= 0.05F;
        else if (n == 1)
            evidence -= 0.15F;
        else
            evidence -= 0.05F;
    } else if (!tokens.shouting && !upper) {
        // A capital among small letters.
        const Token &before = tokens.at(i - 1);
        const Token &after = tokens.at(i + 1);
        const bool alone = (before.is_word() && before.shape == Shape::lower && i > 0) &&
                           !(after.is_word() && after.capital() && after.gap == Gap::blank);
        if (alone && n > 0) evidence += english == 3 ? 0.12F : 0.15F;
        // Headings: all around is capital and ordinary.
        const bool heading = after.is_word() && after.capital() && english_of(after.word) >= 2 &&
                             before.is_word() && before.capital() && english_of(before.word) >= 2;
        if (heading && english > 0 && !(first >= 2 && last_of(after.word) >= 2)) evidence -= 0.2F;
    }
    return std::clamp(evidence, 0.0F, 0.95F);
}

}  // namespace clinical::deid::note
