#include "pg/code_store.h"

#include <algorithm>

#include "codes/version.h"
#include "pg/json.h"
#include "pg/table_scan.h"

namespace clinical {
namespace {

using core::Json;

// Columns of the tables in sql/install/35_code_store.sql.
constexpr AttrNumber system_id = 1, system_resource = 7;
constexpr AttrNumber concept_system = 1, concept_code = 2, concept_display = 4,
                     concept_definition = 5, concept_extension = 10;
constexpr AttrNumber property_system = 1, property_code = 2, property_name = 3, property_type = 4,
                     property_value = 5, property_detail = 6;
constexpr AttrNumber designation_system = 1, designation_code = 2, designation_language = 3,
                     designation_use = 4, designation_value = 5, designation_extension = 6;
constexpr AttrNumber set_url = 2, set_version = 3, set_resource = 4, set_current = 5;

Json json_of(const TableRow &row, AttrNumber column) {
    if (row.is_null(column)) return {};
    return pg_json(
        bridge::JsonbNode(reinterpret_cast<const Jsonb *>(DatumGetPointer(row.datum(column)))));
}

codes::Property property_of(const TableRow &row) {
    return {std::string(row.text(property_name)), std::string(row.text(property_type)),
            std::string(row.text(property_value)), json_of(row, property_detail)};
}

class PgSystem final : public codes::System {
public:
    PgSystem(const SystemRelease &release, std::shared_ptr<const CompiledSystem> compiled)
        : release_(release), compiled_(std::move(compiled)) {
        const auto rows =
            table_rows("code_system", "code_system_pkey", {TableKey::of(system_id, release.id)});
        if (!rows.empty()) resource_ = json_of(rows.front(), system_resource);
    }

    [[nodiscard]] const std::string &url() const override { return release_.url; }
    [[nodiscard]] const std::string &version() const override { return release_.version; }
    [[nodiscard]] const codes::Index &index() const override { return compiled_->index(); }
    [[nodiscard]] const Json &resource() const override { return resource_; }
    [[nodiscard]] std::shared_ptr<const void> keeper() const override { return compiled_; }

    [[nodiscard]] codes::Details details(std::uint32_t number) const override {
        const std::string_view code = index().code(number);
        codes::Details details;
        for (const TableRow &row : table_rows(
                 "code_concept", "code_concept_pkey",
                 {TableKey::of(concept_system, release_.id), TableKey::of(concept_code, code)})) {
            details.display = row.text(concept_display);
            details.definition = row.text(concept_definition);
            details.extension = json_of(row, concept_extension);
        }
        for (const TableRow &row : table_rows(
                 "code_property", "code_property_of",
                 {TableKey::of(property_system, release_.id), TableKey::of(property_code, code)}))
            details.properties.push_back(property_of(row));
        for (const TableRow &row : table_rows("code_designation", "code_designation_of",
                                              {TableKey::of(designation_system, release_.id),
                                               TableKey::of(designation_code, code)}))
            details.designations.push_back(
                {std::string(row.text(designation_language)), json_of(row, designation_use),
                 std::string(row.text(designation_value)), json_of(row, designation_extension)});
        return details;
    }

    [[nodiscard]] std::vector<std::pair<std::uint32_t, codes::Property>> values_of(
        std::string_view property) const override {
        std::vector<std::pair<std::uint32_t, codes::Property>> values;
        TableScan scan(
            "code_property", "code_property_by",
            {TableKey::of(property_system, release_.id), TableKey::of(property_name, property)});
        for (auto rows = scan.next(256); !rows.empty(); rows = scan.next(256)) {
            bridge::limits().interrupt.poll();
            for (const TableRow &row : rows)
                if (const auto number = index().find(row.text(property_code)))
                    values.emplace_back(*number, property_of(row));
        }
        return values;
    }

private:
    SystemRelease release_;
    std::shared_ptr<const CompiledSystem> compiled_;
    Json resource_;
};

}  // namespace

PgStore::PgStore(std::shared_ptr<Terminology> terminology) : terminology_(std::move(terminology)) {}
PgStore::~PgStore() = default;

void PgStore::poll() { bridge::limits().interrupt.poll(); }

std::vector<std::string> PgStore::versions(std::string_view url) {
    std::vector<std::string> versions;
    if (const auto *releases = terminology_->releases(url))
        for (const SystemRelease &release : *releases) versions.push_back(release.version);
    return versions;
}

const codes::System *PgStore::system(std::string_view url, std::string_view version) {
    const auto *releases = terminology_->releases(url);
    if (!releases) return nullptr;
    for (const SystemRelease &release : *releases) {
        if (release.version != version) continue;
        auto &known = systems_[release.id];
        if (!known) known = std::make_unique<PgSystem>(release, terminology_->compiled(release));
        return known.get();
    }
    return nullptr;
}

const std::vector<PgStore::ValueSet> &PgStore::value_sets(std::string_view url) {
    const auto known = value_sets_.find(url);
    if (known != value_sets_.end()) return known->second;
    std::vector<ValueSet> found;
    for (const TableRow &row : table_rows("code_value_set", "code_value_set_url_version_key",
                                          {TableKey::of(set_url, url)}))
        found.push_back({std::string(row.text(set_version)), json_of(row, set_resource),
                         row.flag(set_current)});
    std::sort(found.begin(), found.end(), [](const ValueSet &a, const ValueSet &b) {
        return codes::version_less(b.version, a.version);
    });
    return value_sets_.emplace(std::string(url), std::move(found)).first->second;
}

std::vector<std::string> PgStore::value_set_versions(std::string_view url) {
    std::vector<std::string> versions;
    for (const ValueSet &set : value_sets(url)) versions.push_back(set.version);
    return versions;
}

const Json *PgStore::value_set(std::string_view url, std::string_view version) {
    for (const ValueSet &set : value_sets(url))
        if (set.version == version) return &set.resource;
    return nullptr;
}

}  // namespace clinical
