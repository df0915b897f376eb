// De-identification of HL7 v2 messages, X12 interchanges and C-CDA documents: SQL's view
// of src/deid/v2.h, x12.h and ccda.h.

#include "bridge/rows.h"
#include "deid/ccda.h"
#include "deid/v2.h"
#include "deid/x12.h"
#include "pg/deid_arguments.h"

using namespace clinical;

namespace {

hl7v2::Message message_argument(FunctionCallInfo fcinfo) {
    return bridge::take(hl7v2::Message::parse(bridge::text_argument(fcinfo, 0), bridge::limits()));
}

struct References {
    deid::GatheredCodes codes;
    decltype(codes.wanted)::const_iterator next;
};

}  // namespace

// (message, person, reference_date) or (message, person, reference_date, codes)
CLINICAL_FUNCTION(deid_safe_harbor_hl7v2) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const pg::DeidArguments arguments(fcinfo);
    const hl7v2::Message message = message_argument(fcinfo);
    std::string copy;
    copy.reserve(message.text().size());
    arguments.with_codes(fcinfo, [&](deid::CodeSource &codes) {
        deid::write_v2(message, arguments.options, codes, copy);
    });
    return bridge::to_text(copy);
}

// (interchange, person, reference_date) or (interchange, person, reference_date, codes)
CLINICAL_FUNCTION(deid_x12) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const pg::DeidArguments arguments(fcinfo);
    const std::string_view interchange = bridge::text_argument(fcinfo, 0);
    std::string copy;
    copy.reserve(interchange.size());
    arguments.with_codes(fcinfo, [&](deid::CodeSource &codes) {
        deid::write_x12(interchange, arguments.options, codes, copy);
    });
    return bridge::to_text(copy);
}

// (document, person, reference_date) or (document, person, reference_date, codes)
CLINICAL_FUNCTION(deid_safe_harbor_xml) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const pg::DeidArguments arguments(fcinfo);
    const std::string_view document = bridge::text_argument(fcinfo, 0);
    std::string copy;
    const bool written = arguments.with_codes(fcinfo, [&](deid::CodeSource &codes) {
        return deid::write_ccda(document, arguments.options, bridge::limits(), codes, copy);
    });
    if (!written) PG_RETURN_NULL();
    return bridge::to_text(copy);
}

// Runs `write(options)` about nobody, for what of it depends on neither person nor date.
template <typename Write>
static void write_unnamed(Write write) {
    const deid::Person nobody;
    deid::Options options;
    options.person = &nobody;
    options.reference = {2000, 1, 1};
    options.interrupt = bridge::limits().interrupt;
    write(options);
}

// (document, format): whether the rules of ccda or x12 can read it.
CLINICAL_FUNCTION(deid_reads) {
    const std::string_view document = bridge::text_argument(fcinfo, 0);
    const std::string_view format = bridge::text_argument(fcinfo, 1);
    const bool x12 = format == "x12";
    if (!x12 && format != "ccda")
        throw core::Error{core::ErrorCode::invalid_option, "unknown format", "It is ccda or x12.",
                          0};
    bool read = x12;
    try {
        write_unnamed([&](const deid::Options &options) {
            deid::NoCodes none;
            deid::CodesFrom codes(none);
            std::string copy;
            if (x12)
                deid::write_x12(document, options, codes, copy);
            else
                read = deid::write_ccda(document, options, bridge::limits(), codes, copy);
        });
    } catch (const core::Error &) {
        read = false;
    }
    PG_RETURN_BOOL(read);
}

// What `write(options, codes)` asks for, a row each.
template <typename Write>
static Datum references(FunctionCallInfo fcinfo, Write write) {
    return bridge::stream_rows<2>(
        fcinfo,
        [&](MemoryContext context) -> void * {
            auto *state = bridge::make_in<References>(context);
            deid::CodesFrom codes(state->codes);
            write_unnamed([&](const deid::Options &options) { write(options, codes); });
            state->next = state->codes.wanted.begin();
            return state;
        },
        [](void *opaque, bridge::Row<2> &row) {
            auto *state = static_cast<References *>(opaque);
            if (state->next == state->codes.wanted.end()) return false;
            row.set(0, bridge::to_text(state->next->first));
            row.set(1, bridge::to_text(state->next->second));
            ++state->next;
            return true;
        });
}

CLINICAL_FUNCTION(deid_references_hl7v2) {
    return references(fcinfo, [&](const deid::Options &options, deid::CodeSource &codes) {
        std::string copy;
        deid::write_v2(message_argument(fcinfo), options, codes, copy);
    });
}

CLINICAL_FUNCTION(deid_x12_references) {
    return references(fcinfo, [&](const deid::Options &options, deid::CodeSource &codes) {
        std::string copy;
        deid::write_x12(bridge::text_argument(fcinfo, 0), options, codes, copy);
    });
}

CLINICAL_FUNCTION(deid_references_xml) {
    return references(fcinfo, [&](const deid::Options &options, deid::CodeSource &codes) {
        std::string copy;
        deid::write_ccda(bridge::text_argument(fcinfo, 0), options, bridge::limits(), codes, copy);
    });
}
