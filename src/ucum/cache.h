#pragma once

// Parsed units and compiled conversions by their text, bounded: who converts rows keeps one.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "ucum/ucum.h"

namespace clinical::ucum {

class Cache {
public:
    // The unit of case-sensitive code `text`, parsed once.
    core::Result<Unit> unit(std::string_view text);

    core::Result<std::shared_ptr<const Conversion>> conversion(std::string_view from,
                                                               std::string_view to);

private:
    // A site uses some hundred units; what holds more is not a site, and starts again.
    static constexpr std::size_t entries_max = 2048;

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>{}(text);
        }
    };
    template <typename T>
    using Map = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    Map<Unit> units_;
    Map<std::shared_ptr<const Conversion>> conversions_;
    std::string key_;
};

}  // namespace clinical::ucum
