// Aggregates of quantities, and index scans for their comparisons.

#include "pg/quantity_argument.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_am.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
}

using namespace clinical;
using pg::quantity_argument;
using pg::quantity_datum;
using ucum::Quantity;

namespace {

core::Error other_kind() {
    return {core::ErrorCode::invalid_value, "quantities are not of one kind",
            "The units measure different things, or an annotation tells them apart.", 0};
}

// The one of two that comes first (or last) in the order; both must measure the same.
Datum extreme(FunctionCallInfo fcinfo, bool first) {
    const Quantity a = quantity_argument(fcinfo, 0);
    const Quantity b = quantity_argument(fcinfo, 1);
    if (!ucum::same_kind(a.unit, b.unit)) throw other_kind();
    const auto order = ucum::order(a, b);
    return PG_GETARG_DATUM((first ? std::is_lteq(order) : std::is_gteq(order)) ? 0 : 1);
}

// The running mean: a sum in the unit of the first value, and how many.
struct Mean {
    std::optional<Quantity> sum;
    std::int64_t count = 0;
};

}  // namespace

CLINICAL_FUNCTION(quantity_smaller) { return extreme(fcinfo, true); }
CLINICAL_FUNCTION(quantity_larger) { return extreme(fcinfo, false); }

CLINICAL_FUNCTION(quantity_avg_add) {
    MemoryContext context = bridge::pg([&] {
        MemoryContext aggregate;
        if (!AggCheckCallContext(fcinfo, &aggregate))
            elog(ERROR, "quantity_avg_add called outside an aggregate");
        return aggregate;
    });
    auto *mean = PG_ARGISNULL(0) ? bridge::make_in<Mean>(context)
                                 : reinterpret_cast<Mean *>(PG_GETARG_POINTER(0));
    if (!PG_ARGISNULL(1)) {
        Quantity quantity = quantity_argument(fcinfo, 1);
        if (!mean->sum) {
            mean->sum = std::move(quantity);
        } else {
            // Values are added as numbers in one unit: a mean of temperatures has a meaning where
            // their sum has none.
            if (!ucum::same_kind(mean->sum->unit, quantity.unit)) throw other_kind();
            if (quantity.unit.is_nonlinear())
                throw core::Error{core::ErrorCode::invalid_value, "unit allows no arithmetic",
                                  "Levels and pH have no arithmetic mean.", 0};
            quantity = bridge::take(ucum::convert(quantity, mean->sum->unit, pg::unit_cache()));
            if (quantity.comparator != mean->sum->comparator &&
                quantity.comparator != ucum::Comparator::exact &&
                mean->sum->comparator != ucum::Comparator::exact)
                throw core::Error{core::ErrorCode::invalid_value, "quantity has no single value",
                                  "Values with different comparators have no mean.", 0};
            if (quantity.comparator != ucum::Comparator::exact)
                mean->sum->comparator = quantity.comparator;
            mean->sum->value = bridge::take(mean->sum->value.plus(quantity.value));
        }
        ++mean->count;
    }
    PG_RETURN_POINTER(mean);
}

CLINICAL_FUNCTION(quantity_avg_final) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const auto *mean = reinterpret_cast<const Mean *>(PG_GETARG_POINTER(0));
    if (!mean->sum) PG_RETURN_NULL();
    Quantity result = *mean->sum;
    // As numeric's avg: 16 digits behind the point are enough, and never fewer than the sum has.
    const int scale = std::max(result.value.scale(), 16);
    result.value = bridge::take(result.value.divide(mean->count, scale)).trimmed();
    return quantity_datum(result);
}

// value > '10 mmol/L' uses an index on value.  The index knows only the total order, which every
// true comparison implies, so its rows are checked again by the operator itself.
CLINICAL_FUNCTION(quantity_support) {
    auto *request = reinterpret_cast<Node *>(PG_GETARG_POINTER(0));
    if (!IsA(request, SupportRequestIndexCondition)) PG_RETURN_POINTER(nullptr);
    List *conditions = bridge::pg([&]() -> List * {
        auto *r = reinterpret_cast<SupportRequestIndexCondition *>(request);
        if (!is_opclause(r->node)) return NIL;
        auto *clause = reinterpret_cast<OpExpr *>(r->node);
        if (list_length(clause->args) != 2) return NIL;
        auto *left = static_cast<Node *>(linitial(clause->args));
        auto *right = static_cast<Node *>(lsecond(clause->args));
        Node *column = r->indexarg == 0 ? left : right;
        Node *bound = r->indexarg == 0 ? right : left;
        if (!is_pseudo_constant_for_index(r->root, bound, r->index)) return NIL;

        const char *name = get_func_name(r->funcid);
        if (!name) return NIL;
        int strategy = strcmp(name, "quantity_lt") == 0   ? BTLessStrategyNumber
                       : strcmp(name, "quantity_le") == 0 ? BTLessEqualStrategyNumber
                       : strcmp(name, "quantity_ge") == 0 ? BTGreaterEqualStrategyNumber
                       : strcmp(name, "quantity_gt") == 0 ? BTGreaterStrategyNumber
                                                          : 0;
        if (strategy == 0) return NIL;
        if (r->indexarg == 1) strategy = BTMaxStrategyNumber + 1 - strategy;
        const Oid type = exprType(column);
        const Oid member =
            get_opfamily_member(r->opfamily, type, type, static_cast<int16>(strategy));
        if (!OidIsValid(member)) return NIL;
        r->lossy = true;
        return list_make1(make_opclause(member, BOOLOID, false, reinterpret_cast<Expr *>(column),
                                        reinterpret_cast<Expr *>(bound), InvalidOid, InvalidOid));
    });
    PG_RETURN_POINTER(conditions);
}
