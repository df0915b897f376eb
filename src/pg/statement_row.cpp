#include "pg/statement_row.h"

#include "bridge/decode_cache.h"
#include "bridge/jsonb_writer.h"
#include "bridge/text_array.h"
#include "pg/issue.h"
#include "pg/json.h"

extern "C" {
#include "utils/timestamp.h"
#include "utils/typcache.h"
}

namespace clinical::pg {

namespace {

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

// A value of composite type clinical_issue, whose type is that of column `column`.
Datum issue_value(const convert::Issue &issue, TupleDesc row, int column) {
    TupleDesc type = bridge::pg([&] {
        const Form_pg_attribute attribute = TupleDescAttr(row, column);
        return lookup_rowtype_tupdesc(attribute->atttypid, attribute->atttypmod);
    });
    const Datum value = issue_datum(type, issue);
    bridge::pg([&] { ReleaseTupleDesc(type); });
    return value;
}

// Microseconds since 1970 as a timestamptz.
Datum time_value(std::int64_t unix_micros) {
    return TimestampTzGetDatum(unix_micros -
                               (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY);
}

}  // namespace

// Options are decoded once for all messages of a query.
const convert::Options &options_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::decoded<convert::Options>(fcinfo, n, [](std::string_view bytes) {
        const auto *document = reinterpret_cast<const Jsonb *>(bytes.data() - VARHDRSZ);
        return bridge::take(convert::Options::parse(pg_json(bridge::JsonbNode(document))));
    });
}

void set_statement(FunctionCallInfo fcinfo, bridge::Row<statement_columns> &row, int ordinal,
                   const convert::Statement &statement, std::optional<std::int64_t> event_micros,
                   std::string_view version) {
    const auto set_text = [&](int column, const std::string &text) {
        if (!text.empty()) row.set(column, bridge::to_text(text));
    };
    const auto set_texts = [&](int column, const std::vector<std::string> &texts) {
        if (!texts.empty()) row.set(column, bridge::to_text_array(texts));
    };
    row.set(0, Int32GetDatum(ordinal));
    row.set(1, bridge::to_text(kind_name(statement.kind)));
    set_text(2, statement.resource_type);
    set_text(3, statement.id);
    set_text(4, statement.patient_id);
    if (event_micros) row.set(5, time_value(*event_micros));
    if (!statement.resource.is_absent()) row.set(6, resource_value(statement.resource));
    set_texts(7, statement.cleared);
    set_texts(8, statement.replaced);
    set_texts(9, statement.parents);
    if (!statement.issue.code.empty()) {
        const auto *call = static_cast<FuncCallContext *>(fcinfo->flinfo->fn_extra);
        row.set(10, issue_value(statement.issue, call->tuple_desc, 10));
    }
    row.set(11, bridge::to_text(version));
}

Datum resource_value(const core::Json &resource) {
    bridge::JsonbWriter writer;
    core::write(resource, writer);
    return writer.finish();
}

}  // namespace clinical::pg
