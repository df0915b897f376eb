#pragma once

// Tokens of an expression (FHIRPath N1, appendix B; 3.0's long numbers).

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.h"

namespace clinical::fhirpath {

enum class Token : std::uint8_t {
    end,
    identifier,  // also delimited, and keywords
    string,
    number,       // digits [. digits]
    long_number,  // digits L
    date,         // the text behind @
    date_time,
    time,  // the text behind @T
    this_item,
    index,
    total,
    symbol,  // one of ( ) [ ] { } . , % + - * / & | ~ = != !~ < > <= >=
};

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) { next(); }

    // The current token.
    [[nodiscard]] Token token() const { return token_; }
    [[nodiscard]] std::uint32_t position() const { return position_; }
    // An identifier's or string's text without its quotes; a number's or symbol's own.
    [[nodiscard]] const std::string &text() const { return value_; }
    [[nodiscard]] bool is_delimited() const { return delimited_; }
    [[nodiscard]] bool is_symbol(std::string_view symbol) const {
        return token_ == Token::symbol && value_ == symbol;
    }
    // A keyword or name that stands there without back quotes.
    [[nodiscard]] bool is_word(std::string_view word) const {
        return token_ == Token::identifier && !delimited_ && value_ == word;
    }

    void next();  // throws core::Error

    [[noreturn]] void fail(const char *what) const { fail_at(position_, what); }
    [[noreturn]] static void fail_at(std::size_t position, const char *what,
                                     core::ErrorCode code = core::ErrorCode::invalid_expression);

private:
    [[nodiscard]] char peek(std::size_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }
    void skip_space();
    void quoted(char quote);
    void escape();
    void number();
    void temporal();
    std::size_t digits(std::size_t from) const;

    std::string_view text_;
    std::size_t at_ = 0;
    Token token_ = Token::end;
    std::uint32_t position_ = 0;
    std::string value_;
    bool delimited_ = false;
};

}  // namespace clinical::fhirpath
