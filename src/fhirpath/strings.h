#pragma once

// String functions (5.6) over UTF-8; positions and lengths count characters (code points).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace clinical::fhirpath {

// Ignoring case, every white space a plain space (6.1.2).
bool strings_equivalent(std::string_view a, std::string_view b);

std::int64_t length_of(std::string_view text);
// Character positions; -1 when not found.
std::int64_t index_of(std::string_view text, std::string_view part);
std::int64_t last_index_of(std::string_view text, std::string_view part);
// Nothing when `start` lies outside of the text.
std::optional<std::string_view> substring(std::string_view text, std::int64_t start,
                                          std::optional<std::int64_t> length);
std::vector<std::string_view> characters(std::string_view text);

std::string to_upper(std::string_view text);  // Unicode, no locale
std::string to_lower(std::string_view text);
std::string_view trim(std::string_view text);

// Every occurrence; an empty pattern stands around every character (5.6).  A result beyond
// `max_text` bytes is limit_exceeded.
constexpr std::size_t max_text = 64u << 20;
std::string replace(std::string_view text, std::string_view pattern, std::string_view by);

// base64, urlbase64, hex; nothing for another format or text that is no such encoding.
std::optional<std::string> encode(std::string_view text, std::string_view format);
std::optional<std::string> decode(std::string_view text, std::string_view format);
// html, json; nothing for another target.
std::optional<std::string> escape(std::string_view text, std::string_view target);
std::optional<std::string> unescape(std::string_view text, std::string_view target);

}  // namespace clinical::fhirpath
