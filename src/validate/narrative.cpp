#include "validate/narrative.h"

#include <algorithm>
#include <iterator>
#include <string_view>

#include "xml/reader.h"

namespace clinical::validate {

namespace {

// XHTML 1.0, chapters 7 to 11 without section 4 of chapter 9, and 15: no forms, no scripts, no
// frames, no objects.  Sorted.
constexpr std::string_view elements[] = {
    "a",  "abbr",    "acronym", "address", "area",   "b",        "bdo", "big",   "blockquote",
    "br", "caption", "cite",    "code",    "col",    "colgroup", "dd",  "dfn",   "div",
    "dl", "dt",      "em",      "h1",      "h2",     "h3",       "h4",  "h5",    "h6",
    "hr", "i",       "img",     "kbd",     "li",     "map",      "ol",  "p",     "pre",
    "q",  "samp",    "small",   "span",    "strong", "sub",      "sup", "table", "tbody",
    "td", "tfoot",   "th",      "thead",   "tr",     "tt",       "ul",  "var"};

// Attributes of XHTML 1.0 on these elements, without events.
constexpr std::string_view attributes[] = {
    "abbr",        "accesskey",   "align",    "alt",      "axis",    "bgcolor", "border",
    "cellpadding", "cellspacing", "char",     "charoff",  "charset", "cite",    "class",
    "colspan",     "compact",     "coords",   "datetime", "dir",     "frame",   "headers",
    "height",      "href",        "hreflang", "hspace",   "id",      "ismap",   "lang",
    "longdesc",    "name",        "nohref",   "noshade",  "nowrap",  "rel",     "rev",
    "rowspan",     "rules",       "scope",    "shape",    "size",    "span",    "src",
    "start",       "style",       "summary",  "tabindex", "target",  "title",   "type",
    "usemap",      "valign",      "value",    "vspace",   "width"};

static_assert(std::is_sorted(std::begin(elements), std::end(elements)));
static_assert(std::is_sorted(std::begin(attributes), std::end(attributes)));

template <std::size_t N>
bool contains(const std::string_view (&sorted)[N], std::string_view name) {
    return std::binary_search(std::begin(sorted), std::end(sorted), name);
}

class Check final : public xml::Handler {
public:
    void start(const xml::Tag &tag) override {
        if (depth_++ == 0 && tag.name.local != "div") note("txt-1", "the narrative must be a div");
        if (tag.name.uri != xml::xhtml_namespace)
            note("txt-1", "the narrative is not in the namespace of XHTML");
        if (!contains(elements, tag.name.local))
            note("txt-1", "the narrative has an element that is not allowed in it");
        for (const xml::Attribute &a : tag.attributes)
            if (!(a.name.prefix.empty() ? contains(attributes, a.name.local)
                                        : a.name.prefix == "xml"))
                note("txt-1", "the narrative has an attribute that is not allowed in it");
        if (tag.name.local == "img") has_content_ = true;
    }
    void end(const xml::Name &) override { --depth_; }
    void text(std::string_view piece) override {
        has_content_ |= piece.find_first_not_of(" \t\r\n") != std::string_view::npos;
    }

    NarrativeProblem result() {
        if (!has_content_) note("txt-2", "the narrative has nothing to read");
        return problem_;
    }

private:
    void note(const char *rule, const char *message) {
        if (!problem_.rule) problem_ = {rule, message};
    }
    NarrativeProblem problem_;
    int depth_ = 0;
    bool has_content_ = false;
};

}  // namespace

NarrativeProblem narrative_problem(std::string_view div, const core::Limits &limits) {
    Check check;
    if (xml::read(div, check, limits)) return {"txt-1", "the narrative is not well-formed XHTML"};
    return check.result();
}

}  // namespace clinical::validate
