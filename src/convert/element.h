#pragma once

// What the converter needs of FHIR's own definitions: the type of each element and whether it
// repeats.  Generated for the resources and data types in use (data/elements.inc).

#include <string_view>

namespace clinical::convert {

struct Element {
    std::string_view owner;  // "Patient", "Patient.contact", "HumanName"
    std::string_view name;   // as in JSON: valueQuantity, not value[x]
    std::string_view type;   // a data type, or the path of a backbone element
    bool repeats;
    std::string_view choice;  // "value" for valueQuantity, else empty
};

// Null when there is no such element.
const Element *find_element(std::string_view owner, std::string_view name);

// How a primitive is written; those that are written as they are read are all `text`, but codes,
// which vocabularies translate.
enum class Primitive : unsigned char {
    text,
    code,
    boolean,
    decimal,
    integer,
    unsigned_integer,
    positive_integer,
    date,
    date_time,
    instant
};
Primitive primitive_of(std::string_view type);

// Types start with a lower-case letter when they are primitive.
inline bool is_primitive(std::string_view type) {
    return !type.empty() && type.front() >= 'a' && type.front() <= 'z';
}

}  // namespace clinical::convert
