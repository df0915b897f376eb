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
                if (token.length == 3 && token.shape != Shape::title) military(i);
                if (token.capital() && !draft_.taken(i)) number_behind(i);
                if (token.length == 6 && tokens_.letters(i) == "corner" &&
                    tokens_.at(i + 1).is_word() && tokens_.letters(i + 1) == "of")
                    corner(i);
                if (token.length == 3 && tokens_.letters(i) == "zip") zip_said(i);
                if (tokens_.letters(i) == "postal" || tokens_.letters(i) == "postcode") zip_said(i);
            }
        }
    }

private:
    [[nodiscard]] bool line_break_before(std::size_t i) const {
        return tokens_.at(i).gap >= Gap::line;
    }

    // What a line may hold between a house number and its end.
    struct Line {
        std::size_t last = 0;    // the last word or number
        std::size_t kind = 0;    // the last word that is a kind of street, or 0
        std::size_t number = 0;  // the first number after a word, or 0
        std::size_t words = 0, capitals = 0;
        bool clinical = false;
        bool leading_kind = false;  // "Rue de la Paix", "ul. Polna"
    };

    Line read_line(std::size_t at, bool any_words) const {
        Line line;
        const std::size_t begin = at;
        for (; at < tokens_.size() && line.words < 7 && at - begin < 16; ++at) {
            const Token &t = tokens_[at];
            if (draft_.taken(at) && !draft_.taken_as(at, Category::date)) break;
            if (t.gap >= Gap::line) break;
            if (t.is_mark('.') || t.is_mark('-') || t.is_mark('\'') ||
                t.kind == TokenKind::possessive) {
                // A full stop ends the line unless an abbreviation stands before it.
                if (t.is_mark('.') && at > begin &&
                    (tokens_[at - 1].length > 5 || !tokens_.at(at + 1).is_word()) &&
                    !(tokens_[at - 1].is_number() && tokens_.at(at + 1).has(word::apartment)) &&
                    !(tokens_[at - 1].has(word::street) && tokens_.at(at + 1).is_number()))
                    break;
                continue;
            }
            if (t.is_number()) {
                if (line.words == 0 && ordinal(at)) {
                    ++at;
                    ++line.words;
                    ++line.capitals;
                    line.last = at;
                    continue;
                }
                if (line.words == 0 || t.length > 4) break;
                if (tokens_.at(at + 1).is_word() && tokens_[at + 1].glued() &&
                    tokens_[at + 1].length == 1)
                    ++at;  // "27c"
                line.number = at;
                line.last = at;
                break;
            }
            if (!t.is_word() || t.has(word::apartment)) break;
            const bool street = t.has(word::street) || (t.length > 5 && english_of(t.word) < 2 &&
                                                        street_ending(tokens_.letters(at)));
            if (t.capital() || t.shape == Shape::none) {
                ++line.capitals;
            } else if (!street && !t.has(word::particle) && !between_capitals(at) &&
                       !street_prefix(at)) {
                const bool quiet =
                    tokens_.whispering && (english_of(t.word) < 2 || kind_follows(at) || any_words);
                if (!quiet && english_of(t.word) != 0) break;
                if (!quiet && !(line.capitals > 0)) break;
            }
            if (t.has(word::medical | word::unit | word::year | word::head) && !street &&
                place_of(t.word) == 0 && t.length > 1 && !t.has(word::particle) &&
                !(t.shape == Shape::title && t.length <= 3 && tokens_.at(at + 1).capital()) &&
                !(t.shape == Shape::title &&
                  (line.kind != 0 || !t.has(word::medical) || english_of(t.word) > 0)))
                line.clinical = true;
            if (street && (line.words > 0 || t.length > 1)) {
                line.kind = at;
                if (line.words == 0) line.leading_kind = true;
            }
            ++line.words;
            line.last = at;
        }
        return line;
    }

    // "Rua do Arenque", "Jiriho z Podebrad": a short word among names.
    [[nodiscard]] bool between_capitals(std::size_t i) const {
        return tokens_[i].length <= 4 && i > 0 && tokens_[i - 1].is_word() &&
               tokens_[i - 1].capital() && tokens_.at(i + 1).is_word() &&
               (tokens_.at(i + 1).capital() || tokens_.at(i + 1).has(word::particle));
    }

    // "bulw. Rutkowski", "rynek Tomczak": a word of another language before a name.
    [[nodiscard]] bool street_prefix(std::size_t i) const {
        const std::size_t next = tokens_.at(i + 1).is_mark('.') ? i + 2 : i + 1;
        return tokens_[i].length <= 6 && english_of(tokens_[i].word) == 0 &&
               !tokens_[i].has(word::unit | word::medical | word::month) &&
               tokens_.at(next).is_word() && tokens_.at(next).shape == Shape::title;
    }

    [[nodiscard]] bool kind_follows(std::size_t i) const {
        for (std::size_t k = i + 1; k <= i + 3 && k < tokens_.size(); ++k) {
            if (!tokens_[k].is_word()) return false;
            if (tokens_[k].has(word::street) && tokens_[k].length > 2) return true;
        }
        return false;
    }

    // A number, some words, a street's kind: "123 N Main St", "11 Rue de la Paix"; or a second
    // number or an apartment: "6750 Koskikatu 25 Apt. 864".
    bool street(std::size_t i, bool said = false) {
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
        bool two_numbers = false;
        if (tokens_.at(at).is_number() && tokens_[at].gap == Gap::blank && !ordinal(at)) {
            two_numbers = true;
            ++at;
        }
        if (!tokens_.at(at).is_word() && !tokens_.at(at).is_number()) return false;
        // "5 ul" is an amount, "5 ul. Polna 3" a street.
        if (tokens_[at].is_word() && tokens_[at].has(word::unit) && !tokens_[at].capital() &&
            !(tokens_[at].has(word::street) && tokens_.at(at + 1).is_mark('.') &&
              tokens_.at(at + 2).is_word() && tokens_.at(at + 2).capital()))
            return false;
        const bool cue = said || lives_before(i);
        const Line line = read_line(at, cue && two_numbers);
        if (line.words == 0 || line.clinical) return false;
        const bool capitals = line.capitals > 0 || tokens_.whispering;
        if (!capitals) return false;
        std::size_t first = i;
        if (i > 0 && tokens_[i - 1].is_word() && tokens_[i - 1].has(word::apartment) &&
            tokens_[i].gap <= Gap::blank)
            first = i - 1;
        const bool own_line = line_break_before(i) || i == 0;
        if (line.kind != 0 && (line.words >= 2 || two_numbers) &&
            !(line.words == 2 && line.capitals == 0 && !tokens_.whispering)) {
            const bool named = line.kind > at || line.leading_kind;
            if (named && (line.capitals > 1 || tokens_.whispering || line.leading_kind || cue ||
                          english_of(tokens_[at].word) < 3)) {
                std::size_t end = line.kind;
                if (line.leading_kind)
                    end = line.last;
                else if (line.number != 0 && line.number == line.kind + 1)
                    end = line.number;
                draft_.add(first, tail(end), Category::location, 0.9F, Detector::shape);
                return true;
            }
        }
        const std::size_t longer = tail(line.last);
        bool apartment = false, code = false;
        for (std::size_t k = line.last + 1; k <= longer; ++k) {
            if (tokens_[k].has(word::apartment)) apartment = true;
            if (tokens_[k].is_number() && tokens_[k].length >= 4) code = true;
        }
        const bool number = line.number != 0;
        const bool long_number = token.length >= 3 || two_numbers;
        if (apartment ||
            (number && (code || cue || (long_number && own_line) ||
                        (long_number && line.words == 1 && english_of(tokens_[at].word) == 0 &&
                         token.length >= 3))) ||
            (code && (own_line || cue || (long_number && line.capitals > 0))) ||
            (cue && long_number)) {
            draft_.add(first, longer, Category::location, 0.8F, Detector::shape);
            return true;
        }
        return false;
    }

    [[nodiscard]] bool lives_before(std::size_t i) const {
        for (std::size_t k = i; k-- > 0 && i - k <= 6;) {
            if (tokens_[k].has(word::residence)) return true;
            if (tokens_[k].is_mark('.') && tokens_[k + 1].sentence) return false;
        }
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
        for (int pieces = 0; pieces < 8 && end + 1 < tokens_.size(); ++pieces) {
            std::size_t at = end + 1;
            bool apart = false;
            // Commas, and the marks of a list at the beginning of a line.
            while (at < tokens_.size() && at <= end + 5 &&
                   (tokens_[at].is_mark(',') || tokens_[at].is_mark('.') ||
                    tokens_[at].is_mark('?') || tokens_[at].is_mark('-') ||
                    tokens_[at].is_mark('*') || tokens_[at].is_mark('|') ||
                    tokens_[at].is_mark('>'))) {
                apart = apart || tokens_[at].is_mark(',') || tokens_[at].gap >= Gap::line;
                ++at;
            }
            if (at >= tokens_.size() || draft_.taken(at)) break;
            const Token &t = tokens_[at];
            apart = apart || t.gap >= Gap::line;
            if (t.is_word() && t.has(word::apartment)) {
                const std::size_t number = after_marks(at);
                if (number == 0) break;
                end = number;
                continue;
            }
            if (tokens_[at - 1].is_mark('.') && at > end + 1 && t.gap != Gap::none && !apart) break;
            // "(Greek)" after a country.
            if (t.is_mark('(') && tokens_.at(at + 1).is_word() && tokens_.at(at + 2).is_mark(')') &&
                at == end + 1 && tokens_[at + 1].length > 3 && tokens_[at + 1].capital()) {
                end = at + 2;
                continue;
            }
            const std::size_t piece = place_piece(at, apart);
            if (piece == 0) break;
            end = piece;
        }
        return end;
    }

    std::size_t after_marks(std::size_t at) const {
        std::size_t k = at + 1;
        while (k - at < 4 && (tokens_.at(k).is_mark('.') || tokens_.at(k).is_mark('#') ||
                              tokens_.at(k).is_mark(':')))
            ++k;
        if (tokens_.at(k).gap > Gap::blank) return 0;
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

    [[nodiscard]] bool line_ends_after(std::size_t i) const {
        std::size_t next = i + 1;
        if (next >= tokens_.size()) return true;
        const Token &t = tokens_[next];
        if (t.gap >= Gap::line || t.is_mark(',')) return true;
        return t.is_mark('.') && (next + 1 >= tokens_.size() || tokens_[next + 1].sentence ||
                                  tokens_[next + 1].gap >= Gap::line);
    }

    // Town, state, code or country from `at` on: some words written as names and a number.  After
    // a comma or a line break any words will do, when they fill the line; behind the street itself
    // only what is a place, so that "12 Main St Patient fell" keeps the patient.
    std::size_t place_piece(std::size_t at, bool apart) const {
        std::size_t end = 0;
        std::size_t words = 0;
        bool firm = false;
        for (std::size_t k = at; k < tokens_.size() && words < 6; ++k) {
            const Token &t = tokens_[k];
            if (draft_.taken(k)) break;
            if (k > at && t.gap >= Gap::line) break;
            if (t.is_number()) {
                if (t.length > 6 || (t.gap == Gap::none && k > at)) break;
                const bool code = t.length >= 4 || (t.length == 3 && words > 0);
                if (!code && !(line_ends_after(k) && (words > 0 || apart))) break;
                end = k;
                if (tokens_.at(k + 1).is_mark('-') && tokens_[k + 1].glued() &&
                    tokens_.at(k + 2).is_number() && tokens_.at(k + 2).glued() &&
                    tokens_[k + 2].length == 4)
                    end = k + 2;
                firm = firm || code;
                break;
            }
            if ((t.is_mark('-') || t.is_mark('\'')) && k > at && t.glued()) continue;
            if (t.is_word() && t.shape == Shape::lower && k > at && t.glued() &&
                tokens_[k - 1].is_mark('-')) {
                end = k;
                continue;
            }
            if (t.is_mark('.') && k > at && tokens_[k - 1].length <= 3 && t.glued()) continue;
            if (t.kind == TokenKind::possessive) continue;
            if (!t.is_word()) break;
            const bool place = place_of(t.word) > 0 || t.has(word::state | word::country) ||
                               (t.length <= 3 && state(tokens_.source(k)).has_value());
            if (t.shape == Shape::lower && !place) {
                const bool filler = words > 0 && (t.has(word::particle) || t.length <= 3);
                // ", nan 50662": a region's code before a number.
                const bool region = apart && t.length <= 3 &&
                                    (tokens_.at(k + 1).is_number() || line_ends_after(k)) &&
                                    (english_of(t.word) < 3 || tokens_.at(k + 1).is_number());
                const bool line =
                    apart && (english_of(t.word) == 0 || tokens_.whispering) && fills_line(at);
                if (!filler && !region && !line) break;
                if (region) firm = true;
                if (filler && !region && !line) {
                    // Only between names: "Frankfurt am Main", not "Poland in case".
                    const Token &next = tokens_.at(k + 1);
                    if (!next.is_word() || !next.capital() || next.gap > Gap::blank) break;
                    ++words;
                    continue;
                }
            }
            if (t.shape == Shape::lower && place && !apart && !tokens_.whispering) break;
            if (!apart && !place && words == 0 && !leads_to_place(k) &&
                !(english_of(t.word) == 0 && t.shape != Shape::lower && !t.sentence &&
                  !t.has(word::medical)))
                break;
            if (t.has(word::medical | word::title | word::role | word::telephone |
                      word::identifier) &&
                !place && t.length > 3)
                break;
            if (t.capital() && english_of(t.word) == 3 && !place && !apart && !leads_to_place(k) &&
                !t.has(word::particle | word::street | word::place_bits))
                break;
            firm = firm || place || (t.shape != Shape::lower && english_of(t.word) == 0);
            ++words;
            end = k;
        }
        if (end == 0) return 0;
        if (tokens_[end].shape == Shape::lower && tokens_[end].is_word() &&
            english_of(tokens_[end].word) == 3 && !apart)
            return 0;
        // A line of unknown words counts when it stands alone.
        if (!(firm && !apart) && !line_ends_after(end) && !tokens_[end].is_number() && !firm)
            return 0;
        return end;
    }

    // "East Finn Poland": words written as names, and a country or state after them.
    [[nodiscard]] bool leads_to_place(std::size_t at) const {
        for (std::size_t k = at; k < at + 5 && k < tokens_.size(); ++k) {
            const Token &t = tokens_[k];
            if (t.is_mark('-') && t.glued()) continue;
            if (!t.is_word() || t.shape == Shape::lower || (k > at && t.gap > Gap::line))
                return false;
            if (k > at && t.has(word::state | word::country)) return true;
        }
        return false;
    }

    // Whether the words from `at` on are few and end their line.
    [[nodiscard]] bool fills_line(std::size_t at) const {
        for (std::size_t k = at; k < at + 6; ++k) {
            if (!tokens_.at(k).is_word() && !tokens_.at(k).is_number()) return false;
            if (line_ends_after(k)) return true;
        }
        return false;
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

    // "Lindevej 4", "Via Roma 12": the number stands behind the street.
    void number_behind(std::size_t i) {
        if (i > 0 &&
            (tokens_[i - 1].is_number() || (tokens_[i - 1].is_word() && tokens_[i - 1].capital() &&
                                            tokens_[i].gap == Gap::blank)))
            return;
        const Line line = read_line(i, false);
        if (line.number == 0 || line.words > 4 || line.clinical || line.capitals == 0) return;
        bool kind = line.kind != 0 && line.leading_kind;
        for (std::size_t k = i; k <= line.last; ++k)
            if (tokens_[k].is_word() && street_ending(tokens_.letters(k)) &&
                english_of(tokens_[k].word) < 2)
                kind = true;
        const bool cue = lives_before(i);
        const std::size_t end = tail(line.last);
        bool rest = false;
        for (std::size_t k = line.last + 1; k <= end; ++k)
            if (tokens_[k].has(word::apartment) ||
                (tokens_[k].is_number() && tokens_[k].length >= 4))
                rest = true;
        if (!kind && !(cue && english_of(tokens_[i].word) < 2 && !tokens_[i].has(word::month) &&
                       (rest || end > line.last || line_ends_after(line.last))))
            return;
        if (kind && !cue && !rest && english_of(tokens_[i].word) >= 2) return;
        draft_.add(i, end, Category::location, kind ? 0.75F : 0.6F, Detector::shape);
    }

    static bool street_ending(std::string_view letters) {
        static constexpr std::string_view endings[] = {
            "strasse", "strae", "strase", "straat", "gasse", "gata", "gatan",  "gate",   "gade",
            "vej",     "vei",   "veien",  "vegen",  "vagen", "katu", "tie",    "laan",   "weg",
            "platz",   "plein", "allee",  "damm",   "ufer",  "ring", "utca",   "stieg",  "gracht",
            "kade",    "dreef", "singel", "bakken", "braut", "gotu", "stigur", "polku",  "kuja",
            "tanska",  "ova",   "ska",    "skeho",  "kova",  "stig", "stigen", "backen", "vangen"};
        for (const std::string_view e : endings)
            if (letters.size() > e.size() + 1 && letters.ends_with(e)) return true;
        return false;
    }

    // "the corner of Polna 127 and Philip Bypass"
    void corner(std::size_t i) {
        std::size_t at = i + 2;
        std::size_t end = 0;
        bool joined = false;
        for (; at < tokens_.size() && at - i < 14; ++at) {
            const Token &t = tokens_[at];
            if (t.gap > Gap::blank) break;
            if (t.is_mark('.') && t.glued() && tokens_[at - 1].length <= 3) continue;
            if (t.is_number() && end != 0) {
                end = at;
                continue;
            }
            if (!t.is_word() || (t.sentence && !tokens_[at - 1].is_mark('.'))) break;
            if (tokens_.letters(at) == "and" && !joined && end != 0) {
                joined = true;
                continue;
            }
            if (t.shape == Shape::lower && !t.has(word::particle | word::street) &&
                !(tokens_.whispering && english_of(t.word) < 3))
                break;
            end = at;
        }
        if (end <= i + 1) return;
        const bool the = i > 0 && tokens_[i - 1].is_word() && tokens_.letters(i - 1) == "the";
        draft_.add(the ? i - 1 : i, end, Category::location, 0.75F, Detector::context);
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
            if (tokens_.at(end + 1).is_number() && tokens_[end + 1].gap == Gap::blank &&
                street(end + 1, true)) {
                draft_.add(i, end, Category::location, 0.7F, Detector::context);
                return;
            }
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
};

}  // namespace

void find_postal(Draft &draft) { Postal(draft).find(); }

}  // namespace clinical::deid::note
