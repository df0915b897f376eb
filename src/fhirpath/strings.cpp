#include "fhirpath/strings.h"

#include <algorithm>

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "core/error.h"
#include "core/json_reader.h"

namespace clinical::fhirpath {

namespace {

bool is_ascii(std::string_view text) {
    for (const char c : text)
        if (c & 0x80) return false;
    return true;
}

// The bytes of the character at `at`, by its lead byte; what is no UTF-8 counts byte by byte.
std::size_t width_at(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const std::size_t width = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    return at + width <= text.size() ? width : text.size() - at;
}

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

icu::UnicodeString wide(std::string_view text) {
    return icu::UnicodeString::fromUTF8(
        icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string narrow(const icu::UnicodeString &text) {
    std::string out;
    text.toUTF8String(out);
    return out;
}

void check_size(std::size_t size) {
    if (size > max_text)
        throw core::Error{core::ErrorCode::limit_exceeded, "FHIRPath string is too long",
                          "A computed string may have 64 MB.", 0};
}

}  // namespace

bool strings_equivalent(std::string_view a, std::string_view b) {
    if (is_ascii(a) && is_ascii(b)) {
        if (a.size() != b.size()) return false;
        const auto plain = [](char c) {
            if (is_space(c)) return ' ';
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        for (std::size_t i = 0; i < a.size(); ++i)
            if (plain(a[i]) != plain(b[i])) return false;
        return true;
    }
    const auto plain = [](std::string_view text) {
        icu::UnicodeString s = wide(text);
        s.foldCase();
        for (std::int32_t i = 0; i < s.length(); ++i)
            if (u_isUWhiteSpace(s.charAt(i))) s.setCharAt(i, u' ');
        return s;
    };
    return plain(a) == plain(b);
}

std::int64_t length_of(std::string_view text) {
    std::int64_t n = 0;
    for (const char c : text) n += (c & 0xC0) != 0x80;
    return n;
}

std::int64_t index_of(std::string_view text, std::string_view part) {
    const std::size_t at = text.find(part);
    return at == std::string_view::npos ? -1 : length_of(text.substr(0, at));
}

std::int64_t last_index_of(std::string_view text, std::string_view part) {
    const std::size_t at = text.rfind(part);
    return at == std::string_view::npos ? -1 : length_of(text.substr(0, at));
}

std::optional<std::string_view> substring(std::string_view text, std::int64_t start,
                                          std::optional<std::int64_t> length) {
    if (start < 0 || start >= length_of(text)) return std::nullopt;
    const auto advance = [&](std::size_t at, std::int64_t characters) {
        while (characters-- > 0 && at < text.size()) at += width_at(text, at);
        return at;
    };
    const std::size_t from = advance(0, start);
    if (!length) return text.substr(from);
    return text.substr(from, advance(from, *length) - from);
}

std::vector<std::string_view> characters(std::string_view text) {
    constexpr std::int64_t most = 1'000'000;  // what a collection may hold
    if (length_of(text) > most)
        throw core::Error{core::ErrorCode::limit_exceeded, "FHIRPath collection is too large",
                          "A collection may hold 1,000,000 items.", 0};
    std::vector<std::string_view> out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t width = width_at(text, at);
        out.push_back(text.substr(at, width));
        at += width;
    }
    return out;
}

std::string to_upper(std::string_view text) {
    return narrow(wide(text).toUpper(icu::Locale::getRoot()));
}

std::string to_lower(std::string_view text) {
    return narrow(wide(text).toLower(icu::Locale::getRoot()));
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string replace(std::string_view text, std::string_view pattern, std::string_view by) {
    std::string out;
    if (pattern.empty()) {
        check_size(text.size());
        check_size(by.size());
        check_size(text.size() + (text.size() + 1) * by.size());
        out += by;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t width = width_at(text, at);
            out += text.substr(at, width);
            out += by;
            at += width;
        }
        return out;
    }
    for (;;) {
        const std::size_t at = text.find(pattern);
        out += text.substr(0, at);
        if (at == std::string_view::npos) return out;
        check_size(out.size() + by.size());
        out += by;
        text.remove_prefix(at + pattern.size());
    }
}

namespace {

constexpr std::string_view base64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base64_url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode_base64(std::string_view text, std::string_view alphabet) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, text.size() - i);
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < n ? static_cast<unsigned char>(text[i + k]) : 0);
        for (std::size_t k = 0; k < 4; ++k)
            out += k <= n ? alphabet[bits >> (18 - 6 * k) & 63] : '=';
    }
    return out;
}

std::optional<std::string> decode_base64(std::string_view text, std::string_view alphabet) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 4) {
        std::uint32_t bits = 0;
        std::size_t padding = 0;
        for (std::size_t k = 0; k < 4; ++k) {
            const char c = text[i + k];
            if (c == '=' && i + 4 == text.size() && k >= 2) {
                ++padding;
                bits <<= 6;
                continue;
            }
            const std::size_t digit = alphabet.find(c);
            if (digit == std::string_view::npos || padding > 0) return std::nullopt;
            bits = bits << 6 | static_cast<std::uint32_t>(digit);
        }
        for (std::size_t k = 0; k < 3 - padding; ++k)
            out += static_cast<char>(bits >> (16 - 8 * k) & 255);
    }
    return out;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// What decoding gives must be text again.
bool is_text(std::string_view bytes) {
    if (bytes.find('\0') != std::string_view::npos) return false;
    return narrow(wide(bytes)) == bytes;
}

}  // namespace

std::optional<std::string> encode(std::string_view text, std::string_view format) {
    check_size(text.size() * 2);
    if (format == "base64") return encode_base64(text, base64);
    if (format == "urlbase64") return encode_base64(text, base64_url);
    if (format != "hex") return std::nullopt;
    std::string out;
    for (const char c : text) {
        constexpr std::string_view digits = "0123456789abcdef";
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::optional<std::string> decode(std::string_view text, std::string_view format) {
    std::optional<std::string> out;
    if (format == "base64") out = decode_base64(text, base64);
    if (format == "urlbase64") out = decode_base64(text, base64_url);
    if (format == "hex" && text.size() % 2 == 0) {
        out.emplace();
        for (std::size_t i = 0; i < text.size(); i += 2) {
            const int high = hex_digit(text[i]);
            const int low = hex_digit(text[i + 1]);
            if (high < 0 || low < 0) return std::nullopt;
            *out += static_cast<char>(high * 16 + low);
        }
    }
    if (!out || !is_text(*out)) return std::nullopt;
    return out;
}

std::optional<std::string> escape(std::string_view text, std::string_view target) {
    check_size(text.size() * 6);
    std::string out;
    if (target == "html") {
        for (const char c : text) {
            switch (c) {
                case '&': out += "&amp;"; break;
                case '<': out += "&lt;"; break;
                case '>': out += "&gt;"; break;
                case '"': out += "&quot;"; break;
                case '\'': out += "&#39;"; break;
                default: out += c;
            }
        }
        return out;
    }
    if (target == "json") {
        // The inside of a JSON string.
        out = core::to_text(core::Json::string(text));
        return out.substr(1, out.size() - 2);
    }
    return std::nullopt;
}

std::optional<std::string> unescape(std::string_view text, std::string_view target) {
    std::string out;
    if (target == "json") {
        // A quote does not end anything here.
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == '\\') ++i;
            if (i >= text.size()) return std::nullopt;
        }
        if (!core::unescape_json(text, out)) return std::nullopt;
        return out;
    }
    if (target != "html") return std::nullopt;
    struct Named {
        std::string_view name, text;
    };
    constexpr Named names[] = {{"amp", "&"},   {"lt", "<"},   {"gt", ">"},
                               {"quot", "\""}, {"apos", "'"}, {"nbsp", "\u00a0"}};
    while (!text.empty()) {
        const std::size_t at = text.find('&');
        out += text.substr(0, at);
        if (at == std::string_view::npos) break;
        text.remove_prefix(at);
        const std::size_t end = text.find(';');
        const std::string_view name =
            end == std::string_view::npos || end > 10 ? "" : text.substr(1, end - 1);
        bool known = false;
        for (const Named &n : names) {
            if (n.name != name) continue;
            out += n.text;
            known = true;
        }
        if (!known && name.starts_with('#')) {
            const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
            UChar32 code = 0;
            bool valid = name.size() > (hex ? 2 : 1);
            for (const char c : name.substr(hex ? 2 : 1)) {
                const int digit = hex_digit(c);
                valid = valid && digit >= 0 && (hex || digit < 10);
                code = code * (hex ? 16 : 10) + digit;
            }
            if (valid && code > 0 && code < 0x110000 && !U_IS_SURROGATE(code)) {
                icu::UnicodeString(code).toUTF8String(out);
                known = true;
            }
        }
        if (known) {
            text.remove_prefix(end + 1);
        } else {
            out += '&';
            text.remove_prefix(1);
        }
    }
    return out;
}

}  // namespace clinical::fhirpath
