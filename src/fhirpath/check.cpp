#include "fhirpath/check.h"

#include <algorithm>

#include "fhirpath/types.h"

namespace clinical::fhirpath {

namespace {

// What an expression may give.  Unknown when nothing can be said.
struct Inferred {
    bool known = false;
    bool ordered = true;  // false of children() and descendants()
    std::vector<const fhir::Type *> fhir{};
    std::vector<ValueKind> system{};

    static Inferred unknown() { return {}; }
    static Inferred of(ValueKind kind) { return {.known = true, .system = {kind}}; }
    static Inferred of(const fhir::Type *type) {
        // What is behind an abstract resource shows with the data only.
        if (!type || (type->is_resource() && type->is_abstract())) return unknown();
        return {.known = true, .fhir = {type}};
    }
    void add(const Inferred &other) {
        known = known && other.known;
        ordered = ordered && other.ordered;
        for (const fhir::Type *t : other.fhir)
            if (std::find(fhir.begin(), fhir.end(), t) == fhir.end()) fhir.push_back(t);
        for (const ValueKind k : other.system)
            if (std::find(system.begin(), system.end(), k) == system.end()) system.push_back(k);
    }
};

class Checker {
public:
    Checker(const Ast &ast, std::vector<core::Issue> &issues) : ast_(ast), issues_(issues) {}

    Inferred check(std::uint32_t index, const Inferred &context) {
        const Node &node = ast_.nodes[index];
        switch (node.kind) {
            case NodeKind::literal: return Inferred::of(node.value.kind);
            case NodeKind::empty: return {.known = true};
            case NodeKind::this_item: return context;
            case NodeKind::index: return Inferred::of(ValueKind::integer);
            case NodeKind::member: return first_member(node, context);
            case NodeKind::function: return call(node, context, context);
            case NodeKind::path: return path(node, context);
            case NodeKind::negate:
            case NodeKind::plus: return check(node.children[0], context);
            case NodeKind::chain: return chain(node, context);
            case NodeKind::is_type: check(node.children[0], context); return boolean();
            case NodeKind::as_type: check(node.children[0], context); return type_of(node);
            default: return Inferred::unknown();
        }
    }

private:
    static Inferred boolean() { return Inferred::of(ValueKind::boolean); }

    void report(const Node &node, const char *code, std::string message) {
        core::Issue issue;
        issue.severity = "error";
        issue.code = code;
        issue.location = "Character " + std::to_string(node.position + 1);
        issue.message = std::move(message);
        issues_.push_back(std::move(issue));
    }

    Inferred type_of(const Node &node) {
        const auto type = find_type(node.name);
        if (!type) {
            report(node, "not-found", "there is no such type in FHIR R4 or namespace System");
            return Inferred::unknown();
        }
        if (type->fhir) return Inferred::of(type->fhir);
        return type->system ? Inferred::of(*type->system) : Inferred::unknown();
    }

    Inferred first_member(const Node &node, const Inferred &context) {
        const char first = node.name.empty() ? 'a' : node.name[0];
        if (context.known && first >= 'A' && first <= 'Z') {
            if (const fhir::Type *named = fhir::type_named(node.name)) {
                for (const fhir::Type *type : context.fhir)
                    if (type->is_a(*named)) return context;
                report(node, "invalid", "the context is of another type");
                return Inferred::of(named);
            }
        }
        return member(node, context);
    }

    Inferred member(const Node &node, const Inferred &context) {
        if (!context.known) return Inferred::unknown();
        Inferred result{.known = true};
        bool found = false;
        bool is_choice_name = false;
        for (const fhir::Type *type : context.fhir) {
            const fhir::Element *element = fhir::element_of(*type, node.name);
            if (element && element->name() == node.name) {
                found = true;
                for (const fhir::Use &use : element->types()) result.add(Inferred::of(&use.type()));
            } else if (fhir::member_of(*type, node.name)) {
                is_choice_name = true;
            }
        }
        for (const ValueKind kind : context.system) {
            if (kind == ValueKind::quantity || kind == ValueKind::type_info) found = true;
            result.known = false;
        }
        if (found || (context.fhir.empty() && context.system.empty())) return result;
        report(node, "not-found",
               is_choice_name ? "a choice is named without its type (value, not valueQuantity)"
                              : "the type has no such element");
        return Inferred::unknown();
    }

    Inferred path(const Node &node, const Inferred &context) {
        Inferred current = check(node.children[0], context);
        for (std::size_t i = 1; i < node.children.size(); ++i) {
            const Node &step = ast_.nodes[node.children[i]];
            switch (step.kind) {
                case NodeKind::member: current = member(step, current); break;
                case NodeKind::function: current = call(step, current, context); break;
                case NodeKind::indexer:
                    check(step.children[0], context);
                    needs_order(step, current);
                    break;
                default: break;
            }
        }
        return current;
    }

    Inferred chain(const Node &node, const Inferred &context) {
        Inferred left = check(node.children[0], context);
        for (std::size_t i = 0; i < node.operators.size(); ++i) {
            const Inferred right = check(node.children[i + 1], context);
            switch (node.operators[i]) {
                case Operator::unite: left.add(right); break;
                case Operator::multiply:
                case Operator::divide:
                case Operator::div:
                case Operator::mod:
                case Operator::add:
                case Operator::subtract: left = Inferred::unknown(); break;
                case Operator::concatenate: left = Inferred::of(ValueKind::string); break;
                default: left = boolean();
            }
        }
        return left;
    }

    void needs_order(const Node &node, const Inferred &input) {
        if (!input.ordered)
            report(node, "invalid", "what children() and descendants() give has no order");
    }

    // Only complex types: no string can come of it.
    void needs_primitive(const Node &node, const Inferred &input) {
        if (!input.known || input.fhir.empty() || !input.system.empty()) return;
        for (const fhir::Type *type : input.fhir)
            if (type->is_primitive()) return;
        report(node, "invalid", "the function needs a string");
    }

    Inferred arguments(const Node &node, const Inferred &context) {
        Inferred last = Inferred::unknown();
        for (const std::uint32_t argument : node.children) last = check(argument, context);
        return last;
    }

    Inferred call(const Node &node, const Inferred &input, const Inferred &context) {
        const Function f = node.function;
        switch (f) {
            case Function::where: arguments(node, input); return input;
            case Function::sort: {
                arguments(node, input);
                Inferred sorted = input;
                sorted.ordered = true;
                return sorted;
            }
            case Function::exists:
            case Function::all: arguments(node, input); return boolean();
            case Function::select: return arguments(node, input);
            case Function::repeat:
            case Function::repeat_all: arguments(node, input); return Inferred::unknown();
            case Function::aggregate: return Inferred::unknown();
            case Function::iif: return iif(node, input);
            case Function::of_type:
            case Function::as: return type_of(ast_.nodes[node.children[0]]);
            case Function::is: type_of(ast_.nodes[node.children[0]]); return boolean();
            case Function::first:
            case Function::last:
            case Function::tail:
            case Function::skip:
            case Function::take:
                needs_order(node, input);
                arguments(node, context);
                return input;
            case Function::single:
            case Function::distinct:
            case Function::trace:
            case Function::exclude:
            case Function::intersect:
            case Function::define_variable: return input;
            case Function::union_of:
            case Function::combine: {
                Inferred both = input;
                both.add(check(node.children[0], context));
                return both;
            }
            case Function::children:
            case Function::descendants: return {.known = false, .ordered = false};
            case Function::extension:
                arguments(node, context);
                return Inferred::of(fhir::type_named("Extension"));
            case Function::count: return Inferred::of(ValueKind::integer);
            case Function::empty:
            case Function::not_:
            case Function::all_true:
            case Function::any_true:
            case Function::all_false:
            case Function::any_false:
            case Function::is_distinct:
            case Function::has_value: return boolean();
            case Function::subset_of:
            case Function::superset_of: arguments(node, context); return boolean();
            default: break;
        }
        arguments(node, context);
        if (f >= Function::index_of && f <= Function::split) {
            needs_primitive(node, input);
            switch (f) {
                case Function::starts_with:
                case Function::ends_with:
                case Function::contains:
                case Function::matches:
                case Function::matches_full: return boolean();
                case Function::index_of:
                case Function::last_index_of:
                case Function::length: return Inferred::of(ValueKind::integer);
                default: return Inferred::of(ValueKind::string);
            }
        }
        return Inferred::unknown();
    }

    Inferred iif(const Node &node, const Inferred &input) {
        const Inferred criterion = check(node.children[0], input);
        const bool may_be_boolean =
            !criterion.known || (criterion.fhir.empty() && criterion.system.empty()) ||
            std::find(criterion.system.begin(), criterion.system.end(), ValueKind::boolean) !=
                criterion.system.end() ||
            std::any_of(criterion.fhir.begin(), criterion.fhir.end(), [](const fhir::Type *t) {
                return t->primitive() == fhir::Primitive::boolean;
            });
        if (!may_be_boolean) report(node, "invalid", "the condition of iif() is no boolean");
        Inferred result = check(node.children[1], input);
        if (node.children.size() > 2) result.add(check(node.children[2], input));
        return result;
    }

    const Ast &ast_;
    std::vector<core::Issue> &issues_;
};

}  // namespace

std::vector<core::Issue> check(const Expression &expression, const fhir::Type *context) {
    std::vector<core::Issue> issues;
    Checker(expression.ast(), issues).check(expression.ast().root, Inferred::of(context));
    return issues;
}

}  // namespace clinical::fhirpath
