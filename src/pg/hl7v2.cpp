// Type hl7v2: the message's text, verbatim, once it has proved to be one.  Its layout is text's, so
// that output, sending, comparison and hashing are the server's own.

#include "hl7v2/hl7v2.h"
#include "bridge/value.h"
#include "hl7v2/file.h"

using namespace clinical;

namespace {

Datum checked(std::string_view text) {
    bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    return bridge::to_text(text);
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_in) { return checked(PG_GETARG_CSTRING(0)); }

CLINICAL_FUNCTION(hl7v2_recv) { return checked(bridge::received_text(fcinfo)); }

// text::hl7v2
CLINICAL_FUNCTION(hl7v2_from_text) { return checked(bridge::text_argument(fcinfo, 0)); }

CLINICAL_FUNCTION(hl7v2_try) {
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    if (!hl7v2::Message::parse(text, bridge::limits()).ok()) PG_RETURN_NULL();
    return bridge::to_text(text);
}

CLINICAL_FUNCTION(hl7v2_key) {
    const std::string_view text = bridge::text_argument(fcinfo, 0);
    const auto message = bridge::take(hl7v2::Message::parse(text, bridge::limits()));
    const auto key = hl7v2::message_key(message);
    if (!key) PG_RETURN_NULL();
    return bridge::to_text(*key);
}
