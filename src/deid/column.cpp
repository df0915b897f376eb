#include "deid/column.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "core/split.h"
#include "deid/leak_keys.h"
#include "deid/rules.h"

namespace clinical::deid {

namespace {

using core::Json;
using core::Kind;

core::Error refused(std::string rule) {
    return {core::ErrorCode::invalid_option, "invalid column label", std::move(rule), 0};
}

constexpr std::array<std::string_view, 15> kind_names = {
    "boolean", "integer",  "number", "text", "enumeration", "date",  "timestamp", "timestamptz",
    "time",    "interval", "uuid",   "json", "xml",         "hl7v2", "other"};

// A set of kinds.
using Kinds = unsigned;
constexpr Kinds of(ColumnKind kind) { return 1U << static_cast<unsigned>(kind); }
template <typename... Rest>
constexpr Kinds of(ColumnKind kind, Rest... rest) {
    return of(kind) | of(rest...);
}
constexpr Kinds dated = of(ColumnKind::date, ColumnKind::timestamp, ColumnKind::timestamptz);
constexpr Kinds numbers = of(ColumnKind::integer, ColumnKind::number);
constexpr Kinds words = of(ColumnKind::text, ColumnKind::enumeration);
constexpr Kinds documents = of(ColumnKind::json, ColumnKind::xml, ColumnKind::hl7v2);
constexpr Kinds everything = (of(ColumnKind::other) << 1U) - 1;

struct ActionRule {
    ColumnAction action;
    std::string_view name;
    Kinds kinds;
    bool arrays;
    std::string_view parameters;  // packed and sorted (packed_has)
};
// Of every label: category.
constexpr ActionRule action_rules[] = {
    {ColumnAction::keep, "keep", everything & ~documents & ~of(ColumnKind::other), true,
     "|digits|list|system|values|"},
    {ColumnAction::remove, "remove", everything, true, "|"},
    {ColumnAction::code, "code", numbers | of(ColumnKind::text, ColumnKind::uuid), false,
     "|authority|domain|role|"},
    {ColumnAction::year, "year", dated | of(ColumnKind::text, ColumnKind::integer), true,
     "|role|zone|"},
    {ColumnAction::date_shift, "date_shift", dated | of(ColumnKind::text), true, "|role|"},
    {ColumnAction::hash, "hash", numbers | of(ColumnKind::text, ColumnKind::uuid), true, "|"},
    {ColumnAction::zip3, "zip3", of(ColumnKind::text, ColumnKind::integer), true, "|left_pad|"},
    {ColumnAction::age_cap, "age_cap", numbers, false, "|as_of|unit|"},
    {ColumnAction::substitute, "substitute", everything & ~documents & ~of(ColumnKind::other),
     false, "|with|"},
    {ColumnAction::generalize, "generalize", numbers | words, true,
     "|bins|map|other|prefixes|ranges|"},
    {ColumnAction::perturb, "perturb", numbers, false, "|proportional|round_to|span|"},
    {ColumnAction::scrub, "scrub", of(ColumnKind::text), false, "|"},
    {ColumnAction::format, "format", documents | of(ColumnKind::text), false, "|authority|format|"},
};

const ActionRule *rule_named(std::string_view name) {
    for (const ActionRule &rule : action_rules)
        if (rule.name == name && rule.action != ColumnAction::format) return &rule;
    return nullptr;
}

const ActionRule &rule_of(ColumnAction action) {
    return *std::find_if(std::begin(action_rules), std::end(action_rules),
                         [&](const ActionRule &rule) { return rule.action == action; });
}

// A member of a label of what one mode does; safe_harbor has none of its own.
bool is_mode_member(std::string_view name) {
    const auto mode = mode_named(name);
    return mode && *mode != Mode::safe_harbor;
}

bool is_one_of(const Json &value, std::string_view packed) {
    return value.kind() == Kind::string && packed_has(packed, value.as_text());
}

// Of the leak check; none: the column identifies nobody.
bool is_category(const Json &value) {
    return value.kind() == Kind::string &&
           (value.as_text() == "none" || leak_category_named(value.as_text()));
}

bool is_whole(const Json &value, int least, int most) {
    int number = 0;
    const std::string text(value.as_text());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return value.kind() == Kind::number && error == std::errc() &&
           end == text.data() + text.size() && number >= least && number <= most;
}

bool is_positive(const Json &value) {
    double number = 0;
    const std::string text(value.as_text());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return value.kind() == Kind::number && error == std::errc() && number > 0 && number < 1e15;
}

// A name that cannot carry data: letters, digits and a few marks.
bool is_plain_name(const Json &value, std::size_t most, std::string_view marks) {
    const std::string text(value.as_text());
    return value.kind() == Kind::string && !text.empty() && text.size() <= most &&
           std::all_of(text.begin(), text.end(), [&](unsigned char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      marks.find(static_cast<char>(c)) != marks.npos;
           });
}

bool is_scalar(const Json &value) {
    return value.kind() == Kind::string || value.kind() == Kind::number;
}

// Rows of generalize: [{"from", "to", "value"}], [{"prefix", "keep", "append"}].
bool are_ranges(const Json &rows) {
    return rows.kind() == Kind::array &&
           std::all_of(rows.elements().begin(), rows.elements().end(), [](const Json &row) {
               return row.kind() == Kind::object && is_scalar(row.find("value")) &&
                      std::all_of(row.members().begin(), row.members().end(), [](const auto &m) {
                          return (m.key() == "from" || m.key() == "to" || m.key() == "value") &&
                                 is_scalar(m.value());
                      });
           });
}

bool are_prefixes(const Json &rows) {
    return rows.kind() == Kind::array &&
           std::all_of(rows.elements().begin(), rows.elements().end(), [](const Json &row) {
               const Kind append = row.find("append").kind();
               return row.find("prefix").kind() == Kind::string &&
                      is_whole(row.find("keep"), 0, 1000) &&
                      (append == Kind::absent || append == Kind::string);
           });
}

// Whether a parameter has the type that it must have.
bool is_typed(std::string_view name, const Json &value) {
    if (name == "values")
        return value.kind() == Kind::array && value.size() > 0 && value.size() <= 10000 &&
               std::all_of(value.elements().begin(), value.elements().end(), is_scalar);
    if (name == "system") return is_plain_name(value, 200, ":/.-_#");
    if (name == "list") return is_one_of(value, "|city|country|currency|language|state|zip|");
    if (name == "digits") return is_whole(value, 1, 100);
    if (name == "domain") return is_plain_name(value, 64, "_.-");
    if (name == "authority")
        return value.kind() == Kind::string && !value.as_text().empty() &&
               value.as_text().find('|') == std::string::npos;
    if (name == "role") return is_one_of(value, "|birth|death|person|relative|");
    if (name == "zone") return is_plain_name(value, 64, "/_+-");
    if (name == "left_pad" || name == "proportional") return value.kind() == Kind::boolean;
    if (name == "unit") return is_one_of(value, "|a|d|h|mo|wk|");
    if (name == "as_of") return value.kind() == Kind::string && !value.as_text().empty();
    if (name == "with") return is_scalar(value) || value.kind() == Kind::boolean;
    if (name == "map")
        return value.kind() == Kind::object &&
               std::all_of(value.members().begin(), value.members().end(),
                           [](const auto &m) { return is_scalar(m.value()); });
    if (name == "ranges") return are_ranges(value);
    if (name == "prefixes") return are_prefixes(value);
    if (name == "bins" || name == "span") return is_positive(value);
    if (name == "other") return is_one_of(value, "|keep|remove|");
    if (name == "round_to") return is_whole(value, 0, 15);
    if (name == "format") return is_one_of(value, "|ccda|fhir|hl7v2|text|x12|");
    if (name == "category") return is_category(value);
    return false;
}

bool is_parameter(std::string_view name) {
    return name == "category" ||
           std::any_of(std::begin(action_rules), std::end(action_rules),
                       [&](const ActionRule &r) { return packed_has(r.parameters, name); });
}

// The members that one mode reads: its own object over those of the label.
Json members_in(const Json &label, std::string_view mode) {
    Json own = Json::object();
    const Json &given = label.find(mode);
    const bool replaces = !given.is_absent();
    for (const auto &[key, value] : label.members()) {
        if (is_mode_member(key)) continue;
        // Another action of this mode: the format goes with the action it stands for.
        if (replaces && (key == "action" || key == "format")) continue;
        own.set(key, value);
    }
    if (given.kind() == Kind::string) own.set("action", given);
    for (const auto &[key, value] : given.members()) own.set(key, value);
    // Free text stays free text, whatever is done with it.
    if (label.find("format").as_text() == "text" && own.find("format").is_absent())
        own.set("format", label.find("format"));
    return own;
}

std::string type_name(ColumnType type) {
    return (type.array ? "arrays of " : "") + std::string(name_of(type.kind));
}

std::optional<std::string> format_fault(const std::string &format, ColumnType type) {
    const bool text = type.kind == ColumnKind::text;
    const bool fits = format == "fhir"    ? text || type.kind == ColumnKind::json
                      : format == "ccda"  ? text || type.kind == ColumnKind::xml
                      : format == "hl7v2" ? text || type.kind == ColumnKind::hl7v2
                                          : text;
    if (fits) return std::nullopt;
    return "Format " + format + " cannot be held by a column of " + type_name(type) + ".";
}

// What Safe Harbor and limited data sets do not allow (45 CFR 164.514(b)(2), (e)).
std::optional<std::string> mode_fault(const ColumnRule &rule, ColumnType type, Mode mode) {
    if (mode == Mode::expert_determination) return std::nullopt;
    const bool harbor = mode == Mode::safe_harbor;
    const Json &p = rule.parameters;
    switch (rule.action) {
        case ColumnAction::date_shift:
            return "Action date_shift belongs to expert_determination: shifted dates keep month "
                   "and "
                   "day.";
        case ColumnAction::hash:
            return "Action hash belongs to expert_determination: a hash is derived from the "
                   "identifier; action code gives a random one.";
        case ColumnAction::perturb: return "Action perturb belongs to expert_determination.";
        case ColumnAction::scrub:
            return "Action scrub belongs to expert_determination: text that software scrubbed may "
                   "still identify somebody.";
        case ColumnAction::format:
            if (harbor && p.find("format").as_text() == "x12")
                return "X12 has no form of a year alone, so no Safe Harbor form of its dates.";
            return std::nullopt;
        case ColumnAction::generalize:
            if (p.find("other").as_text() == "keep" || !p.find("prefixes").is_absent())
                return "Outside expert_determination, generalize keeps nothing of the value "
                       "itself.";
            return std::nullopt;
        case ColumnAction::keep: break;
        default: return std::nullopt;
    }
    const std::string list(p.find("list").as_text());
    const bool closed = !p.find("values").is_absent() || !p.find("system").is_absent() ||
                        (!list.empty() && (!harbor || (list != "city" && list != "zip")));
    switch (type.kind) {
        case ColumnKind::text:
            if (!closed)
                return "Text is kept from a closed list only: values, system or list (list city "
                       "and "
                       "zip: in a limited data set).";
            return std::nullopt;
        case ColumnKind::date:
        case ColumnKind::timestamp:
        case ColumnKind::timestamptz:
        case ColumnKind::time:
            if (harbor) return "Safe Harbor keeps no element of a date but the year.";
            return std::nullopt;
        case ColumnKind::uuid:
            if (harbor) return "Safe Harbor keeps no unique number: action code replaces it.";
            return std::nullopt;
        default:
            if (harbor && !p.find("digits").is_absent() && !is_whole(p.find("digits"), 1, 6))
                return "Safe Harbor keeps numbers of six digits at most.";
            return std::nullopt;
    }
}

}  // namespace

std::string_view name_of(ColumnKind kind) { return kind_names[static_cast<std::size_t>(kind)]; }

std::string_view name_of(ColumnAction action) { return rule_of(action).name; }

core::Result<Json> read_label(std::string_view label) {
    if (label.size() > 100'000) return refused("It is longer than 100000 bytes.");
    Json out = Json::object();
    const std::size_t first = label.find_first_not_of(" \t\n\r");
    if (first != label.npos && label[first] == '{') {
        auto parsed = core::parse_json(label);
        if (!parsed.ok()) return refused("It is not JSON.");
        out = std::move(parsed).value();
    } else {
        if (std::any_of(label.begin(), label.end(),
                        [](unsigned char c) { return c < 0x20 && (c < '\t' || c > '\r'); }))
            return refused("It holds a control character.");
        for (std::size_t at = first; at != label.npos;) {
            const std::size_t end = std::min(label.find_first_of(" \t\n\r", at), label.size());
            const std::string_view word = label.substr(at, end - at);
            const std::size_t equals = word.find('=');
            if (equals == word.npos || equals == 0 || equals + 1 == word.size())
                return refused("It is made of name=value, or a JSON object.");
            const std::string key(word.substr(0, equals));
            const std::string_view value = word.substr(equals + 1);
            if (!out.find(key).is_absent()) return refused("It names something twice.");
            if (key == "values") {
                Json list = Json::array();
                std::vector<std::string_view> parts;
                core::split(value, '|', parts);
                for (const std::string_view part : parts) list.push(Json::string(part));
                out.set(key, std::move(list));
            } else if (value == "true" || value == "false") {
                out.set(key, Json::boolean(value == "true"));
            } else if (core::is_json_number(value) && key != "authority" && key != "domain") {
                out.set(key, Json::number(value));
            } else {
                out.set(key, Json::string(value));
            }
            at = label.find_first_not_of(" \t\n\r", end);
        }
    }
    if (out.members().empty()) return refused("It says nothing.");
    for (const auto &[key, value] : out.members()) {
        if (key == "action" || is_mode_member(key) || is_parameter(key)) continue;
        return refused("It has a member that no label has.");
    }
    return out;
}

core::Result<ColumnRule> compile_column(const Json &label, ColumnType type, Mode mode) {
    const Json own = members_in(label, name_of(mode));
    const Json &said = own.find("action");
    const std::string format(own.find("format").as_text());
    const ActionRule *known = nullptr;
    if (!said.is_absent()) {
        known = rule_named(said.as_text());
        if (!known || said.kind() != Kind::string)
            return refused("Its action is not one of the list.");
        if (!own.find("format").is_absent() &&
            (format != "text" ||
             (known->action != ColumnAction::remove && known->action != ColumnAction::scrub)))
            return refused("A format has no action but remove, and text scrub.");
    } else if (format == "text") {
        known = &rule_of(ColumnAction::remove);  // free text is removed by default
    } else if (!format.empty()) {
        known = &rule_of(ColumnAction::format);
    } else {
        return refused("It says nothing for this mode.");
    }

    ColumnRule rule;
    rule.action = known->action;
    rule.parameters = Json::object();
    for (const auto &[key, value] : own.members()) {
        if (key == "action") continue;
        if (!is_parameter(key)) return refused("It has a member that no label has.");
        if (!is_typed(key, value))
            return refused("Parameter " + std::string(key) + " is not of its type.");
        // Those of the other modes' actions are shared in the short form.
        if (key == "category" || packed_has(known->parameters, key) ||
            (key == "format" && format == "text"))
            rule.parameters.set(key, value);
    }
    if (type.array && !known->arrays && known->action != ColumnAction::remove)
        return refused("Action " + std::string(known->name) + " cannot serve arrays.");
    if ((known->kinds & of(type.kind)) == 0)
        return refused("Action " + std::string(known->name) + " cannot serve a column of " +
                       type_name(type) + ".");
    const Json &p = rule.parameters;
    const std::string role(p.find("role").as_text());
    if (format == "text" && type.kind != ColumnKind::text)
        return refused("Format text is of text.");
    switch (rule.action) {
        case ColumnAction::code:
            if (p.find("domain").is_absent()) return refused("Action code needs a domain.");
            if (!role.empty() && (role != "person" || p.find("domain").as_text() != "Patient"))
                return refused("Role person is of a code of domain Patient.");
            break;
        case ColumnAction::year:
        case ColumnAction::date_shift:
            if (role == "person") return refused("Role person is of a code of domain Patient.");
            if (type.array && !role.empty()) return refused("An array of dates has no role.");
            if (!p.find("zone").is_absent() && type.kind != ColumnKind::timestamptz)
                return refused("Parameter zone is of timestamps with time zone.");
            break;
        case ColumnAction::generalize:
            if (p.find("map").is_absent() && p.find("ranges").is_absent() &&
                p.find("bins").is_absent() && p.find("prefixes").is_absent())
                return refused("Action generalize needs map, ranges, bins or prefixes.");
            if ((numbers & of(type.kind)) != 0 ? !p.find("prefixes").is_absent()
                                               : !p.find("bins").is_absent())
                return refused("Parameter bins is of numbers, prefixes of text.");
            break;
        case ColumnAction::zip3:
            // 501 is Holtsville (00501) or an area of three digits: a number does not say.
            if (type.kind == ColumnKind::integer && !p.find("left_pad").as_bool())
                return refused(
                    "ZIP codes in a column of integer have lost their leading zeros: left_pad=true "
                    "restores them.");
            break;
        case ColumnAction::substitute:
            if (p.find("with").is_absent()) return refused("Action substitute needs with.");
            break;
        case ColumnAction::perturb:
            if (p.find("span").is_absent()) return refused("Action perturb needs span.");
            break;
        case ColumnAction::keep:
            if (type.kind != ColumnKind::text &&
                (!p.find("system").is_absent() || !p.find("list").is_absent()))
                return refused("Parameters system and list are of text.");
            if ((numbers & of(type.kind)) == 0 && !p.find("digits").is_absent())
                return refused("Parameter digits is of numbers.");
            if (type.kind != ColumnKind::text && type.kind != ColumnKind::enumeration &&
                (numbers & of(type.kind)) == 0 && !p.find("values").is_absent())
                return refused("Parameter values is of text and numbers.");
            break;
        case ColumnAction::format:
            if (auto fault = format_fault(format, type)) return refused(std::move(*fault));
            break;
        default: break;
    }
    if (auto fault = mode_fault(rule, type, mode)) return refused(std::move(*fault));
    return rule;
}

std::optional<core::Error> check_label(std::string_view label, ColumnType type) {
    auto read = read_label(label);
    if (!read.ok()) return std::move(read).error();
    const Json &members = read.value();
    std::optional<core::Error> first;
    bool serves = false;
    for (const Mode mode :
         {Mode::safe_harbor, Mode::limited_data_set, Mode::expert_determination}) {
        const bool named = mode != Mode::safe_harbor && !members.find(name_of(mode)).is_absent();
        auto rule = compile_column(members, type, mode);
        if (rule.ok()) {
            serves = true;
        } else if (named) {
            return std::move(rule).error();
        } else if (!first) {
            first = std::move(rule).error();
        }
    }
    return serves ? std::nullopt : first;
}

}  // namespace clinical::deid
