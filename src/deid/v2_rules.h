#pragma once

// The policy `safe_harbor` for HL7 v2 as data: what is done with each field of each version.  A
// field, segment or component that is not listed is removed.

#include <cstdint>
#include <span>
#include <string_view>

namespace clinical::deid {

enum class V2Action : std::uint8_t {
    remove,
    word,         // a word of table `detail`
    number,       // below seven digits
    age,          // a number of years, capped
    year,         // of a date or time
    years,        // both ends of a range
    birth,        // year of the patient's birth
    birth_other,  // of another person's
    coded,        // CE, CWE, CNE: public codes, no text; without a system, of table `detail` - 1
    units,        // the same; without a system, UCUM
    address,      // state, country, three digits of the ZIP code
    code,         // of the crosswalk, for what V2Domain `detail` names
    constant,
    parts,       // component by component, shape `detail`
    comparator,  // of a structured number
    separator,
    sub_id,      // OBX-4: digits and dots
    range,       // OBX-7: numbers
    answer,      // OBX-5: by OBX-2, if OBX-3 stays
    value_type,  // OBX-2
    country,
    language,
    state,
    version,     // MSH-12, when it is known
    delimiters,  // MSH-1, MSH-2
};

// Sorted by name, as the generator counts them.
enum class V2Domain : std::uint16_t { document, filler, message, patient, placer, specimen, visit };

struct V2Rule {
    V2Action action = V2Action::remove;
    std::uint16_t detail = 0;
};
struct V2Variant {
    std::uint8_t from;  // the first version it holds for: v2_version(); 0 for unknown ones alone
    V2Action action;
    std::uint16_t detail;
};
struct V2Field {
    std::uint16_t first;
    std::uint16_t count;
};
struct V2Segment {
    std::string_view id;
    std::uint16_t first;
    std::uint16_t count;
};

// Position of a version (MSH-12) in the order of versions, from 1; 0 for any that is not known.
int v2_version(std::string_view text);
// A segment that may stay, or null.
const V2Segment *v2_segment(std::string_view id);
V2Rule v2_rule(const V2Segment &segment, int field, int version);
std::span<const V2Rule> v2_shape(int n);
std::string_view v2_table(int n);
// Codes of the table of that number, packed; empty when there is none.
std::string_view v2_table_named(int number);
// Domain of codes and of identifiers in a project's crosswalk.
std::string_view v2_domain(V2Domain domain);

}  // namespace clinical::deid
