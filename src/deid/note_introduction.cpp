// Names that something announces: a title, a degree, "named", "his wife".

#include <algorithm>

#include "deid/note_name.h"

namespace clinical::deid::note {
namespace {

class Introductions {
public:
    explicit Introductions(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        for (std::size_t i = tokens_.next(0, interest::person); i < tokens_.size();
             i = tokens_.next(i + 1, interest::person)) {
            const Token &token = tokens_[i];
            if (token.has(word::title) && title(i)) continue;
            if (token.has(word::degree) || is_spelled_degree(tokens_, i)) degree(i);
            if (token.has(word::naming | word::role | word::relation) || introduces(i))
                announced(i);
            if (token.has(word::site_name) && !draft_.taken(i))
                draft_.add(i, i, Category::name, 0.9F, Detector::site);
        }
    }

private:
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
        } else if (!strong && name_evidence(draft_, at) < 0.3F && !is_initial(next)) {
            return false;
        } else if (next.has(word::title) && !dot) {
            return false;
        }
        std::size_t last = words_of_name(draft_, at, 4, true);
        if (last < at) {
            if (!strong || next.has(word::facility)) return false;
            last = at;
        }
        last = with_degree(tokens_, last);
        // "Dr. Smith's Office"
        if (tokens_.at(last + 1).kind == TokenKind::possessive && tokens_.at(last + 2).is_word() &&
            tokens_[last + 2].gap == Gap::blank) {
            const std::string_view house = tokens_.letters(last + 2);
            if (house == "office" || house == "clinic" || house == "practice") last += 2;
        }
        draft_.add(i, last, Category::name, strong ? 0.95F : 0.75F, Detector::context);
        return true;
    }

    // A name before "MD": "Jane Roe, M.D."
    void degree(std::size_t i) {
        const Token &token = tokens_[i];
        const bool spelled = is_spelled_degree(tokens_, i);
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
            if ((t.is_mark('.') && t.glued() && first >= 2 && is_initial(tokens_[first - 2])) ||
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
            if (is_eponym(draft_, at)) return;
            // "Patient Education", "Attending Physician": headings.
            if (!strong && !colon && token.capital() && english_of(next.word) >= 2) return;
        }
        std::size_t last = words_of_name(draft_, at, 4, true);
        if (last < at) return;
        // "Smith, John Q."
        if (tokens_.at(last + 1).is_mark(',') && tokens_.at(last + 2).is_word() &&
            tokens_[last + 2].gap <= Gap::blank && first_of(tokens_[last + 2].word) >= 1 &&
            tokens_[last + 2].shape == tokens_[at].shape &&
            !tokens_[last + 2].has(word::degree | word::state)) {
            const std::size_t given = words_of_name(draft_, last + 2, 3, true);
            if (given > last + 1 && given >= last + 2) last = given;
        }
        add_name(draft_, at, last, 0.85F, Detector::context);
    }

    [[nodiscard]] bool first_last(std::size_t i) const {
        return tokens_.at(i).is_word() && tokens_.at(i + 1).is_word() &&
               ((first_of(tokens_[i].word) >= 1 && last_of(tokens_[i + 1].word) >= 1));
    }

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace

void find_introduced_names(Draft &draft) { Introductions(draft).find(); }

}  // namespace clinical::deid::note
