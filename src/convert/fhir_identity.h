#pragma once

// How the resources of a FHIR server are known in a warehouse.
//
// A resource is known by its server's id within the scope of its feed (option authority, else the
// feed's name).  A patient is known by its identifiers, as in HL7 v2, so that both speak of the
// same; the server's id then is another name of it.  What a conditional request names by an
// identifier is known by that.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "convert/options.h"
#include "core/json.h"

namespace clinical::convert {

// An Identifier as a key; empty without a value.
struct IdentifierKey {
    std::string system, value;
    [[nodiscard]] bool is_empty() const { return value.empty(); }
};

class FhirScope {
public:
    explicit FhirScope(const Options &options);

    // Servers beside the feed's own, where one document has resources of several, have scopes of
    // their own.
    [[nodiscard]] std::string of_base(std::string_view base) const;
    [[nodiscard]] const std::string &own() const { return own_; }

    // The warehouse's name of a system: what the feed's option systems says, else itself.
    [[nodiscard]] std::string system(std::string_view uri) const;
    [[nodiscard]] IdentifierKey key_of(const core::Json &identifier) const;

    [[nodiscard]] std::string by_server_id(std::string_view type, std::string_view base,
                                           std::string_view id) const;
    [[nodiscard]] std::string by_identifier(std::string_view type, const IdentifierKey &key) const;
    // Of what nobody has given a name.
    [[nodiscard]] std::string by_content(const core::Json &resource) const;

private:
    const Options &options_;
    std::string own_;
};

// A patient's own numbers: the one that names it, and others that name the same person.
struct PatientNames {
    std::string id;  // empty: none
    std::vector<std::string> others;
};
PatientNames patient_names(const FhirScope &scope, const core::Json &patient);

// "identifier=http://system|value", alone or at the front of a query; empty when there is none.
IdentifierKey identifier_in_query(const FhirScope &scope, std::string_view query);

}  // namespace clinical::convert
