#include "fhirpath/html.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace clinical::fhirpath {

namespace {

// FHIR R4, narrative.html: "the basic html formatting elements of chapters 7-11 (except section 4
// of chapter 9) and 15 of HTML 4.0, <a> elements (name or href), images and internally contained
// style attributes".
constexpr std::array elements{
    "a",      "abbr", "acronym",  "b",       "big", "blockquote", "br",    "caption", "cite",
    "code",   "col",  "colgroup", "dd",      "dfn", "div",        "dl",    "dt",      "em",
    "h1",     "h2",   "h3",       "h4",      "h5",  "h6",         "hr",    "i",       "img",
    "li",     "ol",   "p",        "pre",     "q",   "samp",       "small", "span",    "strong",
    "sub",    "sup",  "table",    "tbody",   "td",  "tfoot",      "th",    "thead",   "tr",
    "tt",     "ul",   "var",      "address", "bdo", "del",        "ins",   "kbd",     "font",
    "center", "s",    "strike",   "u"};
constexpr std::array attributes{
    "title",     "style",    "class",    "id",      "lang",        "xml:lang",    "dir",
    "accesskey", "tabindex", "span",     "width",   "align",       "valign",      "char",
    "charoff",   "abbr",     "axis",     "headers", "scope",       "rowspan",     "colspan",
    "summary",   "border",   "frame",    "rules",   "cellspacing", "cellpadding", "xmlns",
    "cite",      "href",     "name",     "src",     "alt",         "height",      "start",
    "type",      "hreflang", "rel",      "rev",     "charset",     "longdesc",    "usemap",
    "value",     "compact",  "clear",    "nowrap",  "bgcolor",     "color",       "face",
    "size",      "datetime", "xml:space"};

template <std::size_t Size>
bool is_one_of(std::string_view name, const std::array<const char *, Size> &names) {
    return std::any_of(names.begin(), names.end(), [&](const char *n) { return name == n; });
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ':' ||
           c == '-' || c == '_' || c == '.';
}

class Checker {
public:
    explicit Checker(std::string_view text) : text_(text) {}

    bool check() {
        skip_space();
        if (!text_.substr(at_).starts_with("<div")) return false;
        bool done = false;
        while (at_ < text_.size()) {
            if (done) {
                skip_space();
                return at_ == text_.size() && has_content_;
            }
            if (text_[at_] != '<') {
                if (!characters()) return false;
                continue;
            }
            if (!markup()) return false;
            done = open_.empty();
        }
        return done && has_content_;
    }

private:
    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    bool characters() {
        while (at_ < text_.size() && text_[at_] != '<') {
            if (text_[at_] == '&') {
                const std::size_t end = text_.find(';', at_);
                if (end == std::string_view::npos || end - at_ < 2 || end - at_ > 32) return false;
                for (std::size_t i = at_ + 1; i < end; ++i)
                    if (!is_name(text_[i]) && text_[i] != '#') return false;
                at_ = end;
            }
            has_content_ = has_content_ || !is_space(text_[at_]);
            ++at_;
        }
        return true;
    }

    std::string_view name() {
        const std::size_t from = at_;
        while (at_ < text_.size() && is_name(text_[at_])) ++at_;
        return text_.substr(from, at_ - from);
    }

    bool markup() {
        const std::string_view rest = text_.substr(at_);
        if (rest.starts_with("<!--")) {
            const std::size_t end = text_.find("-->", at_ + 4);
            if (end == std::string_view::npos) return false;
            at_ = end + 3;
            return true;
        }
        if (rest.starts_with("</")) {
            at_ += 2;
            if (open_.empty() || name() != open_.back()) return false;
            open_.pop_back();
            skip_space();
            return at_ < text_.size() && text_[at_++] == '>';
        }
        ++at_;
        const std::string_view element = name();
        if (!is_one_of(element, elements)) return false;
        has_content_ = has_content_ || element == "img";
        for (;;) {
            skip_space();
            if (at_ >= text_.size()) return false;
            if (text_[at_] == '>') {
                ++at_;
                if (open_.size() >= 256) return false;
                open_.push_back(element);
                return true;
            }
            if (text_[at_] == '/') {
                at_ += 2;
                return at_ <= text_.size() && text_[at_ - 1] == '>';
            }
            if (!attribute()) return false;
        }
    }

    bool attribute() {
        const std::string_view attribute = name();
        if (!is_one_of(attribute, attributes) && !attribute.starts_with("xmlns:")) return false;
        skip_space();
        if (at_ >= text_.size() || text_[at_++] != '=') return false;
        skip_space();
        if (at_ >= text_.size()) return false;
        const char quote = text_[at_++];
        if (quote != '"' && quote != '\'') return false;
        const std::size_t end = text_.find(quote, at_);
        if (end == std::string_view::npos) return false;
        const std::string_view value = text_.substr(at_, end - at_);
        at_ = end + 1;
        if (value.find('<') != std::string_view::npos) return false;
        return attribute != "xmlns" || value == "http://www.w3.org/1999/xhtml";
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<std::string_view> open_;
    bool has_content_ = false;
};

}  // namespace

bool is_narrative(std::string_view xhtml) { return Checker(xhtml).check(); }

}  // namespace clinical::fhirpath
