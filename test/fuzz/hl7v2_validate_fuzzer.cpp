// Any message is grouped, validated and acknowledged; an acknowledgement is a message, and the same
// one again.

#include <cstdint>
#include <cstdlib>

#include "hl7v2/ack.h"
#include "hl7v2/groups.h"
#include "hl7v2/validate.h"

using namespace clinical::hl7v2;

namespace {

void require(bool promise) {
    if (!promise) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char *>(data), size);
    const auto parsed = Message::parse(text);
    if (!parsed.ok()) return 0;
    const Message &message = parsed.value();

    const Version version = version_of(message);
    const Grammar grammar(grammar_of(structure_of(message, version), version));
    const Groups groups(grammar, message);
    for (std::size_t i = 0; i < message.size(); ++i) {
        const auto &group = groups[groups.placement(i).group];
        require(group.first <= i && i <= group.last);
        const std::size_t owner = groups.owner(i, "OBR");
        require(owner == Groups::none || (owner <= i && message[owner].id() == "OBR"));
    }

    const auto issues = validate(message);
    for (const auto &issue : issues) require(!issue.format_code.empty());
    const std::string answer = acknowledge(message, {.issues = issues});
    require(answer == acknowledge(message, {.issues = issues}));
    const auto again = Message::parse(answer);
    require(again.ok());
    require(again.value()[1].id() == "MSA");
    const std::string_view id = message[0].field(10).raw();
    if (id.find_first_of("\r\n") == id.npos) require(again.value()[1].field(2).raw() == id);
    return 0;
}
