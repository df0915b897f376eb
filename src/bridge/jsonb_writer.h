#pragma once

// Writes binary jsonb directly, byte for byte what jsonb_in makes of the same document.
//
//   JsonbWriter writer;
//   writer.begin_object();
//   writer.key("status");
//   writer.string("final");
//   writer.end_object();
//   return writer.finish();
//
// Events are gathered in document order; closing an object sorts its members (by length, then
// bytes); finish() lays everything out in one pass.

#include <cstdint>
#include <memory_resource>
#include <string_view>

#include "bridge/jsonb_reader.h"
#include "bridge/memory.h"
#include "bridge/pod_stack.h"
#include "core/tree.h"

namespace clinical::bridge {

class JsonbWriter {
public:
    enum class Duplicates {
        last_wins,  // as jsonb_in does
        refuse,     // invalid_syntax
    };
    // Deep enough for any resource, shallow enough for the stack of finish().
    static constexpr std::size_t max_depth = 1024;

    // Working memory comes from `context`, which must outlive the writer.
    explicit JsonbWriter(MemoryContext context = CurrentMemoryContext,
                         Duplicates duplicates = Duplicates::last_wins);
    JsonbWriter(const JsonbWriter &) = delete;
    JsonbWriter &operator=(const JsonbWriter &) = delete;

    // core::Writer.  Text is copied.
    void begin_object();
    void end_object();
    void begin_array();
    void end_array();
    void key(std::string_view text);
    void string(std::string_view text);
    void number(std::string_view text);  // JSON grammar, else invalid_syntax; exact
    void boolean(bool value);
    void null();

    // The same without the copy: the bytes must live until finish().
    void key_view(std::string_view text) { append(Tag::string, text); }
    void string_view(std::string_view text) { append(Tag::string, text); }

    // A value of another jsonb, which must live until finish(): one memcpy however large it is.
    // An absent node writes nothing (leave its key out, too).
    void copy(const JsonbNode &node);

    // The document as a jsonb in the current memory context; the writer is empty again and keeps
    // its memory for the next document.
    Datum finish();
    void clear();

private:
    enum class Tag : std::uint32_t { null, yes, no, string, number, image, array, object };

    // One value.  Containers point to their children, which lie together: an array's elements,
    // or an object's sorted keys followed by their values.
    struct Entry {
        union {
            const char *data;
            std::size_t first;  // into children_
        };
        std::uint32_t size;  // bytes, elements or members
        Tag tag;
    };
    struct Frame {
        std::size_t start;  // of its children in pending_
        bool is_object;
    };
    class Layout;

    void append(Tag tag, std::string_view bytes) {
        if (bytes.size() > JENTRY_OFFLENMASK) too_large();
        append(Entry{{.data = bytes.data()}, static_cast<std::uint32_t>(bytes.size()), tag},
               bytes.size());
    }
    void append(const Entry &entry, std::size_t bytes) {
        bound_ += bytes + entry_overhead;
        pending_.push(entry);
    }
    void close_into(Tag tag, std::size_t start, std::size_t first, std::size_t count);
    void open(bool is_object);
    Frame close(bool is_object);
    std::size_t sort_members(Entry *members, std::size_t count) const;
    std::string_view keep(std::string_view bytes);
    [[noreturn]] static void too_large();

    // What a value may cost beyond its own bytes: its entry and padding; a container's header.
    static constexpr std::size_t entry_overhead = sizeof(JEntry) + ALIGNOF_INT - 1;
    static constexpr std::size_t container_overhead = sizeof(std::uint32_t) + ALIGNOF_INT - 1;

    ContextMemory memory_;
    Duplicates duplicates_;
    bool fast_numbers_;
    std::pmr::monotonic_buffer_resource text_;  // copies of strings, numbers
    PodStack<Entry> pending_;                   // values whose container is still open
    PodStack<Entry> children_;                  // of closed containers
    PodStack<Frame> frames_;
    std::size_t bound_ = 0;  // no fewer bytes than the layout needs
};
static_assert(core::Writer<JsonbWriter>);

}  // namespace clinical::bridge
