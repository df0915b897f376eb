#pragma once

// The identifiers that a raw record holds, for the leak check alone: read from the bytes again, by
// other code than the conversion's and the de-identification's, so that one mistake cannot hide in
// both.  Nothing is refused: a record that no parser accepts still names its patient.

#include <string_view>

#include "deid/leak_keys.h"

namespace clinical::deid {

// Adds every identifier of one HL7 v2 message (bytes as received) to `matcher`:
//   - fields whose type is a name, number, address, telecom in any version 2.1 to 2.7.1, in every
//     segment; OBX-5 by OBX-2
//   - in every field of every segment, Z segments included: dates, e-mail addresses, URLs, IP
//     addresses, SSN and telephone shapes, numbers of seven digits and more, encoded data
//   - fields that no standard defines: whatever looks like a name or a number, marked doubtful
// Codes and displays of coded fields are added as ordinary.
void add_identifiers(std::string_view record, LeakKeys &matcher);

// The same for a record of format hl7v2, fhir (JSON, a bundle, or a resource a line), ccda, x12 or
// csv (leak_documents.h); false for another.
bool add_identifiers(std::string_view format, std::string_view record, LeakKeys &matcher);
inline constexpr const char *leak_formats = "hl7v2, fhir, ccda, x12, csv";

}  // namespace clinical::deid
