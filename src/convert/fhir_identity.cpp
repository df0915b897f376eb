#include "convert/fhir_identity.h"

#include <algorithm>
#include <iterator>

#include "convert/codes.h"
#include "convert/context.h"
#include "convert/ids.h"

namespace clinical::convert {

using core::Json;

namespace {

bool is_uri_form(std::string_view authority) { return authority.find(':') != authority.npos; }

// A stated authority is a scope that messages share (Context::scope).
std::string scope_of(const Options &options) {
    if (options.authority.empty()) return "urn:id:feed:" + urn_part(options.feed);
    return is_uri_form(options.authority) ? options.authority
                                          : "urn:id:" + urn_part(options.authority);
}

// HL7 table 0203 as for PID-3: numbers that a hospital gives a patient, in order of preference.
constexpr std::string_view patient_types[] = {"MR", "MRN", "PI", "PT", "EPI", ""};
constexpr int no_patient_type = static_cast<int>(std::size(patient_types));

// Numbers of a person everywhere are typed in by hand; they name nobody's patient.
bool is_national(std::string_view system) {
    static constexpr std::string_view systems[] = {
        "http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1",
        "http://hl7.org/fhir/sid/us-mbi", "http://hl7.org/fhir/sid/us-medicare"};
    return std::find(std::begin(systems), std::end(systems), system) != std::end(systems) ||
           system.starts_with("urn:oid:2.16.840.1.113883.4.3.");  // drivers' licences
}

int rank_of(const Json &identifier) {
    if (is_national(identifier.find("system").as_text())) return no_patient_type;
    const std::string use(identifier.find("use").as_text());
    if (use == "old" || use == "temp") return no_patient_type;
    // The best of its codings; none at all is the last of the list.
    const auto &codings = identifier.find("type").find("coding").elements();
    int best = codings.empty() ? no_patient_type - 1 : no_patient_type;
    for (const auto &coding : codings) {
        const auto *found = std::find(std::begin(patient_types), std::end(patient_types),
                                      coding.find("code").as_text());
        best = std::min(best, static_cast<int>(found - std::begin(patient_types)));
    }
    return best;
}

std::string unescaped_query(std::string_view text) {
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        return -1;
    };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size() && digit(text[i + 1]) >= 0 &&
            digit(text[i + 2]) >= 0) {
            out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

}  // namespace

FhirScope::FhirScope(const Options &options) : options_(options), own_(scope_of(options)) {}

std::string FhirScope::of_base(std::string_view base) const {
    return base.empty() ? own_ : std::string(base);
}

std::string FhirScope::system(std::string_view uri) const {
    const auto known = options_.identifier_systems.find(uri);
    if (known == options_.identifier_systems.end()) return std::string(uri);
    // Named as messages name it.
    return is_uri_form(known->second) ? known->second : named_authority(known->second);
}

IdentifierKey FhirScope::key_of(const Json &identifier) const {
    IdentifierKey key{system(identifier.find("system").as_text()),
                      std::string(identifier.find("value").as_text())};
    // A number without a system is the feed's own.
    if (key.system.empty()) key.system = own_;
    return key;
}

std::string FhirScope::by_server_id(std::string_view type, std::string_view base,
                                    std::string_view id) const {
    return digest_id({type, "server", of_base(base), id});
}

std::string FhirScope::by_identifier(std::string_view type, const IdentifierKey &key) const {
    return digest_id({type, key.system, key.value});
}

std::string FhirScope::by_content(const Json &resource) const {
    return digest_id(
        {resource.find("resourceType").as_text(), "content", own_, core::to_text(resource)});
}

PatientNames patient_names(const FhirScope &scope, const Json &patient) {
    struct Candidate {
        std::string id;
        int rank;
    };
    std::vector<Candidate> candidates;
    for (const auto &identifier : patient.find("identifier").elements()) {
        if (candidates.size() == 100) break;
        const IdentifierKey key = scope.key_of(identifier);
        const int rank = rank_of(identifier);
        if (!key.is_empty() && rank < no_patient_type)
            candidates.push_back({scope.by_identifier("Patient", key), rank});
    }
    PatientNames out;
    if (candidates.empty()) return out;
    out.id =
        std::min_element(candidates.begin(), candidates.end(), [](const auto &a, const auto &b) {
            return a.rank < b.rank;
        })->id;
    for (const auto &c : candidates)
        if (c.id != out.id &&
            std::find(out.others.begin(), out.others.end(), c.id) == out.others.end())
            out.others.push_back(c.id);
    return out;
}

IdentifierKey identifier_in_query(const FhirScope &scope, std::string_view query) {
    if (const auto mark = query.find('?'); mark != std::string_view::npos)
        query.remove_prefix(mark + 1);
    constexpr std::string_view name = "identifier=";
    // More than one condition is a search, not a name.
    if (!query.starts_with(name) || query.find('&') != std::string_view::npos) return {};
    const std::string text = unescaped_query(query.substr(name.size()));
    const auto bar = text.find('|');
    if (bar == std::string::npos) return {scope.own(), text};
    IdentifierKey key{scope.system(text.substr(0, bar)), text.substr(bar + 1)};
    if (key.system.empty()) key.system = scope.own();
    return key;
}

}  // namespace clinical::convert
