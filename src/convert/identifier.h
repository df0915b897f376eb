#pragma once

// Patient ids of identifiers that come alone, from a column of a table.

#include <string>
#include <string_view>

namespace clinical::convert {

// The patient_id of number `value` under `authority`: what CX.4 of a message names, a namespace or
// an OID, or a URI as the system of an Identifier.
std::string patient_id_of(std::string_view authority, std::string_view value);

}  // namespace clinical::convert
