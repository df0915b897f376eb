#include "bridge/jsonb_text.h"

#include "core/error.h"

namespace clinical::bridge {

using core::Kind;

namespace {

// Most strings have nothing to escape and go in one piece.
void append_string(std::string &out, std::string_view text) {
    out += '"';
    std::size_t done = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const auto c = static_cast<unsigned char>(text[at]);
        if (c >= 0x20 && c != '"' && c != '\\') continue;
        out.append(text, done, at - done);
        done = at + 1;
        out += '\\';
        if (c == '"' || c == '\\') {
            out += static_cast<char>(c);
        } else if (c >= '\b' && c <= '\r' && c != '\v') {
            constexpr std::string_view short_forms = "btnvfr";  // of 8 to 13; \v has none
            out += short_forms[c - '\b'];
        } else {
            constexpr std::string_view digits = "0123456789abcdef";
            ((out += "u00") += digits[c >> 4]) += digits[c & 15];
        }
    }
    out.append(text, done);
    out += '"';
}

class Text {
public:
    Text(std::size_t bytes, const core::Limits &limits) : limits_(limits) {
        out_.reserve(bytes + bytes / 4);
    }

    std::string run(const JsonbNode &document) {
        append(document, 0);
        return std::move(out_);
    }

private:
    void append(const JsonbNode &node, int depth) {
        if (depth > limits_.depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "the document is nested too deeply",
                              "More than " + std::to_string(limits_.depth) + " levels.", 0};
        switch (node.kind()) {
            case Kind::absent:
            case Kind::null: out_ += "null"; break;
            case Kind::boolean: out_ += node.as_bool() ? "true" : "false"; break;
            case Kind::number: out_ += node.number_text(); break;
            case Kind::string: append_string(out_, node.as_text()); break;
            case Kind::array: append_members(node, '[', ']', depth); break;
            case Kind::object: append_members(node, '{', '}', depth); break;
        }
    }

    void append_members(const JsonbNode &node, char open, char close, int depth) {
        const bool has_keys = node.kind() == Kind::object;
        out_ += open;
        for (std::size_t i = 0; i < node.size(); ++i) {
            if (i > 0) out_ += ", ";
            if (has_keys) {
                append_string(out_, node.key(i));
                out_ += ": ";
            }
            append(node.at(i), depth + 1);
        }
        out_ += close;
    }

    const core::Limits &limits_;
    std::string out_;
};

}  // namespace

std::string jsonb_text(const JsonbNode &document, const core::Limits &limits) {
    return Text(document.image().size(), limits).run(document);
}

}  // namespace clinical::bridge
