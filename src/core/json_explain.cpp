// Why a document is not JSON, and where.  Runs on refused documents only.

#include <unordered_set>
#include <vector>

#include "core/json.h"
#include "core/json_reader.h"

namespace clinical::core {

namespace {

// Length of the UTF-8 character at the start of `text` (RFC 3629), or 0.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
    };
    const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const unsigned first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
        const unsigned high = first == 0xED ? 0x9F : 0xBF;
        return byte(1) >= low && byte(1) <= high && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        const unsigned low = first == 0xF0 ? 0x90 : 0x80;
        const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
        return byte(1) >= low && byte(1) <= high && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

class Scanner {
public:
    Scanner(std::string_view text, const Limits &limits) : text_(text), limits_(limits) {}

    std::optional<Error> run() {
        try {
            if (text_.size() > limits_.message_bytes)
                exceed("the document has more than " + std::to_string(limits_.message_bytes) +
                       " bytes");
            document();
        } catch (const Error &error) {
            return error;
        }
        return std::nullopt;
    }

private:
    struct Frame {
        bool is_object;
        std::unordered_set<std::string> keys;
    };

    [[noreturn]] void refuse(const std::string &why) const {
        throw Error{ErrorCode::invalid_syntax, "invalid JSON", place() + why + ".", at_};
    }
    [[noreturn]] void exceed(const std::string &what) const {
        throw Error{ErrorCode::limit_exceeded, "JSON document exceeds a limit",
                    place() + what + ".", at_};
    }

    // Lines and characters are counted from one, bytes from zero.
    [[nodiscard]] std::string place() const {
        std::size_t line = 1;
        std::size_t column = 1;
        for (std::size_t i = 0; i < at_; ++i) {
            if (text_[i] == '\n') {
                ++line;
                column = 1;
            } else if ((static_cast<unsigned char>(text_[i]) & 0xC0) != 0x80) {
                ++column;
            }
        }
        return "Line " + std::to_string(line) + ", column " + std::to_string(column) + " (byte " +
               std::to_string(at_) + "): ";
    }

    [[nodiscard]] bool starts(char c) const { return at_ < text_.size() && text_[at_] == c; }

    void skip_space() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                      text_[at_] == '\r' || text_[at_] == '\t'))
            ++at_;
    }

    void document() {
        for (;;) {
            if (!value()) continue;
            if (!after_value()) return;
        }
    }

    // True when the value is complete, false when a container was opened and holds one.
    bool value() {
        skip_space();
        if (++nodes_ > limits_.nodes)
            exceed("the document has more than " + std::to_string(limits_.nodes) + " values");
        if (nodes_ % 4096 == 0) limits_.interrupt.poll();
        if (at_ == text_.size()) refuse("the document ends where a value is expected");
        const char c = text_[at_];
        if (c != '{' && c != '[') {
            scalar(c);
            return true;
        }
        if (open_.size() >= static_cast<std::size_t>(limits_.depth))
            exceed("values are nested deeper than " + std::to_string(limits_.depth) + " levels");
        open_.push_back({c == '{', {}});
        ++at_;
        skip_space();
        if (starts(c == '{' ? '}' : ']')) return true;
        if (c == '{') key();
        return false;
    }

    // Closes containers and goes to the next value; false at the end of the document.
    bool after_value() {
        for (;;) {
            skip_space();
            if (open_.empty()) {
                if (at_ < text_.size()) refuse("something follows the end of the document");
                return false;
            }
            const bool in_object = open_.back().is_object;
            if (starts(in_object ? '}' : ']')) {
                ++at_;
                open_.pop_back();
                continue;
            }
            if (at_ == text_.size())
                refuse(in_object ? "the document ends inside an object"
                                 : "the document ends inside an array");
            if (!starts(','))
                refuse(in_object ? "a comma or a closing brace is expected"
                                 : "a comma or a closing bracket is expected");
            ++at_;
            if (in_object) {
                skip_space();
                key();
            }
            return true;
        }
    }

    void key() {
        if (!starts('"')) refuse("the name of a member is expected");
        const std::size_t start = at_;
        std::string name;
        string(name);
        if (!open_.back().keys.insert(std::move(name)).second) {
            at_ = start;
            refuse("the object has a member of this name already");
        }
        skip_space();
        if (!starts(':')) refuse("a colon is expected after the name of a member");
        ++at_;
    }

    void scalar(char c) {
        if (c == '"') {
            std::string ignored;
            return string(ignored);
        }
        for (const std::string_view word : {"true", "false", "null"})
            if (c == word[0]) {
                if (!text_.substr(at_).starts_with(word)) refuse("a value is expected");
                at_ += word.size();
                return;
            }
        std::size_t end = at_;
        while (end < text_.size() && is_number_character(text_[end])) ++end;
        if (end == at_) refuse("a value is expected");
        if (!is_json_number(text_.substr(at_, end - at_)))
            refuse("a number does not follow the grammar of JSON");
        at_ = end;
    }

    static bool is_number_character(char c) {
        return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E';
    }

    void string(std::string &out) {
        const std::size_t start = ++at_;
        while (!starts('"')) {
            if (at_ == text_.size()) refuse("the document ends inside a string");
            if (static_cast<unsigned char>(text_[at_]) < 0x20)
                refuse("a control character in a string must be escaped");
            if (starts('\\')) {
                escape();
                continue;
            }
            const std::size_t length = utf8_length(text_.substr(at_));
            if (length == 0)
                throw Error{ErrorCode::encoding, "invalid JSON",
                            place() + "the text is not valid UTF-8.", at_};
            at_ += length;
        }
        unescape_json(text_.substr(start, at_ - start), out);
        ++at_;
    }

    // Steps over one escape, a pair of surrogates being one.
    void escape() {
        std::string ignored;
        for (const std::size_t length : {std::size_t{2}, std::size_t{6}, std::size_t{12}}) {
            if (at_ + length > text_.size()) break;
            if (unescape_json(text_.substr(at_, length), ignored)) {
                at_ += length;
                return;
            }
        }
        refuse("an escape sequence is not valid, or stands for NUL or half of a surrogate pair");
    }

    std::string_view text_;
    const Limits &limits_;
    std::size_t at_ = 0;
    std::size_t nodes_ = 0;
    std::vector<Frame> open_;
};

}  // namespace

std::optional<Error> explain_json(std::string_view text, const Limits &limits) {
    return Scanner(text, limits).run();
}

}  // namespace clinical::core
