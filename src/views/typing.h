#pragma once

#include <string>
#include <string_view>

namespace clinical::views {

// What `path` leads to from one item of type `focus` ("Patient", "Patient.contact"),
// where the definitions tell it without data: the FHIR type, of a computed value the primitive of
// that name ("boolean" of System.Boolean); empty when it cannot be told, or `focus` is unknown.
struct Reached {
    std::string type;
    bool single = false;  // no resource can have more than one item there
};
Reached type_after(std::string_view path, std::string_view focus);

// Whether values of a FHIR type are text in JSON: every primitive but booleans and numbers.
bool is_text(std::string_view type);

}  // namespace clinical::views
