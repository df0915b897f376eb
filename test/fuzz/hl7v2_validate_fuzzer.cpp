// Any message is grouped, validated and acknowledged, without a profile and with one (a first line
// that is a JSON object): findings are at places of the message and the same again, an
// acknowledgement is a message, and the same one again.

#include <cstdint>
#include <string>

#include "core/charset.h"
#include "core/json.h"
#include "hl7v2/ack.h"
#include "hl7v2/groups.h"
#include "hl7v2/path.h"
#include "hl7v2/validate.h"
#include "promise.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;
using clinical::fuzz::Allocated;
using clinical::fuzz::require;

namespace {

void is_grouped(const Message &message) {
    const Version version = version_of(message);
    const Grammar grammar(grammar_of(structure_of(message, version), version));
    const Groups groups(grammar, message);
    for (std::size_t i = 0; i < message.size(); ++i) {
        const auto &group = groups[groups.placement(i).group];
        require(group.first <= i && i <= group.last);
        require(group.parent <= groups.placement(i).group);
    }
}

std::string text_of(const std::vector<core::Issue> &issues) {
    std::string out;
    for (const core::Issue &issue : issues)
        out += issue.severity + issue.format_code + issue.location + issue.message + "\n";
    return out;
}

std::vector<core::Issue> findings(const Message &message, const Profile *profile) {
    const Allocated allocated;
    auto issues = validate(message, {.profile = profile});
    // A finding is some hundred bytes, and a place has a handful of them.
    require(allocated.bytes() <= 4'096 * message.text().size() + (1u << 22));
    for (const core::Issue &issue : issues) {
        require(!issue.format_code.empty() && !issue.severity.empty());
        require(core::is_utf8(issue.message));  // never content
    }
    require(text_of(validate(message, {.profile = profile})) == text_of(issues));
    return issues;
}

void is_answered(const Message &message, const AckOptions &options) {
    const std::string answer = acknowledge(message, options);
    require(answer == acknowledge(message, options));
    const auto again = Message::parse(answer);
    require(again.ok());
    require(again.value()[1].id() == "MSA");
    const std::string_view code = again.value()[1].field(1).raw();
    require(is_acknowledgement_code(code) && (options.code.empty() || code == options.code));
    is_acknowledgement_due(message, code);
    const std::string_view id = message[0].field(10).raw();
    if (id.find_first_of("\r\n") == id.npos) require(again.value()[1].field(2).raw() == id);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char *>(data), size);
    Profile profile;
    const Profile none;
    bool profiled = false;
    if (text.starts_with('{')) {
        const std::size_t line = text.find('\n');
        if (line == text.npos) return 0;
        const auto json = core::parse_json(text.substr(0, line));
        if (!json.ok()) return 0;
        try {
            profile = read_profile(core::JsonNode(json.value()));
            profiled = true;
        } catch (const core::Error &error) {
            require(error.code == core::ErrorCode::invalid_option);
        }
        text.remove_prefix(line + 1);
    }
    const auto parsed = Message::parse(text);
    if (!parsed.ok()) return 0;
    const Message &message = parsed.value();
    is_grouped(message);
    const auto issues = findings(message, nullptr);
    require(text_of(findings(message, &none)) == text_of(issues));
    is_answered(message, {.issues = issues});
    is_answered(message, {.code = "CR", .issues = issues, .time = "20240101", .control_id = "1"});
    if (profiled) is_answered(message, {.issues = findings(message, &profile)});
    return 0;
}
