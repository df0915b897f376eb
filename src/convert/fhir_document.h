#pragma once

// A FHIR document (JSON or XML, a resource or a Bundle) as statements about the warehouse's
// resources, the same that HL7 v2 becomes.
//
// A resource says all there is of it (cleared is "*"), at the time of its meta.lastUpdated; of
// equal times, and of none, the higher meta.versionId is later.  Its id is the warehouse's
// (fhir_identity.h), its references point to such ids, and it belongs to the patient that it names.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "convert/options.h"
#include "convert/statement.h"
#include "core/limits.h"

namespace clinical::convert {

struct FhirStatement : Statement {
    std::optional<std::int64_t> event_micros;  // since 1970-01-01 UTC
    std::optional<std::uint64_t> version;      // meta.versionId, where it is a number
};

// Never fails for content.  `received` is when a deletion happened that has no time of its own.
std::vector<FhirStatement> convert_fhir(std::string_view document, const Options &options,
                                        std::optional<std::int64_t> received = {},
                                        const core::Limits &limits = {});

}  // namespace clinical::convert
