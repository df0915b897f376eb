#include "convert/element.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace clinical::convert {

namespace {
constexpr Element elements[] = {
#include "convert/data/elements.inc"
};
}  // namespace

const Element *find_element(std::string_view owner, std::string_view name) {
    const auto *found = std::lower_bound(
        std::begin(elements), std::end(elements), std::tie(owner, name),
        [](const Element &e, const auto &key) { return std::tie(e.owner, e.name) < key; });
    if (found == std::end(elements) || found->owner != owner || found->name != name) return nullptr;
    return found;
}

}  // namespace clinical::convert
