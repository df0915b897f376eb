#include "deid/policy_v2.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "deid/policy_text.h"
#include "deid/rules.h"
#include "deid/v2_text.h"

namespace clinical::deid {

namespace {

using hl7v2::Path;
using Text = std::string_view;

constexpr int deepest_type = 3;  // a composite of composites of primitives

bool is_primitive(Text type) {
    return packed_has("|DT|DTM|FT|GTS|ID|IS|NM|SI|SNM|ST|TM|TN|TX|", type);
}
bool is_unknown(Text type) { return type.empty() || type == "VARIES"; }

// Whether a value of the type may hold a primitive of the list, in any version.
bool may_hold(Text type, Text list, int depth = 0) {
    if (is_unknown(type) || packed_has(list, type)) return true;
    if (depth == deepest_type) return false;
    const auto parts = hl7v2::components_of(type);
    return std::any_of(parts.begin(), parts.end(), [&](const hl7v2::Position &p) {
        return may_hold(p.datatype.view(), list, depth + 1);
    });
}

// What an action needs to find in a value, or it would only ever remove it.
Text needed_by(Treatment treatment) {
    switch (treatment) {
        // Before version 2.3 and in local use, a string may say anything.
        case Treatment::year:
        case Treatment::date_shift: return "|DT|DTM|TS|";
        case Treatment::age_cap:
        case Treatment::perturb: return "|NM|SI|SN|ST|";
        case Treatment::zip3: return "|AD|ID|SAD|ST|XAD|";
        default: return {};
    }
}

// The types that a place has in the versions that define it; an empty one where any may stand.
std::vector<Text> types_at(const Path &path) {
    std::vector<Text> types;
    for (const hl7v2::Position &p : hl7v2::fields_of(path.segment))
        if (p.number == path.field) types.push_back(p.datatype.view());
    for (const int part : {path.component, path.subcomponent}) {
        if (part == 0) break;
        std::vector<Text> below;
        for (const Text type : types) {
            if (is_unknown(type)) below.emplace_back();
            // A primitive is its own first component.
            if (part == 1 && hl7v2::components_of(type).empty()) below.push_back(type);
            for (const hl7v2::Position &p : hl7v2::components_of(type))
                if (p.number == part) below.push_back(p.datatype.view());
        }
        types = std::move(below);
    }
    return types;
}

constexpr Text texts = "|FT|ST|TX|";

// Fields that hold text, and the texts of a coded value; no part of a name, an address or a number,
// and nothing of the segments about people: a lone "Brown" is no sentence in which a scrubber could
// find a name.
bool is_text(const Path &path, const std::vector<Text> &types) {
    if (packed_has("|ARV|GT1|IN1|IN2|IN3|MRG|NK1|OH1|PD1|PID|PRA|PRT|STF|UB1|UB2|", path.segment))
        return false;
    const bool result = path.segment == "OBX" && path.field == 5;
    if (path.component > 0 && !result) {
        Path whole = path;
        whole.component = whole.subcomponent = 0;
        const std::vector<Text> around = types_at(whole);
        if (std::none_of(around.begin(), around.end(),
                         [](Text type) { return packed_has("|CE|CF|CNE|CWE|", type); }))
            return false;
    }
    return std::any_of(types.begin(), types.end(), [&](Text type) {
        return packed_has(texts, type) || (is_unknown(type) && result);
    });
}

// The closest first: a smaller place, then one with a condition.
auto closeness(const Path &path) {
    return std::tuple(path.subcomponent > 0, path.component > 0, path.field > 0,
                      path.repetitions.condition.has_value(), path.segments.condition.has_value());
}

bool is_same(const hl7v2::Selector &a, const hl7v2::Selector &b) {
    if (a.condition.has_value() != b.condition.has_value()) return false;
    return !a.condition ||
           (a.condition->place == b.condition->place && a.condition->text == b.condition->text);
}

bool is_same(const Path &a, const Path &b) {
    return a.field == b.field && a.component == b.component && a.subcomponent == b.subcomponent &&
           is_same(a.segments, b.segments) && is_same(a.repetitions, b.repetitions);
}

std::optional<std::string> refuse_action(const Treated &treated, const std::vector<Text> &types) {
    const Text needed = needed_by(treated.treatment);
    if (needed.empty()) return std::nullopt;
    const bool fits =
        std::any_of(types.begin(), types.end(), [&](Text type) { return may_hold(type, needed); });
    if (fits) return std::nullopt;
    return "The path names no value that the action could treat.";
}

}  // namespace

std::optional<std::string> V2Rows::add(Text path, Treated treated) {
    static constexpr const char *twice = "Two rows name the same path.";
    const Treatment action = treated.treatment;
    if (action == Treatment::substitute) {
        const auto kind = treated.parameters.find("with").kind();
        if (kind != core::Kind::string && kind != core::Kind::number)
            return "What substitutes a value of HL7 v2 is a string or a number.";
    }
    static constexpr const char *no_text =
        "Action scrub takes text: a field of type TX, FT or ST, OBX-5, or the text of a coded "
        "value, in no segment about people.";
    if (path == "*") {
        if (rest) return twice;
        if (action == Treatment::scrub) return no_text;
        if (action == Treatment::substitute) return "Action substitute needs the path of a field.";
        rest = std::move(treated);
        return std::nullopt;
    }
    // A data type: XPN, XPN.1.
    const Text name = path.substr(0, path.find('.'));
    if (!hl7v2::components_of(name).empty() || is_primitive(name)) {
        std::vector<Text> types{name};
        if (name.size() < path.size()) {
            types.clear();
            for (const hl7v2::Position &p : hl7v2::components_of(name))
                if (std::to_string(p.number) == path.substr(name.size() + 1))
                    types.push_back(p.datatype.view());
            if (types.empty()) return "The path names no component of its data type.";
        }
        if (auto rule = refuse_action(treated, types)) return rule;
        if (action == Treatment::scrub && path != "FT" && path != "TX") return no_text;
        if (!this->types.emplace(path, std::move(treated)).second) return twice;
        return std::nullopt;
    }
    if (path.ends_with("-*")) path.remove_suffix(2);
    auto parsed = Path::parse(path);
    if (!parsed) return "The path is no place in HL7 v2.";
    Path place = std::move(parsed).value();
    if (place.rooted || place.segments.index > 0 || place.repetitions.index > 0)
        return "The path has a group, an ordinal or a wildcard, which rows do not take.";
    const bool local = place.segment[0] == 'Z';
    if (!local && !hl7v2::is_segment(place.segment)) return "The path names no segment of HL7 v2.";
    if (place.field == 0) {
        if (action == Treatment::scrub) return no_text;
        if (action == Treatment::substitute) return "Action substitute needs the path of a field.";
    } else if (!local) {
        const bool header = packed_has("|BHS|FHS|MSH|", place.segment);
        if (header && place.field < 3) return "The path names delimiters.";
        const std::vector<Text> types = types_at(place);
        if (types.empty()) return "The path names no field or component of its segment.";
        if (auto rule = refuse_action(treated, types)) return rule;
        if (action == Treatment::scrub && !is_text(place, types)) return no_text;
    }
    std::vector<V2Row> &rows = segments[place.segment];
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const V2Row &row) { return is_same(row.path, place); }))
        return twice;
    const auto before = std::find_if(rows.begin(), rows.end(), [&](const V2Row &row) {
        return closeness(row.path) < closeness(place);
    });
    rows.insert(before, V2Row{std::move(place), std::move(treated)});
    return std::nullopt;
}

bool V2Treater::enter(const hl7v2::Segment &segment) {
    static const Treated removed{};
    segment_ = segment;
    const auto found = rows_.segments.find(segment.id());
    here_ = found == rows_.segments.end() ? nullptr : &found->second;
    const Treated *own = find({0}, {});
    inherited_ = own ? own : rows_.rest ? &*rows_.rest : &removed;
    return here_ || !rows_.types.empty() || !is_allow_list();
}

bool V2Treater::is_allow_list() const { return inherited_->treatment == Treatment::allow_list; }

bool V2Treater::is_chosen() const {
    return here_ && std::any_of(here_->begin(), here_->end(), [&](const V2Row &row) {
               return row.path.segments.condition &&
                      hl7v2::fulfils(segment_, *row.path.segments.condition);
           });
}

bool V2Treater::removes(int field) const {
    const Treated *own = find({field}, {});
    return own && own->treatment == Treatment::remove;
}

Text V2Treater::type_of(int field) const {
    const auto *position = hl7v2::field_of(segment_.id(), field, version_);
    if (!position) return {};
    // OBX-2 says what OBX-5 is.
    if (position->datatype.view() == "VARIES" && segment_.id() == "OBX")
        return segment_.field(2).raw();
    return position->datatype.view();
}

const Treated *V2Treater::find(const At &at, Text repetition) const {
    if (!here_) return nullptr;
    for (const V2Row &row : *here_) {
        const Path &p = row.path;
        if (p.field != at.field || p.component != at.component || p.subcomponent != at.subcomponent)
            continue;
        if (p.segments.condition && !hl7v2::fulfils(segment_, *p.segments.condition)) continue;
        if (p.repetitions.condition &&
            !hl7v2::fulfils(hl7v2::Value(repetition, &d_), *p.repetitions.condition))
            continue;
        return &row.treated;
    }
    return nullptr;
}

// XPN.1, or XPN where `part` is 0.
const Treated *V2Treater::find_type(Text type, int part) const {
    if (rows_.types.empty() || type.empty()) return nullptr;
    std::string name(type);
    if (part > 0) name.append(1, '.').append(std::to_string(part));
    const auto found = rows_.types.find(name);
    return found == rows_.types.end() ? nullptr : &found->second;
}

bool V2Treater::has_rows_below(const At &at, Text type) const {
    if (!rows_.types.empty() && !hl7v2::components_of(type).empty()) return true;
    return here_ && std::any_of(here_->begin(), here_->end(), [&](const V2Row &row) {
               return row.path.field == at.field &&
                      (at.component == 0
                           ? row.path.component > 0
                           : row.path.component == at.component && row.path.subcomponent > 0);
           });
}

// Whether the field is one text, of which each repetition is a line.
bool V2Treater::is_scrubbed(int n, Text raw, Text type) const {
    if (!text_ || !(packed_has(texts, type) || segment_.id().starts_with('Z'))) return false;
    if (raw == "\"\"" || has_rows_below({n}, type)) return false;
    for (const char delimiter : {d_.component, d_.subcomponent})
        if (delimiter != '\0' && raw.find(delimiter) != raw.npos) return false;
    hl7v2::Parts repetitions(raw, d_.repetition);
    for (Text one; repetitions.take(one);) {
        const Treated *treated = find({n}, one);
        if (!treated) treated = find_type(type, 0);
        if (!treated || treated->treatment != Treatment::scrub) return false;
    }
    return true;
}

std::string V2Treater::scrubbed(Text raw) const {
    const auto text = text_ ? read_v2_text(raw, d_) : std::nullopt;
    if (!text) return {};
    return text_
        ->text(*text, [this](std::string_view instead) { return hl7v2::escape(instead, d_); })
        .value_or("");
}

void V2Treater::field(int n, Text raw, const Allowed &allowed, std::string &out) {
    const Text type = type_of(n);
    if (is_scrubbed(n, raw, type)) {
        out.append(scrubbed(raw));
        return;
    }
    const std::size_t start = out.size();
    bool first = true;
    hl7v2::Parts repetitions(raw, d_.repetition);
    for (Text one; repetitions.take(one); first = false) {
        const At at{n};
        const Treated *treated = find(at, one);
        if (!treated) treated = find_type(type, 0);
        if (!treated) treated = inherited_;
        std::string left;
        if (treated->treatment == Treatment::allow_list) {
            const std::string base = allowed(one, first);
            left = part(one, *treated, at, type, one, &base);
        } else if (treated->treatment != Treatment::substitute || out.size() == start) {
            left = part(one, *treated, at, type, one, nullptr);
        }
        if (left.empty()) continue;
        if (out.size() > start) out += d_.repetition;
        out.append(left);
    }
}

// What is left of a repetition or a component; `base` is what the allow list leaves of it, where
// that is how it is treated.
std::string V2Treater::part(Text raw, const Treated &treated, const At &at, Text type,
                            Text repetition, const std::string *base) {
    if (raw.empty()) return {};
    if (treated.treatment == Treatment::substitute)
        return hl7v2::escape(treated.parameters.find("with").as_text(), d_);
    const bool explicit_null = raw == "\"\"";
    if (at.subcomponent > 0 || !has_rows_below(at, type)) {
        if (base) return *base;
        if (treated.treatment == Treatment::remove) return {};
        if (treated.treatment == Treatment::keep || explicit_null) return std::string(raw);
        // What is no text, though its place may hold one (OBX-5), goes.
        if (treated.treatment == Treatment::scrub && !packed_has(texts, type) &&
            !segment_.id().starts_with('Z'))
            return {};
        return leaves(raw, treated, at);
    }
    const bool whole = at.component == 0;
    const char delimiter = whole ? d_.component : d_.subcomponent;
    hl7v2::Parts given(raw, delimiter);
    hl7v2::Parts kept(base ? Text(*base) : Text(), delimiter);
    std::string out;
    std::size_t pending = 0;
    int number = 0;
    for (Text one; given.take(one); ++pending) {
        ++number;
        Text allowed;
        kept.take(allowed);
        At below = at;
        (whole ? below.component : below.subcomponent) = number;
        const auto *position = hl7v2::component_of(type, number, version_);
        const Text kind = position ? position->datatype.view() : Text();
        const Treated *own = find(below, repetition);
        if (!own) own = find_type(type, number);
        if (!own) own = find_type(kind, 0);
        if (!own) own = &treated;
        const std::string of_list(allowed);
        const bool listed = own->treatment == Treatment::allow_list;
        const std::string left =
            part(one, *own, below, kind, repetition, listed ? &of_list : nullptr);
        if (left.empty()) continue;
        out.append(pending, delimiter).append(left);
        pending = 0;
    }
    return out;
}

// Every leaf of a value by one action.
std::string V2Treater::leaves(Text raw, const Treated &treated, const At &at) {
    const bool whole = at.component == 0;
    const char delimiter = whole ? d_.component : d_.subcomponent;
    if (at.subcomponent > 0 || delimiter == '\0' || raw.find(delimiter) == raw.npos) {
        if (whole && d_.subcomponent != '\0' && raw.find(d_.subcomponent) != raw.npos)
            return leaves(raw, treated, {at.field, 1});
        return leaf(raw, treated, at);
    }
    std::string out;
    std::size_t pending = 0;
    hl7v2::Parts parts(raw, delimiter);
    At below = at;
    int &number = whole ? below.component : below.subcomponent;
    for (Text one; parts.take(one); ++pending) {
        ++number;
        const std::string left = one.empty() ? std::string() : leaves(one, treated, below);
        if (left.empty()) continue;
        out.append(pending, delimiter).append(left);
        pending = 0;
    }
    return out;
}

std::string V2Treater::leaf(Text raw, const Treated &treated, const At &at) {
    if (raw == "\"\"") return std::string(raw);
    if (treated.treatment == Treatment::scrub) return scrubbed(raw);
    std::string place(segment_.id());
    for (const int n : {at.field, at.component, at.subcomponent})
        if (n > 0) place.append(1, '.').append(std::to_string(n));
    const auto left = treater_.treat(treated, hl7v2::unescape(raw, d_), place);
    return left ? hl7v2::escape(*left, d_) : std::string();
}

}  // namespace clinical::deid
