#pragma once

// Evaluation over any core::Node.  The class is one; its functions lie by chapter of the
// specification in evaluate_*.h, which fhirpath.h includes.

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fhirpath/environment.h"
#include "fhirpath/expression.h"
#include "fhirpath/item.h"
#include "fhirpath/operations.h"
#include "fhirpath/regex.h"
#include "fhirpath/types.h"

namespace clinical::fhirpath {

template <core::Node N>
class Evaluator {
public:
    using Item = fhirpath::Item<N>;
    using Collection = fhirpath::Collection<N>;

    Evaluator(const Expression &expression, const Environment<N> &environment)
        : expression_(expression), ast_(expression_.ast()), environment_(environment) {}
    Evaluator(const Evaluator &) = delete;
    Evaluator &operator=(const Evaluator &) = delete;

    // The expression's value with `input` as context.  Items live until the next evaluation.
    // Throws core::Error.
    const Collection &evaluate(const Item &input);
    // Of a resource or data type whose type its resourceType says, or `type`.
    const Collection &evaluate(const N &input, const fhir::Type *type = nullptr) {
        return evaluate(item_of(input, type));
    }

    // Forgets what the last evaluation computed.
    void clear() {
        if (used_) reset();
    }

    static Item item_of(const N &node, const fhir::Type *type = nullptr);

    // --- of items, for those who take the results ---

    // A scalar or Quantity as a System value; null for other objects and primitives without one.
    const Value *value_of(const Item &item);
    // Text of a string, in place; nothing for anything else.
    std::optional<std::string_view> text_of(const Item &item) const;
    // Id and extensions of a primitive.
    static N extra_of(const Item &item);
    // 6.1.1; nothing when they do not say.
    std::optional<bool> items_equal(const Item &a, const Item &b, int depth = 0);
    // A boolean as singleton evaluation takes it (4.5): a single item that is no boolean is true.
    std::optional<bool> boolean_of(const Collection &c);

private:
    using Index = std::uint32_t;

    // What $this, $index and $total are.
    struct Scope {
        const Item *this_item = nullptr;
        const Collection *input = nullptr;  // $this as a collection, when it is no single item
        std::int64_t index = 0;
        bool has_index = false;
        const Collection *total = nullptr;
    };
    struct Variable {
        std::string name;
        Collection value;
    };

    // --- evaluator core (evaluate_core.h) ---
    void reset();
    Collection eval(Index index, const Scope &scope);
    Collection eval_path(const Node &node, const Scope &scope);
    Collection eval_step(const Node &node, Collection &&input, const Scope &scope);
    Collection eval_first_member(const Node &node, const Scope &scope);
    Collection eval_chain(const Node &node, const Scope &scope);
    Collection eval_variable(const Node &node);
    Collection eval_type_test(const Node &node, const Scope &scope);
    Collection call(const Node &node, Collection &&input, const Scope &scope);
    Collection eval_lambda(Index index, const Item &item, std::int64_t position,
                           const Collection *total = nullptr);
    static Collection focus(const Scope &scope);
    void tick();

    // --- navigation (evaluate_navigation.h) ---
    void members(const Item &item, const Node &node, Collection &out);
    void object_members(const Item &item, const Node &node, Collection &out);
    void push_json(const N &parent, const N &found, const fhir::Type *type, const std::string *name,
                   Collection &out);
    void push_member(const N &object, std::string_view json_name, const fhir::Type *type,
                     const std::string *name, Collection &out);
    void children(const Item &item, Collection &out);
    void descendants(const Collection &input, Collection &out);
    static const fhir::Type *declared_type(const fhir::Element &element, const fhir::Type *type);

    // --- results ---
    const Value *keep(Value &&value);
    const std::string *keep_name(std::string_view name);
    void count_bytes(std::size_t bytes);
    Item of(Value &&value) { return Item{.value = keep(std::move(value))}; }
    Item of(bool b) { return Item{.value = b ? &true_ : &false_}; }
    Collection one(Value &&value) { return Collection(of(std::move(value))); }
    Collection one(bool b) { return Collection(of(b)); }
    Collection one(std::optional<Value> &&value) {
        return value ? one(std::move(*value)) : Collection();
    }
    Collection one(std::optional<bool> value) { return value ? one(*value) : Collection(); }

    // --- arguments: a single value of the kind asked for; nothing for empty (4.5) ---
    const Item *single(const Collection &c, const Node &node);
    std::optional<std::string_view> string_argument(const Collection &c, const Node &node);
    std::optional<std::int64_t> integer_argument(const Collection &c, const Node &node);
    Collection argument(const Node &node, std::size_t n, const Scope &scope) {
        return n < node.children.size() ? eval_scoped(node.children[n], scope) : Collection();
    }
    Collection eval_scoped(Index index, const Scope &scope);
    [[noreturn]] static void fail(const Node &node, const char *what,
                                  core::ErrorCode code = core::ErrorCode::invalid_value);

    // --- equality (evaluate_equality.h) ---
    bool items_equivalent(const Item &a, const Item &b, int depth = 0);
    std::optional<bool> collections_equal(const Collection &a, const Collection &b);
    bool collections_equivalent(const Collection &a, const Collection &b);
    std::optional<bool> objects_equal(const N &a, const N &b, int depth);
    bool objects_equivalent(const N &a, const N &b, int depth);
    bool contains(const Collection &c, const Item &item);
    Collection distinct(const Collection &c);
    std::size_t hash_of(const Item &item);
    bool is_hashable(const Collection &c);

    // --- operators (evaluate_operators.h) ---
    Collection operate(const Node &node, Operator op, const Collection &a, const Collection &b);
    Collection logic(const Node &node, const Scope &scope);
    Collection membership(const Node &node, const Collection &needle, const Collection &in);
    Collection compare(const Node &node, Operator op, const Collection &a, const Collection &b);

    // --- functions by chapter; nothing when the function is another chapter's ---
    using Called = std::optional<Collection>;
    Called call_existence(const Node &node, const Collection &input, const Scope &scope);
    Called call_filtering(const Node &node, Collection &input, const Scope &scope);
    Called call_subsetting(const Node &node, const Collection &input, const Scope &scope);
    Called call_conversion(const Node &node, const Collection &input, const Scope &scope);
    Called call_strings(const Node &node, const Collection &input, const Scope &scope);
    Called call_math(const Node &node, const Collection &input, const Scope &scope);
    Called call_utility(const Node &node, Collection &input, const Scope &scope);
    Called call_dates(const Node &node, const Collection &input, const Scope &scope);
    Called call_types(const Node &node, const Collection &input, const Scope &scope);
    Called call_aggregates(const Node &node, const Collection &input, const Scope &scope);
    Called call_fhir(const Node &node, const Collection &input, const Scope &scope);

    // --- %factory (evaluate_factory.h) ---
    struct Made {
        core::Json value;  // absent: a primitive without one
        core::Json extra;  // of a primitive: id and extensions
        const fhir::Type *type = nullptr;
    };
    Collection eval_factory(const Node &node, const Scope &scope);
    Made made_of(const Item &item);
    Collection item_of_made(const Node &node, const Made &made);
    void set_made(const Node &node, core::Json &object, const fhir::Element &element,
                  const Collection &items);
    core::Json extension_of(const Node &node, const Collection &url, const Collection &value);

    Collection sort(const Node &node, Collection &input);
    Collection repeat(const Node &node, const Collection &input, bool unique);
    Collection iif(const Node &node, const Collection &input, const Scope &scope);
    Collection resolve(const Collection &input, const Node &node);
    Collection terminology(const Node &node, const Collection &input, const Scope &scope);
    N find_in_bundle(const N &bundle, std::string_view reference);
    std::vector<Terminology::Coding> codings_of(const Collection &c);
    const Regex &regex(std::string_view pattern, std::string_view flags);
    bool is_of(const Item &item, const TypeName &type, bool exact = false);
    static std::pair<std::string_view, std::string_view> type_of(const Item &item);
    const TypeName &type_named(const Node &node);
    void trace_items(std::string_view name, const Collection &items);

    const Expression expression_;  // shares the tree
    const Ast &ast_;
    const Environment<N> &environment_;
    Item root_{};
    Collection result_;
    std::deque<Value> values_;
    std::deque<std::string> names_;  // of choice members
    std::vector<Variable> variables_;
    std::map<std::pair<std::string, std::string>, Regex> regexes_;
    std::map<const Node *, TypeName> types_;
    std::size_t ticks_ = 0;
    std::size_t kept_bytes_ = 0;
    bool used_ = false;  // there is something to forget
    Value true_ = Value::of_boolean(true);
    Value false_ = Value::of_boolean(false);
};

}  // namespace clinical::fhirpath
