#include "deid/policy_text.h"

#include <algorithm>

#include "deid/rules.h"
#include "fhirpath/strings.h"
#include "xml/escape.h"
#include "xml/reader.h"

namespace clinical::deid {

namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

class NarrativeText : public xml::Handler {
public:
    BlockText blocks;

    void start(const xml::Tag &tag) override { blocks.border(tag.name.local); }
    void end(const xml::Name &name) override { blocks.border(name.local); }
    void text(std::string_view piece) override { blocks.append(piece); }
};

}  // namespace

void BlockText::append(std::string_view piece) {
    for (const char c : piece) {
        const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!blank) {
            text_ += c;
        } else if (!text_.empty() && text_.back() != ' ' && text_.back() != '\n') {
            text_ += ' ';
        }
    }
}

void BlockText::border(std::string_view element) {
    static constexpr std::string_view within =
        "|a|abbr|acronym|b|big|cite|code|content|dfn|em|font|footnoteRef|i|linkHtml|q|"
        "renderMultiMedia|s|samp|small|span|strong|sub|sup|tt|u|var|";
    if (packed_has(within, element)) return;
    const bool cell = element == "td" || element == "th";
    const char mark = cell ? ' ' : '\n';
    while (!cell && !text_.empty() && text_.back() == ' ') text_.pop_back();
    if (!text_.empty() && text_.back() != '\n' && text_.back() != mark) text_ += mark;
}

std::string_view text_media_type(std::string_view content_type) {
    const std::string said = lower(content_type);
    const std::size_t end = std::min(said.find(';'), said.size());
    std::string parameters = said.substr(end);
    std::erase_if(parameters, [](char c) { return c == ' ' || c == '"' || c == ';'; });
    if (!parameters.empty() && parameters != "charset=utf-8" && parameters != "charset=us-ascii")
        return {};
    std::string type = said.substr(0, end);
    while (!type.empty() && type.back() == ' ') type.pop_back();
    for (const std::string_view known : {"text/plain", "text/markdown", "text/csv"})
        if (type == known) return known;
    return {};
}

namespace detail {

void add_known_text(std::string_view text, note::Known &known) {
    note::add_fact(note::Fact::anything, text, known);
    const bool words = std::none_of(text.begin(), text.end(),
                                    [](char c) { return (c >= '0' && c <= '9') || c == '@'; });
    if (words && std::count(text.begin(), text.end(), ' ') < 4)
        note::add_fact(note::Fact::name, text, known);
}

}  // namespace detail

std::optional<std::string> PolicyText::text(std::string_view text) {
    auto scrubbed = scrubber_.scrub(text, known_);
    if (scrubbed) return std::move(scrubbed).value();
    if (scrubbed.error().code == core::ErrorCode::encoding) return std::nullopt;
    throw std::move(scrubbed).error();
}

std::optional<std::string> PolicyText::text(const MappedText &text,
                                            const MappedText::Write &write) {
    auto spans = scrubber_.spans(text.text(), known_);
    if (spans) return text.without(spans.value(), options_, write);
    if (spans.error().code == core::ErrorCode::encoding) return std::nullopt;
    throw std::move(spans).error();
}

std::optional<std::string> PolicyText::narrative(std::string_view div) {
    NarrativeText reader;
    if (xml::read(div, reader, limits_)) return std::nullopt;  // no XHTML
    const auto scrubbed = text(reader.blocks.take());
    if (!scrubbed) return std::nullopt;
    std::string out = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
    bool any = false;
    for (std::size_t at = 0; at < scrubbed->size();) {
        const std::size_t end = std::min(scrubbed->find('\n', at), scrubbed->size());
        if (end > at) {
            out += "<p>";
            xml::append_text(out, std::string_view(*scrubbed).substr(at, end - at));
            out += "</p>";
            any = true;
        }
        at = end + 1;
    }
    if (!any) return std::nullopt;  // txt-2: a narrative has content
    return out + "</div>";
}

std::optional<std::string> PolicyText::attachment(std::string_view content_type,
                                                  std::string_view base64) {
    if (text_media_type(content_type).empty()) return std::nullopt;
    std::string packed(base64);
    std::erase_if(packed, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    const auto bytes = fhirpath::decode(packed, "base64");
    const auto scrubbed = bytes ? text(*bytes) : std::nullopt;
    return scrubbed ? fhirpath::encode(*scrubbed, "base64") : std::nullopt;
}

}  // namespace clinical::deid
