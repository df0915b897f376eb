// Any JSON as resources: what is said of them in HL7 v2 is a message, the same again, that can be
// validated and converted.

#include <cstdint>
#include <string>

#include "convert/convert.h"
#include "convert/from_fhir.h"
#include "core/charset.h"
#include "hl7v2/validate.h"
#include "promise.h"

using namespace clinical;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto json = core::parse_json({reinterpret_cast<const char *>(data), size});
    if (!json.ok()) return 0;
    for (const char *structure : {"", "ORU_R01", "ADT_A08", "ADT_A40", "VXU_V04"}) {
        const fuzz::Allocated allocated;
        const auto text = convert::hl7v2_from_fhir(json.value(), structure, json.value());
        require(allocated.bytes() <= 4'096 * size + (1u << 20));
        if (!text.ok()) {
            require(!text.error().message.empty());
            continue;
        }
        require(core::is_utf8(text.value()));
        require(convert::hl7v2_from_fhir(json.value(), structure, json.value()).value() ==
                text.value());
        const auto message = hl7v2::Message::parse(text.value());
        require(message.ok());
        hl7v2::validate(message.value());
        require(!convert::convert_hl7v2(message.value(), {}).statements.empty());
    }
    return 0;
}
