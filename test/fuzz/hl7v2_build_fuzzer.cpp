// Any JSON as the tree of a message: it is refused or gives a text; one that is a message has a
// tree that gives the same text again.

#include <cstdint>
#include <string>

#include "../unit/tree_writer.h"
#include "core/json.h"
#include "hl7v2/tree.h"
#include "promise.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;
using clinical::fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const auto json = core::parse_json({reinterpret_cast<const char *>(data), size});
    if (!json.ok()) return 0;
    std::string text;
    try {
        text = read_tree(core::JsonNode(json.value()));
    } catch (const core::Error &error) {
        require(!error.message.empty());
        return 0;
    }
    // A control character is five characters, escaped.
    require(text.size() <= 8 * size + 64);
    const auto message = Message::parse(text);
    if (!message.ok()) return 0;
    core::TreeWriter writer;
    write_tree(message.value(), writer);
    require(core::parse_json(core::to_text(writer.root)).ok());
    require(read_tree(core::JsonNode(writer.root)) == text);
    return 0;
}
