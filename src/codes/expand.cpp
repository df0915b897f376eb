// $expand: the members of a value set as FHIR ValueSet.expansion.

#include <algorithm>
#include <map>

#include "codes/context.h"
#include "codes/operation.h"
#include "codes/version.h"

namespace clinical::codes {
namespace {

using core::Json;

constexpr std::string_view extension_base = "http://hl7.org/fhir/StructureDefinition/";

// Extensions of a concept that R5 calls properties of the expansion.
struct Known {
    std::string_view extension;
    std::string_view property;
    std::string_view uri;
    std::string_view type;
};
constexpr Known known_extensions[] = {
    {"itemWeight", "weight", "itemWeight", "valueDecimal"},
    {"codesystem-label", "label", "label", "valueString"},
    {"valueset-label", "label", "label", "valueString"},
    {"codesystem-conceptOrder", "order", "order", "valueDecimal"},
    {"valueset-conceptOrder", "order", "order", "valueDecimal"},
    {"structuredefinition-standards-status", "status", "status", "valueCode"},
};

std::string lower(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

Json parameter(std::string_view name, std::string_view type, Json value) {
    Json p = Json::object();
    p.set("name", Json::string(name));
    p.set(type, std::move(value));
    return p;
}

// A parameter that a value set fixes for its expansions.
std::string fixed_parameter(const Json &value_set, std::string_view wanted) {
    for (const Json &e : value_set.find("compose").find("extension").elements()) {
        if (text_of(e, "url") != std::string(extension_base) + "valueset-expansion-parameter")
            continue;
        std::string name, value;
        for (const Json &part : e.find("extension").elements())
            for (const auto &[key, v] : part.members())
                if (key.starts_with("value"))
                    (text_of(part, "url") == "name" ? name : value) =
                        v.kind() == core::Kind::boolean ? (v.as_bool() ? "true" : "false")
                                                        : v.as_text();
        if (name == wanted) return value;
    }
    return {};
}

class Expansion {
public:
    Expansion(Store &store, const Request &request, const Json &value_set)
        : context_(store, request), request_(request), value_set_(value_set) {
        std::string languages = request.display_language;
        if (languages.empty()) languages = fixed_parameter(value_set, "displayLanguage");
        if (languages.empty()) languages = text_of(value_set, "language");
        languages_ = Languages(languages);
        versions_match_ = fixed_parameter(value_set, "versionsMatch");
        context_.versions_apart = versions_match_ == "false";
    }

    Json run() {
        context_.root = &value_set_;
        context_.use_supplements(value_set_);
        std::vector<Member> members = context_.members(value_set_);
        if (request_.active_only.value_or(false))
            std::erase_if(members, [](const Member &m) {
                return m.system && (m.system->index().flags(m.number) & flag_inactive);
            });
        if (versions_match_ == "true") merge_versions(members);
        if (!request_.filter.empty()) search(members);
        if (!request_.count && members.size() > most_expanded)
            fail("too-costly", "", "VALUESET_TOO_COSTLY",
                 "The value set '" + text_of(value_set_, "url") +
                     "' expansion has too many codes "
                     "to return all at once (" +
                     std::to_string(members.size()) + "): use count");
        Json contains = Json::array();
        const bool nested = !request_.exclude_nested.value_or(false) && !request_.count &&
                            !request_.offset &&
                            value_set_.find("compose").find("exclude").is_absent();
        if (nested) {
            write_nested(members, contains);
        } else {
            const auto first = static_cast<std::size_t>(std::clamp<long long>(
                request_.offset.value_or(0), 0, static_cast<long long>(members.size())));
            std::size_t last = members.size();
            if (request_.count && *request_.count >= 0)
                last = std::min(last, first + static_cast<std::size_t>(*request_.count));
            for (std::size_t i = first; i < last; ++i) contains.push(entry(members[i]));
        }
        return answer(members.size(), std::move(contains));
    }

private:
    // A code that two versions have is there once, from the later version.
    static void merge_versions(std::vector<Member> &members) {
        std::map<std::pair<std::string, std::string>, const System *> best;
        for (const Member &m : members) {
            auto &system = best[{m.url, m.code}];
            if (!system || (m.system && version_less(system->version(), m.system->version())))
                system = m.system;
        }
        std::erase_if(members, [&](const Member &m) { return best[{m.url, m.code}] != m.system; });
    }

    void search(std::vector<Member> &members) {
        const std::string wanted = lower(request_.filter);
        std::erase_if(members, [&](const Member &m) {
            if (lower(m.code).find(wanted) != std::string::npos) return false;
            const std::string display = m.listed ? text_of(*m.listed, "display") : std::string();
            if (lower(display).find(wanted) != std::string::npos) return false;
            if (!m.system) return true;
            const Details details = context_.details(*m.system, m.number);
            if (lower(details.display).find(wanted) != std::string::npos) return false;
            return std::none_of(details.designations.begin(), details.designations.end(),
                                [&](const Designation &d) {
                                    return lower(d.value).find(wanted) != std::string::npos;
                                });
        });
    }

    [[nodiscard]] bool several_versions(const std::string &url) const {
        return std::count_if(context_.used_systems.begin(), context_.used_systems.end(),
                             [&](const System *system) { return system->url() == url; }) > 1;
    }

    void write_nested(const std::vector<Member> &members, Json &root) {
        std::map<std::pair<const System *, std::uint32_t>, std::size_t> places;
        for (std::size_t i = 0; i < members.size(); ++i)
            if (members[i].system && members[i].may_nest)
                places[{members[i].system, members[i].number}] = i;
        // Children come after their parents in preorder; those of a later parent wait for it.
        std::vector<std::vector<std::size_t>> children(members.size());
        std::vector<std::size_t> roots;
        for (std::size_t i = 0; i < members.size(); ++i) {
            const Member &m = members[i];
            bool below = false;
            if (m.system && m.may_nest)
                for (const std::uint32_t parent : m.system->index().parents(m.number)) {
                    const auto there = places.find({m.system, parent});
                    if (there == places.end() || below) continue;
                    children[there->second].push_back(i);
                    below = true;
                }
            if (!below) roots.push_back(i);
        }
        // Depth is that of the code system, whose build has no recursion; an explicit stack here.
        struct Open {
            Json *list;
            std::size_t member;
        };
        std::vector<Open> open;
        for (auto i = roots.rbegin(); i != roots.rend(); ++i) open.push_back({&root, *i});
        std::vector<Json> made(members.size());
        std::vector<std::size_t> order;
        while (!open.empty()) {
            const Open next = open.back();
            open.pop_back();
            order.push_back(next.member);
            made[next.member] = entry(members[next.member]);
            for (auto c = children[next.member].rbegin(); c != children[next.member].rend(); ++c)
                open.push_back({nullptr, *c});
        }
        // From the last to the first: a child is whole before its parent takes it.
        for (auto i = order.rbegin(); i != order.rend(); ++i)
            for (const std::size_t child : children[*i])
                made[*i]["contains"].push(std::move(made[child]));
        for (const std::size_t i : roots) root.push(std::move(made[i]));
    }

    void put_property(Json &properties, std::string_view code, std::string_view uri,
                      std::string_view type, Json value) {
        for (const Json &p : properties.elements())
            if (text_of(p, "code") == code) return;
        Json p = Json::object();
        p.set("code", Json::string(code));
        p.set(type, std::move(value));
        properties.push(std::move(p));
        used_properties_.emplace(code, uri);
    }

    Json entry(const Member &m) {
        Json out = Json::object();
        const Details details = m.system ? context_.details(*m.system, m.number) : Details();
        const Json absent;
        const Json &listed = m.listed ? *m.listed : absent;
        for (const Json *list : {&details.extension, &listed.find("extension")})
            for (const Json &e : list->elements())
                if (text_of(e, "url") !=
                        std::string(extension_base) + "structuredefinition-standards-status" &&
                    is_shown(text_of(e, "url")))
                    add_extension(out, e);
        out.set("system", Json::string(m.url));
        if (m.system) {
            const std::uint8_t flags = m.system->index().flags(m.number);
            if (flags & flag_abstract) out.set("abstract", Json::boolean(true));
            if (flags & flag_inactive) out.set("inactive", Json::boolean(true));
            if (several_versions(m.url)) out.set("version", Json::string(m.version()));
        }
        out.set("code", Json::string(m.code));
        put_names(out, m, details, listed);
        put_properties(out, m, details, listed);
        return out;
    }

    // Extensions of concepts that an expansion keeps.
    static bool is_shown(const std::string &url) {
        for (const char *name : {"rendering-style", "rendering-xhtml", "valueset-deprecated",
                                 "valueset-concept-definition", "coding-sctdescid",
                                 "structuredefinition-standards-status"})
            if (url == std::string(extension_base) + name) return true;
        return false;
    }

    // A later one (of the value set) stands for an earlier one with its url.
    static void add_extension(Json &out, const Json &extension) {
        Json kept = Json::array();
        for (const Json &e : out.find("extension").elements())
            if (text_of(e, "url") != text_of(extension, "url")) kept.push(e);
        kept.push(extension);
        out.set("extension", std::move(kept));
    }

    void put_names(Json &out, const Member &m, const Details &details, const Json &listed) {
        const std::string language =
            m.system ? text_of(m.system->resource(), "language") : std::string();
        Names names = names_of(details, language);
        std::string own = text_of(listed, "display");
        const int chosen = names.choose(languages_);
        std::string display = chosen < 0 ? std::string() : names.all[chosen].value;
        if (!own.empty()) display = own;
        if (!display.empty()) out.set("display", Json::string(display));
        if (!request_.include_designations.value_or(false)) return;
        for (std::size_t i = 0; i < names.all.size(); ++i) {
            const Name &name = names.all[i];
            if (static_cast<int>(i) == chosen) continue;
            Json d = Json::object();
            if (!name.language.empty()) d.set("language", Json::string(name.language));
            if (name.designation) {
                if (name.designation->extension.size() > 0)
                    d.set("extension", name.designation->extension);
                if (!name.designation->use.is_absent()) d.set("use", name.designation->use);
            } else {
                Json use = Json::object();
                use.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                               "hl7TermMaintInfra"));
                use.set("code", Json::string("preferredForLanguage"));
                use.set("display", Json::string("Preferred For Language"));
                d.set("use", std::move(use));
            }
            d.set("value", Json::string(name.value));
            out["designation"].push(std::move(d));
        }
        for (const Json &given : listed.find("designation").elements()) {
            Json d = given;
            d.erase("extension");
            for (const Json &e : given.find("extension").elements())
                if (is_shown(text_of(e, "url"))) d["extension"].push(e);
            out["designation"].push(std::move(d));
        }
    }

    void put_properties(Json &out, const Member &m, const Details &details, const Json &listed) {
        Json properties = Json::array();
        for (const std::string &wanted : request_.properties) {
            if (wanted == "definition" && !details.definition.empty())
                put_property(properties, wanted,
                             "http://hl7.org/fhir/concept-properties#definition", "valueString",
                             Json::string(details.definition));
            for (const Property &p : details.properties)
                if (p.code == wanted) put_declared(properties, m, p);
        }
        // What a value set says of a concept stands before what the code system says.
        for (const Json *list : {&listed.find("extension"), &details.extension})
            for (const Json &e : list->elements())
                for (const Known &known : known_extensions)
                    if (text_of(e, "url") ==
                        std::string(extension_base) + std::string(known.extension))
                        for (const auto &[key, value] : e.members())
                            if (key.starts_with("value"))
                                put_property(properties, known.property,
                                             "http://hl7.org/fhir/concept-properties#" +
                                                 std::string(known.uri),
                                             known.type, value);
        for (const Property &p : details.properties)
            if (p.code == "status" && p.value != "active") put_declared(properties, m, p);
        if (properties.size() > 0) out.set("property", std::move(properties));
    }

    void put_declared(Json &properties, const Member &m, const Property &p) {
        std::string uri = p.code == "status" ? "http://hl7.org/fhir/concept-properties#status" : "";
        const auto find_uri = [&](const System *system) {
            for (const Json &d : system->resource().find("property").elements())
                if (text_of(d, "code") == p.code && !text_of(d, "uri").empty())
                    uri = text_of(d, "uri");
        };
        for (const System *supplement : context_.used_supplements) find_uri(supplement);
        if (m.system) find_uri(m.system);
        std::string type = "value" + p.type;
        if (type.size() > 5 && type[5] >= 'a') type[5] = static_cast<char>(type[5] - 32);
        Json value = Json::string(p.value);
        if (!p.detail.is_absent())
            value = p.detail;
        else if (p.type == "boolean")
            value = Json::boolean(p.value == "true");
        else if (p.type == "integer" || p.type == "decimal")
            value = Json::number(p.value);
        put_property(properties, p.code, uri, type, std::move(value));
    }

    void put_warnings(Json &parameters) {
        const auto warn = [&](const Json &resource, const std::string &canonical) {
            const std::string status =
                text_of(extension_of(resource, std::string(extension_base) +
                                                   "structuredefinition-standards-status"),
                        "valueCode");
            for (const char *bad : {"deprecated", "withdrawn"})
                if (status == bad)
                    parameters.push(parameter(std::string("warning-") + bad, "valueUri",
                                              Json::string(canonical)));
            if (flag_of(resource, "experimental", false) &&
                !flag_of(value_set_, "experimental", false))
                parameters.push(
                    parameter("warning-experimental", "valueUri", Json::string(canonical)));
            if (text_of(resource, "status") == "draft" && text_of(value_set_, "status") != "draft")
                parameters.push(parameter("warning-draft", "valueUri", Json::string(canonical)));
        };
        for (const System *system : context_.used_systems)
            warn(system->resource(), system->canonical());
        const auto canonical = [](const Json &vs) {
            return text_of(vs, "url") +
                   (text_of(vs, "version").empty() ? "" : "|" + text_of(vs, "version"));
        };
        for (const Json *vs : context_.used_value_sets) warn(*vs, canonical(*vs));
        warn(value_set_, canonical(value_set_));
    }

    Json answer(std::size_t total, Json contains) {
        Json parameters = Json::array();
        const auto flag = [&](std::string_view name, const std::optional<bool> &value) {
            if (value) parameters.push(parameter(name, "valueBoolean", Json::boolean(*value)));
        };
        flag("activeOnly", request_.active_only);
        if (request_.count)
            parameters.push(parameter("count", "valueInteger", Json::number(*request_.count)));
        if (!languages_.text().empty())
            parameters.push(
                parameter("displayLanguage", "valueCode", Json::string(languages_.text())));
        flag("excludeNested", request_.exclude_nested);
        if (!request_.filter.empty())
            parameters.push(parameter("filter", "valueString", Json::string(request_.filter)));
        flag("includeDefinition", request_.include_definition);
        flag("includeDesignations", request_.include_designations);
        if (request_.offset)
            parameters.push(parameter("offset", "valueInteger", Json::number(*request_.offset)));
        for (const System *system : context_.used_systems) {
            const std::string &url = system->url();
            for (const auto &[name, list] :
                 {std::pair{"force-system-version", &request_.forced_versions},
                  std::pair{"system-version", &request_.default_versions}}) {
                const std::string version = version_for(*list, url);
                if (version.empty()) continue;
                if (std::string(name) == "system-version" && !uses_default(url)) continue;
                parameters.push(parameter(name, "valueUri", Json::string(url + "|" + version)));
            }
        }
        for (const System *system : context_.used_systems)
            parameters.push(
                parameter("used-codesystem", "valueUri", Json::string(system->canonical())));
        for (const System *system : context_.used_systems)
            if (text_of(system->resource(), "content") == "fragment")
                parameters.push(
                    parameter("used-fragment", "valueUri", Json::string(system->canonical())));
        for (const System *system : context_.used_supplements)
            parameters.push(
                parameter("used-supplement", "valueUri", Json::string(system->canonical())));
        for (const Json *vs : context_.used_value_sets)
            parameters.push(parameter(
                "used-valueset", "valueUri",
                Json::string(text_of(*vs, "url") + (text_of(*vs, "version").empty()
                                                        ? ""
                                                        : "|" + text_of(*vs, "version")))));
        if (versions_match_ == "true" || context_.excluded_across_versions)
            parameters.push(parameter("versionsMatch", "valueBoolean", Json::boolean(true)));
        put_warnings(parameters);

        Json out = value_set_;
        for (const char *gone : {"text", "compose", "expansion", "contained", "meta", "extension"})
            out.erase(gone);
        Json &expansion = out.set("expansion", Json::object());
        expansion.set("total", Json::number(static_cast<long long>(total)));
        if (request_.offset) expansion.set("offset", Json::number(*request_.offset));
        for (const System *system : context_.used_systems)
            if (text_of(system->resource(), "content") == "fragment" &&
                expansion.find("extension").is_absent()) {
                Json unclosed = Json::object();
                unclosed.set("url",
                             Json::string(std::string(extension_base) + "valueset-unclosed"));
                unclosed.set("valueBoolean", Json::boolean(true));
                expansion["extension"].push(std::move(unclosed));
                Json reason = Json::object();
                reason.set("url",
                           Json::string(std::string(extension_base) + "valueset-unclosed-reason"));
                reason.set("valueString", Json::string("This extension is based on a fragment of "
                                                       "the code system " +
                                                       system->url()));
                expansion["extension"].push(std::move(reason));
            }
        expansion.set("parameter", std::move(parameters));
        if (!used_properties_.empty()) {
            Json &properties = expansion.set("property", Json::array());
            for (const auto &[code, uri] : used_properties_) {
                Json p = Json::object();
                p.set("code", Json::string(code));
                if (!uri.empty()) p.set("uri", Json::string(uri));
                properties.push(std::move(p));
            }
        }
        if (contains.size() > 0) expansion.set("contains", std::move(contains));
        return out;
    }

    // Whether a default version decided for some include of the value set.
    bool uses_default(const std::string &url) const {
        for (const Json &include : value_set_.find("compose").find("include").elements())
            if (text_of(include, "system") == url && text_of(include, "version").empty())
                return true;
        return false;
    }

    Context context_;
    const Request &request_;
    const Json &value_set_;
    Languages languages_;
    std::string versions_match_;
    std::map<std::string, std::string> used_properties_;
};

}  // namespace

Json expand(Store &store, const Request &request) {
    try {
        Context context(store, request);
        const Json *value_set = request.value_set.is_absent()
                                    ? context.value_set(request.url, false)
                                    : &request.value_set;
        if (!value_set)
            fail("not-found", "not-found", "Unable_to_resolve_value_Set_",
                 "A definition for the value Set '" + request.url + "' could not be found");
        return Expansion(store, request, *value_set).run();
    } catch (const OperationFailure &failure) {
        return outcome_of({failure.finding});
    }
}

}  // namespace clinical::codes
