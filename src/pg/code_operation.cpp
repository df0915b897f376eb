// FHIR's terminology operations over the database's terminology.

#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "codes/json_system.h"
#include "codes/operation.h"
#include "pg/code_store.h"
#include "pg/json.h"

using namespace clinical;

namespace {

using core::Json;

Json run(codes::Store &store, std::string_view name, const codes::Request &request) {
    if (name == "ValueSet/$expand") return codes::expand(store, request);
    if (name == "ValueSet/$validate-code") return codes::validate_code(store, request, false);
    if (name == "CodeSystem/$validate-code") return codes::validate_code(store, request, true);
    throw core::Error{core::ErrorCode::invalid_option, "unknown terminology operation",
                      "Known are ValueSet/$expand, ValueSet/$validate-code and "
                      "CodeSystem/$validate-code.",
                      0};
}

}  // namespace

CLINICAL_FUNCTION(code_operation) {
    const std::string_view name = bridge::text_argument(fcinfo, 0);
    const codes::Request request = codes::Request::of(pg_json(bridge::jsonb_argument(fcinfo, 1)));
    PgStore store(current_terminology());
    codes::OverlayStore overlay(&store, request.resources);
    const Json answer = run(overlay, name, request);
    bridge::JsonbWriter writer;
    core::write(answer, writer);
    return writer.finish();
}
