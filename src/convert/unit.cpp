#include "convert/unit.h"

#include <algorithm>
#include <iterator>

namespace clinical::convert {

namespace {

struct Atom {
    std::string_view code;
    bool takes_prefix;
};
constexpr Atom atoms[] = {
#include "convert/data/units.inc"
};
constexpr std::string_view prefixes[] = {"da", "Ki", "Mi", "Gi", "Ti", "Y", "Z", "E",
                                         "P",  "T",  "G",  "M",  "k",  "h", "d", "c",
                                         "m",  "u",  "n",  "p",  "f",  "a", "z", "y"};

const Atom *find_atom(std::string_view code) {
    const auto *found =
        std::lower_bound(std::begin(atoms), std::end(atoms), code,
                         [](const Atom &a, std::string_view key) { return a.code < key; });
    return found != std::end(atoms) && found->code == code ? found : nullptr;
}

bool is_simple(std::string_view unit) {
    if (find_atom(unit)) return true;
    for (const auto prefix : prefixes)
        if (unit.starts_with(prefix)) {
            const Atom *atom = find_atom(unit.substr(prefix.size()));
            if (atom && atom->takes_prefix) return true;
        }
    return false;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// element exponent? annotation?  (UCUM 1.10, without parentheses)
bool is_component(std::string_view c) {
    if (c.ends_with('}')) {
        const auto open = c.find('{');
        if (open == std::string_view::npos) return false;
        const std::string_view inside = c.substr(open + 1, c.size() - open - 2);
        if (inside.find_first_of("{}") != std::string_view::npos) return false;
        c = c.substr(0, open);
        if (c.empty()) return true;
    }
    if (c.empty()) return false;
    if (std::all_of(c.begin(), c.end(), is_digit)) return true;
    if (is_simple(c)) return true;
    std::size_t end = c.size();
    while (end > 0 && is_digit(c[end - 1])) end--;
    if (end == c.size()) return false;
    if (end > 0 && (c[end - 1] == '-' || c[end - 1] == '+')) end--;
    return end > 0 && is_simple(c.substr(0, end));
}

}  // namespace

bool is_ucum(std::string_view text) {
    // One capital letter is Celsius, Fahrenheit, mega, gauss or gram by taste; one unit alone that
    // is only digits is a number.
    static constexpr std::string_view doubtful[] = {"C", "F", "G", "M", "S", "H", "B", "R"};
    if (std::find(std::begin(doubtful), std::end(doubtful), text) != std::end(doubtful))
        return false;
    if (text.empty() || text.size() > 100 || std::all_of(text.begin(), text.end(), is_digit))
        return false;
    if (text.starts_with('/')) text.remove_prefix(1);
    while (true) {
        // Slashes and points inside an annotation belong to it.
        std::size_t end = 0;
        bool inside = false;
        while (end < text.size() && (inside || (text[end] != '/' && text[end] != '.'))) {
            if (text[end] == '{') inside = true;
            if (text[end] == '}') inside = false;
            end++;
        }
        if (!is_component(text.substr(0, end))) return false;
        if (end == text.size()) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace clinical::convert
