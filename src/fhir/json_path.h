#pragma once

// Where in a resource a byte of its JSON text lies: for documents that do not parse.

#include <cstddef>
#include <string>
#include <string_view>

namespace clinical::fhir {

// "Bundle.entry[3].resource.name[0].given" of byte `offset`.  Names that no type of R4 has are "*":
// they are input, and may be a patient's.  Empty when the text does not start an object.  Reads
// what is before `offset` leniently and no further.
std::string path_in_json(std::string_view text, std::size_t offset);

}  // namespace clinical::fhir
