#pragma once

// Runs the rows of a map over a segment or a value.

#include <string>
#include <vector>

#include "convert/context.h"
#include "convert/mapping.h"

namespace clinical::convert {

// A segment map onto `target`.  Top-level elements that an explicit null empties are added to
// `cleared`.
void apply_segment(Context &context, const Map &map, const Fields &segment, const Related &related,
                   core::Json &target, std::vector<std::string> *cleared = nullptr);

// The same by name; nothing happens when an overlay took the map away.
void apply_segment(Context &context, std::string_view map, const Fields &segment,
                   const Related &related, core::Json &target,
                   std::vector<std::string> *cleared = nullptr);

// A data type map onto `target`; `in_component`: the value is a component, its parts are
// subcomponents.
void apply_value(Context &context, const Map &map, const hl7v2::Value &value, bool in_component,
                 core::Json &target);
void apply_value(Context &context, std::string_view map, const hl7v2::Value &value,
                 bool in_component, core::Json &target);

// The JSON of a primitive; absent (with an issue) when the text is none.
core::Json primitive(Context &context, Primitive type, const hl7v2::Value &value);
core::Json primitive(Context &context, Primitive type, const std::string &text);

}  // namespace clinical::convert
