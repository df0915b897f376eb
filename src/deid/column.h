#pragma once

// What a copy of a table holds of a column, as its label says: an action of the closed list with
// typed parameters, no expressions.  A label is written as
//
//     action=code domain=Patient authority=GOODHOSP
//     action=year role=birth
//     action=keep values=M|F|U
//     format=fhir
//     action=year expert_determination=date_shift
//
// or as the JSON object that this stands for ({"action": "generalize", "map": {"M": "male"}}).
// `action` or `format` says what happens in every mode that has no member of its own
// (limited_data_set, expert_determination: an action, or an object).
//
// A rule is refused when its action cannot serve the type of the column, and when the mode does
// not allow it: Safe Harbor takes no date shift, no HMAC, no noise, no scrubbed text, and keeps
// text only from closed lists (45 CFR 164.514(b)(2)).

#include <string_view>

#include "core/json.h"
#include "deid/context.h"

namespace clinical::deid {

enum class ColumnKind {
    boolean,
    integer,
    number,
    text,
    enumeration,
    date,
    timestamp,
    timestamptz,
    time,
    interval,
    uuid,
    json,
    xml,
    hl7v2,
    other,  // bytea, inet, ranges, types of other extensions: removed, or nothing
};
std::string_view name_of(ColumnKind kind);

struct ColumnType {
    ColumnKind kind = ColumnKind::other;
    bool array = false;  // of that kind
};

enum class ColumnAction {
    keep,
    remove,
    code,  // of the project's crosswalk
    year,
    date_shift,
    hash,
    zip3,
    age_cap,
    substitute,
    generalize,
    perturb,
    scrub,
    format,  // the rules of the format that the column holds
};
std::string_view name_of(ColumnAction action);

struct ColumnRule {
    ColumnAction action = ColumnAction::remove;
    core::Json parameters;  // an object: those that the action takes, and category
};

// The label as an object; refuses (invalid_option) what is no label.
core::Result<core::Json> read_label(std::string_view label);

// The rule of a column in one mode; refuses (invalid_option) with the rule that forbids it.
core::Result<ColumnRule> compile_column(const core::Json &label, ColumnType type, Mode mode);

// Whether a label can be written on a column of that type: the reason against it, or nothing.  In
// each mode that it names it must compile, and in one at least.
std::optional<core::Error> check_label(std::string_view label, ColumnType type);

}  // namespace clinical::deid
