#include "fhir/canonical.h"

namespace clinical::fhir {

void append_json_string(std::string &out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) >= 0x20) {
            out += c;
        } else {
            constexpr std::string_view short_forms = "btnvfr";  // of 8 to 13; \v has none
            out += '\\';
            if (c >= '\b' && c <= '\r' && c != '\v') {
                out += short_forms[static_cast<std::size_t>(c - '\b')];
            } else {
                constexpr std::string_view digits = "0123456789abcdef";
                ((out += "u00") += digits[static_cast<unsigned char>(c) >> 4]) +=
                    digits[static_cast<unsigned char>(c) & 15];
            }
        }
    }
    out += '"';
}

}  // namespace clinical::fhir
