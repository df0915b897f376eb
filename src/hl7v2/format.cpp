#include "hl7v2/format.h"

#include <algorithm>
#include <charconv>

namespace clinical::hl7v2 {

namespace {

// Wider than any paper; keeps a hostile command from filling the memory.
constexpr int widest = 999;

bool begins_character(char c) { return (c & 0xc0) != 0x80; }

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, begins_character));
}

// Reads no more of the text than tells: a long one is asked again for each of its lines.
bool longer_than(std::string_view text, std::size_t room) {
    std::size_t count = 0;
    return std::ranges::any_of(text, [&](char c) { return begins_character(c) && ++count > room; });
}

class Layout {
public:
    explicit Layout(std::size_t width) : width_(width) {}

    void text(std::string_view text) {
        for (std::size_t at = 0;;) {
            const std::size_t stop = text.find('\n', at);
            line_ += text.substr(at, stop - at);
            if (stop == text.npos) return;
            end_line();
            at = stop + 1;
        }
    }

    // False when the command is none of ours.
    bool command(std::string_view body) {
        const std::string_view name = body.substr(0, 2);
        std::string_view rest = body.substr(name.size());
        while (rest.starts_with(' ')) rest.remove_prefix(1);
        const bool is_relative = rest.starts_with('+') || rest.starts_with('-');
        if (rest.starts_with('+')) rest.remove_prefix(1);
        int n = 0;
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), n);
        const bool stated = !rest.empty();
        if (stated && (error != std::errc() || end != rest.data() + rest.size())) return false;
        n = std::clamp(n, -widest, widest);
        if (name == "br" && !stated) {
            end_line();
        } else if (name == "sp") {
            for (int i = stated ? std::max(n, 0) : 1; i > 0 && out_.size() < largest; --i)
                end_line();
        } else if (name == "sk") {
            put_blanks(line_, static_cast<std::size_t>(stated ? std::max(n, 0) : 1),
                       out_.size() + line_.size());
        } else if (name == "in" && stated) {
            indent_ = std::clamp(is_relative ? indent_ + n : n, 0, widest);
        } else if (name == "ti" && stated) {
            once_ = std::clamp(is_relative ? indent_ + n : n, 0, widest);
            has_once_ = true;
        } else if (name == "ce" && !stated) {
            if (!line_.empty()) end_line();
            centred_ = true;
        } else if (name == "fi" || name == "nf") {
            wraps_ = name == "fi";
        } else {
            return false;
        }
        return true;
    }

    std::string finish() {
        put_line();
        return std::move(out_);
    }

private:
    static constexpr std::size_t largest = 1u << 24;  // that commands make of few bytes

    // As many as there is room for in a text that has that size.
    static void put_blanks(std::string &to, std::size_t count, std::size_t size) {
        to.append(std::min(count, largest - std::min(size, largest)), ' ');
    }

    void end_line() {
        put_line();
        out_ += '\n';
    }

    // The line that is open, in as many lines as it takes.
    void put_line() {
        auto margin = static_cast<std::size_t>(has_once_ ? once_ : indent_);
        has_once_ = false;
        std::string_view rest = line_;
        while (wraps_ && !centred_ && width_ > 0 &&
               (margin > width_ || longer_than(rest, width_ - margin))) {
            const std::size_t cut = break_of(rest, width_ > margin ? width_ - margin : 1);
            if (cut == rest.npos) break;
            put_blanks(out_, margin, out_.size());
            out_ += rest.substr(0, cut);
            out_ += '\n';
            rest.remove_prefix(cut + 1);
            margin = static_cast<std::size_t>(indent_);
        }
        if (centred_ && width_ > characters(rest)) margin = (width_ - characters(rest)) / 2;
        if (!rest.empty()) put_blanks(out_, margin, out_.size());
        out_ += rest;
        centred_ = false;
        line_.clear();
    }

    // The last blank that leaves at most `room` characters before it, else the first one.
    static std::size_t break_of(std::string_view text, std::size_t room) {
        std::size_t best = text.npos, count = 0;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] == ' ') {
                if (count > room && best != text.npos) return best;
                best = i;
                if (count > room) return best;
            }
            if (begins_character(text[i])) ++count;
        }
        return best;
    }

    std::size_t width_;
    std::string out_, line_;
    int indent_ = 0, once_ = 0;
    bool has_once_ = false, centred_ = false, wraps_ = true;
};

}  // namespace

std::string formatted(std::string_view raw, const Delimiters &delimiters, std::size_t width) {
    Layout layout(width);
    const char escape = delimiters.escape;
    std::size_t at = 0;
    while (escape && at < raw.size()) {
        // Up to the next formatting command; everything else is decoded together.
        std::size_t open = raw.find(escape, at), close = raw.npos;
        while (open != raw.npos) {
            close = raw.find(escape, open + 1);
            if (close == raw.npos || raw[open + 1] == '.') break;
            open = raw.find(escape, close + 1);
        }
        if (open == raw.npos || close == raw.npos) break;
        layout.text(unescape(raw.substr(at, open - at), delimiters));
        if (!layout.command(raw.substr(open + 2, close - open - 2)))
            layout.text(raw.substr(open, close + 1 - open));
        at = close + 1;
    }
    layout.text(unescape(raw.substr(std::min(at, raw.size())), delimiters));
    return layout.finish();
}

namespace {

core::Error no_continuation(std::size_t part, std::string_view rule) {
    return {core::ErrorCode::invalid_value, "parts of an HL7 v2 message do not follow each other",
            "Part " + std::to_string(part) + " " + std::string(rule) + ".", 0};
}

}  // namespace

core::Result<std::string> joined(std::span<const std::string_view> parts,
                                 const core::Limits &limits) {
    std::string out, pointer;
    bool continued = false;  // the part before ends with DSC
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto parsed = Message::parse(parts[i], limits);
        if (!parsed.ok()) return std::move(parsed).error();
        const Message &message = parsed.value();
        const std::string_view own = message[0].field(14).raw();
        if (i > 0 && !continued) return no_continuation(i, "does not end with DSC");
        if (i > 0 && own != pointer)
            return no_continuation(i + 1, "has another continuation pointer (MSH-14)");
        continued = false;
        for (std::size_t s = i > 0 ? 1 : 0; s < message.size(); ++s) {
            const Segment &segment = message[s];
            if (segment.id() == "DSC" && s + 1 == message.size() && i + 1 < parts.size()) {
                pointer = segment.field(1).raw();
                continued = !pointer.empty();
            } else if (segment.id() == "ADD" && !out.empty()) {
                // ADD-1 is the rest of the field before it, the others are the fields behind that.
                if (out.back() == '\r') out.pop_back();
                if (segment.text().size() > 4) out += segment.text().substr(4);
                out += '\r';
            } else {
                out += segment.text();
                out += '\r';
            }
        }
        if (out.size() > limits.message_bytes)
            return core::Error{
                core::ErrorCode::limit_exceeded, "HL7 v2 message is too large",
                "A message may have at most " + std::to_string(limits.message_bytes) + " bytes.",
                0};
    }
    return out;
}

}  // namespace clinical::hl7v2
