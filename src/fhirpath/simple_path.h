#pragma once

// The expressions that most columns are (`name.where(use = 'official').family`,
// `code.coding[0].code`, `value.value`) walked without collections.  A shortcut only: whatever is
// not plain gives up, and the Evaluator answers.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhirpath/expression.h"
#include "fhirpath/types.h"

namespace clinical::fhirpath {

class SimplePath {
public:
    // Nothing when the expression is of another shape.
    static std::optional<SimplePath> of(const Expression &expression);

    template <core::Node N>
    struct Found {
        enum class Count { none, one, many, gave_up };
        Count count = Count::none;
        N node{};                          // of `one`: a value that is there
        const fhir::Type *type = nullptr;  // its type, null for System types
    };

    // The first item and whether there are more.  `type`: of the root, null when unknown.
    template <core::Node N>
    Found<N> find(const N &root, const fhir::Type *type);

private:
    enum class StepKind : std::uint8_t { member, where_equals, index };
    struct Step {
        StepKind kind = StepKind::member;
        std::string name;     // member; of where_equals: the member compared
        std::string side;     // "_" + name
        std::string literal;  // of where_equals
        std::size_t index = 0;
        // What the name was in the type seen last.
        const fhir::Type *seen_type = nullptr;
        const fhir::Type *member_type = nullptr;
        const fhir::Element *choice = nullptr;
        std::size_t choice_hint = 0;
        std::vector<std::string> choice_names;  // in JSON
        bool known = false;
        std::size_t passed = 0;  // of index: items so far
    };

    void look_up(Step &step, const fhir::Type *type);
    template <core::Node N>
    bool walk(std::size_t at, const N &node, const fhir::Type *type, Found<N> &found);
    template <core::Node N>
    bool member(std::size_t at, const N &node, const fhir::Type *type, Found<N> &found);
    template <core::Node N>
    bool spread(std::size_t at, const N &parent, const Step &step, const N &value,
                const fhir::Type *type, Found<N> &found);
    template <core::Node N>
    static bool give_up(Found<N> &found) {
        found.count = Found<N>::Count::gave_up;
        return false;
    }

    const fhir::Type *root_type_ = nullptr;  // named in front: Patient.name
    bool has_root_ = false;
    std::vector<Step> steps_;
};

template <core::Node N>
SimplePath::Found<N> SimplePath::find(const N &root, const fhir::Type *type) {
    Found<N> found;
    if (has_root_ && (!type || !type->is_a(*root_type_))) {
        give_up(found);
        return found;
    }
    for (Step &step : steps_) step.passed = 0;
    walk(0, root, type, found);
    return found;
}

// False: no need to go on.
template <core::Node N>
bool SimplePath::walk(std::size_t at, const N &node, const fhir::Type *type, Found<N> &found) {
    if (at == steps_.size()) {
        if (found.count == Found<N>::Count::none) {
            found = {Found<N>::Count::one, node, type};
            return true;
        }
        found.count = Found<N>::Count::many;
        return false;
    }
    Step &step = steps_[at];
    switch (step.kind) {
        case StepKind::member: return member(at, node, type, found);
        case StepKind::index:
            if (step.passed++ < step.index) return true;
            // The item asked for: what follows it is of no interest.
            if (step.passed > step.index + 1) return false;
            walk(at + 1, node, type, found);
            return false;
        case StepKind::where_equals: {
            if (node.kind() != core::Kind::object) return give_up(found);
            if (!step.known || step.seen_type != type) look_up(step, type);
            if (step.choice || (type && !step.member_type)) return give_up(found);
            const N value = node.find(step.name);
            if (value.kind() == core::Kind::absent) return true;
            if (value.kind() != core::Kind::string) return give_up(found);
            if (step.member_type && step.member_type->is_primitive() &&
                system_kind(*step.member_type) != ValueKind::string)
                return give_up(found);
            if (value.as_text() != step.literal) return true;
            return walk(at + 1, node, type, found);
        }
    }
    return true;
}

template <core::Node N>
bool SimplePath::member(std::size_t at, const N &node, const fhir::Type *type, Found<N> &found) {
    if (node.kind() != core::Kind::object) return give_up(found);
    Step &step = steps_[at];
    if (!step.known || step.seen_type != type) look_up(step, type);
    if (!step.choice) {
        const N value = node.find(step.name);
        if (value.kind() != core::Kind::absent)
            return spread(at, node, step, value, step.member_type, found);
        // A choice of an unknown type, or a primitive with extensions only.
        if (!type || !step.member_type) return give_up(found);
        if (step.member_type->is_primitive() && node.find(step.side).kind() != core::Kind::absent)
            return give_up(found);
        return true;
    }
    const auto types = step.choice->types();
    const auto attempt = [&](std::size_t i, N &value) {
        value = node.find(step.choice_names[i]);
        return value.kind() != core::Kind::absent;
    };
    N value{};
    std::size_t i = step.choice_hint;
    if (!attempt(i, value)) {
        for (i = 0; i < types.size(); ++i)
            if (i != step.choice_hint && attempt(i, value)) break;
    }
    // Not there: or with extensions only, which is looked for by the evaluator.
    if (i == types.size()) {
        for (std::size_t k = 0; k < types.size(); ++k)
            if (types[k].type().is_primitive() &&
                node.find("_" + step.choice_names[k]).kind() != core::Kind::absent)
                return give_up(found);
        return true;
    }
    step.choice_hint = i;
    return spread(at, node, step, value, &types[i].type(), found);
}

// The items of a member.
template <core::Node N>
bool SimplePath::spread(std::size_t at, const N &parent, const Step &step, const N &value,
                        const fhir::Type *type, Found<N> &found) {
    using core::Kind;
    switch (value.kind()) {
        case Kind::null: return give_up(found);
        case Kind::object:
            if (type && type->is_resource()) return give_up(found);
            return walk(at + 1, value, type, found);
        case Kind::array: break;
        default: return walk(at + 1, value, type, found);
    }
    const std::size_t count = value.size();
    for (std::size_t i = 0; i < count; ++i) {
        const N element = value.at(i);
        switch (element.kind()) {
            case Kind::object:
                if (type && type->is_resource()) return give_up(found);
                break;
            case Kind::null:
            case Kind::array: return give_up(found);
            default:
                if (i == 0 && parent.find(step.side).kind() != Kind::absent) return give_up(found);
        }
        if (!walk(at + 1, element, type, found)) return false;
    }
    return true;
}

}  // namespace clinical::fhirpath
