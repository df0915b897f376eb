#include "pg/statement_row.h"

#include "bridge/decode_cache.h"
#include "bridge/jsonb_writer.h"
#include "bridge/value.h"
#include "pg/json.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace clinical::pg {

// Options are decoded once for all messages of a query.
const convert::Options &options_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::decoded<convert::Options>(fcinfo, n, [](std::string_view bytes) {
        const auto *document = reinterpret_cast<const Jsonb *>(bytes.data() - VARHDRSZ);
        return bridge::take(convert::Options::parse(pg_json(bridge::JsonbNode(document))));
    });
}

const char *kind_name(convert::Statement::Kind kind) {
    using convert::Statement;
    switch (kind) {
        case Statement::Kind::resource: return "resource";
        case Statement::Kind::tombstone: return "delete";
        case Statement::Kind::link: return "link";
        case Statement::Kind::issue: return "issue";
        case Statement::Kind::refused: return "refused";
    }
    return "";
}

Datum text_array(const std::vector<std::string> &texts) {
    std::vector<Datum> elements;
    elements.reserve(texts.size());
    for (const auto &t : texts) elements.push_back(bridge::to_text(t));
    Datum *data = elements.data();
    const int count = static_cast<int>(elements.size());
    return bridge::pg([&] {
        return PointerGetDatum(construct_array(data, count, TEXTOID, -1, false, TYPALIGN_INT));
    });
}

Datum issue_value(const convert::Issue &issue, TupleDesc row, int column) {
    const std::string *parts[] = {&issue.severity, &issue.code,       &issue.format_code,
                                  &issue.location, &issue.expression, &issue.message};
    Datum values[6] = {};
    bool nulls[6];
    for (int i = 0; i < 6; i++) {
        nulls[i] = parts[i]->empty();
        if (!nulls[i]) values[i] = bridge::to_text(*parts[i]);
    }
    return bridge::pg([&] {
        const Form_pg_attribute attribute = TupleDescAttr(row, column);
        TupleDesc desc = lookup_rowtype_tupdesc(attribute->atttypid, attribute->atttypmod);
        const Datum value = HeapTupleGetDatum(heap_form_tuple(desc, values, nulls));
        ReleaseTupleDesc(desc);
        return value;
    });
}

Datum resource_value(const core::Json &resource) {
    bridge::JsonbWriter writer;
    core::write(resource, writer);
    return writer.finish();
}

Datum time_value(std::int64_t unix_micros) {
    return TimestampTzGetDatum(unix_micros -
                               (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

}  // namespace clinical::pg
