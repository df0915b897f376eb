// Any bytes as a message: segments lie in order inside the text, the lazy reading finds what the
// eager one does, every leaf is where it says and where its path leads, what is escaped reads as
// it was, formatted text without commands is the text, parts give the whole again, and none of it
// takes more memory than the message is long.

#include <cstdint>
#include <string>

#include "core/charset.h"
#include "hl7v2/edit.h"
#include "hl7v2/format.h"
#include "hl7v2/leaves.h"
#include "hl7v2/path.h"
#include "promise.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;
using clinical::fuzz::Allocated;
using clinical::fuzz::require;

namespace {

void segments_lie_in_order(const Message &message, const LazyMessage &lazy) {
    std::size_t behind = 0;
    for (const Segment &segment : message) {
        require(segment.offset() >= behind);
        behind = segment.offset() + segment.text().size();
        require(behind <= message.text().size());
        std::size_t at = 0;
        bool found = false;
        while (auto other = lazy.find(segment.id(), at))
            found = found || (other->offset() == segment.offset() &&
                              other->text().size() == segment.text().size());
        require(found);
    }
}

// PID[2]-3[1].4.2; false when the segment's name is none that a path can have.
bool is_where_its_path_leads(const Leaves::Leaf &leaf, const Message &message,
                             const LazyMessage &lazy) {
    const Segment &segment = message[leaf.segment];
    std::size_t at = 0;
    int occurrence = 0;
    while (auto other = lazy.find(segment.id(), at)) {
        ++occurrence;
        if (other->offset() == segment.offset()) break;
    }
    const auto path =
        Path::parse(std::string(segment.id()) + "[" + std::to_string(occurrence) + "]-" +
                    std::to_string(leaf.field) + "[" + std::to_string(leaf.repetition) + "]." +
                    std::to_string(leaf.component) + "." + std::to_string(leaf.subcomponent));
    if (!path.ok()) return false;
    const Found found = first_match(lazy, path.value());
    require(found.value.raw().data() == leaf.value.raw().data());
    require(found.value.raw() == leaf.value.raw());
    Matches all(lazy, path.value());
    Value only;
    require(all.next(only) && only.raw().data() == leaf.value.raw().data());
    return true;
}

void reads_as_it_was(std::string_view raw, const Delimiters &d) {
    const Allocated allocated;
    const std::string text = unescape(raw, d);
    // ISO 2022 and the like make three bytes of one; blank lines have a bound of their own.
    require(text.size() <= 4 * raw.size() + (1u << 20));
    require(allocated.bytes() <= 256 * raw.size() + (1u << 22));
    if (raw.find(std::string{d.escape, '.'}) == raw.npos) require(formatted(raw, d, 0) == text);
    require(formatted(raw, d, 7).size() <= 1'000 * raw.size() + (1u << 24));
    // CR is read as LF, and no text of the server holds a zero byte.
    if (d.escape && text.find_first_of(std::string_view("\r\0", 2)) == text.npos)
        require(unescape(escape(text, d), d) == text);
}

// What a set of its own can say, it reads again.
void survives_its_charset(std::string_view text, std::string_view stated) {
    const auto charset = core::charset_named(stated);
    if (!charset) return;
    const auto bytes = core::encode(text, *charset);
    if (!bytes) return;
    core::Decoder decoder;
    core::Decoded read;
    decoder.decode(*bytes, stated, {}, read);
    require(core::is_utf8(read.text));
    const auto again = core::encode(read.text, *charset);
    if (read.replaced == 0) require(again && *again == *bytes);
}

void gives_the_whole_again(const Message &message, std::string_view text) {
    const std::string_view parts[] = {text};
    const auto whole = joined(parts);
    require(whole.ok());
    if (message.size() < 2 || message.find("DSC") || message.find("ADD") ||
        !message[0].field(14).is_absent())
        return;
    // Cut behind the second segment.
    const std::string_view rest = whole.value();
    std::size_t cut = message[0].text().size() + 1 + message[1].text().size() + 1;
    const std::string first =
        std::string(rest.substr(0, cut)) + "DSC" + message.delimiters().field + "P\r";
    const auto pointed = set_value(rest, Path::parse("MSH-14").value(), "P", Content::encoded);
    if (!pointed.ok()) return;
    const std::size_t header = message[0].text().size() + 1 + pointed.value().size() - rest.size();
    const std::string second = pointed.value().substr(0, header) + std::string(rest.substr(cut));
    if (!Message::parse(first).ok() || !Message::parse(second).ok()) return;
    const std::string_view both[] = {first, second};
    const auto again = joined(both);
    require(again.ok() && again.value() == rest);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const Allocated allocated;
    auto parsed = Message::parse(text);
    require(allocated.bytes() <= 64 * size + 4'096);
    if (!parsed.ok()) {
        require(parsed.error().offset <= size && !parsed.error().where.empty());
        return 0;
    }
    const Message &message = parsed.value();
    const LazyMessage lazy(text);
    segments_lie_in_order(message, lazy);
    Leaves leaves(message);
    Leaves::Leaf leaf;
    // Each look from the front costs the message's length.
    int looks = 64;
    while (leaves.next(leaf)) {
        const Value value = message[leaf.segment]
                                .field(leaf.field)
                                .repetition(leaf.repetition)
                                .component(leaf.component)
                                .subcomponent(leaf.subcomponent);
        require(value.raw().data() == leaf.value.raw().data());
        if (looks > 0 && is_where_its_path_leads(leaf, message, lazy)) --looks;
        if (!leaf.value.delimiters()) continue;
        reads_as_it_was(leaf.value.raw(), message.delimiters());
    }
    survives_its_charset(text, stated_charset(message.delimiters()));
    gives_the_whole_again(message, text);
    return 0;
}
