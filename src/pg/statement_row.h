#pragma once

// Statements of a conversion as values of SQL: what the converters of all formats emit.

#include <cstdint>
#include <optional>
#include <string_view>

#include "bridge/boundary.h"
#include "bridge/rows.h"
#include "convert/options.h"
#include "convert/statement.h"

namespace clinical::pg {

// Argument `n`; decoded once for all documents of a query.
const convert::Options &options_argument(FunctionCallInfo fcinfo, int n);

// A row of _pgclinical.statement in the call of a function that streams them; `event_micros` since
// 1970, `version` the bytes that order statements of one time.
inline constexpr int statement_columns = 12;
void set_statement(FunctionCallInfo fcinfo, bridge::Row<statement_columns> &row, int ordinal,
                   const convert::Statement &statement, std::optional<std::int64_t> event_micros,
                   std::string_view version);

Datum resource_value(const core::Json &resource);

}  // namespace clinical::pg
