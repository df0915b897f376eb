#include "codes/systems.h"

#include <cctype>
#include <iterator>

namespace clinical::codes {
namespace {

struct System {
    std::string_view uri;
    std::string_view oids;   // separated by |
    std::string_view names;  // lower case, separated by |
};

constexpr System systems[] = {
// clang-format off
#include "codes/data/systems.inc"
    // clang-format on
};
static_assert(std::size(systems) < 255, "the number is stored in one byte");

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

bool lists(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::size_t bar = list.find('|');
        if (list.substr(0, bar) == word) return true;
        if (bar == std::string_view::npos) break;
        list.remove_prefix(bar + 1);
    }
    return false;
}

bool all_digits(std::string_view text) {
    for (const char c : text)
        if (c < '0' || c > '9') return false;
    return !text.empty();
}

}  // namespace

std::string canonical_system(std::string_view name) {
    constexpr std::string_view oid_scheme = "urn:oid:";
    std::string_view oid = name;
    if (oid.starts_with(oid_scheme)) oid.remove_prefix(oid_scheme.size());
    const std::string word = lower(name);
    for (const System &system : systems)
        if (lists(system.names, word) || lists(system.oids, oid)) return std::string(system.uri);
    // v2 table 0396: HL7nnnn names table nnnn.
    if (word.size() == 7 && word.starts_with("hl7") && all_digits(word.substr(3)))
        return "http://terminology.hl7.org/CodeSystem/v2-" + word.substr(3);
    return std::string(name);
}

std::uint8_t system_number(std::string_view uri) {
    for (std::size_t i = 0; i < std::size(systems); ++i)
        if (systems[i].uri == uri) return static_cast<std::uint8_t>(i + 1);
    return 0;
}

std::string_view system_uri(std::uint8_t number) {
    return number >= 1 && number <= std::size(systems) ? systems[number - 1].uri
                                                       : std::string_view();
}

std::string_view system_name(std::string_view uri) {
    const System *system = nullptr;
    for (const System &s : systems)
        if (s.uri == uri) system = &s;
    if (!system) return uri;
    return system->names.substr(0, system->names.find('|'));
}

}  // namespace clinical::codes
