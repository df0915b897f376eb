#pragma once

// core::Issue as a value of SQL type clinical_issue.

#include <vector>

#include "bridge/rows.h"
#include "core/issue.h"

namespace clinical::pg {

// `type`: the row type clinical_issue, as the result column declares it.  Empty texts are NULL.
Datum issue_datum(TupleDesc type, const core::Issue &issue);

// The six columns of a row of its own.
void set_issue(bridge::Row<6> &row, const core::Issue &issue);

// The row type of column `n` (from 0) of a set-returning function's result, in the memory of the
// whole call.
TupleDesc column_row_type(FunctionCallInfo fcinfo, int n);

// The row type that a function RETURNS (SETOF clinical_issue), in the memory of the whole call.
TupleDesc result_row_type(FunctionCallInfo fcinfo);

// Argument `n`, a clinical_issue[]; elements that are NULL are left out.
std::vector<core::Issue> issues_argument(FunctionCallInfo fcinfo, int n);

}  // namespace clinical::pg
