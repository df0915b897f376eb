// Type coding: a code of a code system.

#include "bridge/jsonb_writer.h"
#include "bridge/rows.h"
#include "pg/coding_argument.h"

#include <vector>

extern "C" {
#include "common/hashfn.h"
#include "libpq/pqformat.h"
}

using namespace clinical;

namespace {

codes::Coding parsed(std::string_view text) { return bridge::take(codes::parse_coding(text)); }

std::strong_ordering order(FunctionCallInfo fcinfo) {
    return codes::compare(coding_argument(fcinfo, 0), coding_argument(fcinfo, 1));
}

// What hash indexes and partitions keep: by the server's own stable hash, over what = compares.
std::uint64_t hash(const codes::CodingView &coding, std::uint64_t seed) {
    const auto of = [seed](std::string_view text) {
        return hash_bytes_extended(reinterpret_cast<const unsigned char *>(text.data()),
                                   static_cast<int>(text.size()), seed);
    };
    return hash_combine64(of(coding.system), of(coding.code));
}

std::string_view part_argument(FunctionCallInfo fcinfo, int n) {
    return bridge::optional_text_argument(fcinfo, n).value_or(std::string_view());
}

Datum text_or_null(FunctionCallInfo fcinfo, std::string_view text) {
    if (text.empty()) PG_RETURN_NULL();
    return bridge::to_text(text);
}

struct Codings {
    std::vector<std::string> packed;
    std::size_t next = 0;
};

}  // namespace

CLINICAL_FUNCTION(coding_in) { return coding_result(parsed(PG_GETARG_CSTRING(0)).view()); }

CLINICAL_FUNCTION(coding_out) {
    const std::string text = codes::to_text(coding_argument(fcinfo, 0));
    return bridge::pg([&] { return PointerGetDatum(pnstrdup(text.data(), text.size())); });
}

CLINICAL_FUNCTION(coding_recv) {
    return coding_result(parsed(bridge::received_text(fcinfo)).view());
}

CLINICAL_FUNCTION(coding_send) {
    const std::string text = codes::to_text(coding_argument(fcinfo, 0));
    return bridge::pg([&] {
        StringInfoData buffer;
        pq_begintypsend(&buffer);
        pq_sendtext(&buffer, text.data(), static_cast<int>(text.size()));
        return PointerGetDatum(pq_endtypsend(&buffer));
    });
}

// text::coding
CLINICAL_FUNCTION(coding_from_text) {
    return coding_result(parsed(bridge::text_argument(fcinfo, 0)).view());
}

// coding::text
CLINICAL_FUNCTION(coding_to_text) {
    return bridge::to_text(codes::to_text(coding_argument(fcinfo, 0)));
}

CLINICAL_FUNCTION(coding_try) {
    auto coding = codes::parse_coding(bridge::text_argument(fcinfo, 0));
    if (!coding.ok()) PG_RETURN_NULL();
    return coding_result(coding.value().view());
}

// coding(system, code, version, display)
CLINICAL_FUNCTION(coding_from_parts) {
    if (PG_ARGISNULL(1)) PG_RETURN_NULL();
    const auto coding =
        bridge::take(codes::make_coding(part_argument(fcinfo, 0), part_argument(fcinfo, 1),
                                        part_argument(fcinfo, 2), part_argument(fcinfo, 3)));
    return coding_result(coding.view());
}

// jsonb::coding
CLINICAL_FUNCTION(coding_from_jsonb) {
    const auto coding = codes::coding_of(bridge::jsonb_argument(fcinfo, 0));
    if (!coding) PG_RETURN_NULL();
    return coding_result(coding->view());
}

// coding::jsonb
CLINICAL_FUNCTION(coding_to_jsonb) {
    bridge::JsonbWriter writer;
    codes::write_coding(coding_argument(fcinfo, 0), writer);
    return writer.finish();
}

CLINICAL_FUNCTION(code_codings) {
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto *state = bridge::make_in<Codings>(context);
            codes::for_each_coding(bridge::jsonb_argument(fcinfo, 0),
                                   [&](const codes::Coding &coding, bool) {
                                       state->packed.push_back(codes::pack(coding.view()));
                                   });
            return state;
        },
        [](void *opaque, Datum &value) {
            auto *state = static_cast<Codings *>(opaque);
            if (state->next == state->packed.size()) return false;
            value = bridge::to_text(state->packed[state->next++]);
            return true;
        });
}

CLINICAL_FUNCTION(coding_system) { return text_or_null(fcinfo, coding_argument(fcinfo, 0).system); }
CLINICAL_FUNCTION(coding_code) { return text_or_null(fcinfo, coding_argument(fcinfo, 0).code); }
CLINICAL_FUNCTION(coding_version) {
    return text_or_null(fcinfo, coding_argument(fcinfo, 0).version);
}
CLINICAL_FUNCTION(coding_display) {
    return text_or_null(fcinfo, coding_argument(fcinfo, 0).display);
}

CLINICAL_FUNCTION(coding_eq) { PG_RETURN_BOOL(order(fcinfo) == 0); }
CLINICAL_FUNCTION(coding_ne) { PG_RETURN_BOOL(order(fcinfo) != 0); }
CLINICAL_FUNCTION(coding_lt) { PG_RETURN_BOOL(order(fcinfo) < 0); }
CLINICAL_FUNCTION(coding_le) { PG_RETURN_BOOL(order(fcinfo) <= 0); }
CLINICAL_FUNCTION(coding_gt) { PG_RETURN_BOOL(order(fcinfo) > 0); }
CLINICAL_FUNCTION(coding_ge) { PG_RETURN_BOOL(order(fcinfo) >= 0); }
CLINICAL_FUNCTION(coding_cmp) {
    const auto sign = order(fcinfo);
    PG_RETURN_INT32(sign < 0 ? -1 : sign > 0 ? 1 : 0);
}
CLINICAL_FUNCTION(coding_hash) {
    PG_RETURN_INT32(static_cast<std::int32_t>(hash(coding_argument(fcinfo, 0), 0)));
}
CLINICAL_FUNCTION(coding_hash_extended) {
    PG_RETURN_INT64(static_cast<std::int64_t>(
        hash(coding_argument(fcinfo, 0), static_cast<std::uint64_t>(PG_GETARG_INT64(1)))));
}
