#pragma once

// A text as the scrubber reads it, and the bytes of the given text that each of its own stands for:
// what is scrubbed is cut out of the given text, whose escape sequences stay.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/note_scrub.h"

namespace clinical::deid {

class MappedText {
public:
    explicit MappedText(std::string_view given) : given_(given) {}

    // given[from, to) reads as `piece`.
    void read_as(std::string_view piece, std::size_t from, std::size_t to);
    // given[from, to) stands for itself.
    void read(std::size_t from, std::size_t to);
    // given[from, to) is never written: nobody can say what it reads as.
    void drop(std::size_t from, std::size_t to);

    [[nodiscard]] std::string_view text() const { return text_; }

    // The given text with what each span stands for replaced; `write` makes a replacement fit it.
    using Write = std::function<std::string(std::string_view)>;
    [[nodiscard]] std::string without(const std::vector<note::Span> &spans,
                                      const note::Options &options, const Write &write) const;

private:
    struct Range {
        std::uint32_t from, to;
    };
    std::string_view given_;
    std::string text_;
    std::vector<Range> ranges_;   // of each byte of text_
    std::vector<Range> dropped_;  // in order
};

}  // namespace clinical::deid
