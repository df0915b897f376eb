#include "fhir/narrative.h"

#include <libxml/HTMLparser.h>
#include <libxml/parserInternals.h>

#include <algorithm>
#include <array>

namespace clinical::fhir {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The bytes that `text` begins with and that are copied whole: a comment or CDATA section.
std::size_t opaque_size(std::string_view text) {
    for (const auto &[begin, end] :
         {std::pair<std::string_view, std::string_view>{"<!--", "-->"}, {"<![CDATA[", "]]>"}}) {
        if (!text.starts_with(begin)) continue;
        const std::size_t at = text.find(end, begin.size());
        return at == std::string_view::npos ? text.size() : at + end.size();
    }
    return 0;
}

// Appends the character that the reference at the start of `text` names; returns the reference's
// length, 0 when it is none of HTML's.
std::size_t append_named(std::string &out, std::string_view text) {
    constexpr std::size_t longest = 8;  // thetasym
    std::array<xmlChar, longest + 1> name{};
    std::size_t size = 0;
    while (1 + size < text.size() && size < longest &&
           (is_letter(text[1 + size]) || (size > 0 && is_digit(text[1 + size])))) {
        name[size] = static_cast<xmlChar>(text[1 + size]);
        ++size;
    }
    if (size == 0 || 1 + size >= text.size() || text[1 + size] != ';') return 0;
    const std::string_view plain(text.substr(1, size));
    for (const std::string_view own : {"amp", "lt", "gt", "quot", "apos"})
        if (plain == own) return 0;
    const htmlEntityDesc *entity = htmlEntityLookup(name.data());
    if (!entity) return 0;
    std::array<xmlChar, 8> bytes{};
    const int length = xmlCopyCharMultiByte(bytes.data(), static_cast<int>(entity->value));
    out.append(bytes.begin(), bytes.begin() + length);
    return size + 2;
}

// A tag <div ...> opens, </div> closes, <div .../> does neither.
int depth_change(std::string_view text) {
    const bool closes = text.starts_with("</div");
    const std::size_t size = closes ? 5 : 4;
    if (!closes && !text.starts_with("<div")) return 0;
    if (text.size() == size || is_letter(text[size]) || is_digit(text[size]) || text[size] == '-')
        return 0;
    if (closes) return -1;
    char quote = 0;
    for (std::size_t i = size; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '<') return 0;  // in no tag
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            return text[i - 1] == '/' ? 0 : 1;
        }
    }
    return 0;
}

std::string replaced(std::string_view text, bool everywhere) {
    std::string out;
    out.reserve(text.size());
    int depth = 0;
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const std::string_view rest = text.substr(at);
        std::size_t size = 1;
        if (c == '<') {
            depth = std::max(0, depth + depth_change(rest));
            size = std::max<std::size_t>(opaque_size(rest), 1);
        } else if (c == '&' && (everywhere || depth > 0)) {
            if (const std::size_t named = append_named(out, rest); named > 0) {
                at += named;
                continue;
            }
        }
        out += rest.substr(0, size);
        at += size;
    }
    return out;
}

}  // namespace

bool may_have_html_names(std::string_view text) {
    for (std::size_t at = text.find('&'); at != std::string_view::npos;
         at = text.find('&', at + 1)) {
        std::string ignored;
        if (append_named(ignored, text.substr(at)) > 0) return true;
    }
    return false;
}

std::string without_html_names(std::string_view xhtml) { return replaced(xhtml, true); }

std::string without_html_names_in_narratives(std::string_view document) {
    return replaced(document, false);
}

}  // namespace clinical::fhir
