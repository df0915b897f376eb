// Names of people by what words are: first and last names beside each other, initials, and words
// that are written as names and are in no list.

#include <algorithm>
#include <array>

#include "deid/note_name.h"

namespace clinical::deid::note {
namespace {

class Names {
public:
    explicit Names(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        // Most words are ordinary, in lower case and no name.
        const Interest mine = interest::written | interest::quiet |
                              (tokens_.whispering ? interest::word : Interest{0});
        for (std::size_t i = tokens_.next(0, mine); i < tokens_.size();
             i = tokens_.next(i + 1, mine)) {
            const Token &token = tokens_[i];
            if (draft_.taken(i)) continue;
            if (token.shape != Shape::lower)
                i = run(i);
            else if (english_of(token.word) < 2 ||
                     (tokens_.whispering && first_of(token.word) == 3))
                lower(i);
        }
    }

private:
    // A name in lower case: only what is a name and nothing else.
    void lower(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.has(word::medical | word::eponym | word::allowed | word::country | word::state |
                      word::capital | word::month | word::unit | word::degree | word::particle |
                      word::facility | word::head) ||
            token.length < 3 || tokens_[i].has(word::medical_ending))
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
            if (mark.is_mark('.') && mark.glued() && is_initial(tokens_[last]))
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
        const std::size_t end = words_of_name(draft_, last + 2, 2, false);
        add_name(draft_, first, std::max(end, last + 2), 0.8F, Detector::dictionary);
        return true;
    }

    void judge(std::size_t k, std::size_t first, std::size_t last, float evidence) {
        const Token &token = tokens_[k];
        if (is_initial(token)) {
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
        if (evidence <= 0 && !person && !(follows && is_family_name(token))) return;
        float score = evidence;
        if (has_before) {
            const Token &b = tokens_[before];
            const float e = is_initial(b) ? 0.0F : name_evidence(draft_, before);
            const Token &behind = tokens_.at(k + 1);
            if (follows && is_family_name(token) &&
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
            if (is_initial(b) && last_of(token.word) >= 1 && tokens_.at(before + 1).is_mark('.'))
                score += 0.2F;
        }
        if (has_after) {
            const Token &a = tokens_[after];
            const float e = is_initial(a) ? 0.0F : name_evidence(draft_, after);
            const int given = first_of(token.word);
            if (given >= 1 && ((last_of(a.word) >= 1 && e >= 0.35F) || e >= 0.5F ||
                               draft_.taken_as(after, Category::name)))
                score += given >= 2 ? 0.35F : 0.25F;
            else if (is_initial(a) && given >= 1)
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
        if (is_eponym(draft_, k) ||
            (has_after && is_eponym(draft_, after) && clinical_head(tokens_, after))) {
            if (!says && !(has_before && draft_.taken_as(before, Category::name) &&
                           tokens_[before].is_word()))
                return;
        }
        if (score < draft_.threshold) return;
        const bool in_list = (token.word & word::names) != 0;
        add_name(draft_, k, k, std::min(score, 0.95F),
                 in_list ? Detector::dictionary : Detector::unknown);
        // "Hauta-aho"
        if (tokens_.at(k + 1).is_mark('-') && tokens_[k + 1].glued() &&
            tokens_.at(k + 2).is_word() && tokens_[k + 2].glued() &&
            tokens_[k + 2].shape == Shape::lower && english_of(tokens_[k + 2].word) == 0)
            add_name(draft_, k, k + 2, std::min(score, 0.95F), Detector::unknown);
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
            if (after != k && !is_initial(a) && dot && name_evidence(draft_, after) >= 0.35F &&
                last_of(a.word) >= 1 && !is_eponym(draft_, after)) {
                draft_.add(k, after, Category::name, 0.7F, Detector::dictionary);
                return;
            }
        }
        // "patient J.S."
        if (dot && is_initial(tokens_.at(k + 2)) && tokens_[k + 2].glued() &&
            tokens_.at(k + 3).is_mark('.') && tokens_[k + 3].glued() &&
            !(k > 0 && tokens_[k].glued()) &&
            !(is_initial(tokens_.at(k + 4)) && tokens_[k + 4].glued())) {
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

void find_names(Draft &draft) {
    find_introduced_names(draft);
    Names(draft).find();
    find_names_beside_names(draft);
}

}  // namespace clinical::deid::note
