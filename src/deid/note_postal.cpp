// Postal addresses: streets, boxes, apartments, rooms, ZIP codes, and the lines that belong to
// them.

#include "deid/note_postal.h"

#include "deid/places.h"

namespace clinical::deid::note {
namespace {

class Postal {
public:
    explicit Postal(Draft &draft) : draft_(draft), tokens_(draft.tokens), streets_(draft) {}

    void find() {
        // Without capitals any word may begin a street.
        const Interest mine = interest::number | interest::postal | interest::written |
                              (tokens_.whispering ? interest::word : Interest{0});
        for (std::size_t i = tokens_.next(0, mine); i < tokens_.size();
             i = tokens_.next(i + 1, mine)) {
            if (draft_.taken(i)) continue;
            if (tokens_[i].is_number()) {
                if (!streets_.number_before(i)) zip(i);
                continue;
            }
            if ((tokens_.interest[i] & interest::postal) != 0) announced(i);
            if (!draft_.taken(i) && may_begin_street(i) && number_near(i))
                streets_.number_behind(i);
        }
    }

private:
    void announced(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.has(word::apartment))
            box(i);
        else if (token.has(word::street | word::street_abroad) && token.capital())
            streets_.without_number(i);
        if (token.length == 3 && token.shape != Shape::title) military(i);
        if (token.print == print_of("corner") && tokens_.at(i + 1).print == print_of("of"))
            streets_.corner(i);
        if (token.print == print_of("zip") || token.print == print_of("postal") ||
            token.print == print_of("postcode"))
            zip_said(i);
    }

    [[nodiscard]] bool may_begin_street(std::size_t i) const {
        const Token &token = tokens_[i];
        return token.capital() || (tokens_.whispering &&
                                   (english_of(token.word) < 2 || token.has(word::street_abroad)));
    }

    // Whether a number stands within a line's length behind token i.
    [[nodiscard]] bool number_near(std::size_t i) {
        if (number_ <= i) number_ = tokens_.next(i + 1, interest::number);
        return number_ - i <= longest_street_line;
    }

    // "FPO AE 64059" and the line before it: "USNS Wischer".
    void military(std::size_t i) {
        const std::string_view post = tokens_.letters(i);
        if (post != "fpo" && post != "apo" && post != "dpo") return;
        std::size_t at = i + 1;
        if (tokens_.at(at).is_mark(',')) ++at;
        if (!tokens_.at(at).is_word() || tokens_[at].length != 2 ||
            tokens_.letters(at).front() != 'a' || !tokens_.at(at + 1).is_number() ||
            tokens_[at + 1].length != 5)
            return;
        std::size_t first = i;
        for (int step = 0; step < 8 && first > 0; ++step) {
            const Token &before = tokens_[first - 1];
            if (step > 0 && tokens_[first].gap >= Gap::line) break;
            if (before.is_word()) {
                const std::string_view letters = tokens_.letters(first - 1);
                if (letters == "uss" || letters == "usns" || letters == "uscgc" ||
                    letters == "usnv" || letters == "psc" || letters == "unit" ||
                    letters == "cmr") {
                    draft_.add(first - 1, at + 1, Category::location, 0.9F, Detector::shape);
                    return;
                }
                if (before.shape == Shape::lower && !tokens_.whispering) break;
            } else if (!before.is_number() && !before.is_mark('-') && !before.is_mark(',') &&
                       !before.is_mark('\'') && !before.is_mark('.')) {
                break;
            }
            --first;
        }
        draft_.add(i, at + 1, Category::location, 0.9F, Detector::shape);
    }

    // "PO Box 12", "Apt. 4B", "Suite 100", "Room 312", "PSC 0413, Box 8144".
    void box(std::size_t i) {
        const std::string_view letters = tokens_.letters(i);
        if (letters == "po" || letters == "p") {
            // P.O. Box is found by its "Box".
            return;
        }
        const std::size_t number = number_after_marks(tokens_, i);
        if (number == 0 || tokens_.at(i + 1).gap >= Gap::line) return;
        const bool digits = tokens_[number].is_number() || tokens_.at(number - 1).is_number();
        if (letters == "box" || letters == "pobox") {
            std::size_t first = i;
            for (int step = 0; step < 5 && first > 0; ++step) {
                const Token &before = tokens_[first - 1];
                if (before.is_mark('.') || before.is_mark(',') || before.is_number() ||
                    (before.is_word() &&
                     (tokens_.letters(first - 1) == "po" || tokens_.letters(first - 1) == "p" ||
                      tokens_.letters(first - 1) == "o" || tokens_.letters(first - 1) == "psc" ||
                      tokens_.letters(first - 1) == "unit")))
                    --first;
                else
                    break;
            }
            while (first < i && tokens_[first].kind == TokenKind::mark) ++first;
            if (!digits) return;
            draft_.add(first, address_tail(draft_, number).last, Category::location, 0.85F,
                       Detector::shape);
            return;
        }
        if (!digits) return;
        if (letters == "apt" || letters == "apartment" || letters == "suite" || letters == "ste") {
            std::size_t end = number;
            // A street may follow: "Suite 541 6343 Skogstien 106".
            if (tokens_.at(end + 1).is_number() && tokens_[end + 1].gap == Gap::blank &&
                streets_.number_before(end + 1, true)) {
                draft_.add(i, end, Category::location, 0.7F, Detector::context);
                return;
            }
            draft_.add(i, address_tail(draft_, end).last, Category::location, 0.7F,
                       Detector::context);
        } else if ((letters == "room" || letters == "rm" || letters == "bldg") &&
                   tokens_[number].length >= 2) {
            draft_.add(i, number, Category::location, 0.6F, Detector::context);
        }
    }

    void zip_said(std::size_t i) {
        std::size_t at = i + 1;
        while (at < tokens_.size() && at - i <= 5 &&
               (tokens_[at].kind == TokenKind::mark ||
                (tokens_[at].is_word() &&
                 (tokens_.letters(at) == "code" || tokens_.letters(at) == "is" ||
                  tokens_.letters(at) == "zip"))))
            ++at;
        if (draft_.taken(at)) return;
        // One or two runs of up to eight letters and digits: "02115", "N05 81RF", "1903 BI".
        std::size_t last = at;
        bool any = false, digit = false;
        for (std::size_t k = at; k < tokens_.size() && k - at < 8; ++k) {
            const Token &t = tokens_[k];
            if (k > at && t.gap > Gap::blank) break;
            const bool mark = t.is_mark('-') && t.glued() && tokens_.at(k + 1).glued();
            const bool letters = t.is_word() && t.length <= 3 && t.shape != Shape::lower;
            if (!mark && !letters && !(t.is_number() && t.length <= 8)) break;
            if (k > at && t.gap == Gap::blank && any && last > at + 6) break;
            digit = digit || t.is_number();
            any = true;
            if (!mark) last = k;
        }
        if (!any || !digit) return;
        draft_.add(at, last, Category::location, 0.9F, Detector::context);
    }

    // 02115-1234, "MA 02115"
    void zip(std::size_t i) {
        if (tokens_[i].length != 5) return;
        std::size_t last = i;
        if (tokens_.at(i + 1).is_mark('-') && tokens_[i + 1].glued() &&
            tokens_.at(i + 2).is_number() && tokens_.at(i + 2).glued() &&
            tokens_[i + 2].length == 4)
            last = i + 2;
        const bool after_state =
            i > 0 && tokens_[i - 1].is_word() && tokens_[i].gap == Gap::blank &&
            (tokens_[i - 1].has(word::state) ||
             (tokens_[i - 1].shape == Shape::upper && state(tokens_.source(i - 1)).has_value()));
        if (after_state) {
            std::size_t first = i - 1;
            if (first > 0 && tokens_[first - 1].is_mark(',')) {
                std::size_t town = first - 1;
                while (town > 0 && first - town < 5 && tokens_[town - 1].is_word() &&
                       tokens_[town - 1].capital() && !draft_.taken(town - 1))
                    --town;
                if (town < first - 1) first = town;
            }
            draft_.add(first, last, Category::location, 0.9F, Detector::shape);
        } else if (last > i) {
            draft_.add(i, last, Category::location, 0.7F, Detector::shape);
        }
    }

    Draft &draft_;
    Tokens &tokens_;
    Streets streets_;
    std::size_t number_ = 0;  // the first number behind the token that was asked about last
};

}  // namespace

void find_postal(Draft &draft) { Postal(draft).find(); }

}  // namespace clinical::deid::note