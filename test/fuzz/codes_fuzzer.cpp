// Any text as a coding, a CSV line, a pattern of versions, a value set's regex; any JSON as a code
// system with a value set over it, expanded and asked.

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "codes/coding.h"
#include "codes/csv_line.h"
#include "codes/index.h"
#include "codes/json_system.h"
#include "codes/operation.h"
#include "codes/pattern.h"
#include "codes/version.h"

using namespace clinical;

namespace {

void as_coding(const std::string &text) {
    const auto coding = codes::parse_coding(text);
    if (!coding.ok()) return;
    const std::string packed = codes::pack(coding.value().view());
    const auto again = codes::unpack(packed);
    if (!again || codes::to_text(*again) != codes::to_text(coding.value().view())) std::abort();
    const auto parsed = codes::parse_coding(codes::to_text(*again));
    if (!parsed.ok() || codes::pack(parsed.value().view()) != packed) std::abort();
}

void as_terminology(const std::string &text) {
    auto json = core::parse_json(text);
    if (!json.ok()) return;
    const core::Json &tree = json.value();
    codes::Request request = codes::Request::of(tree);
    const auto system = codes::JsonSystem::of(tree.find("codeSystem"));
    if (!system.ok()) return;
    codes::OverlayStore store(nullptr, {tree.find("codeSystem"), tree.find("valueSet")});
    request.value_set = tree.find("valueSet");
    const core::Json expansion = codes::expand(store, request);
    // What is expanded is valid.
    for (const core::Json &c : expansion.find("expansion").find("contains").elements()) {
        codes::Request asked = request;
        asked.coding = core::Json::object();
        asked.coding.set("system", c.find("system"));
        asked.coding.set("code", c.find("code"));
        (void)codes::validate_code(store, asked, false);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string text(reinterpret_cast<const char *>(data), size);
    as_coding(text);
    (void)codes::unpack(text);
    (void)codes::csv_fields(text);
    (void)codes::version_matches(text.substr(0, size / 2), text.substr(size / 2));
    if (const auto pattern = codes::Pattern::compile(text.substr(0, 64)); pattern.ok())
        (void)pattern.value().matches("aaaaaaaaaaaaaaaaaaaaaaaa!");
    // Bytes of a compiled system, aligned.
    std::vector<std::uint32_t> aligned((size + 3) / 4);
    if (size > 0) std::memcpy(aligned.data(), data, size);
    const auto index = codes::Index::open({reinterpret_cast<const char *>(aligned.data()), size});
    if (index.ok())
        for (std::uint32_t i = 0; i < index.value().size(); ++i) (void)index.value().descendants(i);
    as_terminology(text);
    return 0;
}
