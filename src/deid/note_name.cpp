// Names of people: titles, degrees, words that announce one, first and last names beside each
// other, initials, and words that are written as names and are in no list.

#include <algorithm>
#include <array>
#include <unordered_set>

#include "deid/note_span.h"

namespace clinical::deid::note {
namespace {

// Whether the words after token i are what eponyms stand before: "Chaddock reflex", "Wells risk
// score", "Framingham Heart Study".
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

bool eponym(const Draft &draft, std::size_t i) {
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

bool initial(const Token &token) {
    return token.is_word() && token.length == 1 && token.shape == Shape::title;
}

class Names {
public:
    explicit Names(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const Token &token = tokens_[i];
            if (!token.is_word()) continue;
            if (token.has(word::title) && title(i)) continue;
            if (token.has(word::degree) || spelled_degree(i)) degree(i);
            if (token.has(word::naming | word::role | word::relation) || introduces(i))
                announced(i);
            if (token.has(word::site_name) && !draft_.taken(i))
                draft_.add(i, i, Category::name, 0.9F, Detector::site);
        }
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const Token &token = tokens_[i];
            if (!token.is_word() || draft_.taken(i)) continue;
            // Most words are ordinary, in lower case and no name: out at once.
            if (token.shape == Shape::lower) {
                if ((english_of(token.word) < 2 &&
                     ((token.word & word::names) != 0 || tokens_.whispering)) ||
                    (tokens_.whispering && first_of(token.word) == 3))
                    lower(i);
                continue;
            }
            i = run(i);
        }
        for (std::size_t i = 0; i < tokens_.size(); ++i)
            if (tokens_[i].is_word() && draft_.taken_as(i, Category::name)) i = neighbours(i);
        lists();
    }

private:
    // From the first word of what was taken for a name: "Constant Bertrand", "van Wijk", "Hanna
    // Pedersen Lie".  Words written as names beside it belong to it.  Returns its last token.
    std::size_t neighbours(std::size_t i) {
        std::size_t last = i;
        while (last + 1 < tokens_.size() && draft_.taken_as(last + 1, Category::name) &&
               tokens_[last + 1].gap <= Gap::blank)
            ++last;
        if (tokens_.shouting || tokens_[i].shape != Shape::title || tokens_[i].has(word::title))
            return last;
        const auto beside = [&](std::size_t k) {
            const Token &t = tokens_.at(k);
            return t.is_word() && t.taken == 0 && t.shape == Shape::title && !t.sentence &&
                   family_name(t) && !t.has(word::role | word::naming | word::identifier) &&
                   !has_medical_ending(tokens_.letters(k));
        };
        if (i > 0 && tokens_[i].gap == Gap::blank && tokens_[i - 1].gap <= Gap::blank) {
            const Token &before = tokens_[i - 1];
            const bool start = i < 2 || !tokens_[i - 2].is_word() || !tokens_[i - 2].capital();
            if ((start && beside(i - 1)) || french_mister(i - 1) ||
                (before.is_word() && before.taken == 0 && before.shape == Shape::lower &&
                 before.has(word::particle) && before.length > 1 && !before.sentence))
                draft_.add(i - 1, i - 1, Category::name, 0.55F, Detector::context);
        }
        if (tokens_.at(last + 1).gap == Gap::blank && beside(last + 1) && tokens_[last].is_word() &&
            !(tokens_.at(last + 2).is_word() && tokens_.at(last + 2).capital()) &&
            !tokens_.at(last + 1).has(word::place_bits | word::capital))
            draft_.add(last + 1, last + 1, Category::name, 0.55F, Detector::context);
        return last;
    }

    // "M Marvin": an M without a full stop before a name.
    [[nodiscard]] bool french_mister(std::size_t i) const {
        return initial(tokens_[i]) && tokens_.letters(i) == "m" && tokens_[i].taken == 0;
    }

    // "Graham, Niroula and Sun": who stands in a list with names is one.
    void lists() {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const Token &token = tokens_[i];
            if (!token.is_word() || token.shape != Shape::title || token.taken != 0 ||
                token.length < 2 || (token.word & word::names) == 0 || !family_name(token) ||
                token.has(word::relation | word::country | word::capital))
                continue;
            const auto name = [&](std::size_t k) {
                return draft_.taken_as(k, Category::name) && tokens_.at(k).is_word();
            };
            const auto joins = [&](std::size_t k) {
                return tokens_.at(k).is_mark(',') || tokens_.at(k).print == print_of("and") ||
                       tokens_.at(k).print == print_of("or") || tokens_.at(k).is_mark('&');
            };
            const bool after =
                joins(i + 1) && name(i + 2) &&
                (!token.sentence || tokens_.at(i + 1).is_mark(',') || english_of(token.word) < 3);
            const bool before = i >= 2 && joins(i - 1) && name(i - 2) && !token.sentence &&
                                (tokens_[i - 1].mark == 0 || joins(i + 1));
            if (eponym(draft_, i) && !(after && before)) continue;
            if ((after && joins(i + 3)) || (after && english_of(token.word) < 2) ||
                (before && (english_of(token.word) < 3 || (i >= 3 && joins(i - 3)))))
                draft_.add(i, i, Category::name, 0.6F, Detector::context);
        }
    }

    [[nodiscard]] bool nameable(std::size_t i) const {
        const Token &t = tokens_.at(i);
        return t.is_word() && !t.has(word::degree) && (t.capital() || t.shape == Shape::none) &&
               !(english_of(t.word) == 3 && (t.word & word::names) == 0) &&
               !t.has(word::title | word::facility | word::month);
    }

    // Words of a name from token `at` on; the last of them, or `at` - 1 when there is none.
    std::size_t words_of_name(std::size_t at, int most, bool announced) const {
        std::size_t last = at - 1;
        int words = 0;
        const bool lower_case =
            announced && tokens_.at(at).is_word() && tokens_[at].shape == Shape::lower;
        for (std::size_t k = at; k < tokens_.size() && words < most; ++k) {
            const Token &t = tokens_[k];
            if (t.gap > Gap::blank && k > at) break;
            if (draft_.taken(k) && !draft_.taken_as(k, Category::name) &&
                !draft_.taken_as(k, Category::location))
                break;
            if (t.is_mark('.')) {
                if (k > at && t.glued() && tokens_[k - 1].length == 1) {
                    last = k;
                    continue;
                }
                break;
            }
            if (t.is_mark('-') && k > at && t.glued() && tokens_.at(k + 1).glued()) continue;
            if (!t.is_word()) break;
            if (lower_case) {
                const bool name = (t.word & word::names) != 0 || english_of(t.word) == 0;
                if (t.shape != Shape::lower || !name || t.has(word::allowed | word::medical) ||
                    (english_of(t.word) >= 2 && words > 0) ||
                    (english_of(t.word) == 3 && first_of(t.word) < 3))
                    break;
            } else if (t.shape == Shape::lower) {
                if (t.has(word::particle) && t.length > 1 && nameable(k + 1) && words > 0) continue;
                break;
            } else if (words > 0 && t.has(word::apartment) && !initial(t)) {
                break;
            } else if (words == 0
                           ? t.has(word::facility | word::weekday) ||
                                 (t.has(word::month) && first_of(t.word) < 2)
                           : !nameable(k) && !initial(t) &&
                                 !(words == 1 && announced && family_name(t) &&
                                   t.shape == Shape::title && first_of(tokens_[k - 1].word) >= 2)) {
                break;
            } else if (words > 0 && !initial(t) &&
                       t.has(word::medical | word::allowed | word::head | word::role) &&
                       (t.word & word::names) == 0) {
                break;
            }
            ++words;
            last = k;
        }
        return last;
    }

    std::size_t with_degree(std::size_t last) const {
        std::size_t end = last;
        for (int step = 0; step < 3; ++step) {
            std::size_t at = end + 1;
            if (tokens_.at(at).is_mark(',')) ++at;
            const Token &t = tokens_.at(at);
            if (!t.is_word() || t.gap > Gap::blank || t.sentence) break;
            if (t.has(word::degree) && (t.shape == Shape::upper || t.shape == Shape::mixed ||
                                        (t.length > 1 && t.shape == Shape::title))) {
                end = at;
                continue;
            }
            // "M.D.", "R.N."
            if (t.length == 1 && t.capital() && tokens_.at(at + 1).is_mark('.') &&
                initial(tokens_.at(at + 2)) && tokens_[at + 2].glued()) {
                const std::string_view a = tokens_.letters(at), b = tokens_.letters(at + 2);
                if ((a == "m" && b == "d") || (a == "r" && b == "n") || (a == "d" && b == "o")) {
                    end = tokens_.at(at + 3).is_mark('.') ? at + 3 : at + 2;
                    continue;
                }
            }
            break;
        }
        return end;
    }

    void add_name(std::size_t first, std::size_t last, float score, Detector detector) {
        draft_.add(first, with_degree(last), Category::name, score, detector);
    }

    bool title(std::size_t i) {
        const Token &token = tokens_[i];
        if (draft_.taken(i) && !draft_.taken_as(i, Category::name)) return false;
        std::size_t at = i + 1;
        const bool dot = tokens_.at(at).is_mark('.') && tokens_[at].glued();
        if (dot) ++at;
        const Token &next = tokens_.at(at);
        if (!next.is_word() || next.gap > Gap::line) return false;
        if (next.gap == Gap::none && !dot) return false;
        // "MS", "DR" and "SR" in capitals are often something else.
        if (token.shape == Shape::upper && token.length <= 2 && !dot && !tokens_.shouting) {
            if (!(next.shape == Shape::upper && (next.word & word::names) != 0)) return false;
        }
        const bool strong =
            dot || (token.length <= 3 && token.shape == Shape::title) ||
            (token.length == 4 && tokens_.letters(i) == "miss" && token.capital()) ||
            tokens_.letters(i) == "doctor" || tokens_.letters(i) == "professor";
        if (next.shape == Shape::lower) {
            const bool quiet = tokens_.whispering && last_of(next.word) >= 1 && dot;
            if (!strong || next.has(word::allowed | word::medical) ||
                (english_of(next.word) == 3 && !quiet))
                return false;
            if ((next.word & word::names) == 0 && english_of(next.word) > 0) return false;
        } else if (!strong && name_evidence(draft_, at) < 0.3F && !initial(next)) {
            return false;
        } else if (next.has(word::title) && !dot) {
            return false;
        }
        std::size_t last = words_of_name(at, 4, true);
        if (last < at) {
            if (!strong || next.has(word::facility)) return false;
            last = at;
        }
        last = with_degree(last);
        // "Dr. Smith's Office"
        if (tokens_.at(last + 1).kind == TokenKind::possessive && tokens_.at(last + 2).is_word() &&
            tokens_[last + 2].gap == Gap::blank) {
            const std::string_view house = tokens_.letters(last + 2);
            if (house == "office" || house == "clinic" || house == "practice") last += 2;
        }
        std::size_t first = i;
        // "Mr. and Mrs."
        draft_.add(first, last, Category::name, strong ? 0.95F : 0.75F, Detector::context);
        return true;
    }

    // "M.D.", "R.N.", "D.O." at token i.
    [[nodiscard]] bool spelled_degree(std::size_t i) const {
        const Token &t = tokens_[i];
        if (t.length != 1 || !t.capital() || !tokens_.at(i + 1).is_mark('.') ||
            !initial(tokens_.at(i + 2)) || !tokens_[i + 2].glued())
            return false;
        const std::string_view a = tokens_.letters(i), b = tokens_.letters(i + 2);
        return (a == "m" && b == "d") || (a == "r" && b == "n") || (a == "d" && b == "o");
    }

    // A name before "MD": "Jane Roe, M.D."
    void degree(std::size_t i) {
        const Token &token = tokens_[i];
        const bool spelled = spelled_degree(i);
        if (draft_.taken(i) ||
            !(token.shape == Shape::upper || token.shape == Shape::mixed || spelled))
            return;
        if (token.length == 2 && tokens_.letters(i) != "md" && tokens_.letters(i) != "rn" &&
            tokens_.letters(i) != "np" && tokens_.letters(i) != "pa" && tokens_.letters(i) != "do")
            return;
        std::size_t at = i;
        if (at > 0 && tokens_[at - 1].is_mark(',')) --at;
        std::size_t first = at;
        float evidence = 0;
        int words = 0;
        while (first > 0 && words < 4) {
            const Token &t = tokens_[first - 1];
            if (tokens_[first].gap > Gap::blank || draft_.taken(first - 1)) break;
            if ((t.is_mark('.') && t.glued() && first >= 2 && initial(tokens_[first - 2])) ||
                (t.is_mark('-') && t.glued() && tokens_[first].glued())) {
                --first;
                continue;
            }
            if (!t.is_word() || !t.capital() ||
                t.has(word::medical | word::allowed | word::facility | word::head | word::degree))
                break;
            evidence = std::max(evidence, name_evidence(draft_, first - 1));
            --first;
            ++words;
        }
        // Behind a comma a degree of three letters leaves no doubt: "Joy Hill, LPN".
        const bool sure = words >= 2 && at != i &&
                          (spelled || token.length >= 3 || token.print == print_of("md") ||
                           token.print == print_of("rn"));
        if (words == 0 || (evidence < 0.3F && !sure)) return;
        draft_.add(first, spelled ? i + 2 : i, Category::name, 0.85F, Detector::context);
    }

    // "I'm", "I am", "this is".
    [[nodiscard]] bool introduces(std::size_t i) const {
        const std::uint32_t print = tokens_[i].print;
        if (print == print_of("im")) return tokens_[i].end - tokens_[i].begin > 2;
        if (i == 0) return false;
        if (print == print_of("am")) return tokens_[i - 1].print == print_of("i");
        return print == print_of("is") && tokens_[i - 1].print == print_of("this");
    }

    // After "named", "Patient:", "his wife,".
    void announced(std::size_t i) {
        const Token &token = tokens_[i];
        std::size_t at = i + 1;
        bool colon = false, is = false;
        // "Thanks, Hope": a name when nothing comes behind it.
        const bool closing =
            tokens_.at(i + 1).is_mark(',') && token.has(word::naming) && token.has(word::allowed);
        int steps = 0;
        while (at < tokens_.size() && steps < 4) {
            const Token &t = tokens_[at];
            if (t.is_mark(':') || t.is_mark('=')) {
                colon = true;
            } else if (t.is_mark(',') && (token.has(word::relation) || closing)) {
            } else if (t.is_mark('-') && t.gap == Gap::blank) {
                colon = true;
            } else if (t.is_mark('"') || t.is_mark('(') || t.is_mark('?') ||
                       t.kind == TokenKind::possessive) {
            } else if (t.is_word() && t.shape == Shape::lower &&
                       (tokens_.letters(at) == "is" || tokens_.letters(at) == "was" ||
                        tokens_.letters(at) == "by" || tokens_.letters(at) == "me" ||
                        tokens_.letters(at) == "him" || tokens_.letters(at) == "her" ||
                        tokens_.letters(at) == "as")) {
                is = true;
            } else if (t.is_word() && (tokens_.letters(at) == "name" || t.has(word::role)) &&
                       !colon) {
            } else {
                break;
            }
            ++at;
            ++steps;
        }
        const Token &next = tokens_.at(at);
        if (!next.is_word() || (draft_.taken(at) && !draft_.taken_as(at, Category::name)) ||
            (next.gap >= Gap::paragraph && !closing))
            return;
        if (next.gap == Gap::line && !colon && !closing) return;
        if (next.has(word::medical | word::allowed | word::title | word::facility | word::role) ||
            (next.has(word::state | word::country) && first_of(next.word) == 0))
            return;
        const std::string_view cue = tokens_.letters(i);
        if (token.has(word::naming) && token.has(word::allowed)) {
            const Token &behind = tokens_.at(at + 1);
            if (!closing || !(at + 1 >= tokens_.size() || behind.gap >= Gap::line ||
                              behind.kind == TokenKind::mark || behind.capital()))
                return;
        }
        const bool strong =
            (token.has(word::naming) && (colon || is || cue == "named" || cue == "called")) ||
            (introduces(i) && next.shape != Shape::lower) || closing;
        if (next.shape == Shape::lower) {
            if (!strong && !(token.has(word::relation) && tokens_.whispering)) return;
            if (first_of(next.word) == 0 &&
                !(last_of(next.word) > 0 && english_of(next.word) == 0)) {
                if (!(strong && (cue == "name" || cue == "named" || cue == "surname") &&
                      english_of(next.word) == 0))
                    return;
            }
            if (english_of(next.word) >= (strong ? 2 : 1)) return;
        } else {
            float evidence = name_evidence(draft_, at);
            // "my son Jordan", "his daughter April"
            if (token.has(word::relation) && at == i + 1 && first_of(next.word) >= 1 &&
                next.has(word::country | word::state | word::month) && !next.has(word::allowed))
                evidence = 0.5F;
            const float least = strong  ? (cue == "name" ? (colon ? 0.0F : 0.1F) : 0.15F)
                                : colon ? 0.2F
                                        : 0.4F;
            if (evidence < least && !(colon && first_last(at))) return;
            if (eponym(draft_, at)) return;
            // "Patient Education", "Attending Physician": headings.
            if (!strong && !colon && token.capital() && english_of(next.word) >= 2) return;
        }
        std::size_t last = words_of_name(at, 4, true);
        if (last < at) return;
        // "Smith, John Q."
        if (tokens_.at(last + 1).is_mark(',') && tokens_.at(last + 2).is_word() &&
            tokens_[last + 2].gap <= Gap::blank && first_of(tokens_[last + 2].word) >= 1 &&
            tokens_[last + 2].shape == tokens_[at].shape &&
            !tokens_[last + 2].has(word::degree | word::state)) {
            const std::size_t given = words_of_name(last + 2, 3, true);
            if (given > last + 1 && given >= last + 2) last = given;
        }
        add_name(at, last, 0.85F, Detector::context);
    }

    [[nodiscard]] bool first_last(std::size_t i) const {
        return tokens_.at(i).is_word() && tokens_.at(i + 1).is_word() &&
               ((first_of(tokens_[i].word) >= 1 && last_of(tokens_[i + 1].word) >= 1));
    }

    // A name in lower case: only what is a name and nothing else.
    void lower(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.has(word::medical | word::eponym | word::allowed | word::country | word::state |
                      word::capital | word::month | word::unit | word::degree | word::particle |
                      word::facility | word::head) ||
            token.length < 3 || has_medical_ending(tokens_.letters(i)))
            return;
        if (i > 0 && token.glued() && tokens_[i - 1].kind != TokenKind::mark) return;
        const int first = first_of(token.word), last = last_of(token.word);
        const int english = english_of(token.word);
        const Token &next = tokens_.at(i + 1);
        const bool pair = first >= 1 && next.is_word() && next.shape == Shape::lower &&
                          next.gap == Gap::blank && last_of(next.word) >= 1 &&
                          english_of(next.word) == 0 && !next.has(word::medical) && next.length > 2;
        const bool after_first = i > 0 && draft_.taken_as(i - 1, Category::name) &&
                                 tokens_[i - 1].is_word() && tokens_[i - 1].shape == Shape::lower &&
                                 token.gap == Gap::blank;
        float score = 0;
        if (english == 0) {
            if (first == 3)
                score = 0.7F;
            else if (first == 2)
                score = tokens_.whispering ? 0.65F : token.length >= 4 ? 0.55F : 0.45F;
            else if (first == 1 && pair)
                score = tokens_.whispering ? 0.6F : 0.45F;
            else if (last >= 1)
                score = tokens_.whispering ? 0.5F : last == 3 ? 0.45F : 0.0F;
            if (pair) score += 0.1F;
            if (first >= 1 && token.sentence && acts(tokens_, i)) score = std::max(score, 0.6F);
            if (after_first && (last >= 1 || tokens_.whispering)) score = std::max(score, 0.7F);
            // Where nothing has a capital, a word that nobody knows may be anybody.
            if (tokens_.whispering && first == 0 && last == 0 && !pair)
                score = std::max(score, tokens_.letters(i).size() != tokens_.source(i).size() ||
                                                token.length >= 6
                                            ? 0.5F
                                            : 0.0F);
        } else if (first == 3 && (pair || (tokens_.whispering && acts(tokens_, i)))) {
            score = 0.5F;
        }
        draft_.add(i, i, Category::name, score, Detector::dictionary);
    }

    // Tokens written as names from i on: judges each and returns the last of them.
    std::size_t run(std::size_t i) {
        std::size_t last = i;
        while (last + 1 < tokens_.size() && last - i < 12) {
            std::size_t next = last + 1;
            const Token &mark = tokens_.at(next);
            if (mark.is_mark('.') && mark.glued() && initial(tokens_[last]))
                ++next;
            else if (mark.is_mark('-') && mark.glued() && tokens_.at(next + 1).glued())
                ++next;
            const Token &t = tokens_.at(next);
            if (!t.is_word() || t.shape == Shape::lower || t.gap > Gap::blank ||
                draft_.taken(next) || (t.sentence && next == last + 1))
                break;
            last = next;
        }
        std::array<float, 14> evidence{};
        for (std::size_t k = i; k <= last; ++k)
            evidence[k - i] = tokens_[k].is_word() ? name_evidence(draft_, k) : 0;
        if (reversed(i, last)) return last;
        for (std::size_t k = i; k <= last; ++k) {
            if (!tokens_[k].is_word() || draft_.taken(k)) continue;
            judge(k, i, last, evidence[k - i]);
        }
        return last;
    }

    // "SMITH, JOHN Q" and "Smith, John".
    bool reversed(std::size_t first, std::size_t last) {
        if (last != first || !tokens_.at(last + 1).is_mark(',') || !tokens_[last + 1].glued())
            return false;
        const Token &family = tokens_[last];
        const Token &given = tokens_.at(last + 2);
        if (!given.is_word() || given.gap != Gap::blank || given.shape != family.shape ||
            draft_.taken(last + 2))
            return false;
        if (last_of(family.word) == 0 && english_of(family.word) > 0) return false;
        if (first_of(given.word) < 2 || english_of(given.word) == 3 || english_of(family.word) == 3)
            return false;
        if (family.has(word::medical | word::month | word::state | word::weekday | word::allowed) ||
            place_of(family.word) > 1 ||
            given.has(word::medical | word::allowed | word::month | word::state))
            return false;
        // A list of first names is no reversal: "James, Robert and John".
        if (first_of(family.word) >= 2 && last_of(family.word) < 2) return false;
        const std::size_t end = words_of_name(last + 2, 2, false);
        add_name(first, std::max(end, last + 2), 0.8F, Detector::dictionary);
        return true;
    }

    void judge(std::size_t k, std::size_t first, std::size_t last, float evidence) {
        const Token &token = tokens_[k];
        if (initial(token)) {
            lone_initial(k, first, last);
            return;
        }
        std::size_t before = k, after = k;
        bool has_before = k > first && (before = previous_word(k, first)) != k;
        bool has_after = k < last && (after = next_word(k, last)) != k;
        // A neighbour that was found before stands outside the run.
        if (!has_before && k == first && k > 0 && draft_.taken_as(k - 1, Category::name) &&
            tokens_[k - 1].is_word() && token.gap == Gap::blank && !token.sentence) {
            before = k - 1;
            has_before = true;
        }
        if (!has_after && k == last && draft_.taken_as(k + 1, Category::name) &&
            tokens_[k + 1].is_word() && tokens_[k + 1].gap == Gap::blank &&
            !tokens_[k + 1].has(word::title)) {
            after = k + 1;
            has_after = true;
        }
        // After a given name that was taken, whatever may be a name is the family's.
        const bool follows = has_before && draft_.taken_as(before, Category::name) &&
                             first_of(tokens_[before].word) >= 1 && token.gap <= Gap::blank;
        const bool person = first_of(token.word) >= 2 &&
                            (acts(tokens_, k) || tokens_.at(k + 1).kind == TokenKind::possessive) &&
                            !token.has(word::allowed);
        if (evidence <= 0 && !person && !(follows && family_name(token))) return;
        float score = evidence;
        if (has_before) {
            const Token &b = tokens_[before];
            const float e = initial(b) ? 0.0F : name_evidence(draft_, before);
            const Token &behind = tokens_.at(k + 1);
            if (follows && family_name(token) &&
                (last_of(token.word) >= 1 || english_of(token.word) < 2 ||
                 (first_of(b.word) >= 2 && english_of(b.word) < 2 &&
                  (behind.kind != TokenKind::word || k + 1 >= tokens_.size()))))
                score = std::max(score + 0.25F, 0.6F);
            else if (first_of(b.word) >= 2 && e >= 0.35F)
                score += 0.25F;
            else if (draft_.taken_as(before, Category::name))
                score += english_of(token.word) == 0 ? 0.25F : 0.15F;
            else if (e >= 0.5F)
                score += 0.1F;
            // "J. Smith"
            if (initial(b) && last_of(token.word) >= 1 && tokens_.at(before + 1).is_mark('.'))
                score += 0.2F;
        }
        if (has_after) {
            const Token &a = tokens_[after];
            const float e = initial(a) ? 0.0F : name_evidence(draft_, after);
            const int given = first_of(token.word);
            if (given >= 1 && ((last_of(a.word) >= 1 && e >= 0.35F) || e >= 0.5F ||
                               draft_.taken_as(after, Category::name)))
                score += given >= 2 ? 0.35F : 0.25F;
            else if (initial(a) && given >= 1)
                score += english_of(token.word) == 3 && token.sentence ? 0.15F : 0.3F;
            else if (e >= 0.5F)
                score += english_of(token.word) == 0 ? 0.25F : 0.05F;
        }
        // "Frank had given": a person does something.
        if (token.sentence && first == last && acts(tokens_, k)) {
            if (evidence <= 0 && first_of(token.word) >= 2)
                score += 0.5F;  // "April was"
            else if (first_of(token.word) >= 2 && english_of(token.word) >= 1)
                score += 0.35F;
            else if ((token.word & word::names) != 0 && english_of(token.word) < 3)
                score += 0.25F;
        }
        // "Magdalen, can I"
        if (token.sentence && first == last && first_of(token.word) >= 2 &&
            english_of(token.word) < 3 && tokens_.at(k + 1).is_mark(','))
            score += 0.25F;
        // "Maria and his wife"
        if (token.sentence && first == last && first_of(token.word) == 3 &&
            tokens_.at(k + 1).print == print_of("and") && tokens_.at(k + 2).is_word() &&
            (tokens_.letters(k + 2) == "his" || tokens_.letters(k + 2) == "her"))
            score += 0.35F;
        // "says Du Cane"
        const bool says = first > 0 && !tokens_[first].sentence &&
                          (tokens_[first - 1].print == print_of("says") ||
                           tokens_[first - 1].print == print_of("said"));
        if (says && (token.word & word::names) != 0) score += 0.3F;
        // "written by Campanile"
        if (!token.sentence && k == first && k > 0 && tokens_[k - 1].print == print_of("by") &&
            token.shape == Shape::title && (token.word & word::names) != 0)
            score += 0.2F;
        if (!token.sentence && first_of(token.word) >= 2 && evidence > 0 && acts(tokens_, k))
            score += 0.25F;
        // "Rose's son"
        if (first_of(token.word) >= 2 && tokens_.at(k + 1).kind == TokenKind::possessive &&
            tokens_.at(k + 2).has(word::relation))
            score += 0.35F;
        if (eponym(draft_, k) ||
            (has_after && eponym(draft_, after) && clinical_head(tokens_, after))) {
            if (!says && !(has_before && draft_.taken_as(before, Category::name) &&
                           tokens_[before].is_word()))
                return;
        }
        if (score < draft_.threshold) return;
        const bool in_list = (token.word & word::names) != 0;
        add_name(k, k, std::min(score, 0.95F), in_list ? Detector::dictionary : Detector::unknown);
        // "Hauta-aho"
        if (tokens_.at(k + 1).is_mark('-') && tokens_[k + 1].glued() &&
            tokens_.at(k + 2).is_word() && tokens_[k + 2].glued() &&
            tokens_[k + 2].shape == Shape::lower && english_of(tokens_[k + 2].word) == 0)
            add_name(k, k + 2, std::min(score, 0.95F), Detector::unknown);
    }

    static bool family_name(const Token &t) {
        return t.shape != Shape::lower && t.length > 1 &&
               !t.has(word::medical | word::allowed | word::head | word::facility | word::month |
                      word::weekday | word::state | word::unit | word::degree | word::title |
                      word::company | word::relation);
    }

    std::size_t previous_word(std::size_t k, std::size_t first) const {
        for (std::size_t p = k; p-- > first;)
            if (tokens_[p].is_word()) return p;
        return k;
    }
    std::size_t next_word(std::size_t k, std::size_t last) const {
        for (std::size_t n = k + 1; n <= last; ++n)
            if (tokens_[n].is_word()) return n;
        return k;
    }

    // "James T.", "J. Smith", "J.S."
    void lone_initial(std::size_t k, std::size_t first, std::size_t last) {
        const bool dot = tokens_.at(k + 1).is_mark('.') && tokens_[k + 1].glued();
        const std::size_t end = dot ? k + 1 : k;
        if (k > first) {
            const std::size_t before = previous_word(k, first);
            const Token &b = tokens_[before];
            if (draft_.taken_as(before, Category::name) || (first_of(b.word) >= 2 && dot)) {
                if (!dot && (tokens_.letters(k) == "i" || tokens_.letters(k) == "a")) return;
                draft_.add(before, end, Category::name, 0.85F, Detector::dictionary);
                return;
            }
        }
        if (k < last) {
            const std::size_t after = next_word(k, last);
            const Token &a = tokens_[after];
            if (after != k && !initial(a) && dot && name_evidence(draft_, after) >= 0.35F &&
                last_of(a.word) >= 1 && !eponym(draft_, after)) {
                draft_.add(k, after, Category::name, 0.7F, Detector::dictionary);
                return;
            }
        }
        // "patient J.S."
        if (dot && initial(tokens_.at(k + 2)) && tokens_[k + 2].glued() &&
            tokens_.at(k + 3).is_mark('.') && tokens_[k + 3].glued() &&
            !(k > 0 && tokens_[k].glued()) &&
            !(initial(tokens_.at(k + 4)) && tokens_[k + 4].glued())) {
            static constexpr std::string_view other[] = {
                "us", "md", "do", "rn", "iv", "im", "po", "bp", "hr", "dc", "ny", "la", "uk",
                "er", "or", "st", "pt", "ot", "ed", "id", "ie", "eg", "pa", "np", "am", "pm",
                "vs", "gi", "gu", "sq", "sc", "pr", "jr", "sr", "dr", "oa", "ra", "tb", "un"};
            const std::string two =
                std::string(tokens_.letters(k)) + std::string(tokens_.letters(k + 2));
            if (std::find(std::begin(other), std::end(other), two) == std::end(other))
                draft_.add(k, k + 3, Category::name, 0.55F, Detector::shape);
        }
    }

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace

// Whether the word after token i is what people do: "Hope asked", "will reports".
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

void find_names(Draft &draft) { Names(draft).find(); }

bool has_medical_ending(std::string_view letters) {
    static constexpr std::string_view endings[] = {
        "itis",     "osis",      "emia",       "aemia",         "uria",      "ectomy",
        "otomy",    "ostomy",    "plasty",     "scopy",         "graphy",    "pathy",
        "algia",    "megaly",    "penia",      "philia",        "plegia",    "phasia",
        "trophy",   "genic",     "lysis",      "stasis",        "sclerosis", "carcinoma",
        "sarcoma",  "lymphoma",  "noma",       "pril",          "sartan",    "statin",
        "olol",     "azole",     "cillin",     "mycin",         "micin",     "floxacin",
        "cycline",  "vir",       "gliptin",    "gliflozin",     "glutide",   "tide",
        "parin",    "xaban",     "azepam",     "zolam",         "barbital",  "triptan",
        "setron",   "prazole",   "tidine",     "lukast",        "terol",     "sone",
        "solone",   "nide",      "mab",        "nib",           "ciclib",    "rafenib",
        "platin",   "taxel",     "rubicin",    "trexate",       "caine",     "curium",
        "curonium", "dronate",   "fibrate",    "glitazone",     "formin",    "semide",
        "thiazide", "dipine",    "zosin",      "tropin",        "relin",     "relix",
        "cept",     "kinra",     "limus",      "ocet",          "codone",    "morphone",
        "fentanil", "oxetine",   "triptyline", "ipramine",      "peridol",   "apine",
        "idone",    "piprazole", "giline",     "dopa",          "gabalin",   "etine",
        "phylline", "mide",      "oxin",       "arone",         "ecainide",  "amide",
        "cyclovir", "bactam",    "penem",      "oxacin",        "sulfa",     "nazole",
        "quine",    "antel",     "ase",        "ine_",          "globulin",  "cytosis",
        "blast",    "genesis",   "ostosis",    "desis",         "centesis",  "tripsy",
        "rrhea",    "rrhage",    "rrhaphy",    "pexy",          "pnea",      "cardia",
        "tension",  "dynia",     "ectasis",    "ectasia",       "oma",       "iasis",
        "opia",     "opsia",     "esthesia",   "kinesia",       "praxia",    "lexia",
        "ology",    "surgery",   "iatry",      "iatrics",       "pentin",    "grel",
        "dilol",    "oxicam",    "azepine",    "spinal",        "ocular",    "cardial",
        "scopic",   "graphic",   "malacia",    "adenoma",       "metric",    "itides",
        "ologic",   "ological",  "emic",       "uric",          "otic",      "itic",
        "pathic",   "genous",    "derm",       "dermal",        "vascular",  "cellular",
        "nasal",    "cutaneous", "muscular",   "articular",     "formis",    "oris",
        "alis",     "aris",      "icus",       "ceps",          "ulosis",    "sulfate",
        "chloride", "acetate",   "citrate",    "hydrochloride", "ostatic",   "lytic",
        "trophic",  "plastic",   "blastic",    "phoresis",      "ectopy",    "ferol",
        "tropium",  "zumab",     "ximab",      "umab",          "ximod",     "inib",
        "gravir",   "buvir",     "asvir",      "previr",        "navir",     "vudine",
        "ovir"};
    const std::string_view one = letters.size() > 4 && letters.back() == 's'
                                     ? letters.substr(0, letters.size() - 1)
                                     : letters;
    for (const std::string_view e : endings)
        if (letters.size() > e.size() + 2 && (letters.ends_with(e) || one.ends_with(e)))
            return true;
    return false;
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
        if (has_medical_ending(tokens.letters(i))) return draft.strict ? 0.3F : 0;
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

// What was found by its context is looked for in the whole note.
void propagate_names(Draft &draft) {
    Tokens &tokens = draft.tokens;
    std::unordered_set<std::uint32_t> names;
    for (const Span &span : draft.spans) {
        if (span.category != Category::name || span.score < 0.7F) continue;
        const auto it =
            std::lower_bound(tokens.list.begin(), tokens.list.end(), span.begin,
                             [](const Token &t, std::uint32_t b) { return t.begin < b; });
        for (auto t = it; t != tokens.list.end() && t->end <= span.end; ++t) {
            if (!t->is_word() || t->length < 3 || english_of(t->word) >= 2) continue;
            if (t->has(word::title | word::degree | word::allowed | word::medical | word::particle |
                       word::facility | word::relation | word::month))
                continue;
            names.insert(t->print);
        }
    }
    if (names.empty()) return;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &token = tokens[i];
        if (!token.is_word() || token.taken != 0 || token.length < 3) continue;
        if (token.shape == Shape::lower && english_of(token.word) > 0) continue;
        if (!names.contains(token.print) || eponym(draft, i)) continue;
        draft.add(i, i, Category::name, 0.75F, Detector::propagated);
    }
}

}  // namespace clinical::deid::note
