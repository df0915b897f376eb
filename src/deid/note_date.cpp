// Dates and times of day in every form that notes use: 164.514(b)(2)(i)(C) keeps the year alone.

#include <algorithm>

#include "deid/note_span.h"

namespace clinical::deid::note {
namespace {

int value_of(std::string_view digits) {
    int value = 0;
    for (const char c : digits) value = value < 100000 ? value * 10 + (c - '0') : value;
    return value;
}

bool is_year(int n) { return n >= 1850 && n <= 2100; }

class Dates {
public:
    explicit Dates(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        constexpr Interest mine = interest::number | interest::date;
        for (std::size_t i = tokens_.next(0, mine); i < tokens_.size();
             i = tokens_.next(i + 1, mine)) {
            const Token &token = tokens_[i];
            if (draft_.taken(i)) continue;
            if (token.is_number()) {
                number(i);
            } else {
                if (token.has(word::month) && month(i)) continue;
                if (token.has(word::weekday)) weekday(i);
                if (token.has(word::holiday)) holiday(i);
                if (token.has(word::season)) season(i);
                if (token.has(word::relative_day)) relative(i);
            }
        }
    }

private:
    [[nodiscard]] int number_at(std::size_t i, int most_digits) const {
        const Token &token = tokens_.at(i);
        if (!token.is_number() || token.length > most_digits) return -1;
        return value_of(tokens_.letters(i));
    }
    [[nodiscard]] bool glued_mark(std::size_t i, char mark) const {
        const Token &token = tokens_.at(i);
        return token.is_mark(mark) && token.glued() && tokens_.at(i + 1).glued();
    }

    void add(std::size_t first, std::size_t last, float score) {
        last = with_time(last);
        draft_.add(first, last, Category::date, score, Detector::date);
    }

    // "T07:04:41Z", "at 3:45 pm" right after a date.
    std::size_t with_time(std::size_t last) const {
        std::size_t at = last + 1;
        if (tokens_.at(at).is_mark(',')) ++at;
        if (tokens_.at(at).is_word() && (tokens_.letters(at) == "t" || tokens_.letters(at) == "at"))
            ++at;
        const std::size_t end = clock(at);
        return end == 0 ? last : end;
    }

    // The last token of a time of day that begins at i, or 0: 14:48, 14:48:14.123+02:00, 3:45 pm.
    std::size_t clock(std::size_t i) const {
        const int hour = number_at(i, 2);
        if (hour < 0 || hour > 24) return 0;
        std::size_t last = i;
        bool minutes = false;
        if (glued_mark(i + 1, ':') && tokens_.at(i + 2).is_number() &&
            tokens_.at(i + 2).length == 2 && number_at(i + 2, 2) < 60) {
            minutes = true;
            last = i + 2;
            if (glued_mark(last + 1, ':') && number_at(last + 2, 2) >= 0) {
                last += 2;
                if (glued_mark(last + 1, '.') && tokens_.at(last + 2).is_number()) last += 2;
            }
        }
        const Token &next = tokens_.at(last + 1);
        if (next.is_word() && next.gap <= Gap::blank) {
            const std::string_view letters = tokens_.letters(last + 1);
            if (letters == "am" || letters == "pm") return last + 1;
            if (minutes && (letters == "z" || letters == "hrs" || letters == "hours" ||
                            letters == "h" || letters == "est" || letters == "pst" ||
                            letters == "cst" || letters == "utc" || letters == "edt"))
                return last + 1;
            if ((letters == "a" || letters == "p") && tokens_.at(last + 2).is_mark('.') &&
                tokens_.at(last + 3).is_word() && tokens_.letters(last + 3) == "m" &&
                tokens_.at(last + 3).glued())
                return tokens_.at(last + 4).is_mark('.') && tokens_.at(last + 4).glued() ? last + 4
                                                                                         : last + 3;
        }
        if (minutes && (next.is_mark('+') || next.is_mark('-')) && next.glued() &&
            number_at(last + 2, 2) >= 0 && glued_mark(last + 3, ':') && number_at(last + 4, 2) >= 0)
            return last + 4;
        return minutes ? last : 0;
    }

    [[nodiscard]] bool after(std::size_t i, Word cue) const {
        for (std::size_t k = i; k-- > 0 && i - k <= 3;) {
            if (tokens_[k].has(cue)) return true;
            if (tokens_[k].is_word() && tokens_.letters(k) != "the") return false;
            if (tokens_[k].is_number()) return false;
        }
        return false;
    }

    [[nodiscard]] bool unit_follows(std::size_t last) const {
        const Token &next = tokens_.at(last + 1);
        return next.is_mark('%') || (next.is_word() && next.gap <= Gap::blank &&
                                     (next.has(word::unit) || next.has(word::year)));
    }

    void number(std::size_t i) {
        const Token &token = tokens_[i];
        const Token &before = i > 0 ? tokens_[i - 1] : tokens_.at(tokens_.size());
        // Part of a code or a decimal: "x12/05", "1.12".
        if (token.glued() && i > 0 &&
            (before.is_word() || before.is_mark('.') || before.is_mark('/') ||
             before.is_mark('$') || before.is_mark('#')))
            return;
        if (token.length == 8 && compact(i)) return;
        if (token.length > 4) return;
        const Token &next = tokens_.at(i + 1);
        if (next.glued() && (next.is_mark('/') || next.is_mark('-') || next.is_mark('.'))) {
            if (numeric(i, next.mark)) return;
        } else if ((next.is_mark('/') || next.is_mark('-')) && tokens_.at(i + 2).is_number()) {
            if (numeric(i, next.mark)) return;
        }
        if (day_month(i)) return;
        if (time_alone(i)) return;
        // "2019-20" and the like: years stay.
    }

    // 20230115, with a word before it that a date follows, or with a time after it.
    bool compact(std::size_t i) {
        const std::string_view d = tokens_.letters(i);
        const int year = value_of(d.substr(0, 4)), month = value_of(d.substr(4, 2)),
                  day = value_of(d.substr(6, 2));
        if (year < 1900 || year > 2050 || month < 1 || month > 12 || day < 1 || day > 31)
            return false;
        draft_.add(i, i, Category::date, 0.8F, Detector::date);
        return true;
    }

    // Number, mark, number[, mark, number].
    bool numeric(std::size_t i, char mark) {
        const int a = number_at(i, 4);
        const int b = number_at(i + 2, 4);
        if (a < 0 || b < 0 || tokens_.at(i + 2).gap > Gap::blank) {
            if (mark == '-') return month_between(i);
            return false;
        }
        const std::size_t a_digits = tokens_[i].length, b_digits = tokens_[i + 2].length;
        const Token &mark2 = tokens_.at(i + 3);
        const bool three = mark2.is_mark(mark) && mark2.gap <= Gap::blank &&
                           tokens_.at(i + 4).is_number() && tokens_.at(i + 4).gap <= Gap::blank &&
                           tokens_.at(i + 4).length <= 4 &&
                           (mark2.glued() == tokens_[i + 1].glued());
        if (three) {
            const int c = number_at(i + 4, 4);
            const std::size_t c_digits = tokens_[i + 4].length;
            // A fourth part makes it something else.
            if (tokens_.at(i + 5).is_mark(mark) && tokens_[i + 5].glued() &&
                tokens_.at(i + 6).is_number() && tokens_.at(i + 6).glued())
                return false;
            if (a_digits == 4) {
                if (is_year(a) && b >= 1 && b <= 12 && c >= 1 && c <= 31 && c_digits <= 2) {
                    add(i, i + 4, 0.95F);
                    return true;
                }
                return false;
            }
            const bool pair = (a >= 1 && a <= 12 && b >= 1 && b <= 31) ||
                              (b >= 1 && b <= 12 && a >= 1 && a <= 31);
            if (a_digits > 2 || b_digits > 2 || !pair) return false;
            if (c_digits == 4 ? !is_year(c) : c_digits != 2) return false;
            if (mark == '.' && c_digits == 2 && (a_digits == 1 && b_digits == 1)) return false;
            if (mark == '.' && unit_follows(i + 4)) return false;
            add(i, i + 4, mark == '.' && c_digits == 2 ? 0.6F : 0.95F);
            return true;
        }
        if (mark == '.' || !tokens_[i + 1].glued() || !tokens_[i + 2].glued()) return false;
        if (tokens_.at(i + 3).glued() &&
            (tokens_.at(i + 3).is_word() || tokens_.at(i + 3).is_mark('.')) &&
            tokens_.at(i + 4).glued() && tokens_.at(i + 4).is_number())
            return false;
        // month/year or year/month
        if (a >= 1 && a <= 12 && a_digits <= 2 && b_digits == 4 && is_year(b)) {
            if (mark == '-' && a_digits == 1 && !after(i, word::dating)) return false;
            add(i, i + 2, 0.85F);
            return true;
        }
        if (a_digits == 4 && is_year(a) && b >= 1 && b <= 12 && b_digits == 2 &&
            (mark == '/' || !(b > a % 100))) {
            // 2010-12 is a range of years as often as a month: removed only where a date stands.
            if (mark == '/' || after(i, word::dating)) {
                add(i, i + 2, 0.7F);
                return true;
            }
            return false;
        }
        if (a_digits > 2 || b_digits > 2 || unit_follows(i + 2)) return false;
        if (a < 1 || b < 1 || !((a <= 12 && b <= 31) || (b <= 12 && a <= 31))) return false;
        if (mark == '-') {
            // 3-15, 2-3: a range, unless a date is announced.
            if (!(after(i, word::birth) ||
                  (after(i, word::dating) && a_digits == 2 && b_digits == 2 && a <= 12)))
                return false;
            add(i, i + 2, 0.6F);
            return true;
        }
        const bool padded = tokens_.letters(i)[0] == '0' ||
                            (a_digits == 2 && b_digits == 2 && tokens_.letters(i + 2)[0] == '0');
        const bool cue = after(i, word::dating);
        const bool day = b > 12 && b <= 31 && a <= 12 && b != 20 && b != 16;
        if (padded || cue || day) {
            add(i, i + 2, padded || cue ? 0.75F : 0.55F);
            return true;
        }
        return false;
    }

    // 12-May-2020, 12May2020
    bool month_between(std::size_t i) { return day_month(i); }

    [[nodiscard]] bool is_month(std::size_t i) const {
        return tokens_.at(i).is_word() && tokens_[i].has(word::month);
    }

    // A year after a month or day: "2020", ", 2020", "'20", "of 2020".  The last token, or `last`.
    std::size_t year_after(std::size_t last, bool needs_four) const {
        std::size_t at = last + 1;
        bool comma = false;
        if (tokens_.at(at).is_mark('.') && tokens_[at].glued()) ++at;
        if (tokens_.at(at).is_mark(',') || tokens_.at(at).is_mark('-') ||
            tokens_.at(at).is_mark('/')) {
            comma = tokens_[at].is_mark(',');
            ++at;
        } else if (tokens_.at(at).is_word() && tokens_.letters(at) == "of") {
            ++at;
        }
        if (tokens_.at(at).gap > Gap::line) return last;
        if (tokens_.at(at).is_mark('\'') && tokens_.at(at + 1).is_number() &&
            tokens_.at(at + 1).glued() && tokens_.at(at + 1).length == 2)
            return at + 1;
        const int year = number_at(at, 4);
        if (tokens_.at(at).is_number() && tokens_[at].length == 4 && is_year(year)) return at;
        if (!needs_four && !comma && at != last + 1 && tokens_.at(at).is_number() &&
            tokens_[at].length == 2)
            return at;
        return last;
    }

    std::size_t ordinal(std::size_t last) const {
        const Token &next = tokens_.at(last + 1);
        if (!next.is_word() || next.gap > Gap::blank) return last;
        const std::string_view letters = tokens_.letters(last + 1);
        return next.glued() &&
                       (letters == "st" || letters == "nd" || letters == "rd" || letters == "th")
                   ? last + 1
                   : last;
    }

    // "3rd of May 2020", "12-May-2020", "4th July 2022"
    bool day_month(std::size_t i) {
        const int day = number_at(i, 2);
        if (day < 1 || day > 31) return false;
        std::size_t at = ordinal(i) + 1;
        const bool has_ordinal = at != i + 1;
        if (tokens_.at(at).is_mark('-') || tokens_.at(at).is_mark('/') ||
            (tokens_.at(at).is_mark('.') && tokens_[at].glued()))
            ++at;
        else if (tokens_.at(at).is_word() && tokens_.letters(at) == "of")
            ++at;
        else if (tokens_.at(at).is_word() && tokens_.letters(at) == "day" &&
                 tokens_.at(at + 1).is_word() && tokens_.letters(at + 1) == "of")
            at += 2;
        if (!is_month(at) || tokens_[at].gap > Gap::line) {
            if (has_ordinal && i > 0 && after(i, word::dating) && tokens_[i].length <= 2 &&
                on_the(i)) {
                add(i, ordinal(i), 0.6F);
                return true;
            }
            return false;
        }
        const bool ambiguous = !clear_month(at);
        if (ambiguous && tokens_[at].shape == Shape::lower && !has_ordinal &&
            year_after(at, true) == at)
            return false;
        // "20 mar", "5 sep": abbreviations need a capital.
        if (tokens_[at].length == 3 && tokens_[at].shape == Shape::lower &&
            year_after(at, true) == at && !has_ordinal)
            return false;
        add(i, year_after(at, false), 0.95F);
        return true;
    }

    // "on the 5th"
    [[nodiscard]] bool on_the(std::size_t i) const {
        return i >= 2 && tokens_.at(i - 1).is_word() && tokens_.letters(i - 1) == "the" &&
               tokens_.at(i - 2).is_word() &&
               (tokens_.letters(i - 2) == "on" || tokens_.letters(i - 2) == "until" ||
                tokens_.letters(i - 2) == "since" || tokens_.letters(i - 2) == "by") &&
               !(tokens_.at(i + 2).is_word() &&
                 tokens_.at(i + 2).has(word::span_of_time | word::unit));
    }

    // Months that are no other word.
    [[nodiscard]] bool clear_month(std::size_t i) const {
        const std::string_view letters = tokens_.letters(i);
        return letters != "may" && letters != "march" && letters != "mar" && letters != "jan" &&
               letters != "jun" && letters != "dec" && letters != "sep" && letters != "apr" &&
               letters != "august" && letters != "april" && letters != "june" && letters != "oct" &&
               letters != "nov";
    }

    // From a month's name: "May 3rd, 2020", "May 2020", "in May".
    bool month(std::size_t i) {
        const Token &token = tokens_[i];
        if (spelled_day(i)) return true;
        std::size_t at = i + 1;
        if (tokens_.at(at).is_mark('.') && tokens_[at].glued()) ++at;
        if (tokens_.at(at).is_mark('-') && tokens_[at].glued()) ++at;
        if (tokens_.at(at).is_word() && tokens_.letters(at) == "the" &&
            tokens_.at(at + 1).is_number())
            ++at;
        const int n = tokens_.at(at).gap <= Gap::line ? number_at(at, 2) : -1;
        const bool lower = token.shape == Shape::lower;
        if (n >= 1 && n <= 31 && !unit_follows(at) && !glued_mark(at + 1, ':')) {
            // "may 5 mg" has gone; "may 3 times" too.
            std::size_t last = ordinal(at);
            if (lower && last == at && token.length <= 3 && year_after(last, true) == last &&
                token.print == print_of("may"))
                return false;
            // A range of days: "May 3-5", "May 3rd to 5th", "May 3 and 4"
            std::size_t to = last + 1;
            if ((tokens_.at(to).is_mark('-') ||
                 (tokens_.at(to).is_word() &&
                  (tokens_.letters(to) == "to" || tokens_.letters(to) == "and" ||
                   tokens_.letters(to) == "through"))) &&
                number_at(to + 1, 2) >= 1 && number_at(to + 1, 2) <= 31 && !unit_follows(to + 1))
                last = ordinal(to + 1);
            add(before_month(i), year_after(last, false), 0.95F);
            return true;
        }
        const std::size_t year = year_after(i, true);
        if (year != i) {
            if (token.print == print_of("may") && lower && !after(i, word::dating)) return false;
            add(before_month(i), year, 0.95F);
            return true;
        }
        // "Jan '23" was a year; an abbreviation alone is none.
        if (token.length <= 4 && token.print != print_of("may") &&
            token.print != print_of("june") && token.print != print_of("july"))
            return false;
        const bool cue = after(i, word::dating | word::relative_day);
        if (clear_month(i)) {
            if (!lower || cue || draft_.tokens.whispering) {
                add(before_month(i), i, 0.8F);
                return true;
            }
            return false;
        }
        // May, March, April, June, August: also verbs and first names.
        if (!cue || (lower && !tokens_.whispering)) return false;
        if (tokens_.letters(i) == "may" && tokens_.at(i + 1).has(word::modal)) return false;
        if (is_name_after(i)) return false;
        add(before_month(i), i, 0.7F);
        return true;
    }

    [[nodiscard]] bool is_ordinal_word(std::size_t i) const {
        static constexpr std::string_view words[] = {
            "first",      "second",     "third",     "fourth",    "fifth",       "sixth",
            "seventh",    "eighth",     "ninth",     "tenth",     "eleventh",    "twelfth",
            "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth",
            "nineteenth", "twentieth",  "thirtieth"};
        return tokens_.at(i).is_word() &&
               std::find(std::begin(words), std::end(words), tokens_.letters(i)) != std::end(words);
    }

    // "the twenty-first of June", "March third"
    bool spelled_day(std::size_t i) {
        std::size_t first = i, last = i;
        if (i >= 2 && tokens_[i - 1].print == print_of("of") && is_ordinal_word(i - 2)) {
            first = i - 2;
            const std::size_t ten = first > 0 && tokens_[first - 1].is_mark('-') ? 2 : 1;
            if (first >= ten && (tokens_[first - ten].print == print_of("twenty") ||
                                 tokens_[first - ten].print == print_of("thirty")))
                first -= ten;
        } else if (tokens_[i].shape != Shape::lower || clear_month(i)) {
            std::size_t at = i + 1;
            if (tokens_.at(at).print == print_of("the")) ++at;
            if (tokens_.at(at).print == print_of("twenty") ||
                tokens_.at(at).print == print_of("thirty"))
                at += tokens_.at(at + 1).is_mark('-') ? 2 : 1;
            if (is_ordinal_word(at) && tokens_[at].gap <= Gap::blank) last = at;
        }
        if (first == last) return false;
        draft_.add(first, year_after(last, true), Category::date, 0.9F, Detector::date);
        return true;
    }

    // "April Jones": a name, not a month.
    [[nodiscard]] bool is_name_after(std::size_t i) const {
        const Token &next = tokens_.at(i + 1);
        return next.is_word() && next.gap == Gap::blank && next.shape == Shape::title &&
               last_of(next.word) >= 1 && !next.has(word::month) && english_of(next.word) < 3;
    }

    // "early", "last", "Monday," before the month
    std::size_t before_month(std::size_t i) const {
        std::size_t first = i;
        if (first > 0 && tokens_[first - 1].is_mark(',') && first > 1) --first;
        if (first > 0 && tokens_[first - 1].is_word() && tokens_[first - 1].has(word::weekday) &&
            !draft_.taken(first - 1))
            return first - 1;
        first = i;
        if (first > 0 && tokens_[first - 1].is_word() && tokens_[first].gap <= Gap::blank &&
            tokens_[first - 1].has(word::relative_day))
            return first - 1;
        return first;
    }

    void weekday(std::size_t i) {
        const Token &token = tokens_[i];
        const bool full = token.length >= 6;
        const bool cue = after(i, word::dating | word::relative_day);
        // "sat", "sun", "wed" and "mon" are words too.
        if (!full && !(token.shape == Shape::title &&
                       (cue || tokens_.at(i + 1).is_mark(',') || tokens_.at(i + 1).is_mark('/'))))
            return;
        if (!full && token.sentence) return;
        std::size_t first = i;
        if (first > 0 && tokens_[first - 1].is_word() && tokens_[first].gap <= Gap::blank &&
            tokens_[first - 1].has(word::relative_day))
            --first;
        std::size_t last = i;
        const Token &next = tokens_.at(i + 1);
        if (next.is_word() && next.gap == Gap::blank) {
            const std::string_view letters = tokens_.letters(i + 1);
            if (letters == "morning" || letters == "afternoon" || letters == "evening" ||
                letters == "night")
                ++last;
        }
        add(first, last, full ? 0.8F : 0.6F);
    }

    void holiday(std::size_t i) {
        std::size_t last = i;
        while (tokens_.at(last + 1).has(word::holiday) ||
               (tokens_.at(last + 1).kind == TokenKind::possessive &&
                tokens_.at(last + 2).has(word::holiday)))
            ++last;
        if (last == i && english_of(tokens_[i].word) >= 2 && tokens_[i].shape == Shape::lower)
            return;
        std::size_t first = i;
        add(first, year_after(last, true), 0.75F);
    }

    // A season counts when a year or "last" goes with it; "fall" is an accident otherwise.
    void season(std::size_t i) {
        std::size_t first = i;
        const bool relative = i > 0 && tokens_[i - 1].is_word() &&
                              tokens_[i - 1].has(word::relative_day) &&
                              tokens_[i].gap <= Gap::blank && tokens_.letters(i - 1) != "each" &&
                              tokens_.letters(i - 1) != "every";
        if (relative) --first;
        const std::size_t last = year_after(i, true);
        if (last == i && (!relative || tokens_.letters(i) == "fall")) return;
        add(first, last, 0.7F);
    }

    // "last week", "next Tuesday", "this past month": told from a date that is removed.
    void relative(std::size_t i) {
        const Token &next = tokens_.at(i + 1);
        if (!next.is_word() || next.gap > Gap::line) return;
        const std::string_view letters = tokens_.letters(i);
        if (letters != "last" && letters != "next") return;
        if (next.has(word::span_of_time)) {
            // "over the last month" and "for the last week" are durations.
            for (std::size_t k = i; k-- > 0 && i - k <= 2;) {
                if (!tokens_[k].is_word()) break;
                const std::string_view w = tokens_.letters(k);
                if (w == "over" || w == "for" || w == "within" || w == "during" || w == "the")
                    return;
            }
            draft_.add(i, i + 1, Category::date, 0.6F, Detector::date);
        }
    }

    // A time of day by itself.
    bool time_alone(std::size_t i) {
        const std::size_t last = clock(i);
        if (last == 0) return false;
        const bool marked = tokens_.at(last).is_word() || tokens_.at(last).is_mark('.');
        const bool seconds = last >= i + 4;
        bool cue = false;
        for (std::size_t k = i; k-- > 0 && i - k <= 2;) {
            if (!tokens_[k].is_word()) continue;
            const std::string_view w = tokens_.letters(k);
            if (w == "at" || w == "time" || w == "until" || w == "by" || w == "around") cue = true;
        }
        const bool two = tokens_[i].length == 2 && number_at(i, 2) < 24 && last == i + 2 &&
                         tokens_.letters(i) != "10";
        if (!marked && !seconds && !cue && !two) return false;
        if (!marked && tokens_[i].glued() && i > 0) return false;
        draft_.add(i, last, Category::date, 0.6F, Detector::date);
        return true;
    }

    Draft &draft_;
    Tokens &tokens_;
};

}  // namespace

void find_dates(Draft &draft) { Dates(draft).find(); }

}  // namespace clinical::deid::note
