// Any bytes as a file: records lie in order, what is between them means nothing, messages are
// UTF-8, and reading in chunks gives the same records.  The first byte chooses the chunks.

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "hl7v2/file.h"

using namespace clinical;

namespace {

void read(std::string_view contents, std::vector<std::string> &out) {
    hl7v2::FileReader reader(contents, {});
    hl7v2::Record record;
    std::size_t behind = 0;
    while (reader.next(record)) {
        if (record.byte_offset < behind) std::abort();
        if (record.raw.data() != contents.data() + record.byte_offset) std::abort();
        behind = record.byte_offset + record.raw.size();
        if (behind > contents.size()) std::abort();
        if (!record.usable && !record.issue) std::abort();
        if (record.usable &&
            (!core::is_utf8(record.message) || record.message.find('\0') != std::string::npos))
            std::abort();
        // Counts are judged only where a chunk holds the header.
        if (!record.issue || record.issue->format_code != "count-mismatch")
            out.emplace_back(record.raw);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view contents(reinterpret_cast<const char *>(data) + 1, size - 1);
    std::vector<std::string> whole, pieces;
    read(contents, whole);
    // Wide text has units that chunks of odd sizes tear; its cutting is tested in hl7v2_file.cpp.
    if (contents.find('\0') != contents.npos) return 0;
    const std::size_t step = 1 + data[0];
    std::string held;
    for (std::size_t at = 0; at < contents.size(); at += step) {
        held += contents.substr(at, step);
        const std::size_t cut = hl7v2::complete_prefix(held, at + step >= contents.size());
        if (cut > held.size()) std::abort();
        read(std::string_view(held).substr(0, cut), pieces);
        held.erase(0, cut);
    }
    if (pieces != whole) std::abort();
    return 0;
}
