#include "hl7v2/charset_switch.h"

#include <algorithm>
#include <array>

namespace clinical::hl7v2 {

namespace {

struct Switch {
    std::string_view body;
    SwitchedSet set;
    std::string_view charset;  // of the bytes that follow; empty: by rule below
};

// Table of 2.7.2, and the sets of ISO 8859 with a register number of their own.
constexpr std::array switches{
    Switch{"C2842", SwitchedSet::ascii, ""},
    Switch{"C284A", SwitchedSet::roman, ""},
    Switch{"C2949", SwitchedSet::katakana, ""},
    Switch{"C2D41", SwitchedSet::latin1, "ISO-8859-1"},
    Switch{"C2D42", SwitchedSet::latin2, "ISO-8859-2"},
    Switch{"C2D43", SwitchedSet::latin3, "ISO-8859-3"},
    Switch{"C2D44", SwitchedSet::latin4, "ISO-8859-4"},
    Switch{"C2D4D", SwitchedSet::latin5, "ISO-8859-9"},
    Switch{"C2D4C", SwitchedSet::cyrillic, "ISO-8859-5"},
    Switch{"C2D47", SwitchedSet::arabic, "ISO-8859-6"},
    Switch{"C2D46", SwitchedSet::greek, "ISO-8859-7"},
    Switch{"C2D48", SwitchedSet::hebrew, "ISO-8859-8"},
    Switch{"M2442", SwitchedSet::jis0208, "ISO-2022-JP"},
    Switch{"M242844", SwitchedSet::jis0212, "ISO-2022-JP-1"},
};

// The bytes that characters below U+0100 were: the message was read in a set of one byte each.
std::optional<std::string> bytes_of(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<unsigned char>(text[i]);
        if (lead < 0x80) {
            out += text[i];
        } else if ((lead == 0xc2 || lead == 0xc3) && i + 1 < text.size()) {
            const auto next = static_cast<unsigned char>(text[++i]);
            out += static_cast<char>((lead == 0xc3 ? 0xc0 : 0x80) | (next & 0x3f));
        } else {
            return std::nullopt;
        }
    }
    return out;
}

// U+FF61 to U+FF9F stand for 21 to 5F, in seven bits or with the eighth.
bool append_katakana(std::string &out, std::string_view bytes) {
    for (const char c : bytes) {
        const unsigned code = static_cast<unsigned char>(c) & 0x7fu;
        if (code < 0x21 || code > 0x5f) {
            if (code != ' ') return false;
            out += ' ';
            continue;
        }
        const unsigned point = 0xff61 + code - 0x21;
        out += static_cast<char>(0xe0 | point >> 12);
        out += static_cast<char>(0x80 | (point >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (point & 0x3f));
    }
    return true;
}

}  // namespace

std::optional<std::string> decoded(std::string_view bytes, std::string_view charset,
                                   core::Decoder &decoder) {
    core::Decoded text;
    // Nothing stated and no UTF-8: a guess is not what an escape sequence is for.
    decoder.decode(bytes, charset.empty() ? "UTF-8" : charset, {}, text);
    if (text.replaced > 0 || (text.assumed && text.charset != "windows-1252")) return std::nullopt;
    if (text.assumed && !core::charset_named(charset)) return std::nullopt;
    return std::string(text.text);
}

std::optional<SwitchedSet> charset_switched_to(std::string_view body) {
    for (const Switch &known : switches)
        if (known.body == body) return known.set;
    return std::nullopt;
}

std::size_t next_switch(std::string_view raw, std::size_t from, char escape) {
    for (std::size_t at = raw.find(escape, from); at != raw.npos;) {
        const std::size_t close = raw.find(escape, at + 1);
        if (close == raw.npos) break;
        if (charset_switched_to(raw.substr(at + 1, close - at - 1))) return at;
        at = raw.find(escape, close + 1);
    }
    return raw.size();
}

bool append_switched(std::string &out, std::string_view inner, SwitchedSet set,
                     core::Decoder &decoder) {
    if (set == SwitchedSet::ascii) {
        out += inner;
        return true;
    }
    if (set == SwitchedSet::roman) {
        for (const char c : inner)
            if (c == '\\')
                out += "\xc2\xa5";  // YEN SIGN
            else if (c == '~')
                out += "\xe2\x80\xbe";  // OVERLINE
            else
                out += c;
        return true;
    }
    auto bytes = bytes_of(inner);
    if (!bytes) return false;
    if (set == SwitchedSet::katakana) {
        std::string text;
        if (!append_katakana(text, *bytes)) return false;
        out += text;
        return true;
    }
    if (set == SwitchedSet::jis0208) *bytes = "\x1b$B" + *bytes + "\x1b(B";
    if (set == SwitchedSet::jis0212) *bytes = "\x1b$(D" + *bytes + "\x1b(B";
    const auto known = std::ranges::find(switches, set, &Switch::set);
    const auto text = decoded(*bytes, known->charset, decoder);
    if (!text) return false;
    out += *text;
    return true;
}

}  // namespace clinical::hl7v2
