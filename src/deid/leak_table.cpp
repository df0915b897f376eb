#include "deid/leak_table.h"

#include <utility>

#include "deid/leak_keys.h"

namespace clinical::deid {

void LeakMark::merge(const LeakMark &other) {
    ordinary |= other.ordinary;
    standard |= other.standard;
    if (!other.identifier) return;
    if (!identifier) {
        const LeakMark before = *this;
        *this = other;
        ordinary |= before.ordinary;
        standard |= before.standard;
        return;
    }
    // "Springfield" is a street of one and the town of another: a town, which some modes keep.  A
    // line with a house number stays one, even where it was typed as a town.
    const auto is = [](const LeakMark &mark, LeakCategory category) {
        return mark.category == static_cast<std::uint8_t>(category);
    };
    const auto outranks = [&](const LeakMark &a, const LeakMark &b) {
        return is(a, a.numbered ? LeakCategory::street : LeakCategory::geography) &&
               is(b, a.numbered ? LeakCategory::geography : LeakCategory::street) &&
               a.doubtful == b.doubtful;
    };
    const bool was_apart = apart || other.apart;
    // What is an identifier beyond doubt in one place is one everywhere; a number that may also be
    // read as a date is searched as a number.
    if ((doubtful && !other.doubtful) || (date && !other.date) || outranks(other, *this)) {
        category = other.category;
        doubtful = other.doubtful;
        date = other.date;
        numbered = other.numbered;
    }
    apart = was_apart;
}

LeakTable::LeakTable(std::span<const std::uint64_t> image) {
    const bool fits = image.size() > head && image[0] == magic && image[1] >= least_slots &&
                      (image[1] & (image[1] - 1)) == 0 && image.size() >= words_of(image[1]) &&
                      image[2] < image[1];
    if (fits)
        image_ = image;
    else
        make(least_slots);
}

void LeakTable::make(std::size_t slots) {
    memory_.assign(words_of(slots), 0);
    memory_[0] = magic;
    memory_[1] = slots;
}

void LeakTable::put(std::uint64_t key, const LeakMark &mark) {
    if (key == 0) key = 1;
    std::size_t at = slot_of(key);
    if (keys()[at] == 0 && full()) {
        LeakTable larger;
        larger.make(slots() * 2);
        for (std::size_t i = 0; i < slots(); ++i) {
            if (keys()[i] != 0) larger.put(keys()[i], LeakMark::of(marks()[i]));
        }
        memory_ = std::move(larger.memory_);
        at = slot_of(key);
    }
    auto *all = memory_.data() + (keys() - memory_.data());
    auto *bits = reinterpret_cast<std::uint16_t *>(all + slots());
    if (all[at] == key) {
        LeakMark both = LeakMark::of(bits[at]);
        both.merge(mark);
        bits[at] = both.bits();
        return;
    }
    all[at] = key;
    bits[at] = mark.bits();
    ++memory_[2];
    const std::uint64_t bit = key & (filter_bits - 1);
    memory_[head + bit / 64] |= std::uint64_t{1} << (bit % 64);
}

}  // namespace clinical::deid
