#pragma once

// What an expression may ask of the world.  Everything is optional: what is not there raises
// `unsupported` when an expression needs it, so that a result depends on the arguments alone.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/limits.h"
#include "core/tree.h"
#include "fhir/definitions.h"
#include "fhirpath/temporal.h"

namespace clinical::fhirpath {

// Answers about codes; nothing means that it is not known (the empty collection).
class Terminology {
public:
    struct Coding {
        std::string_view system, code, version;  // system may be empty: of a code alone
    };
    virtual ~Terminology() = default;
    virtual std::optional<bool> member_of(const Coding &coding, std::string_view value_set) = 0;
    // Whether a is b or a broader concept.
    virtual std::optional<bool> subsumes(const Coding &a, const Coding &b) = 0;
};

// Resources beyond the one at hand; an absent node when there is none.
template <core::Node N>
class Resolver {
public:
    virtual ~Resolver() = default;
    virtual N resolve(std::string_view reference) = 0;
};

// conformsTo() beyond base resources; nothing when the profile is not known (an error then).
template <core::Node N>
class Profiles {
public:
    virtual ~Profiles() = default;
    virtual std::optional<bool> conforms(const N &node, const fhir::Type *type,
                                         std::string_view profile) = 0;
};

// Makes nodes of what an expression builds (%factory); they live until the evaluation ends.
template <core::Node N>
class Builder {
public:
    virtual ~Builder() = default;
    virtual N build(const core::Json &json) = 0;
};

template <core::Node N>
struct Item;

// trace(): called with the name and each item.
template <core::Node N>
class Tracer {
public:
    virtual ~Tracer() = default;
    virtual void trace(std::string_view name, const Item<N> &item) = 0;
};

template <core::Node N>
struct Environment {
    // The moment of now(), today(), timeOfDay(): the same for a whole statement.
    std::optional<Temporal> now;
    Terminology *terminology = nullptr;
    Resolver<N> *resolver = nullptr;
    Profiles<N> *profiles = nullptr;
    Tracer<N> *tracer = nullptr;
    Builder<N> *builder = nullptr;
    // %name; arrays are collections.
    std::vector<std::pair<std::string, N>> variables;
    // %resource and %rootResource where they are not the input itself.
    N resource{};
    N root_resource{};
    // join() of nothing is the empty string, as the tests of SQL on FHIR have it (fhirpath.json);
    // FHIRPath itself gives nothing.
    bool sql_on_fhir = false;
    core::Interrupt interrupt;
};

}  // namespace clinical::fhirpath
