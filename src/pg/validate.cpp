// Validation against the base definitions of R4.

#include "validate/validate.h"
#include "bridge/decode_cache.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "pg/fhirpath.h"
#include "pg/server_text.h"
#include "validate/invariants.h"
#include "validate/validator.h"

using namespace clinical;
using bridge::JsonbNode;

namespace {

// Compiled once per backend; bounded by the number of invariants that R4 has.
validate::FhirpathInvariants<JsonbNode> &invariants() {
    static auto &checker =
        *new validate::FhirpathInvariants<JsonbNode>(bridge::limits().interrupt);  // never freed
    return checker;
}

std::vector<core::Issue> issues_of(const JsonbNode &resource) {
    const auto limits = bridge::limits();
    if (!pg::server_is_utf8()) return validate::issues_of(pg::utf8_json(resource), limits);
    validate::Report report;
    validate::Validator<JsonbNode>(report, limits, &invariants()).run(resource);
    return std::move(report.issues());
}

struct IssueScan {
    std::vector<core::Issue> issues;
    std::size_t next = 0;
};

void fill(bridge::Row<6> &row, const core::Issue &issue) {
    const std::string *const texts[] = {&issue.severity, &issue.code,       &issue.format_code,
                                        &issue.location, &issue.expression, &issue.message};
    for (int i = 0; i < 6; ++i)
        if (!texts[i]->empty()) row.set(i, bridge::to_text(*texts[i]));
}

}  // namespace

// fhir_issues(resource jsonb) RETURNS SETOF clinical_issue
CLINICAL_FUNCTION(fhir_issues) {
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            auto *scan = bridge::make_in<IssueScan>(context);
            scan->issues = issues_of(bridge::jsonb_argument(fcinfo, 0));
            return scan;
        },
        [&](void *state, bridge::Row<6> &row) {
            auto *scan = static_cast<IssueScan *>(state);
            if (scan->next == scan->issues.size()) return false;
            fill(row, scan->issues[scan->next++]);
            return true;
        });
}

// fhir_is_valid(resource jsonb) RETURNS boolean
CLINICAL_FUNCTION(fhir_is_valid) {
    const auto issues = issues_of(bridge::jsonb_argument(fcinfo, 0));
    for (const core::Issue &issue : issues)
        if (issue.severity == "error") PG_RETURN_BOOL(false);
    PG_RETURN_BOOL(true);
}
