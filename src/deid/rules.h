#pragma once

// The policy `safe_harbor` as data: what is done with each element of each FHIR R4 type in scope.
// An element that is not listed is removed, a type that is not listed is dropped: 45 CFR
// 164.514(b)(2)(i) is applied as an allow list.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace clinical::deid {

enum class Action : std::uint8_t {
    remove,        // listed only because the definition requires the element
    boolean,       // kept
    number,        // kept below seven digits
    code,          // kept if in the required value set (detail)
    language,      // kept if a BCP 47 tag of ISO 639-2 and ISO 3166
    currency,      // kept if of ISO 4217
    codeable,      // CodeableConcept: its public codings, no text
    coding,        // Coding: system and code of a public system, no display
    quantity,      // value, comparator, UCUM code, the unit if it is that code
    age,           // the same; above 89 years it becomes 90 with comparator >=
    range,         // of quantities
    year,          // date, dateTime: the year
    instant_year,  // instant of a choice: the year, as the dateTime of the same choice
    birth_year,    // the year, unless it says that the person is over 89
    plural,        // multipleBirthInteger: becomes the boolean
    address,       // state, country, three digits of the ZIP code
    reference,     // to a code of the crosswalk or a contained resource, else removed;
                   // detail: 1 + the resource type that a reference without one must mean
    canonical,     // kept if it names a profile of FHIR R4 or US Core
    link_id,       // of a questionnaire's item: kept if it is a LOINC code or a short number
    walk,          // object, element by element (detail: its structure)
    contained,     // resources, by the same rules
    resource,      // the resource of an entry, by the same rules
    extension,     // by allow list of URLs
    modifier,      // modifierExtension: what it changes is not understood once it is removed
    meta,          // public profiles, confidentiality, and the mark ANONYED
};

struct Element {
    enum : std::uint8_t { required = 1, repeats = 2, governed = 4, primitive = 8 };
    std::string_view name;
    Action action;
    std::uint16_t detail;
    std::uint8_t flags;

    [[nodiscard]] bool is(int flag) const { return (flags & flag) != 0; }
};

// Structures that mean more than the sum of their elements.
enum class Special : std::uint8_t {
    none,
    bundle,
    entry,
    patient,
    relative,
    observation,  // these five ask a question: what answers it stays only with it
    component,
    characteristic,
    target,
    item,
    ratio,  // these two stay whole or not at all
    money,
};

struct Structure {
    std::string_view name;  // a path of the definition: Observation, Observation.component
    std::uint16_t first;
    std::uint16_t count;
    Special special;
};

// What the value of an allowed extension must be.
enum class ExtensionValue : std::uint8_t {
    none,
    nested,
    boolean,
    codeable,
    coding,
    sex,
    absent,
    null_flavor
};

struct ExtensionRule {
    struct Part {
        std::string_view url;
        ExtensionValue value = ExtensionValue::none;
    };
    std::string_view url;
    ExtensionValue value = ExtensionValue::none;
    Part parts[3];
};

// The tables of one policy.  The first `types` structures are the resource types in scope, sorted;
// elements are sorted by name within their structure.
struct Rules {
    std::span<const Structure> structures;
    std::span<const Element> all_elements;
    std::size_t types = 0;

    // A resource type in scope, or null.
    [[nodiscard]] const Structure *resource(std::string_view type) const;
    [[nodiscard]] const Structure &structure(std::size_t n) const { return structures[n]; }
    [[nodiscard]] std::span<const Element> elements(const Structure &structure) const {
        return all_elements.subspan(structure.first, structure.count);
    }
    // The element of that property name, choice types spelled out; null when it is removed.
    [[nodiscard]] const Element *element(const Structure &structure, std::string_view name) const;
};

// The policy safe_harbor.
const Rules &safe_harbor_rules();

// Codes of required value set `n`, packed as |a|b|.
std::string_view bound_codes(int n);
const ExtensionRule *find_extension(std::string_view url);

// SHA-256, in hexadecimal, of the version of the engine and of all tables.
std::string_view policy_hash();
std::string_view policy_version();

// Whether a packed list |a|b|c|, sorted by bytes, holds `word`.
bool packed_has(std::string_view list, std::string_view word);

}  // namespace clinical::deid
