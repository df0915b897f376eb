#include "bridge/jsonb_writer.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "bridge/numeric.h"

namespace clinical::bridge {

namespace {

// What a value may cost beyond its own bytes: its entry and padding; a container's header.
constexpr std::size_t entry_overhead = sizeof(JEntry) + ALIGNOF_INT - 1;
constexpr std::size_t container_overhead = sizeof(std::uint32_t) + ALIGNOF_INT - 1;

[[noreturn]] void too_large() {
    throw core::Error{core::ErrorCode::limit_exceeded, "document is too large for jsonb",
                      "A jsonb value must stay below 256 MB.", 0};
}

}  // namespace

JsonbWriter::JsonbWriter(MemoryContext context, Duplicates duplicates)
    : memory_(context),
      duplicates_(duplicates),
      fast_numbers_(numeric_encoder_agrees()),
      text_(1024, &memory_),
      pending_(&memory_),
      children_(&memory_),
      frames_(&memory_),
      members_(&memory_) {
    clear();
}

void JsonbWriter::clear() {
    pending_.clear();
    children_.clear();
    frames_.clear();
    text_.release();
    bound_ = VARHDRSZ + container_overhead;  // a scalar root sits in an array of its own
}

std::string_view JsonbWriter::keep(std::string_view bytes) {
    auto *copy = static_cast<char *>(text_.allocate(bytes.size(), 1));
    std::memcpy(copy, bytes.data(), bytes.size());
    return {copy, bytes.size()};
}

void JsonbWriter::append(const Entry &entry, std::size_t bytes) {
    bound_ += bytes + entry_overhead;
    pending_.push_back(entry);
}

void JsonbWriter::append(Tag tag, std::string_view bytes) {
    if (bytes.size() > JENTRY_OFFLENMASK) too_large();
    append(Entry{{.data = bytes.data()}, static_cast<std::uint32_t>(bytes.size()), tag},
           bytes.size());
}

void JsonbWriter::append_key(std::string_view text) { append(Tag::string, text); }

void JsonbWriter::key(std::string_view text) { append_key(keep(text)); }
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
    frames_.push_back({pending_.size(), is_object});
}

JsonbWriter::Frame JsonbWriter::close(bool is_object) {
    if (frames_.empty() || frames_.back().is_object != is_object)
        throw std::logic_error("unbalanced jsonb events");
    const Frame frame = frames_.back();
    frames_.pop_back();
    return frame;
}

void JsonbWriter::begin_object() { open(true); }
void JsonbWriter::begin_array() { open(false); }

void JsonbWriter::end_array() {
    const Frame frame = close(false);
    const std::size_t first = children_.size();
    const std::size_t count = pending_.size() - frame.start;
    if (count > JB_CMASK) too_large();
    children_.insert(children_.end(), pending_.begin() + static_cast<std::ptrdiff_t>(frame.start),
                     pending_.end());
    pending_.resize(frame.start);
    append(Entry{{.first = first}, static_cast<std::uint32_t>(count), Tag::array},
           container_overhead);
}

void JsonbWriter::end_object() {
    const Frame frame = close(true);
    if ((pending_.size() - frame.start) % 2 != 0)
        throw std::logic_error("jsonb member without a value");
    sort_members(frame.start);
    pending_.resize(frame.start);

    const std::size_t first = children_.size();
    if (members_.size() > JB_CMASK) too_large();
    children_.resize(first + 2 * members_.size());
    Entry *keys = children_.data() + first;
    Entry *values = keys + members_.size();
    for (const Member &member : members_) {
        *keys++ = member.key;
        *values++ = member.value;
    }
    append(Entry{{.first = first}, static_cast<std::uint32_t>(members_.size()), Tag::object},
           container_overhead);
}

// Fills members_ from pending_[start..], sorted as lengthCompareJsonbStringValue does and each key
// once.
void JsonbWriter::sort_members(std::size_t start) {
    const auto compare = [](const Entry &a, const Entry &b) {
        if (a.size != b.size) return a.size < b.size ? -1 : 1;
        return std::memcmp(a.data, b.data, a.size);
    };
    const std::size_t count = (pending_.size() - start) / 2;
    const Entry *from = pending_.data() + start;
    bool repeated = false;

    members_.clear();
    if (count <= 24) {
        // Insertion sort: objects are small, and nearly in this order when they come from jsonb.
        for (std::size_t i = 0; i < count; ++i) {
            members_.push_back({from[2 * i], from[2 * i + 1]});
            std::size_t at = i;
            int order = -1;
            while (at > 0 && (order = compare(members_[at - 1].key, from[2 * i])) > 0) {
                members_[at] = members_[at - 1];
                --at;
            }
            members_[at] = {from[2 * i], from[2 * i + 1]};
            repeated = repeated || (at > 0 && order == 0);
        }
    } else {
        for (std::size_t i = 0; i < count; ++i) members_.push_back({from[2 * i], from[2 * i + 1]});
        std::stable_sort(members_.begin(), members_.end(), [&](const Member &a, const Member &b) {
            return compare(a.key, b.key) < 0;
        });
        for (std::size_t i = 1; i < count && !repeated; ++i)
            repeated = compare(members_[i - 1].key, members_[i].key) == 0;
    }
    if (!repeated) return;

    if (duplicates_ == Duplicates::refuse)
        throw core::Error{core::ErrorCode::invalid_syntax, "object has a duplicate key", "", 0};
    // Both sorts are stable, so the last of a run came last in the document.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (i + 1 < count && compare(members_[i].key, members_[i + 1].key) == 0) continue;
        members_[kept++] = members_[i];
    }
    members_.resize(kept);
}

// The one pass that writes bytes (convertJsonbValue and its callees in jsonb_util.c).
class JsonbWriter::Layout {
public:
    Layout(const JsonbWriter &writer, char *start)
        : children_(writer.children_.data()), start_(start), at_(start + VARHDRSZ) {}

    // A root as the document's container; returns the document's size.
    std::size_t root(const Entry &entry) {
        if (entry.tag == Tag::image || entry.tag == Tag::array || entry.tag == Tag::object)
            value(entry);
        else
            container(&entry, 1, 1 | JB_FARRAY | JB_FSCALAR);
        return static_cast<std::size_t>(at_ - start_);
    }

private:
    void align() {
        while ((at_ - start_) % ALIGNOF_INT != 0) *at_++ = 0;
    }

    JEntry bytes(const Entry &entry, JEntry type) {
        std::memcpy(at_, entry.data, entry.size);
        at_ += entry.size;
        return type | entry.size;
    }

    // Padding before numbers and containers counts as theirs.
    JEntry aligned_bytes(const Entry &entry, JEntry type) {
        const char *before = at_;
        align();
        std::memcpy(at_, entry.data, entry.size);
        at_ += entry.size;
        return type | length_since(before);
    }

    std::uint32_t length_since(const char *before) const {
        const auto length = static_cast<std::size_t>(at_ - before);
        if (length > JENTRY_OFFLENMASK) too_large();
        return static_cast<std::uint32_t>(length);
    }

    JEntry value(const Entry &entry) {
        switch (entry.tag) {
            case Tag::null: return JENTRY_ISNULL;
            case Tag::yes: return JENTRY_ISBOOL_TRUE;
            case Tag::no: return JENTRY_ISBOOL_FALSE;
            case Tag::string: return bytes(entry, JENTRY_ISSTRING);
            case Tag::number: return aligned_bytes(entry, JENTRY_ISNUMERIC);
            case Tag::image: return aligned_bytes(entry, JENTRY_ISCONTAINER);
            case Tag::array:
                return container(children_ + entry.first, entry.size, entry.size | JB_FARRAY);
            case Tag::object:
                return container(children_ + entry.first, 2 * std::size_t{entry.size},
                                 entry.size | JB_FOBJECT);
        }
        return JENTRY_ISNULL;
    }

    // Recursion is bounded by max_depth.
    JEntry container(const Entry *children, std::size_t count, std::uint32_t header) {
        const char *before = at_;
        align();
        std::memcpy(at_, &header, sizeof header);
        at_ += sizeof header;
        auto *entries = reinterpret_cast<JEntry *>(at_);
        at_ += count * sizeof(JEntry);

        const char *data = at_;
        for (std::size_t i = 0; i < count; ++i) {
            JEntry entry = value(children[i]);
            // Every so often an entry says where it ends, not how long it is.
            const std::uint32_t end = length_since(data);
            if (i % JB_OFFSET_STRIDE == 0) entry = (entry & JENTRY_TYPEMASK) | end | JENTRY_HAS_OFF;
            entries[i] = entry;
        }
        return JENTRY_ISCONTAINER | length_since(before);
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
    const std::size_t size = Layout(*this, start).root(pending_.front());
    SET_VARSIZE(start, size);
    clear();
    return PointerGetDatum(start);
}

}  // namespace clinical::bridge
