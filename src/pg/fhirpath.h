#pragma once

// FHIRPath over stored jsonb, for every glue file that evaluates expressions.

#include "bridge/jsonb_reader.h"
#include "bridge/jsonb_writer.h"
#include "fhirpath/evaluator.h"
#include "fhirpath/simple_path.h"

namespace clinical::fhirpath {

extern template class Evaluator<bridge::JsonbNode>;

}  // namespace clinical::fhirpath

namespace clinical {

using JsonbEvaluator = fhirpath::Evaluator<bridge::JsonbNode>;
using JsonbEnvironment = fhirpath::Environment<bridge::JsonbNode>;

// A resource: a value that is stored plainly is read where it lies, any other is detoasted once a
// row for all functions that look at it (decode_cache.h).  Good until the function returns.
class FhirDocument {
public:
    explicit FhirDocument(const bridge::JsonbNode &root) : root_(root) {}

    [[nodiscard]] const bridge::JsonbNode &root() const { return root_; }
    // Of its resourceType; null when that is none of R4 and nothing else is known.
    [[nodiscard]] const fhir::Type *type() const {
        if (!is_typed_) look_up();
        return type_ ? type_ : otherwise_;
    }
    // The type of what has no resourceType.
    void otherwise(const fhir::Type *type) { otherwise_ = type; }

private:
    void look_up() const;

    bridge::JsonbNode root_;
    const fhir::Type *otherwise_ = nullptr;
    mutable const fhir::Type *type_ = nullptr;
    mutable bool is_typed_ = false;
};
FhirDocument fhir_document(FunctionCallInfo fcinfo, int n);

// What %factory makes, in a memory context: `context`, or the current one of each call.
class JsonbBuilder final : public fhirpath::Builder<bridge::JsonbNode> {
public:
    explicit JsonbBuilder(MemoryContext context = nullptr) : context_(context) {}
    bridge::JsonbNode build(const core::Json &json) override;

private:
    MemoryContext context_;
};

// One expression, kept from row to row.
class PathSite {
public:
    using Item = JsonbEvaluator::Item;

    // Throws core::Error for what does not parse.
    explicit PathSite(std::string_view text);
    PathSite(const PathSite &) = delete;
    PathSite &operator=(const PathSite &) = delete;

    [[nodiscard]] const std::string &text() const { return text_; }
    [[nodiscard]] JsonbEnvironment &environment() { return environment_; }
    // All items; they live until the next call.
    const JsonbEvaluator::Collection &evaluate(const FhirDocument &document);
    using Found = fhirpath::SimplePath::Found<bridge::JsonbNode>;

    // The single item; nothing when there is none or several.
    std::optional<Item> single(const FhirDocument &document);
    // The same without an Item, for the paths that SimplePath knows; count gave_up for others.
    Found simple(const FhirDocument &document) {
        if (simple_) return simple_->find(document);
        Found found;
        found.count = Found::Count::gave_up;
        return found;
    }
    // The type of what simple() has just found.
    const fhir::Type *type_found(const FhirDocument &document) {
        return simple_->type_found(document);
    }
    bool exists(const FhirDocument &document);
    [[nodiscard]] JsonbEvaluator &evaluator() { return evaluator_; }

private:
    std::string text_;
    JsonbBuilder builder_;
    JsonbEnvironment environment_;
    fhirpath::Expression expression_;
    JsonbEvaluator evaluator_;
    std::optional<fhirpath::SimplePath> simple_;
};

// The site of argument `n` (text) at this place of the query, in fn_extra.
PathSite &fhirpath_site(FunctionCallInfo fcinfo, int n);

// The parsed expression, from the backend's cache (the 256 last ones); throws core::Error.
fhirpath::Expression fhirpath_expression(std::string_view text);

// An item as a jsonb in the current memory context: a place in the document is copied as it is
// stored; dates and times are strings, quantities objects {"value", "unit", ...}.  Not for a
// primitive that has only id or extensions: there is nothing at its place.
Datum fhirpath_jsonb(const JsonbEvaluator::Item &item, bridge::JsonbWriter &writer);

// Each member of an object as a variable.
void fhirpath_variables(const bridge::JsonbNode &variables, JsonbEnvironment &environment);

// Fills what the stable forms may ask for: the time of the transaction, terminology; references
// beyond the resource resolve to nothing.
void fhirpath_open_world(JsonbEnvironment &environment);

}  // namespace clinical
