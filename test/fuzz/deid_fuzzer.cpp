// Any JSON: the engine neither breaks nor lets a canary through.  The canary is planted in all
// strings of the input, then in one of them; a copy that holds it anywhere is a finding, and so is
// a second pass that adds something, or a linkable form that asks for more than it said.

#include <cstdint>
#include <cstdlib>

#include "../unit/deid_run.h"

using namespace clinical;

namespace {

constexpr std::string_view canary = "Qzx7canary";

// The same document with the canary at the end of strings other than a resource's type: of all of
// them, or of number `only`.
class Planter {
public:
    explicit Planter(int only) : only_(only) {}
    int strings = 0;

    core::Json plant(const core::Json &json, bool keep = false) {
        switch (json.kind()) {
            case core::Kind::string:
                if (keep || (only_ >= 0 && only_ != strings++)) return json;
                return core::Json::string(std::string(json.as_text()) + std::string(canary));
            case core::Kind::array: {
                core::Json out = core::Json::array();
                for (const auto &element : json.elements()) out.push(plant(element));
                return out;
            }
            case core::Kind::object: {
                core::Json out = core::Json::object();
                for (const auto &[key, value] : json.members())
                    out.set(key, plant(value, key == "resourceType"));
                return out;
            }
            default: return json;
        }
    }

private:
    int only_;
};

void check(const core::Json &copy) {
    if (core::to_text(copy).find(canary) != std::string::npos) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    core::Limits limits;
    limits.depth = 100;
    auto parsed = core::parse_json({reinterpret_cast<const char *>(data), size}, limits);
    if (!parsed.ok()) return 0;
    const core::Json &resource = parsed.value();
    try {
        const core::Json once = deid::run(resource);
        if (!once.is_absent()) {
            // Birth years at the edge are judged anew from the year alone: only what goes may go.
            const core::Json twice = deid::run(once);
            if (twice.is_absent() || core::to_text(twice).size() > core::to_text(once).size())
                std::abort();
        }
        check(deid::run(Planter(-1).plant(resource)));
        Planter counter(1 << 30);
        counter.plant(resource);
        if (counter.strings > 0)
            check(deid::run(Planter(static_cast<int>(size % counter.strings)).plant(resource)));

        // The codes that were asked for are enough.
        deid::Setting linked;
        core::Json codes = core::Json::object();
        int n = 0;
        for (const auto &[type, id] : deid::wanted(resource))
            codes.set(type + "/" + id, core::Json::string("code-" + std::to_string(n++) + "-x"));
        linked.codes = core::to_text(codes);
        if (deid::run(resource, linked).is_absent() != once.is_absent()) std::abort();
    } catch (const core::Error &e) {
        if (e.code == core::ErrorCode::invalid_option &&
            e.message != "a code equals the identifier it stands for")
            std::abort();
    }
    return 0;
}
