#pragma once

// %factory: makes instances of FHIR types (factory.h).

#include "fhirpath/evaluate_equality.h"
#include "fhirpath/factory.h"

namespace clinical::fhirpath {

namespace detail {

// A node as a tree of the core.
template <core::Node N>
core::Json json_of(const N &node, int depth = 0) {
    using core::Json;
    using core::Kind;
    check_depth(depth);
    switch (node.kind()) {
        case Kind::absent: return {};
        case Kind::null: return Json::null();
        case Kind::boolean: return Json::boolean(node.as_bool());
        case Kind::number: return Json::number(number_text(node));
        case Kind::string: return Json::string(node.as_text());
        case Kind::array: {
            Json out = Json::array();
            for (std::size_t i = 0; i < node.size(); ++i) out.push(json_of(node.at(i), depth + 1));
            return out;
        }
        case Kind::object: {
            Json out = Json::object();
            for (std::size_t i = 0; i < node.size(); ++i)
                out.set(node.key(i), json_of(node.at(i), depth + 1));
            return out;
        }
    }
    return {};
}

}  // namespace detail

// The element that an item is: its value, id and extensions, type.
template <core::Node N>
typename Evaluator<N>::Made Evaluator<N>::made_of(const Item &item) {
    if (item.is_value())
        return {value_json(*item.value), {}, fhir::type_named(fhir_name(item.value->kind))};
    const fhir::Type *type = item.type;
    if (!type)
        if (const Value *value = value_of(item)) type = fhir::type_named(fhir_name(value->kind));
    core::Json extra;
    if (item.node.kind() != core::Kind::object) extra = detail::json_of(extra_of(item));
    return {detail::json_of(item.node), std::move(extra), type};
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::item_of_made(const Node &node, const Made &made) {
    if (!environment_.builder)
        fail(node, "FHIRPath %factory is not offered here", core::ErrorCode::unsupported);
    if (made.type && !made.type->is_primitive())
        return Collection(Item{.node = environment_.builder->build(made.value), .type = made.type});
    // A primitive stands in an object, beside its id and extensions.
    static const std::string name = "v";
    core::Json holder = core::Json::object();
    if (!made.value.is_absent()) holder.set("v", made.value);
    if (made.extra.kind() == core::Kind::object) holder.set("_v", made.extra);
    const N object = environment_.builder->build(holder);
    Item item{.node = object.find("v"), .side = object, .type = made.type};
    item.side_name = &name;
    return Collection(item);
}

// `items` as element `element` of a type that is being made.
template <core::Node N>
void Evaluator<N>::set_made(const Node &node, core::Json &object, const fhir::Element &element,
                            const Collection &items) {
    if (items.empty()) return;
    const fhir::Type &wanted = element.types()[0].type();
    core::Json list = core::Json::array();
    for (const Item &item : items) {
        if (wanted.is_primitive()) {
            const Value *value = value_of(item);
            auto json = value ? primitive_json(wanted, *value) : std::nullopt;
            if (!json) fail(node, "FHIRPath %factory got a value of another type");
            list.push(*std::move(json));
        } else {
            const Made part = made_of(item);
            if (!part.type || !part.type->is_a(wanted))
                fail(node, "FHIRPath %factory got a value of another type");
            list.push(part.value);
        }
    }
    if (!element.is_list() && items.size() > 1)
        fail(node, "FHIRPath %factory got several values where one is allowed");
    object.set(element.name(), element.is_list() ? std::move(list) : list.at(0));
}

template <core::Node N>
core::Json Evaluator<N>::extension_of(const Node &node, const Collection &url,
                                      const Collection &value) {
    core::Json extension = core::Json::object();
    const auto text = string_argument(url, node);
    if (!text) fail(node, "FHIRPath %factory.Extension() needs a URL");
    extension.set("url", core::Json::string(*text));
    if (const Item *item = single(value, node)) {
        const Made part = made_of(*item);
        if (!part.type) fail(node, "FHIRPath %factory got a value of an unknown type");
        const std::string name = detail::choice_name("value", part.type->name());
        if (!part.value.is_absent()) extension.set(name, part.value);
        if (part.extra.kind() == core::Kind::object) extension.set("_" + name, part.extra);
    }
    return extension;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::eval_factory(const Node &node, const Scope &scope) {
    const auto add_extension = [](core::Json &holder, core::Json extension) {
        holder["extension"].push(std::move(extension));
    };
    const std::size_t count = node.children.size();
    const auto need = [&](std::size_t least, std::size_t most) {
        if (count < least || count > most)
            fail(node, "FHIRPath %factory takes another number of arguments",
                 core::ErrorCode::invalid_option);
    };

    if (node.name == "create") {
        need(1, 1);
        const TypeName &type = type_named(ast_.nodes[node.children[0]]);
        if (!type.fhir) fail(node, "FHIRPath %factory makes types of FHIR");
        return item_of_made(
            node, {type.fhir->is_primitive() ? core::Json() : core::Json::object(), {}, type.fhir});
    }
    if (node.name == "withExtension" || node.name == "withProperty") {
        need(3, 3);
        const Collection instance = argument(node, 0, scope);
        const Collection name = argument(node, 1, scope);
        const Collection value = argument(node, 2, scope);
        const Item *item = single(instance, node);
        if (!item) return {};
        Made made = made_of(*item);
        if (!made.type) fail(node, "FHIRPath %factory got a value of an unknown type");
        core::Json &holder = made.type->is_primitive() ? made.extra : made.value;
        if (node.name == "withExtension") {
            add_extension(holder, extension_of(node, name, value));
            return item_of_made(node, made);
        }
        const auto text = string_argument(name, node);
        const fhir::Element *element = text ? fhir::element_of(*made.type, *text) : nullptr;
        if (!element || element->is_choice())
            fail(node, "FHIRPath %factory names an element that the type does not have",
                 core::ErrorCode::undefined_name);
        set_made(node, holder, *element, value);
        return item_of_made(node, made);
    }
    const fhir::Type *type = fhir::type_named(node.name);
    if (node.name == "Extension") {
        need(2, 2);
        return item_of_made(
            node,
            {extension_of(node, argument(node, 0, scope), argument(node, 1, scope)), {}, type});
    }
    if (type && type->is_primitive()) {
        need(1, 2);
        const Collection given = argument(node, 0, scope);
        const Collection extensions = argument(node, 1, scope);
        Made made{{}, {}, type};
        if (const Item *item = single(given, node)) {
            const Value *value = value_of(*item);
            auto json = value ? primitive_json(*type, *value) : std::nullopt;
            if (!json) fail(node, "FHIRPath %factory got a value that the type does not allow");
            made.value = *std::move(json);
        }
        for (const Item &extension : extensions)
            add_extension(made.extra, detail::json_of(extension.node));
        return item_of_made(node, made);
    }
    const auto parameters =
        type ? factory_parameters(node.name) : std::span<const std::string_view>();
    if (parameters.empty())
        fail(node, "FHIRPath %factory has no such function", core::ErrorCode::undefined_function);
    need(0, parameters.size());
    Made made{core::Json::object(), {}, type};
    for (std::size_t i = 0; i < count; ++i)
        set_made(node, made.value, *fhir::element_of(*type, parameters[i]),
                 argument(node, i, scope));
    return item_of_made(node, made);
}

}  // namespace clinical::fhirpath
