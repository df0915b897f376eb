// Findings about a message, and the answers to its sender.

#include <vector>

#include "bridge/jsonb_reader.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "hl7v2/ack.h"
#include "hl7v2/validate.h"
#include "pg/issue.h"

extern "C" {
#include "utils/timestamp.h"
}

using namespace clinical;

namespace {

struct Findings {
    std::vector<core::Issue> issues;
    std::size_t next = 0;
    TupleDesc type = nullptr;
};

// A version that the caller names must be one; a message's own may be anything.
std::optional<hl7v2::Version> version_argument(FunctionCallInfo fcinfo, int n) {
    const auto name = bridge::optional_text_argument(fcinfo, n);
    if (!name) return std::nullopt;
    const auto version = hl7v2::version_named(*name);
    if (!version)
        throw core::Error{core::ErrorCode::invalid_option, "unknown HL7 v2 version",
                          "Versions are 2.1, 2.2, 2.3, 2.3.1, 2.4, 2.5, 2.5.1, 2.6, 2.7, 2.7.1 "
                          "and 2.8.",
                          0};
    return version;
}

Findings *open(FunctionCallInfo fcinfo, MemoryContext context) {
    auto *findings = bridge::make_in<Findings>(context);
    if (PG_ARGISNULL(0)) return findings;
    hl7v2::ValidationOptions options;
    options.limits = bridge::limits();
    options.version = version_argument(fcinfo, 1);
    hl7v2::Profile profile;
    if (!PG_ARGISNULL(2)) {
        profile = hl7v2::read_profile(bridge::jsonb_argument(fcinfo, 2));
        options.profile = &profile;
    }
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, options.limits));
    findings->issues = hl7v2::validate(message, options);
    return findings;
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_issues) {
    return bridge::stream_values(
        fcinfo, [&](MemoryContext context) { return open(fcinfo, context); },
        [&](void *state, Datum &datum) {
            auto *findings = static_cast<Findings *>(state);
            if (findings->next == findings->issues.size()) return false;
            if (!findings->type) findings->type = pg::result_row_type(fcinfo);
            datum = pg::issue_datum(findings->type, findings->issues[findings->next++]);
            return true;
        });
}

namespace {

// MSH-7 of an acknowledgement, in UTC: no session's time zone.
std::string dtm_of(TimestampTz moment) {
    if (TIMESTAMP_NOT_FINITE(moment))
        throw core::Error{core::ErrorCode::invalid_option, "time of sending must be finite", "", 0};
    return bridge::pg([&] {
               struct Text {
                   char digits[40];
               } text{};
               struct pg_tm tm {};
               fsec_t fraction = 0;
               if (timestamp2tm(moment, nullptr, &tm, &fraction, nullptr, nullptr) != 0)
                   ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                                   errmsg("timestamp out of range")));
               // YYYYMMDDHHMMSS.SSS+0000; HL7 has no years beyond 9999.
               if (tm.tm_year < 1 || tm.tm_year > 9999)
                   ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
                                   errmsg("timestamp out of range")));
               snprintf(text.digits, sizeof text.digits, "%04d%02d%02d%02d%02d%02d.%03d+0000",
                        tm.tm_year, tm.tm_mon, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                        fraction / 1000);
               return text;
           })
        .digits;
}

std::string_view code_argument(FunctionCallInfo fcinfo, int n) {
    const std::string_view code = bridge::optional_text_argument(fcinfo, n).value_or("");
    if (!PG_ARGISNULL(n) && !hl7v2::is_acknowledgement_code(code))
        throw core::Error{core::ErrorCode::invalid_option, "unknown acknowledgement code",
                          "Codes are AA, AE, AR, CA, CE and CR (table 0008).", 0};
    return code;
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_ack) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    hl7v2::AckOptions options;
    options.code = code_argument(fcinfo, 1);
    const std::vector<core::Issue> issues =
        PG_ARGISNULL(2) ? std::vector<core::Issue>() : pg::issues_argument(fcinfo, 2);
    options.issues = issues;
    std::string time;
    if (!PG_ARGISNULL(3)) options.time = time = dtm_of(PG_GETARG_TIMESTAMPTZ(3));
    options.control_id = bridge::optional_text_argument(fcinfo, 4);
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    return bridge::to_text(hl7v2::acknowledge(message, options));
}

CLINICAL_FUNCTION(hl7v2_ack_code) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    const std::vector<core::Issue> issues =
        PG_ARGISNULL(1) ? std::vector<core::Issue>() : pg::issues_argument(fcinfo, 1);
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    return bridge::to_text(hl7v2::acknowledgement_code(message, issues));
}

CLINICAL_FUNCTION(hl7v2_ack_is_due) {
    const std::string_view code = code_argument(fcinfo, 1);
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    PG_RETURN_BOOL(hl7v2::is_acknowledgement_due(message, code));
}
