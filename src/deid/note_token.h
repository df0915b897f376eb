#pragma once

// A note cut into words, numbers and marks, with what the lexicon knows of each word.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
#include "deid/note_interest.h"
#include "deid/note_lexicon.h"

namespace clinical::deid::note {

enum class TokenKind : std::uint8_t {
    word,
    number,      // a run of digits
    possessive,  // 's
    mark,        // one character of any other kind
};

enum class Shape : std::uint8_t { lower, title, upper, mixed, none };  // none: no case

enum class Gap : std::uint8_t { none, blank, line, paragraph };

struct Token {
    std::uint32_t begin = 0;  // bytes of the note
    std::uint32_t end = 0;
    std::uint32_t folded = 0;  // where its folded letters (or digits) lie in Tokens::folded
    std::uint32_t print = 0;   // fingerprint of a word
    Word word = 0;
    std::uint16_t length = 0;  // bytes of its folded letters or digits
    TokenKind kind = TokenKind::mark;
    Shape shape = Shape::none;
    Gap gap = Gap::none;      // what stands before it
    bool sentence = false;    // may begin a sentence
    std::uint8_t phrase = 0;  // words of the lexicon's entry that begins here, if several
    std::uint8_t taken = 0;   // 1 + category of the best span over it so far
    char mark = 0;            // of a mark: its ASCII character, else 0

    [[nodiscard]] bool is_word() const { return kind == TokenKind::word; }
    [[nodiscard]] bool is_number() const { return kind == TokenKind::number; }
    [[nodiscard]] bool is_mark(char c) const { return mark == c; }
    [[nodiscard]] bool glued() const { return gap == Gap::none; }
    [[nodiscard]] bool has(Word bits) const { return (word & bits) != 0; }
    // Written as a name: "Smith", "McCoy"; "SMITH" too.
    [[nodiscard]] bool capital() const {
        return shape == Shape::title || shape == Shape::upper || shape == Shape::mixed;
    }
};

// The words that notes repeat, so that few look-ups leave the processor's own memory: entries lie
// where their fingerprint says, the latest wins.  Keeps nothing until it is opened.
class WordCache {
public:
    struct Entry {
        Word word = 0;
        std::uint32_t print = 0;
        Interest interest = 0;
    };
    void open() { entries_.assign(size, {}); }
    // Forgets everything when another site's dictionary is used.
    void use(const WordTable *site) {
        if (site != site_ && !entries_.empty()) open();
        site_ = site;
    }
    [[nodiscard]] const Entry *find(std::uint32_t print) const {
        if (entries_.empty()) return nullptr;
        const Entry &entry = entries_[print % size];
        return entry.print == print ? &entry : nullptr;
    }
    void put(const Entry &entry) {
        if (!entries_.empty()) entries_[entry.print % size] = entry;
    }

private:
    static constexpr std::size_t size = 4096;
    std::vector<Entry> entries_;
    const WordTable *site_ = nullptr;
};

struct Tokens {
    std::string_view text;
    std::vector<Token> list;
    std::vector<Interest> interest;  // of each token
    std::string folded;
    WordCache cache;
    std::vector<std::size_t> missing;  // words that the cache does not know
    // Of the words of three and more letters: most are upper case, or none has a capital.
    bool shouting = false;
    bool whispering = false;

    [[nodiscard]] std::size_t size() const { return list.size(); }
    [[nodiscard]] const Token &operator[](std::size_t i) const { return list[i]; }
    [[nodiscard]] Token &operator[](std::size_t i) { return list[i]; }
    // Beyond either end there is a mark that is no character.
    [[nodiscard]] const Token &at(std::size_t i) const {
        static constexpr Token nothing{};
        return i < list.size() ? list[i] : nothing;
    }
    [[nodiscard]] std::string_view letters(std::size_t i) const {
        return std::string_view(folded).substr(list[i].folded, list[i].length);
    }
    // The first token from i on that concerns who asks.
    [[nodiscard]] std::size_t next(std::size_t i, Interest mask) const {
        return next_of(interest, i, mask);
    }
    [[nodiscard]] std::string_view source(std::size_t i) const {
        return text.substr(list[i].begin, list[i].end - list[i].begin);
    }
};

// Cuts valid UTF-8; `site` holds the words of the caller's options (may be null).  Reuses the
// memory of `tokens`, whose cache belongs to the site's dictionary of the calls before: it must
// live as long as `tokens` does.
void tokenize(std::string_view text, const WordTable *site, const core::Interrupt &interrupt,
              Tokens &tokens);

// What the words of cut tokens mean; tokenize() calls it.
void read_words(const WordTable *site, Tokens &tokens);

// The letters of `text` folded as those of a token are: lower case, no diacritics, no marks.
std::string fold_letters(std::string_view text);

}  // namespace clinical::deid::note
