#pragma once

// A code of a code system: FHIR Coding, SQL type coding.
//
// Text form: system|code[|version[|display]].  The system is a URI or a short name (systems.h), and
// may be empty; a bar or backslash inside a part is written \| or \\.  Space around a part is not
// part of it (FHIR code: no leading or trailing space).
//
// Identity is system and code.  Version and display are carried along and do not take part in
// comparison or hashing: the same concept, as CQL's equivalence has it.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "codes/systems.h"
#include "core/error.h"
#include "core/tree.h"

namespace clinical::codes {

// Views; nothing is owned.
struct CodingView {
    std::string_view system;  // URI, or empty
    std::string_view code;
    std::string_view version;
    std::string_view display;
};

struct Coding {
    std::string system;
    std::string code;
    std::string version;
    std::string display;
    [[nodiscard]] CodingView view() const { return {system, code, version, display}; }
};

constexpr std::size_t max_part_bytes = 16384;  // of system, code, version or display

core::Result<Coding> parse_coding(std::string_view text);
std::string to_text(const CodingView &coding);

// The same rules for parts that come apart: trims, finds the system's URI, checks.
core::Result<Coding> make_coding(std::string_view system, std::string_view code,
                                 std::string_view version, std::string_view display);

// The stored form: a byte of flags, the system (its number, or its text), code, version, display.
std::string pack(const CodingView &coding);
// Nothing for bytes that pack() did not make.
std::optional<CodingView> unpack(std::string_view bytes);

// By system and code, as bytes.
std::strong_ordering compare(const CodingView &a, const CodingView &b);

namespace detail {

template <core::Node N>
std::string_view text_member(const N &object, std::string_view key) {
    const N member = object.find(key);
    return member.kind() == core::Kind::string ? std::string_view(member.as_text())
                                               : std::string_view();
}

// Nothing when it has no usable code.
template <core::Node N>
std::optional<Coding> one_coding(const N &node) {
    if (node.kind() != core::Kind::object) return std::nullopt;
    auto made = make_coding(text_member(node, "system"), text_member(node, "code"),
                            text_member(node, "version"), text_member(node, "display"));
    if (!made.ok()) return std::nullopt;
    return std::move(made).value();
}

}  // namespace detail

// Calls `each(Coding, user_selected)` for every usable coding of a FHIR Coding or CodeableConcept,
// in order; entries without code are passed over.
template <core::Node N, typename Each>
void for_each_coding(const N &node, Each each) {
    if (node.kind() != core::Kind::object) return;
    const N list = node.find("coding");
    if (list.kind() == core::Kind::absent) {
        if (auto one = detail::one_coding(node)) each(std::move(*one), false);
        return;
    }
    if (list.kind() != core::Kind::array) return;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const N entry = list.at(i);
        auto one = detail::one_coding(entry);
        if (!one) continue;
        const N chosen = entry.find("userSelected");
        each(std::move(*one), chosen.kind() == core::Kind::boolean && chosen.as_bool());
    }
}

// The one coding that stands for a Coding or CodeableConcept: what the user selected, else the
// first; nothing when there is none with a code.
template <core::Node N>
std::optional<Coding> coding_of(const N &node) {
    std::optional<Coding> best;
    bool selected = false;
    for_each_coding(node, [&](Coding coding, bool user_selected) {
        if (best && (selected || !user_selected)) return;
        best = std::move(coding);
        selected = user_selected;
    });
    return best;
}

// As FHIR Coding.
template <core::Writer W>
void write_coding(const CodingView &coding, W &writer) {
    writer.begin_object();
    const auto member = [&](std::string_view key, std::string_view value) {
        if (value.empty()) return;
        writer.key(key);
        writer.string(value);
    };
    member("system", coding.system);
    member("version", coding.version);
    member("code", coding.code);
    member("display", coding.display);
    writer.end_object();
}

}  // namespace clinical::codes
