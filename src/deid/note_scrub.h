#pragma once

// Identifiers in free text: what deid_text and deid_text_spans do, and what policies that opt in
// do to the text within FHIR, HL7 v2 and C-CDA.  Scrubbed text is never Safe Harbor by the
// software's word (privacy decision 6): it serves expert determination.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "deid/note_options.h"
#include "deid/note_span.h"

namespace clinical::deid::note {

// Raised when notes come out otherwise (test/unit/deid_policy_text.cpp notices): attestations of
// policies that scrub count for what the scrubber did then.
inline constexpr std::string_view scrubber_version = "scrubber 2";

// The spans of a note, in order and apart from each other; offsets in bytes.
// `known` and `options` are compiled once and used for any number of notes.
class Scrubber {
public:
    explicit Scrubber(const Options &options, core::Interrupt interrupt = {});

    // limit_exceeded above Options::most_bytes; encoding when the note is no UTF-8.
    core::Result<std::vector<Span>> spans(std::string_view text, const Known *known);

    // The note with each span replaced as the options say.
    core::Result<std::string> scrub(std::string_view text, const Known *known);

private:
    const Options &options_;
    core::Interrupt interrupt_;
    Draft draft_;
};

// What comes in the place of a span that reads as `found`.
std::string replacement(std::string_view found, const Span &span, const Options &options);

// The text without `spans`.
std::string replace(std::string_view text, const std::vector<Span> &spans, const Options &options);

// Byte offsets, ascending, to offsets in characters of `text`.
class CharacterOffsets {
public:
    explicit CharacterOffsets(std::string_view text) : text_(text) {}
    std::uint32_t at(std::uint32_t byte);

private:
    std::string_view text_;
    std::uint32_t byte_ = 0;
    std::uint32_t characters_ = 0;
};

}  // namespace clinical::deid::note
