#include "pg/fhirpath_terminology.h"

#include "fhir/definitions.h"
#include "pg/code_site.h"

namespace clinical {

namespace {

class DatabaseTerminology final : public fhirpath::Terminology {
public:
    std::optional<bool> member_of(const Coding &coding, std::string_view value_set) override {
        // Of a value set of FHIR R4 all codes are compiled in, where FHIR enumerates them.
        const fhir::ValueSet *set = fhir::value_set_at(value_set);
        if (!set || !set->is_enumerated()) return loaded_member_of(coding, value_set);
        return coding.system.empty() ? set->has_code(coding.code)
                                     : set->has(coding.system, coding.code);
    }

    std::optional<bool> subsumes(const Coding &a, const Coding &b) override {
        if (a.system.empty() || b.system.empty()) return std::nullopt;
        if (a.system != b.system) return false;
        if (a.code == b.code) return true;
        site_.refresh();
        const auto system = site_.terminology().compiled(a.system, a.version);
        if (!system) return std::nullopt;
        const auto above = system->index().find(a.code);
        const auto below = system->index().find(b.code);
        if (!above || !below) return std::nullopt;
        return system->index().subsumes(*above, *below);
    }

private:
    std::optional<bool> loaded_member_of(const Coding &coding, std::string_view value_set) {
        site_.refresh();
        try {
            const auto set = membership_of(site_.terminology(), value_set);
            return coding.system.empty() ? set->holds_anywhere(coding.code)
                                         : set->holds(coding.system, coding.code);
        } catch (const core::Error &error) {
            // FHIRPath: what is not known is the empty collection.
            if (error.code == core::ErrorCode::undefined_name) return std::nullopt;
            throw;
        }
    }

    TerminologySite site_;
};

}  // namespace

fhirpath::Terminology &fhirpath_terminology() {
    static auto &terminology = *new DatabaseTerminology;
    return terminology;
}

}  // namespace clinical
