// Escape sequences, HL7 v2 2.7.

#include <algorithm>
#include <optional>

#include "core/charset.h"
#include "hl7v2/charset_switch.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

namespace {

// .spN and .skN: a page, not a bomb; and not a million of them, which would be a gigabyte.
constexpr unsigned longest_run = 999;
constexpr std::size_t most_blanks = 1u << 20;

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// The number behind a formatting command; `missing` when there is none, nothing when it is not one
// or too long a run.
std::optional<unsigned> count_of(std::string_view digits, unsigned missing) {
    if (digits.starts_with(' ')) digits.remove_prefix(1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    if (digits.empty()) return missing;
    unsigned n = 0;
    for (char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        n = n * 10 + static_cast<unsigned>(c - '0');
        if (n > longest_run) return std::nullopt;
    }
    return n;
}

// Local and character set sequences have a well-formed end although we do not decode them.
bool is_kept_whole(std::string_view body) {
    return body.size() > 1 &&
           (body[0] == 'Z' || body[0] == 'C' || body[0] == 'M' || body[0] == 'X') &&
           body.find(' ') == body.npos;
}

// Decodes the sequences of one value.
class Unescaper {
public:
    explicit Unescaper(const Delimiters &delimiters) : d_(delimiters) {}

    // With at least one escape character, the first at `at`.
    std::string text(std::string_view raw, std::size_t at) {
        std::string out;
        out.reserve(raw.size());
        std::size_t copied = 0;
        while (at != raw.npos) {
            const std::size_t close = raw.find(d_.escape, at + 1);
            if (close == raw.npos) break;  // a lone one is data: C:\temp
            out += raw.substr(copied, at - copied);
            copied = at;
            const std::string_view body = raw.substr(at + 1, close - at - 1);
            if (append_sequence(out, body)) {
                copied = close + 1;
                at = raw.find(d_.escape, copied);
            } else if (const auto set = charset_switched_to(body)) {
                // What follows, up to the next switch, is in that set.
                const std::size_t end = next_switch(raw, close + 1, d_.escape);
                if (append_run(out, raw.substr(close + 1, end - close - 1), *set)) copied = end;
                at = raw.find(d_.escape, std::max(copied, end));
            } else {
                at = is_kept_whole(body) ? raw.find(d_.escape, close + 1) : close;
            }
        }
        out += raw.substr(copied);
        return out;
    }

private:
    // Runs hold no switch that next_switch() sees, so they are nested no deeper than those it does
    // not see between unpaired escape characters.
    bool append_run(std::string &out, std::string_view run, SwitchedSet set) {
        const std::size_t at = run.find(d_.escape);
        return append_switched(out, at == run.npos ? std::string(run) : text(run, at), set,
                               decoder_);
    }

    // Decodes what stands between two escape characters; false when it means nothing to us.
    bool append_sequence(std::string &out, std::string_view body) {
        if (body.empty()) return false;
        if (body.size() == 1) {
            char c = '\0';
            switch (body[0]) {
                case 'F': c = d_.field; break;
                case 'S': c = d_.component; break;
                case 'T': c = d_.subcomponent; break;
                case 'R': c = d_.repetition; break;
                case 'E': c = d_.escape; break;
                case 'P':  // 2.7.1, since v2.7
                case 'L':  // as HAPI writes it
                    c = d_.truncation ? d_.truncation : '#';
                    break;
                case 'H':
                case 'N': return true;  // highlighting has no plain text
                default: return false;
            }
            if (c) out += c;
            return c != '\0';
        }
        if (body[0] == 'X' || body[0] == 'x') return append_hex(out, body.substr(1));
        if (body[0] == '.') return append_formatting(out, body.substr(1));
        return false;
    }

    // 2.7.6: bytes in hexadecimal, of the message's charset.  False when they are no text there.
    bool append_hex(std::string &out, std::string_view digits) {
        if (digits.empty() || digits.size() % 2 != 0) return false;
        std::string bytes;
        bool ascii = true;
        for (std::size_t i = 0; i < digits.size(); i += 2) {
            const int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
            if (high < 0 || low < 0) return false;
            const int byte = high * 16 + low;
            if (byte == 0) return false;
            ascii = ascii && byte < 0x80;
            bytes += static_cast<char>(byte);
        }
        if (!ascii) {
            auto text = decoded(bytes, stated_charset(d_), decoder_);
            if (!text) return false;
            bytes = std::move(*text);
        }
        // CR, LF and CRLF are how senders write a new line inside a field.
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            if (bytes[i] == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') continue;
            out += bytes[i] == '\r' ? '\n' : bytes[i];
        }
        return true;
    }

    // 2.7.8: formatting commands of FT.
    bool append_formatting(std::string &out, std::string_view command) {
        const std::string_view name = command.substr(0, 2), rest = command.substr(name.size());
        if (name == "br" || name == "ce") {
            if (!rest.empty()) return false;
            out += '\n';
            return true;
        }
        if (name == "sp" || name == "sk") {
            const auto n = count_of(rest, 1);
            if (!n || blanks_ + *n > most_blanks) return false;
            blanks_ += *n;
            out.append(*n, name == "sp" ? '\n' : ' ');
            return true;
        }
        if (name == "fi" || name == "nf") return rest.empty();
        if (name == "in" || name == "ti") {
            const std::string_view digits = rest.starts_with('-') ? rest.substr(1) : rest;
            return count_of(digits, 0).has_value();
        }
        return false;
    }

    const Delimiters &d_;
    core::Decoder decoder_;   // keeps its converters from sequence to sequence
    std::size_t blanks_ = 0;  // that commands have made so far
};

}  // namespace

std::string unescape(std::string_view raw, const Delimiters &delimiters) {
    const std::size_t at = delimiters.escape ? raw.find(delimiters.escape) : raw.npos;
    if (at == raw.npos) return std::string(raw);
    return Unescaper(delimiters).text(raw, at);
}

namespace {

// The letter of a delimiter's escape sequence (2.7.1), or none.
char letter_of(char c, const Delimiters &d) {
    if (c == d.field) return 'F';
    if (c == '\0') return '\0';
    if (c == d.component) return 'S';
    if (c == d.subcomponent) return 'T';
    if (c == d.repetition) return 'R';
    if (c == d.escape) return 'E';
    return c == d.truncation ? 'P' : '\0';
}

}  // namespace

std::string escape(std::string_view text, const Delimiters &delimiters) {
    std::string out;
    out.reserve(text.size());
    const char escape = delimiters.escape;
    auto sequence = [&](std::string_view body) {
        if (!escape) {
            out += ' ';
            return;
        }
        out += escape;
        out += body;
        out += escape;
    };
    const bool quotes = text == "\"\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (const char letter = letter_of(c, delimiters)) {
            sequence({&letter, 1});
        } else if ((byte < 0x20 && c != '\t') || (quotes && out.empty())) {
            constexpr std::string_view digits = "0123456789ABCDEF";
            const char hex[] = {'X', digits[byte >> 4], digits[byte & 15]};
            sequence({hex, sizeof hex});
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace clinical::hl7v2
