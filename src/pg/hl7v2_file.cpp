// Contents of files to messages.

#include <memory>

#include "bridge/rows.h"
#include "bridge/value.h"
#include "core/sha256.h"
#include "hl7v2/file.h"
#include "pg/issue.h"

extern "C" {
#include "mb/pg_wchar.h"
}

using namespace clinical;

namespace {

// The state of a scan over a file: the contents in the memory of the call, and the reader.
struct FileScan {
    std::unique_ptr<hl7v2::FileReader> reader;
    TupleDesc issue_type = nullptr;
};

std::string_view argument_for_call(FunctionCallInfo fcinfo, int n, MemoryContext context) {
    return bridge::view(bridge::pg([&] {
        MemoryContext old = MemoryContextSwitchTo(context);
        auto *value =
            pg_detoast_datum_copy(reinterpret_cast<struct varlena *>(PG_GETARG_POINTER(n)));
        MemoryContextSwitchTo(old);
        return value;
    }));
}

FileScan *open_bytes(FunctionCallInfo fcinfo, MemoryContext context) {
    const std::string_view contents = argument_for_call(fcinfo, 0, context);
    const std::string charset(bridge::optional_text_argument(fcinfo, 1).value_or(""));
    if (!charset.empty() && !core::charset_named(charset))
        throw core::Error{core::ErrorCode::invalid_option, "unknown charset",
                          "It is neither a name of HL7 table 0211 nor one of IANA's.", 0};
    auto *scan = bridge::make_in<FileScan>(context);
    scan->reader = std::make_unique<hl7v2::FileReader>(contents, charset, bridge::limits());
    return scan;
}

FileScan *open_text(FunctionCallInfo fcinfo, MemoryContext context) {
    const std::string_view contents = argument_for_call(fcinfo, 0, context);
    auto *scan = bridge::make_in<FileScan>(context);
    scan->reader = std::make_unique<hl7v2::FileReader>(hl7v2::FileReader::DecodedText{contents},
                                                       bridge::limits());
    return scan;
}

// A decoded message is UTF-8; a database in another encoding may have no place for it (22P05).
Datum message_datum(std::string_view message) {
    return bridge::pg([&] {
        const int length = static_cast<int>(message.size());
        char *converted = pg_any_to_server(const_cast<char *>(message.data()), length, PG_UTF8);
        if (converted == message.data())
            return PointerGetDatum(cstring_to_text_with_len(converted, length));
        return PointerGetDatum(cstring_to_text(converted));
    });
}

Datum issue_of(FunctionCallInfo fcinfo, FileScan *scan, int column, const core::Issue &issue) {
    if (!scan->issue_type) scan->issue_type = pg::column_row_type(fcinfo, column);
    return pg::issue_datum(scan->issue_type, issue);
}

Datum messages(FunctionCallInfo fcinfo, FileScan *(*open)(FunctionCallInfo, MemoryContext),
               bool is_text) {
    return bridge::stream_rows<4>(
        fcinfo, [&](MemoryContext context) { return open(fcinfo, context); },
        [&](void *state, bridge::Row<4> &row) {
            auto *scan = static_cast<FileScan *>(state);
            hl7v2::Record record;
            if (!scan->reader->next(record)) return false;
            row.set(0, Int32GetDatum(record.ordinal));
            row.set(1, Int64GetDatum(static_cast<int64>(record.byte_offset)));
            if (record.usable)
                row.set(2,
                        is_text ? bridge::to_text(record.message) : message_datum(record.message));
            if (record.issue) row.set(3, issue_of(fcinfo, scan, 3, *record.issue));
            return true;
        });
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_messages_text) { return messages(fcinfo, open_text, true); }

CLINICAL_FUNCTION(hl7v2_messages_bytes) {
    if (PG_ARGISNULL(0)) {
        reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprEndResult;
        PG_RETURN_NULL();
    }
    return messages(fcinfo, open_bytes, false);
}

// The loader's view of a file: every record with its bytes and their hash.  Here issue.code is the
// reason by which the loader files it.
CLINICAL_FUNCTION(hl7v2_records) {
    if (PG_ARGISNULL(0)) {
        reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprEndResult;
        PG_RETURN_NULL();
    }
    return bridge::stream_rows<7>(
        fcinfo, [&](MemoryContext context) { return open_bytes(fcinfo, context); },
        [&](void *state, bridge::Row<7> &row) {
            auto *scan = static_cast<FileScan *>(state);
            hl7v2::Record record;
            if (!scan->reader->next(record)) return false;
            const core::Sha256 hash = core::sha256(record.raw);
            row.set(0, Int32GetDatum(record.ordinal));
            row.set(1, Int64GetDatum(static_cast<int64>(record.byte_offset)));
            row.set(2, bridge::to_text(record.raw));
            row.set(3, bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()}));
            if (record.usable) {
                row.set(4, message_datum(record.message));
                const auto message = bridge::take(hl7v2::Message::parse(record.message));
                if (const auto key = hl7v2::message_key(message)) row.set(5, message_datum(*key));
            }
            if (record.issue) {
                record.issue->code = record.issue->format_code;
                row.set(6, issue_of(fcinfo, scan, 6, *record.issue));
            }
            return true;
        });
}

CLINICAL_FUNCTION(hl7v2_cut) {
    const std::string_view contents = bridge::text_argument(fcinfo, 0);
    PG_RETURN_INT64(static_cast<int64>(hl7v2::complete_prefix(contents, PG_GETARG_BOOL(1))));
}
