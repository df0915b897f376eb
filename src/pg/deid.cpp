// De-identification of FHIR resources in jsonb: SQL's view of src/deid.

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "deid/places.h"
#include "deid/safe_harbor.h"
#include "pg/deid_arguments.h"

namespace bridge = clinical::bridge;
namespace core = clinical::core;
namespace deid = clinical::deid;
using bridge::JsonbNode;
using bridge::JsonbWriter;
using clinical::pg::refuse;

namespace {

template <typename Codes>
bool write(FunctionCallInfo fcinfo, const deid::Options &options, Codes &codes,
           JsonbWriter &writer) {
    deid::SafeHarbor<JsonbNode, JsonbWriter, Codes> safe_harbor(options, codes, writer);
    return safe_harbor.write(bridge::jsonb_argument(fcinfo, 0));
}

struct References {
    deid::GatheredCodes codes;
    decltype(codes.wanted)::const_iterator next;
};

}  // namespace

// (resource, person, reference_date) or (resource, person, reference_date, codes)
CLINICAL_FUNCTION(deid_safe_harbor) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const clinical::pg::DeidArguments arguments(fcinfo);
    const deid::Options &options = arguments.options;
    const bool linked = arguments.linked;
    JsonbWriter writer;
    bool written;
    if (linked) {
        deid::GivenCodes<JsonbNode> codes(bridge::jsonb_argument(fcinfo, 3));
        written = write(fcinfo, options, codes, writer);
    } else {
        deid::NoCodes codes;
        written = write(fcinfo, options, codes, writer);
    }
    if (!written) PG_RETURN_NULL();
    return writer.finish();
}

CLINICAL_FUNCTION(deid_references) {
    return bridge::stream_rows<2>(
        fcinfo,
        [&](MemoryContext context) -> void * {
            auto *state = bridge::make_in<References>(context);
            const deid::Person nobody;
            deid::Options options;
            options.person = &nobody;
            // Which references stay depends on no date.
            options.reference = {2000, 1, 1};
            options.interrupt = bridge::limits().interrupt;
            deid::NullWriter writer;
            deid::SafeHarbor<JsonbNode, deid::NullWriter, deid::GatheredCodes> safe_harbor(
                options, state->codes, writer);
            safe_harbor.write(bridge::jsonb_argument(fcinfo, 0));
            state->next = state->codes.wanted.begin();
            return state;
        },
        [](void *opaque, bridge::Row<2> &row) {
            auto *state = static_cast<References *>(opaque);
            if (state->next == state->codes.wanted.end()) return false;
            row.set(0, bridge::to_text(state->next->first));
            row.set(1, bridge::to_text(state->next->second));
            ++state->next;
            return true;
        });
}

// The text of a date that `person` of deid_safe_harbor may hold; of any other text, nothing.
CLINICAL_FUNCTION(deid_date) {
    if (!deid::parse_date(bridge::text_argument(fcinfo, 0))) PG_RETURN_NULL();
    return PG_GETARG_DATUM(0);
}

CLINICAL_FUNCTION(deid_zip3) {
    std::string zip(bridge::text_argument(fcinfo, 0));
    const auto basis = deid::zip_basis(bridge::text_argument(fcinfo, 1));
    if (!basis) refuse("unknown basis of ZIP3", "It is 2000, 2010, 2020 or conservative.");
    const deid::ZipRule rule{*basis, PG_GETARG_INT32(2)};
    if (rule.margin < 0 || rule.margin > 1'000'000)
        refuse("invalid margin", "It is between 0 and 1000000.");
    if (zip.size() == 4 && zip.find_first_not_of("0123456789") == std::string::npos) {
        if (!PG_GETARG_BOOL(3))
            refuse("ZIP code has four digits", "left_pad restores a leading zero that was lost.");
        zip.insert(0, 1, '0');
    }
    char digits[3];
    const auto area = deid::zip3(zip, digits, rule);
    if (!area) PG_RETURN_NULL();
    return bridge::to_text(*area);
}

CLINICAL_FUNCTION(zip3_population) {
    const int people = deid::zip3_population(bridge::text_argument(fcinfo, 0));
    if (people == 0) PG_RETURN_NULL();
    PG_RETURN_INT32(people);
}

// Of the tables and the engine; what a policy adds to them is hashed in SQL.
CLINICAL_FUNCTION(tables_hash) { return bridge::to_text(deid::policy_hash()); }
