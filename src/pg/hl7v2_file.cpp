// Contents of files to messages.

#include <algorithm>
#include <memory>
#include <optional>

#include "bridge/rows.h"
#include "bridge/value.h"
#include "core/sha256.h"
#include "hl7v2/file.h"
#include "pg/issue.h"
#include "pg/slice_argument.h"

extern "C" {
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/array.h"
}

using namespace clinical;

namespace {

// The state of a scan over a file: the contents in the memory of the call, and the reader.
struct FileScan {
    std::unique_ptr<hl7v2::FileReader> reader;
    TupleDesc issue_type = nullptr;
};

// {messages counted?, messages, batches counted?, batches}, as SQL keeps it; NULL: nothing is open.
hl7v2::Envelope envelope_argument(FunctionCallInfo fcinfo, int n) {
    if (PG_NARGS() <= n || PG_ARGISNULL(n)) return {};
    struct Four {
        int64 values[4];
    };
    const Four four = bridge::pg([&] {
        ArrayType *array = PG_GETARG_ARRAYTYPE_P(n);
        if (ARR_ELEMTYPE(array) != INT8OID || ARR_NDIM(array) != 1 || ARR_DIMS(array)[0] != 4 ||
            ARR_HASNULL(array))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("the envelope must have four numbers")));
        Four out;
        memcpy(out.values, ARR_DATA_PTR(array), sizeof out.values);
        return out;
    });
    return {{four.values[0] != 0, four.values[1]}, {four.values[2] != 0, four.values[3]}};
}

FileScan *open_bytes(FunctionCallInfo fcinfo, MemoryContext context) {
    const std::string_view contents = bridge::argument_for_call(fcinfo, 0, context);
    const std::string charset(bridge::optional_text_argument(fcinfo, 1).value_or(""));
    if (!charset.empty() && !core::charset_named(charset))
        throw core::Error{core::ErrorCode::invalid_option, "unknown charset",
                          "It is neither a name of HL7 table 0211 nor one of IANA's.", 0};
    auto *scan = bridge::make_in<FileScan>(context);
    scan->reader = std::make_unique<hl7v2::FileReader>(contents, charset, bridge::limits(),
                                                       envelope_argument(fcinfo, 2));
    return scan;
}

FileScan *open_slice(FunctionCallInfo fcinfo, MemoryContext context) {
    FileScan *scan = open_bytes(fcinfo, context);
    const pg::Slice slice = pg::slice_argument(fcinfo, 3);
    scan->reader->keep_slice(slice.slice, slice.slices);
    return scan;
}

FileScan *open_text(FunctionCallInfo fcinfo, MemoryContext context) {
    const std::string_view contents = bridge::argument_for_call(fcinfo, 0, context);
    auto *scan = bridge::make_in<FileScan>(context);
    scan->reader = std::make_unique<hl7v2::FileReader>(hl7v2::FileReader::DecodedText{contents},
                                                       bridge::limits());
    return scan;
}

// A decoded message is UTF-8; a database in another encoding may have no place for it.  Nothing
// then: pg_any_to_server would raise, quote the character, and take the rest of the file with it.
std::optional<Datum> message_datum(std::string_view message) {
    const int encoding = GetDatabaseEncoding();
    const bool is_plain =
        encoding == PG_UTF8 || encoding == PG_SQL_ASCII ||
        std::none_of(message.begin(), message.end(), [](char c) { return (c & 0x80) != 0; });
    if (is_plain) return bridge::to_text(message);
    const auto text = bridge::to_encoding(message, PG_UTF8, encoding);
    if (!text) return std::nullopt;
    return bridge::to_text(*text);
}

// The message, or the issue that says why there is none.
std::optional<Datum> usable_message(hl7v2::Record &record) {
    if (!record.usable()) return std::nullopt;
    const auto message = message_datum(record.message);
    if (message) return message;
    record.parsed.reset();
    record.issue = core::Issue{
        "error",    "not-supported",
        "encoding", {},
        {},         "the message has a character that the database's encoding has no place for"};
    return std::nullopt;
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
            if (is_text && record.usable())
                row.set(2, bridge::to_text(record.message));
            else if (const auto message = usable_message(record))
                row.set(2, *message);
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
// hl7v2_records(contents bytea, charset text, envelope bigint[], slice integer, slices integer)
CLINICAL_FUNCTION(hl7v2_records) {
    if (PG_ARGISNULL(0)) {
        reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo)->isDone = ExprEndResult;
        PG_RETURN_NULL();
    }
    return bridge::stream_rows<7>(
        fcinfo, [&](MemoryContext context) { return open_slice(fcinfo, context); },
        [&](void *state, bridge::Row<7> &row) {
            auto *scan = static_cast<FileScan *>(state);
            hl7v2::Record record;
            if (!scan->reader->next(record)) return false;
            const core::Sha256 hash = core::sha256(record.raw);
            row.set(0, Int32GetDatum(record.ordinal));
            row.set(1, Int64GetDatum(static_cast<int64>(record.byte_offset)));
            row.set(2, bridge::to_text(record.raw));
            row.set(3, bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()}));
            if (const auto message = usable_message(record)) {
                row.set(4, *message);
                // Part of the message: what has a place there has one here.
                if (const auto key = hl7v2::message_key(*record.parsed))
                    if (const auto text = message_datum(*key)) row.set(5, *text);
            }
            if (record.issue) {
                record.issue->code = record.issue->format_code;
                row.set(6, issue_of(fcinfo, scan, 6, *record.issue));
            }
            return true;
        });
}

// What is open behind a chunk.
CLINICAL_FUNCTION(hl7v2_envelope) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    hl7v2::FileReader reader(bridge::text_argument(fcinfo, 0), {}, bridge::limits(),
                             envelope_argument(fcinfo, 1));
    const hl7v2::Envelope after = reader.skip();
    return bridge::pg([&] {
        Datum values[] = {Int64GetDatum(after.messages.open), Int64GetDatum(after.messages.count),
                          Int64GetDatum(after.batches.open), Int64GetDatum(after.batches.count)};
        return PointerGetDatum(construct_array(values, lengthof(values), INT8OID, sizeof(int64),
                                               FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
    });
}

CLINICAL_FUNCTION(hl7v2_cut) {
    const std::string_view contents = bridge::text_argument(fcinfo, 0);
    PG_RETURN_INT64(static_cast<int64>(hl7v2::complete_prefix(contents, PG_GETARG_BOOL(1))));
}
