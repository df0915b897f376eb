#include "hl7v2/leaves.h"

#include <algorithm>
#include <bit>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace clinical::hl7v2 {

namespace {

// Positions between two looks for a cancel: most of a hostile message's hold nothing.
constexpr unsigned poll_interval = 1u << 14;

constexpr std::size_t block_size = 64;

}  // namespace

Leaves::Leaves(const Message &message, const core::Limits &limits)
    : message_(message), interrupt_(limits.interrupt) {
    const Delimiters &d = message.delimiters();
    delimiters_[0] = d.field;
    delimiters_[1] = d.repetition ? d.repetition : d.field;
    delimiters_[2] = d.component ? d.component : d.field;
    delimiters_[3] = d.subcomponent ? d.subcomponent : d.field;
}

// Finds the delimiters of the next bytes of the segment.
void Leaves::load_block() {
    base_ = block_;
    mask_ = 0;
    const char *const p = text_.data() + block_;
    const std::size_t left = text_.size() - block_;
#ifdef __SSE2__
    if (left >= block_size) {
        __m128i wanted[4];
        for (int i = 0; i < 4; ++i) wanted[i] = _mm_set1_epi8(delimiters_[i]);
        for (int part = 0; part < 4; ++part) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + 16 * part));
            const __m128i high =
                _mm_or_si128(_mm_cmpeq_epi8(bytes, wanted[0]), _mm_cmpeq_epi8(bytes, wanted[1]));
            const __m128i low =
                _mm_or_si128(_mm_cmpeq_epi8(bytes, wanted[2]), _mm_cmpeq_epi8(bytes, wanted[3]));
            const auto found =
                static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_or_si128(high, low)));
            mask_ |= static_cast<std::uint64_t>(found) << (16 * part);
        }
        block_ += block_size;
        return;
    }
    // The rest of a segment, 16 bytes at a time as far as they go.
    std::size_t i = 0;
    for (; i + 16 <= left; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + i));
        __m128i any = _mm_setzero_si128();
        for (const char delimiter : delimiters_)
            any = _mm_or_si128(any, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(delimiter)));
        mask_ |= static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm_movemask_epi8(any)))
                 << i;
    }
#else
    std::size_t i = 0;
#endif
    for (; i < left && i < block_size; ++i)
        for (const char delimiter : delimiters_)
            if (p[i] == delimiter) mask_ |= std::uint64_t{1} << i;
    block_ += i;
}

// Where the next delimiter stands, or the end of the segment.
std::size_t Leaves::next_delimiter() {
    while (mask_ == 0) {
        if (block_ >= text_.size()) return text_.size();
        load_block();
    }
    const std::size_t at = base_ + static_cast<std::size_t>(std::countr_zero(mask_));
    mask_ &= mask_ - 1;
    return at;
}

bool Leaves::open_segment() {
    if (segments_ == message_.size()) return false;
    const Segment &segment = message_[segments_];
    at_.segment = segments_++;
    text_ = segment.text();
    mask_ = 0;
    at_.field = 0;
    open_ = true;
    // The delimiters of a header are positions, too, and not divided.
    if (segment.is_header() && text_.size() > 3) {
        start_ = block_ = 3;
        return true;
    }
    const std::size_t first = text_.find(delimiters_[0], 3);
    open_ = first != text_.npos;
    start_ = block_ = open_ ? first + 1 : text_.size();
    at_.field = at_.repetition = at_.component = at_.subcomponent = 1;
    return true;
}

bool Leaves::next(Leaf &leaf) {
    const Delimiters *const d = &message_.delimiters();
    for (;;) {
        if (++steps_ % poll_interval == 0) interrupt_.poll();
        if (!open_) {
            if (!open_segment()) return false;
            continue;
        }
        if (at_.field < 1) {  // MSH-1
            at_.field = at_.repetition = at_.component = at_.subcomponent = 1;
            leaf = at_;
            leaf.value = Value(text_.substr(3, 1), nullptr);
            // A header behind the first may say another separator: it divides nothing.
            const std::size_t first = text_.find(delimiters_[0], 3);
            open_ = first != text_.npos;
            start_ = first + 1;
            return true;
        }
        if (at_.field == 1 && message_[at_.segment].is_header()) {  // MSH-2
            const std::size_t stop = std::min(text_.find(delimiters_[0], start_), text_.size());
            at_.field = 2;
            leaf = at_;
            leaf.value = Value(text_.substr(start_, stop - start_), nullptr);
            open_ = stop < text_.size();
            start_ = block_ = stop + 1;
            at_.field = 3;
            if (leaf.value.is_absent()) continue;
            return true;
        }
        const std::size_t stop = next_delimiter();
        const std::string_view part = text_.substr(start_, stop - start_);
        if (!part.empty()) {
            leaf = at_;
            leaf.value = Value(part, d);
        }
        if (stop == text_.size()) {
            open_ = false;
        } else {
            start_ = stop + 1;
            const char c = text_[stop];
            if (c == delimiters_[0]) {
                ++at_.field;
                at_.repetition = at_.component = at_.subcomponent = 1;
            } else if (c == d->component) {
                ++at_.component;
                at_.subcomponent = 1;
            } else if (c == d->repetition) {
                ++at_.repetition;
                at_.component = at_.subcomponent = 1;
            } else {
                ++at_.subcomponent;
            }
        }
        if (!part.empty()) return true;
    }
}

}  // namespace clinical::hl7v2
