#include "codes/context.h"

#include <algorithm>
#include <map>

#include "codes/version.h"

namespace clinical::codes {
namespace {

using core::Json;

constexpr std::size_t most_nested = 32;  // value sets that import value sets

std::string highest(const std::vector<std::string> &versions) {
    return versions.empty() ? std::string() : versions.front();
}

std::string joined(const std::vector<std::string> &items, const char *separator) {
    std::string out;
    for (const std::string &item : items) out += (out.empty() ? "" : separator) + item;
    return out;
}

constexpr std::uint32_t nowhere = ~std::uint32_t(0);

std::uint32_t number_of(const System *system, std::string_view code) {
    if (!system) return nowhere;
    const auto found = system->index().find(code);
    return found ? *found : nowhere;
}

bool has(const Json &json, std::string_view key) { return !json.find(key).is_absent(); }

}  // namespace

void fail(const char *code, const char *kind, const char *id, std::string text) {
    throw OperationFailure{{"error", code, kind, id, {}, std::move(text)}};
}

Chosen Context::choose(std::string_view url, std::string_view include_version,
                       std::string_view coding_version) {
    const auto known = store_.versions(url);
    const std::string forced = version_for(request_.forced_versions, url);
    Chosen chosen;
    chosen.wanted = include_version;
    if (!forced.empty()) {
        chosen.wanted = forced;
        chosen.by_parameter = true;
    } else if (include_version.empty()) {
        chosen.wanted = version_for(request_.default_versions, url);
        if (chosen.wanted.empty()) chosen.wanted = version_for(request_.checked_versions, url);
        chosen.by_parameter = !chosen.wanted.empty();
    }
    std::string found;
    const bool known_coding = !coding_version.empty() &&
                              std::find(known.begin(), known.end(), coding_version) != known.end();
    if (chosen.wanted.empty()) {
        if (known_coding)
            found = coding_version;
        else if (known.empty())
            return chosen;
        else
            found = highest(known);
    } else if (known_coding && version_matches(chosen.wanted, coding_version)) {
        found = coding_version;
    } else {
        found = find_version(chosen.wanted, known);
        if (found.empty()) return chosen;
    }
    chosen.system = store_.system(url, found);
    return chosen;
}

const Json *Context::value_set(std::string_view canonical, bool imported) {
    if (canonical.starts_with('#') && root) {
        for (const Json &contained : root->find("contained").elements())
            if (text_of(contained, "id") == canonical.substr(1)) return &contained;
        return nullptr;
    }
    auto [url, version] = split_canonical(canonical);
    if (version.empty() && !imported) version = request_.value_set_version;
    if (version.empty()) version = version_for(request_.value_set_versions, url);
    const auto known = store_.value_set_versions(url);
    if (known.empty()) return nullptr;
    const std::string found = version.empty() ? highest(known) : find_version(version, known);
    if (found.empty() && !version.empty()) return nullptr;
    return store_.value_set(url, found);
}

void Context::use_supplements(const Json &value_set) {
    std::vector<std::string> wanted = request_.supplements;
    for (const Json &e : value_set.find("extension").elements())
        if (text_of(e, "url") == "http://hl7.org/fhir/StructureDefinition/valueset-supplement")
            wanted.push_back(text_of(e, "valueCanonical").empty() ? text_of(e, "valueUri")
                                                                  : text_of(e, "valueCanonical"));
    for (const std::string &canonical : wanted) {
        auto [url, version] = split_canonical(canonical);
        const auto known = store_.versions(url);
        const std::string found = version.empty() ? highest(known) : find_version(version, known);
        const System *system = known.empty() || (found.empty() && !version.empty())
                                   ? nullptr
                                   : store_.system(url, found);
        if (!system || text_of(system->resource(), "content") != "supplement")
            fail("not-found", "not-found", "VALUESET_SUPPLEMENT_MISSING",
                 "Required supplement not found: " + canonical);
        if (std::find(supplements_.begin(), supplements_.end(), system) == supplements_.end())
            supplements_.push_back(system);
    }
}

Details Context::details(const System &system, std::uint32_t number) {
    Details details = system.details(number);
    for (const System *supplement : supplements_) {
        const auto [url, version] = split_canonical(text_of(supplement->resource(), "supplements"));
        if (url != system.url() || (!version.empty() && version != system.version())) continue;
        if (std::find(used_supplements.begin(), used_supplements.end(), supplement) ==
            used_supplements.end())
            used_supplements.push_back(supplement);
        const auto there = supplement->index().find(system.index().code(number));
        if (!there) continue;
        Details more = supplement->details(*there);
        details.properties.insert(details.properties.end(), more.properties.begin(),
                                  more.properties.end());
        details.designations.insert(details.designations.end(), more.designations.begin(),
                                    more.designations.end());
        for (const Json &e : more.extension.elements()) details.extension.push(e);
    }
    return details;
}

void Context::note(const System *system) {
    if (std::find(used_systems.begin(), used_systems.end(), system) == used_systems.end())
        used_systems.push_back(system);
}

std::vector<std::uint32_t> filtered(const System &system, const Json &include,
                                    std::string_view place) {
    std::vector<std::uint32_t> found;
    bool first = true;
    std::size_t number = 0;
    for (const Json &json : include.find("filter").elements()) {
        std::vector<std::uint32_t> some;
        try {
            some = select(system, Filter::of(json));
        } catch (OperationFailure &failure) {
            failure.finding.place = std::string(place) + ".filter[" + std::to_string(number) + "]";
            throw;
        }
        ++number;
        if (first) {
            found = std::move(some);
            first = false;
            continue;
        }
        std::vector<std::uint32_t> both;
        std::set_intersection(found.begin(), found.end(), some.begin(), some.end(),
                              std::back_inserter(both));
        found = std::move(both);
    }
    return found;
}

std::vector<Member> Context::include_members(const Json &include, std::string_view place) {
    store_.poll();
    std::vector<Member> members;
    const std::string url = text_of(include, "system");
    if (!url.empty()) {
        const bool listed = has(include, "concept");
        const Chosen chosen = choose(url, text_of(include, "version"));
        if (!chosen.system) {
            auto known = store_.versions(url);
            std::sort(known.begin(), known.end(), version_less);
            if (!known.empty())
                fail("not-found", "not-found", "UNKNOWN_CODESYSTEM_VERSION_EXP",
                     "A definition for CodeSystem '" + url + "' version '" + chosen.wanted +
                         "' could not be found, so the value set cannot be expanded. Valid "
                         "versions: " +
                         joined(known, " or "));
            if (!listed)
                fail("not-found", "not-found", "UNKNOWN_CODESYSTEM_EXP",
                     "A definition for CodeSystem '" + url +
                         "' could not be found, so the value set cannot be expanded");
        } else {
            const std::string checked = version_for(request_.checked_versions, url);
            if (!checked.empty() && !version_matches(checked, chosen.system->version()))
                fail("exception", "version-error", "VALUESET_VERSION_CHECK",
                     "The version '" + chosen.system->version() + "' is not allowed for system '" +
                         url + "': required to be '" + checked + "' by a version-check parameter");
            note(chosen.system);
        }
        if (listed) {
            for (const Json &c : include.find("concept").elements()) {
                const std::string code = text_of(c, "code");
                if (!chosen.system) {
                    members.push_back({nullptr, 0, url, code, &c, false});
                    continue;
                }
                const auto number = chosen.system->index().find(code);
                if (number)
                    members.push_back({chosen.system, *number, url,
                                       std::string(chosen.system->index().code(*number)), &c,
                                       false});
            }
        } else {
            const Index &index = chosen.system->index();
            std::vector<std::uint32_t> numbers;
            if (has(include, "filter")) {
                numbers = filtered(*chosen.system, include, place);
            } else {
                for (std::uint32_t i = 0; i < index.size(); ++i) numbers.push_back(i);
            }
            members.reserve(numbers.size());
            for (const std::uint32_t i : numbers)
                members.push_back(
                    {chosen.system, i, url, std::string(index.code(i)), nullptr, true});
        }
    }
    // Value sets of an include narrow it; alone, they are it.
    bool first = url.empty();
    for (const Json &canonical : include.find("valueSet").elements()) {
        const Json *imported = value_set(canonical.as_text(), true);
        if (!imported) {
            const auto [name, version] = split_canonical(canonical.as_text());
            const std::string pinned = version_for(request_.value_set_versions, name);
            fail("not-found", "not-found",
                 pinned.empty() ? "VS_EXP_IMPORT_UNK" : "VS_EXP_IMPORT_UNK_PINNED",
                 "Unable to find included value set '" + std::string(canonical.as_text()) + "'" +
                     (pinned.empty() ? "" : " version '" + pinned + "'"));
        }
        if (std::find(used_value_sets.begin(), used_value_sets.end(), imported) ==
            used_value_sets.end())
            used_value_sets.push_back(imported);
        std::vector<Member> others = this->members(*imported);
        if (first) {
            members = std::move(others);
            for (Member &m : members) m.may_nest = false;
            first = false;
            continue;
        }
        std::set<std::pair<std::string, std::string>> there;
        for (const Member &m : others) there.emplace(m.url, m.code);
        std::erase_if(members, [&](const Member &m) { return !there.count({m.url, m.code}); });
    }
    return members;
}

std::vector<Member> Context::members(const Json &value_set) {
    const std::string self = text_of(value_set, "url") + "|" + text_of(value_set, "version");
    if (std::find(open_.begin(), open_.end(), self) != open_.end() && self != "|")
        fail("processing", "vs-invalid", "VALUESET_CIRCULAR_REFERENCE",
             "Cyclic reference detected when including " + joined(open_, ", "));
    if (open_.size() >= most_nested)
        fail("too-costly", "vs-invalid", "VALUESET_TOO_DEEP",
             "Value sets include each other more than 32 deep");
    open_.push_back(self);
    const Json &compose = value_set.find("compose");
    std::vector<Member> members;
    std::set<std::string> seen;
    const auto key = [](const Member &m) { return m.url + "\n" + m.code + "\n" + m.version(); };
    std::size_t number = 0;
    for (const Json &include : compose.find("include").elements()) {
        const std::string place = "ValueSet.compose.include[" + std::to_string(number++) + "]";
        for (Member &m : include_members(include, place))
            if (seen.insert(key(m)).second) members.push_back(std::move(m));
    }
    // Without compose the stored expansion stands.
    if (compose.is_absent()) {
        std::vector<const Json *> nodes;
        for (const Json &c : value_set.find("expansion").find("contains").elements())
            nodes.push_back(&c);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            for (const Json &c : nodes[i]->find("contains").elements()) nodes.push_back(&c);
            if (flag_of(*nodes[i], "abstract", false) || text_of(*nodes[i], "code").empty())
                continue;
            const std::string url = text_of(*nodes[i], "system");
            const Chosen chosen = choose(url, text_of(*nodes[i], "version"));
            const auto found = chosen.system
                                   ? chosen.system->index().find(text_of(*nodes[i], "code"))
                                   : std::nullopt;
            members.push_back({found ? chosen.system : nullptr, found.value_or(0), url,
                               text_of(*nodes[i], "code"), nodes[i], false});
        }
    }
    number = 0;
    for (const Json &exclude : compose.find("exclude").elements()) {
        const std::string place = "ValueSet.compose.exclude[" + std::to_string(number++) + "]";
        std::map<std::pair<std::string, std::string>, std::string> gone;
        for (const Member &m : include_members(exclude, place)) gone[{m.url, m.code}] = m.version();
        std::erase_if(members, [&](const Member &m) {
            const auto there = gone.find({m.url, m.code});
            if (there == gone.end()) return false;
            const bool same = there->second == m.version();
            if (!same && versions_apart) return false;
            excluded_across_versions |= !same;
            return true;
        });
    }
    if (const Json &inactive = compose.find("inactive");
        inactive.kind() == core::Kind::boolean && !inactive.as_bool())
        std::erase_if(members, [](const Member &m) {
            return m.system && (m.system->index().flags(m.number) & flag_inactive);
        });
    open_.pop_back();
    return members;
}

bool Context::include_holds(const Json &include, std::string_view url, std::string_view code,
                            std::string_view coding_version, const System *system) {
    const std::string own = text_of(include, "system");
    if (!own.empty()) {
        if (own != url) return false;
        if (!system) system = choose(url, text_of(include, "version"), coding_version).system;
        const std::uint32_t number = number_of(system, code);
        if (has(include, "concept")) {
            bool listed = false;
            for (const Json &c : include.find("concept").elements()) {
                const std::string one = text_of(c, "code");
                // Also in another letter case, where the code system allows that.
                listed = listed || one == code ||
                         (number != nowhere && number_of(system, one) == number);
            }
            if (!listed) return false;
        } else {
            if (number == nowhere) return false;
            std::size_t place = 0;
            for (const Json &f : include.find("filter").elements()) {
                const Filter filter = Filter::of(f);
                if (!filter.has_value)
                    (void)filtered(*system, include, "ValueSet.compose.include[0]");
                if (!passes(*system, filter, number)) return false;
                ++place;
            }
        }
    }
    for (const Json &canonical : include.find("valueSet").elements()) {
        const Json *imported = value_set(canonical.as_text(), true);
        if (!imported) {
            const auto [name, version] = split_canonical(canonical.as_text());
            const std::string pinned = version_for(request_.value_set_versions, name);
            fail("not-found", "not-found", "Unable_to_resolve_value_Set_",
                 "A definition for the value Set '" + std::string(canonical.as_text()) +
                     (pinned.empty() ? "" : "|" + pinned) + "' could not be found");
        }
        if (!value_set_holds(*imported, url, code, coding_version)) return false;
    }
    return !own.empty() || !include.find("valueSet").elements().empty();
}

bool Context::excluded(const Json &value_set, std::string_view url, std::string_view code,
                       std::string_view coding_version) {
    for (const Json &exclude : value_set.find("compose").find("exclude").elements())
        if (include_holds(exclude, url, code, coding_version)) return true;
    return false;
}

bool Context::value_set_holds(const Json &value_set, std::string_view url, std::string_view code,
                              std::string_view coding_version) {
    store_.poll();
    const std::string self = text_of(value_set, "url") + "|" + text_of(value_set, "version");
    if (std::find(open_.begin(), open_.end(), self) != open_.end() && self != "|")
        fail("processing", "vs-invalid", "VALUESET_CIRCULAR_REFERENCE",
             "Cyclic reference detected when including " + joined(open_, ", "));
    if (open_.size() >= most_nested)
        fail("too-costly", "vs-invalid", "VALUESET_TOO_DEEP",
             "Value sets include each other more than 32 deep");
    const Json &compose = value_set.find("compose");
    if (compose.is_absent()) {
        for (const Member &m : members(value_set))
            if (m.url == url && m.code == code) return true;
        return false;
    }
    open_.push_back(self);
    bool holds = false;
    for (const Json &include : compose.find("include").elements()) {
        holds = include_holds(include, url, code, coding_version);
        if (holds && !flag_of(compose, "inactive", true)) {
            const System *system = choose(url, text_of(include, "version"), coding_version).system;
            const auto number = system ? system->index().find(code) : std::nullopt;
            if (number && (system->index().flags(*number) & flag_inactive)) holds = false;
        }
        if (holds) break;
    }
    holds = holds && !excluded(value_set, url, code, coding_version);
    open_.pop_back();
    return holds;
}

}  // namespace clinical::codes
