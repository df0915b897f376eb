#include "pg/issue.h"

#include <array>

extern "C" {
#include "executor/executor.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"
}

namespace clinical::pg {

namespace {

// In the order of clinical_issue's columns.
template <typename Issue>
auto texts_of(Issue &issue) {
    return std::array{&issue.severity, &issue.code,       &issue.format_code,
                      &issue.location, &issue.expression, &issue.message};
}

}  // namespace

Datum issue_datum(TupleDesc type, const core::Issue &issue) {
    const auto texts = texts_of(issue);
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

void set_issue(bridge::Row<6> &row, const core::Issue &issue) {
    const auto texts = texts_of(issue);
    for (int i = 0; i < 6; ++i)
        if (!texts[i]->empty()) row.set(i, bridge::to_text(*texts[i]));
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

TupleDesc result_row_type(FunctionCallInfo fcinfo) {
    auto *call = static_cast<FuncCallContext *>(fcinfo->flinfo->fn_extra);
    return bridge::pg([&] {
        MemoryContext old = MemoryContextSwitchTo(call->multi_call_memory_ctx);
        TupleDesc type;
        if (get_call_result_type(fcinfo, nullptr, &type) != TYPEFUNC_COMPOSITE)
            elog(ERROR, "return type must be a row type");
        type = BlessTupleDesc(type);
        MemoryContextSwitchTo(old);
        return type;
    });
}

std::vector<core::Issue> issues_argument(FunctionCallInfo fcinfo, int n) {
    struct Texts {
        text *columns[6];
    };
    struct List {
        Texts *issues;
        int size;
    };
    const List list = bridge::pg([&] {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
        Oid type = ARR_ELEMTYPE(array);
        int16 length;
        bool by_value;
        char alignment;
        get_typlenbyvalalign(type, &length, &by_value, &alignment);
        Datum *elements;
        bool *nulls;
        List out{};
        int size;
        deconstruct_array(array, type, length, by_value, alignment, &elements, &nulls, &size);
        out.issues = static_cast<Texts *>(palloc0(sizeof(Texts) * Max(size, 1)));
        for (int i = 0; i < size; ++i) {
            if (nulls[i]) continue;
            HeapTupleHeader row = DatumGetHeapTupleHeader(elements[i]);
            for (AttrNumber column = 1; column <= 6; ++column) {
                bool is_null;
                Datum value = GetAttributeByNum(row, column, &is_null);
                if (!is_null) out.issues[out.size].columns[column - 1] = DatumGetTextPP(value);
            }
            ++out.size;
        }
        return out;
    });
    std::vector<core::Issue> issues(static_cast<std::size_t>(list.size));
    for (std::size_t i = 0; i < issues.size(); ++i) {
        const auto members = texts_of(issues[i]);
        for (int column = 0; column < 6; ++column)
            if (const text *value = list.issues[i].columns[column])
                *members[column] = bridge::view(value);
    }
    return issues;
}

}  // namespace clinical::pg
