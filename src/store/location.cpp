#include "store/location.h"

#include <algorithm>
#include <array>
#include <optional>

namespace clinical::store {
namespace {

using core::Error;
using core::ErrorCode;

Error refused(const char *why) { return {ErrorCode::invalid_option, "invalid location", why, 0}; }

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// RFC 3986 section 2.1: `%` and two hexadecimal digits are one byte.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string bytes;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return bytes;
}

bool is_object_store(std::string_view scheme) {
    static constexpr std::array<std::string_view, 8> schemes = {"s3",    "azure", "az",   "abfs",
                                                                "abfss", "gs",    "http", "https"};
    return std::find(schemes.begin(), schemes.end(), scheme) != schemes.end();
}

}  // namespace

core::Result<std::string> folder_path(std::string_view location) {
    std::string path;
    const std::size_t colon = location.find("://");
    if (colon == std::string_view::npos) {
        path = location;
    } else {
        const std::string_view scheme = location.substr(0, colon);
        if (is_object_store(scheme))
            return Error{ErrorCode::unsupported, "object stores are not supported yet",
                         "A location is a local folder, such as file:///srv/inbox.", 0};
        if (scheme != "file") return refused("The scheme of a location must be \"file\".");
        // RFC 8089: an authority, if there is one, is this machine.
        std::string_view rest = location.substr(colon + 3);
        static constexpr std::string_view here = "localhost/";
        if (rest.starts_with(here)) rest.remove_prefix(here.size() - 1);
        if (!rest.starts_with('/')) return refused("A file location must not name another host.");
        auto decoded = percent_decoded(rest);
        if (!decoded) return refused("A percent sign must be followed by two hexadecimal digits.");
        path = std::move(*decoded);
    }
    if (!path.starts_with('/')) return refused("A location must be an absolute path.");
    if (path.find('\0') != std::string::npos)
        return refused("A location must not contain a zero byte.");
    return path;
}

}  // namespace clinical::store
