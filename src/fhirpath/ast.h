#pragma once

// An expression after parsing.  Nodes lie in one vector and refer to each other by index; chains
// of one precedence (`a.b.c`, `1 + 2 - 3`, `a or b or c`) are one node with many children, so
// depth in the tree is depth in brackets, which the parser bounds.

#include <cstdint>
#include <string>
#include <vector>

#include "fhirpath/functions.h"
#include "fhirpath/value.h"

namespace clinical::fhirpath {

enum class NodeKind : std::uint8_t {
    empty,      // {}
    literal,    // value
    this_item,  // $this
    index,      // $index
    total,      // $total
    variable,   // %name
    factory,    // %factory.name(children)
    member,     // name
    function,   // function; children: arguments
    path,       // children[0], then members, functions and indexers on what came before
    indexer,    // in a path: [children[0]]
    negate,     // -children[0]
    plus,       // +children[0]
    chain,      // children[0] operators[0] children[1] operators[1] ...
    is_type,    // children[0] is name
    as_type,    // children[0] as name
};

enum class Operator : std::uint8_t {
    multiply,
    divide,
    div,
    mod,
    add,
    subtract,
    concatenate,
    unite,
    less,
    greater,
    less_or_equal,
    greater_or_equal,
    equal,
    equivalent,
    not_equal,
    not_equivalent,
    in,
    contains,
    and_,
    or_,
    xor_,
    implies,
};

struct Node {
    NodeKind kind = NodeKind::empty;
    Function function = Function::empty;
    bool descending = false;     // an argument of sort()
    bool empty_first = true;     // of sort(): empty keys go first
    std::uint32_t position = 0;  // in the text, bytes
    std::string name;            // member, variable, type ("System.String", "Patient")
    Value value;                 // literal
    std::vector<std::uint32_t> children;
    std::vector<Operator> operators;
};

struct Ast {
    std::vector<Node> nodes;
    std::uint32_t root = 0;
};

}  // namespace clinical::fhirpath
