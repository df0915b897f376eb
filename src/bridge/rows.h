#pragma once

// Rows of set-returning functions, one per call: the state is a C++ object that dies with the
// query, each row is made in the caller's per-row memory.

#include "bridge/value.h"

namespace clinical::bridge {

// A row being filled; unset columns are NULL.
template <int Columns>
struct Row {
    Datum values[Columns] = {};
    bool nulls[Columns];
    Row() {
        for (bool &n : nulls) n = true;
    }
    void set(int column, Datum value) {
        values[column] = value;
        nulls[column] = false;
    }
};

inline Datum end_of_rows(FunctionCallInfo fcinfo, FuncCallContext *call) {
    pg([&] { end_MultiFuncCall(fcinfo, call); });
    reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprEndResult;
    fcinfo->isnull = true;
    return 0;
}

// Streams rows.  `open()` returns a State allocated by make_in(multi_call_memory_ctx);
// `next(state, row)` fills a row or returns false at the end.  For functions that return a
// composite (RETURNS TABLE with several columns).
template <int Columns, typename Open, typename Next>
Datum stream_rows(FunctionCallInfo fcinfo, Open open, Next next) {
    FuncCallContext *call;
    if (SRF_IS_FIRSTCALL()) {
        call = pg([&] {
            auto *c = SRF_FIRSTCALL_INIT();
            MemoryContext old = MemoryContextSwitchTo(c->multi_call_memory_ctx);
            TupleDesc desc;
            if (get_call_result_type(fcinfo, nullptr, &desc) != TYPEFUNC_COMPOSITE)
                elog(ERROR, "return type must be a row type");
            c->tuple_desc = BlessTupleDesc(desc);
            MemoryContextSwitchTo(old);
            return c;
        });
        call->user_fctx = open(call->multi_call_memory_ctx);
    }
    call = pg([&] { return SRF_PERCALL_SETUP(); });
    Row<Columns> row;
    if (!next(call->user_fctx, row)) return end_of_rows(fcinfo, call);
    call->call_cntr++;
    reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprMultipleResult;
    return pg([&] {
        return HeapTupleGetDatum(heap_form_tuple(call->tuple_desc, row.values, row.nulls));
    });
}

// The same for functions that return SETOF one value: `next(state, datum)`.
template <typename Open, typename Next>
Datum stream_values(FunctionCallInfo fcinfo, Open open, Next next) {
    FuncCallContext *call;
    if (SRF_IS_FIRSTCALL()) {
        call = pg([&] { return SRF_FIRSTCALL_INIT(); });
        call->user_fctx = open(call->multi_call_memory_ctx);
    }
    call = pg([&] { return SRF_PERCALL_SETUP(); });
    Datum value = 0;
    if (!next(call->user_fctx, value)) return end_of_rows(fcinfo, call);
    call->call_cntr++;
    reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprMultipleResult;
    return value;
}

}  // namespace clinical::bridge
