#include "fhirpath/simple_path.h"

namespace clinical::fhirpath {

std::optional<SimplePath> SimplePath::of(const Expression &expression) {
    const Ast &ast = expression.ast();
    const Node &root = ast.nodes[ast.root];
    std::vector<const Node *> parts;
    if (root.kind == NodeKind::path)
        for (const std::uint32_t child : root.children) parts.push_back(&ast.nodes[child]);
    else
        parts.push_back(&root);

    SimplePath path;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const Node &node = *parts[i];
        Step step;
        switch (node.kind) {
            case NodeKind::member: {
                if (node.name.empty()) return std::nullopt;
                const char first = node.name[0];
                if (first >= 'A' && first <= 'Z') {
                    path.root_type_ = fhir::type_named(node.name);
                    if (i > 0 || !path.root_type_) return std::nullopt;
                    path.has_root_ = true;
                    continue;
                }
                step.name = node.name;
                break;
            }
            case NodeKind::indexer: {
                const Node &index = ast.nodes[node.children[0]];
                if (index.kind != NodeKind::literal || index.value.kind != ValueKind::integer ||
                    index.value.integer < 0)
                    return std::nullopt;
                step.kind = StepKind::index;
                step.index = static_cast<std::size_t>(index.value.integer);
                break;
            }
            case NodeKind::function: {
                if (i == 0) return std::nullopt;
                if (node.function == Function::first) {
                    step.kind = StepKind::index;
                    break;
                }
                if (node.function != Function::where) return std::nullopt;
                const Node &test = ast.nodes[node.children[0]];
                if (test.kind != NodeKind::chain || test.operators.size() != 1 ||
                    test.operators[0] != Operator::equal)
                    return std::nullopt;
                const Node &left = ast.nodes[test.children[0]];
                const Node &right = ast.nodes[test.children[1]];
                if (left.kind != NodeKind::member || left.name.empty() ||
                    (left.name[0] >= 'A' && left.name[0] <= 'Z') ||
                    right.kind != NodeKind::literal || right.value.kind != ValueKind::string)
                    return std::nullopt;
                step.kind = StepKind::where_equals;
                step.name = left.name;
                step.literal = right.value.text;
                break;
            }
            default: return std::nullopt;
        }
        step.side = "_" + step.name;
        path.steps_.push_back(std::move(step));
    }
    // Each step is a frame of the walk.
    if (path.steps_.empty() || path.steps_.size() > 32) return std::nullopt;
    return path;
}

void SimplePath::look_up(Step &step, const fhir::Type *type) {
    step.known = true;
    step.seen_type = type;
    step.member_type = nullptr;
    step.choice = nullptr;
    step.choice_names.clear();
    step.choice_hint = 0;
    if (!type) return;
    if (const auto member = fhir::member_of(*type, step.name)) {
        step.member_type = member->type;
        return;
    }
    const fhir::Element *element = fhir::element_of(*type, step.name);
    if (!element || !element->is_choice()) return;
    step.choice = element;
    for (const fhir::Use &use : element->types()) {
        std::string name = step.name + std::string(use.type().name());
        char &first = name[step.name.size()];
        if (first >= 'a' && first <= 'z') first = static_cast<char>(first - 'a' + 'A');
        step.choice_names.push_back(std::move(name));
    }
}

}  // namespace clinical::fhirpath
