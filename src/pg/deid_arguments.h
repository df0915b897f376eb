#pragma once

// The arguments that every deid_safe_harbor shares: (record, person, reference_date [, codes]).

#include "bridge/jsonb_reader.h"
#include "bridge/value.h"
#include "deid/code_source.h"
#include "deid/context.h"
#include "deid/crosswalk.h"
#include "deid/person.h"

extern "C" {
#include "utils/date.h"
#include "utils/datetime.h"
}

namespace clinical::pg {

[[noreturn]] inline void refuse(const char *message, const char *detail = "") {
    throw core::Error{core::ErrorCode::invalid_option, message, detail, 0};
}

inline deid::Date to_date(DateADT days) {
    deid::Date date;
    if (DATE_NOT_FINITE(days)) refuse("reference date must be finite");
    j2date(days + POSTGRES_EPOCH_JDATE, &date.year, &date.month, &date.day);
    return date;
}

// Refuses (invalid_option) a malformed person, and a fourth argument that is NULL.
struct DeidArguments {
    deid::Person person;
    deid::Options options;
    bool linked;  // the form with codes, argument 3

    explicit DeidArguments(FunctionCallInfo fcinfo) : linked(PG_NARGS() == 4) {
        if (linked && PG_ARGISNULL(2))
            refuse("reference date must be stated", "The form with codes does not read the clock.");
        if (linked && PG_ARGISNULL(3))
            refuse("codes must be stated", "An empty object says that no code is needed.");
        if (!PG_ARGISNULL(1)) person = deid::read_person(bridge::jsonb_argument(fcinfo, 1));
        options.person = &person;
        // The declared date, else the transaction's.
        options.reference = to_date(PG_ARGISNULL(2) ? bridge::pg([] { return GetSQLCurrentDate(); })
                                                    : PG_GETARG_DATEADT(2));
        options.on_known =
            person.on_known.value_or(linked ? deid::OnKnown::refuse : deid::OnKnown::remove);
        options.interrupt = bridge::limits().interrupt;
    }
    // write(codes) with those of argument 3, or without any.
    template <typename Write>
    auto with_codes(FunctionCallInfo fcinfo, const Write &write) const {
        if (!linked) {
            deid::NoCodes none;
            deid::CodesFrom codes(none);
            return write(codes);
        }
        deid::GivenCodes<bridge::JsonbNode> given(bridge::jsonb_argument(fcinfo, 3));
        deid::CodesFrom codes(given);
        return write(codes);
    }

    DeidArguments(const DeidArguments &) = delete;
    DeidArguments &operator=(const DeidArguments &) = delete;
};

}  // namespace clinical::pg
