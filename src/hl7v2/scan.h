#pragma once

// Where segments begin and end, found from front to back and only as far as somebody asks.
// Private to this chapter.
//
// A break is a run of CR and LF.
//   - A lone CR (one that no LF follows) is the standard's terminator (HL7 v2 2.5.2): a segment
//     starts behind it, whatever stands there.
//   - LF or CRLF is what files and careless senders use: a segment starts behind it when the line
//     starts as segments do, with a name and the field separator.  Otherwise the line is the rest
//     of a field that had a line end in it, and the break is data.
// So a file with LF, CRLF or both is read, and so is a note with line ends inside a message that
// is otherwise cut by CR.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "hl7v2/block.h"

namespace clinical::hl7v2 {

// The first CR or LF (or `other`) at or after `from`; text.size() when there is none.
std::size_t find_break(std::string_view text, std::size_t from, char other = '\n');

// Where the n-th (from 1) `c` stands; text.npos when there are fewer.
std::size_t find_nth(std::string_view text, char c, int n);

// What a delimiter separates, one after the other; '\0' separates nothing.  Of empty text: one
// empty part.
class Parts {
public:
    Parts() = default;
    Parts(std::string_view text, char delimiter)
        : rest_(text), delimiter_(delimiter), more_(true) {}
    [[nodiscard]] bool more() const { return more_; }
    bool take(std::string_view &part) {
        if (!more_) return false;
        const std::size_t stop = delimiter_ == '\0' ? rest_.npos : rest_.find(delimiter_);
        part = rest_.substr(0, stop);
        more_ = stop != rest_.npos;
        if (more_) rest_.remove_prefix(stop + 1);
        return true;
    }

private:
    std::string_view rest_;
    char delimiter_ = '\0';
    bool more_ = false;
};

// Three characters, a capital and two capitals or digits.
inline bool is_plain_name(const char *name) {
    static constexpr auto kinds = [] {
        std::array<std::uint8_t, 256> kind{};
        for (unsigned char c = 'A'; c <= 'Z'; ++c) kind[c] = 3;
        for (unsigned char c = '0'; c <= '9'; ++c) kind[c] = 2;
        return kind;
    }();
    const auto kind = [](char c) { return kinds[static_cast<unsigned char>(c)]; };
    return ((kind(name[0]) << 1) & kind(name[1]) & kind(name[2]) & 2) != 0;
}

// True when a message starts here: MSH and a field separator, which is punctuation.
bool starts_message(std::string_view line);

// What may stand before a message: byte order mark, MLLP's start block, blanks and line ends.
std::size_t skip_lead(std::string_view text);

class SegmentScanner {
public:
    struct Step {
        std::size_t begin = 0;
        std::size_t end = 0;
        bool named = true;  // false: stands behind a lone CR and has no segment name
    };

    SegmentScanner() = default;
    // `begin`: where MSH stands.
    SegmentScanner(std::string_view text, std::size_t begin, char field_separator);

    // The next segment, or false at the end of the message.
    bool next(Step &step) {
        if (done_) return false;
        step.begin = at_;
        step.named = named_;
        const std::size_t stop = next_break(at_);
        // Nearly always: one CR, and a name in capitals with the separator behind it.
        if (!starts_plainly(stop)) return end_at(stop, step);
        step.end = stop;
        named_ = true;
        first_ = false;
        at_ = stop + 1;
        return true;
    }

    // How many bytes in front decided what next() has said so far: of all that have the same size,
    // begin with them and end in breaks alike.  npos: all of them.
    [[nodiscard]] std::size_t seen() const {
        const std::size_t n = std::max({ahead_, looked_, at_ + 4});
        return done_ || n >= text_.size() ? text_.npos : n;
    }

private:
    enum class Line { end, segment, unnamed, data };
    Line classify(std::size_t &at, bool lone_cr);
    bool end_at(std::size_t stop, Step &step);

    // The first CR or LF at or behind `from`, which never goes back; the text's size when there is
    // none.
    std::size_t next_break(std::size_t from) {
        if (from < ahead_) {
            const std::uint64_t left = breaks_ >> (64 - (ahead_ - from));
            if (left != 0) return from + static_cast<std::size_t>(std::countr_zero(left));
            from = ahead_;
        }
        const Wanted cr('\r'), lf('\n');
        for (; from + 64 <= text_.size(); from += 64) {
            const Block<64> block(text_.data() + from);
            if (!block.has_up_to(cr)) continue;
            breaks_ = block.where(cr, lf);
            ahead_ = from + 64;
            if (breaks_ != 0) return from + static_cast<std::size_t>(std::countr_zero(breaks_));
        }
        return last_break(from);
    }
    std::size_t last_break(std::size_t from);

    // A segment as the standard has them starts behind the break at `stop`.
    [[nodiscard]] bool starts_plainly(std::size_t stop) const {
        if (text_.size() - stop < 5) return false;
        const char *const p = text_.data() + stop;
        return p[0] == '\r' && p[4] == separator_ && is_plain_name(p + 1);
    }

    std::string_view text_;     // without the trailer
    std::size_t at_ = 0;        // where the next segment starts
    std::size_t ahead_ = 0;     // behind the 64 bytes last looked at
    std::uint64_t breaks_ = 0;  // in these
    std::size_t looked_ = 0;    // behind what was looked at beyond them
    char separator_ = '|';
    bool first_ = true;
    bool named_ = true;
    bool line_feeds_ = false;  // the MSH segment ended with LF or CRLF
    bool done_ = true;
};

}  // namespace clinical::hl7v2
