#pragma once

// FHIR's own functions (FHIR R4, "Using FHIRPath with FHIR resources") and those of SQL on FHIR.

#include "fhirpath/evaluate_equality.h"
#include "fhirpath/html.h"
#include "fhirpath/reference_key.h"

namespace clinical::fhirpath {

namespace detail {

template <core::Node N>
std::string_view text_at(const N &object, std::string_view key) {
    const N member = object.find(key);
    return member.kind() == core::Kind::string ? std::string_view(member.as_text())
                                               : std::string_view();
}

}  // namespace detail

template <core::Node N>
N Evaluator<N>::find_in_bundle(const N &bundle, std::string_view reference) {
    const N entries = bundle.find("entry");
    if (entries.kind() != core::Kind::array) return {};
    const bool absolute = reference.find(':') != std::string_view::npos;
    const auto [type, id] = detail::type_and_id(reference);
    for (std::size_t i = 0; i < entries.size(); ++i) {
        tick();
        const N entry = entries.at(i);
        const N resource = entry.find("resource");
        if (resource.kind() != core::Kind::object) continue;
        const std::string_view url = detail::text_at(entry, "fullUrl");
        if (absolute ? url == detail::without_version(reference)
                     : !type.empty() && detail::text_at(resource, "resourceType") == type &&
                           detail::text_at(resource, "id") == id)
            return resource;
    }
    return {};
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::resolve(const Collection &input, const Node &node) {
    Collection out;
    const N root = environment_.root_resource.kind() != core::Kind::absent
                       ? environment_.root_resource
                       : root_.node;
    for (const Item &item : input) {
        tick();
        std::string_view reference;
        if (const auto text = text_of(item))
            reference = *text;
        else if (!item.is_value() && item.node.kind() == core::Kind::object)
            reference = detail::text_at(item.node, "reference");
        if (reference.empty()) continue;
        N found{};
        if (reference.starts_with('#')) {
            if (reference.size() == 1) found = root;
            for (const N &holder : {root, environment_.resource}) {
                const N contained = holder.find("contained");
                for (std::size_t i = 0;
                     found.kind() == core::Kind::absent && contained.kind() == core::Kind::array &&
                     i < contained.size();
                     ++i)
                    if (detail::text_at(contained.at(i), "id") == reference.substr(1))
                        found = contained.at(i);
            }
        } else {
            if (detail::text_at(root, "resourceType") == "Bundle")
                found = find_in_bundle(root, reference);
            const auto [type, id] = detail::type_and_id(reference);
            if (found.kind() == core::Kind::absent && !type.empty() &&
                detail::text_at(root, "resourceType") == type && detail::text_at(root, "id") == id)
                found = root;
            if (found.kind() == core::Kind::absent) {
                if (!environment_.resolver)
                    fail(node,
                         "FHIRPath resolve() of a reference beyond the resource needs the form "
                         "with variables",
                         core::ErrorCode::unsupported);
                found = environment_.resolver->resolve(reference);
            }
        }
        if (found.kind() == core::Kind::object) out.push(item_of(found));
    }
    return out;
}

// The codings of Coding, CodeableConcept, Quantity, code and string items.
template <core::Node N>
std::vector<Terminology::Coding> Evaluator<N>::codings_of(const Collection &c) {
    std::vector<Terminology::Coding> out;
    const auto add = [&](const N &coding) {
        const std::string_view code = detail::text_at(coding, "code");
        if (!code.empty())
            out.push_back(
                {detail::text_at(coding, "system"), code, detail::text_at(coding, "version")});
    };
    for (const Item &item : c) {
        if (const auto text = text_of(item)) {
            out.push_back({"", *text, ""});
        } else if (!item.is_value() && item.node.kind() == core::Kind::object) {
            const N codings = item.node.find("coding");
            if (codings.kind() == core::Kind::array)
                for (std::size_t i = 0; i < codings.size(); ++i) add(codings.at(i));
            else
                add(item.node);
        }
    }
    return out;
}

template <core::Node N>
typename Evaluator<N>::Collection Evaluator<N>::terminology(const Node &node,
                                                            const Collection &input,
                                                            const Scope &scope) {
    const Collection given = argument(node, 0, scope);
    if (!environment_.terminology)
        fail(node, "FHIRPath expression needs terminology, which an immutable function has not",
             core::ErrorCode::unsupported);
    if (input.empty()) return {};
    if (!single(input, node)) return {};
    const auto codings = codings_of(input);
    if (node.function == Function::member_of) {
        const auto url = string_argument(given, node);
        if (!url) return {};
        // A concept is in a value set when one of its codings is.
        bool known = false;
        for (const auto &coding : codings) {
            const auto in = environment_.terminology->member_of(coding, *url);
            if (in == true) return one(true);
            known = known || in.has_value();
        }
        return known ? one(false) : Collection();
    }
    bool known = false;
    for (const auto &a : codings) {
        for (const auto &b : codings_of(given)) {
            const auto holds = node.function == Function::subsumes
                                   ? environment_.terminology->subsumes(a, b)
                                   : environment_.terminology->subsumes(b, a);
            if (holds == true) return one(true);
            known = known || holds.has_value();
        }
    }
    return known ? one(false) : Collection();
}

template <core::Node N>
typename Evaluator<N>::Called Evaluator<N>::call_fhir(const Node &node, const Collection &input,
                                                      const Scope &scope) {
    const auto has_value = [](const Item &item) {
        if (item.is_value()) return true;
        const auto kind = item.node.kind();
        return kind == core::Kind::string || kind == core::Kind::number ||
               kind == core::Kind::boolean;
    };
    switch (node.function) {
        case Function::extension: {
            const Collection given = argument(node, 0, scope);
            const auto url = string_argument(given, node);
            Collection out;
            if (!url) return out;
            static const fhir::Type *const type = fhir::type_named("Extension");
            for (const Item &item : input) {
                tick();
                if (item.is_value()) continue;
                const N holder =
                    item.node.kind() == core::Kind::object ? item.node : extra_of(item);
                const N list = holder.find("extension");
                if (list.kind() != core::Kind::array) continue;
                for (std::size_t i = 0; i < list.size(); ++i)
                    if (detail::text_at(list.at(i), "url") == *url)
                        out.push(Item{.node = list.at(i), .type = type});
            }
            return out;
        }
        case Function::has_value: return one(input.size() == 1 && has_value(input.front()));
        case Function::get_value: {
            if (input.size() != 1 || !has_value(input.front())) return Collection();
            return Collection(Item{.value = value_of(input.front())});
        }
        case Function::resolve: return resolve(input, node);
        case Function::member_of:
        case Function::subsumes:
        case Function::subsumed_by: return terminology(node, input, scope);
        case Function::conforms_to: {
            const Collection given = argument(node, 0, scope);
            const auto profile = string_argument(given, node);
            const Item *item = single(input, node);
            if (!item || !profile) return Collection();
            if (environment_.profiles)
                if (const auto conforms =
                        environment_.profiles->conforms(item->node, item->type, *profile))
                    return one(*conforms);
            constexpr std::string_view base = "http://hl7.org/fhir/StructureDefinition/";
            const fhir::Type *type = profile->starts_with(base)
                                         ? fhir::type_named(profile->substr(base.size()))
                                         : nullptr;
            if (!type && !environment_.profiles)
                fail(node,
                     "FHIRPath conformsTo() of a loaded profile needs the form with variables",
                     core::ErrorCode::unsupported);
            if (!type)
                fail(node, "FHIRPath conformsTo() names an unknown profile",
                     core::ErrorCode::undefined_name);
            return one(item->type && item->type->is_a(*type));
        }
        case Function::check_modifiers: {
            std::vector<std::string> known;
            for (std::size_t i = 0; i < node.children.size(); ++i) {
                const Collection given = argument(node, i, scope);
                if (const auto url = string_argument(given, node)) known.emplace_back(*url);
            }
            for (const Item &item : input) {
                tick();
                if (item.is_value()) continue;
                const N list = item.node.find("modifierExtension");
                for (std::size_t i = 0; i < list.size(); ++i)
                    if (std::find(known.begin(), known.end(), detail::text_at(list.at(i), "url")) ==
                        known.end())
                        fail(node, "FHIRPath checkModifiers() met another modifier extension");
            }
            return input;
        }
        case Function::html_checks: {
            const Item *item = single(input, node);
            if (!item) return Collection();
            const auto text = string_argument(input, node);
            return text ? one(is_narrative(*text)) : Collection();
        }
        case Function::get_resource_key: {
            Collection out;
            for (const Item &item : input) {
                if (item.is_value()) continue;
                const std::string_view id = detail::text_at(item.node, "id");
                if (!id.empty()) out.push(of(Value::of_string(std::string(id))));
            }
            return out;
        }
        case Function::get_reference_key: {
            const fhir::Type *wanted =
                node.children.empty() ? nullptr : type_named(ast_.nodes[node.children[0]]).fhir;
            Collection out;
            for (const Item &item : input) {
                if (item.is_value()) continue;
                const auto [type, id] =
                    detail::type_and_id(detail::text_at(item.node, "reference"));
                if (id.empty() || (wanted && type != wanted->name())) continue;
                out.push(of(Value::of_string(std::string(id))));
            }
            return out;
        }
        default: return std::nullopt;
    }
}

}  // namespace clinical::fhirpath
