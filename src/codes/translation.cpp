#include "codes/translation.h"

#include <algorithm>

namespace clinical::codes {

bool is_same_meaning(std::string_view equivalence) {
    return equivalence == "equal" || equivalence == "equivalent";
}

int equivalence_rank(std::string_view equivalence) {
    constexpr std::string_view order[] = {"equal",     "equivalent",  "wider",   "subsumes",
                                          "narrower",  "specializes", "inexact", "relatedto",
                                          "unmatched", "disjoint"};
    const auto *place = std::find(std::begin(order), std::end(order), equivalence);
    return static_cast<int>(place - std::begin(order));
}

core::Result<std::shared_ptr<const Translation>> Translation::of(std::vector<MapEntry> entries) {
    std::erase_if(entries, [](const MapEntry &e) {
        return !is_same_meaning(e.equivalence) || e.conditional || e.target_code.empty() ||
               e.source_code.empty();
    });
    const auto key = [](const MapEntry &e) { return std::tie(e.source_system, e.source_code); };
    std::stable_sort(entries.begin(), entries.end(),
                     [&](const MapEntry &a, const MapEntry &b) { return key(a) < key(b); });
    auto translation = std::make_shared<Translation>();
    for (std::size_t first = 0; first < entries.size();) {
        std::size_t last = first;
        while (last < entries.size() && entries[last].source_system == entries[first].source_system)
            ++last;
        // One target per source code; several different ones are none.
        IndexSource source;
        std::vector<std::string> targets;
        for (std::size_t i = first; i < last;) {
            std::size_t end = i;
            bool one = true;
            for (; end < last && entries[end].source_code == entries[i].source_code; ++end)
                one = one && entries[end].target_system == entries[i].target_system &&
                      entries[end].target_code == entries[i].target_code;
            source.codes.push_back(entries[i].source_code);
            targets.push_back(one ? pack({entries[i].target_system,
                                          entries[i].target_code,
                                          {},
                                          entries[i].target_display})
                                  : std::string());
            i = end;
        }
        Part &part = translation->parts_[entries[first].source_system];
        auto bytes = build_index(source);
        if (!bytes.ok()) return bytes.error();
        part.bytes = std::move(bytes).value();
        auto index = Index::open(part.bytes);
        if (!index.ok()) return index.error();
        part.index = index.value();
        // Without a hierarchy numbers are the source's order.
        for (const std::string &target : targets) {
            part.target_at.push_back(static_cast<std::uint32_t>(part.targets.size()));
            part.targets += target;
        }
        part.target_at.push_back(static_cast<std::uint32_t>(part.targets.size()));
        first = last;
    }
    return std::shared_ptr<const Translation>(std::move(translation));
}

std::string_view Translation::find(std::string_view system, std::string_view code) const {
    const auto part = parts_.find(system);
    if (part == parts_.end()) return {};
    const auto number = part->second.index.find(code);
    if (!number) return {};
    const std::uint32_t start = part->second.target_at[*number];
    return std::string_view(part->second.targets)
        .substr(start, part->second.target_at[*number + 1] - start);
}

}  // namespace clinical::codes
