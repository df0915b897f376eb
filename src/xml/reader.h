#pragma once

// XML read as events, safely: the one door to libxml2.
//
// No document type declaration is accepted, so there are no entities but the five predefined ones,
// nothing is fetched and nothing expands.  Depth, number of nodes, attributes of an element,
// namespaces in scope and size are bounded; a long document can be cancelled.  libxml2's global
// settings are neither read nor changed.  Errors give line and column and what the rule is, never
// content.
//
//   struct Names : xml::Handler {
//       void start(const xml::Tag &tag) override { seen.emplace_back(tag.name.local); }
//       std::vector<std::string> seen;
//   } names;
//   if (auto error = xml::read(text, names, limits)) throw *error;

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/limits.h"

namespace clinical::xml {

constexpr std::string_view xhtml_namespace = "http://www.w3.org/1999/xhtml";

// Views in events live until the handler returns.
struct Name {
    std::string_view local;
    std::string_view prefix;  // as written; empty when there is none
    std::string_view uri;     // of the namespace; empty when there is none
};

struct Attribute {
    Name name;
    std::string_view value;  // references resolved, white space normalized (XML 1.0, 3.3.3)
};

struct Namespace {
    std::string_view prefix;  // empty: the default namespace
    std::string_view uri;
};

// Where the reader is.  Lines and columns count from 1, columns in characters as far as libxml2
// counts them.
struct Place {
    int line = 0;
    int column = 0;
    std::size_t begin =
        0;                // byte of the "<" of a tag (of an empty element, its end too) or comment
    std::size_t end = 0;  // byte behind it; of a start tag: at its ">" or "/>"
};

struct Tag {
    Name name;
    std::span<const Attribute> attributes;
    std::span<const Namespace> namespaces;  // that this tag declares
};

// Receives the events of one document, in order.  A handler refuses a document by throwing
// core::Error; read() returns it.  Other exceptions pass through read().
class Handler {
public:
    Handler() = default;
    Handler(const Handler &) = delete;
    Handler &operator=(const Handler &) = delete;
    virtual ~Handler() = default;

    virtual void start([[maybe_unused]] const Tag &tag) {}
    virtual void end([[maybe_unused]] const Name &name) {}
    // A run of text may come in several pieces.
    virtual void text([[maybe_unused]] std::string_view piece) {}
    virtual void comment([[maybe_unused]] std::string_view text) {}
    virtual void instruction([[maybe_unused]] std::string_view target,
                             [[maybe_unused]] std::string_view data) {}

    [[nodiscard]] const Place &place() const { return place_; }  // of the event being handled
    // "Line 3, column 14: ", to begin Error::where with.
    [[nodiscard]] std::string line_and_column() const;

private:
    friend class Session;
    Place place_;
};

// Bounds beside core::Limits.
constexpr std::size_t max_attributes = 256;  // of one element; libxml2 compares all pairs
constexpr std::size_t max_namespaces = 256;  // in scope; every name searches them

// Reads `document`, which is UTF-8 whatever its declaration says, and tells `handler`.
std::optional<core::Error> read(std::string_view document, Handler &handler,
                                const core::Limits &limits);

}  // namespace clinical::xml
