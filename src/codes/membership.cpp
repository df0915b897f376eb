#include "codes/membership.h"

#include <algorithm>

#include "codes/context.h"

namespace clinical::codes {

std::shared_ptr<const Membership> Membership::of(Store &store, std::string_view canonical) {
    const Request request;
    Context context(store, request);
    const core::Json *value_set = context.value_set(canonical, true);
    if (!value_set) return nullptr;
    context.root = value_set;
    auto membership = std::make_shared<Membership>();
    try {
        for (const Member &m : context.members(*value_set)) {
            if (!m.system) {
                membership->listed_[m.url].insert(m.code);
                continue;
            }
            auto &parts = membership->parts_[m.url];
            auto part = std::find_if(parts.begin(), parts.end(),
                                     [&](const Part &p) { return p.index == &m.system->index(); });
            if (part == parts.end()) {
                parts.push_back({m.system->keeper(), &m.system->index(),
                                 std::vector<bool>(m.system->index().size())});
                part = parts.end() - 1;
            }
            part->members[m.number] = true;
        }
    } catch (const OperationFailure &failure) {
        throw core::Error{core::ErrorCode::invalid_option, "value set cannot be expanded",
                          failure.finding.text + ".", 0};
    }
    return membership;
}

bool Membership::holds(std::string_view system, std::string_view code) const {
    if (const auto parts = parts_.find(system); parts != parts_.end())
        for (const Part &part : parts->second) {
            const auto number = part.index->find(code);
            if (number && part.members[*number]) return true;
        }
    const auto listed = listed_.find(system);
    return listed != listed_.end() && listed->second.count(code) > 0;
}

bool Membership::holds_anywhere(std::string_view code) const {
    return std::any_of(parts_.begin(), parts_.end(),
                       [&](const auto &part) { return holds(part.first, code); }) ||
           std::any_of(listed_.begin(), listed_.end(),
                       [&](const auto &list) { return list.second.count(code) > 0; });
}

}  // namespace clinical::codes
