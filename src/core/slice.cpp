#include "core/slice.h"

#include <cstdint>

namespace clinical::core {

int slice_of(std::string_view key, int slices) {
    // FNV-1a, folded so that its upper half counts too.
    std::uint64_t hash = 14695981039346656037u;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return static_cast<int>((hash ^ hash >> 32) % static_cast<std::uint64_t>(slices));
}

}  // namespace clinical::core
