#include "hl7v2/definitions.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace clinical::hl7v2 {

namespace {

constexpr std::array<std::string_view, 11> version_names{
    "2.1", "2.2", "2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8"};

constexpr Position fields[] = {
#include "hl7v2/data/fields.inc"
};

constexpr Position components[] = {
#include "hl7v2/data/types.inc"
};

struct Codes {
    std::uint16_t table;
    std::uint16_t versions;
    std::string_view codes;  // joined by |
};
constexpr Codes tables[] = {
#include "hl7v2/data/tables.inc"
};

// Versions of the grammars: bit 0 2.3.1, bit 1 2.5.1, bit 2 2.7.1.
struct Structure {
    std::string_view name;
    unsigned grammars;
    std::string_view text;
};
constexpr Structure structures[] = {
#include "hl7v2/data/grammar.inc"
};

struct Event {
    std::string_view code, event, structure;
};
constexpr Event events[] = {
#include "hl7v2/data/events.inc"
};

// The rows of a sorted table whose `key` is that.
template <typename Row, typename Key, typename Value>
std::span<const Row> rows_of(std::span<const Row> all, Value value, Key key) {
    const auto first = std::partition_point(all.begin(), all.end(),
                                            [&](const Row &row) { return key(row) < value; });
    const auto last =
        std::partition_point(first, all.end(), [&](const Row &row) { return key(row) == value; });
    return {first, last};
}

std::span<const Position> owned(std::span<const Position> all, std::string_view owner) {
    return rows_of(all, owner, [](const Position &position) { return position.owner.view(); });
}

const Position *numbered(std::span<const Position> all, int number, Version version) {
    for (const Position &position :
         rows_of(all, number, [](const Position &p) { return static_cast<int>(p.number); }))
        if (position.is_in(version)) return &position;
    return nullptr;
}

bool holds(std::string_view codes, std::string_view code) {
    for (std::size_t at = 0; (at = codes.find(code, at)) != codes.npos; ++at) {
        const std::size_t end = at + code.size();
        if ((at == 0 || codes[at - 1] == '|') && (end == codes.size() || codes[end] == '|'))
            return true;
    }
    return false;
}

}  // namespace

std::optional<Version> version_named(std::string_view name) {
    const auto found = std::ranges::find(version_names, name);
    if (found == version_names.end()) return std::nullopt;
    return static_cast<Version>(found - version_names.begin());
}

Version nearest_version(std::string_view name) {
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (const auto known = version_named(name)) return *known;
    if (!name.starts_with("2.") || name.size() < 3) return Version::v251;
    // "2.3.2" and "2.5.1X": the last version with the same start; "2.9": the last one.
    for (std::size_t length = name.size(); length >= 3; --length)
        for (std::size_t i = version_names.size(); i-- > 0;)
            if (version_names[i].starts_with(name.substr(0, length)))
                return static_cast<Version>(i);
    return name[2] == '9' || name.starts_with("2.1") ? Version::v28 : Version::v251;
}

std::string_view name_of(Version version) {
    return version_names[static_cast<std::size_t>(version)];
}

std::span<const Position> fields_of(std::string_view segment) { return owned(fields, segment); }

std::span<const Position> components_of(std::string_view datatype) {
    return owned(components, datatype);
}

const Position *field_of(std::string_view segment, int number, Version version) {
    return numbered(fields_of(segment), number, version);
}

const Position *component_of(std::string_view datatype, int number, Version version) {
    return numbered(components_of(datatype), number, version);
}

bool is_datatype(std::string_view name) {
    if (!components_of(name).empty()) return true;
    constexpr std::array<std::string_view, 17> primitive{"CM", "DT", "DTM", "FT", "GTS",   "ID",
                                                         "IS", "NM", "NUL", "SI", "SNM",   "ST",
                                                         "TM", "TN", "TS",  "TX", "VARIES"};
    return std::ranges::find(primitive, name) != primitive.end();
}

bool is_segment(std::string_view name) { return !fields_of(name).empty(); }

Membership is_code(std::uint16_t table, std::string_view code, Version version) {
    const auto rows =
        rows_of(std::span<const Codes>(tables), table, [](const Codes &row) { return row.table; });
    if (rows.empty()) return Membership::unknown;
    Membership membership = Membership::out;
    if (code.find('|') != code.npos) return membership;
    for (const Codes &row : rows) {
        if (!holds(row.codes, code)) continue;
        if ((row.versions >> static_cast<int>(version) & 1) != 0) return Membership::in;
        membership = Membership::other_version;
    }
    return membership;
}

namespace {

const Structure *find_structure(std::string_view name, Version version) {
    // From the nearest to the farthest; of equals the later one, which allows more.
    constexpr std::array<std::array<unsigned, 3>, 3> order{{{1, 2, 4}, {2, 4, 1}, {4, 2, 1}}};
    const std::size_t nearest = version <= Version::v231 ? 0 : version <= Version::v251 ? 1 : 2;
    const auto rows = rows_of(std::span<const Structure>(structures), name,
                              [](const Structure &row) { return row.name; });
    for (const unsigned grammar : order[nearest])
        for (const Structure &row : rows)
            if ((row.grammars & grammar) != 0) return &row;
    return nullptr;
}

}  // namespace

std::string_view grammar_of(std::string_view structure, Version version) {
    const Structure *found = find_structure(structure, version);
    return found ? found->text : std::string_view();
}

std::string_view structure_named(std::string_view name, Version version) {
    const Structure *found = find_structure(name, version);
    return found ? found->name : std::string_view();
}

std::string_view structure_of(std::string_view code, std::string_view event) {
    for (const Event &row : events)
        if (row.code == code && row.event == event) return row.structure;
    return {};
}

bool is_message_code(std::string_view code) {
    // ADT_A01 is a structure, not a code.
    if (code.find('_') != code.npos) return false;
    return std::ranges::any_of(events, [&](const Event &row) { return row.code == code; }) ||
           std::ranges::any_of(structures, [&](const Structure &row) {
               return row.name.starts_with(code) &&
                      (row.name.size() == code.size() || row.name[code.size()] == '_');
           });
}

}  // namespace clinical::hl7v2
