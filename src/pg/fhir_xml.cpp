// FHIR XML to jsonb and back.

#include "bridge/decode_cache.h"
#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "fhir/from_xml.h"
#include "fhir/to_xml.h"
#include "pg/server_text.h"

using namespace clinical;

namespace {

core::Result<core::Json> read(FunctionCallInfo fcinfo) {
    return fhir::from_xml(pg::utf8_of(bridge::text_argument(fcinfo, 0)), bridge::limits());
}

Datum jsonb_of(const core::Json &json) {
    bridge::JsonbWriter writer;
    if (pg::server_is_utf8()) {
        core::write(json, writer);
    } else {
        pg::ServerTextWriter server(writer);
        core::write(json, server);
    }
    return writer.finish();
}

}  // namespace

// fhir_from_xml(xml text) RETURNS jsonb
CLINICAL_FUNCTION(fhir_from_xml) { return jsonb_of(bridge::take(read(fcinfo))); }

// fhir_try_from_xml(xml text) RETURNS jsonb
CLINICAL_FUNCTION(fhir_try_from_xml) {
    try {
        const auto json = read(fcinfo);
        if (json.ok()) return jsonb_of(json.value());
    } catch (const core::Error &) {  // what the reader does not see: encoding, size
    }
    fcinfo->isnull = true;
    return 0;
}

// fhir_to_xml(resource jsonb) RETURNS text
CLINICAL_FUNCTION(fhir_to_xml) {
    const bridge::JsonbNode node = bridge::jsonb_argument(fcinfo, 0);
    const auto limits = bridge::limits();
    if (pg::server_is_utf8()) return bridge::to_text(bridge::take(fhir::to_xml(node, limits)));
    const core::Json tree = pg::utf8_json(node);
    return bridge::to_text(
        pg::server_text_of(bridge::take(fhir::to_xml(core::JsonNode(tree), limits))));
}
