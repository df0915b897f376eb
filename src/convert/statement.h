#pragma once

// What a message says, one statement a row of _pgclinical.hl7v2_convert (docs/interfaces.md).

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/issue.h"
#include "core/json.h"

namespace clinical::convert {

// Its code is, of a refusal, the reason (a closed list), and its location PID-3[2].
using Issue = core::Issue;

struct Statement {
    enum class Kind { resource, tombstone, link, issue, refused };
    Kind kind = Kind::resource;
    std::string resource_type;
    std::string id;
    std::string patient_id;  // empty for directory resources
    core::Json resource;
    std::vector<std::string> cleared;
    std::vector<std::string> replaced;
    std::vector<std::string> parents;
    Issue issue;
};

struct Conversion {
    std::vector<Statement> statements;
    std::optional<std::int64_t> event_micros;  // since 1970-01-01 UTC
};

}  // namespace clinical::convert
