#include "bridge/cached.h"

extern "C" {
#include "nodes/primnodes.h"
}

namespace clinical::bridge {

// Not get_fn_expr_arg_stable: that takes parameters for stable, and an expression of PL/pgSQL
// outlives the values of its.
bool is_constant_argument(FunctionCallInfo fcinfo, int arg) {
    const Node *call = fcinfo->flinfo->fn_expr;
    if (!call) return false;
    const List *arguments = nullptr;
    if (IsA(call, FuncExpr))
        arguments = reinterpret_cast<const FuncExpr *>(call)->args;
    else if (IsA(call, OpExpr))
        arguments = reinterpret_cast<const OpExpr *>(call)->args;
    if (!arguments || arg >= arguments->length) return false;
    return IsA(arguments->elements[arg].ptr_value, Const);
}

}  // namespace clinical::bridge
