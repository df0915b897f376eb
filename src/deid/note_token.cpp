#include "deid/note_token.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <array>

#include "deid/leak_text.h"

namespace clinical::deid::note {
namespace {

enum Class : std::uint8_t { blank, newline, lower, upper, digit, mark, wide };

constexpr std::array<Class, 256> classes() {
    std::array<Class, 256> c{};
    for (int i = 0; i < 256; ++i) {
        c[i] = i >= 0x80                             ? wide
               : i == '\n' || i == '\r' || i == '\f' ? newline
               : i <= ' ' || i == 0x7f               ? blank
               : i >= 'a' && i <= 'z'                ? lower
               : i >= 'A' && i <= 'Z'                ? upper
               : i >= '0' && i <= '9'                ? digit
                                                     : mark;
    }
    return c;
}
constexpr auto class_of = classes();

UChar32 decode(std::string_view text, std::size_t at, std::size_t &size) {
    int32_t i = 0;
    UChar32 c = 0;
    const auto *bytes = reinterpret_cast<const std::uint8_t *>(text.data() + at);
    const auto length = static_cast<int32_t>(std::min<std::size_t>(text.size() - at, 4));
    U8_NEXT(bytes, i, length, c);
    size = static_cast<std::size_t>(i);
    return c;
}

// Zero-width characters and soft hyphens may stand within a word to hide it.
bool is_invisible(UChar32 c) {
    return c == 0xad || (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfeff;
}

bool is_wide_blank(UChar32 c) { return c == 0xa0 || u_isUWhiteSpace(c); }

bool is_apostrophe(std::string_view text, std::size_t at, std::size_t &size) {
    if (text[at] == '\'') {
        size = 1;
        return true;
    }
    // U+2019, U+2018, U+02BC
    if (text.substr(at, 3) == "\xe2\x80\x99" || text.substr(at, 3) == "\xe2\x80\x98") {
        size = 3;
        return true;
    }
    if (text.substr(at, 2) == "\xca\xbc") {
        size = 2;
        return true;
    }
    return false;
}

class Cutter {
public:
    Cutter(std::string_view text, const core::Interrupt &interrupt, Tokens &tokens)
        : text_(text), interrupt_(interrupt), tokens_(tokens) {}

    void run() {
        std::size_t at = 0;
        std::size_t next_poll = 1 << 16;
        while (at < text_.size()) {
            if (at >= next_poll) {
                interrupt_.poll();
                next_poll = at + (1 << 16);
            }
            switch (class_of[static_cast<unsigned char>(text_[at])]) {
                case blank:
                    if (gap_ == Gap::none) gap_ = Gap::blank;
                    ++at;
                    break;
                case newline:
                    gap_ = lines_++ > 0 && text_[at] == '\n' ? Gap::paragraph : Gap::line;
                    if (text_[at] == '\r') --lines_;
                    ++at;
                    break;
                case lower:
                case upper: at = word(at); break;
                case digit: at = number(at); break;
                case mark: at = one_mark(at, 1, text_[at]); break;
                case wide: at = wide_character(at); break;
            }
        }
    }

private:
    Token &push(TokenKind kind, std::size_t begin, std::size_t end) {
        Token &token = tokens_.list.emplace_back();
        token.begin = static_cast<std::uint32_t>(begin);
        token.end = static_cast<std::uint32_t>(end);
        token.kind = kind;
        token.gap = gap_;
        tokens_.interest.push_back(kind == TokenKind::number ? interest::number : Interest{0});
        gap_ = Gap::none;
        lines_ = 0;
        return token;
    }

    std::size_t one_mark(std::size_t at, std::size_t size, char character) {
        push(TokenKind::mark, at, at + size).mark = character;
        const std::size_t next = at + size;
        const bool inside = (character == '.' || character == ':') && next < text_.size() &&
                            static_cast<unsigned char>(text_[next]) > ' ';
        if (character == '@' || inside) tokens_.interest.back() = interest::machine;
        return next;
    }

    std::size_t wide_character(std::size_t at) {
        std::size_t size = 1;
        const UChar32 c = decode(text_, at, size);
        if (c < 0) return one_mark(at, size, 0);
        if (is_invisible(c)) return at + size;
        if (is_wide_blank(c)) {
            if (gap_ == Gap::none) gap_ = Gap::blank;
            return at + size;
        }
        // U+02BC is a letter to Unicode and an apostrophe to us.
        if (c == 0x2bc) return one_mark(at, size, '\'');
        if (u_isalpha(c)) return word(at);
        if (u_isdigit(c)) return number(at);
        if (c == 0x2010 || c == 0x2011 || c == 0x2012 || c == 0x2013)
            return one_mark(at, size, '-');
        if (c == 0x2018 || c == 0x2019) return one_mark(at, size, '\'');
        if (c == 0x201c || c == 0x201d) return one_mark(at, size, '"');
        if (c == 0x2022 || c == 0xb7) return one_mark(at, size, '*');
        return one_mark(at, size, 0);
    }

    std::size_t number(std::size_t at) {
        const std::size_t begin = at;
        const std::size_t folded = tokens_.folded.size();
        while (at < text_.size()) {
            const auto c = static_cast<unsigned char>(text_[at]);
            if (class_of[c] == digit) {
                tokens_.folded += static_cast<char>(c);
                ++at;
            } else if (class_of[c] == wide) {
                std::size_t size = 1;
                const UChar32 wide_c = decode(text_, at, size);
                if (wide_c < 0) break;
                if (is_invisible(wide_c)) {
                    at += size;
                    continue;
                }
                if (!u_isdigit(wide_c)) break;
                tokens_.folded += static_cast<char>('0' + u_charDigitValue(wide_c));
                at += size;
            } else {
                break;
            }
        }
        Token &token = push(TokenKind::number, begin, at);
        set_folded(token, folded);
        return at;
    }

    void set_folded(Token &token, std::size_t folded) {
        token.folded = static_cast<std::uint32_t>(folded);
        token.length = static_cast<std::uint16_t>(
            std::min<std::size_t>(tokens_.folded.size() - folded, 0xffff));
    }

    std::size_t word(std::size_t at) {
        const std::size_t begin = at;
        const std::size_t folded = tokens_.folded.size();
        std::size_t end = at;
        std::size_t letters = 0, uppers = 0;
        bool first_upper = false, has_wide = false, lower_then_upper = false, has_case = false;
        Print print;
        const std::string_view text = text_;
        while (at < text.size()) {
            const auto c = static_cast<unsigned char>(text[at]);
            const Class k = class_of[c];
            if (k == lower || k == upper) {
                // A run of ASCII letters at once.
                const std::size_t run = at;
                std::size_t capitals = 0;
                const bool starts = letters == 0;
                Class each = k;
                do {
                    const auto b = static_cast<unsigned char>(text[at]);
                    print.add(static_cast<unsigned char>(b | 0x20));
                    capitals += each == upper ? 1 : 0;
                    ++at;
                    if (at == text.size()) break;
                    each = class_of[static_cast<unsigned char>(text[at])];
                } while (each == lower || each == upper);
                const std::size_t count = at - run;
                if (starts && k == upper) first_upper = true;
                // A capital after a small letter: "McCoy", "mmHg".
                if (capitals > 0 && capitals < count)
                    for (std::size_t i = run + 1; i < at; ++i)
                        if (text[i] <= 'Z' && text[i - 1] >= 'a') lower_then_upper = true;
                if (!starts && capitals > 0 && uppers < letters) lower_then_upper = true;
                uppers += capitals;
                letters += count;
                has_case = true;
                end = at;
                const std::size_t to = tokens_.folded.size();
                tokens_.folded.append(text.substr(run, count));
                if (capitals > 0)
                    for (std::size_t i = to; i < to + count; ++i)
                        tokens_.folded[i] = static_cast<char>(tokens_.folded[i] | 0x20);
            } else if (k == wide || c == '\'') {
                std::size_t size = 1;
                if (is_apostrophe(text, at, size)) {
                    if (!inner_apostrophe(at, size)) break;
                    at += size;
                    continue;
                }
                const UChar32 u = decode(text, at, size);
                if (u < 0) break;
                if (is_invisible(u)) {
                    at += size;
                    continue;
                }
                if (!u_isalpha(u) && !(u_charType(u) == U_NON_SPACING_MARK)) break;
                has_wide = true;
                if (u_isupper(u) || u_istitle(u)) {
                    if (letters == 0)
                        first_upper = true;
                    else if (uppers < letters)
                        lower_then_upper = true;
                    ++uppers;
                    has_case = true;
                } else if (u_islower(u)) {
                    has_case = true;
                }
                ++letters;
                at += size;
                end = at;
            } else {
                break;
            }
        }
        if (has_wide) {
            tokens_.folded.resize(folded);
            tokens_.folded += fold_letters(text.substr(begin, end - begin));
            print = Print{};
            print.add(std::string_view(tokens_.folded).substr(folded));
        }
        Token &token = push(TokenKind::word, begin, end);
        set_folded(token, folded);
        token.print = print.value();
        token.shape = !has_case           ? Shape::none
                      : uppers == 0       ? Shape::lower
                      : uppers == letters ? (letters == 1 ? Shape::title : Shape::upper)
                      : first_upper && !lower_then_upper && uppers == 1 ? Shape::title
                                                                        : Shape::mixed;
        return possessive(end);
    }

    // An apostrophe between letters, unless what follows it is a possessive s.
    [[nodiscard]] bool inner_apostrophe(std::size_t at, std::size_t size) const {
        const std::size_t next = at + size;
        if (next >= text_.size() || at == 0) return false;
        const Class k = class_of[static_cast<unsigned char>(text_[next])];
        if (k != lower && k != upper && k != wide) return false;
        return !possessive_at(next);
    }

    [[nodiscard]] bool possessive_at(std::size_t at) const {
        if (at >= text_.size() || (text_[at] | 0x20) != 's') return false;
        if (at + 1 == text_.size()) return true;
        const Class k = class_of[static_cast<unsigned char>(text_[at + 1])];
        return k != lower && k != upper && k != digit && k != wide;
    }

    std::size_t possessive(std::size_t at) {
        std::size_t size = 0;
        if (at >= text_.size() || !is_apostrophe(text_, at, size) || !possessive_at(at + size))
            return at;
        push(TokenKind::possessive, at, at + size + 1);
        return at + size + 1;
    }

    std::string_view text_;
    const core::Interrupt &interrupt_;
    Tokens &tokens_;
    Gap gap_ = Gap::none;
    int lines_ = 0;
};

}  // namespace

std::string fold_letters(std::string_view text) {
    const std::string folded = fold(text);
    std::string letters;
    letters.reserve(folded.size());
    for (std::size_t at = 0; at < folded.size();) {
        const auto c = static_cast<unsigned char>(folded[at]);
        if (c < 0x80) {
            if (class_of[c] == lower || class_of[c] == digit) letters += static_cast<char>(c);
            ++at;
            continue;
        }
        std::size_t size = 1;
        const UChar32 u = decode(folded, at, size);
        if (u >= 0 && u_isalpha(u)) letters.append(folded, at, size);
        at += size;
    }
    return letters;
}

void tokenize(std::string_view text, const WordTable *site, const core::Interrupt &interrupt,
              Tokens &tokens) {
    tokens.text = text;
    tokens.list.clear();
    tokens.folded.clear();
    tokens.interest.clear();
    tokens.list.reserve(text.size() / 4 + 8);
    tokens.interest.reserve(text.size() / 4 + 8);
    tokens.folded.reserve(text.size() + 8);
    Cutter(text, interrupt, tokens).run();
    read_words(site, tokens);
}

}  // namespace clinical::deid::note
