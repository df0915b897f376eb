// What expert determination does to the cells of a table under the crosswalk's key: pseudonyms,
// noise, days.  Nothing in safe harbor comes here.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>

#include "bridge/value.h"
#include "pg/policy_argument.h"

using namespace clinical;

// (value, policy): as the ids of resources are hashed, so that the two can be joined.
CLINICAL_FUNCTION(column_hash) {
    pg::PolicySite &site = pg::policy_site(fcinfo);
    const deid::Policy &policy = site.compile(fcinfo, 1);
    return bridge::to_text(
        pg::policy_hash_of(policy, site.keyed, "id", bridge::text_argument(fcinfo, 0)));
}

// (value, policy, place, span, proportional, digits): noise that is the same for the same value in
// the same place, uniform over span.
CLINICAL_FUNCTION(column_perturb) {
    pg::PolicySite &site = pg::policy_site(fcinfo);
    const deid::Policy &policy = site.compile(fcinfo, 1);
    const double value = DatumGetFloat8(PG_GETARG_DATUM(0));
    if (!std::isfinite(value)) PG_RETURN_NULL();
    double span = PG_GETARG_FLOAT8(3);
    if (PG_GETARG_BOOL(4)) span *= std::fabs(value);
    const std::string drawn = pg::policy_hash_of(
        policy, site.keyed, "perturb",
        std::string(bridge::text_argument(fcinfo, 2)) + "=" + std::to_string(value));
    const auto bits = std::strtoull(drawn.substr(0, 12).c_str(), nullptr, 16);
    const double uniform = static_cast<double>(bits) / static_cast<double>(1ULL << 48);
    const double scale = std::pow(10.0, std::clamp(PG_GETARG_INT32(5), 0, 15));
    const double moved = std::round((value + (uniform - 0.5) * span) * scale) / scale;
    if (!std::isfinite(moved)) PG_RETURN_NULL();
    PG_RETURN_FLOAT8(moved == 0 ? 0.0 : moved);
}

// (policy, person): NULL when the policy is none that may move dates.
CLINICAL_FUNCTION(column_shift_days) {
    pg::PolicySite &site = pg::policy_site(fcinfo);
    const deid::Policy &policy = site.compile(fcinfo, 0);
    if (policy.mode != deid::Mode::expert_determination) PG_RETURN_NULL();
    PG_RETURN_INT32(pg::shift_days_of(policy, site.keyed, bridge::text_argument(fcinfo, 1)));
}
