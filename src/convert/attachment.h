#pragma once

// Documents inside a message (data types ED and RP) as FHIR Attachments.

#include <string>
#include <string_view>

#include "convert/context.h"

namespace clinical::convert {

// ED: source, type, subtype, encoding, data.  Absent (with an issue) when the data are none.
core::Json read_document(Context &context, const hl7v2::Value &ed);

// RP: a document elsewhere.  Absent when it gives no address.
core::Json read_pointer(const hl7v2::Value &rp);

std::string to_base64(std::string_view bytes);

}  // namespace clinical::convert
