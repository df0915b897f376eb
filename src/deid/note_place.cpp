// Hospitals and other bodies, towns and counties.

#include <algorithm>
#include <array>

#include "deid/note_span.h"
#include "deid/places.h"

namespace clinical::deid::note {
namespace {

// Words before "Hospital" or "Clinic" that name a department or a kind, not a house.
bool is_generic(std::string_view letters) {
    static constexpr auto generic = [] {
        std::array words{std::string_view("academic"),   std::string_view("acute"),
                         std::string_view("and"),        std::string_view("anticoagulation"),
                         std::string_view("area"),       std::string_view("at"),
                         std::string_view("cancer"),     std::string_view("cardiac"),
                         std::string_view("cardiology"), std::string_view("care"),
                         std::string_view("center"),     std::string_view("central"),
                         std::string_view("children"),   std::string_view("city"),
                         std::string_view("clinic"),     std::string_view("clinical"),
                         std::string_view("college"),    std::string_view("community"),
                         std::string_view("continuity"), std::string_view("county"),
                         std::string_view("day"),        std::string_view("dental"),
                         std::string_view("department"), std::string_view("dermatology"),
                         std::string_view("diabetes"),   std::string_view("emergency"),
                         std::string_view("eye"),        std::string_view("family"),
                         std::string_view("fertility"),  std::string_view("for"),
                         std::string_view("free"),       std::string_view("general"),
                         std::string_view("group"),      std::string_view("headache"),
                         std::string_view("health"),     std::string_view("heart"),
                         std::string_view("her"),        std::string_view("his"),
                         std::string_view("home"),       std::string_view("hospital"),
                         std::string_view("in"),         std::string_view("inpatient"),
                         std::string_view("internal"),   std::string_view("local"),
                         std::string_view("long"),       std::string_view("medical"),
                         std::string_view("medicine"),   std::string_view("memory"),
                         std::string_view("mental"),     std::string_view("my"),
                         std::string_view("neurology"),  std::string_view("new"),
                         std::string_view("of"),         std::string_view("office"),
                         std::string_view("oncology"),   std::string_view("online"),
                         std::string_view("orthopedic"), std::string_view("our"),
                         std::string_view("outpatient"), std::string_view("outside"),
                         std::string_view("pain"),       std::string_view("pediatric"),
                         std::string_view("physical"),   std::string_view("primary"),
                         std::string_view("private"),    std::string_view("psychiatric"),
                         std::string_view("public"),     std::string_view("regional"),
                         std::string_view("rehab"),      std::string_view("rehabilitation"),
                         std::string_view("research"),   std::string_view("rural"),
                         std::string_view("school"),     std::string_view("sleep"),
                         std::string_view("special"),    std::string_view("specialty"),
                         std::string_view("spine"),      std::string_view("state"),
                         std::string_view("stroke"),     std::string_view("surgery"),
                         std::string_view("surgical"),   std::string_view("system"),
                         std::string_view("teaching"),   std::string_view("term"),
                         std::string_view("tertiary"),   std::string_view("that"),
                         std::string_view("the"),        std::string_view("their"),
                         std::string_view("therapy"),    std::string_view("this"),
                         std::string_view("to"),         std::string_view("transfer"),
                         std::string_view("trauma"),     std::string_view("university"),
                         std::string_view("urgent"),     std::string_view("urology"),
                         std::string_view("va"),         std::string_view("veterans"),
                         std::string_view("walk"),       std::string_view("weight"),
                         std::string_view("wellness"),   std::string_view("womens"),
                         std::string_view("wound"),      std::string_view("your")};
        std::sort(words.begin(), words.end());
        return words;
    }();
    return std::binary_search(generic.begin(), generic.end(), letters);
}

class Places {
public:
    explicit Places(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        for (std::size_t i = tokens_.next(0, interest::house); i < tokens_.size();
             i = tokens_.next(i + 1, interest::house)) {
            const Token &token = tokens_[i];
            if (token.has(word::visit) || token.print == print_of("at") ||
                token.print == print_of("from"))
                visit(i);
            if (token.has(word::institution)) institution(i);
            if (token.has(word::facility)) facility(i);
            if (token.has(word::company)) company(i);
            if (token.has(word::site_place | word::site_organization)) site(i);
        }
        // Towns after houses, so that "Boston" in "Boston Medical Center" is done.
        constexpr Interest mine = interest::town | interest::written | interest::residence;
        std::size_t residence = tokens_.size();  // the last word that says one
        for (std::size_t i = tokens_.next(0, mine); i < tokens_.size();
             i = tokens_.next(i + 1, mine)) {
            const Token &token = tokens_[i];
            if (token.is_word() && !draft_.taken(i)) {
                if (token.has(word::place_bits))
                    town(i);
                else if (token.capital() && residence < i && i - residence <= 4 &&
                         after_residence(i))
                    unknown_town(i);
            }
            if (token.has(word::residence)) residence = i;
        }
    }

private:
    [[nodiscard]] bool joined(std::size_t i) const {
        return tokens_.at(i).is_mark('-') || tokens_.at(i).is_mark('&') ||
               tokens_.at(i).kind == TokenKind::possessive ||
               (tokens_.at(i).is_mark('.') && tokens_.at(i).glued());
    }

    void site(std::size_t i) {
        std::size_t last = phrase_end(i);
        draft_.add(i, last,
                   tokens_[i].has(word::site_place) ? Category::location : Category::organization,
                   0.9F, Detector::site);
    }

    std::size_t phrase_end(std::size_t i) const {
        std::size_t last = i;
        for (int left = static_cast<int>(tokens_[i].phrase) - 1;
             left > 0 && last + 1 < tokens_.size();) {
            ++last;
            if (tokens_[last].is_word()) --left;
        }
        return last;
    }

    // "seen at Good Samaritan": after a visit and "at", what is written as a name is a house or a
    // town.
    void visit(std::size_t i) {
        if (tokens_.whispering || tokens_.shouting) return;
        // "at" and "from" need no verb: "seen by Dr. Roe at Good Samaritan".
        const bool bare = !tokens_[i].has(word::visit);
        if (bare && tokens_[i].shape != Shape::lower) return;
        std::size_t at = bare ? i : i + 1;
        bool preposition = tokens_.letters(i) == "visited";
        bool firm = false, by = false;
        const std::string_view verb = tokens_.letters(i);
        const bool brings = verb == "presented" || verb == "admitted" || verb == "transferred" ||
                            verb == "referred" || verb == "brought" || verb == "taken";
        for (int step = 0; step < 4; ++step, ++at) {
            const Token &t = tokens_.at(at);
            if (!t.is_word() || t.shape != Shape::lower || t.gap > Gap::line) break;
            const std::string_view letters = tokens_.letters(at);
            if (letters == "at" || letters == "near" || letters == "to" || letters == "from" ||
                letters == "in" || letters == "through" || letters == "via" ||
                letters == "outside") {
                preposition = true;
                firm = letters == "at" || (letters == "to" && brings);
            } else if (letters == "by") {
                preposition = by = true;
            } else if (letters == "with" || letters == "for" || letters == "on") {
                return;
            }
        }
        if (!preposition) return;
        const Token &start = tokens_.at(at);
        if (!start.is_word() || !start.capital() || start.sentence || start.gap > Gap::line ||
            draft_.taken(at))
            return;
        std::size_t last = at, words = 0;
        bool named = false, house = false, department = false;
        for (std::size_t k = at; k < tokens_.size() && k - at < 18; ++k) {
            const Token &t = tokens_[k];
            if (k > at && t.gap > Gap::line) break;
            if (draft_.taken(k)) break;
            if (t.kind == TokenKind::possessive) {
                last = k;
                continue;
            }
            if (t.kind == TokenKind::mark) {
                const Token &next = tokens_.at(k + 1);
                const bool abbreviation = t.is_mark('.') && t.glued() && tokens_[k - 1].is_word() &&
                                          tokens_[k - 1].length <= 3 && next.capital() &&
                                          !next.sentence;
                // "L.A."
                if (t.is_mark('.') && t.glued() && tokens_[k - 1].is_word() &&
                    tokens_[k - 1].length == 1 && k > at) {
                    last = k;
                    named = named || (k >= at + 3 && tokens_[k - 2].is_mark('.'));
                    if (!next.is_word() || !next.glued()) break;
                    continue;
                }
                // "Univ. of Chicago"
                if (t.is_mark('.') && t.glued() && tokens_[k - 1].is_word() &&
                    tokens_[k - 1].length <= 4 && next.print == print_of("of"))
                    continue;
                if (!next.is_word() ||
                    !(t.is_mark('-') || t.is_mark('&') || t.is_mark('\'') || abbreviation))
                    break;
                continue;
            }
            if (!t.is_word()) break;
            const std::string_view letters = tokens_.letters(k);
            if (!t.capital()) {
                if (t.glued() && tokens_[k - 1].is_mark('-') && tokens_[k - 1].glued()) {
                    last = k;
                    continue;
                }
                const Token &next = tokens_.at(k + 1);
                if ((letters == "of" || letters == "and" || letters == "for" || letters == "the" ||
                     letters == "at") &&
                    next.is_word() && (next.capital() || next.has(word::particle)))
                    continue;
                if (t.has(word::facility) && t.length > 2) last = k;
                break;
            }
            if (t.has(word::title) && letters != "st" && t.length <= 4) break;
            if (t.has(word::month | word::weekday) && k > at) break;
            // "at MGH" is a house, "in AFib" and "to ICU" are not.
            const bool clinical =
                (t.has(word::medical | word::unit | word::head) || t.has(word::medical_ending)) &&
                place_of(t.word) == 0 &&
                !t.has(word::institution | word::facility | word::facility_part);
            if (words == 0 && tokens_.at(k + 1).is_number() && tokens_[k + 1].glued())
                return;  // "at L4"
            if (letters == "children" && tokens_.at(k + 1).kind == TokenKind::possessive)
                named = true;
            if (clinical && words == 0 && t.shape == Shape::upper) return;
            if (!is_generic(letters) && !clinical &&
                !t.has(word::state | word::country | word::month | word::allowed | word::degree))
                named = true;
            house = house || t.has(word::facility);
            department = department || t.has(word::medical | word::head);
            ++words;
            last = k;
        }
        if (words == 0) return;
        // "referred by Dorado General", but "by Mary Roe" is a person.
        if (by && (words < 2 ||
                   !tokens_[last].has(word::facility | word::facility_part | word::house_end)))
            return;
        // "Regional Medical Center": generic words, but written as one name.
        if (!named && !(house && words >= 2 && !department && !start.has(word::country))) return;
        if (words == 1 && ((!firm && english_of(start.word) == 3 && place_of(start.word) == 0) ||
                           tokens_[at].has(word::medical_ending) || start.has(word::medical)))
            return;
        draft_.add(at, with_town(last), Category::location, firm || house ? 0.7F : 0.6F,
                   Detector::context);
    }

    // Most tokens of one house: time stays linear.
    static constexpr std::size_t longest = 24;

    // On to the right over words of houses: "UCLA Medical Center", "Stanford hospital".
    std::size_t to_the_right(std::size_t last) const {
        std::size_t end = last;
        for (std::size_t at = last + 1;
             at < tokens_.size() && at <= end + 3 && at - last <= longest; ++at) {
            const Token &t = tokens_[at];
            if (draft_.taken(at)) break;
            if (t.gap >= Gap::paragraph) break;
            if (t.kind == TokenKind::possessive || t.is_mark('-') || t.is_mark('&')) continue;
            if (t.is_mark('.') && t.glued() && tokens_[at - 1].length <= 4) {
                if (at == end + 1 && tokens_[end].has(word::facility_part) &&
                    tokens_[end].length <= 4 && !tokens_.at(at + 1).sentence)
                    continue;
                break;
            }
            if (!t.is_word() || t.sentence) break;
            if (t.has(word::facility) && (t.capital() || english_of(t.word) > 0)) {
                end = at;
            } else if (t.capital() && t.has(word::facility_part | word::house_end) &&
                       !t.has(word::preposition)) {
                end = at;
            } else if (t.shape == Shape::lower && tokens_[at - 1].is_mark('-') && t.glued()) {
                end = at;  // "Medical Center-dubuque"
            } else if (t.capital() && place_of(t.word) > 0 && english_of(t.word) < 3 &&
                       !t.has(word::month | word::medical)) {
                end = t.phrase > 1 ? phrase_end(at) : at;
                at = end;
            } else if (t.capital() && t.gap == Gap::blank && first_of(t.word) < 2 && t.length > 1 &&
                       !t.has(word::medical | word::head | word::unit | word::month |
                              word::weekday | word::title | word::allowed | word::state |
                              word::country | word::role | word::degree | word::identifier) &&
                       !tokens_[at].has(word::medical_ending) && !is_generic(tokens_.letters(at))) {
                end = at;  // "Lenox Hill"
                if (tokens_.at(at + 1).kind == TokenKind::possessive) end = ++at;
            } else if (t.capital() && tokens_.letters(at) == "children" &&
                       tokens_.at(at + 1).kind == TokenKind::possessive) {
                end = ++at;
            } else if (t.shape == Shape::lower &&
                       (tokens_.letters(at) == "and" || tokens_.letters(at) == "of" ||
                        tokens_.letters(at) == "at" || tokens_.letters(at) == "for" ||
                        tokens_.letters(at) == "the")) {
                continue;
            } else {
                break;
            }
        }
        return end;
    }

    void institution(std::size_t i) {
        const Token &token = tokens_[i];
        if (draft_.taken(i)) return;
        if (!token.capital() && token.phrase == 0) return;
        if (!token.capital() && !draft_.tokens.whispering) return;
        if (token.phrase == 0 && i > 0 && tokens_[i - 1].has(word::institution) &&
            draft_.taken(i - 1))
            return;
        std::size_t last = token.phrase > 0 ? phrase_end(i) : i;
        // "Stanford-Binet scale", "Mayo score": a test.
        if (token.phrase == 0 && token.shape == Shape::title) {
            std::size_t next = last + 1;
            if (tokens_.at(next).is_mark('-')) ++next;
            if (tokens_.at(next).has(word::head | word::eponym) &&
                !tokens_.at(next).has(word::facility))
                return;
            // A person's name: "John Mayo", "Ms. Stanford".
            if (i > 0 && tokens_[i - 1].is_word() && first_of(tokens_[i - 1].word) >= 2 &&
                tokens_[i - 1].capital() && english_of(tokens_[i - 1].word) == 0)
                return;
            if (i > 1 && tokens_[i - 1].is_mark('.') && tokens_[i - 2].has(word::title)) return;
        }
        std::size_t first = i;
        while (first > 0 && tokens_[first].gap == Gap::blank && tokens_[first - 1].is_word() &&
               tokens_[first - 1].capital() && !tokens_[first - 1].sentence &&
               tokens_[first - 1].has(word::facility_part | word::institution | word::place_bits |
                                      word::state) &&
               !draft_.taken(first - 1) && i - first < 3 && tokens_.letters(first - 1).size() > 3)
            --first;
        last = with_town(to_the_right(last));
        if (tokens_.at(last + 1).kind == TokenKind::possessive) ++last;
        draft_.add(first, last, Category::location, 0.8F, Detector::dictionary);
    }

    // "..., Los Angeles", "... in Phoenix", ", MD": the town of a house goes with it.
    std::size_t with_town(std::size_t last) const {
        std::size_t at = last + 1;
        std::size_t end = last;
        for (int step = 0; step < 2; ++step) {
            bool comma = false;
            if (tokens_.at(at).is_mark(',')) {
                ++at;
                comma = true;
            } else if (tokens_.at(at).is_word() &&
                       (tokens_.letters(at) == "in" || tokens_.letters(at) == "of" ||
                        tokens_.letters(at) == "at")) {
                ++at;
            }
            const Token &t = tokens_.at(at);
            if (!t.is_word() || !t.capital() || t.gap > Gap::line || draft_.taken(at)) break;
            if (place_of(t.word) > 0 && english_of(t.word) < 3 && !t.has(word::month)) {
                std::size_t stop = t.phrase > 0 ? phrase_end(at) : at;
                end = stop;
                at = stop + 1;
            } else if (comma && t.shape == Shape::upper && t.length == 2 &&
                       (state(tokens_.source(at)).has_value() || tokens_.letters(at) == "la")) {
                end = at;
                at = at + 1;
            } else if (comma && t.has(word::state)) {
                end = at;
                at = at + 1;
            } else {
                break;
            }
        }
        return end;
    }

    // "Riverfield Medical Center", "St. Mary's Hospital", "the Dallas clinic".
    void facility(std::size_t i) {
        if (draft_.taken(i)) return;
        const bool capital = tokens_[i].capital();
        std::size_t first = i;
        bool distinctive = false;
        int steps = 0;
        std::size_t best = i;
        while (first > 0 && steps < 9) {
            const std::size_t p = first - 1;
            const Token &t = tokens_[p];
            if (tokens_[first].gap > Gap::line) break;
            if (draft_.taken(p) && !draft_.taken_as(p, Category::location)) break;
            if (t.kind == TokenKind::possessive || t.is_mark('-') || t.is_mark('&') ||
                t.is_mark('\'') ||
                (t.is_mark('.') && tokens_[p].glued() && p > 0 &&
                 (tokens_[p - 1].length <= 4 || tokens_[p - 1].has(word::facility_part)) &&
                 tokens_[p - 1].is_word() && tokens_[p - 1].capital())) {
                first = p;
                ++steps;
                continue;
            }
            if (!t.is_word()) break;
            const std::string_view letters = tokens_.letters(p);
            // "Tri-county", "Willis-knighton"
            if (t.shape == Shape::lower && p > 1 && t.glued() && tokens_[p - 1].is_mark('-') &&
                tokens_[p - 1].glued() && tokens_[p - 2].capital()) {
                first = p;
                ++steps;
                continue;
            }
            if (!t.capital()) {
                // "University of Chicago Hospital", "Brigham and Women's Hospital"
                if (!capital ||
                    !(letters == "of" || letters == "and" || letters == "for" ||
                      letters == "the") ||
                    p == 0 || !tokens_[p - 1].is_word() || !tokens_[p - 1].capital())
                    break;
                first = p;
                ++steps;
                continue;
            }
            if (t.has(word::medical | word::month) && letters != "la" &&
                !t.has(word::institution | word::facility_part))
                break;
            if (t.has(word::title) && letters != "st") {
                if (tokens_.at(first).is_mark('.')) {  // "Dr. Smith's Office"
                    best = p;
                }
                break;
            }
            if (t.sentence && english_of(t.word) == 3 && !place_of(t.word) &&
                !t.has(word::facility_part))
                break;
            if (t.shape == Shape::upper && t.length <= 4 && capital &&
                (letters == "la" || letters == "nyc" || letters == "ny" || letters == "sf")) {
                distinctive = true;
                best = p;
            } else if (!is_generic(letters)) {
                distinctive = distinctive || !t.has(word::head) || place_of(t.word) > 0;
                best = p;
            } else if (letters != "the" && letters != "and" && letters != "of" && letters != "in" &&
                       letters != "at" && letters != "our" && letters != "his" &&
                       letters != "her") {
                best = std::min(best, p);
            }
            first = p;
            ++steps;
            if (!capital && steps >= 4) break;
        }
        // "Children's Hospital Los Angeles", "City Hospital, LA": the town makes it one house.
        const std::size_t right = to_the_right(i);
        if (!distinctive && capital && best != i && with_town(right) > right) distinctive = true;
        if (!distinctive || best == i) return;
        if (!capital) {
            // "Dallas clinic", "UCLA clinic", but "Pain clinic" at the start of a sentence stays.
            bool firm = false;
            for (std::size_t k = best; k < i; ++k)
                if (tokens_[k].is_word() &&
                    (place_of(tokens_[k].word) > 0 || tokens_[k].has(word::institution) ||
                     (english_of(tokens_[k].word) == 0)) &&
                    !tokens_[k].has(word::medical))
                    firm = true;
            if (!firm || tokens_[i].length < 5) return;
            if (english_of(tokens_[i - 1].word) >= 2 && place_of(tokens_[i - 1].word) < 2 &&
                tokens_[i - 1].phrase == 0 && tokens_[i - 1].kind == TokenKind::word &&
                tokens_[i - 1].sentence)
                return;
        }
        draft_.add(best, with_town(to_the_right(i)), Category::location, capital ? 0.85F : 0.6F,
                   Detector::context);
    }

    // "Acme Corporation", "University of Somewhere".
    void company(std::size_t i) {
        const Token &token = tokens_[i];
        if (draft_.taken(i) || !token.capital()) return;
        const std::string_view letters = tokens_.letters(i);
        static constexpr std::string_view firm[] = {"inc",  "llc",     "ltd", "corp", "corporation",
                                                    "gmbh", "company", "llp", "plc"};
        const bool suffix = std::find(std::begin(firm), std::end(firm), letters) != std::end(firm);
        if ((letters == "university" || letters == "college" || letters == "school" ||
             letters == "church" || letters == "bank" || letters == "institute") &&
            tokens_.at(i + 1).is_word() && tokens_.letters(i + 1) == "of" &&
            tokens_.at(i + 2).is_word() && tokens_.at(i + 2).capital()) {
            std::size_t last = i + 2;
            while (last - i < 6 && tokens_.at(last + 1).is_word() &&
                   tokens_.at(last + 1).capital() && tokens_[last + 1].gap == Gap::blank &&
                   !draft_.taken(last + 1))
                ++last;
            draft_.add(i, to_the_right(last), Category::organization, 0.7F, Detector::context);
            return;
        }
        std::size_t first = i;
        std::size_t words = 0;
        bool distinctive = false;
        while (first > 0 && words < 5) {
            const std::size_t p = first - 1;
            const Token &t = tokens_[p];
            if (tokens_[first].gap > Gap::blank || draft_.taken(p)) break;
            if ((t.is_mark('&') || t.is_mark(',') || t.is_mark('-')) && p > 0 &&
                tokens_[p - 1].is_word() && tokens_[p - 1].capital() && suffix) {
                first = p;
                continue;
            }
            if (!t.is_word()) break;
            if (!t.capital()) {
                if (tokens_.letters(p) == "and" && suffix && p > 0 && tokens_[p - 1].capital()) {
                    first = p;
                    continue;
                }
                break;
            }
            if (t.has(word::medical | word::title | word::allowed)) break;
            if (t.sentence && english_of(t.word) == 3) break;
            if (english_of(t.word) < 3) distinctive = true;
            first = p;
            ++words;
        }
        while (first < i && !tokens_[first].is_word()) ++first;
        if (words == 0 || (!suffix && !distinctive)) return;
        std::size_t last = i;
        if (suffix && tokens_.at(i + 1).is_mark('.') && tokens_[i + 1].glued() &&
            !tokens_.at(i + 2).sentence)
            ++last;
        if (!suffix) last = to_the_right(last);
        draft_.add(first, last, Category::organization, suffix ? 0.7F : 0.55F, Detector::context);
    }

    [[nodiscard]] bool after_preposition(std::size_t i) const {
        for (std::size_t k = i; k-- > 0 && i - k <= 2;) {
            if (!tokens_[k].is_word()) return false;
            if (tokens_[k].has(word::preposition)) return true;
            if (!(tokens_[k].capital() && place_of(tokens_[k].word) > 0) &&
                tokens_.letters(k) != "downtown")
                return false;
        }
        return false;
    }

    [[nodiscard]] bool after_residence(std::size_t i) const {
        bool preposition = false;
        for (std::size_t k = i; k-- > 0 && i - k <= 4;) {
            const Token &t = tokens_[k];
            if (t.kind == TokenKind::mark && !t.is_mark(':') && !t.is_mark(',')) return false;
            if (!t.is_word()) continue;
            if (t.has(word::residence))
                return preposition || tokens_.letters(k) == "visited" ||
                       tokens_.at(k + 1).is_mark(':');
            if (t.has(word::preposition))
                preposition = true;
            else if (!t.has(word::particle) && tokens_.letters(k) != "here" &&
                     tokens_.letters(k) != "up" && tokens_.letters(k) != "back" &&
                     tokens_.letters(k) != "out" && tokens_.letters(k) != "originally" &&
                     tokens_.letters(k) != "there")
                return false;
        }
        return false;
    }

    // The state after a town: ", CO", ", Colorado", " MA".
    std::size_t with_state(std::size_t last) const {
        std::size_t at = last + 1;
        bool comma = false;
        if (tokens_.at(at).is_mark(',')) {
            comma = true;
            ++at;
        }
        const Token &t = tokens_.at(at);
        if (!t.is_word() || t.gap > Gap::line) return last;
        if (t.shape == Shape::upper && t.length == 2 && state(tokens_.source(at)).has_value() &&
            (comma || !t.has(word::medical)))
            return at;
        if (comma && t.has(word::state) && t.capital()) {
            while (tokens_.at(at + 1).has(word::state) && tokens_.at(at + 1).capital() &&
                   tokens_[at].phrase > 0 && tokens_[at + 1].gap == Gap::blank)
                ++at;
            return at;
        }
        return last;
    }

    void town(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.has(word::state | word::country) &&
            !(tokens_.at(i + 1).is_word() && tokens_.letters(i + 1) == "city"))
            return;
        const bool several = token.phrase > 1 && place_of(token.word) > 0;
        std::size_t last = i;
        if (several) {
            last = phrase_end(i);
            for (std::size_t k = i; k <= last; ++k)
                if (tokens_[k].is_word() && tokens_[k].shape == Shape::lower &&
                    !tokens_[k].has(word::particle) && !draft_.tokens.whispering)
                    return single(i);
        } else {
            return single(i);
        }
        int tier = place_of(token.word);
        bool ordinary = true;
        for (std::size_t k = i; k <= last; ++k)
            if (tokens_[k].is_word() && english_of(tokens_[k].word) < 2) ordinary = false;
        const std::size_t end = with_state(last);
        float score = 0;
        if (end > last)
            score = 0.9F;
        else if (after_residence(i))
            score = 0.9F;
        else if (tokens_[i].shape == Shape::lower)
            score = tier >= 2 && (!ordinary || after_preposition(i)) ? 0.6F : 0;
        else if (tier >= 2 && (!ordinary || tier == 3))
            score = 0.75F;
        else if (after_preposition(i) && !(ordinary && token.sentence))
            score = 0.65F;
        else if (!ordinary && !is_person(i))
            score = 0.55F;
        if (score > 0)
            draft_.add(i, end > last ? end : to_the_right(last), Category::location, score,
                       Detector::dictionary);
    }

    [[nodiscard]] bool is_person(std::size_t i) const { return first_of(tokens_[i].word) >= 2; }

    void single(std::size_t i) {
        const Token &token = tokens_[i];
        const int tier = place_of(token.word), english = english_of(token.word);
        const bool lower = token.shape == Shape::lower;
        if (token.has(word::month | word::medical | word::allowed | word::title | word::weekday))
            return;
        std::size_t first = i, last = i;
        // "Orange County"
        if (tokens_.at(i + 1).is_word() && tokens_.letters(i + 1) == "county" && !lower &&
            tokens_[i + 1].capital()) {
            draft_.add(i, with_state(i + 1), Category::location, 0.8F, Detector::dictionary);
            return;
        }
        if (token.has(word::eponym) && clinical_head(i)) return;
        const std::size_t end = with_state(last);
        if (!lower && end > last && (english < 3 || tier >= 2)) {
            // Unknown words before it belong to it: "East Nowhere, OH".
            while (first > 0 && tokens_[first].gap == Gap::blank && tokens_[first - 1].is_word() &&
                   tokens_[first - 1].shape == Shape::title && !tokens_[first - 1].sentence &&
                   !draft_.taken(first - 1) && i - first < 2 &&
                   !(first_of(tokens_[first - 1].word) >= 2 &&
                     english_of(tokens_[first - 1].word) == 0))
                --first;
            draft_.add(first, end, Category::location, 0.85F, Detector::dictionary);
            return;
        }
        const bool residence = after_residence(i);
        if (!residence && first_of(token.word) >= 2 && tier < 3) return;
        if (lower) {
            if (residence && english == 0)
                draft_.add(i, i, Category::location, 0.7F, Detector::context);
            else if (tier == 3 && english == 0 && first_of(token.word) < 2 && token.length > 4)
                draft_.add(i, i, Category::location, 0.6F, Detector::dictionary);
            return;
        }
        if (!token.capital() || (token.shape == Shape::upper && token.length < 5 && tier < 3))
            return;
        if (token.shape == Shape::upper && english > 0 && !residence) return;
        float score = 0;
        if (residence && english < 3)
            score = 0.85F;
        else if (after_preposition(i) && english == 0)
            score = tier >= 2 ? 0.8F : 0.6F;
        else if (after_preposition(i) && english < 3 && tier >= 2)
            score = 0.6F;
        else if (tier == 3 && english == 0 && first_of(token.word) < 2)
            score = 0.7F;
        else if (tier == 2 && english == 0 && first_of(token.word) == 0 &&
                 last_of(token.word) < 2 && !token.sentence)
            score = 0.55F;
        // "from Pitcher", "in Hatch": ordinary words, but for their capital among small letters.
        if (score == 0 && after_preposition(i) && token.shape == Shape::title && i > 0 &&
            tokens_[i - 1].is_word() && tokens_[i - 1].shape == Shape::lower &&
            !(tokens_.at(i + 1).is_word() && tokens_[i + 1].capital()) &&
            !token.has(word::head | word::country | word::state | word::facility_part |
                       word::capital) &&
            first_of(token.word) < 2)
            score = 0.55F;
        if (score == 0) return;
        if (i > 0 && tokens_[i - 1].is_word() && token.gap == Gap::blank) {
            const std::string_view before = tokens_.letters(i - 1);
            if (before == "downtown" || before == "uptown" || before == "midtown" ||
                before == "greater" || before == "south" || before == "north" || before == "east" ||
                before == "west" || before == "southside")
                --first;
        }
        if (!lower) last = to_the_right(last);
        // Not the name of a person: "from Austin Smith".
        if (!residence && first_of(token.word) >= 2 && tokens_.at(i + 1).is_word() &&
            tokens_[i + 1].shape == Shape::title && last_of(tokens_[i + 1].word) > 0)
            return;
        draft_.add(first, last, Category::location, score,
                   residence ? Detector::context : Detector::dictionary);
    }

    [[nodiscard]] bool clinical_head(std::size_t i) const {
        for (std::size_t k = i + 1; k <= i + 3 && k < tokens_.size(); ++k) {
            if (tokens_[k].has(word::head)) return true;
            if (tokens_[k].is_word() && !tokens_[k].has(word::eponym)) return false;
        }
        return false;
    }

    // "lives in Xyzzy Falls": whatever it is called.
    void unknown_town(std::size_t i) {
        const Token &token = tokens_[i];
        if (token.has(word::state | word::country | word::month | word::allowed | word::facility |
                      word::title | word::weekday) ||
            token.length < 2)
            return;
        if (token.shape == Shape::upper && token.length < 4 && token.has(word::medical)) return;
        std::size_t last = i;
        while (last - i < 4) {
            std::size_t next = last + 1;
            if (tokens_.at(next).is_mark('-') && tokens_.at(next).glued()) ++next;
            const Token &t = tokens_.at(next);
            const bool numbered = t.is_number() && t.length <= 2 && t.gap == Gap::blank;
            if (!(numbered || (t.is_word() && (t.capital() || (t.has(word::particle) &&
                                                               tokens_.at(next + 1).capital())))) ||
                t.gap > Gap::blank || t.sentence || draft_.taken(next) || t.has(word::month))
                break;
            last = next;
        }
        draft_.add(i, with_state(last), Category::location, 0.75F, Detector::context);
    }

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace

void find_places(Draft &draft) { Places(draft).find(); }

}  // namespace clinical::deid::note
