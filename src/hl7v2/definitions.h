#pragma once

// What the standard defines, version by version (2.1 to 2.8): positions of segments, components of
// data types, codes of tables, message structures.  The tables lie in data/, made by a script.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace clinical::hl7v2 {

// A version of the standard, in order; for comparisons.
enum class Version : std::uint8_t { v21, v22, v23, v231, v24, v25, v251, v26, v27, v271, v28 };

// MSH-12 (its first component), if it is a version that is defined here.
std::optional<Version> version_named(std::string_view name);

// The version by which a message is read that says `name`: itself, else the nearest one (2.3.2 is
// read as 2.3.1, 2.9 as 2.8), else 2.5.1, the one most in use.
Version nearest_version(std::string_view name);

std::string_view name_of(Version version);

// A name of at most seven characters, held in place: thousands of them need no relocation.
struct ShortName {
    char text[8];
    template <std::size_t N>
    constexpr ShortName(const char (&name)[N]) : text{} {  // NOLINT(google-explicit-constructor)
        static_assert(N <= sizeof(text));
        for (std::size_t i = 0; i < N; ++i) text[i] = name[i];
    }
    [[nodiscard]] constexpr std::string_view view() const { return text; }
};

// A field of a segment or a component of a data type.
struct Position {
    ShortName owner;      // the segment or data type
    std::uint8_t number;  // from 1
    ShortName datatype;
    char usage;  // R required, O optional, C conditional, B for old messages only, W withdrawn
    std::uint8_t most;       // repetitions; 0: any number
    std::uint32_t length;    // 0: none stated
    std::uint16_t table;     // 0: none
    std::uint16_t versions;  // bit n: in version n

    [[nodiscard]] bool is_in(Version version) const {
        return (versions >> static_cast<int>(version) & 1) != 0;
    }
};

// Every position of a segment or data type in any version, in order of number; empty when there is
// no such thing.  Filter with is_in().
std::span<const Position> fields_of(std::string_view segment);
std::span<const Position> components_of(std::string_view datatype);

// The position of one version, or null.
const Position *field_of(std::string_view segment, int number, Version version);
const Position *component_of(std::string_view datatype, int number, Version version);

// Whether some version has such a data type.
bool is_datatype(std::string_view name);

// Whether the segment is defined in any version.
bool is_segment(std::string_view name);

// Whether a code stands in a table.  `unknown`: the table has no fixed list of codes here.
enum class Membership { in, out, other_version, unknown };
Membership is_code(std::uint16_t table, std::string_view code, Version version);

// The structure of a message, as text: A, [A], {A}, [{A}], A,B (one of), NAME:( ... ) a group.  The
// grammars are those of 2.3.1, 2.5.1 and 2.7.1; the nearest that has the structure serves.  Empty
// when none has it.
std::string_view grammar_of(std::string_view structure, Version version);

// The structure's name, as the definitions hold it; empty when no version has a grammar for it.
std::string_view structure_named(std::string_view name, Version version);

// Table 0354: the structure of a message code and trigger event; empty when the table has none.
std::string_view structure_of(std::string_view code, std::string_view event);

// Whether any message has the code (table 0076), or the code has the event (table 0003).
bool is_message_code(std::string_view code);

}  // namespace clinical::hl7v2
