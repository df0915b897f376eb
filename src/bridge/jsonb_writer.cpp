#include "bridge/jsonb_writer.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "bridge/numeric.h"

namespace clinical::bridge {

void JsonbWriter::too_large() {
    throw core::Error{core::ErrorCode::limit_exceeded, "document is too large for jsonb",
                      "A jsonb value must stay below 256 MB.", 0};
}

JsonbWriter::JsonbWriter(MemoryContext context, Duplicates duplicates)
    : memory_(context),
      duplicates_(duplicates),
      fast_numbers_(numeric_encoder_agrees()),
      text_(1024, &memory_),
      pending_(context),
      children_(context),
      frames_(context) {
    clear();
}

void JsonbWriter::clear() {
    pending_.cut(0);
    children_.cut(0);
    frames_.cut(0);
    text_.release();
    bound_ = VARHDRSZ + container_overhead;  // a scalar root sits in an array of its own
}

std::string_view JsonbWriter::keep(std::string_view bytes) {
    auto *copy = static_cast<char *>(text_.allocate(bytes.size(), 1));
    std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
}

void JsonbWriter::key(std::string_view text) { append(Tag::string, keep(text)); }
void JsonbWriter::string(std::string_view text) { append(Tag::string, keep(text)); }
void JsonbWriter::boolean(bool value) { append(value ? Tag::yes : Tag::no, {}); }
void JsonbWriter::null() { append(Tag::null, {}); }

void JsonbWriter::number(std::string_view text) {
    NumericImage image;
    if (fast_numbers_ && encode_numeric(text, image)) {
        append(Tag::number, keep({image.bytes.data(), image.size}));
        return;
    }
    Numeric number = numeric_of(text);
    append(Tag::number, keep({reinterpret_cast<const char *>(number), VARSIZE(number)}));
    pfree(number);
}

void JsonbWriter::copy(const JsonbNode &node) {
    switch (node.kind()) {
        case core::Kind::absent: break;
        case core::Kind::null: null(); break;
        case core::Kind::boolean: boolean(node.as_bool()); break;
        case core::Kind::number: append(Tag::number, node.image()); break;
        case core::Kind::string: append(Tag::string, node.image()); break;
        case core::Kind::array:
        case core::Kind::object:
            // Padding inside a container depends on its own start alone, which is aligned.
            append(Tag::image, node.image());
            break;
    }
}

void JsonbWriter::open(bool is_object) {
    if (frames_.size() >= max_depth)
        throw core::Error{core::ErrorCode::limit_exceeded, "document is nested too deeply",
                          "At most 1024 levels of nesting can be written.", 0};
    frames_.push({pending_.size(), is_object});
}

JsonbWriter::Frame JsonbWriter::close(bool is_object) {
    if (frames_.empty() || frames_.back().is_object != is_object)
        throw std::logic_error("unbalanced jsonb events");
    const Frame frame = frames_.back();
    frames_.pop();
    return frame;
}

void JsonbWriter::begin_object() { open(true); }
void JsonbWriter::begin_array() { open(false); }

void JsonbWriter::end_array() {
    const Frame frame = close(false);
    const std::size_t count = pending_.size() - frame.start;
    const std::size_t first = children_.size();
    Entry *elements = children_.push_many(count);
    std::copy_n(pending_.data() + frame.start, count, elements);
    close_into(Tag::array, frame.start, first, count);
}

void JsonbWriter::end_object() {
    const Frame frame = close(true);
    std::size_t count = pending_.size() - frame.start;
    if (count % 2 != 0) throw std::logic_error("jsonb member without a value");
    Entry *members = pending_.data() + frame.start;
    count = sort_members(members, count / 2);

    const std::size_t first = children_.size();
    Entry *keys = children_.push_many(2 * count);
    for (std::size_t i = 0; i < count; ++i) {
        keys[i] = members[2 * i];
        keys[count + i] = members[2 * i + 1];
    }
    close_into(Tag::object, frame.start, first, count);
}

// Puts a container in place of the values it took.
void JsonbWriter::close_into(Tag tag, std::size_t start, std::size_t first, std::size_t count) {
    if (count > JB_CMASK) too_large();
    pending_.cut(start);
    append(Entry{{.first = first}, static_cast<std::uint32_t>(count), tag}, container_overhead);
}

// Sorts key-value pairs as lengthCompareJsonbStringValue does and leaves each key once; returns
// how many are left.
std::size_t JsonbWriter::sort_members(Entry *members, std::size_t count) const {
    const auto compare = [](const Entry &a, const Entry &b) {
        if (a.size != b.size) return a.size < b.size ? -1 : 1;
        return std::memcmp(a.data, b.data, a.size);
    };
    constexpr std::size_t small = 24;
    bool repeated = false;

    if (count <= small) {  // nearly every object; insertion sort is stable
        for (std::size_t i = 1; i < count; ++i) {
            const Entry key = members[2 * i];
            const Entry value = members[2 * i + 1];
            std::size_t at = i;
            int order = -1;
            while (at > 0 && (order = compare(members[2 * at - 2], key)) > 0) {
                members[2 * at] = members[2 * at - 2];
                members[2 * at + 1] = members[2 * at - 1];
                --at;
            }
            members[2 * at] = key;
            members[2 * at + 1] = value;
            repeated = repeated || (at > 0 && order == 0);
        }
    } else {
        struct Member {
            Entry key, value;
        };
        static_assert(sizeof(Member) == 2 * sizeof(Entry));
        PodStack<Member> sorted(memory_.context());
        Member *const begin = sorted.push_many(count);
        for (std::size_t i = 0; i < count; ++i) begin[i] = {members[2 * i], members[2 * i + 1]};
        const auto interrupt = limits().interrupt;
        std::size_t comparisons = 0;
        std::stable_sort(begin, begin + count, [&](const Member &a, const Member &b) {
            if (++comparisons % 65536 == 0) interrupt.poll();
            return compare(a.key, b.key) < 0;
        });
        for (std::size_t i = 0; i < count; ++i) {
            members[2 * i] = begin[i].key;
            members[2 * i + 1] = begin[i].value;
            repeated = repeated || (i > 0 && compare(begin[i - 1].key, begin[i].key) == 0);
        }
    }
    if (!repeated) return count;

    if (duplicates_ == Duplicates::refuse)
        throw core::Error{core::ErrorCode::invalid_syntax, "object has a duplicate key", "", 0};
    // The last of a run came last in the document.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + 1 < count && compare(members[2 * i], members[2 * i + 2]) == 0) continue;
        members[2 * kept] = members[2 * i];
        members[2 * kept + 1] = members[2 * i + 1];
        ++kept;
    }
    return kept;
}

namespace {

// memcpy without the call for what most keys and codes are: up to 16 bytes.
inline void copy_bytes(char *to, const char *from, std::size_t size) {
    if (size > 16) {
        std::memcpy(to, from, size);
    } else if (size >= 8) {
        std::memcpy(to + size - 8, from + size - 8, 8);
        std::memcpy(to, from, 8);
    } else if (size >= 4) {
        std::memcpy(to + size - 4, from + size - 4, 4);
        std::memcpy(to, from, 4);
    } else {
        for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    }
}

}  // namespace

// The one pass that writes bytes (convertJsonbValue and its callees in jsonb_util.c).
class JsonbWriter::Layout {
public:
    Layout(const JsonbWriter &writer, char *start)
        : children_(writer.children_.data()), start_(start), at_(start + VARHDRSZ) {}

    // A root as the document's container; returns the document's size.
    std::size_t root(const Entry &entry) {
        if (entry.tag == Tag::image || entry.tag == Tag::array || entry.tag == Tag::object)
            other(entry);
        else
            array(&entry, 1, 1 | JB_FARRAY | JB_FSCALAR);
        return static_cast<std::size_t>(at_ - start_);
    }

private:
    void align() {
        while ((at_ - start_) % ALIGNOF_INT != 0) *at_++ = 0;
    }
    [[nodiscard]] std::uint32_t length_since(const char *before) const {
        return static_cast<std::uint32_t>(at_ - before);
    }

    JEntry string(const Entry &entry) {
        copy_bytes(at_, entry.data, entry.size);
        at_ += entry.size;
        return JENTRY_ISSTRING | entry.size;
    }

    // Padding before numbers and containers counts as theirs.
    JEntry aligned(const Entry &entry, JEntry type) {
        const char *before = at_;
        align();
        std::memcpy(at_, entry.data, entry.size);
        at_ += entry.size;
        return type | length_since(before);
    }

    JEntry other(const Entry &entry) {
        switch (entry.tag) {
            case Tag::null: return JENTRY_ISNULL;
            case Tag::yes: return JENTRY_ISBOOL_TRUE;
            case Tag::no: return JENTRY_ISBOOL_FALSE;
            case Tag::string: return string(entry);
            case Tag::number: return aligned(entry, JENTRY_ISNUMERIC);
            case Tag::image: return aligned(entry, JENTRY_ISCONTAINER);
            case Tag::array:
                return array(children_ + entry.first, entry.size, entry.size | JB_FARRAY);
            case Tag::object: return object(children_ + entry.first, entry.size);
        }
        return JENTRY_ISNULL;
    }

    // Room for a container's header and entries.
    JEntry *begin(std::uint32_t header, std::size_t count) {
        align();
        std::memcpy(at_, &header, sizeof header);
        at_ += sizeof header;
        auto *entries = reinterpret_cast<JEntry *>(at_);
        at_ += count * sizeof(JEntry);
        return entries;
    }
    JEntry end(const char *before) const {
        // The sum of all before it: no entry can be longer than its container.
        if (static_cast<std::size_t>(at_ - before) > JENTRY_OFFLENMASK) too_large();
        return JENTRY_ISCONTAINER | length_since(before);
    }
    // Every so often an entry says where it ends, not how long it is.
    [[nodiscard]] JEntry entry(JEntry own, std::size_t index, const char *data) const {
        if (index % JB_OFFSET_STRIDE != 0) return own;
        return (own & JENTRY_TYPEMASK) | length_since(data) | JENTRY_HAS_OFF;
    }

    // Recursion, here and in object(), is bounded by max_depth.
    JEntry array(const Entry *elements, std::size_t count, std::uint32_t header) {
        const char *before = at_;
        JEntry *entries = begin(header, count);
        const char *data = at_;
        for (std::size_t i = 0; i < count; ++i) entries[i] = entry(other(elements[i]), i, data);
        return end(before);
    }

    JEntry object(const Entry *keys, std::size_t count) {
        const char *before = at_;
        JEntry *entries = begin(static_cast<std::uint32_t>(count) | JB_FOBJECT, 2 * count);
        const char *data = at_;
        for (std::size_t i = 0; i < count; ++i) entries[i] = entry(string(keys[i]), i, data);
        for (std::size_t i = count; i < 2 * count; ++i) {
            const Entry &value = keys[i];
            entries[i] = entry(value.tag == Tag::string ? string(value) : other(value), i, data);
        }
        return end(before);
    }

    const Entry *children_;
    char *start_;
    char *at_;
};

Datum JsonbWriter::finish() {
    if (!frames_.empty() || pending_.size() != 1)
        throw std::logic_error("jsonb document is not complete");
    if (bound_ > MaxAllocSize) too_large();
    auto *start = static_cast<char *>(bridge::allocate(CurrentMemoryContext, bound_));
    const std::size_t size = Layout(*this, start).root(*pending_.data());
    SET_VARSIZE(start, size);
    clear();
    return PointerGetDatum(start);
}

}  // namespace clinical::bridge
