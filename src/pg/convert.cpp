// HL7 v2 to FHIR: rows of statements, resources, a Bundle.

#include "convert/convert.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "convert/from_fhir.h"
#include "pg/json.h"
#include "pg/statement_row.h"

using namespace clinical;
using namespace clinical::pg;
using convert::Conversion;
using convert::Options;
using convert::Statement;

namespace {

Conversion convert_argument(FunctionCallInfo fcinfo, const Options &options) {
    const auto limits = bridge::limits();
    const auto message =
        bridge::take(hl7v2::Message::parse(bridge::text_argument(fcinfo, 0), limits));
    return convert::convert_hl7v2(message, options, limits);
}

Conversion convert_arguments(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) return {};
    static const Options none;
    const bool has_options = PG_NARGS() > 1 && !PG_ARGISNULL(1);
    return convert_argument(fcinfo, has_options ? options_argument(fcinfo, 1) : none);
}

struct Rows {
    Conversion conversion;
    std::size_t next = 0;
};

void *open_rows(FunctionCallInfo fcinfo, MemoryContext context) {
    return bridge::make_in<Rows>(context, Rows{convert_arguments(fcinfo), 0});
}

}  // namespace

// hl7v2_convert(message hl7v2, options jsonb)
CLINICAL_FUNCTION(hl7v2_convert) {
    return bridge::stream_rows<statement_columns>(
        fcinfo, [&](MemoryContext context) { return open_rows(fcinfo, context); },
        [&](void *state, bridge::Row<statement_columns> &row) {
            auto &rows = *static_cast<Rows *>(state);
            auto &statements = rows.conversion.statements;
            if (rows.next == statements.size()) return false;
            Statement &s = statements[rows.next++];
            set_statement(fcinfo, row, static_cast<int>(rows.next), s, rows.conversion.event_micros,
                          "");
            // What is said is no longer needed: long messages do not grow while they stream.
            s = Statement();
            return true;
        });
}

CLINICAL_FUNCTION(check_convert_options) {
    static_cast<void>(bridge::take(Options::parse(pg_json(bridge::jsonb_argument(fcinfo, 0)))));
    return 0;
}

CLINICAL_FUNCTION(hl7v2_fhir) {
    return bridge::stream_values(
        fcinfo, [&](MemoryContext context) { return open_rows(fcinfo, context); },
        [&](void *state, Datum &value) {
            auto &rows = *static_cast<Rows *>(state);
            auto &statements = rows.conversion.statements;
            while (rows.next < statements.size()) {
                const Statement &s = statements[rows.next++];
                if (s.kind == Statement::Kind::refused) {
                    const auto code = s.issue.code == "unsupported-type"
                                          ? core::ErrorCode::unsupported
                                          : core::ErrorCode::invalid_value;
                    throw core::Error{code, s.issue.message, "See " + s.issue.location + ".", 0};
                }
                if (s.kind != Statement::Kind::resource) continue;
                value = resource_value(s.resource);
                return true;
            }
            return false;
        });
}

CLINICAL_FUNCTION(hl7v2_bundle) {
    const auto limits = bridge::limits();
    const auto message =
        bridge::take(hl7v2::Message::parse(bridge::text_argument(fcinfo, 0), limits));
    return resource_value(convert::message_bundle(message, Options(), limits));
}

namespace {

struct LeftOutRows {
    std::vector<convert::Unconverted> rows;
    std::size_t next = 0;
};

}  // namespace

CLINICAL_FUNCTION(hl7v2_unconverted) {
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) -> void * {
            static const Options none;
            const auto limits = bridge::limits();
            const Options &options = PG_NARGS() > 1 ? options_argument(fcinfo, 1) : none;
            const auto message =
                bridge::take(hl7v2::Message::parse(bridge::text_argument(fcinfo, 0), limits));
            return bridge::make_in<LeftOutRows>(
                context, LeftOutRows{convert::unconverted_hl7v2(message, options, limits), 0});
        },
        [&](void *state, bridge::Row<6> &row) {
            auto &rows = *static_cast<LeftOutRows *>(state);
            if (rows.next == rows.rows.size()) return false;
            const convert::Unconverted &u = rows.rows[rows.next++];
            row.set(0, Int32GetDatum(u.ordinal));
            row.set(1, bridge::to_text(u.segment));
            row.set(2, Int32GetDatum(u.occurrence));
            row.set(3, Int32GetDatum(u.field));
            if (u.component > 0) row.set(4, Int32GetDatum(u.component));
            row.set(5, bridge::to_text(u.path));
            return true;
        });
}

CLINICAL_FUNCTION(hl7v2_from_fhir) {
    if (PG_ARGISNULL(0)) {
        fcinfo->isnull = true;
        return 0;
    }
    const auto json_argument = [&](int n) { return pg_json(bridge::jsonb_argument(fcinfo, n)); };
    const core::Json resources = json_argument(0);
    const std::string structure(PG_ARGISNULL(1) ? std::string_view()
                                                : bridge::text_argument(fcinfo, 1));
    const core::Json options = PG_ARGISNULL(2) ? core::Json() : json_argument(2);
    const std::string text = bridge::take(convert::hl7v2_from_fhir(resources, structure, options));
    // What is made must read back.
    bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    return bridge::to_text(text);
}
