// The fold of what was said about one resource, as an aggregate and for two statements, and the
// hash that tells whether it differs from what is live.

#include "bridge/jsonb_text.h"
#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "convert/fold.h"
#include "convert/settle.h"
#include "core/sha256.h"
#include "pg/json.h"
#include "pg/server_text.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
}

using namespace clinical;

namespace {

std::vector<std::string> cleared_argument(FunctionCallInfo fcinfo, int n) {
    std::vector<std::string> out;
    if (PG_ARGISNULL(n)) return out;
    struct Parts {
        Datum *elements;
        bool *nulls;
        int count;
    };
    const Parts parts = bridge::pg([&] {
        Parts p{};
        deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &p.elements,
                          &p.nulls, &p.count);
        return p;
    });
    for (int i = 0; i < parts.count; i++) {
        if (parts.nulls[i]) continue;
        out.emplace_back(
            bridge::view(bridge::pg([&] { return DatumGetTextPP(parts.elements[i]); })));
    }
    return out;
}

Datum jsonb_of(const core::Json &json) {
    bridge::JsonbWriter writer;
    core::write(json, writer);
    return writer.finish();
}

}  // namespace

// State: the resource so far, in the aggregate's memory.
CLINICAL_FUNCTION(fhir_fold_next) {
    MemoryContext context = nullptr;
    if (!bridge::pg([&] { return AggCheckCallContext(fcinfo, &context); }))
        throw core::Error{core::ErrorCode::invalid_option,
                          "fhir_fold_next was called outside an aggregate", "", 0};
    auto *state = PG_ARGISNULL(0) ? bridge::make_in<core::Json>(context)
                                  : reinterpret_cast<core::Json *>(PG_GETARG_POINTER(0));
    if (!PG_ARGISNULL(1))
        convert::fold(*state, pg_json(bridge::jsonb_argument(fcinfo, 1)),
                      cleared_argument(fcinfo, 2));
    PG_RETURN_POINTER(state);
}

CLINICAL_FUNCTION(fhir_fold_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const auto &state = *reinterpret_cast<const core::Json *>(PG_GETARG_POINTER(0));
    if (state.is_absent()) PG_RETURN_NULL();
    if (state.find("resourceType").as_text() != "Encounter") return jsonb_of(state);
    core::Json settled = state;
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

// content_hash(resource jsonb) RETURNS bytea
CLINICAL_FUNCTION(content_hash) {
    const std::string text =
        bridge::jsonb_text(bridge::jsonb_argument(fcinfo, 0), bridge::limits());
    const core::Sha256 hash = core::sha256(pg::utf8_of(text));
    return bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()});
}
