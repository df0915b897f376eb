#include "codes/index.h"

#include <algorithm>
#include <cstring>

#include "codes/index_layout.h"

namespace clinical::codes {
namespace {

core::Error damaged() {
    return {core::ErrorCode::corrupt, "invalid compiled code system",
            "Its bytes do not fit together; compile the system again.", 0};
}

// Whether every record points into its sections.
bool records_fit(const layout::Record *records, const std::uint32_t *sets,
                 const layout::Sizes &sizes) {
    const std::uint64_t size = sizes.records - 1;
    if (records[0].code_at != 0 || records[0].parents_at != 0) return false;
    if (records[size].code_at != sizes.code_bytes || records[size].parents_at != sizes.parents)
        return false;
    for (std::uint64_t i = 0; i < size; ++i) {
        const layout::Record &r = records[i];
        if (r.code_at > records[i + 1].code_at || r.parents_at > records[i + 1].parents_at)
            return false;
        if (r.last >= size || r.last < i || r.set_at >= sizes.set_words) return false;
        if (sets[r.set_at] >= sizes.set_words - r.set_at) return false;
    }
    return true;
}

bool below(const std::uint32_t *items, std::uint64_t count, std::uint64_t bound) {
    for (std::uint64_t i = 0; i < count; ++i)
        if (items[i] >= bound) return false;
    return true;
}

// Whether every slot names a concept, and one is free: a probe ends there.
bool slots_fit(const std::uint32_t *slots, std::uint64_t count, std::uint64_t size) {
    bool free = false;
    for (std::uint64_t i = 0; i < count; ++i) {
        if ((slots[i] & layout::number_mask) > size) return false;
        free |= slots[i] == 0;
    }
    return free || size == 0;
}

}  // namespace

core::Result<Index> Index::open(std::string_view bytes) {
    using namespace layout;
    if (bytes.size() < header_words * 4 || reinterpret_cast<std::uintptr_t>(bytes.data()) % 4 != 0)
        return damaged();
    const auto *words = reinterpret_cast<const std::uint32_t *>(bytes.data());
    const Sizes sizes(words);
    if (words[w_magic] != magic || sizes.total() != bytes.size() || words[w_set_words] == 0 ||
        words[w_size] > max_concepts || (words[w_size] > 0 && words[w_slots] <= words[w_size]))
        return damaged();

    Index index;
    index.size_ = words[w_size];
    index.slot_count_ = words[w_slots];
    index.set_words_ = words[w_set_words];
    index.case_sensitive_ = !(words[w_flags] & case_insensitive);
    const std::uint32_t *at = words + header_words;
    const auto section = [&at](std::uint64_t count) {
        const std::uint32_t *start = at;
        at += count;
        return start;
    };
    index.slots_ = section(sizes.slots);
    index.records_ = reinterpret_cast<const Record *>(section(sizes.records * record_words));
    index.sets_ = section(sizes.set_words);
    index.parents_ = section(sizes.parents);
    index.flags_ = reinterpret_cast<const char *>(at);
    index.bytes_ = index.flags_ + sizes.flags;
    if (!records_fit(index.records_, index.sets_, sizes) ||
        !slots_fit(index.slots_, sizes.slots, index.size_) ||
        !below(index.parents_, sizes.parents, index.size_))
        return damaged();
    return index;
}

std::optional<std::uint32_t> Index::find(std::string_view code) const {
    if (size_ == 0) return std::nullopt;
    const bool fold = !case_sensitive_;
    const std::uint64_t hash = layout::hash_code(code, fold);
    const std::uint32_t tag = layout::tag_of(hash);
    std::uint32_t slot = layout::first_slot(hash, slot_count_);
    while (const std::uint32_t entry = slots_[slot]) {
        if ((entry & ~layout::number_mask) == tag && (entry & layout::number_mask) != 0) {
            const std::uint32_t number = (entry & layout::number_mask) - 1;
            if (layout::same_code(this->code(number), code, fold)) return number;
        }
        if (++slot == slot_count_) slot = 0;
    }
    return std::nullopt;
}

bool Index::in_set(std::uint32_t set_at, std::uint32_t a) const {
    const std::uint32_t *first = sets_ + set_at + 1;
    const std::uint32_t *last = first + sets_[set_at];
    if (last - first > 16) return std::binary_search(first, last, a);
    for (; first != last; ++first)
        if (*first >= a) return *first == a;
    return false;
}

std::vector<std::uint32_t> Index::descendants(std::uint32_t a) const {
    // What was found out about a set, by its place: many concepts share one.
    enum : char { unknown, without, with };
    std::vector<char> verdict(set_words_, unknown);
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < size_; ++i) {
        if (i >= a && i <= records_[a].last) {
            found.push_back(i);
            continue;
        }
        char &known = verdict[records_[i].set_at];
        if (known == unknown) known = in_set(records_[i].set_at, a) ? with : without;
        if (known == with) found.push_back(i);
    }
    return found;
}

std::vector<std::uint32_t> Index::children(std::uint32_t a) const {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = 0; i < size_; ++i) {
        const auto above = parents(i);
        if (std::find(above.begin(), above.end(), a) != above.end()) found.push_back(i);
    }
    return found;
}

std::vector<std::uint32_t> Index::ancestors(std::uint32_t d) const {
    // Along parents: the tree path is not stored, and a concept has few ancestors.
    std::vector<std::uint32_t> found;
    std::vector<std::uint32_t> open(parents(d).begin(), parents(d).end());
    while (!open.empty()) {
        const std::uint32_t next = open.back();
        open.pop_back();
        const auto place = std::lower_bound(found.begin(), found.end(), next);
        if (place != found.end() && *place == next) continue;
        found.insert(place, next);
        open.insert(open.end(), parents(next).begin(), parents(next).end());
    }
    return found;
}

}  // namespace clinical::codes
