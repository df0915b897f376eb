// Any message in the three modes: the copy is a message, no marker that was put into names comes
// out, and under Safe Harbor a copy of a copy stays as it is.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "deid/v2.h"
#include "deid_modes.h"
#include "promise.h"

using namespace clinical;
using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto message = hl7v2::Message::parse(text);
    if (!message) return 0;
    fuzz::in_each_mode([&](const deid::Options &options, deid::CodeSource &codes) {
        const auto copy_of = [&](const std::string &from) {
            const auto read = hl7v2::Message::parse(from);
            require(read.ok());
            std::string out;
            deid::write_v2(read.value(), options, codes, out);
            return out;
        };
        std::string copy;
        deid::write_v2(message.value(), options, codes, copy);
        require(copy.find("QZXMARK") == copy.npos);
        const std::string again = copy_of(copy);
        // A year of birth at the edge alone may mean 90: it goes in the second pass.
        if (options.mode == deid::Mode::safe_harbor) require(copy_of(again) == again);
    });
    return 0;
}
