// Note scrubbing: SQL's view of src/deid/note_*.

#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "deid/note_read.h"
#include "deid/note_scrub.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "utils/tuplestore.h"
}

namespace bridge = clinical::bridge;
namespace core = clinical::core;
namespace note = clinical::deid::note;

namespace {

// An argument as it was when it was compiled.  A constant is the same for the whole statement; any
// other is compared as it comes, not detoasted: a value that lies in a TOAST table by its pointer.
struct Argument {
    std::string raw;
    bool seen = false;

    // Whether argument `n` is still what it was; remembers it.
    bool same(FunctionCallInfo fcinfo, int n) {
        if (seen && get_fn_expr_arg_stable(fcinfo->flinfo, n)) return true;
        if (PG_ARGISNULL(n)) {
            const bool was = seen && raw.empty();
            raw.clear();
            seen = true;
            return was;
        }
        const auto *value = reinterpret_cast<const char *>(PG_GETARG_RAW_VARLENA_P(n));
        const std::string_view bytes(value, VARSIZE_ANY(value));
        const bool was = seen && raw == bytes;
        if (!was) raw = bytes;
        seen = true;
        return was;
    }
};

// The compiled arguments of one call site.
struct Site {
    Argument known_argument, options_argument;
    note::Options options;
    std::optional<note::Known> known;
    std::optional<note::Scrubber> scrubber;
};

Site &site_of(FunctionCallInfo fcinfo) {
    auto *site = static_cast<Site *>(fcinfo->flinfo->fn_extra);
    if (!site) {
        site = bridge::make_in<Site>(fcinfo->flinfo->fn_mcxt);
        fcinfo->flinfo->fn_extra = site;
    }
    if (!site->options_argument.same(fcinfo, 2) || !site->scrubber) {
        site->scrubber.reset();
        site->options = PG_ARGISNULL(2)
                            ? note::Options{}
                            : bridge::take(note::read_options(bridge::jsonb_argument(fcinfo, 2)));
        site->scrubber.emplace(site->options, bridge::limits().interrupt);
    }
    if (!site->known_argument.same(fcinfo, 1)) {
        site->known_argument.seen = false;  // until it has been read
        site->known.reset();
        if (!PG_ARGISNULL(1))
            site->known = bridge::take(note::read_known(bridge::jsonb_argument(fcinfo, 1)));
        site->known_argument.seen = true;
    }
    return *site;
}

std::string_view in_utf8(std::string_view text) {
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8) return text;
    const auto converted = bridge::to_encoding(text, encoding, PG_UTF8);
    if (!converted)
        throw core::Error{core::ErrorCode::encoding, "note has a character outside Unicode", "", 0};
    return *converted;
}

}  // namespace

CLINICAL_FUNCTION(deid_text) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    Site &site = site_of(fcinfo);
    const std::string_view text = in_utf8(bridge::text_argument(fcinfo, 0));
    const std::string out =
        bridge::take(site.scrubber->scrub(text, site.known ? &*site.known : nullptr));
    if (GetDatabaseEncoding() == PG_UTF8) return bridge::to_text(out);
    const auto converted = bridge::to_encoding(out, PG_UTF8, GetDatabaseEncoding());
    if (!converted)
        throw core::Error{core::ErrorCode::encoding, "surrogate has no place in the encoding", "",
                          0};
    return bridge::to_text(*converted);
}

// The rows of a note are few: they are made at once, so that fn_extra stays free for the compiled
// arguments.
CLINICAL_FUNCTION(deid_text_spans) {
    bridge::pg([&] { InitMaterializedSRF(fcinfo, 0); });
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    Site &site = site_of(fcinfo);
    const std::string_view text = in_utf8(bridge::text_argument(fcinfo, 0));
    const auto spans =
        bridge::take(site.scrubber->spans(text, site.known ? &*site.known : nullptr));
    auto *result = reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
    note::CharacterOffsets offsets(text);
    for (const note::Span &span : spans) {
        const auto begin = static_cast<int32>(offsets.at(span.begin));
        const auto end = static_cast<int32>(offsets.at(span.end));
        const std::string_view category = note::name_of(span.category);
        const std::string_view detector = note::name_of(span.detector);
        bridge::pg([&] {
            Datum values[5] = {
                Int32GetDatum(begin), Int32GetDatum(end),
                PointerGetDatum(cstring_to_text_with_len(category.data(), category.size())),
                Float4GetDatum(span.score),
                PointerGetDatum(cstring_to_text_with_len(detector.data(), detector.size()))};
            bool nulls[5] = {};
            tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
        });
    }
    PG_RETURN_NULL();
}
