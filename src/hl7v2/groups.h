#pragma once

// Which group of its message's structure each segment belongs to, by the grammar of the structure
// (definitions.h), so that an OBX belongs to its own OBR or SPM and not to the nearest one above.
//
//   const Grammar grammar(grammar_of("ORU_R01", Version::v251));
//   const Groups groups(grammar, message);
//   groups.path(groups.placement(i).group)    /PATIENT_RESULT[1]/ORDER_OBSERVATION[2]
//
// Segments are taken in order; each goes where the grammar allows it next, innermost group first.
// What is missing never stops the rest from finding its place: groups are opened without their
// first segment when they must be, and what has no place stays in the group that is open.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hl7v2/definitions.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

// A structure's grammar, compiled.  Views into the text, which the definitions hold for ever.
class Grammar {
public:
    struct Node {
        std::string_view
            name;  // of a group, or of a segment; several joined by commas: one of them
        std::uint16_t parent = 0;
        std::uint16_t next = 0;  // behind this node and what is below it
        bool is_group = false;
        bool optional = false;
        bool repeats = false;
        bool nullable = false;  // nothing in it must be there

        [[nodiscard]] bool is_segment(std::string_view id) const;
    };

    Grammar() = default;
    explicit Grammar(std::string_view text);

    [[nodiscard]] bool is_empty() const { return nodes_.size() < 2; }
    [[nodiscard]] const Node &operator[](std::size_t i) const { return nodes_[i]; }
    // Node 0 is the message; the children of group n are n + 1, then each one's `next`, up to n's.
    [[nodiscard]] std::size_t size() const { return nodes_.size(); }
    [[nodiscard]] bool has_segment(std::string_view id) const;

private:
    std::vector<Node> nodes_;
};

// The structure that a message says it has: MSH-9.3 when there is a grammar of that name, else by
// table 0354, else MSH-9.1 and MSH-9.2 joined.  Empty when no such structure is defined.
std::string_view structure_of(const Message &message, Version version);

// The version of the definitions by which a message is read: nearest to its MSH-12.
Version version_of(const Message &message);

class Groups {
public:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    enum class State : std::uint8_t {
        placed,     // where the grammar has it
        local,      // Z-segment, or ADD that continues the segment before it
        repeated,   // one too many: the grammar allows one there
        misplaced,  // the structure has such a segment, but not here
        unknown,    // the structure has no such segment
    };

    // An instance of a group; instance 0 is the message itself.
    struct Group {
        std::string_view name;  // empty for the message
        std::size_t node = 0;   // in the grammar
        std::size_t parent = 0;
        int repetition = 1;     // among those of the same name in the same parent, from 1
        std::size_t first = 0;  // segments, first and last, those of groups within included
        std::size_t last = 0;
    };

    struct Placement {
        std::size_t group = 0;
        State state = State::placed;
    };

    // A segment or group `name` that instance `group` must have and has not.
    struct Missing {
        std::size_t group = 0;
        std::string_view name;
        bool is_group = false;
    };

    // An empty grammar puts every segment into the message itself.
    Groups(const Grammar &grammar, const Message &message, const core::Limits &limits = {});

    [[nodiscard]] std::size_t size() const { return groups_.size(); }
    [[nodiscard]] const Group &operator[](std::size_t i) const { return groups_[i]; }
    [[nodiscard]] auto begin() const { return groups_.begin(); }
    [[nodiscard]] auto end() const { return groups_.end(); }

    // Of segment i of the message, from 0.
    [[nodiscard]] const Placement &placement(std::size_t segment) const {
        return placements_[segment];
    }
    [[nodiscard]] const std::vector<Missing> &missing() const { return missing_; }

    // /PATIENT_RESULT[1]/ORDER_OBSERVATION[2]; empty for the message itself.
    [[nodiscard]] std::string path(std::size_t group) const;

private:
    friend class GroupBuilder;
    std::vector<Group> groups_;
    std::vector<Placement> placements_;
    std::vector<Missing> missing_;
};

}  // namespace clinical::hl7v2
