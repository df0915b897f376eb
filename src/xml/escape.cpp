#include "xml/escape.h"

namespace clinical::xml {

namespace {

void append(std::string &out, std::string_view text, std::string_view special) {
    std::size_t from = 0;
    for (;;) {
        const std::size_t at = text.find_first_of(special, from);
        out.append(text.substr(from, at - from));
        if (at == std::string_view::npos) return;
        switch (text[at]) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            default: out += "&#" + std::to_string(static_cast<int>(text[at])) + ";"; break;
        }
        from = at + 1;
    }
}

}  // namespace

bool is_text(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
        if (c == 0xEF && text.substr(i, 3) >= "\xEF\xBF\xBE" && text.substr(i, 3) <= "\xEF\xBF\xBF")
            return false;
    }
    return true;
}

void append_attribute(std::string &out, std::string_view text) { append(out, text, "&<\"\t\n\r"); }

// ">" only matters in "]]>", but everyone escapes it.
void append_text(std::string &out, std::string_view text) { append(out, text, "&<>\r"); }

}  // namespace clinical::xml
