#pragma once

// A profile compiled: the constraints of a StructureDefinition and of those it is derived from,
// merged into one tree.  Base R4 is not in it: the validator knows that already, so differentials
// are enough and a snapshot, when there is nothing else, is read as one.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"
#include "fhir/definitions.h"
#include "fhirpath/expression.h"

namespace clinical::validate {

// Where StructureDefinitions come from.
class Definitions {
public:
    virtual ~Definitions() = default;
    // The definition at a canonical URL (a version after "|" must be the loaded one); null when
    // there is none.
    virtual const core::Json *definition(std::string_view canonical) = 0;
};

struct Discriminator {
    std::string type;  // value, pattern, exists, type, profile
    std::string path;
};

struct TypeRule {
    std::string code;
    std::vector<std::string> profiles;  // one of which the value conforms to
    std::vector<std::string> targets;   // of references
};

struct Constraint {
    std::string key, human;
    fhirpath::Expression expression;
    bool is_error;
};

// What is asked of an element, or of a slice of it.
struct Rule {
    std::string name;       // "value" for value[x]
    std::string only_type;  // of value[x]: constrained for this type ("valueQuantity")
    std::string slice;
    const fhir::Type *type = nullptr;  // of the element, when it is known here
    int min = -1;                      // -1: not stated
    int max = -1;                      // -1: not stated, or any number
    std::vector<TypeRule> types;
    core::Json fixed, pattern;
    std::string value_set;
    fhir::Strength strength = fhir::Strength::none;
    std::vector<Constraint> constraints;
    bool is_sliced = false, is_closed = false, is_ordered = false;
    std::vector<Discriminator> discriminators;
    std::vector<std::unique_ptr<Rule>> children, slices;

    [[nodiscard]] const Rule *child(std::string_view element) const;
    [[nodiscard]] bool has_value() const { return !fixed.is_absent() || !pattern.is_absent(); }
};

struct Profile {
    std::string url;
    const fhir::Type *type = nullptr;
    bool is_whole = true;  // false: it stands on a profile of the specification that is not loaded
    Rule root;
};

// undefined_name when the profile, or one that it is derived from, is not loaded; invalid_value
// when it is no definition of a type of R4, or its constraints do not parse.
core::Result<std::unique_ptr<Profile>> compile_profile(std::string_view canonical,
                                                       Definitions &definitions);

}  // namespace clinical::validate
