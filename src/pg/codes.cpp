// Subsumption over the database's terminology, its planner support, and compiling a code system.

#include <cstring>

#include "bridge/rows.h"
#include "bridge/text_array.h"
#include "pg/code_site.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "parser/parse_func.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
}

using namespace clinical;

namespace {

// The elements of an array of integers, none of them NULL.
struct Integers {
    Datum *values;
    int count;
};

Integers integers(FunctionCallInfo fcinfo, int n) {
    return bridge::pg([&] {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
        Integers out{};
        if (array_contains_nulls(array))
            ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
                            errmsg("array must not contain nulls")));
        deconstruct_array(array, INT4OID, sizeof(int32), true, TYPALIGN_INT, &out.values, nullptr,
                          &out.count);
        return out;
    });
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
    const auto codes = bridge::text_array_without_nulls(fcinfo, 0);
    const Integers flags = integers(fcinfo, 1);
    const Integers children = integers(fcinfo, 2);
    const Integers parents = integers(fcinfo, 3);
    if (static_cast<std::size_t>(flags.count) != codes.size() || children.count != parents.count)
        throw core::Error{core::ErrorCode::invalid_option, "arrays of different lengths",
                          "There is a flag for each code and a parent for each child.", 0};
    codes::IndexSource source;
    source.case_sensitive = PG_GETARG_BOOL(4);
    source.interrupt = bridge::limits().interrupt;
    source.codes.assign(codes.begin(), codes.end());
    source.flags.reserve(codes.size());
    for (int i = 0; i < flags.count; ++i)
        source.flags.push_back(static_cast<std::uint8_t>(DatumGetInt32(flags.values[i])));
    source.edges.reserve(children.count);
    for (int i = 0; i < children.count; ++i)
        source.edges.emplace_back(static_cast<std::uint32_t>(DatumGetInt32(children.values[i])) - 1,
                                  static_cast<std::uint32_t>(DatumGetInt32(parents.values[i])) - 1);
    // A stated closure, as two more arrays.
    if (PG_NARGS() > 5) {
        const Integers below = integers(fcinfo, 5);
        const Integers above = integers(fcinfo, 6);
        if (below.count != above.count)
            throw core::Error{core::ErrorCode::invalid_option, "arrays of different lengths",
                              "There is an ancestor for each descendant.", 0};
        source.has_closure = below.count > 0;
        source.closure.reserve(below.count);
        for (int i = 0; i < below.count; ++i)
            source.closure.emplace_back(
                static_cast<std::uint32_t>(DatumGetInt32(below.values[i])) - 1,
                static_cast<std::uint32_t>(DatumGetInt32(above.values[i])) - 1);
    }
    return bridge::to_text(bridge::take(codes::build_index(source)));
}

namespace {

// Codings below another one, itself included, packed; of an unknown one itself alone.
std::vector<std::string> below(const codes::CodingView &above) {
    std::vector<std::string> found;
    const auto system = current_terminology()->compiled(above.system, above.version);
    const auto number = system ? system->index().find(above.code) : std::nullopt;
    if (!number) {
        found.push_back(codes::pack({above.system, above.code, {}, {}}));
        return found;
    }
    for (const std::uint32_t i : system->index().descendants(*number))
        found.push_back(codes::pack({above.system, system->index().code(i), {}, {}}));
    return found;
}

// PostgreSQL's regime.  `column <@ x` and `x @> column` over a btree on the column become
// `column = ANY (code_below(x))`: the set of descendants is made when the scan starts.
Node *index_condition(SupportRequestIndexCondition *request) {
    if (!is_opclause(request->node) || request->indexcol >= request->index->nkeycolumns)
        return nullptr;
    if (request->index->relam != BTREE_AM_OID) return nullptr;
    auto *clause = reinterpret_cast<OpExpr *>(request->node);
    const bool column_below = get_func_name(request->funcid) &&
                              strcmp(get_func_name(request->funcid), "code_is_below") == 0;
    if (request->indexarg != (column_below ? 0 : 1)) return nullptr;
    auto *column = static_cast<Node *>(list_nth(clause->args, request->indexarg));
    auto *above = static_cast<Node *>(list_nth(clause->args, 1 - request->indexarg));
    if (!is_pseudo_constant_for_index(request->root, above, request->index)) return nullptr;

    const Oid type = exprType(column);
    const Oid equal = get_opfamily_member(request->opfamily, type, type, BTEqualStrategyNumber);
    const Oid array = get_array_type(type);
    if (!OidIsValid(equal) || !OidIsValid(array)) return nullptr;
    Oid arguments[] = {type};
    List *name = list_make2(makeString(get_namespace_name(get_func_namespace(request->funcid))),
                            makeString(pstrdup("code_below")));
    const Oid descendants = LookupFuncName(name, 1, arguments, true);
    if (!OidIsValid(descendants)) return nullptr;

    auto *any = makeNode(ScalarArrayOpExpr);
    any->opno = equal;
    any->opfuncid = get_opcode(equal);
    any->useOr = true;
    any->args = list_make2(column, makeFuncExpr(descendants, array, list_make1(above), InvalidOid,
                                                InvalidOid, COERCE_EXPLICIT_CALL));
    any->location = -1;
    request->lossy = false;
    return reinterpret_cast<Node *>(list_make1(any));
}

}  // namespace

// The descendants of a coding and itself, as an array: what an index is searched for.
CLINICAL_FUNCTION(code_below) {
    const Oid coding = bridge::pg([&] { return get_fn_expr_argtype(fcinfo->flinfo, 0); });
    return bridge::to_text_array(below(coding_argument(fcinfo, 0)), coding);
}

CLINICAL_FUNCTION(code_descendants) {
    struct Found {
        std::vector<std::string> packed;
        std::size_t next = 0;
    };
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto *found = bridge::make_in<Found>(context);
            found->packed = below(coding_argument(fcinfo, 0));
            return found;
        },
        [](void *opaque, Datum &value) {
            auto *found = static_cast<Found *>(opaque);
            if (found->next == found->packed.size()) return false;
            value = bridge::to_text(found->packed[found->next++]);
            return true;
        });
}

CLINICAL_FUNCTION(code_subsumption_support) {
    return bridge::pg([&]() -> Datum {
        auto *request = reinterpret_cast<Node *>(PG_GETARG_POINTER(0));
        if (!IsA(request, SupportRequestIndexCondition)) return PointerGetDatum(nullptr);
        return PointerGetDatum(
            index_condition(reinterpret_cast<SupportRequestIndexCondition *>(request)));
    });
}

// coding <@ coding
CLINICAL_FUNCTION(code_is_below) { return subsumed(fcinfo, 0, 1); }

// coding @> coding
CLINICAL_FUNCTION(code_is_above) { return subsumed(fcinfo, 1, 0); }
