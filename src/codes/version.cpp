#include "codes/version.h"

#include <algorithm>

namespace clinical::codes {
namespace {

std::string_view take_part(std::string_view &text) {
    const std::size_t dot = text.find('.');
    const std::string_view part = text.substr(0, dot);
    text = dot == std::string_view::npos ? std::string_view() : text.substr(dot + 1);
    return part;
}

bool is_wild(std::string_view part) { return part == "x" || part == "X" || part == "*"; }

bool is_number(std::string_view part) {
    return !part.empty() &&
           std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::size_t parts(std::string_view text) {
    return 1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), '.'));
}

}  // namespace

bool is_version_pattern(std::string_view version) {
    while (!version.empty())
        if (is_wild(take_part(version))) return true;
    return false;
}

bool version_matches(std::string_view pattern, std::string_view version) {
    if (pattern == version) return true;
    if (!is_version_pattern(pattern) || parts(pattern) != parts(version)) return false;
    while (!pattern.empty() || !version.empty()) {
        const std::string_view wanted = take_part(pattern);
        const std::string_view given = take_part(version);
        if (!is_wild(wanted) && wanted != given) return false;
    }
    return true;
}

bool version_less(std::string_view a, std::string_view b) {
    while (!a.empty() || !b.empty()) {
        const std::string_view left = take_part(a);
        const std::string_view right = take_part(b);
        if (left == right) continue;
        if (is_number(left) && is_number(right) && left.size() != right.size())
            return left.size() < right.size();
        return left < right;
    }
    return false;
}

std::string find_version(std::string_view wanted, const std::vector<std::string> &known) {
    std::string best;
    for (const std::string &version : known) {
        if (!version_matches(wanted, version)) continue;
        if (version == wanted) return version;
        if (best.empty() || version_less(best, version)) best = version;
    }
    return best;
}

}  // namespace clinical::codes
