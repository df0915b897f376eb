#include "codes/filter.h"

#include <algorithm>
#include <functional>

#include "codes/outcome.h"
#include "codes/pattern.h"

namespace clinical::codes {
namespace {

using Number = std::uint32_t;

[[noreturn]] void cannot(const char *id, std::string text) {
    throw OperationFailure{{"error", "invalid", "vs-invalid", id, {}, std::move(text)}};
}

// A test of one value.
std::function<bool(std::string_view)> test_of(const Filter &filter) {
    if (filter.op == "=") return [&](std::string_view v) { return v == filter.value; };
    if (filter.op == "in" || filter.op == "not-in") {
        return [&](std::string_view v) {
            std::string_view list = filter.value;
            while (true) {
                const std::size_t comma = list.find(',');
                std::string_view item = list.substr(0, comma);
                while (item.starts_with(' ')) item.remove_prefix(1);
                while (item.ends_with(' ')) item.remove_suffix(1);
                if (item == v) return true;
                if (comma == std::string_view::npos) return false;
                list.remove_prefix(comma + 1);
            }
        };
    }
    if (filter.op == "regex") {
        auto pattern = Pattern::compile(filter.value);
        if (!pattern.ok()) cannot("INVALID_REGEX", "The regex of a filter does not parse");
        return [p = std::move(pattern).value()](std::string_view v) { return p.matches(v); };
    }
    cannot("FILTER_NOT_UNDERSTOOD",
           "The filter \"" + filter.property + " " + filter.op + "\" is not supported");
}

bool about_code(const Filter &filter) {
    return filter.property == "concept" || filter.property == "code";
}

// Concepts by a test of a text that every concept has at most once.
std::vector<Number> by_text(const System &system, const Filter &filter,
                            const std::function<std::string(Number)> &text) {
    const auto test = test_of(filter);
    std::vector<Number> found;
    for (Number i = 0; i < system.index().size(); ++i)
        if (test(text(i)) != (filter.op == "not-in")) found.push_back(i);
    return found;
}

std::vector<Number> all_but(const System &system, const std::vector<Number> &some) {
    std::vector<Number> rest;
    auto next = some.begin();
    for (Number i = 0; i < system.index().size(); ++i) {
        if (next != some.end() && *next == i)
            ++next;
        else
            rest.push_back(i);
    }
    return rest;
}

std::vector<Number> by_property(const System &system, const Filter &filter) {
    std::vector<Number> found;
    const bool exists = filter.op == "exists";
    const auto test = exists ? std::function<bool(std::string_view)>() : test_of(filter);
    for (const auto &[number, property] : system.values_of(filter.property))
        if (exists || test(property.value)) found.push_back(number);
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    const bool negative = filter.op == "not-in" || (exists && filter.value == "false");
    return negative ? all_but(system, found) : found;
}

}  // namespace

Filter Filter::of(const core::Json &json) {
    Filter filter{text_of(json, "property"), text_of(json, "op"), text_of(json, "value"),
                  json.find("value").kind() == core::Kind::string};
    // An R5 operator in R4 travels as an extension.
    const std::string later = text_of(extension_of(json.find("_op"),
                                                   "http://hl7.org/fhir/5.0/StructureDefinition/"
                                                   "extension-ValueSet.compose.include.filter.op"),
                                      "valueCode");
    if (!later.empty()) filter.op = later;
    return filter;
}

bool Filter::is_hierarchical() const {
    return about_code(*this) &&
           (op == "is-a" || op == "descendent-of" || op == "child-of" || op == "descendent-leaf");
}

std::vector<Number> select(const System &system, const Filter &filter) {
    const Index &index = system.index();
    if (!filter.has_value)
        cannot("UNABLE_TO_HANDLE_SYSTEM_FILTER_WITH_NO_VALUE",
               "The system " + system.url() + " filter with property = " + filter.property +
                   ", op = " + filter.op + " has no value");
    const bool by_parent = filter.property == "parent" && filter.op == "=";
    const bool by_child = filter.property == "child" && filter.op == "=";
    if (about_code(filter) || by_parent || by_child) {
        const std::string &op = filter.op;
        const bool down = op == "is-a" || op == "descendent-of" || op == "descendent-leaf" ||
                          op == "child-of" || op == "is-not-a" || op == "generalizes";
        if (down || by_parent || by_child) {
            const auto root = index.find(filter.value);
            if (!root) return op == "is-not-a" ? all_but(system, {}) : std::vector<Number>();
            if (op == "child-of" || by_parent) return index.children(*root);
            if (op == "generalizes" || by_child) {
                std::vector<Number> found = index.ancestors(*root);
                if (by_child) {
                    found.assign(index.parents(*root).begin(), index.parents(*root).end());
                    std::sort(found.begin(), found.end());
                } else {
                    found.insert(std::lower_bound(found.begin(), found.end(), *root), *root);
                }
                return found;
            }
            std::vector<Number> found = index.descendants(*root);
            if (op == "is-not-a") return all_but(system, found);
            if (op != "is-a") std::erase(found, *root);
            if (op == "descendent-leaf") {
                std::vector<bool> has_child(index.size());
                for (Number i = 0; i < index.size(); ++i)
                    for (const Number parent : index.parents(i)) has_child[parent] = true;
                std::erase_if(found, [&](Number i) { return has_child[i]; });
            }
            return found;
        }
        if (op == "=") {
            const auto one = index.find(filter.value);
            return one ? std::vector<Number>{*one} : std::vector<Number>();
        }
        return by_text(system, filter, [&](Number i) { return std::string(index.code(i)); });
    }
    if (filter.property == "display")
        return by_text(system, filter, [&](Number i) { return system.details(i).display; });
    if (filter.property == "definition")
        return by_text(system, filter, [&](Number i) { return system.details(i).definition; });
    return by_property(system, filter);
}

bool passes(const System &system, const Filter &filter, Number number) {
    const Index &index = system.index();
    if (filter.has_value && about_code(filter) &&
        (filter.op == "is-a" || filter.op == "descendent-of" || filter.op == "is-not-a")) {
        const auto root = index.find(filter.value);
        const bool below = root && index.subsumes(*root, number);
        if (filter.op == "is-not-a") return !below;
        return below && (filter.op == "is-a" || *root != number);
    }
    if (filter.has_value && about_code(filter) &&
        (filter.op == "regex" || filter.op == "in" || filter.op == "not-in"))
        return test_of(filter)(index.code(number)) != (filter.op == "not-in");
    if (filter.has_value && !about_code(filter) && filter.property != "parent" &&
        filter.property != "child" && filter.property != "display" &&
        filter.property != "definition") {
        bool any = false;
        const bool exists = filter.op == "exists";
        const auto test = exists ? std::function<bool(std::string_view)>() : test_of(filter);
        for (const Property &property : system.details(number).properties)
            any |= property.code == filter.property && (exists || test(property.value));
        return any != (filter.op == "not-in" || (exists && filter.value == "false"));
    }
    const auto all = select(system, filter);
    return std::binary_search(all.begin(), all.end(), number);
}

}  // namespace clinical::codes
