#include "validate/bindings.h"

#include <algorithm>

#include "ucum/ucum.h"

namespace clinical::validate {

namespace {

// RFC 2045: any printable ASCII character but blanks and these.
bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return c > ' ' && c < 0x7f &&
               std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
    });
}

}  // namespace

bool is_ucum(std::string_view code) { return ucum::Unit::parse(code).ok(); }

bool is_mime_type(std::string_view text) {
    const std::string_view type = text.substr(0, text.find(';'));
    const std::size_t slash = type.find('/');
    if (slash == std::string_view::npos) return false;
    std::string_view subtype = type.substr(slash + 1);
    while (subtype.ends_with(' ')) subtype.remove_suffix(1);
    return is_token(type.substr(0, slash)) && is_token(subtype);
}

CodeVerdict verdict_of(const fhir::ValueSet &set, std::string_view system, std::string_view code) {
    if (!set.is_enumerated()) {
        if (set.url() == "http://hl7.org/fhir/ValueSet/mimetypes")
            // "json" and its like are common, and nobody's registered type.
            return is_mime_type(code)                         ? CodeVerdict::in
                   : code.find('/') != std::string_view::npos ? CodeVerdict::out
                                                              : CodeVerdict::unknown;
        return CodeVerdict::unknown;
    }
    const bool has = system.empty() ? set.has_code(code) : set.has(system, code);
    return has ? CodeVerdict::in : CodeVerdict::out;
}

}  // namespace clinical::validate
