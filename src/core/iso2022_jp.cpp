#include "core/iso2022_jp.h"

#include <array>
#include <cstdint>

namespace clinical::core {

namespace {

enum class Set : std::uint8_t { ascii, katakana, jis0208, jis0212 };

struct Sequence {
    std::string_view text;  // behind ESC
    Set set;
};
// ISO 2022 names of the sets; ESC $ @ is the edition of 1978.
constexpr std::array sequences{
    Sequence{"(B", Set::ascii},    Sequence{"(J", Set::ascii},    Sequence{"(I", Set::katakana},
    Sequence{"$B", Set::jis0208},  Sequence{"$@", Set::jis0208},  Sequence{"$(B", Set::jis0208},
    Sequence{"$(@", Set::jis0208}, Sequence{"$(D", Set::jis0212},
};

constexpr char escape = '\x1b', single_shift_2 = '\x8e', single_shift_3 = '\x8f', bad = '\xff';

char raised(char c) { return static_cast<char>(c | 0x80); }
bool is_graphic(char c) { return c > ' ' && c < '\x7f'; }

// Reads on until the output has `limit` bytes; the input read.
std::size_t read(std::string_view bytes, std::size_t limit, std::string &out) {
    Set set = Set::ascii;
    std::size_t at = 0;
    while (at < bytes.size() && out.size() < limit) {
        const char c = bytes[at];
        if (c == escape) {
            const std::string_view behind = bytes.substr(at + 1);
            const Sequence *found = nullptr;
            for (const Sequence &s : sequences)
                if (behind.starts_with(s.text)) found = &s;
            if (found) {
                set = found->set;
                at += 1 + found->text.size();
                continue;
            }
        }
        ++at;
        if (c == '\r' || c == '\n') set = Set::ascii;
        if ((c & 0x80) != 0) {
            const auto code = static_cast<unsigned char>(c);
            if (code > 0xa0 && code < 0xe0)
                out += {single_shift_2, c};
            else
                out += bad;
        } else if (set == Set::ascii || !is_graphic(c)) {
            out += c;
        } else if (set == Set::katakana) {
            if (c < 0x60)
                out += {single_shift_2, raised(c)};
            else
                out += bad;
        } else if (at < bytes.size() && is_graphic(bytes[at])) {
            if (set == Set::jis0212) out += single_shift_3;
            out += {raised(c), raised(bytes[at++])};
        } else {
            out += bad;
        }
    }
    return at;
}

}  // namespace

std::string euc_of_iso2022_jp(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 2);
    read(bytes, std::string::npos, out);
    return out;
}

std::size_t iso2022_jp_offset(std::string_view bytes, std::size_t at) {
    std::string out;
    return read(bytes, at, out);
}

std::string iso2022_jp_of_euc(std::string_view euc) {
    constexpr std::array<std::string_view, 4> names{"(B", "(I", "$B", "$(D"};
    std::string out;
    Set set = Set::ascii;
    auto enter = [&](Set wanted) {
        if (set == wanted) return;
        set = wanted;
        out += escape;
        out += names[static_cast<std::size_t>(wanted)];
    };
    auto lower = [&](char c) { out += static_cast<char>(c & 0x7f); };
    for (std::size_t at = 0; at < euc.size(); ++at) {
        const char c = euc[at];
        if ((c & 0x80) == 0) {
            enter(Set::ascii);
            out += c;
        } else if (c == single_shift_2 && at + 1 < euc.size()) {
            enter(Set::katakana);
            lower(euc[++at]);
        } else {
            const bool third = c == single_shift_3;
            enter(third ? Set::jis0212 : Set::jis0208);
            if (third) ++at;
            for (int i = 0; i < 2 && at < euc.size(); ++i)
                lower(euc[at + static_cast<std::size_t>(i)]);
            ++at;
        }
    }
    enter(Set::ascii);
    return out;
}

}  // namespace clinical::core
