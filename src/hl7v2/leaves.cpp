#include "hl7v2/leaves.h"

#include <algorithm>
#include <bit>

namespace clinical::hl7v2 {

namespace {

using Counts = int __attribute__((vector_size(4 * sizeof(int))));

// What a delimiter of each level makes of the position before it: what stays, and what is added.
constexpr Counts kept[] = {{-1, 0, 0, 0}, {-1, -1, 0, 0}, {-1, -1, -1, 0}, {-1, -1, -1, -1}};
constexpr Counts added[] = {{1, 1, 1, 1}, {0, 1, 1, 1}, {0, 0, 1, 1}, {0, 0, 0, 1}};

}  // namespace

Leaves::Leaves(const Message &message, const core::Limits &limits)
    : message_(message), interrupt_(limits.interrupt), text_(message.text()) {
    const Delimiters &d = message.delimiters();
    const char levels[] = {d.field, d.repetition ? d.repetition : d.field,
                           d.component ? d.component : d.field,
                           d.subcomponent ? d.subcomponent : d.field};
    field_ = Wanted(levels[0]);
    repetition_ = Wanted(levels[1]);
    component_ = Wanted(levels[2]);
    subcomponent_ = Wanted(levels[3]);
    separator_ = d.field;
    // Only bytes that are delimiters are looked up.
    for (std::uint8_t level = 4; level-- > 0;)
        level_[static_cast<unsigned char>(levels[level])] = level;
}

void Leaves::put(std::size_t begin, std::size_t end, bool opaque) {
    gathered_[found_] = {at_, static_cast<std::uint32_t>(begin),
                         static_cast<std::uint32_t>(end - begin),
                         static_cast<std::uint32_t>(segments_ - 1), opaque};
    found_ += end != begin;
}

// The next segment; false when there is none.
bool Leaves::open_segment() {
    if (segments_ == message_.size()) return false;
    const Segment &segment = message_[segments_++];
    const std::string_view text = segment.text();
    end_ = segment.offset() + text.size();
    at_ = Position{1, 1, 1, 1};
    const bool header = segment.is_header() && text.size() > 3;
    if (header) put(segment.offset() + 3, segment.offset() + 4, true);
    // A header behind the first may say another separator: it divides nothing.
    const bool usual = text.size() > 3 && text[3] == separator_;
    const std::size_t first = usual ? 3 : text.find(separator_, 3);
    start_ = block_ = first == text.npos ? end_ + 1 : segment.offset() + first + 1;
    if (header && first != text.npos) {
        const std::size_t stop = std::min(text_.find(separator_, start_), end_);
        at_[0] = 2;
        put(start_, stop, true);
        at_[0] = 3;
        start_ = block_ = stop + 1;
    }
    return true;
}

// Gathers the positions that end within the next block of the segment.
void Leaves::take_block() {
    const std::size_t base = block_;
    std::uint64_t mask =
        Block<block_size>::of(text_, base).where(field_, repetition_, component_, subcomponent_);
    block_ += block_size;
    const std::size_t left = end_ - base;
    // The end of the segment ends its last position.
    const bool last = left < block_size;
    if (last) mask &= (std::uint64_t{1} << left) - 1;
    const auto segment = static_cast<std::uint32_t>(segments_ - 1);
    auto start = static_cast<std::uint32_t>(start_);
    Position at = at_;
    Found *out = gathered_.data() + found_;
    const char *const bytes = text_.data() + base;
    for (; mask != 0; mask &= mask - 1) {
        const int bit = std::countr_zero(mask);
        const auto stop = static_cast<std::uint32_t>(base) + static_cast<std::uint32_t>(bit);
        *out = {at, start, stop - start, segment, 0};
        out += stop != start;
        start = stop + 1;
        const std::uint8_t level = level_[static_cast<unsigned char>(bytes[bit])];
        at = (at & kept[level]) + added[level];
    }
    found_ = static_cast<std::size_t>(out - gathered_.data());
    start_ = start;
    at_ = at;
    if (last) {
        put(start_, end_, false);
        block_ = end_ + 1;
    }
}

// Some more positions; false at the end of the message.
bool Leaves::gather() {
    found_ = read_ = 0;
    while (found_ + block_size + 2 < gathered_.size()) {
        if (block_ <= end_ && segments_ > 0) {
            take_block();
        } else if (!open_segment()) {
            break;
        }
        // Hostile messages have blocks in which nothing stands.
        if (found_ == 0 && block_ % (1u << 16) < block_size) interrupt_.poll();
    }
    interrupt_.poll();
    return found_ > 0;
}

}  // namespace clinical::hl7v2
