#pragma once

// Runs the engine over core::Json: for unit tests and the fuzzer.

#include <optional>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/safe_harbor.h"
#include "tree_writer.h"

namespace clinical::deid {

using core::TreeWriter;

struct Setting {
    std::string person;  // JSON, or empty
    Date reference = {2024, 6, 1};
    std::optional<std::string> codes;  // JSON: the linkable form
};

// The copy, absent when the resource is dropped.
inline core::Json run(const core::Json &resource, const Setting &how = {}) {
    const auto parse = [](const std::string &text) { return core::parse_json(text).value(); };
    const core::Json facts = how.person.empty() ? core::Json() : parse(how.person);
    const Person person = read_person(core::JsonNode(facts));
    Options options;
    options.reference = how.reference;
    options.person = &person;
    options.on_known = person.on_known.value_or(how.codes ? OnKnown::refuse : OnKnown::remove);
    TreeWriter writer;
    if (how.codes) {
        const core::Json given = parse(*how.codes);
        GivenCodes<core::JsonNode> codes{core::JsonNode(given)};
        SafeHarbor<core::JsonNode, TreeWriter, GivenCodes<core::JsonNode>> engine(options, codes,
                                                                                  writer);
        engine.write(core::JsonNode(resource));
    } else {
        NoCodes codes;
        SafeHarbor<core::JsonNode, TreeWriter, NoCodes> engine(options, codes, writer);
        engine.write(core::JsonNode(resource));
    }
    return writer.root;
}

// What the linkable form asks for.
inline std::set<std::pair<std::string, std::string>> wanted(const core::Json &resource) {
    const Person nobody;
    Options options;
    options.reference = {2000, 1, 1};
    options.person = &nobody;
    GatheredCodes codes;
    NullWriter writer;
    SafeHarbor<core::JsonNode, NullWriter, GatheredCodes> engine(options, codes, writer);
    engine.write(core::JsonNode(resource));
    return codes.wanted;
}

}  // namespace clinical::deid
