// The people and numbers that the caller knows, found in every guise: nicknames, initials, swapped
// order, typing and scanning errors, other separators and formats.

#include <algorithm>
#include <bit>

#include "deid/note_options.h"

namespace clinical::deid::note {
namespace {

constexpr float certain = 1.0F;

// Names that are used for each other.
constexpr std::string_view nicknames[] = {
    "robert rob bob bobby robbie bert",
    "william will bill billy willie liam willy",
    "richard rick dick rich ricky richie",
    "james jim jimmy jamie jem",
    "john jack johnny jon jonny",
    "jonathan jon johnny nathan jonathon johnathan johnathon",
    "margaret maggie meg peggy marge margie greta rita madge peg",
    "elizabeth liz beth betty lizzie eliza betsy libby bess lisa ellie elisabeth",
    "katherine kate kathy katie kat kitty catherine cathy katharine kathryn cat kay",
    "michael mike mikey mick mickey micheal",
    "thomas tom tommy",
    "charles charlie chuck chas chaz",
    "edward ed eddie ted teddy ned",
    "joseph joe joey",
    "david dave davey",
    "daniel dan danny",
    "matthew matt matty",
    "christopher chris kit topher",
    "christina chris tina chrissy christine christy",
    "anthony tony",
    "steven steve stephen stevie stephan",
    "patricia pat patty tricia trish patsy",
    "patrick pat paddy rick",
    "jennifer jen jenny jenn",
    "susan sue susie suzy suzanne",
    "barbara barb babs barbie",
    "deborah deb debbie debra",
    "samuel sam sammy",
    "samantha sam sammy",
    "benjamin ben benny benji",
    "alexander alex al xander sasha lex",
    "alexandra alex sandra lexi alexa sasha",
    "andrew andy drew",
    "nicholas nick nicky nicolas",
    "theodore ted teddy theo",
    "frederick fred freddy rick",
    "francis frank fran",
    "frances fran fanny francie",
    "lawrence larry laurence lars",
    "gerald gerry jerry",
    "jerome jerry",
    "kenneth ken kenny",
    "ronald ron ronnie",
    "donald don donnie",
    "raymond ray",
    "gregory greg gregg",
    "timothy tim timmy",
    "victoria vicky vicki tori",
    "rebecca becky becca",
    "jacqueline jackie jacqui",
    "dorothy dot dottie dolly",
    "eleanor ellie nell nellie nora ella",
    "abigail abby gail",
    "amanda mandy",
    "pamela pam",
    "cynthia cindy",
    "sandra sandy",
    "kimberly kim kimmy",
    "nancy nan",
    "judith judy",
    "virginia ginny",
    "theresa terry tess teresa terri",
    "leonard leo len lenny",
    "albert al bert",
    "alfred al fred",
    "arthur art artie",
    "eugene gene",
    "harold harry hal",
    "henry hank harry hal",
    "philip phil phillip",
    "vincent vince vinny",
    "walter walt wally",
    "zachary zach zack zak",
    "joshua josh",
    "jacob jake",
    "jeffrey jeff geoff geoffrey",
    "peter pete",
    "nathaniel nate nathan",
    "maria mary marie",
    "mary molly polly mae mamie",
    "martha marty mattie",
    "stephanie steph",
    "valerie val",
    "vanessa nessa",
    "isabella bella izzy isabel",
    "josephine jo josie",
    "caroline carrie carol",
    "anne ann annie anna nan nancy",
    "antonio tony",
    "francisco paco pancho frank",
    "jose pepe",
    "guillermo memo",
    "roberto beto",
    "eduardo lalo eddie",
    "luis lucho louis",
    "manuel manny manolo",
    "miguel mike",
    "alejandro alex",
    "guadalupe lupe",
    "mohammed mohamed muhammad mohammad mo",
};

std::uint32_t letter_mask(std::string_view letters) {
    std::uint32_t mask = 0;
    for (const char c : letters) mask |= 1U << (static_cast<unsigned char>(c) & 31);
    return mask;
}

// Damerau-Levenshtein distance (adjacent letters may be swapped), up to `most`; else most + 1.
int distance(std::string_view a, std::string_view b, int most) {
    constexpr std::size_t longest = 40;
    if (a.size() > longest || b.size() > longest) return most + 1;
    std::array<std::array<int, longest + 1>, 3> rows;
    for (std::size_t j = 0; j <= b.size(); ++j) rows[0][j] = static_cast<int>(j);
    for (std::size_t i = 1; i <= a.size(); ++i) {
        auto &row = rows[i % 3];
        const auto &above = rows[(i - 1) % 3];
        const auto &two_above = rows[(i + 1) % 3];
        row[0] = static_cast<int>(i);
        int least = row[0];
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] =
                std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two_above[j - 2] + 1);
            least = std::min(least, row[j]);
        }
        if (least > most) return most + 1;
    }
    return rows[a.size() % 3][b.size()];
}

std::uint64_t code_hash(std::string_view code) {
    Print print;
    print.add(code);
    return print.state;
}

std::string two_digits(int n) {
    return {static_cast<char>('0' + n / 10 % 10), static_cast<char>('0' + n % 10)};
}

}  // namespace

void Known::add_word(std::string_view folded, Category category, bool person) {
    if (folded.size() < 2) return;
    const std::uint32_t print = print_of(folded);
    const Word w = lexicon().find(print);
    const bool common = english_of(w) >= 2 || (w & (word::particle | word::medical)) != 0;
    if (folded.size() == 2 && (w & word::particle) != 0) return;
    Entry &entry = words_[print];
    entry.category = category;
    entry.whole = true;
    entry.common = common || folded.size() <= 2;
    if (person && folded.size() >= 5 && fuzzy_.size() < 512)
        fuzzy_.push_back({std::string(folded), letter_mask(folded), category});
}

void Known::add_name(std::string_view name) {
    Tokens tokens;
    tokenize(name, nullptr, {}, tokens);
    std::string letters, reversed;
    std::vector<std::string> words;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &t = tokens[i];
        if (!t.is_word()) continue;
        if (t.has(word::title | word::degree) && (t.length <= 4 || i == 0) &&
            (t.word & word::names & 0xF) == 0)
            continue;
        const std::string_view folded = tokens.letters(i);
        if (t.has(word::title) && i == 0 && t.length <= 3) continue;
        words.emplace_back(folded);
        add_word(folded, Category::name, true);
        for (const std::string_view group : nicknames) {
            bool member = false;
            for (std::size_t at = 0; at < group.size();) {
                const std::size_t end = std::min(group.find(' ', at), group.size());
                if (group.substr(at, end - at) == folded) member = true;
                at = end + 1;
            }
            if (!member) continue;
            for (std::size_t at = 0; at < group.size();) {
                const std::size_t end = std::min(group.find(' ', at), group.size());
                add_word(group.substr(at, end - at), Category::name, false);
                at = end + 1;
            }
        }
        if (letters.size() < 6) letters += folded.front();
    }
    // "Smith-Jones" is written "SmithJones" as well; German umlauts as two letters.
    std::string compact;
    for (const std::string &w : words) compact += w;
    if (words.size() > 1 && compact.size() >= 5) add_word(compact, Category::name, true);
    std::string spelled;
    bool umlaut = false;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const std::string_view rest = name.substr(i, 2);
        const auto two = [&](std::string_view as) {
            spelled += as;
            umlaut = true;
            ++i;
        };
        if (rest == "\xc3\xa4" || rest == "\xc3\x84")
            two("ae");
        else if (rest == "\xc3\xb6" || rest == "\xc3\x96")
            two("oe");
        else if (rest == "\xc3\xbc" || rest == "\xc3\x9c")
            two("ue");
        else if (rest == "\xc3\x9f")
            two("ss");
        else
            spelled += name[i];
    }
    if (umlaut) {
        Tokens again;
        tokenize(spelled, nullptr, {}, again);
        for (std::size_t i = 0; i < again.size(); ++i)
            if (again[i].is_word()) add_word(again.letters(i), Category::name, true);
    }
    if (letters.size() >= 2) {
        initials_.insert(letters);
        initials_.insert({letters.front(), letters.back()});
        initials_.insert({letters.back(), letters.front()});
    }
}

void Known::add_text(std::string_view text, Category category) {
    Tokens tokens;
    tokenize(text, nullptr, {}, tokens);
    Print print;
    std::size_t words = 0;
    std::uint32_t first = 0;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &t = tokens[i];
        if (t.kind == TokenKind::mark || t.kind == TokenKind::possessive) continue;
        const std::string_view letters = tokens.letters(i);
        print.add(letters);
        ++words;
        if (words == 1) first = print.value();
        // A word that is no ordinary one gives it away alone.
        if (t.is_word() && t.length >= 4 && english_of(t.word) < 2 &&
            !t.has(word::street | word::facility | word::facility_part | word::company |
                   word::apartment | word::state | word::country | word::medical))
            add_word(letters, category, false);
        if (t.is_number() && t.length >= 5) add_number(letters, category);
        if (words >= 2) {
            words_[first].start = true;
            Entry &entry = words_[print.value()];
            entry.category = category;
            entry.whole = true;
        }
        if (words == 12) break;
    }
    if (words == 1 && tokens.size() == 1 && tokens[0].is_word()) {
        Entry &entry = words_[first];
        entry.category = category;
        entry.whole = true;
        entry.common = english_of(tokens[0].word) >= 2;
    }
}

void Known::add_number(std::string_view number, Category category) {
    const std::string folded = fold_letters(number);
    const auto add = [&](std::string_view code) {
        if (code.size() < 4 || code.size() > 64) return;
        codes_.emplace(code_hash(code), Code{category});
        longest_code_ = std::max(longest_code_, code.size());
        Print print;
        for (const char c : code) {
            print.add(static_cast<unsigned char>(c));
            code_starts_.insert(print.value());
        }
    };
    add(folded);
    const bool digits = folded.find_first_not_of("0123456789") == std::string::npos;
    if (!digits) {
        // "MRN-00123" and "123": the digits alone, without leading zeros.
        std::string only;
        for (const char c : folded)
            if (c >= '0' && c <= '9') only += c;
        if (only.size() >= 5) add(only);
        return;
    }
    if (folded.size() >= 10 && (category == Category::phone || category == Category::fax)) {
        add(std::string_view(folded).substr(folded.size() - 10));
        add(std::string_view(folded).substr(folded.size() - 7));
    }
    const std::size_t zeros = std::min(folded.find_first_not_of('0'), folded.size());
    if (zeros > 0 && folded.size() - zeros >= 4) add(std::string_view(folded).substr(zeros));
}

void Known::add_date(const Date &date) {
    if (date.month == 0 || date.day == 0) return;
    dates_.push_back(date);
    const std::string y = two_digits(date.year / 100) + two_digits(date.year);
    const std::string m = two_digits(date.month), d = two_digits(date.day);
    for (const std::string &code : {y + m + d, m + d + y, d + m + y})
        add_number(code, Category::date);
    for (const std::string &code : {m + d + y.substr(2), d + m + y.substr(2)})
        add_number(code, Category::date);
}

void Known::finish() {
    for (const auto &[print, entry] : words_) filter_[print >> 6 & 63] |= 1ULL << (print & 63);
    std::sort(fuzzy_.begin(), fuzzy_.end(),
              [](const Fuzzy &a, const Fuzzy &b) { return a.letters < b.letters; });
    fuzzy_.erase(std::unique(fuzzy_.begin(), fuzzy_.end(),
                             [](const Fuzzy &a, const Fuzzy &b) { return a.letters == b.letters; }),
                 fuzzy_.end());
}

void Known::find(Draft &draft) const {
    if (!codes_.empty()) find_codes(draft);
    if (!words_.empty()) find_words(draft);
    if (!dates_.empty()) find_dates(draft);
}

const Known::Fuzzy *Known::near(std::string_view letters) const {
    if (letters.size() < 5) return nullptr;
    const std::uint32_t mask = letter_mask(letters);
    for (const Fuzzy &fuzzy : fuzzy_) {
        const int most = letters.size() >= 9 && fuzzy.letters.size() >= 9 ? 2 : 1;
        const auto longer =
            static_cast<int>(letters.size()) - static_cast<int>(fuzzy.letters.size());
        if (longer > most || -longer > most) continue;
        if (std::popcount(mask ^ fuzzy.mask) > 2 * most) continue;
        if (distance(letters, fuzzy.letters, most) <= most) return &fuzzy;
    }
    return nullptr;
}

// Whether an ordinary word ("Will", "Brown") stands here as a name.
bool Known::stands_as_name(const Draft &draft, std::size_t i) const {
    const Tokens &tokens = draft.tokens;
    const Token &token = tokens[i];
    const auto beside = [&](std::size_t k) {
        const Token &t = tokens.at(k);
        if (!t.is_word()) return false;
        if (t.taken == 1 + static_cast<int>(Category::name)) return true;
        const auto it = words_.find(t.print);
        return it != words_.end() && it->second.whole && it->second.category == Category::name;
    };
    std::size_t before = i - 1, after = i + 1;
    while (tokens.at(before).is_mark('.') || tokens.at(before).is_mark(',') ||
           tokens.at(before).is_mark('-'))
        --before;
    while (tokens.at(after).is_mark('.') || tokens.at(after).is_mark(',') ||
           tokens.at(after).is_mark('-') || tokens.at(after).kind == TokenKind::possessive)
        ++after;
    if (beside(before) || beside(after)) return true;
    if (tokens.at(before).is_word() &&
        tokens.at(before).has(word::title | word::relation | word::naming | word::role))
        return true;
    // "will reports pain": the name, since the verb has an s.
    if (token.shape == Shape::lower)
        return token.sentence && acts(tokens, i) && tokens.letters(i + 1).back() == 's' &&
               tokens.letters(i + 1) != "was" && tokens.letters(i + 1) != "is";
    // "in May", "May 3"
    if (token.has(word::month) &&
        (tokens.at(i + 1).is_number() || tokens.at(before).has(word::dating | word::relative_day) ||
         tokens.at(i - 1).is_number()))
        return false;
    // "Will be seen", "May have": verbs at the beginning of a sentence.
    if (token.sentence && tokens.at(after).is_word() && tokens.at(after).shape == Shape::lower &&
        tokens.at(after).has(word::modal))
        return false;
    if (draft.tokens.shouting || token.shape == Shape::upper)
        return !tokens.at(after).has(word::modal) && token.length >= 4;
    return true;
}

void Known::find_words(Draft &draft) const {
    Tokens &tokens = draft.tokens;
    const auto in_filter = [&](std::uint32_t print) {
        return (filter_[print >> 6 & 63] >> (print & 63) & 1) != 0;
    };
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &token = tokens[i];
        if (token.kind == TokenKind::mark || token.kind == TokenKind::possessive) continue;
        const std::uint32_t print = token.is_number() ? print_of(tokens.letters(i)) : token.print;
        if (in_filter(print)) {
            if (const auto it = words_.find(print); it != words_.end()) {
                // The longest entry that begins here.
                std::size_t last = i;
                Category category = it->second.category;
                bool found = false;
                if (it->second.start) {
                    Print longer;
                    longer.add(tokens.letters(i));
                    std::size_t at = i;
                    for (int words = 1; words < 12; ++words) {
                        std::size_t next = at + 1;
                        while (next < tokens.size() && next - at < 4 &&
                               (tokens[next].kind == TokenKind::mark ||
                                tokens[next].kind == TokenKind::possessive))
                            ++next;
                        if (next >= tokens.size() || tokens[next].kind == TokenKind::mark) break;
                        longer.add(tokens.letters(next));
                        at = next;
                        const auto entry = words_.find(longer.value());
                        if (entry == words_.end()) break;
                        last = at;
                        category = entry->second.category;
                        found = true;
                    }
                }
                if (!found && it->second.whole && (!it->second.common || stands_as_name(draft, i)))
                    found = true;
                if (found) {
                    draft.add(i, last, category, certain, Detector::known);
                    continue;
                }
            }
        }
        if (!token.is_word() || token.length < 5) continue;
        if (english_of(token.word) >= (token.shape == Shape::lower ? 1 : 2) ||
            (token.has(word::medical) && token.shape == Shape::lower))
            continue;
        if (const Fuzzy *fuzzy = near(tokens.letters(i)))
            draft.add(i, i, fuzzy->category, 0.95F, Detector::known);
    }
    // Initials beside a known name, and initials for it.
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &token = tokens[i];
        if (!token.is_word() || !token.capital() || token.taken != 0) continue;
        if (token.length == 1) {
            const bool dot = tokens.at(i + 1).is_mark('.') && tokens[i + 1].glued();
            const std::size_t after = dot ? i + 2 : i + 1;
            const bool before_name = draft.taken_as(after, Category::name) &&
                                     tokens.at(after).is_word() &&
                                     tokens[after].gap <= Gap::blank && dot;
            const bool after_name = i > 0 && draft.taken_as(i - 1, Category::name) &&
                                    tokens[i - 1].is_word() && token.gap == Gap::blank &&
                                    (dot || tokens.letters(i) != "i");
            if (before_name || after_name)
                draft.add(i, dot ? i + 1 : i, Category::name, 0.95F, Detector::known);
            // R.Q.S. or R. S.
            std::string letters;
            std::size_t at = i, last = i;
            while (tokens.at(at).is_word() && tokens[at].length == 1 && tokens[at].capital() &&
                   letters.size() < 6 && (at == i || tokens[at].gap <= Gap::blank)) {
                letters += tokens.letters(at);
                last = at;
                ++at;
                if (tokens.at(at).is_mark('.') && tokens[at].glued())
                    last = at++;
                else
                    break;
            }
            if (letters.size() >= 2 && initials_.contains(letters))
                draft.add(i, last, Category::name, 0.9F, Detector::known);
        } else if (token.length <= 4 && token.shape == Shape::upper && !tokens.shouting &&
                   initials_.contains(std::string(tokens.letters(i))) &&
                   !token.has(word::medical | word::unit | word::state | word::degree |
                              word::allowed | word::facility | word::coded)) {
            draft.add(i, i, Category::name, 0.8F, Detector::known);
        }
    }
}

void Known::find_codes(Draft &draft) const {
    Tokens &tokens = draft.tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        const Token &token = tokens[i];
        if (token.is_number()) {
            // Scanned text: 0 for o, 1 for l within a word.
            if (token.length == 1 && !fuzzy_.empty()) {
                std::size_t first = i, last = i;
                if (token.glued() && i > 0 && tokens[i - 1].is_word()) first = i - 1;
                while (last - i < 4 && tokens.at(last + 1).glued() &&
                       (tokens.at(last + 1).is_word() ||
                        (tokens.at(last + 1).is_number() && tokens.at(last + 1).length == 1)))
                    ++last;
                if (last > first) {
                    std::string letters;
                    for (std::size_t k = first; k <= last; ++k)
                        for (const char c : tokens.letters(k))
                            letters += c == '0' ? 'o' : c == '1' ? 'l' : c == '5' ? 's' : c;
                    const auto it = words_.find(print_of(letters));
                    if ((it != words_.end() && it->second.whole && letters.size() >= 4) ||
                        near(letters))
                        draft.add(first, last, Category::name, 0.9F, Detector::known);
                }
            }
        } else if (!token.is_word() ||
                   !(tokens.at(i + 1).glued() &&
                     (tokens.at(i + 1).is_number() ||
                      (tokens.at(i + 1).kind == TokenKind::mark && tokens.at(i + 2).glued() &&
                       tokens.at(i + 2).kind != TokenKind::mark)))) {
            continue;
        }
        Print print;
        std::size_t length = 0;
        std::size_t last = 0;
        Category category = Category::id;
        bool found = false;
        for (std::size_t at = i; at < tokens.size() && length <= longest_code_;) {
            print.add(tokens.letters(at));
            length += tokens[at].length;
            if (!code_starts_.contains(print.value())) break;
            if (const auto it = codes_.find(print.state); it != codes_.end()) {
                last = at;
                category = it->second.category;
                found = true;
            }
            std::size_t next = at + 1;
            while (next < tokens.size() && next - at <= 3 && tokens[next].kind == TokenKind::mark &&
                   tokens[next].mark != '\n')
                ++next;
            if (next >= tokens.size() || !(tokens[next].is_number() || tokens[next].is_word()) ||
                tokens[next].gap >= Gap::paragraph)
                break;
            at = next;
        }
        if (!found) continue;
        std::size_t first = i;
        while (first > 0 && tokens[first].glued() &&
               (tokens[first - 1].is_mark('#') || tokens[first - 1].is_mark('(') ||
                tokens[first - 1].is_mark('+')))
            --first;
        draft.add(first, last, category, certain, Detector::known);
    }
}

// "5/12" and "May 12" of a known birth date, without the year.
void Known::find_dates(Draft &draft) const {
    Tokens &tokens = draft.tokens;
    const auto value = [&](std::size_t i) {
        const Token &t = tokens.at(i);
        if (!t.is_number() || t.length > 2) return -1;
        int n = 0;
        for (const char c : tokens.letters(i)) n = n * 10 + (c - '0');
        return n;
    };
    for (std::size_t i = 0; i + 2 < tokens.size(); ++i) {
        const int a = value(i);
        if (a < 0 || (i > 0 && tokens[i].glued() && tokens[i - 1].kind != TokenKind::mark))
            continue;
        const Token &mark = tokens[i + 1];
        if (!(mark.is_mark('/') || mark.is_mark('-') || mark.is_mark('.')) || !mark.glued())
            continue;
        const int b = value(i + 2);
        if (b < 0 || !tokens[i + 2].glued()) continue;
        for (const Date &date : dates_)
            if ((a == date.month && b == date.day) || (b == date.month && a == date.day)) {
                const bool year = tokens.at(i + 3).is_mark(mark.mark) && tokens[i + 3].glued() &&
                                  tokens.at(i + 4).is_number() && tokens[i + 4].glued() &&
                                  (tokens[i + 4].length == 2 || tokens[i + 4].length == 4);
                draft.add(i, year ? i + 4 : i + 2, Category::date, certain, Detector::known);
                break;
            }
    }
}

}  // namespace clinical::deid::note
