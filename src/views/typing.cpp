#include "views/typing.h"

#include "fhir/definitions.h"
#include "fhirpath/expression.h"
#include "fhirpath/types.h"

namespace clinical::views {

using fhirpath::Ast;
using fhirpath::Function;
using fhirpath::Node;
using fhirpath::NodeKind;
using fhirpath::Operator;
using fhirpath::ValueKind;

namespace {

std::string name_of(ValueKind kind) {
    switch (kind) {
        case ValueKind::boolean: return "boolean";
        case ValueKind::string: return "string";
        case ValueKind::integer: return "integer";
        case ValueKind::long_integer: return "integer64";
        case ValueKind::decimal: return "decimal";
        case ValueKind::date: return "date";
        case ValueKind::date_time: return "dateTime";
        case ValueKind::time: return "time";
        case ValueKind::quantity: return "Quantity";
        case ValueKind::type_info: break;
    }
    return {};
}

// "FHIR.string" and "string" are one, "System.String" is its primitive.
std::string type_named_in(const std::string &specifier) {
    const auto type = fhirpath::find_type(specifier);
    if (!type) return {};
    if (type->fhir) return std::string(type->fhir->name());
    return type->system ? name_of(*type->system) : std::string();
}

Reached one(std::string type) { return {std::move(type), true}; }

class Walk {
public:
    Walk(const Ast &ast, std::string_view focus) : ast_(ast), focus_(focus) {}

    Reached of(std::uint32_t index) { return step(ast_.nodes[index], one(focus_), true); }

private:
    // What is after `node` on items `at`; `first`: nothing of its path came before.
    Reached step(const Node &node, const Reached &at, bool first) {
        switch (node.kind) {
            case NodeKind::empty: return one("");
            case NodeKind::literal: return one(name_of(node.value.kind));
            case NodeKind::this_item: return one(focus_);
            case NodeKind::index: return one("integer");
            case NodeKind::factory:
            case NodeKind::variable: return {node.name == "rowIndex" ? "integer" : "", false};
            case NodeKind::member: return member(node.name, at, first);
            case NodeKind::function: return function(node, at);
            case NodeKind::path: {
                Reached reached = step(child(node, 0), at, true);
                for (std::size_t i = 1; i < node.children.size(); i++) {
                    if (child(node, i).kind == NodeKind::indexer)
                        reached.single = true;
                    else
                        reached = step(child(node, i), reached, false);
                }
                return reached;
            }
            case NodeKind::negate:
            case NodeKind::plus: return step(child(node, 0), at, true);
            case NodeKind::is_type: return one("boolean");
            case NodeKind::as_type:
                return {type_named_in(node.name), step(child(node, 0), at, true).single};
            case NodeKind::chain: return chain(node, at);
            case NodeKind::total:
            case NodeKind::indexer: break;
        }
        return {};
    }

    static Reached member(const std::string &name, const Reached &at, bool first) {
        if (first && name == at.type) return at;  // Patient.name from a Patient
        const fhir::Type *type = fhir::type_named(at.type);
        const fhir::Element *element = type ? fhir::element_of(*type, name) : nullptr;
        if (!element) return {};
        // A choice has the type that ofType() says next.
        return {element->is_choice() ? "" : std::string(element->types().front().type().name()),
                at.single && !element->is_list()};
    }

    Reached chain(const Node &node, const Reached &at) {
        switch (node.operators.front()) {
            case Operator::concatenate: return one("string");
            case Operator::unite: {
                const std::string type = step(child(node, 0), at, true).type;
                for (std::size_t i = 1; i < node.children.size(); i++)
                    if (step(child(node, i), at, true).type != type) return {};
                return {type, false};
            }
            case Operator::divide: return one("decimal");
            case Operator::div:
            case Operator::mod:
            case Operator::multiply:
            case Operator::add:
            case Operator::subtract: {
                const std::string type = step(child(node, 0), at, true).type;
                return one(step(child(node, 1), at, true).type == type ? type : "");
            }
            default: return one("boolean");
        }
    }

    Reached function(const Node &node, const Reached &at) {
        using F = Function;
        switch (node.function) {
            case F::where:
            case F::tail:
            case F::skip:
            case F::take:
            case F::exclude:
            case F::intersect:
            case F::get_value: return at;
            case F::first:
            case F::last:
            case F::single:
            case F::sum:
            case F::min:
            case F::max:
            case F::abs:
            case F::low_boundary:
            case F::high_boundary: return one(at.type);
            case F::of_type:
            case F::as: return {type_named_in(child(node, 0).name), at.single};
            case F::select: {
                const Reached inner = Walk(ast_, at.type).of(node.children.front());
                return {inner.type, inner.single && at.single};
            }
            case F::iif: return {step(child(node, 1), at, true).type, false};
            case F::extension: return {"Extension", false};
            // Of nothing it is text in a view, and nothing in FHIRPath: not for the public twins.
            case F::join: return {"string", false};
            case F::exists:
            case F::empty:
            case F::all:
            case F::all_true:
            case F::any_true:
            case F::all_false:
            case F::any_false:
            case F::not_:
            case F::is:
            case F::contains:
            case F::starts_with:
            case F::ends_with:
            case F::matches:
            case F::has_value:
            case F::member_of:
            case F::is_distinct:
            case F::to_boolean: return one("boolean");
            case F::count:
            case F::length:
            case F::index_of:
            case F::to_integer: return one("integer");
            case F::avg:
            case F::round:
            case F::to_decimal: return one("decimal");
            case F::get_resource_key: return {"id", at.single};
            case F::get_reference_key: return {"id", at.single};
            case F::lower:
            case F::upper:
            case F::trim:
            case F::substring:
            case F::replace:
            case F::to_string: return one("string");
            case F::to_date: return one("date");
            case F::to_date_time: return one("dateTime");
            default: return {};
        }
    }

    [[nodiscard]] const Node &child(const Node &node, std::size_t i) const {
        return ast_.nodes[node.children[i]];
    }

    const Ast &ast_;
    std::string focus_;
};

}  // namespace

Reached type_after(std::string_view path, std::string_view focus) {
    const auto expression = fhirpath::Expression::parse(path);
    if (!expression.ok()) return {};
    const Ast &ast = expression.value().ast();
    return Walk(ast, focus).of(ast.root);
}

bool is_text(std::string_view type) {
    const fhir::Type *known = fhir::type_named(type);
    if (!known || !known->is_primitive()) return false;
    switch (known->primitive()) {
        case fhir::Primitive::boolean:
        case fhir::Primitive::decimal:
        case fhir::Primitive::integer:
        case fhir::Primitive::positiveInt:
        case fhir::Primitive::unsignedInt: return false;
        default: return true;
    }
}

}  // namespace clinical::views
