#pragma once

// A message as a tree of JSON, and back, byte for byte.
//
//   {"segments": [{"segment": "PID", "fields": ["1", null, [["A1", null, null, "HOSP"]], ...]}]}
//
// Field n is element n - 1; MSH-1 and MSH-2 are the delimiters.  A field is null (absent), a text,
// or, where a delimiter stands in it, an array of repetitions; such a repetition is null, a text or
// an array of components, and such a component null, a text or an array of subcomponents.  Texts
// are unescaped; {"null": true} is the explicit null, {"raw": "..."} what unescaping and escaping
// would not give back as it was.
//
// What stands between segments is "end" of the segment before (left out when it is one CR), what
// stands before MSH is "lead" of the message.
//
// Read from JSON, the tree is also how a message is built from scratch: the delimiters of MSH may
// be null and are the usual ones then, numbers stand for their digits.

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/tree.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

namespace tree {

// The delimiters of a level, from the field down to the subcomponent.
inline char delimiter_of(const Delimiters &d, int level) {
    return level == 0   ? d.repetition
           : level == 1 ? d.component
           : level == 2 ? d.subcomponent
                        : '\0';
}

template <core::Writer W>
void write_leaf(std::string_view raw, const Delimiters &d, W &writer) {
    if (raw.empty()) return writer.null();
    if (raw == "\"\"") {
        writer.begin_object();
        writer.key("null");
        writer.boolean(true);
        return writer.end_object();
    }
    const bool plain = raw.find_first_of(std::string_view("\r\n", 2)) == raw.npos &&
                       (d.escape == '\0' || raw.find(d.escape) == raw.npos);
    std::string text = plain ? std::string(raw) : unescape(raw, d);
    if (escape(text, d) == raw) return writer.string(text);
    writer.begin_object();
    writer.key("raw");
    writer.string(raw);
    writer.end_object();
}

// A value of level 0 (field) to 3 (subcomponent): divided from the highest delimiter in it.
template <core::Writer W>
void write_value(std::string_view raw, const Delimiters &d, int level, W &writer) {
    bool divided = false;
    for (int below = level; below < 3; ++below) {
        const char delimiter = delimiter_of(d, below);
        divided = divided || (delimiter != '\0' && raw.find(delimiter) != raw.npos);
    }
    if (!divided) return write_leaf(raw, d, writer);
    writer.begin_array();
    Parts parts(raw, delimiter_of(d, level));
    for (std::string_view part; parts.take(part);) write_value(part, d, level + 1, writer);
    writer.end_array();
}

[[noreturn]] inline void refuse(std::string_view rule) {
    throw core::Error{core::ErrorCode::invalid_value, "JSON is not an HL7 v2 message",
                      std::string(rule) + ".", 0};
}

template <core::Node N>
std::string digits_of(const N &node) {
    if constexpr (requires { node.number_text(); })
        return node.number_text();
    else
        return std::string(node.as_text());
}

// Raw text stays within its value: no delimiter and no CR but before LF (scan.h).
inline void check_raw(std::string_view raw, const Delimiters &d) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
        const char c = raw[i];
        const bool lone_cr = c == '\r' && (i + 1 == raw.size() || raw[i + 1] != '\n');
        const bool delimiter = c != '\0' && (c == d.field || c == d.component ||
                                             c == d.subcomponent || c == d.repetition);
        if (lone_cr || delimiter) refuse("A raw value holds a delimiter or a carriage return");
    }
}

template <core::Node N>
void read_leaf(const N &node, const Delimiters &d, std::string &out) {
    switch (node.kind()) {
        case core::Kind::absent:
        case core::Kind::null: return;
        case core::Kind::string: out += escape(node.as_text(), d); return;
        case core::Kind::number: out += escape(digits_of(node), d); return;
        case core::Kind::object: {
            const N raw = node.find("raw");
            if (raw.kind() == core::Kind::string && node.size() == 1) {
                check_raw(raw.as_text(), d);
                out += raw.as_text();
                return;
            }
            const N null = node.find("null");
            if (null.kind() == core::Kind::boolean && null.as_bool() && node.size() == 1) {
                out += "\"\"";
                return;
            }
            refuse("An object as a value is {\"raw\": text} or {\"null\": true}");
        }
        default: refuse("A value is a text, a number, null, an object or an array");
    }
}

template <core::Node N>
void read_value(const N &node, const Delimiters &d, int level, std::string &out) {
    if (node.kind() != core::Kind::array) return read_leaf(node, d, out);
    if (level > 2) refuse("Values are nested too deeply");
    const char delimiter = delimiter_of(d, level);
    if (delimiter == '\0' && node.size() > 1) refuse("The message has no delimiter for the level");
    for (std::size_t i = 0; i < node.size(); ++i) {
        if (i > 0) out += delimiter;
        read_value(node.at(i), d, level + 1, out);
    }
}

template <core::Node N>
std::string_view text_of(const N &node, std::string_view missing) {
    if (node.kind() == core::Kind::absent || node.kind() == core::Kind::null) return missing;
    if (node.kind() != core::Kind::string) refuse("A text is expected");
    return node.as_text();
}

// A member that nobody reads would be data that is silently lost.
template <core::Node N>
void allow_only(const N &node, std::initializer_list<std::string_view> names) {
    for (std::size_t i = 0; i < node.size(); ++i)
        if (std::ranges::find(names, std::string_view(node.key(i))) == names.end())
            refuse("A member is not known");
}

// What stands behind a segment: line ends, blanks and MLLP's block bytes.
inline void check_end(std::string_view end, bool is_last) {
    if (end.find_first_not_of("\r\n \t\x0b\x1c") != end.npos ||
        (!is_last && end.find_first_of("\r\n") == end.npos))
        refuse("The end of a segment must be a line end");
}

}  // namespace tree

template <core::Writer W>
void write_tree(const Message &message, W &writer) {
    const std::string_view text = message.text();
    const Delimiters &d = message.delimiters();
    writer.begin_object();
    if (const std::size_t lead = message[0].offset(); lead > 0) {
        writer.key("lead");
        writer.string(text.substr(0, lead));
    }
    writer.key("segments");
    writer.begin_array();
    for (std::size_t i = 0; i < message.size(); ++i) {
        const Segment &segment = message[i];
        const std::string_view all = segment.text();
        const std::size_t name = std::min(all.find(d.field, 3), all.size());
        writer.begin_object();
        writer.key("segment");
        writer.string(all.substr(0, name));
        writer.key("fields");
        writer.begin_array();
        if (name < all.size()) {
            Parts fields(all.substr(name + 1), d.field);
            bool opaque = segment.is_header() && name == 3;
            if (opaque) writer.string(all.substr(3, 1));
            for (std::string_view field; fields.take(field); opaque = false)
                if (opaque)
                    writer.string(field);
                else
                    tree::write_value(field, d, 0, writer);
        }
        writer.end_array();
        const std::size_t begin = segment.offset() + all.size();
        const std::size_t end = i + 1 < message.size() ? message[i + 1].offset() : text.size();
        if (const std::string_view between = text.substr(begin, end - begin); between != "\r") {
            writer.key("end");
            writer.string(between);
        }
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
}

// The text of the message that a tree is of; throws core::Error (invalid_value) when it is none.
// The caller parses the text: what comes out of any tree need not be a message.
template <core::Node N>
std::string read_tree(const N &node, const core::Limits &limits = {}) {
    if (node.kind() != core::Kind::object) tree::refuse("An object is expected");
    tree::allow_only(node, {"lead", "segments"});
    const N segments = node.find("segments");
    if (segments.kind() != core::Kind::array || segments.size() == 0)
        tree::refuse("The member segments must be an array that is not empty");
    std::string out(tree::text_of(node.find("lead"), ""));
    Delimiters d;
    for (std::size_t i = 0; i < segments.size(); ++i) {
        if (i % 1024 == 1023) limits.interrupt.poll();
        const N segment = segments.at(i);
        if (segment.kind() != core::Kind::object) tree::refuse("A segment must be an object");
        tree::allow_only(segment, {"segment", "fields", "end"});
        const std::string_view name = tree::text_of(segment.find("segment"), "");
        const N fields = segment.find("fields");
        const bool any = fields.kind() == core::Kind::array;
        if (!any && fields.kind() != core::Kind::absent && fields.kind() != core::Kind::null)
            tree::refuse("The fields of a segment must be an array");
        const std::size_t begin = out.size();
        out += name;
        std::size_t n = 0;
        if (i == 0 && name != "MSH") tree::refuse("The first segment must be MSH");
        const bool header = name == "MSH" || name == "FHS" || name == "BHS";
        if (header && (i == 0 || (any && fields.size() > 0))) {
            const std::string_view separator =
                any ? tree::text_of(fields.at(0), "|") : std::string_view("|");
            const std::string_view encoding =
                any && fields.size() > 1    ? tree::text_of(fields.at(1), "^~\\&")
                : any && fields.size() == 1 ? std::string_view()
                                            : std::string_view("^~\\&");
            out += separator;
            out += encoding;
            if (i == 0) {
                auto stated = read_delimiters(out, begin);
                if (!stated.ok()) throw std::move(stated).error();
                d = stated.value();
            }
            n = 2;
        }
        if (any)
            for (; n < fields.size(); ++n) {
                out += d.field;
                tree::read_value(fields.at(n), d, 0, out);
            }
        const std::string_view end = tree::text_of(segment.find("end"), "\r");
        tree::check_end(end, i + 1 == segments.size());
        out += end;
    }
    // A raw line end in a value, and a value behind it that makes a name of what follows.
    const auto made = Message::parse(out, limits);
    if (made.ok() && made.value().size() != segments.size())
        tree::refuse("A line end in a value would begin a segment");
    return out;
}

}  // namespace clinical::hl7v2
