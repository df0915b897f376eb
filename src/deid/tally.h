#pragma once

// What a transformation did to the elements of resources, told from what went in and what came out:
// per path, how many values were kept, changed, removed, added.  Not from what the rules say they
// do, so that it holds for any policy.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/tree.h"

namespace clinical::deid {

class Tally {
public:
    enum Action : std::uint8_t { kept, changed, removed, added };
    static constexpr std::array<std::string_view, 4> names{"kept", "changed", "removed", "added"};

    // Keys that are not among `elements` are not named: data could hide there.
    explicit Tally(const std::unordered_set<std::string_view> &elements) : elements_(elements) {}

    // `type` names the resource; `after` is absent when nothing came out.
    template <core::Node Node>
    void count(std::string_view type, const Node &before, const Node &after) {
        const std::uint32_t root = step(none, type);
        flatten(before, root, before_, 0);
        flatten(after, root, after_, 0);
        compare();
    }

    // Calls on_path(path, counts by Action) for every path with a value.
    template <typename OnPath>
    void each(OnPath on_path) const {
        for (std::uint32_t i = 0; i < steps_.size(); ++i) {
            const Step &s = steps_[i];
            if (std::all_of(s.counts.begin(), s.counts.end(), [](auto n) { return n == 0; }))
                continue;
            std::string path = s.key;
            for (std::uint32_t up = s.parent; up != none; up = steps_[up].parent)
                path = steps_[up].key + "." + path;
            on_path(std::string_view(path), s.counts);
        }
    }

private:
    static constexpr std::uint32_t none = 0xffffffff;
    static constexpr std::size_t most_steps = 20000;
    static constexpr int most_levels = 64;  // a resource is not nested deeper

    struct Step {
        std::uint32_t parent;
        std::string key;
        std::vector<std::uint32_t> below;
        std::array<std::uint64_t, 4> counts{};
    };
    struct Leaf {
        std::uint32_t step;
        std::uint64_t hash;
        bool operator<(const Leaf &other) const {
            return step != other.step ? step < other.step : hash < other.hash;
        }
    };

    std::uint32_t step(std::uint32_t parent, std::string_view key) {
        std::vector<std::uint32_t> &among = parent == none ? roots_ : steps_[parent].below;
        for (const std::uint32_t i : among)
            if (steps_[i].key == key) return i;
        const auto fresh = static_cast<std::uint32_t>(steps_.size());
        if (fresh >= most_steps) return parent == none ? 0 : parent;
        among.push_back(fresh);
        steps_.push_back({parent, std::string(key), {}, {}});
        return fresh;
    }

    static std::uint64_t hash(std::string_view bytes, std::uint64_t state) {
        for (const char c : bytes)
            state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        return state;
    }

    template <typename Node>
    static std::uint64_t hash_of(const Node &node) {
        const auto kind = static_cast<std::uint64_t>(node.kind()) + 1469598103934665603ULL;
        switch (node.kind()) {
            case core::Kind::string: return hash(node.as_text(), kind);
            case core::Kind::number:
                if constexpr (requires { node.image(); })
                    return hash(node.image(), kind);
                else
                    return hash(node.as_text(), kind);
            case core::Kind::boolean: return kind * 2 + (node.as_bool() ? 1 : 0);
            default: return kind;
        }
    }

    template <typename Node>
    void flatten(const Node &node, std::uint32_t at, std::vector<Leaf> &leaves, int level) {
        if (node.kind() == core::Kind::absent || level > most_levels) return;
        if (node.kind() == core::Kind::array) {
            for (std::size_t i = 0; i < node.size(); ++i)
                flatten(node.at(i), at, leaves, level + 1);
        } else if (node.kind() == core::Kind::object) {
            for (std::size_t i = 0; i < node.size(); ++i) {
                const std::string_view key = node.key(i);
                const std::uint32_t below = step(at, elements_.contains(key) ? key : "*");
                flatten(node.at(i), below, leaves, level + 1);
            }
        } else {
            leaves.push_back({at, hash_of(node)});
        }
    }

    // Values of one path, whatever their order: equal ones are kept, the rest of both sides changed
    // as far as there are as many.
    void compare() {
        std::sort(before_.begin(), before_.end());
        std::sort(after_.begin(), after_.end());
        auto b = before_.begin();
        auto a = after_.begin();
        while (b != before_.end() || a != after_.end()) {
            const std::uint32_t at = b == before_.end()  ? a->step
                                     : a == after_.end() ? b->step
                                                         : std::min(a->step, b->step);
            std::uint64_t same = 0;
            std::uint64_t gone = 0;
            std::uint64_t come = 0;
            const auto more_b = [&] { return b != before_.end() && b->step == at; };
            const auto more_a = [&] { return a != after_.end() && a->step == at; };
            while (more_b() || more_a()) {
                if (more_b() && more_a() && b->hash == a->hash) {
                    ++same, ++b, ++a;
                } else if (!more_a() || (more_b() && b->hash < a->hash)) {
                    ++gone, ++b;
                } else {
                    ++come, ++a;
                }
            }
            auto &counts = steps_[at].counts;
            const std::uint64_t both = std::min(gone, come);
            counts[kept] += same;
            counts[changed] += both;
            counts[removed] += gone - both;
            counts[added] += come - both;
        }
        before_.clear();
        after_.clear();
    }

    const std::unordered_set<std::string_view> &elements_;
    std::vector<Step> steps_;
    std::vector<std::uint32_t> roots_;
    std::vector<Leaf> before_;
    std::vector<Leaf> after_;
};

}  // namespace clinical::deid
