#pragma once

// Policies of a few rows, and what they leave of HL7 v2, C-CDA and X12.

#include <algorithm>
#include <string>
#include <string_view>

#include "core/json.h"
#include "deid/ccda.h"
#include "deid/policy.h"
#include "deid/v2.h"
#include "deid/x12.h"
#include "deid_subject.h"

namespace clinical::deid {

inline core::Result<Policy> compiled(std::string_view mode, const std::string &rows) {
    return compile_policy(
        core::parse_json(R"({"mode":")" + std::string(mode) + R"(","rules":[)" + rows + "]}")
            .value());
}

// {"format": ..., "path": ..., "action": ..., more}
inline std::string row(std::string_view format, std::string_view path, std::string_view action,
                       std::string_view more = {}) {
    core::Json out = core::Json::object();
    out.set("format", core::Json::string(format));
    out.set("path", core::Json::string(path));
    out.set("action", core::Json::string(action));
    std::string text = core::to_text(out);
    if (!more.empty()) text.insert(text.size() - 1, "," + std::string(more));
    return text;
}

// Sixteen digits that depend on both, as the keyed ones do.
inline std::string keyed_digits(std::string_view purpose, std::string_view text) {
    std::uint64_t h = 1469598103934665603ULL;
    for (const std::string_view part : {purpose, text})
        for (const char c : part) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    std::string out;
    for (int i = 0; i < 16; ++i, h >>= 4) out += "0123456789abcdef"[h & 15];
    return out;
}

// Copies under a policy, of what stands between the ends of a message or document.
struct PolicyCopies {
    Policy policy;
    Person person;
    Options options;
    KeyedHash hash = keyed_digits;

    PolicyCopies(std::string_view mode, const std::string &rows)
        : policy(compiled(mode, rows).value()) {
        policy.apply_to(options, &hash);
        options.person = &person;
        options.reference = {2024, 6, 1};
    }
    PolicyCopies(const PolicyCopies &) = delete;  // the options point into it
    PolicyCopies &operator=(const PolicyCopies &) = delete;

    // Segments, each with a line feed at its end.
    [[nodiscard]] std::string v2(std::string_view segments) const {
        std::string text = "MSH|^~\\&|A||||20200102||ORU^R01|7|P|2.5.1\r" + std::string(segments);
        std::replace(text.begin(), text.end(), '\n', '\r');
        std::string out;
        with_codes(nullptr, [&](CodeSource &codes) {
            write_v2(hl7v2::Message::parse(text).value(), options, codes, out);
        });
        std::replace(out.begin(), out.end(), '\r', '\n');
        return out.substr(out.find('\n') + 1);
    }
    [[nodiscard]] std::string cda(std::string_view inside) const {
        std::string out;
        with_codes(nullptr, [&](CodeSource &codes) {
            write_ccda(
                "<ClinicalDocument xmlns=\"urn:hl7-org:v3\" "
                "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">" +
                    std::string(inside) + "</ClinicalDocument>",
                options, {}, codes, out);
        });
        const std::size_t begin = out.find('>') + 1;
        const std::size_t end = out.rfind("</ClinicalDocument>");
        return end == out.npos ? std::string() : out.substr(begin, end - begin);
    }
    [[nodiscard]] std::string x12(std::string_view segments) const {
        std::string out;
        with_codes(nullptr, [&](CodeSource &codes) {
            write_x12(
                "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240115*1200*"
                "^*00501*000000009*0*T*:~" +
                    std::string(segments),
                options, codes, out);
        });
        return out.substr(x12::isa_bytes);
    }
};

}  // namespace clinical::deid
