#pragma once

// The terminology tables as codes::Store, under the active snapshot.

#include <map>
#include <memory>

#include "codes/store.h"
#include "pg/terminology.h"

namespace clinical {

class PgStore final : public codes::Store {
public:
    explicit PgStore(std::shared_ptr<Terminology> terminology);
    ~PgStore() override;

    [[nodiscard]] std::vector<std::string> versions(std::string_view url) override;
    [[nodiscard]] const codes::System *system(std::string_view url,
                                              std::string_view version) override;
    [[nodiscard]] std::vector<std::string> value_set_versions(std::string_view url) override;
    [[nodiscard]] const core::Json *value_set(std::string_view url,
                                              std::string_view version) override;
    void poll() override;

private:
    struct ValueSet {
        std::string version;
        core::Json resource;
        bool current;
    };
    const std::vector<ValueSet> &value_sets(std::string_view url);

    std::shared_ptr<Terminology> terminology_;
    std::map<std::int64_t, std::unique_ptr<codes::System>> systems_;
    std::map<std::string, std::vector<ValueSet>, std::less<>> value_sets_;
};

}  // namespace clinical
