// Any document under the three modes: what the reader accepts gives a copy that it accepts too, and
// no marker comes out of any attribute, text, name or comment.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "deid/ccda.h"
#include "xml/reader.h"

using namespace clinical;

namespace {

core::Limits limits() {
    core::Limits limits;
    limits.depth = 60;
    limits.nodes = 20'000;
    return limits;
}

bool copied(std::string_view text, deid::Mode mode, std::string &out) {
    const deid::Person nobody;
    deid::Options options;
    options.mode = mode;
    options.shift_days = mode == deid::Mode::expert_determination ? -21 : 0;
    options.person = &nobody;
    options.reference = {2024, 6, 1};
    deid::NoCodes none;
    deid::CodesFrom codes(none);
    return deid::write_ccda(text, options, limits(), codes, out);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    xml::Handler nothing;
    if (xml::read(text, nothing, limits())) return 0;
    for (const deid::Mode mode : {deid::Mode::safe_harbor, deid::Mode::limited_data_set,
                                  deid::Mode::expert_determination}) {
        std::string copy, again;
        if (!copied(text, mode, copy)) {
            if (!copy.empty()) std::abort();
            continue;
        }
        if (copy.find("QZXMARK") != copy.npos) std::abort();
        if (!copied(copy, mode, again)) std::abort();
    }
    return 0;
}
