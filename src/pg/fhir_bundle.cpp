// Resources out of bundles and files; their hash.

#include "bridge/jsonb_writer.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "core/json_reader.h"
#include "fhir/canonical.h"
#include "pg/issue.h"
#include "pg/server_text.h"

using namespace clinical;
using bridge::JsonbNode;
using core::Kind;

namespace {

struct BundleScan {
    BundleScan(MemoryContext context, std::string_view bytes)
        : document(reinterpret_cast<const Jsonb *>(bytes.data() - VARHDRSZ)), writer(context) {
        const JsonbNode type = document.find("resourceType");
        is_bundle = type.kind() == Kind::string && type.as_text() == "Bundle";
        if (is_bundle) entries = document.find("entry");
    }
    JsonbNode document, entries;
    bridge::JsonbWriter writer;
    bool is_bundle = false;
    std::size_t next = 0;
};

void set_text(bridge::Row<5> &row, int column, const JsonbNode &node) {
    if (node.kind() == Kind::string) row.set(column, bridge::to_text(node.as_text()));
}

void fill(bridge::Row<5> &row, BundleScan &scan, const JsonbNode &resource) {
    set_text(row, 2, resource.find("resourceType"));
    set_text(row, 3, resource.find("id"));
    scan.writer.copy(resource);
    row.set(4, scan.writer.finish());
}

// Lines of a file, parsed one at a time.
struct LineScan {
    LineScan(MemoryContext context, std::string_view contents)
        : text(contents), writer(context, bridge::JsonbWriter::Duplicates::refuse) {}

    // The next line that is not blank.
    bool next(std::string_view &line) {
        while (at < text.size()) {
            ++number;
            begin = at;
            const std::size_t end = std::min(text.find('\n', at), text.size());
            line = text.substr(at, end - at);
            at = end + 1;
            if (line.find_first_not_of(" \t\r") != std::string_view::npos) return true;
        }
        return false;
    }

    std::string_view text;
    core::JsonReader reader;
    bridge::JsonbWriter writer;
    std::size_t at = 0, begin = 0;
    int number = 0, ordinal = 0;
    TupleDesc issue_type = nullptr;
};

std::optional<core::Error> parse(LineScan &scan, std::string_view line) {
    try {
        scan.writer.clear();
        if (pg::server_is_utf8()) return scan.reader.read(line, scan.writer, bridge::limits());
        pg::ServerTextWriter writer(scan.writer);
        return scan.reader.read(pg::utf8_of(line), writer, bridge::limits());
    } catch (core::Error &error) {  // what the reader does not see: encoding, a number's size
        return std::move(error);
    }
}

}  // namespace

// fhir_resources(bundle jsonb)
CLINICAL_FUNCTION(fhir_resources) {
    return bridge::stream_rows<5>(
        fcinfo,
        [&](MemoryContext context) {
            return bridge::make_in<BundleScan>(context, context,
                                               bridge::argument_for_call(fcinfo, 0, context));
        },
        [&](void *state, bridge::Row<5> &row) {
            auto &scan = *static_cast<BundleScan *>(state);
            if (!scan.is_bundle) {
                if (scan.next++ > 0 || scan.document.kind() != Kind::object) return false;
                row.set(0, Int32GetDatum(1));
                fill(row, scan, scan.document);
                return true;
            }
            while (scan.entries.kind() == Kind::array && scan.next < scan.entries.size()) {
                const JsonbNode entry = scan.entries.at(scan.next++);
                const JsonbNode resource = entry.find("resource");
                if (resource.kind() != Kind::object) continue;
                row.set(0, Int32GetDatum(static_cast<int32>(scan.next)));
                set_text(row, 1, entry.find("fullUrl"));
                fill(row, scan, resource);
                return true;
            }
            return false;
        });
}

// fhir_ndjson(contents text)
CLINICAL_FUNCTION(fhir_ndjson) {
    return bridge::stream_rows<4>(
        fcinfo,
        [&](MemoryContext context) {
            return bridge::make_in<LineScan>(context, context,
                                             bridge::argument_for_call(fcinfo, 0, context));
        },
        [&](void *state, bridge::Row<4> &row) {
            auto &scan = *static_cast<LineScan *>(state);
            std::string_view line;
            if (!scan.next(line)) return false;
            row.set(0, Int32GetDatum(++scan.ordinal));
            row.set(1, Int64GetDatum(static_cast<int64>(scan.begin)));
            if (const auto error = parse(scan, line)) {
                if (!scan.issue_type) scan.issue_type = pg::column_row_type(fcinfo, 3);
                // The reader counts from the start of the line.
                std::string where = error->where;
                if (where.starts_with("Line 1, ")) where.erase(0, 8);
                row.set(3, pg::issue_datum(scan.issue_type, {"fatal", "structure", "json",
                                                             "Line " + std::to_string(scan.number),
                                                             "", error->message + ": " + where}));
            } else {
                row.set(2, scan.writer.finish());
            }
            return true;
        });
}

// fhir_hash(resource jsonb) RETURNS bytea
CLINICAL_FUNCTION(fhir_hash) {
    const JsonbNode node = bridge::jsonb_argument(fcinfo, 0);
    const auto limits = bridge::limits();
    const core::Sha256 hash = pg::server_is_utf8() ? fhir::canonical_hash(node, limits) : [&] {
        const core::Json tree = pg::utf8_json(node);
        return fhir::canonical_hash(core::JsonNode(tree), limits);
    }();
    return bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()});
}
