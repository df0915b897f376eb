#include "core/charset.h"

#include <simdjson.h>
#include <unicode/ucnv.h>
#include <unicode/ucnv_cb.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

#include "core/iso2022_jp.h"

namespace clinical::core {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";  // U+FFFD

// HL7 table 0211 and what senders write instead, by normalized name.  Sets that ICU knows by the
// same name need no line here, nor those of numbered_set().
struct Alias {
    std::string_view name, converter;
};
constexpr std::array aliases{
    Alias{"ASCII", "US-ASCII"},
    Alias{"ISOIR6", "US-ASCII"},
    Alias{"USASCII", "US-ASCII"},
    Alias{"LATIN1", "ISO-8859-1"},
    // The converter of Shift_JIS has the one-byte katakana of JIS X 0201 in their places.
    Alias{"ISOIR13", "Shift_JIS"},
    Alias{"ISOIR14", "Shift_JIS"},
    Alias{"ISOIR87", "ISO-2022-JP"},
    Alias{"ISOIR159", "ISO-2022-JP"},
    Alias{"JISX0202", "ISO-2022-JP"},
    Alias{"JIS", "ISO-2022-JP"},
    Alias{"GB180302000", "GB18030"},
    // Korean systems write the syllables of Windows, too, and Chinese ones those of GB 18030.
    Alias{"KSX1001", "windows-949"},
    Alias{"KSC5601", "windows-949"},
    Alias{"EUCKR", "windows-949"},
    Alias{"ISOIR149", "windows-949"},
    Alias{"ISOIR58", "GB18030"},
    Alias{"GB2312", "GB18030"},
    Alias{"CNS116431992", "EUC-TW"},
    Alias{"CNS11643", "EUC-TW"},
    Alias{"BIG5", "Big5"},
    Alias{"UNICODE", "UTF-8"},
    Alias{"UNICODEUTF8", "UTF-8"},
    Alias{"UTF8", "UTF-8"},
    Alias{"ISOIR192", "UTF-8"},
    Alias{"UNICODEUTF16", "UTF-16"},
    Alias{"UNICODEUTF32", "UTF-32"},
    Alias{"SHIFTJIS", "Shift_JIS"},
    Alias{"ANSI", "windows-1252"},
    // As imaging systems name the parts of ISO 8859.
    Alias{"ISOIR100", "ISO-8859-1"},
    Alias{"ISOIR101", "ISO-8859-2"},
    Alias{"ISOIR109", "ISO-8859-3"},
    Alias{"ISOIR110", "ISO-8859-4"},
    Alias{"ISOIR144", "ISO-8859-5"},
    Alias{"ISOIR127", "ISO-8859-6"},
    Alias{"ISOIR126", "ISO-8859-7"},
    Alias{"ISOIR138", "ISO-8859-8"},
    Alias{"ISOIR148", "ISO-8859-9"},
    Alias{"ISOIR166", "TIS-620"},
};

// The digits behind one of the words, at most two or four of them.
std::string_view digits_behind(std::string_view key,
                               std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) {
        if (!key.starts_with(word)) continue;
        const std::string_view rest = key.substr(word.size());
        if (!rest.empty() && rest.size() <= 4 &&
            std::ranges::all_of(rest, [](char c) { return c >= '0' && c <= '9'; }))
            return rest;
    }
    return {};
}

// 8859/1, ISO8859-15, ISO 8859/2; 1252, CP1250, WIN1251.  Empty: it is none of these.
std::string numbered_set(std::string_view key) {
    if (const auto part = digits_behind(key, {"ISO8859", "8859"}); !part.empty())
        return "ISO-8859-" + std::string(part);
    if (const auto page = digits_behind(key, {"WINDOWS", "WIN", "CP", "MS", ""});
        page.size() == 4 && page.starts_with("125"))
        return "windows-" + std::string(page);
    return {};
}

std::string normalized(std::string_view name) {
    std::string out;
    for (char c : name) {
        if (c == ' ' || c == '-' || c == '_' || c == '/') continue;
        out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return out;
}

bool is_ascii(std::string_view bytes) {
    return std::none_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) != 0; });
}

// C1 controls are in no feed; windows-1252 has its quotes and dashes there.
bool has_c1(std::string_view bytes) {
    return std::any_of(bytes.begin(), bytes.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xe0) == 0x80; });
}

struct Mark {
    std::string_view bytes, charset;
};
// UTF-32 first: its little-endian mark begins with UTF-16's.
constexpr std::array marks{
    Mark{{"\xff\xfe\0\0", 4}, "UTF-32LE"}, Mark{{"\0\0\xfe\xff", 4}, "UTF-32BE"},
    Mark{"\xef\xbb\xbf", "UTF-8"},         Mark{"\xff\xfe", "UTF-16LE"},
    Mark{"\xfe\xff", "UTF-16BE"},
};

// Pieces of a buffer made UTF-8: bad sequences and NUL become U+FFFD.
void repair_utf8(std::string_view bytes, Decoded &out) {
    std::string text;
    text.reserve(bytes.size() + 16);
    auto bad = [&](std::size_t at) {
        if (out.replaced++ == 0) out.first_bad = at;
        text += replacement;
    };
    std::size_t at = 0;
    while (at < bytes.size()) {
        const auto lead = static_cast<unsigned char>(bytes[at]);
        if (lead != 0 && lead < 0x80) {
            text += bytes[at++];
            continue;
        }
        std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 1;
        if (length > 1 && at + length <= bytes.size() && is_utf8(bytes.substr(at, length))) {
            text += bytes.substr(at, length);
            at += length;
        } else {
            bad(at++);
        }
    }
    out.storage = std::move(text);
    out.text = out.storage;
}

}  // namespace

bool is_utf8(std::string_view bytes) { return simdjson::validate_utf8(bytes.data(), bytes.size()); }

namespace {

// The converter's name of a set, which need not be there.
std::optional<std::string> resolved(std::string_view name) {
    const std::string key = normalized(name);
    if (key.empty() || key.size() > 40) return std::nullopt;
    for (const Alias &alias : aliases)
        if (alias.name == key) return std::string(alias.converter);
    if (std::string numbered = numbered_set(key); !numbered.empty()) return numbered;
    const std::string given(name);
    // ICU takes options behind a comma; a name has none.
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-' || c == '_' || c == ':' || c == '.';
    };
    if (!std::ranges::all_of(given, is_plain)) return std::nullopt;
    UErrorCode status = U_ZERO_ERROR;
    const char *found = ucnv_getStandardName(given.c_str(), "IANA", &status);
    if (U_FAILURE(status) || !found) return std::nullopt;
    return std::string(found);
}

struct Close {
    void operator()(UConverter *c) const { ucnv_close(c); }
};
using Converter = std::unique_ptr<UConverter, Close>;

// Null for a set that ICU knows by name alone.
Converter opened(const std::string &name) {
    UErrorCode status = U_ZERO_ERROR;
    Converter made(ucnv_open(name.c_str(), &status));
    if (U_FAILURE(status)) made.reset();
    return made;
}

}  // namespace

std::optional<std::string> charset_named(std::string_view name) {
    auto known = resolved(name);
    if (known && !opened(*known)) known.reset();
    return known;
}

struct Decoder::Converters {
    std::map<std::string, Converter, std::less<>> by_name;

    UConverter *open(const std::string &name) {
        auto found = by_name.find(name);
        if (found == by_name.end()) found = by_name.emplace(name, opened(name)).first;
        return found->second.get();
    }
};

Decoder::Decoder() = default;
Decoder::~Decoder() = default;

namespace {

// What the callback needs to count and place bad input.
struct Bad {
    Decoded *out;
    const char *start;
};

void U_CALLCONV on_bad(const void *context, UConverterToUnicodeArgs *args, const char *,
                       std::int32_t length, UConverterCallbackReason reason, UErrorCode *status) {
    if (reason > UCNV_IRREGULAR) return;
    const auto *bad = static_cast<const Bad *>(context);
    const std::int64_t at = args->source - bad->start - length;
    if (bad->out->replaced++ == 0) bad->out->first_bad = static_cast<std::size_t>(at < 0 ? 0 : at);
    *status = U_ZERO_ERROR;
    const UChar mark = 0xfffd;
    ucnv_cbToUWriteUChars(args, &mark, 1, 0, status);
}

// UTF-16 to UTF-8; NUL and lone surrogates become U+FFFD.
void append_utf8(std::string &text, std::u16string_view units, Decoded &out) {
    for (std::size_t i = 0; i < units.size(); ++i) {
        std::uint32_t c = units[i];
        if (c >= 0xd800 && c < 0xdc00 && i + 1 < units.size() && units[i + 1] >= 0xdc00 &&
            units[i + 1] < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00u);
        if (c == 0 || (c >= 0xd800 && c < 0xe000)) {
            ++out.replaced;
            c = 0xfffd;
        }
        if (c < 0x80) {
            text += static_cast<char>(c);
            continue;
        }
        if (c < 0x800) {
            text += static_cast<char>(0xc0 | c >> 6);
        } else {
            if (c < 0x10000) {
                text += static_cast<char>(0xe0 | c >> 12);
            } else {
                text += static_cast<char>(0xf0 | c >> 18);
                text += static_cast<char>(0x80 | (c >> 12 & 0x3f));
            }
            text += static_cast<char>(0x80 | (c >> 6 & 0x3f));
        }
        text += static_cast<char>(0x80 | (c & 0x3f));
    }
}

// False when ICU cannot go on.
bool convert(UConverter *converter, std::string_view bytes, Decoded &out) {
    ucnv_reset(converter);
    const Bad bad{&out, bytes.data()};
    UErrorCode status = U_ZERO_ERROR;
    ucnv_setToUCallBack(converter, on_bad, &bad, nullptr, nullptr, &status);
    // Few sets give more units than bytes; the loop is for them.
    std::u16string units(bytes.size() + 16, u'\0');
    std::size_t filled = 0;
    const char *from = bytes.data();
    do {
        if (filled == units.size()) units.resize(units.size() + units.size() / 2);
        UChar *to = units.data() + filled;
        status = U_ZERO_ERROR;
        ucnv_toUnicode(converter, &to, units.data() + units.size(), &from,
                       bytes.data() + bytes.size(), nullptr, true, &status);
        filled = static_cast<std::size_t>(to - units.data());
        if (U_FAILURE(status) && status != U_BUFFER_OVERFLOW_ERROR) return false;
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 2);
    append_utf8(text, std::u16string_view(units).substr(0, filled), out);
    out.storage = std::move(text);
    out.text = out.storage;
    return true;
}

}  // namespace

void Decoder::decode(std::string_view bytes, std::string_view stated, std::string_view fallback,
                     Decoded &out) {
    const auto is_plain = [](const std::string &name) {
        return name == "UTF-8" || name == "US-ASCII";
    };
    const auto converter_of = [&](const std::string &name) {
        if (!converters_) converters_ = std::make_unique<Converters>();
        return converters_->open(name);
    };
    std::string charset;
    for (const Mark &mark : marks) {
        if (!bytes.starts_with(mark.bytes)) continue;
        charset = mark.charset;
        // UTF-8's mark is part of the text that was sent; elsewhere it says only the byte order.
        if (charset != "UTF-8") bytes.remove_prefix(mark.bytes.size());
        break;
    }
    const auto take = [&](std::string_view name) {
        auto known = resolved(name);
        if (!known || !(is_plain(*known) || converter_of(*known))) return false;
        if (*known != "US-ASCII" || is_ascii(bytes)) charset = std::move(*known);
        return true;
    };
    if (charset.empty() && !stated.empty() && !take(stated)) out.unknown = !is_ascii(bytes);
    if (charset.empty()) take(fallback);
    const bool has_nul = bytes.find('\0') != bytes.npos;
    if (charset.empty()) {
        if (is_utf8(bytes)) {
            charset = "UTF-8";
        } else {
            charset = "windows-1252";
            out.assumed = true;
        }
    } else if (charset == "ISO-8859-1" && has_c1(bytes)) {
        charset = "windows-1252";
        out.assumed = true;
    }
    out.charset = charset;
    const bool plain = is_plain(charset);
    if (plain && !has_nul && is_utf8(bytes)) {
        out.text = bytes;
        return;
    }
    if (!plain) {
        // Bytes in whose place EUC-JP stands are told by their own offset.
        const bool is_japanese = charset == "ISO-2022-JP";
        const std::string euc = is_japanese ? euc_of_iso2022_jp(bytes) : std::string();
        UConverter *converter = converter_of(is_japanese ? "EUC-JP" : charset);
        if (converter && convert(converter, is_japanese ? euc : bytes, out)) {
            if (is_japanese) out.first_bad = iso2022_jp_offset(bytes, out.first_bad);
            return;
        }
        out.assumed = true;
        out.charset = "UTF-8";
    }
    repair_utf8(bytes, out);
}

}  // namespace clinical::core
