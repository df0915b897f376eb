#include "fhirpath/lexer.h"

namespace clinical::fhirpath {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name(char c) { return is_name_start(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

void append_utf8(std::string &out, std::uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

}  // namespace

void Lexer::fail_at(std::size_t position, const char *what, core::ErrorCode code) {
    throw core::Error{code, "invalid FHIRPath expression",
                      "At character " + std::to_string(position + 1) + ": " + what + ".", position};
}

void Lexer::skip_space() {
    for (;;) {
        if (is_space(peek())) {
            ++at_;
        } else if (peek() == '/' && peek(1) == '/') {
            while (at_ < text_.size() && peek() != '\n' && peek() != '\r') ++at_;
        } else if (peek() == '/' && peek(1) == '*') {
            const std::size_t end = text_.find("*/", at_ + 2);
            if (end == std::string_view::npos) fail_at(at_, "a comment is not closed");
            at_ = end + 2;
        } else {
            return;
        }
    }
}

void Lexer::next() {
    skip_space();
    position_ = static_cast<std::uint32_t>(at_);
    delimited_ = false;
    value_.clear();
    if (at_ >= text_.size()) {
        token_ = Token::end;
        return;
    }
    const char c = peek();
    if (is_name_start(c)) {
        while (is_name(peek())) value_ += text_[at_++];
        token_ = Token::identifier;
        return;
    }
    if (is_digit(c)) return number();
    switch (c) {
        case '\'':
            quoted('\'');
            token_ = Token::string;
            return;
        case '`':
        case '"':  // the older form of a delimited identifier
            quoted(c);
            token_ = Token::identifier;
            delimited_ = true;
            return;
        case '@': return temporal();
        case '$':
            ++at_;
            while (is_name(peek())) value_ += text_[at_++];
            if (value_ == "this")
                token_ = Token::this_item;
            else if (value_ == "index")
                token_ = Token::index;
            else if (value_ == "total")
                token_ = Token::total;
            else
                fail("there is no such $ name");
            return;
        default: break;
    }
    token_ = Token::symbol;
    value_ = c;
    ++at_;
    if (((c == '<' || c == '>') && peek() == '=') || (c == '!' && (peek() == '=' || peek() == '~')))
        value_ += text_[at_++];
    constexpr std::string_view symbols = "()[]{}.,%+-*/&|~=<>";
    if (value_.size() == 1 && symbols.find(c) == std::string_view::npos)
        fail("this character cannot stand here");
}

std::size_t Lexer::digits(std::size_t from) const {
    std::size_t n = 0;
    while (from + n < text_.size() && is_digit(text_[from + n])) ++n;
    return n;
}

void Lexer::number() {
    const std::size_t start = at_;
    at_ += digits(at_);
    token_ = Token::number;
    if (peek() == '.' && is_digit(peek(1))) {
        ++at_;
        at_ += digits(at_);
    } else if (peek() == 'L' && !is_name(peek(1))) {
        token_ = Token::long_number;
    }
    value_ = text_.substr(start, at_ - start);
    if (token_ == Token::long_number) ++at_;
}

// @YYYY[-MM[-DD]], with T[hh[:mm[:ss[.f]]]][zone] a DateTime; @Thh[:mm[:ss[.f]]] a Time.
void Lexer::temporal() {
    ++at_;
    const std::size_t start = at_;
    const auto two = [&](char before) {
        if (peek() != before || digits(at_ + 1) < 2) return false;
        at_ += 3;
        return true;
    };
    const auto clock = [&] {
        at_ += 2;
        if (two(':') && two(':') && peek() == '.' && is_digit(peek(1))) {
            ++at_;
            at_ += digits(at_);
        }
    };
    if (peek() == 'T') {
        if (digits(at_ + 1) < 2) fail("a time is not complete");
        ++at_;
        clock();
        token_ = Token::time;
        value_ = text_.substr(start + 1, at_ - start - 1);
        return;
    }
    if (digits(at_) < 4) fail("a date is not complete");
    at_ += 4;
    if (two('-')) two('-');
    token_ = Token::date;
    if (peek() == 'T') {
        ++at_;
        token_ = Token::date_time;
        if (digits(at_) >= 2) {
            clock();
            if (peek() == 'Z') {
                ++at_;
            } else if ((peek() == '+' || peek() == '-') && digits(at_ + 1) >= 2 && peek(3) == ':' &&
                       digits(at_ + 4) >= 2) {
                at_ += 6;
            }
        }
    }
    value_ = text_.substr(start, at_ - start);
}

void Lexer::quoted(char quote) {
    ++at_;
    for (;;) {
        if (at_ >= text_.size()) fail("a quote is not closed");
        const char c = text_[at_++];
        if (c == quote) return;
        if (c == '\\')
            escape();
        else
            value_ += c;
    }
}

void Lexer::escape() {
    const char c = peek();
    ++at_;
    switch (c) {
        case '\'':
        case '"':
        case '`':
        case '\\':
        case '/': value_ += c; return;
        case 'r': value_ += '\r'; return;
        case 'n': value_ += '\n'; return;
        case 't': value_ += '\t'; return;
        case 'f': value_ += '\f'; return;
        case 'u': break;
        default: fail_at(at_ - 2, "there is no such escape");
    }
    const auto unit = [&]() -> std::uint32_t {
        std::uint32_t n = 0;
        for (int i = 0; i < 4; ++i) {
            const char h = peek();
            ++at_;
            n = n * 16 + (is_digit(h)            ? h - '0'
                          : h >= 'a' && h <= 'f' ? h - 'a' + 10
                          : h >= 'A' && h <= 'F' ? h - 'A' + 10
                                                 : 0);
            if (!is_digit(h) && !(h >= 'a' && h <= 'f') && !(h >= 'A' && h <= 'F'))
                fail_at(at_ - 1, "\\u needs four hexadecimal digits");
        }
        return n;
    };
    const std::size_t start = at_;
    std::uint32_t n = unit();
    if (n >= 0xD800 && n < 0xDC00 && peek() == '\\' && peek(1) == 'u') {
        at_ += 2;
        const std::uint32_t low = unit();
        if (low >= 0xDC00 && low < 0xE000)
            n = 0x10000 + ((n - 0xD800) << 10) + (low - 0xDC00);
        else
            n = 0xD800;
    }
    if (n == 0 || (n >= 0xD800 && n < 0xE000)) fail_at(start, "this escape is not a character");
    append_utf8(value_, n);
}

}  // namespace clinical::fhirpath
