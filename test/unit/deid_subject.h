#pragma once

// Whose data a test copies, and with which codes.

#include <string_view>

#include "core/json.h"
#include "deid/code_source.h"
#include "deid/crosswalk.h"
#include "deid/rules.h"

namespace clinical::deid {

// A person of whom these facts (JSON, or nothing) are known, and options to copy its data with.
struct Subject {
    core::Json facts;
    Person person;
    Options options;

    explicit Subject(std::string_view json, bool linked = false)
        : facts(core::parse_json(json.empty() ? "{}" : json).value()),
          person(read_person(core::JsonNode(facts))) {
        options.person = &person;
        options.reference = {2024, 6, 1};
        options.on_known = person.on_known.value_or(linked ? OnKnown::refuse : OnKnown::remove);
    }
    Subject(const Subject &) = delete;  // the options point into it
    Subject &operator=(const Subject &) = delete;
};

// write(source) with the codes of a JSON object; null: without any.
template <typename Write>
void with_codes(const char *json, const Write &write) {
    if (!json) {
        NoCodes none;
        CodesFrom source(none);
        return write(source);
    }
    const core::Json given = core::parse_json(json).value();
    GivenCodes<core::JsonNode> codes{core::JsonNode(given)};
    CodesFrom source(codes);
    write(source);
}

}  // namespace clinical::deid
