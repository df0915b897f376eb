// A path (first line), a value (second) and a message (the rest): what is set is read again, what
// is removed is gone, all of it is a message still, and its tree gives the same bytes back.

#include <cstdint>
#include <cstdlib>

#include "../unit/deid_run.h"
#include "core/json.h"
#include "hl7v2/edit.h"
#include "hl7v2/tree.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;

namespace {

void require(bool promise) {
    if (!promise) std::abort();
}

void through_tree(const std::string &text) {
    const auto message = Message::parse(text);
    require(message.ok());
    clinical::deid::TreeWriter writer;
    write_tree(message.value(), writer);
    require(read_tree(core::JsonNode(writer.root)) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t first = input.find('\n');
    if (first == input.npos) return 0;
    const std::size_t second = input.find('\n', first + 1);
    if (second == input.npos) return 0;
    const auto path = Path::parse(input.substr(0, first));
    const std::string_view value = input.substr(first + 1, second - first - 1);
    const std::string text(input.substr(second + 1));
    const auto message = Message::parse(text);
    if (!message.ok()) return 0;
    through_tree(text);
    if (!path.ok()) return 0;

    const auto set = set_value(text, path.value(), value, Content::text);
    if (set.ok()) {
        through_tree(set.value());
        const LazyMessage again(set.value());
        const Value found = first_match(again, path.value()).value;
        // A condition may no longer choose the same place.
        const bool fixed = !path.value().segments.condition && !path.value().repetitions.condition;
        // CR is read as LF, and no text of the server holds a zero byte.
        const bool kept = value.find('\r') == value.npos && value.find('\0') == value.npos;
        if (fixed && kept && again.delimiters().escape != '\0') require(found.text() == value);
    }
    const auto removed = remove_values(text, path.value());
    if (removed.ok()) require(Message::parse(removed.value()).ok());
    const auto encoded = set_value(text, path.value(), value, Content::encoded);
    if (encoded.ok()) require(Message::parse(encoded.value()).ok());
    return 0;
}
