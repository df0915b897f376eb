// References of a resource, a row each.

#include <memory>

#include "bridge/decode_cache.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "fhir/references.h"
#include "pg/server_text.h"

using namespace clinical;
using bridge::JsonbNode;

namespace {

struct ReferenceScan {
    std::vector<fhir::FoundReference> found;
    std::size_t next = 0;
};

std::vector<fhir::FoundReference> references_of(const JsonbNode &resource) {
    const auto limits = bridge::limits();
    return fhir::ReferenceWalk<JsonbNode>(limits).run(resource);
}

}  // namespace

// fhir_references(resource jsonb)
CLINICAL_FUNCTION(fhir_references) {
    return bridge::stream_rows<9>(
        fcinfo,
        [&](MemoryContext context) {
            auto *scan = bridge::make_in<ReferenceScan>(context);
            scan->found = references_of(bridge::jsonb_argument(fcinfo, 0));
            return scan;
        },
        [&](void *state, bridge::Row<9> &row) {
            auto *scan = static_cast<ReferenceScan *>(state);
            if (scan->next == scan->found.size()) return false;
            const fhir::FoundReference &found = scan->found[scan->next++];
            row.set(0, Int32GetDatum(static_cast<int32>(scan->next)));
            row.set(2, bridge::to_text(found.kind));
            const std::pair<int, const std::string *> texts[] = {
                {1, &found.path},    {3, &found.text},   {4, &found.type}, {5, &found.id},
                {6, &found.version}, {7, &found.system}, {8, &found.value}};
            for (const auto &[column, text] : texts)
                if (!text->empty()) row.set(column, bridge::to_text(*text));
            return true;
        });
}
