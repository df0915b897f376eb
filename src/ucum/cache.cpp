#include "ucum/cache.h"

namespace clinical::ucum {

core::Result<Unit> Cache::unit(std::string_view text) {
    if (const auto found = units_.find(text); found != units_.end()) return found->second;
    auto parsed = Unit::parse(text);
    if (!parsed.ok()) return parsed;
    if (units_.size() >= entries_max) units_.clear();
    units_.emplace(text, parsed.value());
    return parsed;
}

core::Result<std::shared_ptr<const Conversion>> Cache::conversion(std::string_view from,
                                                                  std::string_view to) {
    key_.assign(from).append(1, '\0').append(to);
    if (const auto found = conversions_.find(std::string_view(key_)); found != conversions_.end())
        return found->second;
    auto source = unit(from);
    if (!source.ok()) return std::move(source).error();
    auto target = unit(to);
    if (!target.ok()) return std::move(target).error();
    auto compiled = Conversion::between(source.value(), target.value());
    if (!compiled.ok()) return std::move(compiled).error();
    if (conversions_.size() >= entries_max) conversions_.clear();
    auto kept = std::make_shared<const Conversion>(std::move(compiled).value());
    conversions_.emplace(key_, kept);
    return kept;
}

}  // namespace clinical::ucum
