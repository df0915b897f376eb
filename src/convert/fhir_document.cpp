#include "convert/fhir_document.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "convert/fhir_identity.h"
#include "convert/fhir_normalize.h"
#include "convert/fhir_types.h"
#include "core/partial_date.h"
#include "fhir/from_xml.h"
#include "fhir/json_path.h"
#include "fhir/reference.h"

namespace clinical::convert {

using core::Json;
using core::Kind;

namespace {

constexpr int deepest_bundle = 8;

std::optional<std::int64_t> micros_of(std::string_view instant) {
    const auto parsed = core::parse_fhir_date_time(instant);
    if (!parsed.ok()) return {};
    return parsed.value().unix_micros(0);
}

// "12", W/"12"; nothing for what is no number.
std::optional<std::uint64_t> version_of(std::string_view text) {
    if (text.starts_with("W/")) text.remove_prefix(2);
    if (text.size() > 1 && text.front() == '"' && text.back() == '"')
        text = text.substr(1, text.size() - 2);
    if (text.empty() || text.size() > 18) return {};
    std::uint64_t out = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return {};
        out = out * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return out;
}

// A resource by the warehouse's names.
struct Target {
    std::string type, id;
    [[nodiscard]] std::string reference() const { return type + "/" + id; }
};

struct Entry {
    Json *resource = nullptr;  // null: a deletion
    std::string base;          // of its server, where that is not the feed's own
    Target target;
    std::string server_id;            // of a patient: its name by the server's id
    std::vector<std::string> others;  // of a patient: other names of the same person
    std::optional<std::int64_t> micros;
    std::optional<std::uint64_t> version;
};

class Converter {
public:
    Converter(const Options &options, std::optional<std::int64_t> received,
              const core::Limits &limits)
        : options_(options), scope_(options), received_(received), limits_(limits) {}

    std::vector<FhirStatement> run(std::string_view document) {
        if (document.starts_with("\xEF\xBB\xBF")) document.remove_prefix(3);
        has_queries_ = document.find("?identifier=") != std::string_view::npos;
        auto parsed = parse(document);
        if (!parsed) return std::move(said_);
        const std::string type(parsed->find("resourceType").as_text());
        if (type == "Bundle") {
            bundle(*parsed, "Bundle", 0);
        } else if (is_usable(type, type, true)) {
            Entry entry = identified(*parsed, "", std::string(parsed->find("id").as_text()), {});
            entry.micros = micros_of(parsed->find("meta").find("lastUpdated").as_text());
            entry.version = version_of(parsed->find("meta").find("versionId").as_text());
            remember(entry, "");
            say(entry);
        }
        return std::move(said_);
    }

private:
    // ---- findings --------------------------------------------------------------------------

    void refuse(Issue issue) {
        said_.clear();
        FhirStatement s;
        s.kind = Statement::Kind::refused;
        s.issue = std::move(issue);
        said_.push_back(std::move(s));
        refused_ = true;
    }
    void issue(std::string_view severity, std::string_view code, std::string_view format_code,
               std::string_view expression, std::string_view message,
               std::string_view location = {}) {
        if (!issued_
                 .insert(std::string(format_code) + "|" + std::string(location) + "|" +
                         std::string(expression))
                 .second)
            return;
        FhirStatement s;
        s.kind = Statement::Kind::issue;
        s.issue = {std::string(severity), std::string(code),       std::string(format_code),
                   std::string(location), std::string(expression), std::string(message)};
        said_.push_back(std::move(s));
    }

    // ---- parsing ---------------------------------------------------------------------------

    std::optional<Json> parse(std::string_view text) {
        const bool is_xml = text.find_first_not_of(" \t\r\n") != std::string_view::npos &&
                            text[text.find_first_not_of(" \t\r\n")] == '<';
        core::Result<Json> parsed =
            is_xml ? fhir::from_xml(text, limits_) : core::parse_json(text, limits_);
        if (!parsed.ok()) {
            malformed(text, parsed.error(), is_xml);
            return {};
        }
        if (parsed.value().kind() != Kind::object ||
            parsed.value().find("resourceType").kind() != Kind::string) {
            refuse({"fatal", "malformed", "resourceType", "", "",
                    "the document is no resource: it has no resourceType"});
            return {};
        }
        return std::move(parsed).value();
    }

    // The place, the path and the rule; never the text.
    void malformed(std::string_view text, const core::Error &error, bool is_xml) {
        Issue out{"fatal", "malformed", is_xml ? "xml" : "json", error.where, "", error.message};
        if (error.code == core::ErrorCode::encoding) out.code = "encoding";
        if (const auto colon = error.where.find(": "); colon != std::string::npos) {
            out.location = error.where.substr(0, colon);
            out.message += ": " + error.where.substr(colon + 2);
        }
        if (!is_xml) out.expression = fhir::path_in_json(text, error.offset);
        refuse(std::move(out));
    }

    bool is_usable(const std::string &type, std::string_view expression, bool alone) {
        switch (release_of(type)) {
            case FhirRelease::r4:
                if (type != "OperationOutcome") return true;
                issue("information", "informational", "operation-outcome", expression,
                      "an OperationOutcome speaks of the transfer and is not stored");
                return false;
            case FhirRelease::r4b:
                issue("information", "not-supported", "r4b-type", expression,
                      "a resource type of R4B is stored as it is");
                return true;
            case FhirRelease::r5:
                unsupported(expression, alone, "the resource type is one of FHIR R5; R4 is stored");
                return false;
            case FhirRelease::unknown: break;
        }
        unsupported(expression, alone, "the resource type is none of FHIR R4");
        return false;
    }
    void unsupported(std::string_view expression, bool alone, std::string_view message) {
        if (alone)
            refuse({"error", "unsupported-type", "resourceType", "", std::string(expression),
                    std::string(message)});
        else
            issue("error", "not-supported", "unsupported-type", expression, message);
    }

    // ---- names -----------------------------------------------------------------------------

    // A resource under its names: its server's id, or the identifier that a request names it by.
    Entry identified(Json &resource, const std::string &base, const std::string &id,
                     const IdentifierKey &key) {
        Entry entry;
        entry.resource = &resource;
        entry.base = base;
        entry.target.type = resource.find("resourceType").as_text();
        const std::string &type = entry.target.type;
        const std::string by_server = id.empty() ? "" : scope_.by_server_id(type, base, id);
        if (type == "Patient") {
            PatientNames names = patient_names(scope_, resource);
            if (names.id.empty() && !key.is_empty()) names.id = scope_.by_identifier(type, key);
            entry.target.id = names.id.empty() ? by_server : names.id;
            if (!names.id.empty()) entry.server_id = by_server;
            entry.others = std::move(names.others);
        } else if (!key.is_empty()) {
            entry.target.id = scope_.by_identifier(type, key);
        } else {
            entry.target.id = by_server;
        }
        if (entry.target.id.empty())
            if (const IdentifierKey own = scope_.key_of(resource.find("identifier").at(0));
                !own.is_empty())
                entry.target.id = scope_.by_identifier(type, own);
        if (entry.target.id.empty()) entry.target.id = scope_.by_content(resource);
        return entry;
    }

    static std::string local_key(std::string_view base, std::string_view type,
                                 std::string_view id) {
        return std::string(base) + "|" + std::string(type) + "/" + std::string(id);
    }

    static std::string query_key(std::string_view type, const IdentifierKey &key) {
        return std::string(type) + "|" + key.system + "|" + key.value;
    }

    void remember(const Entry &entry, const std::string &full_url) {
        if (!full_url.empty()) by_url_.emplace(full_url, entry.target);
        if (!entry.resource) return;
        const std::string id(entry.resource->find("id").as_text());
        if (!id.empty()) by_id_.emplace(local_key(entry.base, entry.target.type, id), entry.target);
        if (!has_queries_) return;
        for (const auto &identifier : entry.resource->find("identifier").elements())
            if (const IdentifierKey key = scope_.key_of(identifier); !key.is_empty())
                by_identifier_[query_key(entry.target.type, key)].insert(entry.target.id);
    }

    // ---- bundles ---------------------------------------------------------------------------

    void bundle(Json &root, const std::string &path, int depth) {
        if (depth > deepest_bundle)
            return unsupported(path, false, "bundles are nested too deeply");
        const std::string type(root.find("type").as_text());
        const bool is_atomic = type == "transaction";
        std::optional<std::int64_t> micros = micros_of(root.find("timestamp").as_text());
        if (!micros) micros = micros_of(root.find("meta").find("lastUpdated").as_text());
        learn_bases(root);

        std::vector<Entry> entries;
        std::vector<std::pair<Json *, std::string>> inner;
        Json &list = root["entry"];
        for (std::size_t i = 0; i < list.size(); ++i) {
            const std::string place = path + ".entry[" + std::to_string(i) + "]";
            read_entry(list.element(i), place, is_atomic, entries, inner);
            if (refused_) return;
            if (i % 256 == 0) limits_.interrupt.poll();
        }
        // R4 3.1.0.11.2: deletions come first.  A history lists the newest first.
        if (is_atomic)
            std::stable_partition(entries.begin(), entries.end(),
                                  [](const Entry &e) { return !e.resource; });
        if (type == "history") std::reverse(entries.begin(), entries.end());
        for (auto &entry : entries) {
            if (!entry.micros) entry.micros = micros;
            say(entry);
        }
        for (auto &[resource, place] : inner) {
            bundle(*resource, place, depth + 1);
            if (refused_) return;
        }
    }

    // Where all resources of a document are of one server, it is the feed's own; of several, each
    // has a scope of its own.
    void learn_bases(const Json &root) {
        std::set<std::string, std::less<>> bases;
        for (const auto &entry : root.find("entry").elements()) {
            const auto parsed = fhir::parse_reference(entry.find("fullUrl").as_text());
            if (!parsed.base.empty() && parsed.type) bases.emplace(parsed.base);
        }
        has_many_bases_ = options_.server.empty() && bases.size() > 1;
        bases_.merge(bases);
    }
    // Empty for the feed's own server.
    [[nodiscard]] std::string base_of(std::string_view base) const {
        if (base == options_.server) return {};
        if (options_.server.empty() && !has_many_bases_) return {};
        return std::string(base);
    }

    void read_entry(Json &entry, const std::string &place, bool is_atomic,
                    std::vector<Entry> &entries,
                    std::vector<std::pair<Json *, std::string>> &inner) {
        const Json &request = entry.find("request");
        const std::string method(request.find("method").as_text());
        if (method == "DELETE") return read_deletion(entry, place, is_atomic, entries);
        if (method == "GET" || method == "HEAD") return;
        if (method == "PATCH") return unsupported(place, is_atomic, "a PATCH is not applied");
        if (entry.find("resource").kind() != Kind::object) return;
        Json &resource = entry["resource"];
        const std::string type(resource.find("resourceType").as_text());
        if (type == "Bundle" && method.empty()) {
            inner.emplace_back(&resource, place + ".resource");
            return;
        }
        if (!is_usable(type, place + ".resource", is_atomic)) return;

        const std::string full_url(entry.find("fullUrl").as_text());
        const auto url = fhir::parse_reference(full_url);
        std::string id(resource.find("id").as_text());
        std::string base = base_of(url.base);
        IdentifierKey key;
        if (method == "PUT") {
            // The server that is asked decides the id, whatever the entry's own URL is.
            const auto target = fhir::parse_reference(request.find("url").as_text());
            if (!target.id.empty()) id = target.id;
            if (target.kind == fhir::ReferenceKind::query)
                key = identifier_in_query(scope_, request.find("url").as_text());
        } else if (method == "POST") {
            key = identifier_in_query(scope_, request.find("ifNoneExist").as_text());
        }
        if (id.empty() && url.kind == fhir::ReferenceKind::urn)
            id = full_url.substr(full_url.rfind(':') + 1);
        if (id.empty()) id = url.id;
        Entry out = identified(resource, base, id, key);
        const Json &response = entry.find("response");
        out.micros = micros_of(resource.find("meta").find("lastUpdated").as_text());
        if (!out.micros) out.micros = micros_of(response.find("lastModified").as_text());
        out.version = version_of(resource.find("meta").find("versionId").as_text());
        if (!out.version) out.version = version_of(response.find("etag").as_text());
        remember(out, full_url);
        entries.push_back(std::move(out));
    }

    void read_deletion(const Json &entry, const std::string &place, bool is_atomic,
                       std::vector<Entry> &entries) {
        const std::string url(entry.find("request").find("url").as_text());
        const auto parsed = fhir::parse_reference(url);
        Entry out;
        if (parsed.type && !parsed.id.empty()) {
            out.base = base_of(parsed.base);
            out.target = {std::string(parsed.type->name()),
                          scope_.by_server_id(parsed.type->name(), out.base, parsed.id)};
        } else if (const IdentifierKey key = identifier_in_query(scope_, url);
                   parsed.type && !key.is_empty()) {
            out.target = {std::string(parsed.type->name()),
                          scope_.by_identifier(parsed.type->name(), key)};
        } else {
            return unsupported(place, is_atomic, "a deletion names no single resource");
        }
        const Json &response = entry.find("response");
        out.micros = micros_of(response.find("lastModified").as_text());
        out.version = version_of(response.find("etag").as_text());
        if (!out.version) out.version = version_of(entry.find("request").find("ifMatch").as_text());
        entries.push_back(std::move(out));
    }

    // ---- references ------------------------------------------------------------------------

    // What a reference within a resource of `base` refers to; nothing when that is not ours to say.
    std::optional<Target> resolve(const std::string &text, const std::string &base) {
        if (text.empty() || text.front() == '#') return {};
        if (const auto found = by_url_.find(text); found != by_url_.end()) return found->second;
        const auto parsed = fhir::parse_reference(text);
        switch (parsed.kind) {
            case fhir::ReferenceKind::relative: return at(base, parsed);
            case fhir::ReferenceKind::absolute:
                if (!parsed.type) return {};
                // Other servers' resources keep their URLs; a patient is needed to know whose the
                // record is.
                if (parsed.base != options_.server && !bases_.contains(parsed.base) &&
                    parsed.type->name() != "Patient")
                    return {};
                return at(base_of(parsed.base), parsed);
            case fhir::ReferenceKind::query: return by_query(text, parsed);
            case fhir::ReferenceKind::urn:
                issue("warning", "not-found", "unresolved-reference", "",
                      "a reference by URN names no entry of the document");
                return {};
            default: return {};
        }
    }

    Target at(const std::string &base, const fhir::Reference &parsed) {
        const auto found = by_id_.find(local_key(base, parsed.type->name(), parsed.id));
        if (found != by_id_.end()) return found->second;
        return {std::string(parsed.type->name()),
                scope_.by_server_id(parsed.type->name(), base, parsed.id)};
    }

    std::optional<Target> by_query(const std::string &text, const fhir::Reference &parsed) {
        const IdentifierKey key = identifier_in_query(scope_, text);
        if (key.is_empty()) {
            issue("warning", "not-supported", "unresolved-reference", "",
                  "a conditional reference is not by an identifier");
            return {};
        }
        const std::string type(parsed.type->name());
        const auto ids = by_identifier_.find(query_key(type, key));
        if (ids == by_identifier_.end()) return Target{type, scope_.by_identifier(type, key)};
        if (ids->second.size() == 1) return Target{type, *ids->second.begin()};
        issue("error", "multiple-matches", "multiple-matches", "",
              "a conditional reference matches several entries of the document");
        return {};
    }

    // Every reference of a resource, those of contained resources and extensions too.
    void rewrite(Json &node, const std::string &base) {
        for (std::size_t i = 0; i < node.size(); ++i) {
            const bool is_object = node.kind() == Kind::object;
            Json &value = is_object ? node.member(i) : node.element(i);
            if (value.kind() == Kind::object || value.kind() == Kind::array) {
                rewrite(value, base);
            } else if (is_object && value.kind() == Kind::string) {
                rewrite_text(node.key(i), value, base);
            }
        }
    }
    void rewrite_text(std::string_view name, Json &value, const std::string &base) {
        if (name == "reference") {
            const std::string text(value.as_text());
            const auto target = resolve(text, base);
            if (!target) return;
            const auto version = text.find("/_history/");
            value = Json::string(version == std::string::npos
                                     ? target->reference()
                                     : target->reference() + text.substr(version));
        } else if (name == "url" && value.as_text().starts_with("urn:")) {
            // An attachment that is another entry.
            if (const auto found = by_url_.find(value.as_text()); found != by_url_.end())
                value = Json::string(found->second.reference());
        }
    }

    // ---- whose it is -----------------------------------------------------------------------

    struct Owner {
        std::string patient_id;
        bool is_contained = false;
    };

    std::optional<Owner> owner_by(const Json &reference, const Json &resource,
                                  const std::string &base) {
        const std::string text(reference.find("reference").as_text());
        if (text.size() > 1 && text.front() == '#') {
            for (const auto &contained : resource.find("contained").elements()) {
                if (contained.find("id").as_text() != std::string_view(text).substr(1) ||
                    contained.find("resourceType").as_text() != "Patient")
                    continue;
                const PatientNames names = patient_names(scope_, contained);
                if (!names.id.empty()) return Owner{names.id, true};
            }
            return {};
        }
        if (!text.empty()) {
            const auto target = resolve(text, base);
            if (!target) return {};
            if (target->type == "Patient") return Owner{target->id};
            // What hangs on another entry of the document hangs on its patient.
            const auto found = patients_.find(target->reference());
            if (found != patients_.end()) return Owner{found->second};
            return {};
        }
        const Json &identifier = reference.find("identifier");
        if (identifier.is_absent()) return {};
        const std::string type(reference.find("type").as_text());
        const IdentifierKey key = scope_.key_of(identifier);
        if (key.is_empty() || (!type.empty() && type != "Patient")) return {};
        return Owner{scope_.by_identifier("Patient", key)};
    }

    Owner owner_of(const Json &resource, const std::string &base) {
        std::vector<Owner> owners;
        for_each_owner(resource, [&](const Json &reference) {
            const auto owner = owner_by(reference, resource, base);
            if (owner && std::none_of(owners.begin(), owners.end(), [&](const Owner &o) {
                    return o.patient_id == owner->patient_id;
                }))
                owners.push_back(*owner);
            return false;
        });
        if (owners.empty()) return {};
        // A group of people is nobody's.
        const std::string type(resource.find("resourceType").as_text());
        if (owners.size() > 1 && type == "Group") return {};
        return owners.front();
    }

    // ---- statements ------------------------------------------------------------------------

    void say(Entry &entry) {
        const Target &target = entry.target;
        FhirStatement s;
        s.resource_type = target.type;
        s.id = target.id;
        s.event_micros = entry.micros;
        s.version = entry.version;
        if (!entry.resource) {
            s.kind = Statement::Kind::tombstone;
            if (target.type == "Patient") s.patient_id = target.id;
            if (!s.event_micros) s.event_micros = received_;
            said_.push_back(std::move(s));
            return;
        }
        Json &resource = *entry.resource;
        if (target.type == "Patient") {
            s.patient_id = target.id;
        } else {
            const Owner owner = owner_of(resource, entry.base);
            s.patient_id = owner.patient_id;
            if (!owner.patient_id.empty()) {
                patients_.emplace(target.reference(), owner.patient_id);
                if (!owner.is_contained) s.parents.push_back("Patient/" + owner.patient_id);
            }
        }
        rewrite(resource, entry.base);
        resource.set("id", Json::string(target.id));
        normalize_fhir(
            resource, options_,
            [&](std::string_view severity, std::string_view code, std::string_view format_code,
                std::string_view expression, std::string_view message) {
                issue(severity, code, format_code, expression, message, target.reference());
            });
        s.cleared = {"*"};
        // Links point into the resource that is about to move.
        std::vector<FhirStatement> links = links_of(entry);
        s.resource = std::move(resource);
        said_.push_back(std::move(s));
        for (auto &link : links) said_.push_back(std::move(link));
    }

    // Whom a patient is the same as: its name by the server's id, its other numbers, Patient.link.
    std::vector<FhirStatement> links_of(const Entry &entry) const {
        std::vector<FhirStatement> out;
        if (entry.target.type != "Patient") return out;
        const auto link = [&](const std::string &patient, const std::string &other,
                              std::string_view rule) {
            if (patient == other || other.empty()) return;
            FhirStatement s;
            s.kind = Statement::Kind::link;
            s.resource_type = "Patient";
            s.patient_id = patient;
            s.id = other;
            s.resource.set("rule", Json::string(rule));
            s.event_micros = entry.micros;
            s.version = entry.version;
            out.push_back(std::move(s));
        };
        link(entry.target.id, entry.server_id, "server-id");
        for (const auto &other : entry.others) link(entry.target.id, other, "same-message");
        for (const auto &one : entry.resource->find("link").elements()) {
            std::string_view other = one.find("other").find("reference").as_text();
            const std::string type(one.find("type").as_text());
            constexpr std::string_view patient = "Patient/";
            if (!other.starts_with(patient)) continue;
            other.remove_prefix(patient.size());
            other = other.substr(0, other.find('/'));
            if (type == "replaced-by") link(std::string(other), entry.target.id, "merge");
            if (type == "replaces") link(entry.target.id, std::string(other), "merge");
            if (type == "seealso") link(entry.target.id, std::string(other), "link");
        }
        return out;
    }

    const Options &options_;
    const FhirScope scope_;
    std::optional<std::int64_t> received_;
    const core::Limits &limits_;

    std::vector<FhirStatement> said_;
    std::set<std::string> issued_;
    bool refused_ = false;

    std::set<std::string, std::less<>> bases_;
    bool has_many_bases_ = false;
    std::map<std::string, Target, std::less<>> by_url_;  // fullUrl
    std::map<std::string, Target, std::less<>> by_id_;   // base|Type/id
    bool has_queries_ = false;
    std::map<std::string, std::set<std::string>> by_identifier_;  // type|system|value -> ids
    std::map<std::string, std::string> patients_;  // Type/id of what was said -> its patient
};

}  // namespace

std::vector<FhirStatement> convert_fhir(std::string_view document, const Options &options,
                                        std::optional<std::int64_t> received,
                                        const core::Limits &limits) {
    return Converter(options, received, limits).run(document);
}

}  // namespace clinical::convert
