#pragma once

// Issues of a resource as rows, for the functions that find them.

#include <vector>

#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "core/issue.h"

namespace clinical {

struct IssueScan {
    std::vector<core::Issue> issues;
    std::size_t next = 0;
};

// Fills a row with the next issue; false at the end.
bool next_issue(IssueScan &scan, bridge::Row<6> &row);

// What is wrong with a resource by the base definitions of R4: for loaders, too.
std::vector<core::Issue> base_issues(const bridge::JsonbNode &resource);

}  // namespace clinical
