#pragma once

// Statements of a conversion as values of SQL: what the converters of all formats emit.

#include <string>
#include <vector>

#include "bridge/boundary.h"
#include "convert/options.h"
#include "convert/statement.h"

namespace clinical::pg {

// Argument `n`; decoded once for all documents of a query.
const convert::Options &options_argument(FunctionCallInfo fcinfo, int n);

const char *kind_name(convert::Statement::Kind kind);
Datum text_array(const std::vector<std::string> &texts);
// A value of composite type clinical_issue, whose type is that of column `column`.
Datum issue_value(const convert::Issue &issue, TupleDesc row, int column);
Datum resource_value(const core::Json &resource);
// Microseconds since 1970 as a timestamptz.
Datum time_value(std::int64_t unix_micros);

}  // namespace clinical::pg
