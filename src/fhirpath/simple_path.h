#pragma once

// The expressions that most columns are (`name.where(use = 'official').family`,
// `code.coding[0].code`, `value.ofType(Quantity).value`, `subject.getReferenceKey(Patient)`) walked
// without collections.  A shortcut only: whatever is not plain gives up, and the Evaluator answers.
//
// The type of the resource is asked for when a step depends on it.  Most do not: `status` is that
// member of any type, as long as the value is there.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhirpath/expression.h"
#include "fhirpath/types.h"

namespace clinical::fhirpath {

// A resource: its root, and its type (null when unknown) when somebody asks.
template <typename D>
concept Document = core::Node<std::remove_cvref_t<decltype(std::declval<const D &>().root())>> &&
    requires(const D &document) {
    { document.type() } -> std::convertible_to<const fhir::Type *>;
};

class SimplePath {
public:
    // Nothing when the expression is of another shape.
    static std::optional<SimplePath> of(const Expression &expression);

    template <core::Node N>
    struct Found {
        enum class Count { none, one, many, gave_up };
        Count count = Count::none;
        N node{};               // of `one`: a value that is there; else
        std::string_view text;  // a part of one, itself a System.String
    };

    // The first item and whether there are more.
    template <Document D>
    auto find(const D &document);

    // The type of the node that find() has just found in `document`; null for System types.
    template <Document D>
    const fhir::Type *type_found(const D &document) {
        return steps_.back().kind == StepKind::resource_key ? nullptr
                                                            : type_at(steps_.size(), document);
    }

private:
    enum class StepKind : std::uint8_t {
        member,
        where_equals,
        index,
        of_type,
        resource_key,
        reference_key
    };
    struct Step {
        StepKind kind = StepKind::member;
        bool needs_type = false;   // the name means something else in some type
        bool list_only = false;    // extension(): of an array
        bool single_only = false;  // as: several items are an error
        std::string name;          // member; of where_equals: the member compared
        std::string side;          // "_" + name
        std::string literal;       // of where_equals
        std::size_t index = 0;
        TypeName type;  // of of_type and reference_key

        // What the name was in the type seen last.
        bool known = false;
        const fhir::Type *seen_type = nullptr;
        const fhir::Type *member_type = nullptr;
        const fhir::Element *choice = nullptr;
        struct Choice {
            std::string name;  // in JSON
            std::string side;  // of a primitive, else empty
            const fhir::Type *type;
        };
        std::vector<Choice> choices;
        std::size_t wanted =
            0;  // choices behind the last one that ofType() wants are as good as none

        std::size_t passed = 0;  // of index: items so far
    };
    enum class Verdict { no, yes, unsure };

    void look_up(std::size_t at, const fhir::Type *type);
    Step &typed(std::size_t at, const fhir::Type *type) {
        Step &step = steps_[at];
        if (!step.known || step.seen_type != type) look_up(at, type);
        return step;
    }
    [[nodiscard]] static bool is_wanted(const TypeName &wanted, const fhir::Type &type);
    [[nodiscard]] static std::string_view reference_key(std::string_view reference,
                                                        const fhir::Type *wanted);

    template <Document D>
    const fhir::Type *type_at(std::size_t at, const D &document);
    void type_is(std::size_t at, const fhir::Type *type) {
        typed_to_ = at;
        type_ = type;
    }

    struct Reader;
    template <Document D>
    class Walk;

    const fhir::Type *root_type_ = nullptr;  // named in front: Patient.name
    bool has_root_ = false;
    std::vector<Step> steps_;
    // While walking one item: its type where that is known, before step typed_to_.
    static constexpr std::size_t nowhere = SIZE_MAX;
    std::size_t typed_to_ = nowhere;
    const fhir::Type *type_ = nullptr;
};

}  // namespace clinical::fhirpath

#include "fhirpath/simple_path_walk.h"
