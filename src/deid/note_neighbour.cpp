// Words beside names that were found: the rest of the name, and names in a list with it.

#include "deid/note_name.h"

namespace clinical::deid::note {
namespace {

class Neighbours {
public:
    explicit Neighbours(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        for (std::size_t i = tokens_.next(0, interest::name); i < tokens_.size();
             i = tokens_.next(i + 1, interest::name))
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
                   is_family_name(t) && !t.has(word::role | word::naming | word::identifier) &&
                   !tokens_[k].has(word::medical_ending);
        };
        if (i > 0 && tokens_[i].gap == Gap::blank && tokens_[i - 1].gap <= Gap::blank) {
            const Token &before = tokens_[i - 1];
            const bool start = i < 2 || !tokens_[i - 2].is_word() || !tokens_[i - 2].capital();
            if ((start && beside(i - 1)) || french_mister(i - 1) ||
                (before.is_word() && before.taken == 0 && before.shape == Shape::lower &&
                 before.has(word::particle) && before.length > 1 && !before.sentence))
                draft_.add(i - 1, i - 1, Category::name, 0.55F, Detector::context);
        }
        // "R. J. Roe"
        for (std::size_t k = i; k >= 2 && k + 6 > i && tokens_[k - 1].is_mark('.') &&
                                tokens_[k - 1].glued() && is_initial(tokens_[k - 2]) &&
                                tokens_[k - 2].taken == 0 && tokens_[k].gap <= Gap::blank;
             k -= 2)
            draft_.add(k - 2, k - 1, Category::name, 0.55F, Detector::context);
        if (tokens_.at(last + 1).gap == Gap::blank && beside(last + 1) && tokens_[last].is_word() &&
            !(tokens_.at(last + 2).is_word() && tokens_.at(last + 2).capital()) &&
            !tokens_.at(last + 1).has(word::place_bits | word::capital))
            draft_.add(last + 1, last + 1, Category::name, 0.55F, Detector::context);
        return last;
    }

    // "M Marvin": an M without a full stop before a name.
    [[nodiscard]] bool french_mister(std::size_t i) const {
        return is_initial(tokens_[i]) && tokens_.letters(i) == "m" && tokens_[i].taken == 0;
    }

    // "Graham, Niroula and Sun": who stands in a list with names is one.
    void lists() {
        const auto name = [&](std::size_t k) {
            return draft_.taken_as(k, Category::name) && tokens_.at(k).is_word();
        };
        const auto joins = [&](std::size_t k) {
            const Token &t = tokens_.at(k);
            return t.is_mark(',') || t.is_mark('&') || t.print == print_of("and") ||
                   t.print == print_of("or");
        };
        for (std::size_t i = tokens_.next(0, interest::written); i < tokens_.size();
             i = tokens_.next(i + 1, interest::written)) {
            const Token &token = tokens_[i];
            if (token.taken != 0 || token.shape != Shape::title || token.length < 2 ||
                (token.word & word::names) == 0 || !(joins(i + 1) || (i >= 2 && joins(i - 1))) ||
                !is_family_name(token) || token.has(word::country | word::capital))
                continue;
            const bool after =
                joins(i + 1) && name(i + 2) &&
                (!token.sentence || tokens_.at(i + 1).is_mark(',') || english_of(token.word) < 3);
            const bool before = i >= 2 && joins(i - 1) && name(i - 2) && !token.sentence &&
                                (tokens_[i - 1].mark == 0 || joins(i + 1));
            if (!(after && before) && is_eponym(draft_, i)) continue;
            if ((after && joins(i + 3)) || (after && english_of(token.word) < 2) ||
                (before && (english_of(token.word) < 3 || (i >= 3 && joins(i - 3)))))
                draft_.add(i, i, Category::name, 0.6F, Detector::context);
        }
    }

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace

void find_names_beside_names(Draft &draft) { Neighbours(draft).find(); }

}  // namespace clinical::deid::note
