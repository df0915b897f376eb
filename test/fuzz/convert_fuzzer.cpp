// Any message, converted with an overlay and a zone: it ends in statements or a refusal, twice the
// same, each resource once; what is stated can be folded and said in HL7 v2 again.

#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>

#include "convert/convert.h"
#include "convert/fold.h"
#include "convert/from_fhir.h"

using namespace clinical;

namespace {

const convert::Options &options() {
    static const convert::Options parsed = [] {
        auto json = core::parse_json(R"({"feed": "f", "time_zone": "America/New_York",
            "code_map": {"gender": {"1": {"code": "male"}}},
            "mapping": [{"map": "ZPD[Patient]", "source": "ZPD-1", "target": "extension[1].url",
                         "constant": "\"http://example.org/z\""},
                        {"map": "ZPD[Patient]", "source": "ZPD-1",
                         "target": "extension[1].valueString"}]})");
        return convert::Options::parse(json.value()).value();
    }();
    return parsed;
}

std::string text_of(const convert::Conversion &conversion) {
    std::string out;
    for (const auto &s : conversion.statements)
        out += s.id + core::to_text(s.resource) + s.issue.location + s.issue.message;
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string text(reinterpret_cast<const char *>(data), size);
    const auto message = hl7v2::Message::parse(text);
    if (!message.ok()) return 0;
    const auto conversion = convert::convert_hl7v2(message.value(), options());
    if (conversion.statements.empty()) std::abort();
    if (text_of(conversion) != text_of(convert::convert_hl7v2(message.value(), options())))
        std::abort();
    convert::unconverted_hl7v2(message.value(), options());
    std::set<std::string> stated;
    core::Json resources = core::Json::array();
    for (const auto &s : conversion.statements)
        if (s.kind == convert::Statement::Kind::resource) {
            if (!stated.insert(s.resource_type + "/" + s.id).second) std::abort();
            resources.push(s.resource);
        }
    for (const char *structure : {"ORU_R01", "ADT_A08", "ADT_A40", "VXU_V04"}) {
        const auto back = convert::hl7v2_from_fhir(resources, structure, core::Json());
        if (back.ok() && !hl7v2::Message::parse(back.value()).ok()) std::abort();
    }
    core::Json current;
    for (const auto &s : conversion.statements)
        if (s.kind == convert::Statement::Kind::resource && s.resource_type == "Observation")
            convert::fold(current, s.resource, s.cleared);
    return 0;
}
