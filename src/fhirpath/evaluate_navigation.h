#pragma once

// From an item to its members: typed by the definitions where they know the type, by JSON's own
// kinds where they do not.

#include "fhirpath/evaluator.h"
#include "fhirpath/quantity.h"

namespace clinical::fhirpath {

namespace detail {

template <core::Node N>
std::string number_text(const N &node) {
    if constexpr (requires { node.number_text(); })
        return node.number_text();
    else
        return std::string(node.as_text());
}

// "value" + "Quantity" or "string": the member's name in JSON.
inline std::string choice_name(std::string_view name, std::string_view type) {
    std::string out(name);
    out += type;
    char &first = out[name.size()];
    if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
    return out;
}

// Which types of a choice an object has members of, a bit each.
template <core::Node N>
std::uint64_t choices_of(const N &object, const fhir::Element &element) {
    const auto types = element.types();
    std::uint64_t found = 0;
    for (std::size_t k = 0; k < object.size(); ++k) {
        std::string_view key = object.key(k);
        if (key.starts_with('_')) key.remove_prefix(1);
        if (!key.starts_with(element.name())) continue;
        key.remove_prefix(element.name().size());
        for (std::size_t i = 0; i < types.size() && i < 64; ++i) {
            const std::string_view type = types[i].type().name();
            // The first letter is a capital in the member's name: 0x20 apart.
            if (key.size() == type.size() && (key[0] ^ type[0]) % 0x20 == 0 &&
                key.substr(1) == type.substr(1))
                found |= std::uint64_t{1} << i;
        }
    }
    return found;
}

// The type that "Quantity", "String", "DateTime" behind a choice's name stands for.
inline const fhir::Type *type_behind(std::string_view suffix) {
    if (const fhir::Type *type = fhir::type_named(suffix)) return type;
    std::string lower(suffix);
    lower[0] = static_cast<char>(lower[0] - 'A' + 'a');
    return fhir::type_named(lower);
}

}  // namespace detail

// R4 gives Element.id the type System.String; a resource's id is an `id`.
template <core::Node N>
const fhir::Type *Evaluator<N>::declared_type(const fhir::Element &element,
                                              const fhir::Type *type) {
    if (element.name() == "id" && !element.owner().is_resource()) return nullptr;
    return type;
}

template <core::Node N>
N Evaluator<N>::extra_of(const Item &item) {
    if (!item.side_name) return item.side;
    const N found = item.side.find("_" + *item.side_name);
    if (item.side_index == Item::no_index) return found;
    return found.kind() == core::Kind::array ? found.at(item.side_index) : N{};
}

template <core::Node N>
void Evaluator<N>::push_member(const N &object, std::string_view json_name, const fhir::Type *type,
                               const std::string *name, Collection &out) {
    push_json(object, object.find(json_name), type, name, out);
}

// `found` is member *name of `parent`.
template <core::Node N>
void Evaluator<N>::push_json(const N &parent, const N &found, const fhir::Type *type,
                             const std::string *name, Collection &out) {
    using core::Kind;
    const bool may_have_side = name && (!type || type->is_primitive());
    switch (found.kind()) {
        case Kind::object:
            out.push(type && !type->is_resource() ? Item{.node = found, .type = type}
                                                  : item_of(found, type));
            return;
        case Kind::absent:
        case Kind::null: {
            if (!may_have_side) return;
            const N side = parent.find("_" + *name);
            if (side.kind() == Kind::object) {
                out.push(Item{.side = side, .type = type});
            } else if (side.kind() == Kind::array) {
                for (std::size_t i = 0; i < side.size(); ++i)
                    if (const N extra = side.at(i); extra.kind() == Kind::object)
                        out.push(Item{.side = extra, .type = type});
            }
            return;
        }
        case Kind::array: {
            const std::size_t count = found.size();
            N sides{};
            if (may_have_side && (count == 0 || found.at(0).kind() != Kind::object))
                sides = parent.find("_" + *name);
            const std::size_t all =
                sides.kind() == Kind::array ? std::max(count, sides.size()) : count;
            for (std::size_t i = 0; i < all; ++i) {
                tick();
                const N element = i < count ? found.at(i) : N{};
                if (element.kind() == Kind::object) {
                    out.push(type && !type->is_resource() ? Item{.node = element, .type = type}
                                                          : item_of(element, type));
                } else if (element.kind() == Kind::array) {
                    continue;  // FHIR has no arrays in arrays
                } else if (element.kind() == Kind::absent || element.kind() == Kind::null) {
                    const N extra = sides.kind() == Kind::array ? sides.at(i) : N{};
                    if (extra.kind() == Kind::object) out.push(Item{.side = extra, .type = type});
                } else {
                    Item item{.node = element, .type = type};
                    if (sides.kind() == Kind::array) item.side = sides.at(i);
                    out.push(item);
                }
            }
            return;
        }
        default: {
            Item item{.node = found, .type = type};
            if (name) {
                item.side = parent;
                item.side_name = name;
            }
            out.push(item);
        }
    }
}

template <core::Node N>
void Evaluator<N>::members(const Item &item, const Node &node, Collection &out) {
    if (item.is_value()) {
        const Value &v = *item.value;
        if (v.kind == ValueKind::quantity) {
            if (node.name == "value") out.push(of(Value::of_decimal(v.decimal)));
            if (node.name == "unit" || node.name == "code") out.push(of(Value::of_string(v.text)));
        } else if (v.kind == ValueKind::type_info) {
            if (node.name == "name") out.push(of(Value::of_string(v.text)));
            if (node.name == "namespace") out.push(of(Value::of_string(std::string(v.name_space))));
        }
        return;
    }
    if (item.node.kind() == core::Kind::object) return object_members(item, node, out);
    // A primitive: its id and extensions stand beside it.
    const N side = extra_of(item);
    if (side.kind() != core::Kind::object) return;
    static const fhir::Type *const extension = fhir::type_named("Extension");
    push_member(side, node.name, node.name == "extension" ? extension : nullptr, &node.name, out);
}

template <core::Node N>
void Evaluator<N>::object_members(const Item &item, const Node &node, Collection &out) {
    const std::string &name = node.name;
    if (item.type) {
        if (const auto member = fhir::member_of(*item.type, name)) {
            push_member(item.node, name, declared_type(*member->element, member->type), &name, out);
            return;
        }
        const fhir::Element *element = fhir::element_of(*item.type, name);
        if (element && element->is_choice()) {
            const auto types = element->types();
            const auto attempt = [&](std::size_t i) {
                const fhir::Type &type = types[i].type();
                const std::string json_name = detail::choice_name(name, type.name());
                const std::size_t before = out.size();
                const N found = item.node.find(json_name);
                if (found.kind() == core::Kind::absent && !type.is_primitive()) return false;
                const std::string *side = nullptr;
                if (type.is_primitive()) side = keep_name(json_name);
                push_json(item.node, found, &type, side, out);
                if (out.size() == before) {
                    if (side) names_.pop_back();
                    return false;
                }
                return true;
            };
            // In the order of the definition, so that invalid resources with several have an answer
            // that depends on nothing else.
            if (attempt(0)) return;
            const std::uint64_t there = detail::choices_of(item.node, *element);
            for (std::size_t i = 1; i < types.size(); ++i)
                if ((there >> i & 1) != 0 && attempt(i)) return;
            return;
        }
    }
    static const fhir::Type *const extension = fhir::type_named("Extension");
    const std::size_t before = out.size();
    push_member(item.node, name, name == "extension" ? extension : nullptr, &name, out);
    if (item.type || out.size() > before) return;
    // Of an unknown type: a choice shows by its name.
    for (std::size_t i = 0; i < item.node.size(); ++i) {
        const std::string_view key = item.node.key(i);
        if (key.size() <= name.size() || !key.starts_with(name)) continue;
        const char next = key[name.size()];
        if (next < 'A' || next > 'Z') continue;
        const fhir::Type *type = detail::type_behind(key.substr(name.size()));
        if (!type) continue;
        push_json(item.node, item.node.at(i), type, keep_name(key), out);
        return;
    }
}

// A member's name for as long as the evaluation.
template <core::Node N>
const std::string *Evaluator<N>::keep_name(std::string_view name) {
    used_ = true;
    count_bytes(sizeof(std::string) + (name.size() > 15 ? name.size() : 0));
    return &names_.emplace_back(name);
}

template <core::Node N>
void Evaluator<N>::children(const Item &item, Collection &out) {
    static const fhir::Type *const extension = fhir::type_named("Extension");
    if (item.is_value()) return;
    const bool is_object = item.node.kind() == core::Kind::object;
    const N object = is_object ? item.node : extra_of(item);
    if (object.kind() != core::Kind::object) return;
    for (std::size_t i = 0; i < object.size(); ++i) {
        std::string_view key = object.key(i);
        if (key == "resourceType") continue;
        const N value = object.at(i);
        if (key.starts_with('_')) {
            // Only where the primitive itself has no value.
            key.remove_prefix(1);
            if (object.find(key).kind() != core::Kind::absent) continue;
        }
        const fhir::Type *type = key == "extension" ? extension : nullptr;
        if (is_object && item.type)
            if (const auto member = fhir::member_of(*item.type, key))
                type = declared_type(*member->element, member->type);
        const std::string *name = keep_name(key);
        push_json(object, object.find(key), type, name, out);
        (void)value;
    }
}

template <core::Node N>
void Evaluator<N>::descendants(const Collection &input, Collection &out) {
    // Level by level, as repeat(children()) would.
    Collection level = input;
    while (!level.empty()) {
        Collection next;
        for (const Item &item : level) {
            tick();
            children(item, next);
        }
        out.append(next);
        level = std::move(next);
    }
}

template <core::Node N>
std::optional<std::string_view> Evaluator<N>::text_of(const Item &item) const {
    if (item.value) {
        if (item.value->kind == ValueKind::string) return item.value->text;
        return std::nullopt;
    }
    if (item.node.kind() != core::Kind::string) return std::nullopt;
    if (item.type && (!item.type->is_primitive() || system_kind(*item.type) != ValueKind::string))
        return std::nullopt;
    return item.node.as_text();
}

template <core::Node N>
const Value *Evaluator<N>::value_of(const Item &item) {
    using core::Kind;
    if (item.value) return item.value;
    switch (item.node.kind()) {
        case Kind::boolean: return item.node.as_bool() ? &true_ : &false_;
        case Kind::number: {
            auto number = core::Decimal::parse(detail::number_text(item.node));
            if (!number.ok()) throw number.error();
            core::Decimal decimal = std::move(number).value();
            const bool is_decimal =
                item.type ? system_kind(*item.type) == ValueKind::decimal : decimal.scale() > 0;
            if (!is_decimal) {
                const auto whole = decimal.to_int64();
                if (whole && *whole >= INT32_MIN && *whole <= INT32_MAX)
                    return keep(Value::of_integer(*whole));
                if (whole) return keep(Value::of_long(*whole));
            }
            return keep(Value::of_decimal(std::move(decimal)));
        }
        case Kind::string: {
            const std::string_view text = item.node.as_text();
            if (item.type && item.type->is_primitive()) {
                std::optional<Temporal> t;
                switch (system_kind(*item.type)) {
                    case ValueKind::date: t = parse_temporal(text, TemporalKind::date); break;
                    case ValueKind::date_time:
                        t = parse_temporal(text, TemporalKind::date_time);
                        break;
                    case ValueKind::time: t = parse_temporal(text, TemporalKind::time); break;
                    default: break;
                }
                if (t) return keep(Value::of_temporal(*t));
            }
            return keep(Value::of_string(std::string(text)));
        }
        case Kind::object: {
            if (!item.type || !is_quantity(*item.type)) return nullptr;
            // "FHIR Quantity and System.Quantity" (FHIR R4, Using FHIRPath): value, and UCUM's code
            // or, without a system, the unit when it is a calendar duration.
            const N number = item.node.find("value");
            if (number.kind() != Kind::number) return nullptr;
            if (item.node.find("comparator").kind() != Kind::absent) return nullptr;
            auto decimal = core::Decimal::parse(detail::number_text(number));
            if (!decimal.ok()) return nullptr;
            const N system = item.node.find("system");
            const N code = item.node.find("code");
            if (system.kind() == Kind::string && system.as_text() == "http://unitsofmeasure.org" &&
                code.kind() == Kind::string) {
                Value v = Value::of_quantity(std::move(decimal).value(), code.as_text());
                for (const std::string_view duration :
                     {"a", "mo", "wk", "d", "h", "min", "s", "ms"})
                    if (code.as_text() == duration) v.unit = UnitKind::either;
                return keep(std::move(v));
            }
            return nullptr;
        }
        default: return nullptr;
    }
}

}  // namespace clinical::fhirpath
