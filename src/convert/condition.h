#pragma once

// Conditions of mapping rows.
//
//   condition  = and { "OR" and }          and = not { "AND" not }
//   not        = [ "NOT" ] ( "(" condition ")" | test | "NEVER" )
//   test       = position ( [ "NOT" ] "VALUED" | [ "NOT" ] "EQUALS" text
//                         | [ "NOT" ] "IN" "(" text { "," text } ")"
//                         | "LST.COUNT" order number | "LENGTH" order number )
//   order      = "EQUALS" | "GREATER THAN" | "LESS THAN"
//   position   = PV1-45 | PID-13.2 | CX.4 | HD.2
//
// PV1-45 is a field of the row's own segment or of another one in its group; CX.4 a component of
// the value that a data type map reads.

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace clinical::convert {

// Where a value stands.  In segment maps `field` is set; in data type maps `component` alone.
struct Position {
    char segment[4] = "";  // empty in data type maps
    int field = 0;
    int component = 0;
    int subcomponent = 0;

    [[nodiscard]] std::string_view segment_id() const { return segment; }
    [[nodiscard]] bool is_of(std::string_view id) const {
        if (id.size() != 3) return segment_id() == id;
        return id[0] == segment[0] && id[1] == segment[1] && id[2] == segment[2];
    }
};

// "PID-5.1.2", "CX.4", "PID" (the whole segment), "EI" (the whole value).
core::Result<Position> parse_position(std::string_view text);

class Condition {
public:
    enum class Test { valued, equals_any, count, length };
    struct Node {
        enum class Kind { test, all, any, no, never } kind = Kind::test;
        Test test = Test::valued;
        Position position;
        std::vector<std::string> texts;
        int order = 0;  // -1 less, 0 equal, 1 greater
        int number = 0;
        std::vector<Node> parts;
    };

    static core::Result<Condition> parse(std::string_view text);

    [[nodiscard]] bool is_always() const { return always_; }
    [[nodiscard]] const Node &root() const { return root_; }

private:
    bool always_ = true;
    Node root_;
};

// Whether `node` holds.  `read` gives the text of a position, empty when absent or null;
// `count` its repetitions.
template <typename Read, typename Count>
bool holds(const Condition::Node &node, const Read &read, const Count &count) {
    using Kind = Condition::Node::Kind;
    switch (node.kind) {
        case Kind::never: return false;
        case Kind::no: return !holds(node.parts.front(), read, count);
        case Kind::all:
            for (const auto &part : node.parts)
                if (!holds(part, read, count)) return false;
            return true;
        case Kind::any:
            for (const auto &part : node.parts)
                if (holds(part, read, count)) return true;
            return false;
        case Kind::test: break;
    }
    if (node.test == Condition::Test::valued) return !read(node.position).empty();
    if (node.test == Condition::Test::equals_any) {
        const auto text = read(node.position);
        for (const auto &candidate : node.texts)
            if (text == candidate) return true;
        return false;
    }
    const int size = node.test == Condition::Test::count
                         ? count(node.position)
                         : static_cast<int>(read(node.position).size());
    return node.order == 0 ? size == node.number
                           : (node.order > 0 ? size > node.number : size < node.number);
}

}  // namespace clinical::convert
