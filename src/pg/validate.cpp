// Validation against the base definitions of R4.

#include "pg/validate.h"
#include "bridge/decode_cache.h"
#include "bridge/value.h"
#include "pg/fhirpath.h"
#include "pg/server_text.h"
#include "validate/invariants.h"
#include "validate/validate.h"
#include "validate/validator.h"

using namespace clinical;
using bridge::JsonbNode;

namespace {

// Compiled once per backend; bounded by the number of invariants that R4 has.
validate::FhirpathInvariants<JsonbNode> &invariants() {
    static auto &checker = *new validate::FhirpathInvariants<JsonbNode>(
        bridge::limits().interrupt);  // no destructor at exit
    return checker;
}

}  // namespace

namespace clinical {

std::vector<core::Issue> base_issues(const JsonbNode &resource) {
    const auto limits = bridge::limits();
    if (!pg::server_is_utf8()) return validate::issues_of(pg::utf8_json(resource), limits);
    validate::Report report;
    validate::Validator<JsonbNode>(report, limits, &invariants()).run(resource);
    return std::move(report.issues());
}

bool next_issue(IssueScan &scan, bridge::Row<6> &row) {
    if (scan.next == scan.issues.size()) return false;
    const core::Issue &issue = scan.issues[scan.next++];
    const std::string *const texts[] = {&issue.severity, &issue.code,       &issue.format_code,
                                        &issue.location, &issue.expression, &issue.message};
    for (int i = 0; i < 6; ++i)
        if (!texts[i]->empty()) row.set(i, bridge::to_text(pg::server_text_of(*texts[i])));
    return true;
}

}  // namespace clinical

// fhir_issues(resource jsonb) RETURNS SETOF clinical_issue
CLINICAL_FUNCTION(fhir_issues) {
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            auto *scan = bridge::make_in<IssueScan>(context);
            scan->issues = base_issues(bridge::jsonb_argument(fcinfo, 0));
            return scan;
        },
        [&](void *state, bridge::Row<6> &row) {
            return next_issue(*static_cast<IssueScan *>(state), row);
        });
}

// fhir_is_valid(resource jsonb) RETURNS boolean
CLINICAL_FUNCTION(fhir_is_valid) {
    const auto issues = base_issues(bridge::jsonb_argument(fcinfo, 0));
    for (const core::Issue &issue : issues)
        if (issue.severity == "error") PG_RETURN_BOOL(false);
    PG_RETURN_BOOL(true);
}
