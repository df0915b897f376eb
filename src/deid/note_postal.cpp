// Postal addresses: streets, boxes, apartments, rooms, ZIP codes, and the lines that belong to
// them.

#include <algorithm>

#include "deid/note_span.h"
#include "deid/places.h"

namespace clinical::deid::note {
namespace {

class Postal {
public:
    explicit Postal(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            const Token &token = tokens_[i];
            if (draft_.taken(i)) continue;
            if (token.is_number()) {
                if (!street(i)) zip(i);
            } else if (token.is_word()) {
                if (token.has(word::apartment))
                    box(i);
                else if (token.has(word::street) && token.capital())
                    street_without_number(i);
                if (token.length == 3 && tokens_.letters(i) == "zip") zip_said(i);
                if (tokens_.letters(i) == "postal" || tokens_.letters(i) == "postcode") zip_said(i);
            }
        }
    }

private:
    [[nodiscard]] bool line_break_before(std::size_t i) const {
        return tokens_.at(i).gap >= Gap::line;
    }

    [[nodiscard]] bool name_like(std::size_t i) const {
        const Token &t = tokens_.at(i);
        if (!t.is_word()) return false;
        if (t.capital() || t.shape == Shape::none) return true;
        return t.has(word::particle | word::street) || english_of(t.word) < 2;
    }

    // A number, some words, a street's kind: "123 N Main St", "11 Rue de la Paix".
    bool street(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.length > 6) return false;
        if (token.glued() && i > 0 && !tokens_[i - 1].is_mark('(') && !tokens_[i - 1].is_mark(':'))
            return false;
        std::size_t at = i + 1;
        // "123-B", "12A", "389 167 King": what may stand between.
        if (tokens_.at(at).is_mark('-') && tokens_[at].glued() && tokens_.at(at + 1).glued() &&
            (tokens_.at(at + 1).is_word() ? tokens_.at(at + 1).length == 1
                                          : tokens_.at(at + 1).is_number()))
            at += 2;
        else if (tokens_.at(at).is_word() && tokens_[at].length == 1 && tokens_[at].glued())
            ++at;
        if (tokens_.at(at).is_number() && tokens_[at].gap == Gap::blank) ++at;
        std::size_t words = 0, capitals = 0;
        std::size_t kind = 0, last = at;
        bool lower_english = false;
        const std::size_t begin = at;
        while (words < 6 && at < tokens_.size() && !draft_.taken(at)) {
            const Token &t = tokens_[at];
            if (t.gap >= Gap::line && words > 0) break;
            if (t.is_mark('.') || t.is_mark('-') || t.kind == TokenKind::possessive) {
                ++at;
                continue;
            }
            if (t.is_number() && words == 0 && ordinal(at)) {
                at += 2;
                ++words;
                ++capitals;
                continue;
            }
            if (!t.is_word()) break;
            if (t.has(word::unit) && words == 0 && !t.capital()) return false;
            if (t.has(word::street) && (words > 0 || kind == 0) &&
                (words > 0 || t.length > 3 || t.capital()))
                kind = at;
            if (t.capital() || t.has(word::street))
                ++capitals;
            else if (english_of(t.word) == 3 && !t.has(word::particle | word::place_bits))
                lower_english = true;
            if (lower_english) break;
            ++words;
            last = at;
            ++at;
        }
        if (kind != 0 && kind > begin - 1 && (capitals > 1 || draft_.tokens.whispering)) {
            std::size_t end = kind;
            // "Strada Provinciale 65", "Rue du Port 12"
            if (kind < last && tokens_.at(last + 1).is_number())
                end = last + 1;
            else if (kind == begin && last > kind)
                end = last;
            else if (kind == begin && last == kind)
                return false;  // "2 Court"
            else if (tokens_.at(end + 1).is_number() && tokens_[end + 1].gap == Gap::blank &&
                     tokens_[end + 1].length <= 4)
                ++end;
            draft_.add(i, tail(end), Category::location, 0.9F, Detector::shape);
            return true;
        }
        // No kind of street, but a number or an apartment behind: "6750 Koskikatu 25 Apt. 864".
        if (words >= 1 && words <= 4 && (capitals > 0 || draft_.tokens.whispering)) {
            std::size_t end = last;
            const bool number = tokens_.at(end + 1).is_number() &&
                                tokens_[end + 1].gap == Gap::blank && tokens_[end + 1].length <= 4;
            if (number) ++end;
            const std::size_t longer = tail(end);
            bool apartment = false, code = false;
            for (std::size_t k = end + 1; k <= longer; ++k) {
                if (tokens_[k].has(word::apartment)) apartment = true;
                if (tokens_[k].is_number() && tokens_[k].length >= 4) code = true;
            }
            bool clinical = false;
            for (std::size_t k = begin; k <= last; ++k)
                if (tokens_[k].is_word() && (tokens_[k].has(word::medical | word::unit |
                                                            word::month | word::year | word::head)))
                    clinical = true;
            if (!clinical && (apartment || (number && (code || lives_before(i))) ||
                              (code && line_break_before(i) && capitals > 0) ||
                              (lives_before(i) && capitals > 0))) {
                draft_.add(i, longer, Category::location, 0.8F, Detector::shape);
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] bool lives_before(std::size_t i) const {
        for (std::size_t k = i; k-- > 0 && i - k <= 4;)
            if (tokens_[k].has(word::residence)) return true;
        return false;
    }

    [[nodiscard]] bool ordinal(std::size_t i) const {
        const Token &next = tokens_.at(i + 1);
        if (!next.is_word() || !next.glued() || next.length != 2) return false;
        const std::string_view l = tokens_.letters(i + 1);
        return l == "st" || l == "nd" || l == "rd" || l == "th";
    }

    // What follows a street: apartment, town, state, ZIP code, country, over lines of their own.
    std::size_t tail(std::size_t last) const {
        std::size_t end = last;
        int lines = 0;
        while (end + 1 < tokens_.size() && lines < 6) {
            std::size_t at = end + 1;
            while (at < tokens_.size() &&
                   (tokens_[at].is_mark(',') || tokens_[at].is_mark('.') ||
                    tokens_[at].is_mark('?')) &&
                   at <= end + 4)
                ++at;
            if (at >= tokens_.size() || draft_.taken(at)) break;
            const Token &t = tokens_[at];
            if (t.has(word::apartment) && t.is_word()) {
                const std::size_t number = after_marks(at);
                if (number == 0) break;
                end = number;
                ++lines;
                continue;
            }
            if (t.sentence && t.gap < Gap::line && !tokens_[at - 1].is_mark(',') && at > end + 1)
                break;
            const std::size_t piece = place_piece(at, t.gap >= Gap::line || at > end + 1);
            if (piece == 0) break;
            end = piece;
            ++lines;
        }
        return end;
    }

    std::size_t after_marks(std::size_t at) const {
        std::size_t k = at + 1;
        while (tokens_.at(k).is_mark('.') || tokens_.at(k).is_mark('#') ||
               tokens_.at(k).is_mark(':'))
            ++k;
        if (tokens_.at(k).is_number() ||
            (tokens_.at(k).is_word() && tokens_.at(k).length == 1 && tokens_[k].capital())) {
            while (tokens_.at(k + 1).glued() &&
                   (tokens_.at(k + 1).is_number() ||
                    (tokens_.at(k + 1).is_word() && tokens_[k + 1].length == 1)))
                ++k;
            return k;
        }
        return 0;
    }

    // Town, state, code or country from `at` on: up to four words written as names and a number.
    // After a comma or a line break, so that "12 Main St Patient fell" keeps the patient.
    std::size_t place_piece(std::size_t at, bool apart) const {
        std::size_t end = 0;
        std::size_t words = 0;
        bool firm = false;
        for (std::size_t k = at; k < tokens_.size() && words < 5; ++k) {
            const Token &t = tokens_[k];
            if (draft_.taken(k)) break;
            if (k > at && t.gap >= Gap::line) break;
            if (t.is_number()) {
                if (t.length < 3 || t.length > 6) break;
                if (t.gap == Gap::none && k > at) break;
                end = k;
                if (tokens_.at(k + 1).is_mark('-') && tokens_[k + 1].glued() &&
                    tokens_.at(k + 2).is_number() && tokens_.at(k + 2).glued() &&
                    tokens_[k + 2].length == 4)
                    end = k + 2;
                firm = true;
                break;
            }
            if (t.is_mark('-') && k > at && t.glued()) continue;
            if (t.is_mark('.') && k > at && tokens_[k - 1].length <= 3 && t.glued()) continue;
            if (!t.is_word()) break;
            const bool lower = t.shape == Shape::lower;
            const bool place = place_of(t.word) > 0 || t.has(word::state | word::country) ||
                               state(tokens_.source(k)).has_value();
            if (lower && !(apart && place_of(t.word) > 0) &&
                !(t.has(word::particle) && words > 0) &&
                !(apart && english_of(t.word) == 0 && tokens_.at(k + 1).gap >= Gap::line))
                break;
            if (t.sentence && t.gap < Gap::line) break;
            if (!apart && !place) break;
            if (english_of(t.word) == 3 && !place && !t.has(word::particle | word::street)) break;
            if (t.has(word::medical | word::title | word::role | word::telephone) && !place) break;
            if (place) firm = true;
            ++words;
            end = k;
        }
        if (end == 0) return 0;
        // A line of unknown words counts when it stands alone.
        if (!firm && tokens_.at(end + 1).gap < Gap::line && !tokens_.at(end + 1).is_mark(',') &&
            end + 1 < tokens_.size())
            return 0;
        return end;
    }

    // "at the corner of Main St": no number, but a name before the kind and a cue.
    void street_without_number(std::size_t i) {
        const Token &token = tokens_[i];
        if (i == 0 || token.has(word::title) || !tokens_[i - 1].is_word() ||
            !tokens_[i - 1].capital() || tokens_[i].gap != Gap::blank || draft_.taken(i - 1))
            return;
        const std::string_view kind = tokens_.letters(i);
        static constexpr std::string_view clear[] = {
            "street",  "avenue",  "road", "boulevard", "blvd",     "lane", "ave", "rd",
            "parkway", "highway", "st",   "gateway",   "turnpike", "hwy",  "pkwy"};
        if (std::find(std::begin(clear), std::end(clear), kind) == std::end(clear)) return;
        // "St" before a name is a saint.
        if (kind == "st" && tokens_.at(i + 1).capital() && tokens_.at(i + 1).is_word()) return;
        if (kind == "st" && tokens_.at(i + 1).is_mark('.') && tokens_.at(i + 2).is_word() &&
            tokens_.at(i + 2).capital() && !tokens_.at(i + 2).sentence)
            return;
        std::size_t first = i - 1;
        while (first > 0 && i - first < 4 && tokens_[first].gap == Gap::blank &&
               tokens_[first - 1].is_word() && tokens_[first - 1].capital() &&
               !tokens_[first - 1].sentence && !draft_.taken(first - 1))
            --first;
        if (tokens_[first].sentence && english_of(tokens_[first].word) == 3 && first + 1 < i)
            ++first;
        if (tokens_[first].has(word::facility | word::head)) return;
        if (tokens_.at(i + 1).is_word() &&
            tokens_[i + 1].has(word::facility | word::facility_part) && tokens_[i + 1].capital())
            return;  // "Elm Street Clinic"
        draft_.add(first, tail(i), Category::location, 0.7F, Detector::shape);
    }

    // "PO Box 12", "Apt. 4B", "Suite 100", "Room 312", "PSC 0413, Box 8144".
    void box(std::size_t i) {
        const std::string_view letters = tokens_.letters(i);
        if (letters == "po" || letters == "p") {
            // P.O. Box is found by its "Box".
            return;
        }
        const std::size_t number = after_marks(i);
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
            draft_.add(first, tail(number), Category::location, 0.85F, Detector::shape);
            return;
        }
        if (!digits) return;
        if (letters == "apt" || letters == "apartment" || letters == "suite" || letters == "ste") {
            std::size_t end = number;
            // A street may follow: "Suite 541 6343 Skogstien 106".
            draft_.add(i, tail(end), Category::location, 0.7F, Detector::context);
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
        if (!tokens_.at(at).is_number() || tokens_[at].length < 3 || draft_.taken(at)) return;
        std::size_t last = at;
        while (last - at < 3 && tokens_.at(last + 1).gap <= Gap::blank &&
               ((tokens_.at(last + 1).is_number() && tokens_[last + 1].length <= 4) ||
                (tokens_.at(last + 1).is_mark('-') && tokens_.at(last + 2).is_number())))
            ++last;
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
};

}  // namespace

void find_postal(Draft &draft) { Postal(draft).find(); }

}  // namespace clinical::deid::note
