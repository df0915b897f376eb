#pragma once

// The forms of Reference.reference (R4, 2.3.0.1).

#include <string_view>

#include "fhir/definitions.h"

namespace clinical::fhir {

enum class ReferenceKind { relative, absolute, contained, urn, query, invalid };

std::string_view name_of(ReferenceKind kind);

struct Reference {
    ReferenceKind kind = ReferenceKind::invalid;
    const Type *type = nullptr;  // when the text names one: "Patient/1", "http://x/fhir/Patient/1"
    std::string_view id;
    std::string_view version;  // of "/_history/<version>"
    std::string_view base;     // of an absolute one that ends in type and id: what is before
};

// Views into `text`.  query: a conditional reference ("Patient?identifier=..."), as transactions
// have them.  An absolute URL that does not end in type and id is absolute without a type.
Reference parse_reference(std::string_view text);

}  // namespace clinical::fhir
