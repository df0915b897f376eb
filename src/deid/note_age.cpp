// Ages of 90 and more: 164.514(b)(2)(i)(C).  An age up to 89 stays, unless who had it then is over
// 89 at the reference date; so does a year, unless who was born in it is.

#include <algorithm>
#include <array>

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

// Years that a text means when it says one by itself.
int bare_year(const Tokens &tokens, std::size_t i) {
    const Token &token = tokens.at(i);
    if (!token.is_number() || token.length != 4 || token.end - token.begin != 4) return 0;
    const int year = number_of(tokens, i);
    return year >= 1850 && year <= 2100 ? year : 0;
}

bool birth_before(const Tokens &tokens, std::size_t i) {
    for (std::size_t k = i; k-- > 0 && i - k <= 4;) {
        if (tokens[k].kind == TokenKind::mark) continue;
        if (!tokens[k].is_word()) return false;
        const std::string_view w = tokens.letters(k);
        if (w == "born" || w == "birth" || w == "dob" || w == "yob" || w == "birthdate" ||
            w == "birthday" || w == "birthyear")
            return true;
        if (w != "in" && w != "of" && w != "year" && w != "date" && w != "on" && w != "the" &&
            w != "about" && w != "around" && w != "circa")
            return false;
    }
    return false;
}

// "since 1931", "in 1931": a year, and not "in 1900 mL".
bool stands_as_year(const Tokens &tokens, std::size_t i) {
    if (birth_before(tokens, i)) return true;
    if (i == 0 || !tokens[i - 1].is_word() || tokens.at(i + 1).has(word::unit)) return false;
    static constexpr std::string_view before[] = {"in",    "since", "from",  "until", "before",
                                                  "after", "by",    "circa", "year",  "during"};
    return std::any_of(std::begin(before), std::end(before),
                       [&](std::string_view w) { return tokens.letters(i - 1) == w; });
}

// The year in which the note speaks: the latest that it states, but none after the reference.
int year_of_note(const Draft &draft) {
    const Tokens &tokens = draft.tokens;
    int latest = 0;
    const auto see = [&](int year) {
        if (year <= draft.reference_year) latest = std::max(latest, year);
    };
    for (const Span &span : draft.spans)
        if (span.category == Category::date)
            if (const auto year = year_of(tokens.text.substr(span.begin, span.end - span.begin),
                                          draft.reference_year))
                see(*year);
    for (std::size_t i = tokens.next(0, interest::number); i < tokens.size();
         i = tokens.next(i + 1, interest::number))
        if (const int year = bare_year(tokens, i); year != 0 && stands_as_year(tokens, i))
            see(year);
    return latest;
}

// The least age that is over 89 at the reference date when it was said in `year`.  The birthday of
// that year may still have been to come: one year more.
int capped_in(int year, int reference_year) {
    const int passed = year == 0 || reference_year <= year ? 0 : reference_year - year + 1;
    return std::max(10, capped_age - passed);
}

// The least age of token i that goes: "at age 82 in 2010" speaks of its own year.
int capped_at(const Draft &draft, std::size_t i, int capped) {
    const Tokens &tokens = draft.tokens;
    if (draft.reference_year == 0) return capped;
    for (std::size_t k = i + 1; k <= i + 6 && k + 1 < tokens.size(); ++k) {
        if (word_is(tokens, k, "in"))
            if (const int year = bare_year(tokens, k + 1))
                return std::min(capped, capped_in(year, draft.reference_year));
    }
    return capped;
}

struct Tens {
    std::string_view number, decade, person;
    int value;
};
constexpr std::array<Tens, 9> tens{{{"ninety", "nineties", "nonagenarian", 90},
                                    {"eighty", "eighties", "octogenarian", 80},
                                    {"seventy", "seventies", "septuagenarian", 70},
                                    {"sixty", "sixties", "sexagenarian", 60},
                                    {"fifty", "fifties", "", 50},
                                    {"forty", "forties", "", 40},
                                    {"thirty", "thirties", "", 30},
                                    {"twenty", "twenties", "", 20},
                                    {"hundred", "", "centenarian", 100}}};
constexpr std::string_view units[] = {"",     "one", "two",   "three", "four",
                                      "five", "six", "seven", "eight", "nine"};

}  // namespace

void find_early_years(Draft &draft) {
    if (draft.reference_year == 0) return;
    const Tokens &tokens = draft.tokens;
    for (std::size_t i = tokens.next(0, interest::number); i < tokens.size();
         i = tokens.next(i + 1, interest::number)) {
        const int year = bare_year(tokens, i);
        if (year != 0 && is_early(year, draft.reference_year) && !draft.taken(i) &&
            stands_as_year(tokens, i))
            draft.add(i, i, Category::date, 0.9F, Detector::date);
    }
}

void find_ages(Draft &draft) {
    Tokens &tokens = draft.tokens;
    const int of_note = draft.reference_year == 0
                            ? capped_age
                            : capped_in(year_of_note(draft), draft.reference_year);
    const auto add = [&](std::size_t first, std::size_t last) {
        draft.add(first, last, Category::age, 0.9F, Detector::age);
    };
    constexpr Interest mine = interest::number | interest::age;
    for (std::size_t i = tokens.next(0, mine); i < tokens.size(); i = tokens.next(i + 1, mine)) {
        const Token &token = tokens[i];
        if (draft.taken(i)) continue;
        if (token.is_number() && token.length >= 2) {
            const int n = number_of(tokens, i);
            const int capped = capped_at(draft, i, of_note);
            const bool decade = n % 10 == 0 && n + 9 >= capped;  // "in her 90s"
            if ((n >= capped || decade) && n <= oldest) {
                bool old = false;
                const bool part = (i > 0 && token.glued() && tokens[i - 1].is_mark('.')) ||
                                  (tokens.at(i + 1).is_mark('.') && tokens[i + 1].glued() &&
                                   tokens.at(i + 2).is_number() && tokens.at(i + 2).glued());
                if (part) continue;
                if (n >= capped &&
                    ((years_follow(tokens, i + 1, old) && old) || age_before(tokens, i)))
                    add(i, i);
                else if (decade && word_is(tokens, i + 1, "s") && tokens[i + 1].glued() &&
                         (word_is(tokens, i - 1, "his") || word_is(tokens, i - 1, "her") ||
                          word_is(tokens, i - 1, "their") || word_is(tokens, i - 1, "late") ||
                          word_is(tokens, i - 1, "mid") || word_is(tokens, i - 1, "early")))
                    add(i, i + 1);
                // "97 M", "97F": a header's short form
                else if (n >= capped && tokens.at(i + 1).is_word() &&
                         tokens[i + 1].gap <= Gap::blank &&
                         (tokens.source(i + 1) == "M" || tokens.source(i + 1) == "F") &&
                         (token.sentence || i == 0 || tokens[i].gap >= Gap::line))
                    add(i, i);
            } else if (n >= capped * 12 && n <= oldest * 12 && word_is(tokens, i + 1, "months") &&
                       word_is(tokens, i + 2, "old")) {
                add(i, i + 1);
            } else if (n >= (capped * 1461 + 3) / 4 && n <= oldest * 366 &&
                       word_is(tokens, i + 1, "days") && word_is(tokens, i + 2, "old")) {
                add(i, i + 1);
            }
        } else if (token.is_word()) {
            const std::string_view w = tokens.letters(i);
            const auto *found = std::find_if(tens.begin(), tens.end(), [&](const Tens &t) {
                return w == t.number || w == t.decade || w == t.person;
            });
            if (found == tens.end()) continue;
            const int capped = capped_at(draft, i, of_note);
            if (w != found->number) {
                if (found->value + 9 >= capped) add(i, i);
                continue;
            }
            const bool hundred = found->value == 100;
            if (hundred && !(i > 0 && word_is(tokens, i - 1, "one"))) continue;
            const std::size_t first = hundred ? i - 1 : i;
            std::size_t last = i;
            std::size_t next = i + 1;
            if (tokens.at(next).is_mark('-')) ++next;
            if (word_is(tokens, next, "and")) ++next;
            int n = found->value;
            if (tokens.at(next).is_word() && tokens[next].has(word::number)) {
                last = next;
                for (int unit = 1; unit < 10; ++unit)
                    if (word_is(tokens, next, units[unit])) n += unit;
            }
            if (n < capped) continue;
            bool old = false;
            if ((years_follow(tokens, last + 1, old) && old) || age_before(tokens, first))
                add(first, last);
        }
    }
}

}  // namespace clinical::deid::note
