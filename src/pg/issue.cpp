#include "pg/issue.h"

extern "C" {
#include "utils/typcache.h"
}

namespace clinical::pg {

Datum issue_datum(TupleDesc type, const core::Issue &issue) {
    const std::string *const texts[] = {&issue.severity, &issue.code,       &issue.format_code,
                                        &issue.location, &issue.expression, &issue.message};
    return bridge::pg([&] {
        Datum values[6] = {};
        bool nulls[6];
        for (int i = 0; i < 6; ++i) {
            nulls[i] = texts[i]->empty();
            if (!nulls[i])
                values[i] = PointerGetDatum(
                    cstring_to_text_with_len(texts[i]->data(), static_cast<int>(texts[i]->size())));
        }
        return HeapTupleGetDatum(heap_form_tuple(type, values, nulls));
    });
}

TupleDesc column_row_type(FunctionCallInfo fcinfo, int n) {
    auto *call = static_cast<FuncCallContext *>(fcinfo->flinfo->fn_extra);
    return bridge::pg([&] {
        MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
        TupleDesc type =
            lookup_rowtype_tupdesc_copy(TupleDescAttr(call->tuple_desc, n)->atttypid, -1);
        MemoryContextSwitchTo(old);
        return type;
    });
}

}  // namespace clinical::pg
