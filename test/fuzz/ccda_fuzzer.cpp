// Any document under the three modes: what the reader accepts gives a copy that it accepts too, and
// no marker comes out of any attribute, text, name or comment.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deid/ccda.h"
#include "deid_modes.h"
#include "promise.h"
#include "xml/reader.h"

using namespace clinical;
using fuzz::require;

namespace {

core::Limits limits() {
    core::Limits limits;
    limits.depth = 60;
    limits.nodes = 20'000;
    return limits;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    xml::Handler nothing;
    if (xml::read(text, nothing, limits())) return 0;
    fuzz::in_each_mode([&](const deid::Options &options, deid::CodeSource &codes) {
        std::string copy, again;
        if (!deid::write_ccda(text, options, limits(), codes, copy)) return require(copy.empty());
        require(copy.find("QZXMARK") == copy.npos);
        require(deid::write_ccda(copy, options, limits(), codes, again));
    });
    return 0;
}
