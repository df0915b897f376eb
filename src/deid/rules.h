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
    walk,          // object, element by element (detail: its structure)
    contained,     // resources, by the same rules
    extension,     // by allow list of URLs
    modifier,      // modifierExtension: what it changes is not understood once it is removed
    meta,          // public profiles, confidentiality, and the mark ANONYED
};

struct Element {
    enum : std::uint8_t { required = 1, repeats = 2, governed = 4, primitive = 8 };
    std::string_view name;
    Action action;
    std::uint8_t detail;
    std::uint8_t flags;

    [[nodiscard]] bool is(int flag) const { return (flags & flag) != 0; }
};

struct Structure {
    std::string_view name;  // a path of the definition: Observation, Observation.component
    std::uint16_t first;
    std::uint16_t count;
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

// A resource type in scope, or null.
const Structure *resource_structure(std::string_view type);
// Name of resource type `n` of the tables.
std::string_view resource_type(int n);
const Structure &structure(int n);
std::span<const Element> elements(const Structure &structure);
// The element of that property name, choice types spelled out; null when it is removed.
const Element *find_element(const Structure &structure, std::string_view name);
// Codes of required value set `n`, packed as |a|b|.
std::string_view bound_codes(int n);
const ExtensionRule *find_extension(std::string_view url);

// SHA-256, in hexadecimal, of the version of the engine and of all tables.
std::string_view policy_hash();
std::string_view policy_version();

// Whether a packed list |a|b|c|, sorted by bytes, holds `word`.
bool packed_has(std::string_view list, std::string_view word);

}  // namespace clinical::deid
