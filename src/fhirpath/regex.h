#pragma once

// matches(), matchesFull(), replaceMatches() by RE2: linear in the text whatever the pattern.
// Look-around and back-references do not exist there and are `unsupported`.

#include <memory>
#include <string>
#include <string_view>

namespace clinical::fhirpath {

class Regex {
public:
    // `flags`: i (ignore case), m (lines); dot matches a line end (5.6).  Throws core::Error.
    Regex(std::string_view pattern, std::string_view flags);
    ~Regex();
    Regex(Regex &&) noexcept;
    Regex(const Regex &) = delete;
    Regex &operator=(const Regex &) = delete;
    Regex &operator=(Regex &&) = delete;

    [[nodiscard]] bool matches_part(std::string_view text) const;
    [[nodiscard]] bool matches_whole(std::string_view text) const;
    // All matches; `by` refers to groups by $1 and ${name}.
    [[nodiscard]] std::string replace(std::string_view text, std::string_view by) const;

private:
    struct Program;
    std::unique_ptr<Program> program_;
};

}  // namespace clinical::fhirpath
