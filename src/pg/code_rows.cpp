// Value set membership and translation, for every row of a query.

#include <algorithm>
#include <memory>

#include "bridge/jsonb_reader.h"
#include "bridge/text_array.h"
#include "codes/csv_line.h"
#include "codes/systems.h"
#include "pg/code_site.h"
#include "pg/code_store.h"
#include "pg/table_scan.h"

namespace clinical {
namespace {

// Columns of _pgclinical.code_concept_map and code_map_entry.
constexpr AttrNumber map_id = 1, map_url = 2, map_version = 3, map_target = 5, map_current = 7;
constexpr AttrNumber entry_map = 1, entry_source_system = 3, entry_source_code = 4,
                     entry_target_system = 5, entry_target_code = 6, entry_target_display = 7,
                     entry_equivalence = 8, entry_depends_on = 10;

codes::MapEntry entry_of(const TableRow &row) {
    return {std::string(row.text(entry_source_system)),
            std::string(row.text(entry_source_code)),
            std::string(row.text(entry_target_system)),
            std::string(row.text(entry_target_code)),
            std::string(row.text(entry_target_display)),
            std::string(row.text(entry_equivalence)),
            !row.is_null(entry_depends_on)};
}

// Rows come in batches whose memory goes with a context of its own.
template <typename Each>
void each_entry(TableScan &scan, Each each) {
    for (;;) {
        MemoryContext batch = bridge::pg([] {
            return AllocSetContextCreate(CurrentMemoryContext, "pgclinical map entries",
                                         ALLOCSET_DEFAULT_SIZES);
        });
        MemoryContext caller = MemoryContextSwitchTo(batch);
        const auto rows = scan.next(1000);
        MemoryContextSwitchTo(caller);
        for (const TableRow &row : rows) each(row);
        MemoryContextDelete(batch);
        if (rows.empty()) return;
        bridge::limits().interrupt.poll();
    }
}

}  // namespace

std::shared_ptr<const codes::Membership> membership_of(Terminology &terminology,
                                                       std::string_view value_set) {
    return terminology.memberships.get(value_set, [&] {
        // The store lives for this call; what it compiled is kept by the membership.
        PgStore store(current_terminology());
        auto made = codes::Membership::of(store, value_set);
        if (!made)
            throw core::Error{core::ErrorCode::undefined_name, "unknown value set",
                              "No value set of this url is loaded.", 0};
        return made;
    });
}

std::shared_ptr<const codes::Translation> translation_to(Terminology &terminology,
                                                         std::string_view target) {
    return terminology.translations.get(target, [&] {
        std::vector<codes::MapEntry> entries;
        // A map by its url, else every current map into the system, or whose target it is.
        std::vector<std::int64_t> maps, current;
        for (const TableRow &row : table_rows("code_concept_map", nullptr, {})) {
            const std::string canonical =
                std::string(row.text(map_url)) + "|" + std::string(row.text(map_version));
            const bool named =
                canonical == target || (row.flag(map_current) && row.text(map_url) == target);
            const bool to_set = row.flag(map_current) && row.text(map_target) == target;
            if (named || to_set) maps.push_back(row.number(map_id));
            if (row.flag(map_current)) current.push_back(row.number(map_id));
        }
        if (!maps.empty()) {
            for (const std::int64_t map : maps) {
                TableScan scan("code_map_entry", "code_map_entry_pkey",
                               {TableKey::of(entry_map, map)});
                each_entry(scan, [&](const TableRow &row) { entries.push_back(entry_of(row)); });
            }
        } else {
            const std::string system = codes::canonical_system(target);
            TableScan scan("code_map_entry", "code_map_entry_target",
                           {TableKey::of(entry_target_system, std::string_view(system))});
            each_entry(scan, [&](const TableRow &row) {
                if (std::find(current.begin(), current.end(), row.number(entry_map)) !=
                    current.end())
                    entries.push_back(entry_of(row));
            });
        }
        return bridge::take(codes::Translation::of(std::move(entries)));
    });
}

}  // namespace clinical

using namespace clinical;

CLINICAL_FUNCTION(code_in) {
    auto &site = site_of<NamedSite<codes::Membership>>(fcinfo);
    const auto *set = site.get(bridge::text_argument(fcinfo, 1), membership_of);
    const codes::CodingView coding = coding_argument(fcinfo, 0);
    PG_RETURN_BOOL(set->holds(coding.system, coding.code));
}

// coding ~> text
CLINICAL_FUNCTION(code_translated) {
    auto &site = site_of<NamedSite<codes::Translation>>(fcinfo);
    const std::string_view target = bridge::text_argument(fcinfo, 1);
    const auto *translation = site.get(target, translation_to);
    const codes::CodingView coding = coding_argument(fcinfo, 0);
    const std::string_view found = translation->find(coding.system, coding.code);
    if (!found.empty()) return bridge::to_text(found);
    // What is in the target system already needs no translation.
    if (!coding.system.empty() && codes::canonical_system(target) == coding.system)
        return PG_GETARG_DATUM(0);
    PG_RETURN_NULL();
}

CLINICAL_FUNCTION(code_system_is_known) {
    auto &site = site_of<TerminologySite>(fcinfo);
    site.refresh();
    const std::string_view system = bridge::text_argument(fcinfo, 0);
    PG_RETURN_BOOL(codes::system_number(system) != 0 ||
                   site.terminology().releases(system) != nullptr);
}

CLINICAL_FUNCTION(code_csv_fields) {
    return bridge::to_text_array(codes::csv_fields(bridge::text_argument(fcinfo, 0)));
}

CLINICAL_FUNCTION(code_csv_open) {
    const auto open = codes::csv_open(bridge::text_argument(fcinfo, 0), PG_GETARG_BOOL(1));
    if (!open) PG_RETURN_NULL();
    PG_RETURN_BOOL(*open);
}
