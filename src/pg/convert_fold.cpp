// The fold of what was said about one resource, as an aggregate and for two statements, and the
// hash that tells whether it differs from what is live.

#include <algorithm>

#include "bridge/jsonb_text.h"
#include "bridge/jsonb_writer.h"
#include "bridge/text_array.h"
#include "convert/fold.h"
#include "convert/settle.h"
#include "core/sha256.h"
#include "pg/json.h"
#include "pg/server_text.h"

extern "C" {
#include "utils/fmgrprotos.h"
}

using namespace clinical;

namespace {

std::vector<std::string> cleared_argument(FunctionCallInfo fcinfo, int n) {
    std::vector<std::string> out;
    if (PG_ARGISNULL(n)) return out;
    for (const auto &name : bridge::text_array_argument(fcinfo, n))
        if (name) out.emplace_back(*name);
    return out;
}

Datum jsonb_of(const core::Json &json) {
    bridge::JsonbWriter writer;
    core::write(json, writer);
    return writer.finish();
}

}  // namespace

namespace {

// What was folded so far.  A single statement that clears nothing stays as it came.
struct Folded {
    core::Json resource;
    const Jsonb *only = nullptr;
};

bool clears_nothing(const std::vector<std::string> &cleared) {
    return cleared.empty() || (cleared.size() == 1 && cleared.front() == "*");
}

}  // namespace

// State: a Folded in the aggregate's memory.
CLINICAL_FUNCTION(fhir_fold_next) {
    MemoryContext context = nullptr;
    if (!bridge::pg([&] { return AggCheckCallContext(fcinfo, &context); }))
        throw core::Error{core::ErrorCode::invalid_option,
                          "fhir_fold_next was called outside an aggregate", "", 0};
    auto *state = PG_ARGISNULL(0) ? bridge::make_in<Folded>(context)
                                  : reinterpret_cast<Folded *>(PG_GETARG_POINTER(0));
    if (PG_ARGISNULL(1)) PG_RETURN_POINTER(state);
    const auto cleared = cleared_argument(fcinfo, 2);
    if (state->resource.is_absent() && !state->only && clears_nothing(cleared)) {
        state->only = bridge::pg([&] {
            MemoryContext old = MemoryContextSwitchTo(context);
            const Jsonb *copy = PG_GETARG_JSONB_P_COPY(1);
            MemoryContextSwitchTo(old);
            return copy;
        });
        PG_RETURN_POINTER(state);
    }
    if (state->only) {
        state->resource = pg_json(bridge::JsonbNode(state->only));
        state->only = nullptr;
    }
    convert::fold(state->resource, pg_json(bridge::jsonb_argument(fcinfo, 1)), cleared);
    PG_RETURN_POINTER(state);
}

CLINICAL_FUNCTION(fhir_fold_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const auto &state = *reinterpret_cast<const Folded *>(PG_GETARG_POINTER(0));
    if (state.only) {
        const bridge::JsonbNode only(state.only);
        if (only.find("resourceType").as_text() != "Encounter") return JsonbPGetDatum(state.only);
        core::Json settled = pg_json(only);
        convert::settle_periods(settled);
        return jsonb_of(settled);
    }
    if (state.resource.is_absent()) PG_RETURN_NULL();
    if (state.resource.find("resourceType").as_text() != "Encounter")
        return jsonb_of(state.resource);
    core::Json settled = state.resource;
    convert::settle_periods(settled);
    return jsonb_of(settled);
}

CLINICAL_FUNCTION(fhir_merge) {
    if (PG_ARGISNULL(1)) {
        if (PG_ARGISNULL(0)) PG_RETURN_NULL();
        return PG_GETARG_DATUM(0);
    }
    core::Json current;
    if (!PG_ARGISNULL(0)) current = pg_json(bridge::jsonb_argument(fcinfo, 0));
    convert::fold(current, pg_json(bridge::jsonb_argument(fcinfo, 1)), cleared_argument(fcinfo, 2));
    return jsonb_of(current);
}

namespace {

using bridge::JsonbNode;

// As jsonb's own =: numbers by value.
bool equal(const JsonbNode &a, const JsonbNode &b) {
    if (a.kind() != b.kind()) return false;
    if (a.image() == b.image() && a.as_bool() == b.as_bool()) return true;
    const auto container = [](const JsonbNode &node) {
        return reinterpret_cast<JsonbContainer *>(const_cast<char *>(node.image().data()));
    };
    switch (a.kind()) {
        case core::Kind::array:
        case core::Kind::object:
            return bridge::pg([&] { return compareJsonbContainers(container(a), container(b)); }) ==
                   0;
        case core::Kind::number:
            return bridge::pg([&] {
                return DatumGetBool(DirectFunctionCall2(numeric_eq, NumericGetDatum(a.as_numeric()),
                                                        NumericGetDatum(b.as_numeric())));
            });
        default: return false;
    }
}

bool contains(const std::vector<std::string> &names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

// A list that the fold unites: what the older one has is only sure to show where both are equal.
bool is_united_alike(const JsonbNode &newer, const JsonbNode &older, std::string_view name) {
    const JsonbNode list = older.find(name);
    return list.is_absent() || equal(list, newer.find(name));
}

}  // namespace

// covers(newer jsonb, newer_cleared text[], older jsonb, older_cleared text[]) RETURNS boolean
CLINICAL_FUNCTION(covers) {
    const auto newer_cleared = cleared_argument(fcinfo, 1);
    if (contains(newer_cleared, "*")) PG_RETURN_BOOL(true);
    if (PG_ARGISNULL(0) || PG_ARGISNULL(2)) PG_RETURN_BOOL(false);
    const JsonbNode newer = bridge::jsonb_argument(fcinfo, 0);
    const JsonbNode older = bridge::jsonb_argument(fcinfo, 2);
    const auto is_said = [&](std::string_view name) {
        return !newer.find(name).is_absent() || contains(newer_cleared, name);
    };
    if (!is_united_alike(newer, older, "identifier") || !is_united_alike(newer, older, "link"))
        PG_RETURN_BOOL(false);
    for (std::size_t i = 0; i < older.size(); ++i)
        if (!is_said(older.key(i))) PG_RETURN_BOOL(false);
    for (const std::string &name : cleared_argument(fcinfo, 3))
        if (!is_said(name)) PG_RETURN_BOOL(false);
    PG_RETURN_BOOL(true);
}

// content_hash(resource jsonb) RETURNS bytea
CLINICAL_FUNCTION(content_hash) {
    const std::string text =
        bridge::jsonb_text(bridge::jsonb_argument(fcinfo, 0), bridge::limits());
    const core::Sha256 hash = core::sha256(pg::utf8_of(text));
    return bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()});
}
