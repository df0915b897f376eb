// What a release did per element: counted where rows are staged, told once a type is done.

#include "deid/tally.h"

#include <memory>
#include <string>

#include "bridge/jsonb_reader.h"
#include "bridge/value.h"
#include "pg/leak_search.h"

namespace clinical {
namespace {

// Of this session, between two calls of release_tallied; bounded by the number of paths.
std::unique_ptr<deid::Tally> &tally() {
    static std::unique_ptr<deid::Tally> one;
    if (!one) one = std::make_unique<deid::Tally>(leak_elements());
    return one;
}

}  // namespace
}  // namespace clinical

using namespace clinical;

// release_tally(type text, before jsonb, after jsonb) returns jsonb: its last argument
CLINICAL_FUNCTION(release_tally) {
    if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
        throw core::Error{core::ErrorCode::invalid_option, "a tally needs a type and a resource",
                          "", 0};
    const bool dropped = PG_ARGISNULL(2);
    tally()->count(bridge::text_argument(fcinfo, 0), bridge::jsonb_argument(fcinfo, 1),
                   dropped ? bridge::JsonbNode() : bridge::jsonb_argument(fcinfo, 2));
    if (dropped) PG_RETURN_NULL();
    return PG_GETARG_DATUM(2);
}

// release_tallied() returns text: lines of path, kept, changed, removed, added
CLINICAL_FUNCTION(release_tallied) {
    std::string lines;
    tally()->each([&](std::string_view path, const std::array<std::uint64_t, 4> &counts) {
        lines += path;
        for (const std::uint64_t n : counts) lines += ' ' + std::to_string(n);
        lines += '\n';
    });
    tally().reset();
    return bridge::to_text(lines);
}
