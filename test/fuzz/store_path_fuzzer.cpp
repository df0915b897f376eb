// Paths, patterns and locations: whatever is accepted stays below the location, and the matcher
// agrees with a plain recursive one.

#include <cstdint>
#include <string>
#include <string_view>

#include "promise.h"
#include "store/location.h"
#include "store/pattern.h"

namespace {

using clinical::fuzz::require;
using std::string_view;

// The first star by trying every length; what has no star goes through the matcher under test.
bool plain_matches(const std::string &glob, const std::string &name) {
    const std::size_t star = glob.find('*');
    if (glob.find_first_of("\\[") != string_view::npos || star == string_view::npos)
        return clinical::store::glob_matches(glob, name);
    for (std::size_t i = 0; i < star; ++i)
        if (i >= name.size() || (glob[i] != '?' && glob[i] != name[i])) return false;
    // Behind a star a dot hides nothing: a byte is put before what is left of both.
    for (std::size_t taken = star; taken <= name.size(); ++taken)
        if (plain_matches("x" + glob.substr(star + 1), "x" + name.substr(taken))) return true;
    return false;
}

void check_path(string_view text) {
    auto names = clinical::store::path_names(text);
    if (!names.ok()) {
        require(!names.error().message.empty() && !names.error().where.empty());
        return;
    }
    std::string joined;
    for (const std::string &name : names.value()) {
        require(!name.empty() && name != "." && name != "..");
        require(name.find('/') == std::string::npos && name.find('\0') == std::string::npos);
        joined += (joined.empty() ? "" : "/") + name;
    }
    require(joined == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const string_view input(reinterpret_cast<const char *>(data), size);
    check_path(input);
    (void)clinical::store::Pattern::parse(input);
    if (auto folder = clinical::store::folder_path(input); folder.ok()) {
        require(folder.value().starts_with('/'));
        require(folder.value().find('\0') == std::string::npos);
    }

    const std::size_t line = input.find('\n');
    if (line == string_view::npos) return 0;
    const string_view glob = input.substr(0, line);
    const string_view name = input.substr(line + 1);
    const bool matches = clinical::store::glob_matches(glob, name);
    const bool hidden = name.starts_with('.') && !glob.starts_with('.') && !glob.starts_with("\\.");
    if (hidden) {
        require(!matches);
    } else if (glob.size() <= 12 && name.size() <= 12) {
        require(matches == plain_matches(std::string(glob), std::string(name)));
    }
    return 0;
}
