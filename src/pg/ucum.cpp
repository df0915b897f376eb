// Units of UCUM over text and numeric.

#include "pg/ucum.h"
#include "bridge/cached.h"
#include "bridge/numeric.h"
#include "bridge/rows.h"
#include "pg/issue.h"

using namespace clinical;

namespace clinical::pg {

ucum::Cache &unit_cache() {
    static auto &cache = *new ucum::Cache;  // no destructor at exit
    return cache;
}

}  // namespace clinical::pg

namespace {

const ucum::Unit &unit_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::cached<ucum::Unit>(
        fcinfo, n, [](std::string_view text) { return bridge::take(pg::unit_cache().unit(text)); });
}

// The conversion of a call site, as long as its two units stay.
const ucum::Conversion &conversion_argument(FunctionCallInfo fcinfo) {
    struct Entry {
        std::string from, to;
        std::shared_ptr<const ucum::Conversion> conversion;
    };
    const std::string_view from = bridge::text_argument(fcinfo, 1);
    const std::string_view to = bridge::text_argument(fcinfo, 2);
    auto *entry = static_cast<Entry *>(fcinfo->flinfo->fn_extra);
    if (!entry) {
        entry = bridge::make_in<Entry>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = entry;
    }
    if (!entry->conversion || entry->from != from || entry->to != to) {
        entry->conversion.reset();
        entry->conversion = bridge::take(pg::unit_cache().conversion(from, to));
        entry->from = from;
        entry->to = to;
    }
    return *entry->conversion;
}

}  // namespace

CLINICAL_FUNCTION(ucum_is_valid) {
    PG_RETURN_BOOL(pg::unit_cache().unit(bridge::text_argument(fcinfo, 0)).ok());
}

CLINICAL_FUNCTION(ucum_canonical) { return bridge::to_text(unit_argument(fcinfo, 0).canonical()); }

CLINICAL_FUNCTION(ucum_display) { return bridge::to_text(unit_argument(fcinfo, 0).display()); }

CLINICAL_FUNCTION(ucum_case_sensitive) {
    return bridge::to_text(
        bridge::take(ucum::Unit::parse_insensitive(bridge::text_argument(fcinfo, 0))).text());
}

CLINICAL_FUNCTION(ucum_is_commensurable) {
    auto &cache = pg::unit_cache();
    const auto a = bridge::take(cache.unit(bridge::text_argument(fcinfo, 0)));
    const auto b = bridge::take(cache.unit(bridge::text_argument(fcinfo, 1)));
    PG_RETURN_BOOL(ucum::commensurable(a, b));
}

CLINICAL_FUNCTION(ucum_convert) {
    const ucum::Conversion &conversion = conversion_argument(fcinfo);
    return bridge::numeric_datum(
        bridge::take(conversion.apply(bridge::decimal_argument(fcinfo, 0))));
}

CLINICAL_FUNCTION(ucum_try_convert) {
    const auto conversion = pg::unit_cache().conversion(bridge::text_argument(fcinfo, 1),
                                                        bridge::text_argument(fcinfo, 2));
    if (!conversion.ok()) PG_RETURN_NULL();
    try {
        const auto converted = conversion.value()->apply(bridge::decimal_argument(fcinfo, 0));
        if (converted.ok()) return bridge::numeric_datum(converted.value());
    } catch (const core::Error &) {  // infinity and NaN
    }
    PG_RETURN_NULL();
}

CLINICAL_FUNCTION(ucum_issues) {
    struct State {
        std::vector<core::Issue> issues;
        std::size_t next = 0;
    };
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<State>(context);
            state->issues = ucum::unit_issues(bridge::text_argument(fcinfo, 0));
            return state;
        },
        [](void *user, bridge::Row<6> &row) {
            auto *state = static_cast<State *>(user);
            if (state->next == state->issues.size()) return false;
            pg::set_issue(row, state->issues[state->next++]);
            return true;
        });
}
