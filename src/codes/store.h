#pragma once

// What the terminology operations read, whoever keeps it: the database's tables (src/pg) or a
// folder of JSON in a test.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codes/index.h"
#include "core/json.h"

namespace clinical::codes {

struct Property {
    std::string code;
    std::string type;  // code, string, boolean, integer, decimal, dateTime, coding
    std::string value;
    core::Json detail;  // the whole Coding
};

struct Designation {
    std::string language;
    core::Json use;
    std::string value;
    core::Json extension;
};

struct Details {
    std::string display;  // empty: it has none
    std::string definition;
    std::vector<Property> properties;
    std::vector<Designation> designations;
    core::Json extension;
};

// A release of a code system.
class System {
public:
    virtual ~System() = default;
    [[nodiscard]] virtual const std::string &url() const = 0;
    [[nodiscard]] virtual const std::string &version() const = 0;
    [[nodiscard]] virtual const Index &index() const = 0;
    // FHIR CodeSystem without concepts.
    [[nodiscard]] virtual const core::Json &resource() const = 0;
    [[nodiscard]] virtual Details details(std::uint32_t concept_number) const = 0;
    // Every value of a property, with its concept.
    [[nodiscard]] virtual std::vector<std::pair<std::uint32_t, Property>> values_of(
        std::string_view property) const = 0;

    // Keeps index() alive beyond this object; null when nothing else is needed.
    [[nodiscard]] virtual std::shared_ptr<const void> keeper() const { return nullptr; }

    [[nodiscard]] std::string canonical() const {
        return version().empty() ? url() : url() + "|" + version();
    }
};

class Store {
public:
    virtual ~Store() = default;
    // Versions of a code system, best first: the current one, then the latest.
    [[nodiscard]] virtual std::vector<std::string> versions(std::string_view url) = 0;
    // Null when there is no such release.  What is returned lives as long as the store.
    [[nodiscard]] virtual const System *system(std::string_view url, std::string_view version) = 0;
    [[nodiscard]] virtual std::vector<std::string> value_set_versions(std::string_view url) = 0;
    [[nodiscard]] virtual const core::Json *value_set(std::string_view url,
                                                      std::string_view version) = 0;
    virtual void poll() {}  // called in long loops; may throw
};

// Small readings of FHIR JSON.
inline std::string text_of(const core::Json &json, std::string_view key) {
    const core::Json &member = json.find(key);
    return std::string(member.kind() == core::Kind::string ? member.as_text() : std::string_view());
}
inline bool flag_of(const core::Json &json, std::string_view key, bool otherwise) {
    const core::Json &member = json.find(key);
    return member.kind() == core::Kind::boolean ? member.as_bool() : otherwise;
}
// The extension with a url, or absent.
inline const core::Json &extension_of(const core::Json &json, std::string_view url) {
    static const core::Json none;
    for (const core::Json &e : json.find("extension").elements())
        if (text_of(e, "url") == url) return e;
    return none;
}
// url and version of a canonical reference.
inline std::pair<std::string, std::string> split_canonical(std::string_view canonical) {
    const std::size_t bar = canonical.find('|');
    if (bar == std::string_view::npos) return {std::string(canonical), {}};
    return {std::string(canonical.substr(0, bar)), std::string(canonical.substr(bar + 1))};
}

}  // namespace clinical::codes
