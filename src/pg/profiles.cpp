// Validation against loaded profiles.

#include <map>
#include <memory>
#include <string>

#include "bridge/decode_cache.h"
#include "bridge/rows.h"
#include "bridge/value.h"
#include "pg/fhirpath.h"
#include "pg/fhirpath_terminology.h"
#include "pg/json.h"
#include "pg/server_text.h"
#include "pg/table_scan.h"
#include "pg/terminology.h"
#include "pg/validate.h"
#include "validate/profile_check.h"
#include "validate/value_set_index.h"

using namespace clinical;
using bridge::JsonbNode;
using core::Json;

namespace {

// Columns of _pgclinical.definition and code_value_set.
constexpr AttrNumber definition_version = 2, definition_resource = 4;
constexpr AttrNumber set_resource = 4, set_current = 5;

Json json_of(const TableRow &row, AttrNumber column) {
    return pg_json(JsonbNode(reinterpret_cast<const Jsonb *>(DatumGetPointer(row.datum(column)))));
}

// Definitions as one generation has them, compiled as they are asked for.
class Loaded final : public validate::Definitions,
                     public validate::CodeSource,
                     public validate::ProfileSource,
                     public fhirpath::Terminology {
public:
    explicit Loaded(std::shared_ptr<clinical::Terminology> terminology)
        : terminology_(std::move(terminology)), sets_(*this) {}

    [[nodiscard]] std::int64_t generation() const { return terminology_->generation(); }
    [[nodiscard]] std::size_t size() const { return definitions_.size() + value_sets_.size(); }

    const Json *definition(std::string_view canonical) override {
        const std::string url(canonical.substr(0, canonical.find('|')));
        const std::string version(canonical.substr(std::min(url.size() + 1, canonical.size())));
        auto known = definitions_.find(url);
        if (known == definitions_.end()) {
            std::unique_ptr<Json> found;
            std::string stated;
            for (const TableRow &row : table_rows("definition", "definition_pkey",
                                                  {TableKey::of(1, std::string_view(url))})) {
                found = std::make_unique<Json>(json_of(row, definition_resource));
                stated = row.text(definition_version);
            }
            known = definitions_.emplace(url, Definition{std::move(found), stated}).first;
        }
        // Sources of a guide have no version yet: they stand for any.
        const std::string &has = known->second.version;
        if (!version.empty() && !has.empty() && version != has) return nullptr;
        return known->second.resource.get();  // null when it is not loaded
    }

    const validate::Profile *profile(std::string_view canonical) override {
        const auto compiled = compile(canonical);
        return compiled ? compiled->get() : nullptr;
    }

    // The profile, or why there is none.
    const validate::Profile &require(std::string_view canonical) {
        if (const validate::Profile *found = profile(canonical)) return *found;
        throw profiles_.find(canonical)->second.error();
    }

    const fhir::Type *type_of(std::string_view canonical) override {
        if (const Json *found = definition(canonical)) {
            const Json &type = found->find("type");
            return type.kind() == core::Kind::string ? fhir::type_named(type.as_text()) : nullptr;
        }
        return fhir::type_named(canonical.substr(canonical.rfind('/') + 1));
    }

    const Json *value_set(std::string_view url) override {
        auto known = value_sets_.find(url);
        if (known == value_sets_.end()) {
            std::unique_ptr<Json> found;
            for (const TableRow &row : table_rows(
                     "code_value_set", "code_value_set_url_version_key", {TableKey::of(2, url)}))
                if (!found || row.flag(set_current))
                    found = std::make_unique<Json>(json_of(row, set_resource));
            known = value_sets_.emplace(std::string(url), std::move(found)).first;
        }
        return known->second.get();
    }

    std::optional<bool> has_code(std::string_view system, std::string_view code) override {
        if (const fhir::CodeSystem *known = fhir::code_system_at(system)) return known->has(code);
        const SystemRelease *release = terminology_->release(system, {});
        if (!release || release->compiled == 0) return std::nullopt;
        return terminology_->compiled(*release)->index().find(code).has_value();
    }

    std::optional<bool> member_of(const Coding &coding, std::string_view value_set) override {
        return sets_.has(value_set, coding.system, coding.code);
    }
    std::optional<bool> subsumes(const Coding &, const Coding &) override { return std::nullopt; }

private:
    struct Definition {
        std::unique_ptr<Json> resource;
        std::string version;
    };
    using Compiled = core::Result<std::unique_ptr<validate::Profile>>;

    const std::unique_ptr<validate::Profile> *compile(std::string_view canonical) {
        auto known = profiles_.find(canonical);
        if (known == profiles_.end())
            known =
                profiles_
                    .emplace(std::string(canonical), validate::compile_profile(canonical, *this))
                    .first;
        return known->second.ok() ? &known->second.value() : nullptr;
    }

    std::shared_ptr<clinical::Terminology> terminology_;
    std::map<std::string, Definition, std::less<>> definitions_;
    std::map<std::string, Compiled, std::less<>> profiles_;
    std::map<std::string, std::unique_ptr<Json>, std::less<>> value_sets_;
    validate::ValueSetIndex sets_;
};

constexpr std::size_t most_definitions = 5000;

// What the active snapshot sees; kept until a statement sees another generation.
Loaded &loaded() {
    struct Backend {
        TerminologySite site;
        std::unique_ptr<Loaded> loaded;
    };
    static auto &backend = *new Backend;  // no destructor at exit
    backend.site.refresh();
    auto &kept = backend.loaded;
    const auto &terminology = backend.site.shared();
    if (!kept || kept->generation() != terminology->generation() || kept->size() > most_definitions)
        kept = std::make_unique<Loaded>(terminology);
    return *kept;
}

// A profile asks for what the base asks, too.
class DatabaseProfiles final : public fhirpath::Profiles<JsonbNode> {
public:
    std::optional<bool> conforms(const JsonbNode &node, const fhir::Type *type,
                                 std::string_view canonical) override {
        Loaded &definitions = loaded();
        const validate::Profile *profile = definitions.profile(canonical);
        if (!profile) return std::nullopt;
        if (!type || !type->is_a(*profile->type)) return false;
        if (type->is_resource())
            for (const core::Issue &issue : base_issues(node))
                if (issue.severity == "error" || issue.severity == "fatal") return false;
        const auto limits = bridge::limits();
        JsonbEnvironment world;
        world.interrupt = limits.interrupt;
        world.terminology = &definitions;
        validate::Report report;
        validate::ProfileCheck<JsonbNode>(definitions, world, limits).run(*profile, node, report);
        return !report.has_errors();
    }
};

}  // namespace

namespace clinical {

fhirpath::Profiles<JsonbNode> &fhirpath_profiles() {
    static auto &profiles = *new DatabaseProfiles;  // no destructor at exit
    return profiles;
}

}  // namespace clinical

// fhir_issues(resource jsonb, profile text) RETURNS SETOF clinical_issue
CLINICAL_FUNCTION(fhir_issues_profile) {
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            auto *scan = bridge::make_in<IssueScan>(context);
            const JsonbNode resource = bridge::jsonb_argument(fcinfo, 0);
            const auto limits = bridge::limits();
            Loaded &definitions = loaded();
            const auto &profile =
                definitions.require(pg::utf8_of(bridge::text_argument(fcinfo, 1)));
            scan->issues = base_issues(resource);
            validate::Report report;
            JsonbEnvironment world;
            world.interrupt = limits.interrupt;
            world.terminology = &definitions;
            validate::ProfileCheck<JsonbNode>(definitions, world, limits)
                .run(profile, resource, report);
            for (core::Issue &issue : report.issues()) scan->issues.push_back(std::move(issue));
            return scan;
        },
        [&](void *state, bridge::Row<6> &row) {
            return next_issue(*static_cast<IssueScan *>(state), row);
        });
}
