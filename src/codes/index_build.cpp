// Compiles a code system: numbers its concepts, labels its hierarchy, lays out its bytes.

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

#include "codes/index.h"
#include "codes/index_layout.h"

namespace clinical::codes {
namespace {

using Number = std::uint32_t;
using Numbers = std::vector<Number>;

constexpr std::uint64_t max_set_words = 100'000'000;  // 400 MB: a value must stay below 1 GB

core::Error refused(core::ErrorCode code, const char *rule, std::size_t number) {
    return {code, "invalid code system", "Concept " + std::to_string(number + 1) + " " + rule,
            number};
}

// Lists of neighbours in one array.
struct Lists {
    Numbers offset;
    Numbers items;
    [[nodiscard]] std::span<const Number> of(Number i) const {
        return {items.data() + offset[i], offset[i + 1] - offset[i]};
    }
};

// `key` of each edge gets its `value`s, in the order of the edges.
template <typename Edges, typename Key, typename Value>
Lists group(std::size_t size, const Edges &edges, Key key, Value value) {
    Lists lists;
    lists.offset.assign(size + 1, 0);
    for (const auto &edge : edges) ++lists.offset[key(edge) + 1];
    for (std::size_t i = 0; i < size; ++i) lists.offset[i + 1] += lists.offset[i];
    lists.items.resize(edges.size());
    Numbers next(lists.offset.begin(), lists.offset.end() - 1);
    for (const auto &edge : edges) lists.items[next[key(edge)]++] = value(edge);
    return lists;
}

struct SetHash {
    std::size_t operator()(const Numbers &set) const {
        std::uint64_t h = set.size();
        for (const Number n : set) h = (h ^ n) * 0x9e3779b97f4a7c15ULL + (h >> 29);
        return h;
    }
};

class Builder {
public:
    explicit Builder(const IndexSource &source) : source_(source), size_(source.codes.size()) {}

    core::Result<std::string> build() {
        if (size_ > layout::max_concepts)
            return refused(core::ErrorCode::limit_exceeded, "is one too many (16 million).",
                           layout::max_concepts);
        for (const auto *list : {&source_.edges, &source_.closure})
            for (const auto &[child, parent] : *list)
                if (child >= size_ || parent >= size_)
                    return refused(core::ErrorCode::invalid_value,
                                   "has a parent that does not exist.", child);
        parents_ = group(
            size_, source_.edges, [](const auto &e) { return e.first; },
            [](const auto &e) { return e.second; });
        children_ = group(
            size_, source_.edges, [](const auto &e) { return e.second; },
            [](const auto &e) { return e.first; });
        if (source_.has_closure) {
            number_in_order();
            if (auto error = take_closure()) return *error;
        } else {
            if (auto error = sort()) return *error;
            number();
            if (auto error = close()) return *error;
        }
        if (auto error = hash()) return *error;
        return lay_out();
    }

private:
    // Kahn: parents before children.  A concept that is never freed of its parents is in a cycle,
    // or below one.
    std::optional<core::Error> sort() {
        Numbers waiting(size_);
        for (Number i = 0; i < size_; ++i) {
            waiting[i] = static_cast<Number>(parents_.of(i).size());
            if (waiting[i] == 0) order_.push_back(i);
        }
        for (std::size_t at = 0; at < order_.size(); ++at)
            for (const Number child : children_.of(order_[at]))
                if (--waiting[child] == 0) order_.push_back(child);
        if (order_.size() == size_) return std::nullopt;
        const auto stuck = std::find_if(waiting.begin(), waiting.end(), [](Number w) { return w; });
        return refused(core::ErrorCode::invalid_value, "is its own ancestor, or below one that is.",
                       static_cast<std::size_t>(stuck - waiting.begin()));
    }

    // The tree takes of each concept's parents the one with the longest path: the more ancestors
    // lie on the path, the fewer are left for the sets.  Preorder, siblings in the source's order.
    void number() {
        tree_parent_.assign(size_, none);
        Numbers depth(size_, 0);
        for (const Number i : order_)
            for (const Number parent : parents_.of(i))
                if (tree_parent_[i] == none || depth[parent] + 1 > depth[i]) {
                    tree_parent_[i] = parent;
                    depth[i] = depth[parent] + 1;
                }
        rank_.assign(size_, 0);
        by_rank_.reserve(size_);
        last_.assign(size_, 0);
        Numbers open;
        for (Number root = 0; root < size_; ++root) {
            if (tree_parent_[root] != none) continue;
            open.push_back(root);
            while (!open.empty()) {
                const Number i = open.back();
                open.pop_back();
                rank_[i] = static_cast<Number>(by_rank_.size());
                by_rank_.push_back(i);
                const auto below = children_.of(i);
                for (auto child = below.rbegin(); child != below.rend(); ++child)
                    if (tree_parent_[*child] == i) open.push_back(*child);
            }
        }
        // A subtree ends where the last of its children's ends: children have higher ranks.
        for (Number r = 0; r < size_; ++r) last_[r] = r;
        for (Number r = static_cast<Number>(size_); r-- > 0;) {
            const Number parent = tree_parent_[by_rank_[r]];
            if (parent != none) last_[rank_[parent]] = std::max(last_[rank_[parent]], last_[r]);
        }
    }

    // Without a tree: every ancestor of a stated closure is in a set.
    void number_in_order() {
        for (Number i = 0; i < size_; ++i) by_rank_.push_back(i);
        rank_ = last_ = by_rank_;
    }

    std::optional<core::Error> take_closure() {
        const Lists above = group(
            size_, source_.closure, [](const auto &e) { return e.first; },
            [](const auto &e) { return e.second; });
        sets_.assign(1, 0);
        set_at_.assign(size_, 0);
        std::unordered_map<Numbers, Number, SetHash> known;
        known[Numbers()] = 0;
        for (Number i = 0; i < size_; ++i) {
            if (i % 4096 == 0) source_.interrupt.poll();
            Numbers set(above.of(i).begin(), above.of(i).end());
            std::sort(set.begin(), set.end());
            set.erase(std::unique(set.begin(), set.end()), set.end());
            if (auto error = put_set(i, i, std::move(set), known)) return error;
        }
        return std::nullopt;
    }

    using KnownSets = std::unordered_map<Numbers, Number, SetHash>;

    std::optional<core::Error> put_set(Number rank, Number i, Numbers set, KnownSets &known) {
        const auto [place, added] = known.try_emplace(set, static_cast<Number>(sets_.size()));
        if (added) {
            if (sets_.size() + set.size() > max_set_words)
                return refused(core::ErrorCode::limit_exceeded,
                               "makes the hierarchy too dense (100 million ancestors).", i);
            sets_.push_back(static_cast<Number>(set.size()));
            sets_.insert(sets_.end(), set.begin(), set.end());
        }
        set_at_[rank] = place->second;
        return std::nullopt;
    }

    // Ancestors off the tree path, as sets of ranks: a count, then the ranks.
    std::optional<core::Error> close() {
        sets_.assign(1, 0);  // the empty set
        set_at_.assign(size_, 0);
        std::unordered_map<Numbers, Number, SetHash> known;
        known[Numbers()] = 0;
        std::size_t done = 0;
        for (const Number i : order_) {
            if (++done % 4096 == 0) source_.interrupt.poll();
            const auto above = parents_.of(i);
            if (above.size() < 2) {
                if (!above.empty()) set_at_[rank_[i]] = set_at_[rank_[above[0]]];
                continue;
            }
            Numbers set;
            const Number rank = rank_[i];
            const auto on_path = [&](Number a) { return a <= rank && rank <= last_[a]; };
            for (const Number parent : above) {
                for (Number up = parent; up != none && !on_path(rank_[up]); up = tree_parent_[up])
                    set.push_back(rank_[up]);
                const Number *items = sets_.data() + set_at_[rank_[parent]];
                for (const Number *a = items + 1; a != items + 1 + *items; ++a)
                    if (!on_path(*a)) set.push_back(*a);
            }
            std::sort(set.begin(), set.end());
            set.erase(std::unique(set.begin(), set.end()), set.end());
            if (auto error = put_set(rank, i, std::move(set), known)) return error;
        }
        return std::nullopt;
    }

    std::optional<core::Error> hash() {
        // Two thirds full: a probe sees two or three slots.
        slots_.assign(size_ + size_ / 2 + 1, 0);
        const auto slot_count = static_cast<std::uint32_t>(slots_.size());
        const bool fold = !source_.case_sensitive;
        for (Number r = 0; r < size_; ++r) {
            const std::string_view code = source_.codes[by_rank_[r]];
            if (code.empty())
                return refused(core::ErrorCode::invalid_value, "has no code.", by_rank_[r]);
            const std::uint64_t hash = layout::hash_code(code, fold);
            std::uint32_t slot = layout::first_slot(hash, slot_count);
            while (const std::uint32_t entry = slots_[slot]) {
                const Number other = (entry & layout::number_mask) - 1;
                if (layout::same_code(source_.codes[by_rank_[other]], code, fold))
                    return refused(core::ErrorCode::invalid_value,
                                   "has the code of another concept.", by_rank_[r]);
                if (++slot == slot_count) slot = 0;
            }
            slots_[slot] = layout::tag_of(hash) | (r + 1);
        }
        return std::nullopt;
    }

    core::Result<std::string> lay_out() {
        using namespace layout;
        std::uint64_t code_bytes = 0;
        for (const auto code : source_.codes) code_bytes += code.size();
        if (code_bytes > 0x7fffffff)
            return refused(core::ErrorCode::limit_exceeded, "has codes of 2 GB.", 0);
        std::uint32_t header[header_words] = {};
        header[w_magic] = magic;
        header[w_size] = static_cast<std::uint32_t>(size_);
        header[w_slots] = static_cast<std::uint32_t>(slots_.size());
        header[w_set_words] = static_cast<std::uint32_t>(sets_.size());
        header[w_parents] = static_cast<std::uint32_t>(parents_.items.size());
        header[w_code_bytes] = static_cast<std::uint32_t>(code_bytes);
        header[w_flags] = source_.case_sensitive ? 0 : case_insensitive;

        std::string out;
        out.reserve(Sizes(header).total());
        const auto put = [&out](const void *data, std::size_t bytes) {
            if (bytes) out.append(static_cast<const char *>(data), bytes);
        };
        put(header, sizeof header);
        put(slots_.data(), slots_.size() * 4);
        Record record{};
        for (Number r = 0; r < size_; ++r) {
            record.last = last_[r];
            record.set_at = set_at_[r];
            put(&record, sizeof record);
            record.code_at += static_cast<Number>(source_.codes[by_rank_[r]].size());
            record.parents_at += static_cast<Number>(parents_.of(by_rank_[r]).size());
        }
        record.last = record.set_at = 0;
        put(&record, sizeof record);
        put(sets_.data(), sets_.size() * 4);
        for (const Number i : by_rank_)
            for (const Number parent : parents_.of(i)) put(&rank_[parent], 4);
        for (const Number i : by_rank_)
            out.push_back(static_cast<char>(source_.flags.empty() ? 0 : source_.flags[i]));
        for (const Number i : by_rank_) out.append(source_.codes[i]);
        return out;
    }

    static constexpr Number none = ~Number(0);

    const IndexSource &source_;
    std::size_t size_;
    Lists parents_, children_;  // in the source's numbers
    Numbers order_;             // parents before children
    Numbers tree_parent_;       // in the source's numbers
    Numbers rank_, by_rank_;    // source's number to rank and back
    Numbers last_;              // by rank
    Numbers set_at_;            // by rank
    Numbers sets_;
    Numbers slots_;
};

}  // namespace

core::Result<std::string> build_index(const IndexSource &source) { return Builder(source).build(); }

}  // namespace clinical::codes
