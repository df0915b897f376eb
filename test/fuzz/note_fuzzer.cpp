// Notes of any bytes: spans lie in order within the note and on characters, what is outside them
// stays, UTF-8 stays UTF-8, and the tags of a scrubbed note are left alone.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/charset.h"
#include "core/json.h"
#include "deid/note_read.h"
#include "deid/note_scrub.h"

namespace note = clinical::deid::note;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    static const note::Options options;
    static const note::Options strict = [] {
        note::Options o;
        o.strict = true;
        o.replacement = note::Replacement::surrogate;
        o.seed = "seed";
        return o;
    }();
    static const note::Known known = [] {
        const auto json = clinical::core::parse_json(
            R"({"name": [{"family": "Quibblington-Brown", "given": ["Robert", "Q"]}],
                "birthDate": "1950-04-05", "phone": "555-867-5309", "mrn": "A-00123",
                "address": {"line": ["12 Long Street"], "city": "Reading", "postalCode": "01970"}})");
        return note::read_known(clinical::core::JsonNode(json.value())).value();
    }();
    for (const note::Options *each : {&options, &strict}) {
        note::Scrubber scrubber(*each);
        for (const note::Known *people : {static_cast<const note::Known *>(nullptr), &known}) {
            auto found = scrubber.spans(text, people);
            if (!found) {
                if (clinical::core::is_utf8(text)) std::abort();
                continue;
            }
            std::uint32_t at = 0;
            note::CharacterOffsets offsets(text);
            std::uint32_t characters = 0;
            for (const note::Span &span : found.value()) {
                if (span.begin < at || span.end <= span.begin || span.end > size) std::abort();
                if ((static_cast<unsigned char>(text[span.begin]) & 0xc0) == 0x80) std::abort();
                if (span.end < size && (static_cast<unsigned char>(text[span.end]) & 0xc0) == 0x80)
                    std::abort();
                const std::uint32_t begin = offsets.at(span.begin);
                if (begin < characters || begin > span.begin) std::abort();
                characters = begin;
                at = span.end;
            }
            const std::string out = note::replace(text, found.value(), *each);
            if (!clinical::core::is_utf8(out)) std::abort();
        }
    }
    // A read of `known` never fails but by its own rules.
    if (const auto json = clinical::core::parse_json(text)) {
        (void)note::read_known(clinical::core::JsonNode(json.value())).ok();
        (void)note::read_options(clinical::core::JsonNode(json.value())).ok();
    }
    return 0;
}
