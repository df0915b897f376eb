#include "store/pattern.h"

#include <algorithm>

namespace clinical::store {
namespace {

using core::Error;
using core::ErrorCode;

constexpr std::size_t max_names = 32;   // levels of folders
constexpr std::size_t max_bytes = 255;  // of one name: NAME_MAX

Error refused(const char *why) { return {ErrorCode::invalid_option, "invalid path", why, 0}; }

// One wildcard-free step of a glob: where it ends and whether it takes byte `c`.
struct Step {
    std::size_t end;
    bool takes;
};

Step class_step(std::string_view glob, std::size_t at, unsigned char c) {
    std::size_t i = at + 1;
    const bool negated = i < glob.size() && (glob[i] == '!' || glob[i] == '^');
    if (negated) ++i;
    bool found = false;
    for (bool first = true; i < glob.size() && (first || glob[i] != ']'); first = false) {
        const auto low = static_cast<unsigned char>(glob[i]);
        auto high = low;
        if (i + 2 < glob.size() && glob[i + 1] == '-' && glob[i + 2] != ']') {
            high = static_cast<unsigned char>(glob[i + 2]);
            i += 2;
        }
        found |= low <= c && c <= high;
        ++i;
    }
    if (i >= glob.size()) return {at + 1, c == '['};  // unclosed: the bracket itself
    return {i + 1, found != negated};
}

Step step(std::string_view glob, std::size_t at, char c) {
    switch (glob[at]) {
        case '?': return {at + 1, true};
        case '[': return class_step(glob, at, static_cast<unsigned char>(c));
        case '\\':
            if (at + 1 < glob.size()) return {at + 2, glob[at + 1] == c};
            [[fallthrough]];
        default: return {at + 1, glob[at] == c};
    }
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view name) {
    if (name.starts_with('.') && !glob.starts_with('.') && !glob.starts_with("\\.")) return false;
    std::size_t g = 0;
    std::size_t n = 0;
    // Where to come back to: behind the last star, and the next byte it may swallow.
    std::size_t star = std::string_view::npos;
    std::size_t swallowed = 0;
    while (n < name.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = ++g;
            swallowed = n;
            continue;
        }
        if (g < glob.size()) {
            const Step s = step(glob, g, name[n]);
            if (s.takes) {
                g = s.end;
                ++n;
                continue;
            }
        }
        if (star == std::string_view::npos) return false;
        g = star;
        n = ++swallowed;
    }
    while (g < glob.size() && glob[g] == '*') ++g;
    return g == glob.size();
}

core::Result<std::vector<std::string>> path_names(std::string_view path) {
    if (path.empty()) return refused("A path must not be empty.");
    if (path.front() == '/') return refused("A path must be relative to the location.");
    if (path.find('\0') != std::string_view::npos)
        return refused("A path must not contain a zero byte.");
    std::vector<std::string> names;
    while (true) {
        const std::size_t slash = path.find('/');
        const std::string_view name = path.substr(0, slash);
        if (name.empty()) return refused("A path must not contain an empty name.");
        if (name == "." || name == "..") return refused("A path must not contain \".\" or \"..\".");
        if (name.size() > max_bytes) return refused("A name in a path has at most 255 bytes.");
        if (names.size() == max_names) return refused("A path has at most 32 names.");
        names.emplace_back(name);
        if (slash == std::string_view::npos) return names;
        path.remove_prefix(slash + 1);
    }
}

core::Result<Pattern> Pattern::parse(std::string_view text) {
    auto names = path_names(text);
    if (!names.ok()) return std::move(names).error();
    Pattern pattern;
    pattern.names_ = std::move(names).value();
    if (pattern.names_.back() == "**") return refused("A path must end in the name of files.");
    if (std::count(pattern.names_.begin(), pattern.names_.end(), "**") > 1)
        return refused("A path may contain \"**\" once.");
    return pattern;
}

bool Pattern::matches(std::size_t level, std::string_view name) const {
    return glob_matches(names_[level], name);
}

}  // namespace clinical::store
