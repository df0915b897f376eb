#include "fhir/reference.h"

#include <algorithm>

namespace clinical::fhir {

namespace {

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '-' || c == '.';
    });
}

// The last part of a path, taken off it.
std::string_view take_last(std::string_view &path) {
    const std::size_t slash = path.rfind('/');
    const std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    return last;
}

// .../Type/id(/_history/version)?
bool parse_tail(std::string_view path, Reference &out) {
    std::string_view id = take_last(path);
    std::string_view before = path;
    if (take_last(before) == "_history") {
        out.version = id;
        path = before;
        id = take_last(path);
        if (!is_id(out.version)) return false;
    }
    const std::string_view type = take_last(path);
    out.type = resource_named(type);
    out.id = id;
    out.base = path;
    return out.type && is_id(id);
}

}  // namespace

Reference parse_reference(std::string_view text) {
    Reference out;
    if (text.starts_with('#')) {
        out.kind = ReferenceKind::contained;
        out.id = text.substr(1);
        return out;
    }
    if (text.starts_with("urn:")) {
        out.kind = ReferenceKind::urn;
        return out;
    }
    const std::size_t colon = text.find(':');
    const std::size_t slash = text.find('/');
    const std::size_t query = text.find('?');
    if (colon != std::string_view::npos && colon < std::min(slash, query)) {
        out.kind = ReferenceKind::absolute;
        const std::string_view path = text.substr(0, text.find('#'));
        if (query != std::string_view::npos || !parse_tail(path, out)) {
            out = {};
            out.kind = ReferenceKind::absolute;
        }
        return out;
    }
    if (query != std::string_view::npos) {
        out.type = resource_named(text.substr(0, query));
        if (out.type) out.kind = ReferenceKind::query;
        return out;
    }
    if (parse_tail(text, out) && out.base.empty()) {
        out.kind = ReferenceKind::relative;
        return out;
    }
    return {};
}

std::string_view name_of(ReferenceKind kind) {
    switch (kind) {
        case ReferenceKind::relative: return "relative";
        case ReferenceKind::absolute: return "absolute";
        case ReferenceKind::contained: return "contained";
        case ReferenceKind::urn: return "urn";
        case ReferenceKind::query: return "query";
        case ReferenceKind::invalid: return "invalid";
    }
    return "";
}

}  // namespace clinical::fhir
