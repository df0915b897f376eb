// Numbers and codes that identify: by the word before them, by their shape, by their checksum.

#include <algorithm>
#include <span>

#include "deid/note_span.h"

namespace clinical::deid::note {
namespace {

int digit(char c) { return c - '0'; }

// ISO/IEC 7812-1 annex B.
bool luhn(std::string_view digits, int start = 0) {
    int sum = start;
    bool twice = false;
    for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
        int d = digit(digits[i]);
        if (twice && (d *= 2) > 9) d -= 9;
        sum += d;
    }
    return sum % 10 == 0;
}

// 24 is what the prefix 80840 adds (CMS, NPI check digit).
bool is_npi(std::string_view digits) {
    return digits.size() == 10 && (digits[0] == '1' || digits[0] == '2') && luhn(digits, 24);
}

// Two letters and seven digits, the last of which checks the others.
bool is_dea(std::string_view code) {
    if (code.size() != 9 || code[0] > 'z' || code[0] < 'a' || code[1] > 'z' || code[1] < 'a')
        return false;
    const std::string_view d = code.substr(2);
    if (d.find_first_not_of("0123456789") != std::string_view::npos) return false;
    const int sum =
        digit(d[0]) + digit(d[2]) + digit(d[4]) + 2 * (digit(d[1]) + digit(d[3]) + digit(d[5]));
    return sum % 10 == digit(d[6]);
}

// 49 CFR 565.15: 17 characters, weighted; the ninth checks.
bool is_vin(std::string_view code) {
    if (code.size() != 17) return false;
    static constexpr std::string_view value = "0123456789.ABCDEFGH..JKLMN.P.R..STUVWXYZ";
    static constexpr int weight[] = {8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2};
    int sum = 0;
    for (std::size_t i = 0; i < 17; ++i) {
        const char c = code[i] >= 'a' ? static_cast<char>(code[i] - 'a' + 'A') : code[i];
        const auto at = value.find(c);
        if (at == std::string_view::npos) return false;
        sum += static_cast<int>(at % 10) * weight[i];
    }
    const int check = sum % 11;
    return (check == 10 ? 'x' : static_cast<char>('0' + check)) == code[8];
}

// CMS, Medicare beneficiary identifier: C A AN N A AN N A A N N, without S L O I B Z.
bool is_mbi(std::string_view code) {
    static constexpr std::string_view form = "canNanNaaNN";  // a letter, n either, N and c digits
    if (code.size() != form.size()) return false;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool number = code[i] >= '0' && code[i] <= '9';
        const bool letter = code[i] >= 'a' && code[i] <= 'z' &&
                            std::string_view("sloibz").find(code[i]) == std::string_view::npos;
        const char f = i == 1 || i == 4 ? 'a' : i == 2 || i == 5 ? 'n' : form[i];
        if (f == 'c'   ? !number || code[i] == '0'
            : f == 'N' ? !number
            : f == 'a' ? !letter
                       : !number && !letter)
            return false;
    }
    return true;
}

// Letters and digits without a blank between them, joined by marks.
struct Run {
    std::size_t first = 0;
    std::size_t last = 0;
    std::string code;  // folded, without marks
    int digits = 0;
    int letters = 0;
    int groups = 0;  // of digits
    int longest = 0;
    bool dash = false, slash = false, dot = false;
};

constexpr std::size_t most_tokens = 24;

bool joins(const Tokens &tokens, std::size_t i) {
    const Token &mark = tokens.at(i);
    if (!(mark.mark == '-' || mark.mark == '/' || mark.mark == '.' || mark.mark == '_') ||
        !mark.glued() || i + 1 >= tokens.size())
        return false;
    const Token &next = tokens[i + 1];
    return next.glued() && (next.is_word() || next.is_number());
}

bool is_piece(const Token &token) { return token.is_word() || token.is_number(); }

Run run_at(const Tokens &tokens, std::size_t i) {
    Run run;
    run.first = i;
    while (run.first > 0 && i - run.first < most_tokens && tokens[run.first].glued()) {
        const std::size_t p = run.first - 1;
        if (is_piece(tokens[p])) {
            run.first = p;
        } else if (p > 0 && joins(tokens, p) && is_piece(tokens[p - 1])) {
            run.first = p - 1;
        } else {
            break;
        }
    }
    run.last = i;
    while (run.last + 1 < tokens.size() && run.last - i < most_tokens) {
        if (tokens[run.last + 1].glued() && is_piece(tokens[run.last + 1]))
            ++run.last;
        else if (joins(tokens, run.last + 1))
            run.last += 2;
        else
            break;
    }
    for (std::size_t k = run.first; k <= run.last; ++k) {
        const Token &token = tokens[k];
        if (token.is_number()) {
            run.digits += token.length;
            ++run.groups;
            run.longest = std::max<int>(run.longest, token.length);
        } else if (token.is_word()) {
            run.letters += token.length;
        } else {
            run.dash |= token.mark == '-';
            run.slash |= token.mark == '/';
            run.dot |= token.mark == '.';
            continue;
        }
        if (run.code.size() < 64) run.code += tokens.letters(k);
    }
    return run;
}

bool year_like(std::string_view digits) {
    return digits.size() == 4 && (digits.substr(0, 2) == "19" || digits.substr(0, 2) == "20");
}

Category category_of_cue(std::string_view cue) {
    struct Entry {
        std::string_view cue;
        Category category;
    };
    static constexpr Entry entries[] = {
        {"mrn", Category::mrn},
        {"record", Category::mrn},
        {"records", Category::mrn},
        {"medical", Category::mrn},
        {"chart", Category::mrn},
        {"account", Category::account},
        {"acct", Category::account},
        {"acc", Category::account},
        {"har", Category::account},
        {"iban", Category::account},
        {"card", Category::account},
        {"routing", Category::account},
        {"policy", Category::health_plan},
        {"member", Category::health_plan},
        {"subscriber", Category::health_plan},
        {"beneficiary", Category::health_plan},
        {"insurance", Category::health_plan},
        {"medicare", Category::health_plan},
        {"medicaid", Category::health_plan},
        {"hmo", Category::health_plan},
        {"plan", Category::health_plan},
        {"mbi", Category::health_plan},
        {"group", Category::health_plan},
        {"ssn", Category::ssn},
        {"ss", Category::ssn},
        {"security", Category::ssn},
        {"social", Category::ssn},
        {"license", Category::license},
        {"licence", Category::license},
        {"passport", Category::license},
        {"dea", Category::license},
        {"npi", Category::license},
        {"certificate", Category::license},
        {"plate", Category::vehicle},
        {"plates", Category::vehicle},
        {"vin", Category::vehicle},
        {"vehicle", Category::vehicle},
        {"serial", Category::device},
        {"sn", Category::device},
        {"lot", Category::device},
        {"udi", Category::device},
        {"device", Category::device},
        {"imei", Category::device},
        {"model", Category::device},
        {"fax", Category::fax},
        {"facsimile", Category::fax},
    };
    for (const Entry &entry : entries)
        if (entry.cue == cue) return entry.category;
    return Category::id;
}

bool is_filler(const Tokens &tokens, std::size_t i) {
    const Token &token = tokens[i];
    if (token.kind == TokenKind::possessive) return true;
    if (token.kind == TokenKind::mark) return token.mark != ';' && token.mark != '?';
    if (!token.is_word()) return false;
    static constexpr std::string_view fillers[] = {
        "number", "numbers", "no",     "num",  "nr",         "is", "of",  "was",  "id",
        "code",   "the",     "ending", "in",   "under",      "as", "nos", "at",   "me",
        "my",     "on",      "us",     "his",  "her",        "a",  "ids", "with", "to",
        "has",    "been",    "issued", "line", "registered", "for"};
    const std::string_view letters = tokens.letters(i);
    return std::find(std::begin(fillers), std::end(fillers), letters) != std::end(fillers);
}

class Identifiers {
public:
    explicit Identifiers(Draft &draft) : draft_(draft), tokens_(draft.tokens) {}

    void find() {
        constexpr Interest mine = interest::number | interest::identifier;
        for (std::size_t i = tokens_.next(0, mine); i < tokens_.size();
             i = tokens_.next(i + 1, mine)) {
            if (!tokens_[i].is_number())
                cue(i);
            else if (i >= done_)
                number(i);
        }
    }

private:
    // What stands after "MRN" or "phone".
    void cue(std::size_t i) {
        const bool phone = !tokens_[i].has(word::identifier);
        std::size_t at = i + 1;
        int words = 0;
        while (at < tokens_.size() && at - i <= 8 && tokens_[at].gap < Gap::paragraph &&
               is_filler(tokens_, at)) {
            if (tokens_[at].is_mark('.') && tokens_.at(at + 1).sentence) break;
            words += tokens_[at].is_word() ? 1 : 0;
            ++at;
        }
        if (at >= tokens_.size() || words > 4 || draft_.taken(at) || !is_piece(tokens_[at])) return;
        if (phone) {
            if (tokens_[at].is_number()) telephone(at, true, tokens_.letters(i));
            return;
        }
        Run run = run_at(tokens_, at);
        if (run.first < at) return;
        // "plate ABC 1234": letters, a blank, digits.
        if (run.digits == 0 && run.letters <= 4 && tokens_[at].shape == Shape::upper &&
            tokens_.at(run.last + 1).is_number() && tokens_.at(run.last + 1).length >= 3) {
            const std::size_t first = run.first;
            run = run_at(tokens_, run.last + 1);
            run.first = first;
            run.letters += 2;
        }
        // Groups apart by blanks: cards and social security numbers as people write them.
        while (run.digits >= 3 && run.letters == 0 && tokens_.at(run.last + 1).is_number() &&
               tokens_[run.last + 1].gap == Gap::blank && tokens_[run.last + 1].length >= 2 &&
               run.digits + tokens_[run.last + 1].length <= 19 && !followed_by_unit(run.last + 1)) {
            ++run.last;
            run.digits += tokens_[run.last].length;
        }
        if (run.digits < 2 || run.digits + run.letters < 3) return;
        // "Send the invoice to 27 Main St", "the card is registered under 3 Polna 12".
        if (at > i + 1 && run.digits <= 5 && run.groups == 1 && tokens_[at - 1].is_word() &&
            tokens_[at - 1].has(word::preposition | word::dating) && house_follows(run.last))
            return;
        const bool firm = tokens_.letters(i) == "mrn" || tokens_.letters(i) == "ssn";
        if (!firm && run.letters == 0 && run.digits < 4) return;
        if (!firm && run.groups == 1 && year_like(run.code)) return;
        if (!firm && run.dot && run.digits < 6) return;
        if (followed_by_unit(run.last) && run.digits < 7) return;
        // "#" and "No." before it go too.
        std::size_t first = run.first;
        if (first > 0 && tokens_[first - 1].is_mark('#')) --first;
        // The payer's name is part of the number's.
        if (first == i + 1 &&
            (tokens_.letters(i) == "medicare" || tokens_.letters(i) == "medicaid"))
            first = i;
        Category category = category_of_cue(tokens_.letters(i));
        for (std::size_t k = i; category == Category::id && k-- > 0 && i - k <= 2;)
            category = category_of_cue(tokens_.letters(k));
        draft_.add(first, run.last, category, 0.9F, Detector::context);
        done_ = std::max(done_, run.last + 1);
    }

    // A word written as a name after a number, or after a second one.
    [[nodiscard]] bool house_follows(std::size_t last) const {
        std::size_t next = last + 1;
        if (tokens_.at(next).is_number() && tokens_[next].gap == Gap::blank) ++next;
        const Token &t = tokens_.at(next);
        return t.is_word() && t.gap == Gap::blank &&
               (t.capital() || t.has(word::street_abroad) || tokens_.whispering);
    }

    [[nodiscard]] bool followed_by_unit(std::size_t last) const {
        const Token &next = tokens_.at(last + 1);
        return next.is_mark('%') || (next.is_word() && next.has(word::unit) &&
                                     next.gap <= Gap::blank && next.length > 1);
    }

    [[nodiscard]] bool after_code_system(std::size_t first) const {
        for (std::size_t k = first; k-- > 0 && first - k <= 4;)
            if (tokens_[k].has(word::coded)) return true;
        return false;
    }

    void number(std::size_t i) {
        if (draft_.taken(i)) return;
        if (telephone(i, false, {})) return;
        const Run run = run_at(tokens_, i);
        done_ = run.last + 1;
        for (std::size_t k = run.first; k <= run.last; ++k)
            if (draft_.taken(k)) return;
        if (masked_ssn(run)) return;
        if (run.digits < 5 || after_code_system(run.first)) return;
        Category category = Category::id;
        float score = 0;
        if (run.letters == 0)
            score = digits_only(run, category);
        else
            score = mixed(run, category);
        if (score == 0) return;
        std::size_t first = run.first;
        if (first > 0 && tokens_[first - 1].is_mark('#')) --first;
        draft_.add(first, run.last, category, score, Detector::shape);
    }

    // xxx-xx-1234: the last four are an identifier too.
    bool masked_ssn(const Run &run) {
        if (run.digits != 4 || run.last < 4 || !run.dash) return false;
        const std::string_view letters = run.code;
        if (!letters.starts_with("xxxxx") && !letters.starts_with("xxx")) return false;
        draft_.add(run.first, run.last, Category::ssn, 0.9F, Detector::shape);
        return true;
    }

    float digits_only(const Run &run, Category &category) const {
        if (run.groups == 1) {
            const std::size_t n = run.code.size();
            const bool decimal =
                (run.first > 0 && tokens_[run.first].glued() &&
                 (tokens_[run.first - 1].is_mark('.') || tokens_[run.first - 1].is_mark(','))) ||
                (tokens_.at(run.last + 1).is_mark(',') && tokens_[run.last + 1].glued() &&
                 tokens_.at(run.last + 2).is_number() && tokens_.at(run.last + 2).glued());
            if (decimal) return n >= 9 ? 0.6F : 0;
            if (n >= 6 && run.first > 0 && tokens_[run.first - 1].is_mark('#')) return 0.85F;
            if (n < 7 || (followed_by_unit(run.last) && n < 10)) return 0;
            if (n >= 12 && n <= 19) {
                category = Category::account;
                return luhn(run.code) ? 0.95F : 0.85F;
            }
            if (is_npi(run.code)) {
                category = Category::license;
                return 0.85F;
            }
            if (n == 9) category = Category::ssn;
            if (n == 10 && run.code[0] >= '2' && run.code[3] >= '2') category = Category::phone;
            return 0.8F;
        }
        if (run.dot)
            return run.groups == 2 && run.longest >= 5 && run.digits >= 7 ? degrees(run) : 0;
        if (run.groups == 3 && run.dash && run.code.size() == 9 && tokens_[run.first].length == 3 &&
            tokens_[run.last].length == 4) {
            category = Category::ssn;
            return 0.95F;
        }
        if (run.groups == 4 && run.digits >= 13 && run.digits <= 19) {
            category = Category::account;
            return 0.9F;
        }
        if (run.digits < 7) return 0;
        // A range has two ends of like length, the second the greater.
        const std::string_view a = tokens_.letters(run.first), b = tokens_.letters(run.last);
        if (run.groups == 2 && (a.size() == b.size() || a.size() + 1 == b.size()) &&
            (followed_by_unit(run.last) || (year_like(a) && year_like(b)) ||
             (a.back() == '0' && b.back() == '0')))
            return 0;
        if (run.slash && run.longest < 5) return 0;
        return 0.65F;
    }

    // Five decimals of a latitude or longitude are a house.
    [[nodiscard]] float degrees(const Run &run) const {
        const Token &next = tokens_.at(run.last + 1);
        const bool pair = next.is_mark(',') ||
                          (run.first > 0 && tokens_[run.first - 1].is_mark('-')) ||
                          (run.first > 1 && tokens_[run.first - 1].is_mark(','));
        return pair && tokens_[run.last].length >= 4 ? 0.6F : 0;
    }

    float mixed(const Run &run, Category &category) const {
        if (is_vin(run.code)) {
            category = Category::vehicle;
            return 0.95F;
        }
        if (is_mbi(run.code)) {
            category = Category::health_plan;
            return 0.9F;
        }
        if (is_dea(run.code)) {
            category = Category::license;
            return 0.95F;
        }
        // "50000IU", "10000-unit", "2000mg": an amount.
        const Token &last = tokens_[run.last];
        if (last.is_word() && (last.has(word::unit | word::year) || last.length == 1) &&
            run.groups == 1 && run.first + 2 >= run.last && tokens_[run.first].is_number() &&
            run.digits < 7 && last.shape != Shape::upper && last.has(word::unit))
            return 0;
        // Words joined to a number ("in-2019", "grade-3") are text.
        int plain = 0;
        for (std::size_t k = run.first; k <= run.last; ++k)
            if (tokens_[k].is_word() && tokens_[k].length > 3 && tokens_[k].shape == Shape::lower &&
                english_of(tokens_[k].word) >= 2)
                ++plain;
        if (plain > 0 && run.longest < 7) return 0;
        if (run.longest >= 5 || (run.digits >= 6 && run.longest >= 3)) return 0.75F;
        if (run.digits >= 5 && run.letters >= 3 && run.groups >= 2 && !run.slash) return 0.55F;
        return 0;
    }

    // "stop messages to", "call me at": a telephone's word a little before.
    [[nodiscard]] bool said_before(std::size_t i) const {
        for (std::size_t k = i; k-- > 0 && i - k <= 6;) {
            if (tokens_[k + 1].gap >= Gap::line || tokens_[k].is_number()) return false;
            if (tokens_[k].has(word::telephone)) return true;
        }
        return false;
    }

    // Groups of digits as other countries write telephone numbers, where nothing measured stands
    // near: tokens first to last, joined by `mark`.
    [[nodiscard]] float national(std::size_t first, std::size_t last, std::span<const int> lengths,
                                 char mark) const {
        struct Form {
            std::string_view lengths;
            std::string_view marks;
            bool zero;  // begins with one
            float score;
        };
        static constexpr Form forms[] = {
            {"22222", " .-/", true, 0.8F},  // France
            {"2222", "-", false, 0.6F},     // Denmark
            {"2222", " ", false, 0.5F},     //
            {"2322", " -", false, 0.6F},    // Poland
            {"3222", " -", false, 0.6F},    // Sweden, Turkey
            {"233", " -", false, 0.55F},    // Tunisia
            {"332", " -", false, 0.5F},     // Norway
            {"323", " -", false, 0.5F},     //
            {"333", " -", false, 0.55F},    // Spain, Czechia
            {"234", " -", false, 0.6F},     // Portugal
            {"34", " ", false, 0.5F},       // Iceland, Estonia
            {"44", " -", false, 0.5F},      // Singapore
            {"55", " -", false, 0.6F},      // India
            {"26", " -", false, 0.5F},      // Cyprus
            {"36", " -", false, 0.5F},      //
            {"37", " ", false, 0.5F},       //
            {"46", " -", false, 0.5F},      //
        };
        std::string written;
        for (const int length : lengths) written += static_cast<char>('0' + length);
        const auto form = std::find_if(std::begin(forms), std::end(forms), [&](const Form &f) {
            return f.lengths == written && f.marks.find(mark) != std::string_view::npos &&
                   (!f.zero || tokens_.letters(first).front() == '0');
        });
        if (form == std::end(forms)) return 0;
        // Years, rows of measurements and amounts are none.
        if (year_like(tokens_.letters(first)) && year_like(tokens_.letters(last))) return 0;
        if (tokens_.letters(last) == "000" || followed_by_unit(last)) return 0;
        const Token &next = tokens_.at(last + 1);
        if (next.is_number() || next.is_mark('/') || next.is_mark('+') || next.is_mark('(') ||
            (next.is_word() && next.glued()))
            return 0;
        // "3747 3911 Fourth Avenue" is a house.
        if (written.size() == 2 && next.is_word() && next.gap <= Gap::blank &&
            (next.capital() || (tokens_.whispering && (english_of(next.word) < 3 ||
                                                       tokens_.at(last + 2).has(word::street)))))
            return 0;
        for (std::size_t k = first; k-- > 0 && first - k <= 4;) {
            const Token &t = tokens_[k];
            if (k + 1 == first && t.kind == TokenKind::mark && tokens_[first].glued() &&
                !t.is_mark('(') && !t.is_mark(':') && !t.is_mark('"') && !t.is_mark('\''))
                return 0;
            if (tokens_[k + 1].gap >= Gap::line) break;
            if (t.is_number() || t.is_mark('#') ||
                t.has(word::medical | word::unit | word::coded | word::head | word::year))
                return 0;
        }
        return form->score;
    }

    // A telephone number that begins at token i.  With a word before it that says so, any form.
    bool telephone(std::size_t i, bool said, std::string_view cue) {
        std::size_t first = i;
        bool plus = false, parenthesis = false;
        if (first > 0 && tokens_[first - 1].is_mark('(') && tokens_[first].glued()) {
            parenthesis = true;
            --first;
        }
        if (first > 0 && tokens_[first - 1].is_mark('+') && tokens_[first].glued()) {
            plus = true;
            --first;
        }
        if (first > 0 && tokens_[first].glued() && is_piece(tokens_[first - 1])) return false;
        int lengths[8] = {};
        int groups = 0, digits = 0;
        std::size_t at = i, last = i;
        bool same_mark = true;
        char mark = 0;
        while (groups < 7 && tokens_.at(at).is_number() && digits + tokens_[at].length <= 15 &&
               !draft_.taken(at)) {
            lengths[groups++] = tokens_[at].length;
            digits += tokens_[at].length;
            last = at;
            std::size_t next = at + 1;
            bool moved = false;
            char joined = 0;
            if (tokens_.at(next).is_mark(')') && tokens_[next].glued()) {
                ++next;
                moved = true;
            }
            if ((tokens_.at(next).is_mark('-') || tokens_.at(next).is_mark('.') ||
                 tokens_.at(next).is_mark('/')) &&
                tokens_[next].gap <= Gap::blank) {
                joined = tokens_[next].mark;
                if (tokens_[next].gap == Gap::blank && tokens_.at(next + 1).gap == Gap::blank &&
                    joined != '-')
                    break;
                ++next;
                moved = true;
            }
            if (tokens_.at(next).is_mark('(') && groups == 1 && tokens_.at(next + 1).is_number()) {
                ++next;
                moved = true;
                parenthesis = true;
            }
            if (!tokens_.at(next).is_number() || tokens_[next].gap > Gap::blank) break;
            if (!moved && tokens_[next].gap == Gap::none) break;
            if (!moved) joined = ' ';
            if (groups > 1 && joined != mark) same_mark = false;
            mark = joined;
            at = next;
        }
        if (groups >= 2 && digits >= 6)
            said = said || said_before(first) ||
                   (tokens_.at(last + 1).is_word() && tokens_[last + 1].gap <= Gap::blank &&
                    tokens_[last + 1].capital() && tokens_[last + 1].has(word::telephone));
        const bool pairs = said && digits == 6 && groups == 3;
        if ((digits < 7 && !pairs) || (groups < 2 && !said))
            return extension_only(i, said, cue, groups, digits);
        float score = 0;
        const int *tail = lengths + groups;  // the last groups
        const bool nanp = groups >= 3 && tail[-1] == 4 && tail[-2] == 3 && tail[-3] == 3 &&
                          groups <= 5 && digits <= 14;
        if (said)
            score = 0.95F;
        else if (nanp && digits - 10 <= 3)
            score = 0.9F;
        else if (plus && digits >= 8)
            score = 0.9F;
        else if (groups == 2 && lengths[0] == 3 && lengths[1] == 4 &&
                 (mark == '-' || mark == '.') && !followed_by_unit(last) &&
                 tokens_.letters(i) != "000")
            score = mark == '-' ? 0.7F : 0;
        else if ((parenthesis || (tokens_.letters(i).front() == '0' &&
                                  (groups >= 3 || lengths[0] >= 5 || lengths[1] >= 6))) &&
                 digits >= 8 && groups >= 2 && tokens_.letters(i).size() >= 2 && mark != '.' &&
                 lengths[groups - 1] >= 2 && lengths[1] >= 2)
            score = 0.7F;
        else if (groups == 3 && mark == '.' && same_mark && digits >= 9 && !followed_by_unit(last))
            score = 0.6F;
        else if (groups == 2 && lengths[0] == 3 && lengths[1] == 7 && mark == '-')
            score = 0.8F;
        else if (same_mark)
            score = national(i, last, {lengths, static_cast<std::size_t>(groups)}, mark);
        if (score == 0) return false;
        // "x5678", "ext. 12"
        std::size_t ext = last + 1;
        if (tokens_.at(ext).is_word() && tokens_[ext].gap <= Gap::blank) {
            const std::string_view letters = tokens_.letters(ext);
            if (letters == "x" || letters == "ext" || letters == "extension") {
                ++ext;
                while (tokens_.at(ext).is_mark('.') || tokens_.at(ext).is_mark(':')) ++ext;
                if (tokens_.at(ext).is_number() && tokens_[ext].length <= 6) last = ext;
            }
        }
        if (parenthesis && first == i && i > 0 && tokens_[i - 1].is_mark('(')) first = i - 1;
        const Category category =
            category_of_cue(cue) == Category::fax ? Category::fax : Category::phone;
        draft_.add(first, last, category, score, said ? Detector::context : Detector::shape);
        done_ = std::max(done_, last + 1);
        return true;
    }

    // "ext 1234", "pager 5512"
    bool extension_only(std::size_t i, bool said, std::string_view cue, int groups, int digits) {
        if (!said || groups != 1 || digits < 3 || digits > 6) return false;
        if (cue != "ext" && cue != "extension" && cue != "pager" && cue != "beeper") return false;
        draft_.add(i, i, Category::phone, 0.85F, Detector::context);
        done_ = std::max(done_, i + 1);
        return true;
    }

    Draft &draft_;
    Tokens &tokens_;
    std::size_t done_ = 0;  // tokens before this have been judged
};

}  // namespace

void find_identifiers(Draft &draft) { Identifiers(draft).find(); }

}  // namespace clinical::deid::note
