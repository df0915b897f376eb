#pragma once

// Which files of a folder belong to a feed: a relative path with wildcards.
//
//   *  any bytes of one name      ?  one byte      [a-z] [!a-z]  one byte of a class
//   ** as a whole name, once: any number of folders      \x  the byte x itself
//
// Bytes, not characters: the same in every locale.  A name that begins with a dot matches only a
// pattern that begins with one, as in a shell.

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace clinical::store {

// The names of a relative path.  Refused: empty or absolute paths, empty names, `.`, `..`, zero
// bytes, too many or too long names.
core::Result<std::vector<std::string>> path_names(std::string_view path);

class Pattern {
public:
    static core::Result<Pattern> parse(std::string_view text);

    [[nodiscard]] std::size_t depth() const { return names_.size(); }
    [[nodiscard]] bool any_depth(std::size_t level) const { return names_[level] == "**"; }
    [[nodiscard]] bool matches(std::size_t level, std::string_view name) const;

private:
    std::vector<std::string> names_;
};

// Does `name` match the wildcards of `glob`?  Linear space, no recursion; at worst |glob|*|name|.
bool glob_matches(std::string_view glob, std::string_view name);

}  // namespace clinical::store
