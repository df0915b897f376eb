#pragma once

// What a site asks of its messages beyond the standard, or waives.  As JSON:
//
//   {"name": "...",
//    "segments": [
//      {"segment": "PID", "usage": "R", "cardinality": {"min": 1, "max": 1},
//       "fields": [
//         {"field": 3, "usage": "R", "cardinality": {"min": 1, "max": 1}},
//         {"field": 3, "component": 4, "usage": "R"},
//         {"field": 8, "usage": "RE", "valueSet": ["M", "F", "U"], "length": 1,
//          "datatype": "IS"}]}],
//    "tables": {"0001": ["M", "F"]}}
//
// Usage is R (must be there), RE, O and C (need not: they waive the standard's R) or X (must not be
// there).  `max` may be a number or "*".  A segment that is not the standard's (ZPD) gets its
// fields this way.  A table given here takes the place of the standard's, and so do a place's
// value set and length.

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/tree.h"
#include "hl7v2/definitions.h"

namespace clinical::hl7v2 {

struct Profile {
    enum class Usage : std::uint8_t { unstated, required, optional, forbidden };
    struct Cardinality {
        std::optional<int> min;
        std::optional<int> max;  // 0: any number
    };
    struct Field {
        int field = 0, component = 0, subcomponent = 0;
        Usage usage = Usage::unstated;
        Cardinality cardinality;
        std::optional<int> length;
        std::string datatype;
        std::optional<std::vector<std::string>> values;  // sorted
    };
    struct Segment {
        std::string id;
        Usage usage = Usage::unstated;
        Cardinality cardinality;
        std::vector<Field> fields;  // in order of place
    };

    std::vector<Segment> segments;
    std::map<int, std::vector<std::string>> tables;  // sorted

    [[nodiscard]] const Segment *find(std::string_view id) const {
        for (const Segment &segment : segments)
            if (segment.id == id) return &segment;
        return nullptr;
    }
    // The rule of a place of a segment, or null.
    static const Field *find(const Segment *segment, int field, int component, int subcomponent) {
        if (!segment) return nullptr;
        for (const Field &rule : segment->fields)
            if (rule.field == field && rule.component == component &&
                rule.subcomponent == subcomponent)
                return &rule;
        return nullptr;
    }
};

namespace profile_reader {

// A profile has hundreds of rules: an error says which, by its place in the document.
[[noreturn]] inline void refuse(std::string_view where, std::string_view rule) {
    throw core::Error{core::ErrorCode::invalid_option, "invalid HL7 v2 profile",
                      std::string(where) + " " + std::string(rule) + ".", 0};
}

inline std::string item(std::string_view list, std::size_t i) {
    return std::string(list) + "[" + std::to_string(i) + "]";
}

// Numbers of a Node are read as text where it has one, else by its own means.
template <core::Node N>
int number(const N &node, const std::string &where, int least) {
    std::string digits;
    if constexpr (requires { node.number_text(); }) {
        if (node.kind() == core::Kind::number) digits = node.number_text();
    } else if (node.kind() == core::Kind::number) {
        digits = std::string(node.as_text());
    }
    int value = -1;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < least)
        refuse(where, "must be a whole number, " + std::to_string(least) + " or more");
    return value;
}

template <core::Node N>
std::string_view text(const N &node, const std::string &where) {
    if (node.kind() != core::Kind::string) refuse(where, "must be a text");
    return node.as_text();
}

template <core::Node N>
Profile::Usage usage(const N &node, const std::string &where) {
    if (node.kind() == core::Kind::absent) return Profile::Usage::unstated;
    const std::string_view name = text(node, where);
    if (name == "R") return Profile::Usage::required;
    if (name == "X") return Profile::Usage::forbidden;
    if (name == "RE" || name == "O" || name == "C" || name == "CE" || name == "B")
        return Profile::Usage::optional;
    refuse(where, "must be R, RE, O, C, CE, B or X");
}

template <core::Node N>
std::vector<std::string> codes(const N &node, const std::string &where) {
    if (node.kind() != core::Kind::array) refuse(where, "must be a list of texts");
    std::vector<std::string> out;
    for (std::size_t i = 0; i < node.size(); ++i)
        out.emplace_back(text(node.at(i), item(where, i)));
    std::ranges::sort(out);
    return out;
}

// A member that nobody reads would be a rule that silently does not hold.
template <core::Node N>
void allow_only(const N &node, const std::string &where,
                std::initializer_list<std::string_view> names) {
    if (node.kind() != core::Kind::object) refuse(where, "must be an object");
    for (std::size_t i = 0; i < node.size(); ++i)
        if (std::ranges::find(names, std::string_view(node.key(i))) == names.end())
            refuse(where, "has a member that is not known");
}

template <core::Node N>
Profile::Cardinality cardinality(const N &node, const std::string &where) {
    Profile::Cardinality out;
    if (node.kind() == core::Kind::absent) return out;
    allow_only(node, where, {"min", "max"});
    if (const N min = node.find("min"); min.kind() != core::Kind::absent)
        out.min = number(min, where + ".min", 0);
    const N max = node.find("max");
    if (max.kind() == core::Kind::string && max.as_text() == "*")
        out.max = 0;
    else if (max.kind() != core::Kind::absent)
        out.max = number(max, where + ".max", 1);
    if (out.max.value_or(0) > 0 && out.min.value_or(0) > *out.max)
        refuse(where, "has a min above its max");
    return out;
}

template <core::Node N>
Profile::Field field(const N &node, const std::string &where) {
    allow_only(node, where,
               {"field", "component", "subcomponent", "name", "usage", "cardinality", "length",
                "datatype", "valueSet"});
    Profile::Field out;
    out.field = number(node.find("field"), where + ".field", 1);
    if (const N n = node.find("component"); n.kind() != core::Kind::absent)
        out.component = number(n, where + ".component", 1);
    if (const N n = node.find("subcomponent"); n.kind() != core::Kind::absent) {
        if (out.component == 0) refuse(where, "has a subcomponent without its component");
        out.subcomponent = number(n, where + ".subcomponent", 1);
    }
    out.usage = usage(node.find("usage"), where + ".usage");
    out.cardinality = cardinality(node.find("cardinality"), where + ".cardinality");
    if (out.component > 0 && (out.cardinality.min || out.cardinality.max))
        refuse(where, "has a cardinality, but components do not repeat: usage says what must be");
    if (const N n = node.find("length"); n.kind() != core::Kind::absent)
        out.length = number(n, where + ".length", 1);
    if (const N n = node.find("datatype"); n.kind() != core::Kind::absent) {
        out.datatype = text(n, where + ".datatype");
        if (!is_datatype(out.datatype)) refuse(where + ".datatype", "is none of the standard's");
    }
    if (const N n = node.find("valueSet"); n.kind() != core::Kind::absent)
        out.values = codes(n, where + ".valueSet");
    return out;
}

inline bool is_segment_name(std::string_view id) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    return id.size() == 3 && is_upper(id[0]) &&
           std::ranges::all_of(id, [&](char c) { return is_upper(c) || (c >= '0' && c <= '9'); });
}

template <core::Node N>
Profile::Segment segment(const N &node, const std::string &where) {
    allow_only(node, where, {"segment", "name", "usage", "cardinality", "fields"});
    Profile::Segment out;
    out.id = text(node.find("segment"), where + ".segment");
    if (!is_segment_name(out.id))
        refuse(where + ".segment", "must be a segment's name, in capitals");
    out.usage = usage(node.find("usage"), where + ".usage");
    out.cardinality = cardinality(node.find("cardinality"), where + ".cardinality");
    const N fields = node.find("fields");
    if (fields.kind() == core::Kind::absent) return out;
    if (fields.kind() != core::Kind::array) refuse(where + ".fields", "must be a list");
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string at = item(where + ".fields", i);
        Profile::Field rule = field(fields.at(i), at);
        if (Profile::find(&out, rule.field, rule.component, rule.subcomponent))
            refuse(at, "is of a place that has a rule already");
        out.fields.push_back(std::move(rule));
    }
    std::ranges::stable_sort(out.fields, {}, [](const Profile::Field &f) {
        return std::tuple(f.field, f.component, f.subcomponent);
    });
    return out;
}

}  // namespace profile_reader

// A profile from any JSON.  Throws core::Error (invalid_option) where it is none.
template <core::Node N>
Profile read_profile(const N &node) {
    using namespace profile_reader;
    allow_only(node, "The document", {"name", "description", "segments", "tables"});
    Profile out;
    if (const N segments = node.find("segments"); segments.kind() != core::Kind::absent) {
        if (segments.kind() != core::Kind::array) refuse("segments", "must be a list");
        for (std::size_t i = 0; i < segments.size(); ++i) {
            const std::string at = item("segments", i);
            Profile::Segment rule = segment(segments.at(i), at);
            if (out.find(rule.id)) refuse(at, "is of a segment that has rules already");
            out.segments.push_back(std::move(rule));
        }
    }
    if (const N tables = node.find("tables"); tables.kind() != core::Kind::absent) {
        if (tables.kind() != core::Kind::object) refuse("tables", "must be an object");
        for (std::size_t i = 0; i < tables.size(); ++i) {
            const std::string_view name = tables.key(i);
            int table = 0;
            const auto [end, error] =
                std::from_chars(name.data(), name.data() + name.size(), table);
            if (error != std::errc() || end != name.data() + name.size() || table < 1)
                refuse("tables", "must be named by their number");
            out.tables[table] = codes(tables.at(i), "tables[" + std::to_string(table) + "]");
        }
    }
    return out;
}

}  // namespace clinical::hl7v2
