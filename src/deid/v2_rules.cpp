#include "deid/v2_rules.h"

#include <algorithm>
#include <iterator>

namespace clinical::deid {

namespace {
#include "deid/data/v2_rules.inc"
}  // namespace

int v2_version(std::string_view text) {
    for (std::size_t i = 0; i < std::size(v2_versions); ++i)
        if (text == v2_versions[i]) return static_cast<int>(i) + 1;
    // Later ones have the fields of the last one we know.
    for (std::string_view later : {"2.8.1", "2.8.2", "2.9", "2.9.1"})
        if (text == later) return static_cast<int>(std::size(v2_versions));
    return 0;
}

const V2Segment *v2_segment(std::string_view id) {
    const auto *found =
        std::lower_bound(std::begin(v2_segments), std::end(v2_segments), id,
                         [](const V2Segment &s, std::string_view name) { return s.id < name; });
    return found != std::end(v2_segments) && found->id == id ? found : nullptr;
}

V2Rule v2_rule(const V2Segment &segment, int field, int version) {
    if (field < 1 || field > segment.count) return {};
    const V2Field &place = v2_fields[segment.first + field - 1];
    const V2Variant *variant = &v2_variants[place.first];
    if (version == 0) return {variant->action, variant->detail};
    const V2Variant *chosen = nullptr;
    for (int i = 1; i < place.count && variant[i].from <= version; ++i) chosen = &variant[i];
    return chosen ? V2Rule{chosen->action, chosen->detail} : V2Rule{};
}

std::span<const V2Rule> v2_shape(int n) {
    return {v2_parts + v2_shapes[n].first, v2_shapes[n].count};
}

std::string_view v2_table(int n) { return v2_tables[n]; }

std::string_view v2_table_named(int number) {
    const auto *found =
        std::lower_bound(std::begin(v2_table_numbers), std::end(v2_table_numbers), number,
                         [](const V2Field &t, int n) { return t.first < n; });
    return found != std::end(v2_table_numbers) && found->first == number ? v2_tables[found->count]
                                                                         : std::string_view();
}

std::string_view v2_domain(V2Domain domain) {
    switch (domain) {
        case V2Domain::document: return "DocumentReference";
        case V2Domain::filler: return "DiagnosticReport";
        case V2Domain::message: return "MessageHeader";
        case V2Domain::patient: return "Patient";
        case V2Domain::placer: return "ServiceRequest";
        case V2Domain::specimen: return "Specimen";
        case V2Domain::visit: return "Encounter";
    }
    return {};
}

}  // namespace clinical::deid
