#pragma once

// What a FHIR Reference.reference says: a resource by type and id, or one contained in the same
// resource.  Everything else (searches, foreign URLs without type, text) says nothing we may keep.

#include <string_view>

namespace clinical::deid {

struct ParsedReference {
    enum Kind { unknown, contained, resource } kind = unknown;
    std::string_view type;  // empty when the form does not say it (urn:uuid, urn:oid)
    std::string_view id;    // of a contained resource: without #
};

// "Type/id", "Type/id/_history/v", an absolute URL that ends so, "urn:uuid:...", "urn:oid:...",
// "#id" and "#" (http://hl7.org/fhir/R4/references.html#literal).
ParsedReference parse_reference(std::string_view text);

bool is_fhir_id(std::string_view text);

}  // namespace clinical::deid
