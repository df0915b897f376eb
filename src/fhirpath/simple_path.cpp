#include "fhirpath/simple_path.h"

#include <unordered_set>

#include "fhirpath/reference_key.h"

namespace clinical::fhirpath {

namespace {

using Names = std::unordered_set<std::string_view>;

// Members that are looked up in another way, or typed in another way, in one type than in another:
// choices and resources.
const Names &ambiguous_members() {
    static const Names names = [] {
        Names found;
        for (const fhir::Type &type : fhir::types())
            for (const fhir::Element &element : type.elements())
                if (element.is_choice() || element.types().front().type().is_resource())
                    found.insert(element.name());
        return found;
    }();
    return names;
}

// Members whose strings are dates and times somewhere: they do not compare as strings.
const Names &temporal_members() {
    static const Names names = [] {
        Names found;
        for (const fhir::Type &type : fhir::types())
            for (const fhir::Element &element : type.elements())
                for (const fhir::Use &use : element.types())
                    if (use.type().is_primitive() && system_kind(use.type()) != ValueKind::string)
                        found.insert(element.name());
        return found;
    }();
    return names;
}

// name = 'literal'
bool is_equality(const Ast &ast, const Node &test) {
    if (test.kind != NodeKind::chain || test.operators.size() != 1 ||
        test.operators[0] != Operator::equal)
        return false;
    const Node &left = ast.nodes[test.children[0]];
    const Node &right = ast.nodes[test.children[1]];
    return left.kind == NodeKind::member && !left.name.empty() &&
           !(left.name[0] >= 'A' && left.name[0] <= 'Z') && right.kind == NodeKind::literal &&
           right.value.kind == ValueKind::string;
}

}  // namespace

struct SimplePath::Reader {
    const Ast &ast;
    SimplePath path;

    // False: of another shape.
    bool read(const Node &node) {
        if (node.kind == NodeKind::path) {
            for (const std::uint32_t child : node.children)
                if (!read(ast.nodes[child])) return false;
            return true;
        }
        switch (node.kind) {
            case NodeKind::member: return member(node.name);
            case NodeKind::indexer: {
                const Node &index = ast.nodes[node.children[0]];
                if (index.kind != NodeKind::literal || index.value.kind != ValueKind::integer ||
                    index.value.integer < 0)
                    return false;
                add(StepKind::index).index = static_cast<std::size_t>(index.value.integer);
                return true;
            }
            case NodeKind::as_type: return read(ast.nodes[node.children[0]]) && as(node);
            case NodeKind::function: return function(node);
            default: return false;
        }
    }

private:
    Step &add(StepKind kind) {
        // Each step may be a frame of the walk, and nothing follows a key.
        const bool ended =
            !path.steps_.empty() && path.steps_.back().kind >= StepKind::resource_key;
        too_long = too_long || ended || path.steps_.size() == 32;
        Step &step = path.steps_.emplace_back();
        step.kind = kind;
        return step;
    }

    void name(Step &step, std::string_view name) {
        step.name = name;
        step.side = "_" + step.name;
        step.needs_type =
            ambiguous_members().contains(name) ||
            (step.kind == StepKind::where_equals && temporal_members().contains(name));
    }

    bool member(const std::string &text) {
        if (text.empty()) return false;
        if (text[0] >= 'A' && text[0] <= 'Z') {
            if (!path.steps_.empty() || path.has_root_) return false;
            path.root_type_ = fhir::type_named(text);
            path.has_root_ = true;
            return path.root_type_ != nullptr;
        }
        name(add(StepKind::member), text);
        return true;
    }

    bool as(const Node &node) {
        const auto type = find_type(node.name);
        if (!type || !type->fhir) return false;
        Step &step = add(StepKind::of_type);
        step.type.fhir = type->fhir;
        step.single_only = true;
        return true;
    }

    bool function(const Node &node) {
        const Node *argument = node.children.empty() ? nullptr : &ast.nodes[node.children[0]];
        switch (node.function) {
            case Function::first: add(StepKind::index); return true;
            case Function::where: {
                if (!is_equality(ast, *argument)) return false;
                Step &step = add(StepKind::where_equals);
                name(step, ast.nodes[argument->children[0]].name);
                step.literal = ast.nodes[argument->children[1]].value.text;
                return true;
            }
            case Function::extension: {
                if (argument->kind != NodeKind::literal ||
                    argument->value.kind != ValueKind::string)
                    return false;
                Step &list = add(StepKind::member);
                name(list, "extension");
                list.list_only = true;
                Step &step = add(StepKind::where_equals);
                name(step, "url");
                step.literal = argument->value.text;
                return true;
            }
            case Function::as: return as(*argument);
            case Function::of_type: {
                const auto type = find_type(argument->name);
                if (!type) return false;
                add(StepKind::of_type).type = *type;
                return true;
            }
            case Function::get_resource_key: add(StepKind::resource_key); return true;
            case Function::get_reference_key: {
                TypeName type;
                if (argument) {
                    const auto named = find_type(argument->name);
                    if (!named) return false;
                    type.fhir = named->fhir;
                }
                add(StepKind::reference_key).type = type;
                return true;
            }
            default: return false;
        }
    }

public:
    bool too_long = false;
};

std::optional<SimplePath> SimplePath::of(const Expression &expression) {
    const Ast &ast = expression.ast();
    Reader reader{ast, {}};
    if (!reader.read(ast.nodes[ast.root]) || reader.too_long || reader.path.steps_.empty())
        return std::nullopt;
    return std::move(reader.path);
}

bool SimplePath::is_wanted(const TypeName &wanted, const fhir::Type &type) {
    if (wanted.fhir) return type.is_primitive() ? &type == wanted.fhir : type.is_a(*wanted.fhir);
    // A primitive of FHIR converts to its System type implicitly.
    return wanted.system && type.is_primitive() && system_kind(type) == *wanted.system;
}

std::string_view SimplePath::reference_key(std::string_view reference, const fhir::Type *wanted) {
    const auto [type, id] = detail::type_and_id(reference);
    return wanted && type != wanted->name() ? std::string_view() : id;
}

void SimplePath::look_up(std::size_t at, const fhir::Type *type) {
    Step &step = steps_[at];
    step.known = true;
    step.seen_type = type;
    step.member_type = nullptr;
    step.choice = nullptr;
    step.choices.clear();
    step.wanted = 0;
    if (!type) return;
    if (const auto member = fhir::member_of(*type, step.name)) {
        // R4 gives Element.id the type System.String; a resource's id is an `id`.
        const bool is_system = step.name == "id" && !member->element->owner().is_resource();
        if (!is_system) step.member_type = member->type;
        return;
    }
    const fhir::Element *element = fhir::element_of(*type, step.name);
    if (!element || !element->is_choice()) return;
    step.choice = element;
    const Step *filter = at + 1 < steps_.size() && steps_[at + 1].kind == StepKind::of_type &&
                                 !steps_[at + 1].single_only
                             ? &steps_[at + 1]
                             : nullptr;
    for (const fhir::Use &use : element->types()) {
        std::string name = step.name + std::string(use.type().name());
        char &first = name[step.name.size()];
        if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
        std::string side = use.type().is_primitive() ? "_" + name : std::string();
        step.choices.push_back({std::move(name), std::move(side), &use.type()});
        if (!filter || is_wanted(filter->type, use.type())) step.wanted = step.choices.size();
    }
}

}  // namespace clinical::fhirpath
