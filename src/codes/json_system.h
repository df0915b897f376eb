#pragma once

// A code system straight from a FHIR CodeSystem: one that comes with a request, or a test's.

#include <map>
#include <memory>

#include "codes/store.h"

namespace clinical::codes {

class JsonSystem final : public System {
public:
    // An error for a code twice or a cycle.
    static core::Result<std::unique_ptr<JsonSystem>> of(const core::Json &code_system);

    [[nodiscard]] const std::string &url() const override { return url_; }
    [[nodiscard]] const std::string &version() const override { return version_; }
    [[nodiscard]] const Index &index() const override { return index_; }
    [[nodiscard]] const core::Json &resource() const override { return resource_; }
    [[nodiscard]] Details details(std::uint32_t number) const override { return details_[number]; }
    [[nodiscard]] std::vector<std::pair<std::uint32_t, Property>> values_of(
        std::string_view property) const override;

private:
    std::string url_, version_;
    core::Json resource_;
    std::string bytes_;
    Index index_;
    std::vector<Details> details_;
};

// Reads a CodeSystem.concept without its children.
Details details_of(const core::Json &concept_json);

// Resources of a request before another store.
class OverlayStore final : public Store {
public:
    OverlayStore(Store *below, const std::vector<core::Json> &resources);

    [[nodiscard]] std::vector<std::string> versions(std::string_view url) override;
    [[nodiscard]] const System *system(std::string_view url, std::string_view version) override;
    [[nodiscard]] std::vector<std::string> value_set_versions(std::string_view url) override;
    [[nodiscard]] const core::Json *value_set(std::string_view url,
                                              std::string_view version) override;
    void poll() override {
        if (below_) below_->poll();
    }

private:
    Store *below_;  // may be null
    std::vector<std::unique_ptr<JsonSystem>> systems_;
    std::vector<core::Json> value_sets_;
};

}  // namespace clinical::codes
