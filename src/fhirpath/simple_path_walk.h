#pragma once

// SimplePath over a document: straight on while there is one item, and from the first list of
// several on item by item.

#include "fhirpath/simple_path.h"

namespace clinical::fhirpath {

template <Document D>
class SimplePath::Walk {
public:
    using N = std::remove_cvref_t<decltype(std::declval<const D &>().root())>;
    using Result = Found<N>;
    using Count = typename Result::Count;
    using Kind = core::Kind;

    Walk(SimplePath &path, const D &document, Result &found)
        : path_(path), document_(document), found_(found) {}

    // From step to step as long as there is one item.
    void go() {
        path_.typed_to_ = nowhere;
        if (path_.has_root_) {
            const fhir::Type *type = document_.type();
            if (!type || !type->is_a(*path_.root_type_)) return give_up();
            path_.type_is(0, type);
        }
        N node = document_.root();
        const std::size_t count = path_.steps_.size();
        for (at_ = 0; at_ < count; ++at_) {
            Step &step = path_.steps_[at_];
            switch (step.kind) {
                case StepKind::member:
                    node = member(step, node);
                    if (node.kind() == Kind::absent) return;
                    break;
                case StepKind::index:
                    if (step.index > 0) return;
                    break;
                case StepKind::where_equals:
                case StepKind::of_type: {
                    const Verdict verdict = passes(at_, node);
                    if (verdict == Verdict::unsure) return give_up();
                    if (verdict == Verdict::no) return;
                    break;
                }
                case StepKind::resource_key:
                case StepKind::reference_key: key(step, node); return;
            }
        }
        found_.count = Count::one;
        found_.node = node;
    }

private:
    void give_up() { found_.count = Count::gave_up; }
    const fhir::Type *type_at(std::size_t at) { return path_.type_at(at, document_); }

    // The member's value, when that is one; absent when all is said.
    N member(Step &step, const N node) {
        if (node.kind() != Kind::object) return give_up(), N{};
        if (step.needs_type) return typed_member(step, node);
        return single(step, node, node.find(step.name), false);
    }

    N typed_member(Step &step, const N node) {
        path_.typed(at_, type_at(at_));
        if (step.choice) {
            N value;
            const fhir::Type *chosen = choose(step, node, value);
            if (!chosen) return N{};
            path_.type_is(at_ + 1, chosen);
            return single(step, node, value, false);
        }
        const fhir::Type *type = step.member_type;
        return single(step, node, node.find(step.name), type && type->is_resource());
    }

    N single(Step &step, const N node, const N value, bool resource) {
        switch (value.kind()) {
            case Kind::absent: absent(step, node); return value;
            case Kind::array: return list(step, node, value, resource);
            case Kind::null: return give_up(), N{};
            default: break;
        }
        if (resource || step.list_only) return give_up(), N{};
        return value;
    }

    // A value that is not there: nothing, unless it has an id or extensions or is a choice.
    void absent(const Step &step, const N node) {
        if (step.list_only) return;
        const fhir::Type *type = type_at(at_);
        path_.typed(at_, type);
        if (step.choice || !type || !step.member_type) return give_up();
        if (step.member_type->is_primitive() && node.find(step.side).kind() != Kind::absent)
            give_up();
    }

    // The first of the choice's types that is there, in the order of the definition; null when
    // there is none, or none that the next step wants.
    const fhir::Type *choose(const Step &step, const N node, N &value) {
        for (std::size_t i = 0; i < step.wanted; ++i) {
            const auto &choice = step.choices[i];
            value = node.find(choice.name);
            if (value.kind() != Kind::absent) return choice.type;
            // There with an id or extensions only: the evaluator looks at that.
            if (!choice.side.empty() && node.find(choice.side).kind() != Kind::absent) {
                give_up();
                return nullptr;
            }
        }
        return nullptr;
    }

    // Elements that are plain items; `parent` holds the list.
    bool is_plain(const Step &step, const N parent, const N element, std::size_t i, bool resource) {
        switch (element.kind()) {
            case Kind::object: return !resource;
            case Kind::null:
            case Kind::array: return false;
            default: return i > 0 || parent.find(step.side).kind() == Kind::absent;
        }
    }

    N list(Step &step, const N node, const N value, bool resource) {
        const std::size_t size = value.size();
        std::size_t wanted = 0;
        const bool indexed =
            at_ + 1 < path_.steps_.size() && path_.steps_[at_ + 1].kind == StepKind::index;
        if (indexed) {
            wanted = path_.steps_[at_ + 1].index;
        } else if (size > 1) {
            for (Step &later : path_.steps_) later.passed = 0;
            const fhir::Type *type = type_at(at_ + 1);
            spread(at_, node, value, type);
            path_.type_is(path_.steps_.size(), found_type_);
            return N{};
        }
        for (std::size_t i = 0; i < size; ++i) {
            const N element = value.at(i);
            if (!is_plain(step, node, element, i, resource)) return give_up(), N{};
            if (i < wanted) continue;
            if (indexed) ++at_;
            return element;
        }
        return N{};
    }

    // Whether `node` passes a filter.
    Verdict passes(std::size_t at, const N node) {
        const Step &step = path_.steps_[at];
        if (step.kind == StepKind::of_type) {
            const fhir::Type *type = type_at(at);
            if (!type) return Verdict::unsure;
            return is_wanted(step.type, *type) ? Verdict::yes : Verdict::no;
        }
        if (node.kind() != Kind::object) return Verdict::unsure;
        const N value = node.find(step.name);
        if (step.needs_type || value.kind() == Kind::absent) {
            const fhir::Type *type = type_at(at);
            path_.typed(at, type);
            if (!type || step.choice || !step.member_type) return Verdict::unsure;
            if (value.kind() == Kind::absent) return Verdict::no;
            if (step.member_type->is_primitive() &&
                system_kind(*step.member_type) != ValueKind::string)
                return Verdict::unsure;
        }
        if (value.kind() != Kind::string) return Verdict::unsure;
        return value.as_text() == step.literal ? Verdict::yes : Verdict::no;
    }

    // The end of a path in a key.  False: no need to go on.
    bool key(const Step &step, const N node) {
        Result next{Count::one, {}, {}};
        if (step.kind == StepKind::resource_key) {
            next.node = node.find("id");
            if (next.node.kind() != Kind::string || next.node.as_text().empty()) return true;
        } else {
            const N reference = node.find("reference");
            if (reference.kind() != Kind::string) return true;
            next.text = reference_key(reference.as_text(), step.type.fhir);
            if (next.text.empty()) return true;
        }
        return add(next);
    }

    bool add(const Result &next) {
        if (found_.count == Count::none) {
            found_ = next;
            return true;
        }
        found_.count = Count::many;
        return false;
    }

    // --- item by item, types known ---

    // False: no need to go on.
    bool walk(std::size_t at, const N &node, const fhir::Type *type) {
        if (at == path_.steps_.size()) {
            if (found_.count == Count::none) found_type_ = type;
            return add({Count::one, node, {}});
        }
        Step &step = path_.steps_[at];
        switch (step.kind) {
            case StepKind::member: return walk_member(at, node, type);
            case StepKind::index:
                if (step.passed++ < step.index) return true;
                // The item asked for: what follows it is of no interest.
                if (step.passed > step.index + 1) return false;
                walk(at + 1, node, type);
                return false;
            case StepKind::where_equals:
            case StepKind::of_type: {
                if (step.single_only) return give_up(), false;
                path_.type_is(at, type);
                const Verdict verdict = passes(at, node);
                if (verdict == Verdict::unsure) return give_up(), false;
                return verdict == Verdict::no || walk(at + 1, node, type);
            }
            case StepKind::resource_key:
            case StepKind::reference_key: return key(step, node);
        }
        return true;
    }

    bool walk_member(std::size_t at, const N &node, const fhir::Type *type) {
        if (node.kind() != Kind::object) return give_up(), false;
        const Step &step = path_.typed(at, type);
        if (step.choice) {
            N value{};
            const fhir::Type *chosen = choose(step, node, value);
            if (chosen) return spread(at, node, value, chosen);
            return found_.count != Count::gave_up;
        }
        const N value = node.find(step.name);
        if (value.kind() != Kind::absent) return spread(at, node, value, step.member_type);
        if (step.list_only) return true;
        // A choice of an unknown type, or a primitive with extensions only.
        if (!type || !step.member_type) return give_up(), false;
        if (step.member_type->is_primitive() && node.find(step.side).kind() != Kind::absent)
            return give_up(), false;
        return true;
    }

    // The items of member `at`.
    bool spread(std::size_t at, const N &parent, const N &value, const fhir::Type *type) {
        const Step &step = path_.steps_[at];
        const bool resource = type && type->is_resource();
        if (value.kind() != Kind::array) {
            if (value.kind() == Kind::null || resource || step.list_only) return give_up(), false;
            return walk(at + 1, value, type);
        }
        const std::size_t size = value.size();
        for (std::size_t i = 0; i < size; ++i) {
            const N element = value.at(i);
            if (!is_plain(step, parent, element, i, resource)) return give_up(), false;
            if (!walk(at + 1, element, type)) return false;
        }
        return true;
    }

    SimplePath &path_;
    const D &document_;
    std::size_t at_ = 0;
    Result &found_;
    const fhir::Type *found_type_ = nullptr;  // of what walk() found
};

template <Document D>
auto SimplePath::find(const D &document) {
    typename Walk<D>::Result found;
    Walk<D>(*this, document, found).go();
    return found;
}

template <Document D>
const fhir::Type *SimplePath::type_at(std::size_t at, const D &document) {
    if (typed_to_ == nowhere) type_is(0, document.type());
    for (; typed_to_ < at; ++typed_to_)
        if (steps_[typed_to_].kind == StepKind::member) type_ = typed(typed_to_, type_).member_type;
    return type_;
}

}  // namespace clinical::fhirpath
