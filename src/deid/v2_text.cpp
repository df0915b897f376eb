#include "deid/v2_text.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

// 2.7.6: .br, .sp and .ce end a line, .sk n skips blanks; the others and highlighting (2.7.2) say
// how the text looks.
std::optional<Text> formatting(Text body) {
    if (body == "H" || body == "N") return Text();
    if (!body.starts_with(".") || body.size() < 3) return std::nullopt;
    const Text command = body.substr(1, 2);
    const Text number = body.substr(3);
    if (number.find_first_not_of("+-0123456789 ") != number.npos) return std::nullopt;
    if (command == "br" || command == "sp" || command == "ce") return Text("\n");
    if (command == "sk") return Text(" ");
    if (command == "in" || command == "ti" || command == "fi" || command == "nf") return Text();
    return std::nullopt;
}

// 2.7.4: \Cxxyy\ and \Mxxyyzz\.
bool switches_charset(Text body) {
    return (body.size() == 5 || body.size() == 7) && (body[0] == 'C' || body[0] == 'M') &&
           body.find_first_not_of("0123456789ABCDEFabcdef", 1) == body.npos;
}

}  // namespace

std::optional<MappedText> read_v2_text(Text raw, const hl7v2::Delimiters &d) {
    MappedText text(raw);
    std::size_t at = 0;
    while (at < raw.size()) {
        if (d.repetition != '\0' && raw[at] == d.repetition) {
            text.read_as("\n", at, at + 1);
            ++at;
            continue;
        }
        const bool escape = d.escape != '\0' && raw[at] == d.escape;
        const std::size_t close = escape ? raw.find(d.escape, at + 1) : raw.npos;
        if (close == raw.npos) {  // a lone one is data
            text.read(at, at + 1);
            ++at;
            continue;
        }
        const Text whole = raw.substr(at, close + 1 - at);
        const Text body = whole.substr(1, whole.size() - 2);
        if (switches_charset(body)) return std::nullopt;
        const std::string read = hl7v2::unescape(whole, d);
        if (read != whole) {
            text.read_as(read, at, close + 1);
        } else if (const auto look = formatting(body)) {
            text.read_as(*look, at, close + 1);
        } else if (body.size() <= 16 && body.find(' ') == body.npos) {
            // A sequence of the sender's own (2.7.7) may say anything.
            text.drop(at, close + 1);
        } else {  // two lone ones with text between them
            text.read(at, at + 1);
            ++at;
            continue;
        }
        at = close + 1;
    }
    return text;
}

}  // namespace clinical::deid
