#include "bridge/jsonb_reader.h"

#include <cstring>

namespace clinical::bridge {

using core::Kind;

namespace {

struct Extent {
    std::uint32_t offset, length;
};

// jsonb.h: an entry holds its length, or every JB_OFFSET_STRIDE entries where it ends.
Extent extent(const JsonbContainer *container, std::uint32_t index) {
    std::uint32_t offset = 0;
    for (std::uint32_t i = index; i-- > 0;) {
        const JEntry entry = container->children[i];
        offset += JBE_OFFLENFLD(entry);
        if (JBE_HAS_OFF(entry)) break;
    }
    const JEntry own = container->children[index];
    const std::uint32_t length = JBE_OFFLENFLD(own);
    return {offset, JBE_HAS_OFF(own) ? length - offset : length};
}

const char *values(const JsonbContainer *container) {
    const std::uint32_t size = JsonContainerSize(container);
    return reinterpret_cast<const char *>(
        &container->children[JsonContainerIsObject(container) ? 2 * size : size]);
}

std::string_view key_of(const JsonbContainer *container, std::uint32_t index) {
    const Extent e = extent(container, index);
    return {values(container) + e.offset, e.length};
}

// The order of keys in an object: by length, then by bytes (lengthCompareJsonbStringValue).
int compare_keys(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return std::memcmp(a.data(), b.data(), a.size());
}

}  // namespace

JsonbNode::JsonbNode(const Jsonb *document) {
    auto *root = const_cast<JsonbContainer *>(&document->root);
    data_ = reinterpret_cast<const char *>(root);
    bytes_ = VARSIZE(document) - VARHDRSZ;
    kind_ = JsonContainerIsObject(root) ? Kind::object : Kind::array;
    if (JsonContainerIsScalar(root)) *this = child(0);
}

JsonbNode JsonbNode::child(std::uint32_t index) const {
    const JsonbContainer *parent = container();
    const JEntry entry = parent->children[index];
    const Extent e = extent(parent, index);
    // Numbers and containers are aligned; the padding counts as theirs.
    const std::uint32_t padding = INTALIGN(e.offset) - e.offset;

    JsonbNode node;
    node.data_ = values(parent) + e.offset;
    node.bytes_ = e.length;
    switch (entry & JENTRY_TYPEMASK) {
        case JENTRY_ISSTRING: node.kind_ = Kind::string; break;
        case JENTRY_ISBOOL_TRUE: node.flag_ = true; [[fallthrough]];
        case JENTRY_ISBOOL_FALSE: node.kind_ = Kind::boolean; break;
        case JENTRY_ISNULL: node.kind_ = Kind::null; break;
        case JENTRY_ISNUMERIC:
            node.kind_ = Kind::number;
            node.data_ += padding;
            node.bytes_ -= padding;
            break;
        default:
            node.data_ += padding;
            node.bytes_ -= padding;
            node.kind_ = JsonContainerIsObject(node.container()) ? Kind::object : Kind::array;
    }
    return node;
}

namespace {

// Of equal length.  The last byte tells most keys apart, before memcmp is called.
inline bool same_key(const char *bytes, std::string_view key) {
    const std::size_t size = key.size();
    if (size == 0) return true;
    return bytes[size - 1] == key[size - 1] && std::memcmp(bytes, key.data(), size - 1) == 0;
}

}  // namespace

// Keys are sorted by length first, and a pass over the entries adds up their places: less than what
// finding the places of a binary search's keys costs.
JsonbNode JsonbNode::find_among_few(std::string_view key, std::uint32_t count) const {
    const JsonbContainer *parent = container();
    const char *base = values(parent);
    std::uint32_t offset = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        const JEntry entry = parent->children[i];
        const std::uint32_t field = JBE_OFFLENFLD(entry);
        const std::uint32_t length = JBE_HAS_OFF(entry) ? field - offset : field;
        if (length >= key.size()) {
            if (length > key.size()) return {};
            if (same_key(base + offset, key)) return child(count + i);
        }
        offset += length;
    }
    return {};
}

JsonbNode JsonbNode::find(std::string_view key) const {
    if (kind_ != Kind::object) return {};
    const std::uint32_t count = JsonContainerSize(container());
    constexpr std::uint32_t small = 48;
    if (count <= small) return find_among_few(key, count);
    std::uint32_t low = 0;
    std::uint32_t high = count;
    while (low < high) {
        const std::uint32_t middle = low + (high - low) / 2;
        const int order = compare_keys(key_of(container(), middle), key);
        if (order == 0) return child(count + middle);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return {};
}

JsonbNode JsonbNode::at(std::size_t index) const {
    const std::size_t count = size();
    if (index >= count) return {};
    return child(static_cast<std::uint32_t>(kind_ == Kind::object ? count + index : index));
}

std::string_view JsonbNode::key(std::size_t index) const {
    return key_of(container(), static_cast<std::uint32_t>(index));
}

std::string JsonbNode::number_text() const {
    return pg([&] {
        return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(as_numeric())));
    });
}

JsonbNode jsonb_argument(FunctionCallInfo fcinfo, int n) {
    return JsonbNode(pg([&] { return PG_GETARG_JSONB_P(n); }));
}

}  // namespace clinical::bridge
