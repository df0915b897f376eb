#pragma once

// What the FHIR side needs of a JSON value, whoever stores it: the core's own tree (json.h) and
// the server's binary jsonb (bridge/jsonb_reader.h) both are Nodes, and algorithms are templates
// over the concept.  Likewise a Writer receives a document as events: binary jsonb, text or a tree.

#include <concepts>
#include <cstddef>
#include <string_view>

namespace clinical::core {

enum class Kind { absent, null, boolean, number, string, array, object };

// A Node is a cheap, copyable view; the document outlives it.
//   kind()         absent when a look-up found nothing
//   as_bool()      kind boolean
//   as_text()      kind string: the text; the view lives as long as the document
//   size()         members of an object, elements of an array
//   find(key)      member of an object, or absent
//   at(i)          element of an array, or value of member i of an object in stored order
//   key(i)         name of member i of an object
template <typename N>
concept Node = std::copyable<N> && requires(const N &n, std::string_view key, std::size_t i) {
    { n.kind() } -> std::same_as<Kind>;
    { n.as_bool() } -> std::same_as<bool>;
    { n.as_text() } -> std::convertible_to<std::string_view>;
    { n.size() } -> std::convertible_to<std::size_t>;
    { n.find(key) } -> std::same_as<N>;
    { n.at(i) } -> std::same_as<N>;
    { n.key(i) } -> std::convertible_to<std::string_view>;
};

// Events of one document, in order.  number() takes the number's own text (JSON grammar) and keeps
// its digits; a Writer may refuse what it cannot hold by throwing core::Error.
template <typename W>
concept Writer = requires(W &w, std::string_view text, bool b) {
    w.begin_object();
    w.end_object();
    w.begin_array();
    w.end_array();
    w.key(text);
    w.string(text);
    w.number(text);
    w.boolean(b);
    w.null();
};

}  // namespace clinical::core
