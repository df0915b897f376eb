#pragma once

// A resource against the R4 definitions: structure, cardinality, primitives, choices, bindings,
// references, extensions, contained resources, narrative, invariants (R4, 2.6 and 12).
//
// A template over Node that goes through the document once.  What it finds goes to a Report.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/limits.h"
#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhir/primitive_text.h"
#include "validate/artifact_rules.h"
#include "validate/bindings.h"
#include "validate/bundle.h"
#include "validate/narrative.h"
#include "validate/path.h"
#include "validate/primitive.h"
#include "validate/references.h"
#include "validate/report.h"
#include "validate/resource_rules.h"
#include "validate/scope.h"

namespace clinical::validate {

// Evaluates the invariants that are not built in.
template <core::Node N>
class InvariantChecker {
public:
    InvariantChecker() = default;
    InvariantChecker(const InvariantChecker &) = delete;
    InvariantChecker &operator=(const InvariantChecker &) = delete;
    virtual ~InvariantChecker() = default;
    // Those that the type states.
    virtual void check_type(const fhir::Type &type, const N &value, const Frame &at,
                            const Scope<N> &scope, Report &report) = 0;
    // Those of an element or profile; what the type states is left out.
    virtual void check_list(const fhir::InvariantList &list, const fhir::Type &type, const N &value,
                            const Frame &at, const Scope<N> &scope, Report &report) = 0;
};

template <core::Node N>
class Validator {
public:
    Validator(Report &report, const core::Limits &limits, InvariantChecker<N> *invariants = nullptr)
        : report_(report), limits_(limits), invariants_(invariants) {}

    void run(const N &root) {
        Frame frame;
        frame.name = "Resource";
        resource(root, frame, nullptr, nullptr);
    }

private:
    using Kind = core::Kind;
    using Type = fhir::Type;
    using Element = fhir::Element;
    using Member = fhir::Member;
    using Primitive = fhir::Primitive;

    // A resource at `frame`; `holder` is the element that holds it (null at the root).
    void resource(const N &node, Frame &frame, const Member *holder, const Scope<N> *outer) {
        if (node.kind() != Kind::object)
            return report_.error(frame, "structure", "json", "a resource is a JSON object");
        const N name = node.find("resourceType");
        if (name.kind() != Kind::string)
            return report_.error(frame, "structure", "resourceType",
                                 "the resource has no resourceType");
        const Type *type = fhir::resource_named(name.as_text());
        if (!type)
            return report_.error(frame, "structure", "resourceType",
                                 "the resourceType is not a resource of FHIR R4");
        if (!holder) frame.name = type->name();
        Scope<N> scope(node, *type, outer, holder && holder->element->name() == "contained");
        object(*type, node, frame, scope, nullptr);
        check_resource(scope, frame, report_);
        if (type->name() == "Bundle") check_bundle(node, frame, report_);
        check_artifact(*type, node, frame, report_);
    }

    // The members of an object of `type`; `holder` is the element that it stands in.
    void object(const Type &type, const N &node, const Frame &frame, const Scope<N> &scope,
                const Member *holder) {
        if (node.kind() != Kind::object)
            return report_.error(frame, "structure", "json", "a JSON object is expected here");
        if (!enter(frame)) return;
        const std::span<const Element> elements = type.elements();
        Seen seen;
        std::size_t content = 0;  // members other than id, the first element of every type
        const std::size_t size = node.size();
        for (std::size_t i = 0; i < size; ++i) {
            std::string_view name = node.key(i);
            if (type.is_resource() && name == "resourceType") continue;
            const bool is_extra = name.starts_with('_');
            if (is_extra) name.remove_prefix(1);
            const auto member = fhir::member_of(type, name);
            if (!member || (is_extra && !member->type->is_primitive())) {
                ++content;
                report_.error(frame, "structure", "unknown",
                              "there is a member that the definition does not know");
                continue;
            }
            const auto number = static_cast<unsigned>(member->element - elements.data());
            content += number != 0;
            const Frame inner = child(frame, *member);
            seen.note(*member, number, inner, report_);
            const N value = node.at(i);
            if (is_extra)
                extras(*member, value, node.find(name), inner, scope);
            else
                values(*member, name, value, node, inner, scope);
        }
        for (unsigned i = 0; i < elements.size(); ++i)
            if (elements[i].min() > 0 && !seen.has(i)) missing(elements[i], frame);
        if (content == 0 && !type.is_resource())
            report_.error(frame, "invariant", "ele-1",
                          "an element must have a value or children (ele-1)");
        special(type, node, frame, scope, holder);
        if (invariants_) invariants_->check_type(type, node, frame, scope, report_);
    }

    // Depth and cancellation.
    bool enter(const Frame &frame) {
        if (++objects_ % 1024 == 0) limits_.interrupt.poll();
        if (frame.depth < limits_.depth) return true;
        report_.error(frame, "too-costly", "depth", "the resource is nested too deeply");
        return false;
    }

    static Frame child(const Frame &frame, const Member &member) {
        Frame inner = frame.child(member.element->name());
        if (member.element->is_choice()) inner.choice = member.type;
        return inner;
    }

    // Elements of one object that were met, and with which of their types.
    struct Seen {
        std::uint64_t bits = 0, choices = 0;
        const fhir::Use *use = nullptr;

        [[nodiscard]] bool has(unsigned number) const { return bits >> number & 1; }
        void note(const Member &member, unsigned number, const Frame &frame, Report &report) {
            if (member.element->is_choice() && has(number) && use != member.use &&
                !(choices >> number & 1)) {
                choices |= std::uint64_t{1} << number;
                report.error(*frame.parent, "structure", "choice",
                             "an element of several types has more than one of them");
            }
            if (member.element->is_choice()) use = member.use;
            bits |= std::uint64_t{1} << number;
        }
    };

    void missing(const Element &element, const Frame &frame) {
        report_.error(frame, "required", "min",
                      "the element \"" + std::string(element.name()) +
                          (element.is_choice() ? "[x]" : "") + "\" is required");
    }

    void values(const Member &member, std::string_view name, const N &value, const N &parent,
                const Frame &frame, const Scope<N> &scope) {
        if (!member.element->is_list()) {
            if (value.kind() == Kind::array)
                return report_.error(frame, "structure", "array",
                                     "there can be only one: no array");
            one(member, value, frame, scope);
            return;
        }
        if (value.kind() != Kind::array)
            return report_.error(frame, "structure", "array", "an array is expected here");
        const std::size_t size = value.size();
        if (size == 0) return report_.error(frame, "structure", "empty", "an array is never empty");
        Frame item = frame;
        for (std::size_t i = 0; i < size; ++i) {
            item.index = static_cast<int>(i);
            const N node = value.at(i);
            if (node.kind() == Kind::null && member.type->is_primitive()) {
                if (extra_of(parent, name).at(i).kind() != Kind::object)
                    report_.error(item, "invariant", "ele-1",
                                  "an element must have a value or children (ele-1)");
                continue;
            }
            one(member, node, item, scope);
        }
    }

    static N extra_of(const N &parent, std::string_view name) {
        const N extra = parent.find("_" + std::string(name));
        return extra.kind() == Kind::array ? extra : N();
    }

    // The "_" twin of primitives: ids and extensions.
    void extras(const Member &member, const N &extra, const N &twin, const Frame &frame,
                const Scope<N> &scope) {
        if (!member.element->is_list()) {
            object(*member.type, extra, frame, scope, &member);
            if (twin.kind() == Kind::absent) code_without_value(member, extra, frame);
            return;
        }
        if (extra.kind() != Kind::array)
            return report_.error(frame, "structure", "array", "an array is expected here");
        if (twin.kind() == Kind::array && twin.size() != extra.size())
            report_.error(frame, "structure", "array",
                          "the arrays of values and of extensions differ in length");
        Frame item = frame;
        for (std::size_t i = 0; i < extra.size(); ++i) {
            item.index = static_cast<int>(i);
            const N node = extra.at(i);
            if (node.kind() != Kind::null) {
                object(*member.type, node, item, scope, &member);
                if (twin.at(i).kind() == Kind::absent || twin.at(i).kind() == Kind::null)
                    code_without_value(member, node, item);
            } else if (twin.kind() != Kind::array || twin.at(i).kind() == Kind::null) {
                if (twin.kind() != Kind::array)  // else the values have said so
                    report_.error(item, "invariant", "ele-1",
                                  "an element must have a value or children (ele-1)");
            }
        }
    }

    // A required binding has no room for a reason why there is no code.
    void code_without_value(const Member &member, const N &extra, const Frame &frame) {
        const N extensions = extra.find("extension");
        if (extensions.kind() != Kind::array) return;
        for (std::size_t i = 0; i < extensions.size(); ++i)
            if (text_of(extensions.at(i).find("url")) !=
                "http://hl7.org/fhir/StructureDefinition/data-absent-reason")
                return;
        if (member.type->primitive() == Primitive::code && member.element->value_set() &&
            member.element->binding() == fhir::Strength::required)
            report_.error(frame, "code-invalid", "binding",
                          "a code from the value set is required");
    }

    void one(const Member &member, const N &value, const Frame &frame, const Scope<N> &scope) {
        if (member.type->is_primitive()) {
            primitive(member, value, frame, scope);
        } else if (member.type->is_resource()) {
            Frame inner = frame;
            resource(value, inner, &member, &scope);
        } else {
            object(*member.type, value, frame, scope, &member);
            bound(member, value, frame);
            listed(member.element->invariants(), member, value, frame, scope);
            if (&member.use->profile() != member.type)
                listed(member.use->profile().invariants(), member, value, frame, scope);
        }
    }

    static Kind kind_of(Primitive primitive) {
        switch (primitive) {
            case Primitive::boolean: return Kind::boolean;
            case Primitive::decimal:
            case Primitive::integer:
            case Primitive::positiveInt:
            case Primitive::unsignedInt: return Kind::number;
            default: return Kind::string;
        }
    }

    void primitive(const Member &member, const N &value, const Frame &frame,
                   const Scope<N> &scope) {
        const Primitive type = member.type->primitive();
        const Kind expected = kind_of(type);
        if (value.kind() != expected)
            return report_.error(frame, "invalid", "json",
                                 expected == Kind::string    ? "a JSON string is expected here"
                                 : expected == Kind::boolean ? "true or false is expected here"
                                                             : "a JSON number is expected here");
        if (expected == Kind::string) {
            const std::string_view text = value.as_text();
            if (type == Primitive::xhtml) {
                scope.has_narrative(text);
                return narrative(text, frame);
            }
            if (const char *problem = lexical_problem(type, text))
                return report_.error(frame, "invalid", "format", problem);
            if (text.front() == '#' &&
                (type == Primitive::uri || type == Primitive::canonical || type == Primitive::url))
                scope.refers_to(text);
            // R4, 2.24.0.1.7; the specification's own examples are full of relative ones.
            if (type == Primitive::canonical && text.front() != '#' && !is_absolute_uri(text))
                report_.warning(frame, "invalid", "canonical",
                                "a canonical URL is absolute, or a fragment");
            if (member.element->value_set() &&
                member.element->binding() >= fhir::Strength::extensible)
                check_code_binding(*member.element, text, frame, report_);
        } else if (expected == Kind::number && type != Primitive::decimal) {
            if (const char *problem = lexical_problem(type, fhir::number_text(value)))
                return report_.error(frame, "invalid", "format", problem);
        }
        listed(member.element->invariants(), member, value, frame, scope);
    }

    void narrative(std::string_view div, const Frame &frame) {
        const NarrativeProblem problem = narrative_problem(div, limits_);
        if (problem.rule) report_.error(frame, "invariant", problem.rule, problem.message);
    }

    void bound(const Member &member, const N &value, const Frame &frame) {
        if (!member.element->value_set()) return;
        const std::string_view type = member.type->name();
        if (type == "CodeableConcept")
            check_concept_binding(*member.element, value, frame, report_);
        else if (type == "Coding" || type == "Quantity")
            check_coding_binding(*member.element, value, frame, report_);
    }

    // What types demand beyond their elements.
    void special(const Type &type, const N &node, const Frame &frame, const Scope<N> &scope,
                 const Member *holder) {
        static const Type *const extension = fhir::type_named("Extension");
        static const Type *const reference = fhir::type_named("Reference");
        static const Type *const coding = fhir::type_named("Coding");
        static const Type *const quantity = fhir::type_named("Quantity");
        if (&type == extension)
            check_extension(node, frame, holder && &holder->element->owner() == extension, report_);
        else if (&type == reference)
            check_reference(node, holder, frame, scope, report_);
        else if (&type == coding || &type == quantity || type.base() == quantity)
            check_coding(node, &type != coding, frame, report_);
    }

    void listed(const fhir::InvariantList &list, const Member &member, const N &value,
                const Frame &frame, const Scope<N> &scope) {
        if (invariants_ && !list.empty())
            invariants_->check_list(list, *member.type, value, frame, scope, report_);
    }

    Report &report_;
    const core::Limits &limits_;
    InvariantChecker<N> *invariants_;
    std::size_t objects_ = 0;
};

}  // namespace clinical::validate
