#include "codes/coding.h"

#include <array>

namespace clinical::codes {
namespace {

// Stored form, first byte: the low two bits are the layout's number.
constexpr std::uint8_t layout = 1;
constexpr std::uint8_t layout_mask = 3;
constexpr std::uint8_t has_version = 4;
constexpr std::uint8_t has_display = 8;
constexpr std::uint8_t known_flags = layout_mask | has_version | has_display;

core::Error refused(const char *where, std::size_t offset = 0,
                    core::ErrorCode code = core::ErrorCode::invalid_syntax) {
    return {code, "invalid coding", where, offset};
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool has_control(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
    return false;
}

void put_length(std::string &out, std::size_t length) {
    while (length >= 0x80) {
        out.push_back(static_cast<char>(0x80 | (length & 0x7f)));
        length >>= 7;
    }
    out.push_back(static_cast<char>(length));
}

void put_text(std::string &out, std::string_view text) {
    put_length(out, text.size());
    out.append(text);
}

// Reads a length-prefixed text off the front of `bytes`.
bool take_text(std::string_view &bytes, std::string_view &text) {
    std::size_t length = 0;
    for (int shift = 0; shift < 21; shift += 7) {
        if (bytes.empty()) return false;
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        length |= static_cast<std::size_t>(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (length > bytes.size()) return false;
            text = bytes.substr(0, length);
            bytes.remove_prefix(length);
            return true;
        }
    }
    return false;
}

void put_escaped(std::string &out, std::string_view text) {
    for (const char c : text) {
        if (c == '|' || c == '\\') out.push_back('\\');
        out.push_back(c);
    }
}

}  // namespace

core::Result<Coding> make_coding(std::string_view system, std::string_view code,
                                 std::string_view version, std::string_view display) {
    Coding coding;
    coding.system = canonical_system(trim(system));
    coding.code = trim(code);
    coding.version = trim(version);
    coding.display = trim(display);
    if (coding.code.empty()) return refused("The code is empty.");
    if (has_control(coding.code)) return refused("The code has a control character.");
    if (coding.system.find_first_of(" \t\r\n") != std::string::npos || has_control(coding.system))
        return refused("The system has a space: it is neither a URI nor a known name.");
    if (has_control(coding.version)) return refused("The version has a control character.");
    for (const auto *part : {&coding.system, &coding.code, &coding.version, &coding.display})
        if (part->size() > max_part_bytes)
            return refused("A part is longer than 16384 bytes.", 0,
                           core::ErrorCode::limit_exceeded);
    return coding;
}

core::Result<Coding> parse_coding(std::string_view text) {
    std::array<std::string, 4> parts;
    std::size_t part = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size() && (text[i + 1] == '|' || text[i + 1] == '\\'))
            parts[part].push_back(text[++i]);
        else if (c == '|' && part + 1 == parts.size())
            return refused("There are more than four parts (system|code|version|display).", i);
        else if (c == '|')
            ++part;
        else
            parts[part].push_back(c);
    }
    if (part == 0)
        return refused("There is no | between system and code; write |code for a code without one.",
                       text.size());
    return make_coding(parts[0], parts[1], parts[2], parts[3]);
}

std::string to_text(const CodingView &coding) {
    std::string out;
    out.reserve(coding.system.size() + coding.code.size() + coding.version.size() +
                coding.display.size() + 3);
    put_escaped(out, coding.system);
    out.push_back('|');
    put_escaped(out, coding.code);
    if (!coding.version.empty() || !coding.display.empty()) {
        out.push_back('|');
        put_escaped(out, coding.version);
    }
    if (!coding.display.empty()) {
        out.push_back('|');
        put_escaped(out, coding.display);
    }
    return out;
}

std::string pack(const CodingView &coding) {
    std::string out;
    std::uint8_t flags = layout;
    if (!coding.version.empty()) flags |= has_version;
    if (!coding.display.empty()) flags |= has_display;
    const std::uint8_t number = system_number(coding.system);
    out.push_back(static_cast<char>(flags));
    out.push_back(static_cast<char>(number));
    if (number == 0) put_text(out, coding.system);
    put_text(out, coding.code);
    if (flags & has_version) put_text(out, coding.version);
    out.append(coding.display);  // last, to the end
    return out;
}

std::optional<CodingView> unpack(std::string_view bytes) {
    if (bytes.size() < 3) return std::nullopt;
    const auto flags = static_cast<std::uint8_t>(bytes[0]);
    const auto number = static_cast<std::uint8_t>(bytes[1]);
    if ((flags & layout_mask) != layout || (flags & ~known_flags)) return std::nullopt;
    bytes.remove_prefix(2);
    CodingView coding;
    if (number == 0) {
        if (!take_text(bytes, coding.system)) return std::nullopt;
    } else {
        coding.system = system_uri(number);
        if (coding.system.empty()) return std::nullopt;
    }
    if (!take_text(bytes, coding.code)) return std::nullopt;
    if ((flags & has_version) && !take_text(bytes, coding.version)) return std::nullopt;
    if (bytes.empty() == bool(flags & has_display)) return std::nullopt;
    coding.display = bytes;
    return coding;
}

std::strong_ordering compare(const CodingView &a, const CodingView &b) {
    if (const int system = a.system.compare(b.system)) return system <=> 0;
    return a.code.compare(b.code) <=> 0;
}

}  // namespace clinical::codes
