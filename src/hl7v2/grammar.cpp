// The notation of structures: A, [A], {A}, [{A}], A,B (one of them), NAME:(...) a group.

#include <algorithm>

#include "hl7v2/groups.h"

namespace clinical::hl7v2 {

namespace {

// Whether nothing below group `g` must be there.
bool is_nullable(const std::vector<Grammar::Node> &nodes, std::size_t g) {
    for (std::size_t c = g + 1; c < nodes.size(); c = nodes[c].next)
        if (!nodes[c].nullable) return false;
    return true;
}

}  // namespace

bool Grammar::Node::is_segment(std::string_view id) const {
    if (is_group) return false;
    if (name.size() == id.size()) return name == id;
    for (std::size_t at = 0; at + 3 <= name.size(); at += 4)
        if (name.substr(at, 3) == id) return true;
    return false;
}

Grammar::Grammar(std::string_view text) {
    nodes_.push_back({.name = {}, .is_group = true});
    std::vector<std::size_t> open{0};
    bool optional = false, repeats = false;
    std::size_t at = 0;
    while (at < text.size()) {
        const char c = text[at];
        if (c == '[' || c == '{') {
            (c == '[' ? optional : repeats) = true;
            ++at;
        } else if (c == ')') {
            Node &group = nodes_[open.back()];
            group.nullable = group.optional || is_nullable(nodes_, open.back());
            group.next = static_cast<std::uint16_t>(nodes_.size());
            open.pop_back();
            ++at;
        } else if (c == ' ' || c == ']' || c == '}' || c == '(') {
            ++at;
        } else {
            const std::size_t end = std::min(text.find_first_of(" ]}:)", at), text.size());
            Node node{.name = text.substr(at, end - at)};
            node.parent = static_cast<std::uint16_t>(open.back());
            node.is_group = end < text.size() && text[end] == ':';
            node.optional = node.nullable = optional;
            node.repeats = repeats;
            optional = repeats = false;
            if (node.is_group) open.push_back(nodes_.size());
            nodes_.push_back(node);
            nodes_.back().next = static_cast<std::uint16_t>(nodes_.size());
            at = end + (node.is_group ? 1 : 0);
        }
    }
    nodes_[0].next = static_cast<std::uint16_t>(nodes_.size());
}

bool Grammar::has_segment(std::string_view id) const {
    return std::ranges::any_of(nodes_, [&](const Node &node) { return node.is_segment(id); });
}

Version version_of(const Message &message) {
    return nearest_version(message[0].field(12).repetition(1).component(1).raw());
}

std::string_view structure_of(const Message &message, Version version) {
    const Value type = message[0].field(9).repetition(1);
    const std::string_view code = type.component(1).raw(), event = type.component(2).raw();
    // The views that are returned are the definitions' own, not the message's.
    auto defined = [&](std::string_view name) -> std::string_view {
        return structure_named(name, version);
    };
    if (const auto stated = defined(type.component(3).raw()); !stated.empty()) return stated;
    if (const auto known = defined(structure_of(code, event)); !known.empty()) return known;
    // ACK answers any event.
    const std::string_view joined = defined(std::string(code) + "_" + std::string(event));
    return joined.empty() ? defined(code) : joined;
}

}  // namespace clinical::hl7v2
