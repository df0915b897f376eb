// Files of FHIR documents for the loader: cut into records, said as statements.

#include <cstring>
#include <unordered_map>

#include "bridge/decode_cache.h"
#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "convert/fhir_document.h"
#include "core/sha256.h"
#include "fhir/file.h"
#include "pg/slice_argument.h"
#include "pg/statement_row.h"

extern "C" {
#include "utils/timestamp.h"
}

using namespace clinical;
using bridge::JsonbNode;
using convert::FhirStatement;

namespace {

struct FileScan {
    FileScan(std::string_view bytes, pg::Slice slice)
        : contents(bytes), scanner(bytes), slice(slice) {}

    // The next document of the slice; false at the end.
    bool next(fhir::FilePiece &piece, std::string_view &raw) {
        while (scanner.next(piece)) {
            raw = contents.substr(piece.begin, piece.end - piece.begin);
            ++ordinal;
            if (slice.slices == 1 || fhir::slice_of(raw, slice.slices) == slice.slice) return true;
        }
        return false;
    }

    std::string_view contents;
    fhir::FileScanner scanner;
    pg::Slice slice;
    int ordinal = 0;
};

struct Said {
    std::vector<FhirStatement> statements;
    std::size_t next = 0;
};

// Big-endian, so that bytes sort as numbers.
std::string version_bytes(std::uint64_t version) {
    std::string out(8, '\0');
    for (int i = 7; i >= 0; --i, version >>= 8) out[i] = static_cast<char>(version & 0xFF);
    return out;
}

void *convert_document(FunctionCallInfo fcinfo, MemoryContext context) {
    const auto limits = bridge::limits();
    const std::int64_t received =
        PG_GETARG_TIMESTAMPTZ(2) + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    return bridge::make_in<Said>(
        context, Said{convert::convert_fhir(bridge::text_argument(fcinfo, 0),
                                            pg::options_argument(fcinfo, 1), received, limits),
                      0});
}

}  // namespace

// fhir_records(contents bytea, slice integer, slices integer)
CLINICAL_FUNCTION(fhir_records) {
    return bridge::stream_rows<4>(
        fcinfo,
        [&](MemoryContext context) {
            return bridge::make_in<FileScan>(context, bridge::argument_for_call(fcinfo, 0, context),
                                             pg::slice_argument(fcinfo, 1));
        },
        [&](void *state, bridge::Row<4> &row) {
            auto &scan = *static_cast<FileScan *>(state);
            fhir::FilePiece piece;
            std::string_view raw;
            if (!scan.next(piece, raw)) return false;
            const core::Sha256 hash = core::sha256(raw);
            row.set(0, Int32GetDatum(scan.ordinal));
            row.set(1, Int64GetDatum(static_cast<int64>(piece.begin)));
            row.set(2, bridge::to_text(raw));
            row.set(3, bridge::to_text({reinterpret_cast<const char *>(hash.data()), hash.size()}));
            return true;
        });
}

// fhir_cut(contents bytea, final boolean) RETURNS bigint
CLINICAL_FUNCTION(fhir_cut) {
    PG_RETURN_INT64(static_cast<int64>(
        fhir::complete_prefix(bridge::text_argument(fcinfo, 0), PG_GETARG_BOOL(1))));
}

// fhir_convert(document bytea, options jsonb, received timestamptz)
CLINICAL_FUNCTION(fhir_convert) {
    return bridge::stream_rows<pg::statement_columns>(
        fcinfo, [&](MemoryContext context) { return convert_document(fcinfo, context); },
        [&](void *state, bridge::Row<pg::statement_columns> &row) {
            auto &said = *static_cast<Said *>(state);
            if (said.next == said.statements.size()) return false;
            FhirStatement &s = said.statements[said.next++];
            pg::set_statement(fcinfo, row, static_cast<int>(said.next), s, s.event_micros,
                              version_bytes(s.version.value_or(0)));
            s = FhirStatement();
            return true;
        });
}

namespace {

// Names of patients by their servers' ids -> the patients.
using Aliases = std::unordered_map<std::string, std::string>;

const Aliases &aliases_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::decoded<Aliases>(fcinfo, n, [](std::string_view bytes) {
        const JsonbNode object(reinterpret_cast<const Jsonb *>(bytes.data() - VARHDRSZ));
        Aliases out;
        for (std::size_t i = 0; i < object.size(); ++i)
            out.emplace(object.key(i), object.at(i).as_text());
        return out;
    });
}

// Writes over strings of the same length where they stand: nothing else of a jsonb changes.
class Repointer {
public:
    Repointer(std::string_view from, std::string_view to) : from_(from), to_(to) {}

    void run(const JsonbNode &node, int depth = 0) {
        if (depth > bridge::limits().depth) return;
        for (std::size_t i = 0; i < node.size(); ++i) {
            const JsonbNode value = node.at(i);
            if (value.kind() == core::Kind::string)
                patch(value.as_text());
            else if (value.kind() == core::Kind::object || value.kind() == core::Kind::array)
                run(value, depth + 1);
        }
    }
    void patch_id(std::string_view id) {
        if (id == from_) write(id);
    }

private:
    static constexpr std::string_view patient = "Patient/";
    // "Patient/<id>", "Patient/<id>/_history/2"
    void patch(std::string_view text) {
        if (!text.starts_with(patient)) return;
        const std::string_view id = text.substr(patient.size());
        if (!id.starts_with(from_)) return;
        if (id.size() == from_.size() || id[from_.size()] == '/') write(id);
    }
    void write(std::string_view at) {
        std::memcpy(const_cast<char *>(at.data()), to_.data(), to_.size());
    }

    std::string_view from_, to_;
};

}  // namespace

// fhir_repoint(resource jsonb, patient text, aliases jsonb) RETURNS jsonb
CLINICAL_FUNCTION(fhir_repoint) {
    const std::string from(bridge::text_argument(fcinfo, 1));
    const Aliases &aliases = aliases_argument(fcinfo, 2);
    const auto found = aliases.find(from);
    if (found == aliases.end() || found->second.size() != from.size()) return PG_GETARG_DATUM(0);
    Jsonb *copy = bridge::pg([&] { return DatumGetJsonbPCopy(PG_GETARG_DATUM(0)); });
    const JsonbNode resource(copy);
    Repointer repointer(from, found->second);
    repointer.run(resource);
    if (resource.find("resourceType").as_text() == "Patient")
        repointer.patch_id(resource.find("id").as_text());
    PG_RETURN_JSONB_P(copy);
}
