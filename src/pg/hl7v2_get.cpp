// Values of a message.

#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "bridge/cached.h"
#include "bridge/decode_cache.h"
#include "bridge/row_set.h"
#include "bridge/rows.h"
#include "hl7v2/format.h"
#include "hl7v2/leaves.h"
#include "hl7v2/path.h"

extern "C" {
#include "mb/pg_wchar.h"
}

using namespace clinical;

namespace {

const hl7v2::Path &path_argument(FunctionCallInfo fcinfo) {
    return bridge::cached<hl7v2::Path>(
        fcinfo, 1, [](std::string_view text) { return bridge::take(hl7v2::Path::parse(text)); });
}

// The core decodes escape sequences to UTF-8; in a database of another encoding through it.  A
// character that has no place there leaves the value verbatim.
std::string_view unescaped(const hl7v2::Value &value, std::string &storage) {
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII) {
        storage = value.text();
        return storage;
    }
    const auto raw = bridge::to_encoding(value.raw(), encoding, PG_UTF8);
    if (!raw) return value.raw();
    storage = hl7v2::unescape(*raw, *value.delimiters());
    return bridge::to_encoding(storage, PG_UTF8, encoding).value_or(value.raw());
}

Datum server_text(const hl7v2::Found &found, const hl7v2::Path &path) {
    if (hl7v2::is_verbatim(found, path)) return bridge::to_text(found.value.raw());
    std::string storage;
    return bridge::to_text(unescaped(found.value, storage));
}

hl7v2::Found found_by(FunctionCallInfo fcinfo, const hl7v2::Path &path) {
    const auto decode = [](std::string_view text) { return hl7v2::LazyMessage(text); };
    if (path.numbers)
        return bridge::inquired<hl7v2::LazyMessage>(
            fcinfo, 0, decode,
            [&](const hl7v2::LazyMessage &message) { return message.at(*path.numbers); });
    return hl7v2::first_match(bridge::decoded<hl7v2::LazyMessage>(fcinfo, 0, decode), path,
                              bridge::limits());
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_get) {
    const hl7v2::Path &path = path_argument(fcinfo);
    const hl7v2::Found found = found_by(fcinfo, path);
    if (!found.value.has_value()) PG_RETURN_NULL();
    return server_text(found, path);
}

// As it was sent.
CLINICAL_FUNCTION(hl7v2_raw) {
    const hl7v2::Value value = found_by(fcinfo, path_argument(fcinfo)).value;
    if (value.is_absent()) PG_RETURN_NULL();
    return bridge::to_text(value.raw());
}

CLINICAL_FUNCTION(hl7v2_formatted) {
    const hl7v2::Path &path = path_argument(fcinfo);
    const int32 width = PG_GETARG_INT32(2);
    if (width < 0)
        throw core::Error{core::ErrorCode::invalid_option, "width must not be negative", "", 0};
    const hl7v2::Value value = found_by(fcinfo, path).value;
    if (!value.has_value()) PG_RETURN_NULL();
    if (!value.delimiters()) return bridge::to_text(value.raw());
    const int encoding = GetDatabaseEncoding();
    const auto size = static_cast<std::size_t>(width);
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
        return bridge::to_text(hl7v2::formatted(value.raw(), *value.delimiters(), size));
    const auto raw = bridge::to_encoding(value.raw(), encoding, PG_UTF8);
    if (!raw) return bridge::to_text(value.raw());
    const std::string text = hl7v2::formatted(*raw, *value.delimiters(), size);
    return bridge::to_text(bridge::to_encoding(text, PG_UTF8, encoding).value_or(value.raw()));
}

CLINICAL_FUNCTION(hl7v2_is_null) {
    PG_RETURN_BOOL(found_by(fcinfo, path_argument(fcinfo)).value.is_null());
}

CLINICAL_FUNCTION(hl7v2_values) {
    struct Scan {
        hl7v2::Path path;
        hl7v2::LazyMessage message;
        std::unique_ptr<hl7v2::Matches> matches;
        Scan(hl7v2::Path p, std::string_view text) : path(std::move(p)), message(text) {
            matches = std::make_unique<hl7v2::Matches>(message, path, bridge::limits());
        }
    };
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto path = bridge::take(hl7v2::Path::parse(bridge::text_argument(fcinfo, 1)));
            return bridge::make_in<Scan>(context, std::move(path),
                                         bridge::argument_for_call(fcinfo, 0, context));
        },
        [&](void *state, Datum &datum) {
            auto *scan = static_cast<Scan *>(state);
            hl7v2::Value value;
            if (!scan->matches->next(value)) return false;
            fcinfo->isnull = !value.has_value();
            if (!fcinfo->isnull) datum = server_text({value, value.has_escape()}, scan->path);
            return true;
        });
}

CLINICAL_FUNCTION(hl7v2_segments) {
    struct Scan {
        hl7v2::Message message;
        std::size_t next = 0;
        std::map<std::string_view, int> seen;
    };
    return bridge::stream_rows<5>(
        fcinfo,
        [&](MemoryContext context) {
            const std::string_view text = bridge::argument_for_call(fcinfo, 0, context);
            return bridge::make_in<Scan>(
                context, Scan{bridge::take(hl7v2::Message::parse(text, bridge::limits())), 0, {}});
        },
        [&](void *state, bridge::Row<5> &row) {
            auto *scan = static_cast<Scan *>(state);
            if (scan->next == scan->message.size()) return false;
            const hl7v2::Segment &segment = scan->message[scan->next++];
            const int occurrence = ++scan->seen[segment.id()];
            row.set(0, Int32GetDatum(static_cast<int32>(scan->next)));
            row.set(1, bridge::to_text(segment.id()));
            row.set(2, Int32GetDatum(occurrence));
            row.set(3, Int32GetDatum(static_cast<int32>(segment.offset())));
            row.set(4, bridge::to_text(segment.text()));
            return true;
        });
}

// Every position that holds something; "" is a row with a NULL value.
CLINICAL_FUNCTION(hl7v2_fields) {
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const core::Limits limits = bridge::limits();
    const auto message = bridge::take(hl7v2::Message::parse(text, limits));
    // Most messages have an escape character in MSH-2 alone.
    const hl7v2::Delimiters &d = message.delimiters();
    const std::string_view encoding = message[0].field(2).raw();
    const auto behind = static_cast<std::size_t>(encoding.end() - text.begin());
    const bool escapes = d.escape != '\0' && text.find(d.escape, behind) != text.npos;

    bridge::RowSet<int32, std::string_view, int32, int32, int32, int32,
                   std::optional<std::string_view>>
        rows(fcinfo);
    hl7v2::Leaves leaves(message, limits);
    hl7v2::Leaves::Leaf leaf;
    std::string storage;
    while (leaves.next(leaf)) {
        std::optional<std::string_view> value;
        if (leaf.value.has_value())
            value = escapes && leaf.value.has_escape() ? unescaped(leaf.value, storage)
                                                       : leaf.value.raw();
        rows.add(static_cast<int32>(leaf.segment + 1), message[leaf.segment].id(), leaf.field,
                 leaf.repetition, leaf.component, leaf.subcomponent, value);
    }
    return rows.finish();
}
