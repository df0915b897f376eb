// Any bytes as a message: segments lie in order inside the text, the lazy reading finds what the
// eager one does, every leaf is where it says, and unescaping ends.

#include <cstdint>
#include <cstdlib>

#include "hl7v2/leaves.h"
#include "hl7v2/path.h"

using namespace clinical::hl7v2;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    auto parsed = Message::parse(text);
    if (!parsed.ok()) {
        if (parsed.error().offset > size || parsed.error().where.empty()) std::abort();
        return 0;
    }
    const Message &message = parsed.value();
    const LazyMessage lazy(text);
    std::size_t behind = 0;
    for (const Segment &segment : message) {
        if (segment.offset() < behind) std::abort();
        behind = segment.offset() + segment.text().size();
        if (behind > size) std::abort();
        std::size_t at = 0;
        bool found = false;
        while (auto other = lazy.find(segment.id(), at))
            found = found || (other->offset() == segment.offset() &&
                              other->text().size() == segment.text().size());
        if (!found) std::abort();
    }
    Leaves leaves(message);
    Leaves::Leaf leaf;
    while (leaves.next(leaf)) {
        const Value value = message[leaf.segment]
                                .field(leaf.field)
                                .repetition(leaf.repetition)
                                .component(leaf.component)
                                .subcomponent(leaf.subcomponent);
        if (value.raw().data() != leaf.value.raw().data()) std::abort();
        (void)value.text();
    }
    return 0;
}
