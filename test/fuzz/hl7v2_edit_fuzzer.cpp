// A path (first line), a value (second) and a message (the rest): what is set is read again and is
// set once for all, what is removed is gone, all of it is a message still, and its tree gives the
// same bytes back.

#include <cstdint>
#include <string>

#include "../unit/tree_writer.h"
#include "core/json.h"
#include "hl7v2/edit.h"
#include "hl7v2/tree.h"
#include "promise.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;
using clinical::fuzz::Allocated;
using clinical::fuzz::require;

namespace {

void through_tree(const std::string &text) {
    const auto message = Message::parse(text);
    require(message.ok());
    core::TreeWriter writer;
    write_tree(message.value(), writer);
    require(read_tree(core::JsonNode(writer.root)) == text);
}

bool is_chosen(const Selector &selector) { return selector.index > 0 || selector.condition; }

void is_set(const std::string &text, const Path &path, std::string_view value, Content content) {
    const Allocated allocated;
    const auto set = set_value(text, path, value, content);
    // A place far out is made of as many delimiters, at four levels.
    require(allocated.bytes() <= 512 * (text.size() + value.size()) + (1u << 20));
    if (!set.ok()) return;
    through_tree(set.value());
    // A condition may no longer choose the same place.
    if (path.segments.condition || path.repetitions.condition) return;
    const auto again = set_value(set.value(), path, value, content);
    require(again.ok() && again.value() == set.value());
    const LazyMessage message(set.value());
    const Value found = first_match(message, path).value;
    if (content == Content::null) require(found.is_null());
    if (content == Content::encoded && is_chosen(path.repetitions))
        require(path.component > 0 || found.raw() == value);
    // CR is read as LF, and no text of the server holds a zero byte.
    const bool kept = value.find_first_of(std::string_view("\r\0", 2)) == value.npos;
    if (content == Content::text && kept && message.delimiters().escape != '\0')
        require(found.text() == value);
}

void is_removed(const std::string &text, const Path &path) {
    const Allocated allocated;
    const auto removed = remove_values(text, path);
    require(allocated.bytes() <= 512 * text.size() + (1u << 16) + (path.rooted ? 1u << 22 : 0));
    if (!removed.ok()) return;
    require(removed.value().size() <= text.size());
    through_tree(removed.value());
    // Of what is counted or depends on a text, the next one comes in its place.
    if (is_chosen(path.segments) || path.rooted || (is_chosen(path.repetitions))) return;
    const LazyMessage message(removed.value());
    require(first_match(message, path).value.is_absent());
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
    require(Message::parse(new_message(value, input.substr(0, first))).ok());
    const std::string text(input.substr(second + 1));
    const auto message = Message::parse(text);
    if (!message.ok()) return 0;
    through_tree(text);
    if (!path.ok()) return 0;
    for (const Content content : {Content::text, Content::encoded, Content::null})
        is_set(text, path.value(), value, content);
    is_removed(text, path.value());
    return 0;
}
