// Any bytes as a file: records lie in order, what is between them means nothing, messages are
// UTF-8, and reading in chunks gives the same records with the same findings.  The first byte
// chooses the chunks.

#include <cstdint>
#include <string>
#include <vector>

#include "hl7v2/file.h"
#include "promise.h"

using namespace clinical;
using fuzz::require;

namespace {

std::string read(std::string_view contents, const hl7v2::Envelope &before) {
    const fuzz::Allocated allocated;
    hl7v2::FileReader reader(contents, {}, {}, before);
    hl7v2::Record record;
    std::size_t behind = 0;
    std::string out;
    while (reader.next(record)) {
        require(record.byte_offset >= behind);
        require(record.raw.data() == contents.data() + record.byte_offset);
        behind = record.byte_offset + record.raw.size();
        require(behind <= contents.size());
        require(record.usable() || record.issue);
        if (record.usable()) {
            require(core::is_utf8(record.message));
            require(record.message.find('\0') == record.message.npos);
            hl7v2::message_key(*record.parsed);
        }
        const int slice = hl7v2::slice_of(record.raw, 7);
        require(slice >= 0 && slice <= 7);  // 7: it goes to none
        require(hl7v2::slice_of(record.raw, 1) == (slice == 7));
        out.append(record.raw).append(record.usable() ? "\x1e+" : "\x1e-");
        if (record.issue) out += record.issue->format_code + record.issue->message;
        out += '\x1e';
    }
    require(allocated.bytes() <= 256 * contents.size() + (1u << 20));
    return out;
}

// Text that is decoded already: the same cuts, and every message as it stands there.
void read_text(std::string_view contents) {
    hl7v2::FileReader reader(hl7v2::FileReader::DecodedText{contents});
    hl7v2::Record record;
    while (reader.next(record))
        if (record.usable()) require(record.message == record.raw);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    if (size < 1) return 0;
    const std::string_view contents(reinterpret_cast<const char *>(data) + 1, size - 1);
    const std::string whole = read(contents, {});
    if (core::is_utf8(contents)) read_text(contents);
    // Wide text has units that chunks of odd sizes tear; its cutting is tested in hl7v2_file.cpp.
    if (contents.find('\0') != contents.npos) return 0;
    const std::size_t step = 1 + data[0];
    std::string held, pieces;
    hl7v2::Envelope open;
    for (std::size_t at = 0; at < contents.size(); at += step) {
        held += contents.substr(at, step);
        const std::size_t cut = hl7v2::complete_prefix(held, at + step >= contents.size());
        require(cut <= held.size());
        const std::string_view chunk = std::string_view(held).substr(0, cut);
        pieces += read(chunk, open);
        open = hl7v2::FileReader(chunk, {}, {}, open).skip();
        held.erase(0, cut);
    }
    require(pieces == whole);
    return 0;
}
