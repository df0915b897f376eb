// Ages of 90 and more: 164.514(b)(2)(i)(C).  An age up to 89 stays.

#include "deid/note_span.h"

namespace clinical::deid::note {
namespace {

constexpr int oldest = 130;

int number_of(const Tokens &tokens, std::size_t i) {
    const Token &token = tokens.at(i);
    if (token.is_number() && token.length <= 5) {
        int value = 0;
        for (const char c : tokens.letters(i)) value = value * 10 + (c - '0');
        return value;
    }
    return -1;
}

bool word_is(const Tokens &tokens, std::size_t i, std::string_view letters) {
    return tokens.at(i).is_word() && tokens.letters(i) == letters;
}

// "-year", "yo", "y/o", "years": the number before was an age or a length of time.
bool years_follow(const Tokens &tokens, std::size_t i, bool &old) {
    std::size_t at = i;
    while (tokens.at(at).is_mark('-') && tokens[at].gap <= Gap::blank) ++at;
    const Token &token = tokens.at(at);
    if (!token.is_word() || !token.has(word::year) || token.gap > Gap::line) return false;
    const std::string_view letters = tokens.letters(at);
    old = letters != "year" && letters != "years" && letters != "yr" && letters != "yrs" &&
          letters != "y" && letters != "old" && letters != "age" && letters != "aged";
    if (letters == "old" || letters == "age" || letters == "aged") return false;
    for (std::size_t k = at + 1; k <= at + 5 && k < tokens.size(); ++k) {
        if (word_is(tokens, k, "old") || word_is(tokens, k, "o") || word_is(tokens, k, "age"))
            old = true;
        if (tokens[k].is_word() && !old && !word_is(tokens, k, "of")) break;
    }
    return true;
}

bool age_before(const Tokens &tokens, std::size_t i) {
    for (std::size_t k = i; k-- > 0 && i - k <= 3;) {
        if (tokens[k].kind == TokenKind::mark) continue;
        if (!tokens[k].is_word()) return false;
        const std::string_view w = tokens.letters(k);
        if (w == "age" || w == "aged" || w == "turned" || w == "turning" || w == "turns")
            return true;
        if (w != "of" && w != "the" && w != "is" && w != "at" && w != "just") return false;
    }
    return false;
}

}  // namespace

void find_ages(Draft &draft) {
    Tokens &tokens = draft.tokens;
    const auto add = [&](std::size_t first, std::size_t last) {
        draft.add(first, last, Category::age, 0.9F, Detector::age);
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &token = tokens[i];
        if (draft.taken(i)) continue;
        if (token.is_number() && token.length >= 2) {
            const int n = number_of(tokens, i);
            if (n >= 90 && n <= oldest) {
                bool old = false;
                const bool part = (i > 0 && token.glued() && tokens[i - 1].is_mark('.')) ||
                                  (tokens.at(i + 1).is_mark('.') && tokens[i + 1].glued() &&
                                   tokens.at(i + 2).is_number() && tokens.at(i + 2).glued());
                if (part) continue;
                if ((years_follow(tokens, i + 1, old) && old) || age_before(tokens, i)) add(i, i);
                // "in her 90s"
                else if (n % 10 == 0 && word_is(tokens, i + 1, "s") && tokens[i + 1].glued() &&
                         (word_is(tokens, i - 1, "his") || word_is(tokens, i - 1, "her") ||
                          word_is(tokens, i - 1, "their") || word_is(tokens, i - 1, "late") ||
                          word_is(tokens, i - 1, "mid") || word_is(tokens, i - 1, "early")))
                    add(i, i + 1);
                // "97 M", "97F": a header's short form
                else if (tokens.at(i + 1).is_word() && tokens[i + 1].gap <= Gap::blank &&
                         (tokens.source(i + 1) == "M" || tokens.source(i + 1) == "F") &&
                         (token.sentence || i == 0 || tokens[i].gap >= Gap::line))
                    add(i, i);
            } else if (n >= 1080 && n <= oldest * 12 && word_is(tokens, i + 1, "months") &&
                       word_is(tokens, i + 2, "old")) {
                add(i, i + 1);
            } else if (n >= 32873 && n <= oldest * 366 && word_is(tokens, i + 1, "days") &&
                       word_is(tokens, i + 2, "old")) {
                add(i, i + 1);
            }
        } else if (token.is_word() && token.has(word::number)) {
            const std::string_view w = tokens.letters(i);
            if (w == "nineties" || w == "centenarian" || w == "nonagenarian") {
                add(i, i);
                continue;
            }
            const bool hundred = w == "hundred" && i > 0 && word_is(tokens, i - 1, "one");
            if (w != "ninety" && !hundred) continue;
            std::size_t first = hundred ? i - 1 : i, last = i;
            std::size_t next = i + 1;
            if (tokens.at(next).is_mark('-')) ++next;
            if (word_is(tokens, next, "and")) ++next;
            if (tokens.at(next).is_word() && tokens[next].has(word::number)) last = next;
            bool old = false;
            if ((years_follow(tokens, last + 1, old) && old) || age_before(tokens, first))
                add(first, last);
        }
    }
}

}  // namespace clinical::deid::note
