#include "deid/leak_text.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace clinical::deid {

namespace {

bool is_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool is_letter(unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
}
bool is_digit(unsigned char c) { return c >= '0' && c <= '9'; }

// Latin letters that Unicode does not decompose.
const char *plain_letter(UChar32 c) {
    switch (c) {
        case 0xE6: return "ae";
        case 0x153: return "oe";
        case 0xF8: return "o";
        case 0x111:
        case 0xF0: return "d";
        case 0x127: return "h";
        case 0x131: return "i";
        case 0x142: return "l";
        case 0xFE: return "th";
        case 0x2019:
        case 0x2BC: return "'";
        default: return nullptr;
    }
}

std::string fold_unicode(std::string_view text) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *nfkd = icu::Normalizer2::getNFKDInstance(status);
    if (U_FAILURE(status)) return std::string(text);
    icu::UnicodeString s =
        icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
    s.foldCase();
    icu::UnicodeString decomposed = nfkd->normalize(s, status);
    if (U_FAILURE(status)) return std::string(text);
    decomposed.foldCase();
    icu::UnicodeString kept;
    for (int32_t i = 0; i < decomposed.length();) {
        const UChar32 c = decomposed.char32At(i);
        i += U16_LENGTH(c);
        const int8_t type = u_charType(c);
        if (type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR)
            continue;
        if (const char *plain = plain_letter(c)) {
            kept.append(icu::UnicodeString(plain, -1, US_INV));
        } else if (const int32_t digit = u_charDigitValue(c); digit >= 0 && c > 0x7F) {
            kept.append(static_cast<UChar32>('0' + digit));
        } else if (c > 0x7F && !u_isalpha(c) && type != U_COMBINING_SPACING_MARK) {
            kept.append(static_cast<UChar32>(' '));
        } else {
            kept.append(c);
        }
    }
    std::string out;
    kept.toUTF8String(out);
    return out;
}

void append_utf8(std::string &out, UChar32 c) {
    if (c <= 0 || c > 0x10FFFF || U_IS_SURROGATE(c)) return;
    std::array<char, 4> buffer{};
    int32_t n = 0;
    U8_APPEND_UNSAFE(buffer.data(), n, c);
    out.append(buffer.data(), static_cast<std::size_t>(n));
}

// The number in text[at, at + length) to that base, or -1.
UChar32 number_at(std::string_view text, std::size_t at, std::size_t length, int base) {
    if (length == 0 || length > 8 || at + length > text.size()) return -1;
    unsigned value = 0;
    const char *end = text.data() + at + length;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value, base);
    return error == std::errc() && stop == end && value <= 0x10FFFF ? static_cast<UChar32>(value)
                                                                    : -1;
}

// One escape at text[at]: appends what it means and returns its length, or 0.
std::size_t undo_one(std::string_view text, std::size_t at, std::string &out) {
    const char c = text[at];
    if (c == '%') {
        const UChar32 value = number_at(text, at + 1, 2, 16);
        if (value < 0) return 0;
        out += static_cast<char>(value);  // percent escapes are bytes of UTF-8
        return 3;
    }
    if (c == '\\' && at + 1 < text.size()) {
        if (text[at + 1] == 'u') {
            const UChar32 value = number_at(text, at + 2, 4, 16);
            if (value < 0) return 0;
            append_utf8(out, value);
            return 6;
        }
        const std::size_t end = text.find('\\', at + 1);
        if (end == std::string_view::npos || end == at + 1 || end > at + 64) return 0;
        const std::string_view body = text.substr(at + 1, end - at - 1);
        if (body[0] == 'X' && body.size() % 2 == 1) {
            for (std::size_t i = 1; i < body.size(); i += 2) {
                const UChar32 value = number_at(body, i, 2, 16);
                if (value < 0) return 0;
                out += static_cast<char>(value);
            }
        } else if (body == "T") {
            out += '&';
        } else if (body == "S" || body == "R" || body == "F" || body == "E" || body[0] == '.') {
            out += ' ';
        } else if (body != "H" && body != "N") {
            return 0;
        }
        return end + 1 - at;
    }
    if (c == '&') {
        const std::size_t end = text.find(';', at);
        if (end == std::string_view::npos || end > at + 10 || end < at + 2) return 0;
        const std::string_view name = text.substr(at + 1, end - at - 1);
        static constexpr std::array<std::pair<std::string_view, char>, 6> entities{
            {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"nbsp", ' '}}};
        for (const auto &[entity, plain] : entities) {
            if (name == entity) {
                out += plain;
                return end + 1 - at;
            }
        }
        if (name[0] != '#') return 0;
        const bool hex = name.size() > 2 && (name[1] == 'x' || name[1] == 'X');
        const UChar32 value =
            hex ? number_at(name, 2, name.size() - 2, 16) : number_at(name, 1, name.size() - 1, 10);
        if (value < 0) return 0;
        append_utf8(out, value);
        return end + 1 - at;
    }
    return 0;
}

// HL7 table 0211 names that are not UTF-8, and ICU's names for them.
constexpr std::array<std::pair<std::string_view, const char *>, 13> charsets{{
    {"8859/1", "windows-1252"},
    {"8859/2", "ISO-8859-2"},
    {"8859/3", "ISO-8859-3"},
    {"8859/4", "ISO-8859-4"},
    {"8859/5", "ISO-8859-5"},
    {"8859/6", "ISO-8859-6"},
    {"8859/7", "ISO-8859-7"},
    {"8859/8", "ISO-8859-8"},
    {"8859/9", "ISO-8859-9"},
    {"8859/15", "ISO-8859-15"},
    {"GB 18030-2000", "GB18030"},
    {"KS X 1001", "windows-949"},
    {"BIG-5", "Big5"},
}};

std::string convert(std::string_view bytes, const char *from) {
    UErrorCode status = U_ZERO_ERROR;
    UConverter *converter = ucnv_open(from, &status);
    if (U_FAILURE(status)) return std::string(bytes);
    const icu::UnicodeString text(bytes.data(), static_cast<int32_t>(bytes.size()), converter,
                                  status);
    ucnv_close(converter);
    std::string out;
    text.toUTF8String(out);
    return out;
}

}  // namespace

std::string fold(std::string_view text) {
    if (!is_ascii(text)) return fold_unicode(text);
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    return out;
}

void cut_units(std::string_view folded, std::vector<Unit> &units) {
    units.clear();
    std::size_t last_end = std::string_view::npos;
    for (std::size_t i = 0; i < folded.size();) {
        const auto c = static_cast<unsigned char>(folded[i]);
        const bool digit = is_digit(c);
        if (!digit && !is_letter(c)) {
            ++i;
            continue;
        }
        std::size_t end = i + 1;
        while (end < folded.size() && (digit ? is_digit(static_cast<unsigned char>(folded[end]))
                                             : is_letter(static_cast<unsigned char>(folded[end]))))
            ++end;
        units.push_back(
            {static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(end), digit, last_end == i});
        last_end = end;
        i = end;
    }
}

std::string undo_escapes(std::string_view text) {
    if (text.find_first_of("\\&%") == std::string_view::npos) return {};
    std::string out;
    bool changed = false;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = undo_one(text, i, out);
        if (length == 0) {
            out += text[i++];
        } else {
            changed = true;
            i += length;
        }
    }
    return changed ? out : std::string();
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        if (static_cast<unsigned char>(bytes[i]) < 0x80) {
            ++i;
            continue;
        }
        UChar32 c = 0;
        auto at = static_cast<int32_t>(i);
        U8_NEXT(bytes.data(), at, static_cast<int32_t>(bytes.size()), c);
        if (c < 0) return false;
        i = static_cast<std::size_t>(at);
    }
    return true;
}

std::string decode_bytes(std::string_view bytes, std::string_view charset) {
    if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF"))
        return convert(bytes, "UTF-16");
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    if (is_utf8(bytes)) return std::string(bytes);
    for (const auto &[name, converter] : charsets)
        if (charset == name) return convert(bytes, converter);
    return convert(bytes, "windows-1252");
}

}  // namespace clinical::deid
