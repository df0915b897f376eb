// HL7 date/times as timestamptz, without the session's time zone.

#include <memory>
#include <optional>

#include "bridge/cached.h"
#include "convert/time_zone.h"
#include "core/partial_date.h"

extern "C" {
#include "utils/timestamp.h"
}

using namespace clinical;

namespace {

// What a time without offset is in: an offset, or a zone that has several.
struct Zone {
    std::optional<int> offset;
    std::shared_ptr<const convert::TimeZone> named;

    [[nodiscard]] std::optional<int> offset_of(const core::PartialDate &date) const {
        if (named) return named->offset_of(date).minutes;
        return offset;
    }
};

const Zone &zone_argument(FunctionCallInfo fcinfo) {
    static const Zone none;
    if (PG_ARGISNULL(1)) return none;
    return bridge::cached<Zone>(fcinfo, 1, [](std::string_view name) {
        Zone zone{core::parse_offset(name), nullptr};
        if (zone.offset) return zone;
        zone.named = convert::TimeZone::find(name);
        if (!zone.named)
            throw core::Error{core::ErrorCode::invalid_option, "unknown time zone",
                              "It must be a name of IANA's database or an offset such as +01:00.",
                              0};
        return zone;
    });
}

Datum time_of(FunctionCallInfo fcinfo, const core::PartialDate &date) {
    const std::optional<int> offset =
        date.offset_minutes ? date.offset_minutes : zone_argument(fcinfo).offset_of(date);
    const auto micros = date.unix_micros(offset);
    if (!micros) PG_RETURN_NULL();
    constexpr int64 epoch =
        static_cast<int64>(POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
    PG_RETURN_TIMESTAMPTZ(*micros - epoch);
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_time) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    return time_of(fcinfo, bridge::take(core::parse_dtm(bridge::text_argument(fcinfo, 0))));
}

CLINICAL_FUNCTION(hl7v2_time_try) {
    if (PG_ARGISNULL(0)) PG_RETURN_NULL();
    auto date = core::parse_dtm(bridge::text_argument(fcinfo, 0));
    if (!date.ok()) PG_RETURN_NULL();
    return time_of(fcinfo, date.value());
}
