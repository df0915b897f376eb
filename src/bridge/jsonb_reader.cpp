#include "bridge/jsonb_reader.h"

#include <cstring>

#include "bridge/jsonb_layout.h"

namespace clinical::bridge {

using core::Kind;

namespace {

namespace layout = jsonb_layout;

struct Extent {
    std::uint32_t offset, length;
};

[[gnu::always_inline]] inline Extent extent(const JsonbContainer *container, std::uint32_t index) {
    const std::uint32_t offset = layout::offset_of(container->children, index);
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

[[gnu::always_inline]] inline JsonbNode JsonbNode::child(std::uint32_t index) const {
    const JsonbContainer *parent = container();
    const JEntry entry = parent->children[index];
    const Extent e = extent(parent, index);
    // Numbers and containers are aligned; the padding counts as theirs.
    const std::uint32_t padding = INTALIGN(e.offset) - e.offset;

    const char *data = values(parent) + e.offset;
    switch (entry & JENTRY_TYPEMASK) {
        case JENTRY_ISSTRING: return {data, e.length, Kind::string};
        case JENTRY_ISBOOL_TRUE: return {data, e.length, Kind::boolean, true};
        case JENTRY_ISBOOL_FALSE: return {data, e.length, Kind::boolean};
        case JENTRY_ISNULL: return {data, e.length, Kind::null};
        case JENTRY_ISNUMERIC: return {data + padding, e.length - padding, Kind::number};
        default: {
            const auto *inner = reinterpret_cast<const JsonbContainer *>(data + padding);
            return {data + padding, e.length - padding,
                    JsonContainerIsObject(inner) ? Kind::object : Kind::array};
        }
    }
}

// Keys are sorted by length first, and a pass over the entries adds up their places: less than what
// finding the places of a binary search's keys costs.
JsonbNode JsonbNode::find(std::string_view key) const {
    if (kind() != Kind::object) return {};
    const std::uint32_t count = JsonContainerSize(container());
    constexpr std::uint32_t small = 48;
    if (count <= small) {
        const std::uint32_t i = layout::member_among_few(container()->children, count, key);
        return i < count ? child(count + i) : JsonbNode();
    }
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

JsonbNode JsonbNode::scalar() const { return child(0); }

JsonbNode JsonbNode::at(std::size_t index) const {
    const std::size_t count = size();
    if (index >= count) return {};
    return child(static_cast<std::uint32_t>(kind() == Kind::object ? count + index : index));
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
