#pragma once

// Strict JSON (RFC 8259) read as events, straight into any Writer: a tree, binary jsonb.
//
// simdjson's first stage finds where every token starts (and checks UTF-8, quotes and control
// characters); walking over these positions is ours, because we want numbers as written, strings
// as views into the input, nesting without recursion and nothing accepted that is not JSON.
// A refused document is read once more, slowly, to say what is wrong and where.

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"
#include "core/limits.h"
#include "core/tree.h"

namespace clinical::core {

// Finds the first thing wrong with a document: its syntax, duplicate keys (compared after
// decoding escapes), lone surrogates, NUL, invalid UTF-8, depth and size.  Slow, exact about the
// place ("Line 2, column 17 (byte 40): ..."), and never quotes the input.
std::optional<Error> explain_json(std::string_view text, const Limits &limits);

// Decodes the inside of a JSON string; false for an unknown escape, NUL or a lone surrogate.
bool unescape_json(std::string_view raw, std::string &out);

class JsonReader {
public:
    JsonReader();
    ~JsonReader();
    JsonReader(const JsonReader &) = delete;
    JsonReader &operator=(const JsonReader &) = delete;

    // Sends `text` to `writer`, or says why not (the writer then holds a part).  Where the writer
    // has key_view() and string_view(), it gets views into `text` in place of copies.  Noticing
    // duplicate keys is left to the writer, which sorts or hashes them anyway: it throws Error.
    template <Writer W>
    std::optional<Error> read(std::string_view text, W &writer, const Limits &limits) {
        std::optional<Error> refused;
        try {
            if (text.size() <= limits.message_bytes && find_tokens(text) &&
                walk(text, writer, limits)) {
                release_excess();
                return std::nullopt;
            }
        } catch (const Error &error) {
            refused = error;
        }
        release_excess();
        if (auto explained = explain_json(text, limits)) return explained;
        if (refused) return refused;
        return Error{ErrorCode::invalid_syntax, "invalid JSON", "", 0};
    }

private:
    struct Tokens;

    // Fills at_ and count_; false when the text cannot be JSON.
    bool find_tokens(std::string_view text);
    [[nodiscard]] const char *find_escape(const char *from) const;
    void release_excess();

    // The token that starts at `from`, without the white space before the next one.
    static std::string_view trimmed(std::string_view text, std::size_t from, std::size_t to) {
        while (to > from && is_space(text[to - 1])) --to;
        return {text.data() + from, to - from};
    }
    static bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

    // The text of a string token, decoded into scratch_ when it has escapes.
    struct Text {
        std::string_view value;
        bool is_view = false;
        bool ok = false;
    };
    Text string_of(std::string_view token) {
        if (token.size() < 2 || token.back() != '"') return {};
        const std::string_view inside = token.substr(1, token.size() - 2);
        // Strings come in order: one search for backslashes runs ahead of them.
        if (next_escape_ < inside.data()) next_escape_ = find_escape(inside.data());
        if (inside.data() + inside.size() <= next_escape_) return {inside, true, true};
        const bool ok = unescape_json(inside, scratch_);
        return {scratch_, false, ok};
    }

    template <Writer W>
    bool write_key(std::string_view token, W &writer) {
        const Text text = string_of(token);
        if constexpr (requires { writer.key_view(text.value); }) {
            if (text.is_view) {
                writer.key_view(text.value);
                return true;
            }
        }
        if (text.ok) writer.key(text.value);
        return text.ok;
    }

    template <Writer W>
    bool write_scalar(std::string_view token, W &writer) {
        switch (token.front()) {
            case '"': {
                const Text text = string_of(token);
                if constexpr (requires { writer.string_view(text.value); }) {
                    if (text.is_view) {
                        writer.string_view(text.value);
                        return true;
                    }
                }
                if (text.ok) writer.string(text.value);
                return text.ok;
            }
            case 't': writer.boolean(true); return token == "true";
            case 'f': writer.boolean(false); return token == "false";
            case 'n': writer.null(); return token == "null";
            default:
                if (!is_json_number(token)) return false;
                writer.number(token);
                return true;
        }
    }

    template <Writer W>
    bool walk(std::string_view text, W &writer, const Limits &limits) {
        const std::uint32_t *const at = at_;  // local: the writer's stores cannot change them
        const std::size_t count = count_;
        const auto peek = [=](std::size_t i) { return i < count ? text[at[i]] : '\0'; };
        const auto token = [=](std::size_t i) {
            return trimmed(text, at[i], i + 1 < count ? at[i + 1] : text.size());
        };

        open_.clear();
        std::size_t i = 0;
        std::size_t nodes = 0;
        bool at_key = false;
        for (;;) {  // a member or a value starts at token i
            if (at_key) {
                if (peek(i) != '"' || !write_key(token(i), writer)) return false;
                if (peek(i + 1) != ':') return false;
                i += 2;
            }
            if (++nodes > limits.nodes) return false;
            if (nodes % 4096 == 0) limits.interrupt.poll();

            const char c = peek(i);
            if (c == '{' || c == '[') {
                if (open_.size() >= static_cast<std::size_t>(limits.depth)) return false;
                open_.push_back(c);
                at_key = c == '{';
                if (at_key)
                    writer.begin_object();
                else
                    writer.begin_array();
                if (peek(++i) != (at_key ? '}' : ']')) continue;
            } else if (c == '\0' || !write_scalar(token(i++), writer)) {
                return false;
            }

            for (;;) {  // a value has ended before token i
                if (open_.empty()) return i == count;
                const bool in_object = open_.back() == '{';
                const char next = peek(i++);
                if (next == ',') {
                    at_key = in_object;
                    break;
                }
                if (next != (in_object ? '}' : ']')) return false;
                open_.pop_back();
                if (in_object)
                    writer.end_object();
                else
                    writer.end_array();
            }
        }
    }

    std::unique_ptr<Tokens> tokens_;
    const std::uint32_t *at_ = nullptr;  // where each token starts
    std::size_t count_ = 0;
    const char *next_escape_ = nullptr;  // the first backslash not yet passed, or the end
    const char *end_ = nullptr;
    std::string open_;     // brackets not yet closed
    std::string scratch_;  // a decoded string
};

}  // namespace clinical::core
