#include "convert/attachment.h"

#include <algorithm>
#include <optional>

#include "convert/codes.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// "type/subtype" in lower case; empty when they are no tokens of RFC 2045.
std::string content_type(const std::string &type, const std::string &subtype) {
    std::string out = type.empty() ? std::string("application") : type;
    out += '/';
    out += subtype;
    for (char &c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        const bool is_token =
            c > ' ' && c < 0x7f && c != '%' &&
            std::string_view("()<>@,;:\\\"[]?=").find(c) == std::string_view::npos;
        if (!is_token) return {};
    }
    return std::count(out.begin(), out.end(), '/') == 1 ? out : std::string();
}

bool is_base64(std::string_view text) {
    if (text.size() % 4 != 0) return false;
    std::size_t padding = 0;
    for (const char c : text) {
        if (c == '=') {
            padding++;
            continue;
        }
        const bool valid = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                           (c >= '0' && c <= '9') || c == '+' || c == '/';
        if (!valid || padding > 0) return false;
    }
    return padding <= 2;
}

std::optional<std::string> from_hex(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    if (text.size() % 2 != 0) return {};
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit(text[i]);
        const int low = digit(text[i + 1]);
        if (high < 0 || low < 0) return {};
        out += static_cast<char>(high * 16 + low);
    }
    return out;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    static constexpr char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto at = [&](std::size_t j) {
            return j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0u;
        };
        const unsigned n = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
        out += digits[n >> 18 & 63];
        out += digits[n >> 12 & 63];
        out += i + 1 < bytes.size() ? digits[n >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? digits[n & 63] : '=';
    }
    return out;
}

Json read_document(Context &context, const Value &v) {
    const std::string encoding = Context::text(v.component(4));
    std::string data(v.component(5).raw());
    Json a = Json::object();
    const std::string subtype = Context::text(v.component(3));
    if (!subtype.empty())
        a.set("contentType", Json::string(content_type(Context::text(v.component(2)), subtype)));
    if (encoding == "Base64") {
        std::erase_if(data, [](char c) { return c == ' ' || c == '\r' || c == '\n'; });
        if (!is_base64(data)) {
            context.issue("warning", "value", "invalid-base64", "the data are no base64");
            data.clear();
        }
    } else if (encoding == "Hex") {
        auto bytes = from_hex(data);
        if (!bytes) context.issue("warning", "value", "invalid-hex", "the data are no hex");
        data = bytes ? to_base64(*bytes) : std::string();
    } else {
        data = to_base64(v.component(5).text());
    }
    if (data.empty()) return {};
    // att-1: data have a type.
    if (a.find("contentType").as_text().empty())
        a.set("contentType",
              Json::string(encoding == "Base64" || encoding == "Hex" ? "application/octet-stream"
                                                                     : "text/plain"));
    a.set("data", Json::string(data));
    return a;
}

Json read_pointer(const Value &v) {
    const std::string url = Context::text(v.component(1));
    if (!is_uri(url)) return {};
    Json a = Json::object();
    const std::string subtype = Context::text(v.component(4));
    if (!subtype.empty())
        a.set("contentType", Json::string(content_type(Context::text(v.component(3)), subtype)));
    a.set("url", Json::string(url));
    return a;
}

}  // namespace clinical::convert
