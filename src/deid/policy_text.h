#pragma once

// Text under action `scrub` of a policy of expert determination: strings, markdown, narratives and
// attachments of text, through the scrubber of notes.  What cannot be read as text is removed.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/limits.h"
#include "core/tree.h"
#include "deid/mapped_text.h"
#include "deid/note_read.h"
#include "deid/note_scrub.h"
#include "deid/person.h"

namespace clinical::deid {

// The media types whose bytes are read: "text/plain; charset=UTF-8" is text/plain.  Empty for any
// other type, and for another encoding: markup hides words from a scrubber.
std::string_view text_media_type(std::string_view content_type);

// The facts of a person, once more as what notes may say: birthDate, deceased and known.
template <core::Node N>
note::Known read_known_facts(const N &person);

// The text of a narrative of XHTML or CDA; a block begins and ends a line, an element within one
// parts no word.
class BlockText {
public:
    void border(std::string_view element);
    void append(std::string_view piece);
    std::string take() { return std::exchange(text_, {}); }

private:
    std::string text_;
};

class PolicyText {
public:
    // `known` may be null; both must live as long.
    PolicyText(const note::Options &options, const note::Known *known, const core::Limits &limits)
        : limits_(limits), options_(options), known_(known), scrubber_(options, limits.interrupt) {}

    // Whose texts come next.
    void know(const note::Known *known) { known_ = known; }

    std::optional<std::string> text(std::string_view text);

    // A text of another format, whose own sequences stay; `write` makes a replacement fit it.
    std::optional<std::string> text(const MappedText &text, const MappedText::Write &write);

    // Narrative.div: its text, a paragraph a block; elements, attributes, links and images go.
    std::optional<std::string> narrative(std::string_view div);

    // Attachment.data, Binary.data: base64 of UTF-8.
    std::optional<std::string> attachment(std::string_view content_type, std::string_view base64);

private:
    core::Limits limits_;
    const note::Options &options_;
    const note::Known *known_;
    note::Scrubber scrubber_;
};

namespace detail {
// A string of person.known may be a name, a number, a line of an address.
void add_known_text(std::string_view text, note::Known &known);
}  // namespace detail

template <core::Node N>
note::Known read_known_facts(const N &person) {
    using core::Kind;
    note::Known known;
    for (const char *key : {"birthDate", "deceased"})
        if (const N date = person.find(key); date.kind() == Kind::string)
            note::add_fact(note::Fact::date, date.as_text(), known);
    const N texts = person.find("known");
    for (std::size_t i = 0; texts.kind() == Kind::array && i < texts.size(); ++i) {
        const N text = texts.at(i);
        if (text.kind() == Kind::string) detail::add_known_text(text.as_text(), known);
        if (text.kind() == Kind::number)
            note::add_fact(note::Fact::number, number_text(text), known);
    }
    known.finish();
    return known;
}

}  // namespace clinical::deid
