// Streets: with a number before them, behind them, or none.

#include <algorithm>

#include "deid/note_postal.h"

namespace clinical::deid::note {
namespace {

bool amount_follows(const Tokens &tokens, std::size_t last) {
    const Token &next = tokens.at(last + 1);
    return next.is_mark('%') || next.is_mark('/') ||
           (next.is_word() && next.gap <= Gap::blank && next.has(word::unit | word::year) &&
            !next.has(word::apartment));
}

// "5 ul" is an amount, "5 ul. Polna 3" a street.
bool is_amount(const Tokens &tokens, std::size_t at) {
    return tokens[at].is_word() && tokens[at].has(word::unit) && !tokens[at].capital() &&
           !(tokens[at].has(word::street_abroad) && tokens.at(at + 1).is_mark('.') &&
             tokens.at(at + 2).is_word() && tokens.at(at + 2).capital());
}

}  // namespace

// "lives at", "mail it to" a little before token i.
bool Streets::announced(std::size_t i) const {
    for (std::size_t k = i; k-- > 0 && i - k <= 6;) {
        if (tokens_[k].has(word::residence)) return true;
        if (tokens_[k].is_mark('.') && tokens_[k + 1].sentence) return false;
    }
    return false;
}

// A number, some words, a street's kind: "123 N Main St", "11 Rue de la Paix"; or a second number
// or an apartment: "6750 Koskikatu 25 Apt. 864".
bool Streets::number_before(std::size_t i, bool said) {
    const Token &token = tokens_[i];
    if (token.length > 6) return false;
    if (token.glued() && i > 0 && !tokens_[i - 1].is_mark('(') && !tokens_[i - 1].is_mark(':'))
        return false;
    // "grade 3 Tumor Ridge"
    if (i > 0 && token.gap == Gap::blank && tokens_[i - 1].has(word::head | word::medical) &&
        !tokens_[i - 1].has(word::residence))
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
    if (tokens_.at(at).is_number() && tokens_[at].gap == Gap::blank && !is_ordinal(tokens_, at)) {
        two_numbers = true;
        ++at;
    }
    if (!tokens_.at(at).is_word() && !tokens_.at(at).is_number()) return false;
    if (is_amount(tokens_, at)) return false;
    const bool cue = said || announced(i);
    const StreetLine line = read_street_line(draft_, at, cue && two_numbers);
    if (line.words == 0 || line.clinical) return false;
    const bool capitals = line.capitals > 0 || tokens_.whispering;
    if (!capitals) return false;
    std::size_t first = i;
    if (i > 0 && tokens_[i - 1].is_word() && tokens_[i - 1].has(word::apartment) &&
        tokens_[i].gap <= Gap::blank)
        first = i - 1;
    const bool own_line = tokens_[i].gap >= Gap::line || i == 0;
    const bool number = line.number != 0 && !amount_follows(tokens_, line.number);
    if (line.kind != 0 && (line.words >= 2 || two_numbers || line.foreign_kind) &&
        !(line.words == 2 && line.capitals == 0 && !tokens_.whispering)) {
        const bool named = line.kind > at || line.leading_kind;
        if (named && (line.capitals > 1 || tokens_.whispering || line.leading_kind || cue ||
                      english_of(tokens_[at].word) < 3)) {
            std::size_t end = line.kind;
            if (line.leading_kind || line.foreign_kind)
                end = line.last;
            else if (number && (line.number == line.kind + 1 || own_line || cue))
                end = line.number;
            Tail tail = address_tail(draft_, end);
            if (number && line.number > end) {
                const Tail longer = address_tail(draft_, line.number);
                if (longer.apartment || longer.code || longer.place) tail = longer;
            }
            draft_.add(first, tail.last, Category::location, 0.9F, Detector::shape);
            return true;
        }
    }
    const Tail tail = address_tail(draft_, line.last);
    const bool long_number = token.length >= 3 || two_numbers;
    const bool strange = line.strange > 0 && 2 * line.strange >= line.words;
    if (tail.apartment ||
        (number && (tail.code || cue || (long_number && own_line) ||
                    (token.length >= 3 && strange) || (strange && tail.place))) ||
        (tail.code && (own_line || cue || (long_number && line.capitals > 0))) ||
        (cue && long_number) || (tail.place && strange && (long_number || cue))) {
        draft_.add(first, tail.last, Category::location, 0.8F, Detector::shape);
        return true;
    }
    return false;
}

// "Lindevej 4", "Via Roma 12": the number stands behind the street.
bool Streets::number_behind(std::size_t i) {
    if (i > 0 &&
        (tokens_[i - 1].is_number() || (tokens_[i - 1].is_word() && tokens_[i - 1].capital() &&
                                        tokens_[i].gap == Gap::blank && !tokens_[i - 1].sentence)))
        return false;
    // "Where is Polna 3?": the first word is no part of it.
    const Token &second = tokens_.at(i + 1);
    if (tokens_[i].sentence && english_of(tokens_[i].word) >= 2 && !second.capital() &&
        !second.is_number() && !second.is_mark('.') && !tokens_[i].has(word::street_abroad))
        return false;
    const StreetLine line = read_street_line(draft_, i, false);
    if (line.number == 0 || line.words > 6 || line.clinical ||
        (line.capitals == 0 && !tokens_.whispering) || amount_follows(tokens_, line.number))
        return false;
    // "Avenida 9 de Julio 12" may hold a date, "Dr. Lee on May 5" is none.
    for (std::size_t k = i; k <= line.last && !(line.leading_kind && line.foreign_kind); ++k)
        if (draft_.taken(k)) return false;
    const Token &token = tokens_[i];
    const bool kind = line.kind != 0 && (line.leading_kind || line.foreign_kind);
    const bool cue = announced(i);
    const bool strange = line.strange > 0 && !token.has(word::month | word::eponym) &&
                         !tokens_[i].has(word::medical_ending);
    const Tail tail = address_tail(draft_, line.last);
    // A code and a town behind it leave no doubt.
    const bool code = tail.code && tail.last > line.last + 1 && (strange || line.kind > i);
    const bool told = cue && english_of(token.word) < 2 && !token.has(word::month) &&
                      (tail.last > line.last || line_ends_after(tokens_, line.last) || strange);
    const bool town = tail.place && ((strange && (line.words > 1 || cue)) ||
                                     (line.kind > i && line.number == line.kind + 1));
    if (!kind && !code && !told && !town) return false;
    if (kind && !cue && !tail.apartment && !tail.code && english_of(token.word) >= 2 &&
        !token.has(word::street_abroad))
        return false;
    draft_.add(i, tail.last, Category::location, kind || code ? 0.75F : 0.6F, Detector::shape);
    return true;
}

// "at the corner of Main St": no number, but a name before the kind and a cue.
void Streets::without_number(std::size_t i) {
    const Token &token = tokens_[i];
    // "Impasse de Paris", "Calle Mayor"
    if (token.has(word::street_abroad) && token.length > 3 && english_of(token.word) < 2 &&
        tokens_.at(i + 1).is_word() && token.shape == Shape::title &&
        (tokens_[i + 1].capital() || tokens_[i + 1].has(word::particle))) {
        const StreetLine line = read_street_line(draft_, i, false);
        if (line.words >= 2 && line.capitals >= 2 && !line.clinical) {
            draft_.add(i, address_tail(draft_, line.last).last, Category::location, 0.6F,
                       Detector::shape);
            return;
        }
    }
    if (i == 0 || token.has(word::title) || !tokens_[i - 1].is_word() ||
        !tokens_[i - 1].capital() || tokens_[i].gap != Gap::blank || draft_.taken(i - 1))
        return;
    const std::string_view kind = tokens_.letters(i);
    static constexpr std::string_view clear[] = {
        "street",  "avenue",  "road", "boulevard", "blvd",     "lane", "ave", "rd",
        "parkway", "highway", "st",   "gateway",   "turnpike", "hwy",  "pkwy"};
    const bool abroad = token.has(word::street_abroad) && token.length > 3 &&
                        english_of(token.word) == 0 && !token.sentence;
    if (!abroad && std::find(std::begin(clear), std::end(clear), kind) == std::end(clear)) return;
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
    if (tokens_[first].sentence && english_of(tokens_[first].word) == 3 && first + 1 < i) ++first;
    if (tokens_[first].has(word::facility | word::head)) return;
    if (tokens_.at(i + 1).is_word() && tokens_[i + 1].has(word::facility | word::facility_part) &&
        tokens_[i + 1].capital())
        return;  // "Elm Street Clinic"
    std::size_t last = i;
    if (abroad && tokens_.at(i + 1).is_number() && tokens_[i + 1].gap == Gap::blank &&
        tokens_[i + 1].length <= 4)
        ++last;
    draft_.add(first, address_tail(draft_, last).last, Category::location, 0.7F, Detector::shape);
}

void Streets::corner(std::size_t i) {
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
        if (t.shape == Shape::lower &&
            !t.has(word::particle | word::street | word::street_abroad) &&
            !(tokens_.whispering && english_of(t.word) < 3))
            break;
        end = at;
    }
    if (end <= i + 1) return;
    const bool the = i > 0 && tokens_[i - 1].is_word() && tokens_.letters(i - 1) == "the";
    draft_.add(the ? i - 1 : i, end, Category::location, 0.75F, Detector::context);
}

}  // namespace clinical::deid::note
