// Local spellings of units.

#include <algorithm>

#include "ucum/impl.h"
#include "ucum/lab.h"
#include "ucum/lab_table.h"

namespace clinical::ucum {

namespace {

core::Issue issue(std::string code, std::string format_code, std::string message) {
    core::Issue made;
    made.severity = "warning";
    made.code = std::move(code);
    made.format_code = std::move(format_code);
    made.message = std::move(message);
    return made;
}

// Spaces at the ends go, several become one.
std::string tidy(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\t';
        if (!space)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

// What keyboards and fonts make of UCUM: micro signs, raised digits, points, other solidi; no
// spaces.  Only what has one meaning.
std::string plain(std::string_view text) {
    struct Spelling {
        std::string_view from, to;
        bool raised = false;
    };
    static constexpr Spelling spellings[] = {
        {"µ", "u"},       {"μ", "u"},       {"·", "."},       {"⋅", "."},        {"×", "."},
        {"∕", "/"},       {"⁄", "/"},       {"−", "-"},       {" ", ""},         {"\u00A0", ""},
        {"mcg", "ug"},    {"mcL", "uL"},    {"mcl", "ul"},    {"mcmol", "umol"}, {"⁰", "0", true},
        {"¹", "1", true}, {"²", "2", true}, {"³", "3", true}, {"⁴", "4", true},  {"⁵", "5", true},
        {"⁶", "6", true}, {"⁷", "7", true}, {"⁸", "8", true}, {"⁹", "9", true},  {"⁻", "-", true}};
    std::string out;
    bool raised = false;
    while (!text.empty()) {
        const Spelling *found = nullptr;
        for (const Spelling &s : spellings)
            if (text.starts_with(s.from)) found = &s;
        // 10³ is a power of ten, not one hundred and three.
        if (found && found->raised && !raised && out.ends_with("10")) out += '*';
        raised = found && found->raised;
        if (found) {
            out += found->to;
            text.remove_prefix(found->from.size());
        } else {
            out += text.front();
            text.remove_prefix(1);
        }
    }
    return out;
}

// x10E3/uL, 10^3/uL, X10(3)/mcL: a power of ten in whatever notation, else nothing.
std::optional<std::string> power_of_ten(std::string_view text) {
    if (text.starts_with('x') || text.starts_with('X') || text.starts_with('*'))
        text.remove_prefix(1);
    if (!text.starts_with("10")) return std::nullopt;
    text.remove_prefix(2);
    if (text.empty() || std::string_view("eE^*xX(").find(text[0]) == std::string_view::npos)
        return std::nullopt;
    const bool bracket = text[0] == '(';
    text.remove_prefix(1);
    std::size_t digits = 0;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    if (digits == 0 || digits > 2) return std::nullopt;
    std::string out = "10*" + std::string(text.substr(0, digits));
    text.remove_prefix(digits);
    if (bracket) {
        if (!text.starts_with(')')) return std::nullopt;
        text.remove_prefix(1);
    }
    if (!text.starts_with('/')) return std::nullopt;
    return out += text;
}

// UCUM, and yet most likely something else: mega for milli, gauss for gram, and 103/uL, whose 3 was
// raised once.
bool is_doubtful(std::string_view code, const Unit &unit) {
    constexpr std::string_view common[] = {"g",  "m",   "l", "L", "mol",
                                           "eq", "osm", "s", "U", "[IU]"};
    constexpr std::string_view letters[] = {"C", "F", "H", "P", "R", "S", "T", "u"};
    const auto among = [](const auto &list, std::string_view word) {
        return std::find(std::begin(list), std::end(list), word) != std::end(list);
    };
    for (const Factor &factor : unit.impl().factors) {
        if (!factor.atom) continue;
        if (factor.prefix && factor.prefix->power_of_ten > 3 && among(common, factor.atom->code))
            return true;
        if (!factor.prefix && among(letters, factor.atom->code)) return true;
        if (factor.atom->code == "G") return true;  // mG is milligauss
    }
    // A number alone is a value in the wrong field.
    if (code != "1" &&
        std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return true;
    for (const std::string_view power : {"103/", "106/", "109/", "1012/"})
        if (code.starts_with(power)) return true;
    return false;
}

bool names(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const auto space = list.find(' ');
        if (list.substr(0, space) == word) return true;
        if (space == std::string_view::npos) break;
        list.remove_prefix(space + 1);
    }
    return false;
}

enum class Met { no, yes, unknown };

Met condition(const Alias &alias, std::string_view property, bool declared) {
    if (alias.not_declared && declared) return Met::no;
    if (alias.properties.empty()) return Met::yes;
    if (property.empty()) return Met::unknown;
    return names(alias.properties, property) != alias.negative ? Met::yes : Met::no;
}

}  // namespace

ResolvedUnit resolve_unit(std::string_view text, std::string_view loinc, const LabOptions &options,
                          Cache &units) {
    const auto valid = [&](std::string_view code) -> std::optional<Unit> {
        auto unit = units.unit(code);
        if (unit.ok()) return std::move(unit).value();
        return std::nullopt;
    };
    const std::string local = tidy(text);
    for (const auto &[spelling, ucum] : options.aliases)
        if (spelling == local || spelling == text) {
            auto unit = valid(ucum);
            if (unit) return {std::move(unit), "site-alias", {}};
            return {{}, "", issue("invalid", "unit-alias", "The site's alias is no UCUM unit.")};
        }
    if (local.empty()) return {{}, "", issue("required", "unit-missing", "There is no unit.")};

    std::string_view property = options.property;
    if (property.empty())
        if (const Analyte *analyte = find_analyte(loinc)) property = analyte->property;

    const auto rows = find_aliases(local);
    const bool declared = options.unit_is_ucum;
    bool open = false;
    for (const Alias &row : rows) {
        switch (condition(row, property, declared)) {
            case Met::yes: {
                // A spelling without condition never hides a unit that the sender declares.
                if (declared && valid(local)) break;
                return {valid(row.ucum), row.properties.empty() ? "alias" : "alias-condition", {}};
            }
            case Met::unknown: open = true; break;
            case Met::no: break;
        }
    }
    if (open)
        return {{},
                "",
                issue("code-invalid", "unit-ambiguous",
                      "The unit means one thing or another by what was measured, which is not "
                      "known.")};
    if (auto unit = valid(local)) {
        if (!declared && is_doubtful(local, *unit))
            return {{},
                    "",
                    issue("code-invalid", "unit-ambiguous",
                          "The unit is UCUM, but is often written for another one.")};
        return {std::move(unit), "ucum", {}};
    }
    const std::string code = plain(local);
    if (code != local) {
        if (auto unit = valid(code); unit && !is_doubtful(code, *unit))
            return {std::move(unit), "spelling", {}};
        if (const Alias *row = find_folded_alias(code)) return {valid(row->ucum), "spelling", {}};
    }
    if (const auto power = power_of_ten(code))
        if (auto unit = valid(*power)) return {std::move(unit), "spelling", {}};
    if (const Alias *row = find_folded_alias(local)) return {valid(row->ucum), "spelling", {}};
    return {{}, "", issue("code-invalid", "unit-unknown", "No unit of UCUM has this spelling.")};
}

}  // namespace clinical::ucum
