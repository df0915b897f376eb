#include "convert/element.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

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

Primitive primitive_of(std::string_view type) {
    static constexpr std::pair<std::string_view, Primitive> primitives[] = {
        {"code", Primitive::code},
        {"boolean", Primitive::boolean},
        {"decimal", Primitive::decimal},
        {"integer", Primitive::integer},
        {"unsignedInt", Primitive::unsigned_integer},
        {"positiveInt", Primitive::positive_integer},
        {"date", Primitive::date},
        {"dateTime", Primitive::date_time},
        {"instant", Primitive::instant},
    };
    for (const auto &[name, primitive] : primitives)
        if (type == name) return primitive;
    return Primitive::text;
}

}  // namespace clinical::convert
