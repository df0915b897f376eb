// Codes over the database's terminology: subsumption.

#include <cstring>

#include "bridge/rows.h"
#include "pg/coding_argument.h"
#include "pg/terminology.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
}

using namespace clinical;

namespace {

// The elements of an array argument, none of them NULL.
struct Elements {
    Datum *values;
    int count;
};

Elements array_argument(FunctionCallInfo fcinfo, int n, Oid type, bool by_value, int length,
                        char align) {
    return bridge::pg([&] {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
        Elements e{};
        if (array_contains_nulls(array))
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("array must not contain nulls")));
        deconstruct_array(array, type, length, by_value, align, &e.values, nullptr, &e.count);
        return e;
    });
}

Elements integers(FunctionCallInfo fcinfo, int n) {
    return array_argument(fcinfo, n, INT4OID, true, 4, TYPALIGN_INT);
}

// Subsumption at one call site.  The right side is mostly the same for all rows.
struct SubsumptionSite {
    TerminologySite site;
    std::string above_bytes;  // packed coding of the last ancestor
    codes::Coding above;
    std::shared_ptr<const CompiledSystem> system;  // null: not loaded
    std::optional<std::uint32_t> number;           // null: no concept of it

    void set(const codes::CodingView &coding) {
        const std::string bytes = codes::pack(coding);
        above_bytes = bytes;
        above = {
            std::string(coding.system), std::string(coding.code), std::string(coding.version), {}};
        system = site.terminology().compiled(above.system, above.version);
        number = system ? system->index().find(above.code) : std::nullopt;
    }
};

std::string_view packed(FunctionCallInfo fcinfo, int n) { return bridge::text_argument(fcinfo, n); }

template <typename Site>
Site &site_of(FunctionCallInfo fcinfo) {
    if (!fcinfo->flinfo->fn_extra)
        fcinfo->flinfo->fn_extra = bridge::make_in<Site>(fcinfo->flinfo->fn_mcxt);
    return *static_cast<Site *>(fcinfo->flinfo->fn_extra);
}

// Whether argument `below` is argument `above` or lies below it; NULL when that is not known.
Datum subsumed(FunctionCallInfo fcinfo, int below_argument, int above_argument) {
    auto &site = site_of<SubsumptionSite>(fcinfo);
    const bool fresh = site.site.refresh();
    const std::string_view bytes = packed(fcinfo, above_argument);
    if (fresh || bytes != site.above_bytes) {
        site.set(coding_argument(fcinfo, above_argument));
        site.above_bytes = bytes;
    }
    const codes::CodingView below = coding_argument(fcinfo, below_argument);
    if (below.system != site.above.system) PG_RETURN_BOOL(false);
    if (below.code == site.above.code) PG_RETURN_BOOL(true);
    if (!site.number) PG_RETURN_NULL();
    const auto number = site.system->index().find(below.code);
    if (!number) PG_RETURN_NULL();
    PG_RETURN_BOOL(site.system->index().subsumes(*site.number, *number));
}

}  // namespace

CLINICAL_FUNCTION(code_index_build) {
    const Elements codes = array_argument(fcinfo, 0, TEXTOID, false, -1, TYPALIGN_INT);
    const Elements flags = integers(fcinfo, 1);
    const Elements children = integers(fcinfo, 2);
    const Elements parents = integers(fcinfo, 3);
    if (flags.count != codes.count || children.count != parents.count)
        throw core::Error{core::ErrorCode::invalid_option, "arrays of different lengths",
                          "There is a flag for each code and a parent for each child.", 0};
    codes::IndexSource source;
    source.case_sensitive = PG_GETARG_BOOL(4);
    source.interrupt = bridge::limits().interrupt;
    source.codes.reserve(codes.count);
    source.flags.reserve(codes.count);
    for (int i = 0; i < codes.count; ++i) {
        source.codes.push_back(bridge::view(DatumGetPointer(codes.values[i])));
        source.flags.push_back(static_cast<std::uint8_t>(DatumGetInt32(flags.values[i])));
    }
    source.edges.reserve(children.count);
    for (int i = 0; i < children.count; ++i)
        source.edges.emplace_back(static_cast<std::uint32_t>(DatumGetInt32(children.values[i])) - 1,
                                  static_cast<std::uint32_t>(DatumGetInt32(parents.values[i])) - 1);
    return bridge::to_text(bridge::take(codes::build_index(source)));
}

// coding <@ coding
CLINICAL_FUNCTION(code_is_below) { return subsumed(fcinfo, 0, 1); }

// coding @> coding
CLINICAL_FUNCTION(code_is_above) { return subsumed(fcinfo, 1, 0); }
