#include "views/constants.h"

#include <algorithm>
#include <array>
#include <optional>

namespace clinical::views {

using core::Error;
using core::ErrorCode;
using core::Json;
using core::Kind;
using core::Result;

namespace {

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Variables of FHIRPath and of its use in FHIR; %rowIndex is SQL on FHIR's own.
bool is_defined_elsewhere(std::string_view name) {
    static constexpr std::array<std::string_view, 7> names = {
        "context", "resource", "rootResource", "rowIndex", "ucum", "sct", "loinc"};
    return std::find(names.begin(), names.end(), name) != names.end() ||
           name.substr(0, 3) == "vs-" || name.substr(0, 4) == "ext-";
}

std::string quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        switch (c) {
            case '\'': out += "\\'"; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            default: out += c;
        }
    }
    return out + "'";
}

// The FHIRPath literal of a value[x] whose type is `type` ("Date" of valueDate).
std::optional<std::string> literal(std::string_view type, const Json &value) {
    static constexpr std::array<std::string_view, 11> texts = {
        "String", "Code",      "Id",           "Uri",      "Url",  "Uuid",
        "Oid",    "Canonical", "Base64Binary", "Markdown", "Xhtml"};
    static constexpr std::array<std::string_view, 5> numbers = {"Integer", "Decimal", "PositiveInt",
                                                                "UnsignedInt", "Integer64"};
    const auto is_one_of = [&](const auto &names) {
        return std::find(names.begin(), names.end(), type) != names.end();
    };
    if (type == "Boolean")
        return value.kind() == Kind::boolean
                   ? std::optional<std::string>(value.as_bool() ? "true" : "false")
                   : std::nullopt;
    if (is_one_of(numbers)) {
        // integer64 is a string in JSON.
        if (value.kind() != Kind::number && type != "Integer64") return std::nullopt;
        if (!core::is_json_number(value.as_text())) return std::nullopt;
        return std::string(value.as_text()).front() == '-'
                   ? "(" + std::string(value.as_text()) + ")"
                   : std::string(value.as_text());
    }
    if (value.kind() != Kind::string) return std::nullopt;
    if (is_one_of(texts)) return quoted(value.as_text());
    const std::string text(value.as_text());
    const bool plain = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_word(c) || c == '-' || c == ':' || c == '.' || c == '+';
    });
    if (!plain) return std::nullopt;
    if (type == "Date") return "@" + text;
    if (type == "Time") return "@T" + text;
    if (type == "DateTime" || type == "Instant")
        return "@" + text + (text.find('T') == std::string::npos ? "T" : "");
    return std::nullopt;
}

}  // namespace

Result<Constants> Constants::read(const Json &constant) {
    Constants out;
    if (constant.is_absent()) return out;
    if (constant.kind() != Kind::array)
        return Error{ErrorCode::invalid_value, "invalid view definition",
                     "constant is not an array.", 0};
    for (std::size_t i = 0; i < constant.size(); i++) {
        const Json &one = constant.at(i);
        const std::string where = "constant[" + std::to_string(i) + "]";
        if (one.find("name").kind() != Kind::string)
            return Error{ErrorCode::invalid_value, "invalid view definition",
                         where + " has no name.", 0};
        std::optional<std::string> value;
        for (const auto &[key, member] : one.members())
            if (key.rfind("value", 0) == 0)
                value = literal(std::string_view(key).substr(5), member);
        if (!value)
            return Error{ErrorCode::invalid_value, "invalid view definition",
                         where + " has no value of a primitive type.", 0};
        if (!out.literals_.emplace(one.find("name").as_text(), *value).second)
            return Error{ErrorCode::invalid_value, "invalid view definition",
                         where + " has the name of another constant.", 0};
    }
    return out;
}

Result<std::string> Constants::put_into(std::string_view path) const {
    std::string out;
    std::size_t i = 0;
    // Past the end of a quoted stretch that opens at i.
    const auto quoted_end = [&](std::size_t from) {
        const char quote = path[from];
        std::size_t end = from + 1;
        while (end < path.size() && path[end] != quote) end += path[end] == '\\' ? 2 : 1;
        return std::min(end + 1, path.size());
    };
    const auto keep = [&](std::size_t end) {
        out += path.substr(i, end - i);
        i = end;
    };
    while (i < path.size()) {
        const char c = path[i];
        if (c == '\'' || c == '"' || c == '`') {
            keep(quoted_end(i));
        } else if (path.substr(i, 2) == "//") {
            keep(std::min(path.find('\n', i), path.size()));
        } else if (path.substr(i, 2) == "/*") {
            const std::size_t end = path.find("*/", i + 2);
            keep(end == std::string_view::npos ? path.size() : end + 2);
        } else if (c != '%') {
            keep(i + 1);
        } else {
            std::size_t end = i + 1;
            std::string_view name;
            if (end < path.size() && (path[end] == '\'' || path[end] == '`')) {
                end = quoted_end(end);
                name = path.substr(i + 2, end - i < 3 ? 0 : end - i - 3);
            } else {
                while (end < path.size() && is_word(path[end])) end++;
                name = path.substr(i + 1, end - i - 1);
            }
            if (const auto found = literals_.find(name); found != literals_.end()) {
                out += found->second;
                i = end;
            } else if (is_defined_elsewhere(name)) {
                keep(end);
            } else {
                return Error{ErrorCode::undefined_name,
                             "view uses a constant that it does not define",
                             "Character " + std::to_string(i + 1) + " of a path.", i};
            }
        }
    }
    return out;
}

}  // namespace clinical::views
