#include "codes/json_system.h"

#include <algorithm>

#include "codes/version.h"

namespace clinical::codes {
namespace {

using core::Json;

// The codes under which a system declares a standard property, or its plain name.
std::vector<std::string> names_of_property(const Json &system, const std::string &name) {
    const std::string uri = "http://hl7.org/fhir/concept-properties#" + name;
    std::vector<std::string> names;
    for (const Json &p : system.find("property").elements())
        if (text_of(p, "uri") == uri) names.push_back(text_of(p, "code"));
    if (names.empty()) names.push_back(name);
    return names;
}

bool says(const Details &details, const std::vector<std::string> &names,
          std::initializer_list<std::string_view> values) {
    for (const Property &p : details.properties)
        if (std::find(names.begin(), names.end(), p.code) != names.end() &&
            std::find(values.begin(), values.end(), p.value) != values.end())
            return true;
    return false;
}

}  // namespace

Details details_of(const Json &json) {
    Details details;
    details.display = text_of(json, "display");
    details.definition = text_of(json, "definition");
    details.extension = json.find("extension");
    for (const Json &p : json.find("property").elements()) {
        Property property;
        property.code = text_of(p, "code");
        for (const auto &[key, value] : p.members()) {
            if (!key.starts_with("value")) continue;
            property.type = key.substr(5);
            if (!property.type.empty() && property.type[0] >= 'A' && property.type[0] <= 'Z')
                property.type[0] = static_cast<char>(property.type[0] + 32);
            if (value.kind() == core::Kind::object) {
                property.detail = value;
                property.value = text_of(value, "code");
            } else if (value.kind() == core::Kind::boolean) {
                property.value = value.as_bool() ? "true" : "false";
            } else {
                property.value = value.as_text();
            }
        }
        details.properties.push_back(std::move(property));
    }
    for (const Json &d : json.find("designation").elements())
        details.designations.push_back(
            {text_of(d, "language"), d.find("use"), text_of(d, "value"), d.find("extension")});
    return details;
}

core::Result<std::unique_ptr<JsonSystem>> JsonSystem::of(const Json &code_system) {
    auto system = std::make_unique<JsonSystem>();
    system->url_ = text_of(code_system, "url");
    system->version_ = text_of(code_system, "version");
    system->resource_ = code_system;
    system->resource_.erase("concept");

    struct Open {
        const Json *node;
        int parent;
    };
    std::vector<Open> open;
    std::vector<std::string> codes;
    std::vector<Details> details;
    std::vector<int> parents;
    const auto push = [&](std::span<const Json> list, int parent) {
        for (auto c = list.rbegin(); c != list.rend(); ++c) open.push_back({&*c, parent});
    };
    push(code_system.find("concept").elements(), -1);
    while (!open.empty()) {
        const Open next = open.back();
        open.pop_back();
        codes.push_back(text_of(*next.node, "code"));
        details.push_back(details_of(*next.node));
        parents.push_back(next.parent);
        push(next.node->find("concept").elements(), static_cast<int>(codes.size()) - 1);
    }

    const auto abstract_names = names_of_property(code_system, "notSelectable");
    const auto inactive_names = names_of_property(code_system, "inactive");
    const auto status_names = names_of_property(code_system, "status");
    const auto parent_names = names_of_property(code_system, "parent");
    std::map<std::string_view, std::uint32_t> places;
    for (std::uint32_t i = 0; i < codes.size(); ++i) places[codes[i]] = i;
    IndexSource source;
    source.case_sensitive = flag_of(code_system, "caseSensitive", true);
    for (std::uint32_t i = 0; i < codes.size(); ++i) {
        source.codes.push_back(codes[i]);
        std::uint8_t flags = 0;
        if (says(details[i], abstract_names, {"true"})) flags |= flag_abstract;
        if (says(details[i], inactive_names, {"true"}) ||
            says(details[i], status_names, {"retired", "inactive", "withdrawn"}))
            flags |= flag_inactive;
        source.flags.push_back(flags);
        if (parents[i] >= 0) source.edges.emplace_back(i, parents[i]);
        for (const Property &p : details[i].properties) {
            if (std::find(parent_names.begin(), parent_names.end(), p.code) == parent_names.end())
                continue;
            const auto parent = places.find(p.value);
            if (parent != places.end() && static_cast<int>(parent->second) != parents[i])
                source.edges.emplace_back(i, parent->second);
        }
    }
    auto bytes = build_index(source);
    if (!bytes.ok()) return bytes.error();
    system->bytes_ = std::move(bytes).value();
    auto index = Index::open(system->bytes_);
    if (!index.ok()) return index.error();
    system->index_ = index.value();
    system->details_.resize(codes.size());
    for (std::uint32_t i = 0; i < codes.size(); ++i)
        system->details_[*system->index_.find(codes[i])] = std::move(details[i]);
    return system;
}

std::vector<std::pair<std::uint32_t, Property>> JsonSystem::values_of(
    std::string_view property) const {
    std::vector<std::pair<std::uint32_t, Property>> values;
    for (std::uint32_t i = 0; i < details_.size(); ++i)
        for (const Property &p : details_[i].properties)
            if (p.code == property) values.emplace_back(i, p);
    return values;
}

OverlayStore::OverlayStore(Store *below, const std::vector<Json> &resources) : below_(below) {
    for (const Json &resource : resources) {
        const std::string type = text_of(resource, "resourceType");
        if (type == "ValueSet") value_sets_.push_back(resource);
        if (type != "CodeSystem") continue;
        auto system = JsonSystem::of(resource);
        if (!system.ok()) throw core::Error(system.error());
        systems_.push_back(std::move(system).value());
    }
}

std::vector<std::string> OverlayStore::versions(std::string_view url) {
    std::vector<std::string> versions;
    for (const auto &system : systems_)
        if (system->url() == url) versions.push_back(system->version());
    std::sort(versions.begin(), versions.end(),
              [](const auto &a, const auto &b) { return version_less(b, a); });
    if (below_)
        for (std::string &version : below_->versions(url))
            if (std::find(versions.begin(), versions.end(), version) == versions.end())
                versions.push_back(std::move(version));
    return versions;
}

const System *OverlayStore::system(std::string_view url, std::string_view version) {
    for (const auto &system : systems_)
        if (system->url() == url && system->version() == version) return system.get();
    return below_ ? below_->system(url, version) : nullptr;
}

std::vector<std::string> OverlayStore::value_set_versions(std::string_view url) {
    std::vector<std::string> versions;
    for (const Json &vs : value_sets_)
        if (text_of(vs, "url") == url) versions.push_back(text_of(vs, "version"));
    std::sort(versions.begin(), versions.end(),
              [](const auto &a, const auto &b) { return version_less(b, a); });
    if (below_)
        for (std::string &version : below_->value_set_versions(url))
            if (std::find(versions.begin(), versions.end(), version) == versions.end())
                versions.push_back(std::move(version));
    return versions;
}

const Json *OverlayStore::value_set(std::string_view url, std::string_view version) {
    for (const Json &vs : value_sets_)
        if (text_of(vs, "url") == url && text_of(vs, "version") == version) return &vs;
    return below_ ? below_->value_set(url, version) : nullptr;
}

}  // namespace clinical::codes
