#pragma once

// The one table of functions: name, how many arguments, and what kind they are.

#include <cstdint>
#include <string_view>

namespace clinical::fhirpath {

enum class Function : std::uint8_t {
    // 5.1 existence
    empty,
    exists,
    all,
    all_true,
    any_true,
    all_false,
    any_false,
    subset_of,
    superset_of,
    count,
    distinct,
    is_distinct,
    // 5.2 filtering and projection
    where,
    select,
    sort,
    repeat,
    repeat_all,
    of_type,
    coalesce,
    // 5.3 subsetting
    single,
    first,
    last,
    tail,
    skip,
    take,
    intersect,
    exclude,
    // 5.4 combining
    union_of,
    combine,
    // 5.5 conversion
    iif,
    to_boolean,
    to_integer,
    to_long,
    to_decimal,
    to_date,
    to_date_time,
    to_time,
    to_quantity,
    to_string,
    converts_to_boolean,
    converts_to_integer,
    converts_to_long,
    converts_to_decimal,
    converts_to_date,
    converts_to_date_time,
    converts_to_time,
    converts_to_quantity,
    converts_to_string,
    // 5.6 strings
    index_of,
    last_index_of,
    substring,
    starts_with,
    ends_with,
    contains,
    upper,
    lower,
    replace,
    matches,
    matches_full,
    replace_matches,
    length,
    to_chars,
    encode,
    decode,
    escape,
    unescape,
    trim,
    split,
    join,
    // 5.7 mathematics
    abs,
    ceiling,
    exp,
    floor,
    ln,
    log,
    power,
    round,
    sqrt,
    truncate,
    // 5.8 tree navigation
    children,
    descendants,
    // 5.9 utility
    trace,
    now,
    time_of_day,
    today,
    define_variable,
    low_boundary,
    high_boundary,
    precision,
    year_of,
    month_of,
    day_of,
    hour_of,
    minute_of,
    second_of,
    millisecond_of,
    timezone_offset_of,
    date_of,
    time_of,
    duration,
    difference,
    comparable,
    // 6 operations in the form of functions
    not_,
    is,
    as,
    type,
    // 7 aggregates
    aggregate,
    sum,
    min,
    max,
    avg,
    // FHIR (hl7.org/fhir/R4/fhirpath.html)
    extension,
    has_value,
    get_value,
    resolve,
    element_definition,
    slice,
    check_modifiers,
    conforms_to,
    member_of,
    subsumes,
    subsumed_by,
    html_checks,
    // SQL on FHIR v2
    get_resource_key,
    get_reference_key,
};

enum class Parameter : std::uint8_t {
    value,   // evaluated once, in the context of the call
    lambda,  // evaluated for each item, which is its $this
    type,    // a type's name
};

struct Signature {
    std::string_view name;
    Function function;
    std::uint8_t least, most;            // arguments
    Parameter first = Parameter::value;  // kind of the first argument
    Parameter rest = Parameter::value;   // of the others
};

// Nothing for a name that is no function.
const Signature *signature_of(std::string_view name);

}  // namespace clinical::fhirpath
