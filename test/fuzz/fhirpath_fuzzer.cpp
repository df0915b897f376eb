// Expressions of any bytes: parse, and evaluate over a fixed resource within the limits.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string_view>

#include "core/json.h"
#include "fhirpath/fhirpath.h"

using namespace clinical;

namespace {

const core::Json &resource() {
    static const core::Json json =
        core::parse_json(R"({"resourceType": "Patient", "id": "p1", "active": true,
  "birthDate": "1974-12-25", "_birthDate": {"id": "b"}, "multipleBirthInteger": 2,
  "name": [{"use": "official", "family": "Testpatient", "given": ["Anna", "Beta"]},
           {"use": "usual", "given": [null, "Ann"], "_given": [{"id": "g"}, null]}],
  "extension": [{"url": "q", "valueQuantity": {"value": 1.50, "unit": "mg",
    "system": "http://unitsofmeasure.org", "code": "mg"}}]})")
            .value();
    return json;
}

class Builder final : public fhirpath::Builder<core::JsonNode> {
public:
    core::JsonNode build(const core::Json &json) override {
        return core::JsonNode(made.emplace_back(json));
    }
    std::deque<core::Json> made;
};

std::size_t steps = 0;

// Stops what would run for long.
void poll() {
    if (++steps > 200) throw core::Error{core::ErrorCode::limit_exceeded, "", "", 0};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto expression = fhirpath::Expression::parse(text);
    if (!expression.ok()) return 0;
    fhirpath::Environment<core::JsonNode> environment;
    environment.interrupt.check = poll;
    Builder builder;
    environment.builder = &builder;
    environment.now = fhirpath::date_time_at(0, 60);
    fhirpath::Evaluator<core::JsonNode> evaluator(expression.value(), environment);
    steps = 0;
    try {
        for (const auto &item : evaluator.evaluate(core::JsonNode(resource())))
            if (const auto *value = evaluator.value_of(item)) (void)to_text(*value);
    } catch (const core::Error &) {
    }
    return 0;
}
