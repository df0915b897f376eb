#pragma once

// A note cut into words, numbers and marks, with what the lexicon knows of each word.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.h"
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

struct Tokens {
    std::string_view text;
    std::vector<Token> list;
    std::string folded;
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
    [[nodiscard]] std::string_view source(std::size_t i) const {
        return text.substr(list[i].begin, list[i].end - list[i].begin);
    }
};

// Cuts valid UTF-8; `site` holds the words of the caller's options (may be null).  Reuses the
// memory of `tokens`.
void tokenize(std::string_view text, const WordTable *site, const core::Interrupt &interrupt,
              Tokens &tokens);

// The letters of `text` folded as those of a token are: lower case, no diacritics, no marks.
std::string fold_letters(std::string_view text);

}  // namespace clinical::deid::note
