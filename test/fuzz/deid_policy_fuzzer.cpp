// Any row of an expert's policy on any message, document or interchange: what is compiled can be
// applied, and what comes out can be read.  Input: a digit for the action, h, c or x for the
// format, the path, a line feed, the text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "deid/ccda.h"
#include "deid/policy.h"
#include "deid/v2.h"
#include "deid/x12.h"
#include "x12/x12.h"
#include "xml/reader.h"

using namespace clinical;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    const std::size_t line = input.find('\n');
    if (line == input.npos || line < 2) return 0;
    static constexpr std::string_view actions[] = {"keep",       "remove", "year",    "date_shift",
                                                   "hash",       "zip3",   "age_cap", "substitute",
                                                   "generalize", "perturb"};
    const auto action = static_cast<std::size_t>(input[0] - '0');
    if (action >= std::size(actions)) return 0;
    const std::string_view format = input[1] == 'h' ? "hl7v2" : input[1] == 'c' ? "cda" : "x12";
    core::Json rules = core::Json::array();
    core::Json &rest = rules.push(core::Json::object());
    rest.set("format", core::Json::string(format));
    rest.set("path", core::Json::string("*"));
    rest.set("action", core::Json::string("allow_list"));
    core::Json &row = rules.push(core::Json::object());
    row.set("format", core::Json::string(format));
    row.set("path", core::Json::string(input.substr(2, line - 2)));
    row.set("action", core::Json::string(actions[action]));
    if (actions[action] == "substitute") row.set("with", core::Json::string("a|^~\\&*:<\r"));
    if (actions[action] == "perturb") row.set("span", core::Json::number("10"));
    if (actions[action] == "generalize") row.set("other", core::Json::string("keep"));
    core::Json document = core::Json::object();
    document.set("mode", core::Json::string("expert_determination"));
    document.set("rules", std::move(rules));
    const auto policy = deid::compile_policy(document);
    if (!policy) return 0;

    const deid::KeyedHash hash = [](std::string_view, std::string_view) {
        return std::string(64, 'a');
    };
    const deid::Person nobody;
    deid::Options options;
    policy.value().apply_to(options, &hash);
    options.person = &nobody;
    options.reference = {2024, 6, 1};
    options.shift_days = 30;
    deid::NoCodes none;
    deid::CodesFrom codes(none);
    const std::string_view text = input.substr(line + 1);
    std::string out;
    try {
        if (format == "hl7v2") {
            const auto message = hl7v2::Message::parse(text);
            if (!message) return 0;
            deid::write_v2(message.value(), options, codes, out);
            if (!hl7v2::Message::parse(out)) std::abort();
        } else if (format == "cda") {
            if (!deid::write_ccda(text, options, {}, codes, out)) return 0;
            xml::Handler ignored;
            if (xml::read(out, ignored, {})) std::abort();
        } else {
            deid::write_x12(text, options, codes, out);
            if (out.size() >= x12::isa_bytes && !x12::read_delimiters(out)) std::abort();
        }
    } catch (const core::Error &) {
        // Refused: no XML, no interchange, too large.
    }
    return 0;
}
