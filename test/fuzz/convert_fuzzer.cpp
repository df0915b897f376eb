// Any message, converted with a zone and an overlay (a first line that is a JSON object, else the
// one below): it ends in statements or a refusal, twice the same, each resource once and valid
// JSON; what is stated can be folded and said in HL7 v2 again.

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "convert/convert.h"
#include "convert/fold.h"
#include "convert/from_fhir.h"
#include "core/charset.h"
#include "promise.h"

using namespace clinical;
using fuzz::require;

namespace {

const convert::Options &usual_options() {
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

void is_json(const core::Json &json, bool readable) {
    if (!readable) return;
    const std::string text = core::to_text(json);
    const auto again = core::parse_json(text);
    require(again.ok() && core::to_text(again.value()) == text);
}

std::string text_of(const convert::Conversion &conversion) {
    std::string out;
    for (const auto &s : conversion.statements) {
        out += s.id + s.patient_id + core::to_text(s.resource) + s.issue.severity +
               s.issue.format_code + s.issue.location + s.issue.message + "\n";
        for (const auto *list : {&s.cleared, &s.replaced, &s.parents})
            for (const std::string &one : *list) out += one + "\n";
    }
    return out + std::to_string(conversion.event_micros.value_or(0));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char *>(data), size);
    convert::Options overlaid;
    const convert::Options *options = &usual_options();
    if (text.starts_with('{')) {
        const std::size_t line = text.find('\n');
        if (line == text.npos) return 0;
        const auto json = core::parse_json(text.substr(0, line));
        if (!json.ok()) return 0;
        auto parsed = convert::Options::parse(json.value());
        if (!parsed.ok()) return 0;
        overlaid = std::move(parsed).value();
        options = &overlaid;
        text.remove_prefix(line + 1);
    }
    const auto message = hl7v2::Message::parse(text);
    if (!message.ok()) return 0;
    const fuzz::Allocated allocated;
    const auto conversion = convert::convert_hl7v2(message.value(), *options);
    // A segment of a few bytes may become a resource of some thousand.
    require(allocated.bytes() <= 16'384 * size + (1u << 24));
    require(!conversion.statements.empty());
    require(text_of(conversion) == text_of(convert::convert_hl7v2(message.value(), *options)));
    // Text of the server is UTF-8 without NUL.
    const bool readable = core::is_utf8(text) && text.find('\0') == text.npos;
    const bool refused = std::ranges::any_of(conversion.statements, [](const auto &s) {
        return s.kind == convert::Statement::Kind::refused;
    });
    try {
        is_json(convert::message_bundle(message.value(), *options), readable);
        require(!refused);
    } catch (const core::Error &) {
        require(refused);
    }
    for (const auto &unused : convert::unconverted_hl7v2(message.value(), *options))
        require(unused.ordinal >= 1 && unused.field >= 1 && !unused.path.empty());
    std::set<std::string> stated;
    core::Json resources = core::Json::array();
    for (const auto &s : conversion.statements)
        if (s.kind == convert::Statement::Kind::resource) {
            require(stated.insert(s.resource_type + "/" + s.id).second);
            is_json(s.resource, readable);
            resources.push(s.resource);
        }
    for (const char *structure : {"ORU_R01", "ADT_A08", "ADT_A40", "VXU_V04"}) {
        const auto back = convert::hl7v2_from_fhir(resources, structure, core::Json());
        if (!back.ok()) continue;
        require(hl7v2::Message::parse(back.value()).ok());
        require(convert::hl7v2_from_fhir(resources, structure, core::Json()).value() ==
                back.value());
    }
    core::Json current;
    for (const auto &s : conversion.statements)
        if (s.kind == convert::Statement::Kind::resource && s.resource_type == "Observation")
            convert::fold(current, s.resource, s.cleared);
    is_json(current, readable);
    return 0;
}
