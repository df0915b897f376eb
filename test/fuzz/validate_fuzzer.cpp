// Any JSON through validation, and through XML where XML can hold it: neither breaks, the verdict
// does not depend on the order of members, and what XML gives back is what went in.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/json.h"
#include "fhir/from_xml.h"
#include "fhir/to_xml.h"
#include "validate/validate.h"

using namespace clinical;

namespace {

core::Json reversed(const core::Json &json) {
    if (json.kind() == core::Kind::array) {
        core::Json out = core::Json::array();
        for (const auto &element : json.elements()) out.push(reversed(element));
        return out;
    }
    if (json.kind() != core::Kind::object) return json;
    core::Json out = core::Json::object();
    for (auto at = json.members().rbegin(); at != json.members().rend(); ++at)
        out.set(at->key(), reversed(at->value()));
    return out;
}

bool has_errors(const core::Json &json, const core::Limits &limits) {
    for (const core::Issue &issue : validate::issues_of(json, limits)) {
        if (issue.expression.empty() || issue.message.empty()) std::abort();
        if (issue.severity == "error") return true;
    }
    return false;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    core::Limits limits;
    limits.depth = 40;
    limits.nodes = 2000;
    const auto json =
        core::parse_json(std::string_view(reinterpret_cast<const char *>(data), size), limits);
    if (!json.ok()) return 0;
    const bool errors = has_errors(json.value(), limits);
    if (errors != has_errors(reversed(json.value()), limits)) std::abort();

    const auto xml = fhir::to_xml(core::JsonNode(json.value()), limits);
    if (!xml.ok()) return 0;
    const auto back = fhir::from_xml(xml.value(), limits);
    if (!back.ok()) return 0;  // limits of XML count other things
    if (!errors && !(back.value() == json.value())) std::abort();
    return 0;
}
