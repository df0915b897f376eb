#pragma once

// A view as a native SQL query: one typed accessor per column over the value that all of them
// decode once, LATERAL only where rows unfold.  So a column that is not asked for costs nothing, a
// filter on a column meets an index on the same expression, and plans go parallel.

#include <string>
#include <string_view>
#include <vector>

#include "views/view.h"

namespace clinical::views {

// What a column is in SQL.
enum class SqlType { text, boolean, integer, bigint, decimal, date, time, timestamp, json };

std::string_view sql_name(SqlType type);

struct PlanColumn {
    std::string name;
    SqlType type;
};

struct Plan {
    std::string query;                // SELECT ...
    std::vector<PlanColumn> columns;  // in the view's order
};

struct Source {
    std::string relation;   // as SQL names it, quoted
    std::string schema;     // the extension's, quoted: qualifies its functions
    std::string extra;      // further columns for a materialized view, such as "s.ctid AS place"
    bool one_type = false;  // holds resources of the view's type alone: no filter on it
    std::string
        definition;  // the ViewDefinition as a quoted literal of jsonb, for the general form
};

// Paths are checked against FHIR's definitions where they are simple enough to follow; a column
// without a stated type takes the one that its path leads to.
//
// Date, dateTime, instant and time are text by default, since FHIR's may be partial; the tag
// ansi/type asks for DATE, TIME or TIMESTAMP [WITH TIME ZONE], and for other SQL types likewise.
core::Result<Plan> plan_view(const View &view, const Source &source);

// `text` as a literal of SQL, whatever the settings of the session.
std::string literal(std::string_view text);

// The type of a column; undefined_name for an ansi/type that is not known.
core::Result<SqlType> sql_type_of(const Column &column, std::string_view focus_type);

}  // namespace clinical::views
