// What the words of a cut note mean: the lexicon's bits, phrases, beginnings of sentences.

#include <algorithm>
#include <array>

#include "deid/note_ending.h"
#include "deid/note_token.h"

namespace clinical::deid::note {
namespace {

template <std::size_t N>
bool is_one_of(std::uint32_t print, const std::array<std::uint32_t, N> &prints) {
    return std::find(prints.begin(), prints.end(), print) != prints.end();
}

class Reader {
public:
    Reader(const WordTable *site, Tokens &tokens)
        : site_(site), tokens_(tokens), lexicon_(lexicon()), missing_(tokens.missing) {}

    void read() {
        WordCache &cache = tokens_.cache;
        cache.use(site_);
        missing_.clear();
        std::size_t words = 0, uppers = 0, capitals = 0;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            Token &token = tokens_[i];
            if (!token.is_word()) continue;
            if (const WordCache::Entry *entry = cache.find(token.print)) {
                token.word = entry->word;
                set_interest(i, entry->interest);
            } else {
                // The lexicon is larger than the processor's memory: ask now, look later.
                lexicon_.prefetch(token.print);
                if (site_) site_->prefetch(token.print);
                missing_.push_back(i);
            }
            if (token.length < 3) continue;
            ++words;
            if (token.shape == Shape::upper) ++uppers;
            if (token.capital()) ++capitals;
        }
        for (const std::size_t i : missing_) {
            Token &token = tokens_[i];
            const WordCache::Entry entry = describe(i);
            cache.put(entry);
            token.word = entry.word;
            set_interest(i, entry.interest);
        }
        for (std::size_t i = 0; i + 1 < tokens_.size(); ++i)
            if (tokens_[i].has(word::phrase_start)) phrase(i);
        tokens_.shouting = words > 0 && uppers * 10 > words * 6;
        tokens_.whispering = words > 1 && capitals * 50 < words;
        mark_sentences();
    }

private:
    [[nodiscard]] WordCache::Entry describe(std::size_t i) const {
        const std::uint32_t print = tokens_[i].print;
        const std::string_view letters = tokens_.letters(i);
        WordCache::Entry entry;
        entry.print = print;
        entry.word = lexicon_.find(print);
        if (site_) entry.word |= site_->find(print);
        if (has_medical_ending(letters)) entry.word |= word::medical_ending;
        if (has_street_ending(letters)) entry.word |= word::street_ending;
        entry.interest = interest_of(entry.word, print);
        if (letters.ends_with("genarian")) entry.interest |= interest::age;
        return entry;
    }

    void set_interest(std::size_t i, Interest bits) {
        const Token &token = tokens_[i];
        if (token.shape != Shape::lower) {
            bits &= static_cast<Interest>(~interest::quiet);
            bits |= interest::written;
        }
        tokens_.interest[i] = bits;
    }

    // The longest entry of several words that begins at token i: each of its words gets its bits.
    void phrase(std::size_t i) {
        Print print;
        print.add(tokens_.letters(i));
        Word best = 0;
        std::size_t last = i;
        std::size_t at = i;
        std::size_t letters = tokens_[i].length;
        std::uint8_t words = 1, best_words = 0;
        while (words < 5) {
            std::size_t next = at + 1;
            while (next < tokens_.size() && next - at <= 2 &&
                   (tokens_[next].kind == TokenKind::possessive || tokens_[next].mark == '.' ||
                    tokens_[next].mark == '-' || tokens_[next].mark == '\'' ||
                    tokens_[next].mark == '&'))
                ++next;
            if (next >= tokens_.size() || !tokens_[next].is_word() ||
                tokens_[next].gap == Gap::paragraph)
                break;
            if (tokens_[at + 1].kind == TokenKind::possessive) print.add('s');
            print.add(tokens_.letters(next));
            letters += tokens_[next].length;
            at = next;
            ++words;
            const std::uint32_t value = print.value();
            Word found = lexicon_.may_be_phrase(value) ? lexicon_.find(value) : 0;
            if (site_ && site_->may_be_phrase(value)) found |= site_->find(value);
            // Names and ordinary words are single: "can did" is no entry though "candid" is.
            found &= ~(word::names | Word{3} << english_shift | word::capital);
            if (letters < 6) found &= ~word::place_bits;  // "i ca" is no Ica
            if (found & ~word::phrase_start) {
                best = found;
                last = at;
                best_words = words;
            }
        }
        if (best == 0) return;
        tokens_[i].phrase = best_words;
        for (std::size_t k = i; k <= last; ++k) {
            Token &token = tokens_[k];
            if (!token.is_word()) continue;
            const Word place = std::max(token.word >> place_shift & 3, best >> place_shift & 3);
            token.word = (token.word & ~(Word{3} << place_shift)) | place << place_shift |
                         (best & ~(Word{0xff} | word::phrase_start));
            set_interest(
                k, interest_of(token.word, token.print) | (tokens_.interest[k] & interest::age));
        }
    }

    void mark_sentences() {
        auto &list = tokens_.list;
        for (std::size_t i = 0; i < list.size(); ++i) {
            Token &token = list[i];
            if (!token.is_word()) continue;
            if (i == 0 || token.gap >= Gap::line) {
                token.sentence = true;
                continue;
            }
            std::size_t p = i - 1;
            if (list[p].kind == TokenKind::word) continue;
            while (p > 0 && (list[p].mark == '"' || list[p].mark == '\'' || list[p].mark == '(' ||
                             list[p].mark == ')'))
                --p;
            const char m = list[p].mark;
            if (m == '?' || m == '!' || m == '*' || m == ':' || m == ';' || m == '#' || m == '>')
                token.sentence = true;
            else if (m == '-' && list[p].gap != Gap::none && token.gap != Gap::none)
                token.sentence = true;
            else if (m == '.' && token.gap != Gap::none)
                // "Dr. Smith" and "J. Smith" are one sentence.
                token.sentence =
                    p == 0 || !list[p - 1].is_word() ||
                    !(list[p - 1].has(word::title | word::degree) || list[p - 1].length == 1 ||
                      (list[p - 1].has(word::particle) && list[p - 1].length <= 2));
            else if (p == 0 && list[0].kind == TokenKind::mark)
                token.sentence = true;
        }
    }

    const WordTable *site_;
    Tokens &tokens_;
    const WordTable &lexicon_;
    std::vector<std::size_t> &missing_;
};

}  // namespace

Interest interest_of(Word word, std::uint32_t print) {
    Interest bits = interest::word;
    const auto set = [&](Word some, Interest bit) {
        if (word & some) bits |= bit;
    };
    set(word::month | word::weekday | word::holiday | word::season | word::relative_day,
        interest::date);
    set(word::identifier | word::telephone, interest::identifier);
    set(word::number, interest::age);
    set(word::apartment | word::street | word::street_abroad, interest::postal);
    set(word::visit | word::institution | word::facility | word::company | word::site_place |
            word::site_organization,
        interest::house);
    set(word::place_bits, interest::town);
    set(word::residence, interest::residence);
    set(word::title | word::degree | word::naming | word::role | word::relation | word::site_name,
        interest::person);
    if (english_of(word) < 2 && (word & word::names) != 0) bits |= interest::quiet;
    if (english_of(word) == 0) bits |= interest::strange;
    static constexpr std::array post{print_of("fpo"),     print_of("apo"), print_of("dpo"),
                                     print_of("corner"),  print_of("zip"), print_of("postal"),
                                     print_of("postcode")};
    if (is_one_of(print, post)) bits |= interest::postal;
    static constexpr std::array houses{print_of("at"), print_of("from")};
    if (is_one_of(print, houses)) bits |= interest::house;
    // "I'm", "this is"; "M.D."
    static constexpr std::array people{print_of("im"), print_of("am"), print_of("is"),
                                       print_of("m"),  print_of("r"),  print_of("d")};
    if (is_one_of(print, people)) bits |= interest::person;
    return bits;
}

void read_words(const WordTable *site, Tokens &tokens) { Reader(site, tokens).read(); }

}  // namespace clinical::deid::note
