// Groups by the grammar: a cursor (a stack of open groups) that each segment moves forward.
//
// A segment is tried in this order; the first that fits is taken:
//   1. legally: from the innermost open group outwards, the next place that skips nothing required
//      and leaves no group that lacks something;
//   2. the same, skipping and leaving what is incomplete, but into new groups only by their
//      legal beginning;
//   3. for segments that carry an order's detail: also into a new group without its beginning (an
//      OBR without its ORC starts the next order);
//   4. one too many where the grammar allows one: it stays there;
//   5. any segment but annotations: as 3;
//   6. nowhere: it stays in the innermost group.

#include "hl7v2/groups.h"

#include <algorithm>
#include <array>
#include <utility>

namespace clinical::hl7v2 {

namespace {

// They follow what they comment on and say nothing of where they are.
bool is_annotation(std::string_view id) {
    constexpr std::array<std::string_view, 4> ids{"NTE", "PRT", "ROL", "CTD"};
    return std::ranges::find(ids, id) != ids.end();
}

// They begin what an order is about, whatever stands before them.
bool is_detail(std::string_view id) {
    constexpr std::array<std::string_view, 9> ids{"OBR", "OBX", "SPM", "RXA", "RXD",
                                                  "RXE", "RXG", "RXO", "ODS"};
    return std::ranges::find(ids, id) != ids.end();
}

struct Rules {
    bool may_skip = false;   // required elements, leaving groups incomplete
    bool may_enter = false;  // groups without their beginning
};

}  // namespace

class GroupBuilder {
public:
    GroupBuilder(const Grammar &grammar, const Message &message, Groups &out)
        : grammar_(grammar), message_(message), out_(out) {
        out_.groups_.push_back({});
        frames_.push_back({0, 0, 0, {}, {}});
    }

    void place(std::size_t segment) {
        const std::string_view id = message_[segment].id();
        if (id.starts_with('Z') || id == "ADD") return put(segment, Groups::State::local);
        if (!grammar_.has_segment(id))
            return put(segment,
                       grammar_.is_empty() ? Groups::State::placed : Groups::State::unknown);
        if (advance(segment, id, {}) || advance(segment, id, {.may_skip = true})) return;
        const Rules any{.may_skip = true, .may_enter = true};
        if (is_detail(id) && advance(segment, id, any)) return;
        if (const auto frame = holder_of(id)) {
            out_.placements_.push_back({frames_[*frame].instance, Groups::State::repeated});
            extend(frames_[*frame].instance, segment);
            return;
        }
        if (!is_annotation(id) && advance(segment, id, any)) return;
        put(segment, Groups::State::misplaced);
    }

    void finish() {
        while (!frames_.empty()) close();
        if (!out_.missing_.empty()) forgive();
    }

private:
    // An open group: where its cursor stands and what of its children has been seen.
    struct Frame {
        std::size_t node;
        std::size_t instance;
        std::size_t at;                 // the child reached; 0: none yet
        std::vector<std::size_t> seen;  // children
        std::string_view first;         // id of its first segment
    };
    using Path = std::vector<std::size_t>;  // nodes, outermost first; the last is a segment

    void put(std::size_t segment, Groups::State state) {
        out_.placements_.push_back({frames_.back().instance, state});
        extend(frames_.back().instance, segment);
    }

    void extend(std::size_t instance, std::size_t segment) {
        for (;; instance = out_.groups_[instance].parent) {
            out_.groups_[instance].last = segment;
            if (instance == 0) break;
        }
    }

    // Whether the rest of the frame behind its cursor may be left out.
    [[nodiscard]] bool is_complete(const Frame &frame) const {
        for (std::size_t c = frame.at == 0 ? frame.node + 1 : grammar_[frame.at].next;
             c < grammar_[frame.node].next; c = grammar_[c].next)
            if (!grammar_[c].nullable) return false;
        return true;
    }

    // The way to `id` within a child of some group: the child itself or, for a group, from its
    // beginning.  `skips` when an element before it had to be passed over.
    bool descend(std::size_t child, std::string_view id, Rules rules, Path &path,
                 bool &skips) const {
        const Grammar::Node &node = grammar_[child];
        if (!node.is_group) {
            if (!node.is_segment(id)) return false;
            path.push_back(child);
            return true;
        }
        path.push_back(child);
        for (std::size_t c = child + 1; c < node.next; c = grammar_[c].next) {
            const bool skipped = skips;
            if (c != child + 1) skips = true;
            if (descend(c, id, rules, path, skips)) return true;
            skips = skipped;
            if (!grammar_[c].nullable && !rules.may_enter) break;
        }
        path.pop_back();
        return false;
    }

    // The way forward from a frame's cursor.
    bool forward(const Frame &frame, std::string_view id, Rules rules, Path &path,
                 bool &skips) const {
        std::size_t c = frame.node + 1;
        if (frame.at != 0) {
            c = frame.at;
            if (!grammar_[c].repeats) c = grammar_[c].next;
        }
        for (; c < grammar_[frame.node].next; c = grammar_[c].next) {
            skips = false;
            if (descend(c, id, rules, path, skips)) return true;
            if (c != frame.at && !grammar_[c].nullable && !rules.may_skip) return false;
        }
        return false;
    }

    bool advance(std::size_t segment, std::string_view id, Rules rules) {
        for (std::size_t level = frames_.size(); level-- > 0;) {
            Path path;
            bool skips = false;
            if (forward(frames_[level], id, rules, path, skips)) {
                if (skips) prefer_repetition(id, rules, level, path);
                while (frames_.size() > level + 1) close();
                open(path, segment, id);
                return true;
            }
            if (!rules.may_skip && !is_complete(frames_[level])) return false;
        }
        return false;
    }

    // An optional group ahead that `id` could enter by its middle (PRIOR_RESULT by ORC) is not
    // meant when a group that repeats has begun with the same segment: that begins again.
    void prefer_repetition(std::string_view id, Rules rules, std::size_t &level, Path &path) const {
        for (std::size_t k = level; k > 0; --k) {
            const Frame &frame = frames_[k];
            if (!rules.may_skip && !is_complete(frame)) return;
            if (!grammar_[frame.node].repeats || frame.first != id) continue;
            Path again;
            bool skips = false;
            if (!descend(frame.node, id, {.may_skip = true, .may_enter = true}, again, skips))
                continue;
            path = again;
            level = k - 1;
            return;
        }
    }

    void open(const Path &path, std::size_t segment, std::string_view id) {
        for (const std::size_t node : path) {
            Frame &frame = frames_.back();
            frame.at = node;
            if (std::ranges::find(frame.seen, node) == frame.seen.end()) frame.seen.push_back(node);
            if (frame.first.empty()) frame.first = id;
            if (!grammar_[node].is_group) break;
            const std::size_t parent = frame.instance;
            const std::size_t instance = out_.groups_.size();
            out_.groups_.push_back({grammar_[node].name, node, parent,
                                    1 + repetitions(node, parent), segment, segment});
            frames_.push_back({node, instance, 0, {}, {}});
        }
        put(segment, Groups::State::placed);
    }

    [[nodiscard]] int repetitions(std::size_t node, std::size_t parent) const {
        // The latest instance of the node under the parent knows its number.
        for (std::size_t i = out_.groups_.size(); i-- > parent + 1;)
            if (out_.groups_[i].node == node && out_.groups_[i].parent == parent)
                return out_.groups_[i].repetition;
        return 0;
    }

    void close() {
        const Frame &frame = frames_.back();
        for (std::size_t c = frame.node + 1; c < grammar_[frame.node].next; c = grammar_[c].next)
            if (!grammar_[c].nullable && std::ranges::find(frame.seen, c) == frame.seen.end())
                out_.missing_.push_back({frame.instance, grammar_[c].name, grammar_[c].is_group});
        frames_.pop_back();
    }

    // The innermost open group that has had such a segment and allows no second.
    [[nodiscard]] std::optional<std::size_t> holder_of(std::string_view id) const {
        for (std::size_t level = frames_.size(); level-- > 0;)
            for (const std::size_t node : frames_[level].seen)
                if (grammar_[node].is_segment(id) && !grammar_[node].repeats) return level;
        return std::nullopt;
    }

    // A segment that stands in its group, only not in its place, is not missing.
    void forgive() {
        std::vector<std::pair<std::size_t, std::string_view>> present;
        for (std::size_t i = 0; i < out_.placements_.size(); ++i) {
            if (out_.placements_[i].state != Groups::State::misplaced) continue;
            for (std::size_t g = out_.placements_[i].group;; g = out_.groups_[g].parent) {
                present.emplace_back(g, message_[i].id());
                if (g == 0) break;
            }
        }
        std::ranges::sort(present);
        std::erase_if(out_.missing_, [&](const Groups::Missing &missing) {
            return std::ranges::binary_search(present, std::pair(missing.group, missing.name));
        });
    }

    const Grammar &grammar_;
    const Message &message_;
    Groups &out_;
    std::vector<Frame> frames_;
};

Groups::Groups(const Grammar &grammar, const Message &message, const core::Limits &limits) {
    placements_.reserve(message.size());
    GroupBuilder builder(grammar, message, *this);
    for (std::size_t i = 0; i < message.size(); ++i) {
        if (i % 1024 == 1023) limits.interrupt.poll();
        builder.place(i);
    }
    builder.finish();
}

std::string Groups::path(std::size_t group) const {
    std::string out;
    for (; group != 0; group = groups_[group].parent) {
        std::string step = "/";
        step += groups_[group].name;
        step += '[' + std::to_string(groups_[group].repetition) + ']';
        out.insert(0, step);
    }
    return out;
}

}  // namespace clinical::hl7v2
