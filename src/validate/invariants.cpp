#include "validate/invariants.h"

#include <algorithm>
#include <iterator>

namespace clinical::validate {

namespace {

constexpr std::string_view built_in[] = {"dom-2", "dom-3", "dom-4", "dom-5", "dom-6",
                                         "ele-1", "ext-1", "ref-1", "txt-1", "txt-2"};

std::vector<bool> flags() {
    std::vector<bool> found(fhir::invariants().size());
    for (const fhir::Invariant &i : fhir::invariants())
        found[i.number()] = std::binary_search(std::begin(built_in), std::end(built_in), i.key());
    return found;
}

}  // namespace

bool is_built_in(const fhir::Invariant &invariant) {
    static const std::vector<bool> found = flags();
    return found[invariant.number()];
}

std::string_view expression_of(const fhir::Invariant &invariant) {
    const std::string_view key = invariant.key();
    // "more than one enableWhen", yet the expression asks for more than two.
    if (key == "que-12") return "enableWhen.count() > 1 implies enableBehavior.exists()";
    // FHIR's boolean is not System.Boolean.
    if (key == "que-7") return "operator = 'exists' implies (answer is boolean)";
    // Without a probability "is" gives nothing.
    if (key == "ras-2") return "probability.ofType(decimal).all($this <= 100)";
    // Quantities of the same unit compare, also when it is none of UCUM, or none at all.
    if (key == "rng-2")
        return "low.empty() or high.empty() or (low.code = high.code and low.system = high.system "
               "and low.value <= high.value) or (low.code.empty() and high.code.empty() and "
               "low.value <= high.value) or (low <= high)";
    return invariant.expression();
}

std::vector<std::uint16_t> to_evaluate(const fhir::InvariantList &list) {
    std::vector<std::uint16_t> numbers;
    for (const fhir::Invariant &invariant : list)
        if (!is_built_in(invariant))
            numbers.push_back(static_cast<std::uint16_t>(invariant.number()));
    return numbers;
}

}  // namespace clinical::validate
