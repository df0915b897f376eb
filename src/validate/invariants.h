#pragma once

// Invariants of the definitions by FHIRPath, each compiled once.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "fhir/definitions.h"
#include "fhirpath/evaluator.h"
#include "validate/validator.h"

namespace clinical::validate {

// Those that the validator knows without an expression: every element has ele-1.
bool is_built_in(const fhir::Invariant &invariant);

// The expression to evaluate: the published one, or ours where that misses its own words.
std::string_view expression_of(const fhir::Invariant &invariant);

// Numbers of the invariants of a list that are not built in.
std::vector<std::uint16_t> to_evaluate(const fhir::InvariantList &list);

template <core::Node N>
class FhirpathInvariants final : public InvariantChecker<N> {
public:
    explicit FhirpathInvariants(core::Interrupt interrupt = {})
        : compiled_(fhir::invariants().size()), of_type_(fhir::types().size()) {
        environment_.interrupt = interrupt;
    }

    void check_type(const fhir::Type &type, const N &value, const Frame &at, const Scope<N> &scope,
                    Report &report) override {
        auto &numbers = of_type_[type.number()];
        if (!numbers) numbers.emplace(to_evaluate(type.invariants()));
        for (const std::uint16_t number : *numbers)
            check_one(fhir::invariants()[number], type, value, at, scope, report);
    }

    void check_list(const fhir::InvariantList &list, const fhir::Type &type, const N &value,
                    const Frame &at, const Scope<N> &scope, Report &report) override {
        const auto inherited = type.invariants();
        for (const fhir::Invariant &invariant : list)
            if (!is_built_in(invariant) && !contains(inherited, invariant))
                check_one(invariant, type, value, at, scope, report);
    }

private:
    using Evaluator = fhirpath::Evaluator<N>;

    static bool contains(const fhir::InvariantList &list, const fhir::Invariant &invariant) {
        for (const fhir::Invariant &other : list)
            if (&other == &invariant) return true;
        return false;
    }

    // Null when the expression does not parse or needs what is not here.
    Evaluator *evaluator_of(const fhir::Invariant &invariant) {
        auto &slot = compiled_[invariant.number()];
        if (!slot.tried) {
            slot.tried = true;
            auto expression = fhirpath::Expression::parse(expression_of(invariant));
            if (expression.ok())
                slot.evaluator = std::make_unique<Evaluator>(expression.value(), environment_);
        }
        return slot.evaluator.get();
    }

    void check_one(const fhir::Invariant &invariant, const fhir::Type &type, const N &value,
                   const Frame &at, const Scope<N> &scope, Report &report) {
        Evaluator *evaluator = evaluator_of(invariant);
        if (!evaluator) return;
        environment_.resource = scope.node();
        environment_.root_resource = scope.container().node();
        try {
            // What cannot be told is not met: the constraint must be true.
            const auto &result = evaluator->evaluate(value, &type);
            if (evaluator->boolean_of(result).value_or(false)) return;
        } catch (const core::Error &error) {
            if (error.code == core::ErrorCode::limit_exceeded)
                report.error(at, "too-costly", invariant.key(),
                             "an invariant costs too much to evaluate");
            return;  // what it asks for is not of this resource alone
        }
        std::string message(invariant.human());
        ((message += " (") += invariant.key()) += ")";
        if (invariant.is_error())
            report.error(at, "invariant", invariant.key(), std::move(message));
        else
            report.warning(at, "invariant", invariant.key(), std::move(message));
    }

    struct Compiled {
        std::unique_ptr<Evaluator> evaluator;
        bool tried = false;
    };
    fhirpath::Environment<N> environment_;
    std::vector<Compiled> compiled_;
    std::vector<std::optional<std::vector<std::uint16_t>>> of_type_;
};

}  // namespace clinical::validate
