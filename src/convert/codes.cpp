#include "convert/codes.h"

#include <algorithm>
#include <iterator>

#include "fhir/definitions.h"

namespace clinical::convert {

using core::Json;

namespace {

struct System {
    std::string_view name, uri;
};
constexpr System systems[] = {
#include "convert/data/systems.inc"
};

// Kinds of the site's code maps (code_map.kind) by the vocabulary that they stand in for.
std::string_view kind_of(std::string_view vocabulary) {
    static constexpr std::pair<std::string_view, std::string_view> kinds[] = {
        {"AdministrativeSex", "gender"},
        {"MaritalStatus", "marital-status"},
        {"PatientClass[EncounterClass]", "encounter-class"},
        {"Relationship", "relationship"},
        {"InterpretationCodes", "interpretation"},
        {"0112", "discharge-disposition"},
        {"0023", "admit-source"},
        {"0007", "admission-type"},
        {"0069", "hospital-service"},
        {"0005", "race"},
        {"0189", "ethnicity"},
        {"0296", "language"},
        {"DiagnosisType", "diagnosis-type"},
        {"0487", "specimen-type"},
    };
    for (const auto &[v, kind] : kinds)
        if (v == vocabulary) return kind;
    return vocabulary;
}

struct Triplet {
    std::string code, display, system, version;
};

Json coding_of(const Triplet &t) {
    Json coding = Json::object();
    if (!t.system.empty()) coding.add("system", Json::string(t.system));
    if (!t.version.empty()) coding.add("version", Json::string(t.version));
    if (!t.code.empty()) coding.add("code", Json::string(t.code));
    if (!t.display.empty()) coding.add("display", Json::string(t.display));
    return coding;
}

// FHIR codes have no white space around and single spaces inside.
std::string as_code(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool space = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (!space)
            out += c;
        else if (!out.empty() && out.back() != ' ')
            out += ' ';
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

Triplet triplet(Context &context, const CodedValue &value, int first, int version,
                std::string_view table) {
    Triplet t;
    t.code = as_code(Context::text(value.part(first)));
    t.display = Context::text(value.part(first + 1));
    const std::string name = Context::text(value.part(first + 2));
    t.system = system_uri(context, name);
    // The field's own table is what its codes come from, unless the sender says otherwise.
    if (t.system.empty() && first == 1 && !t.code.empty() && !table.empty())
        t.system = table_uri(table);
    if (t.system.empty() && first == 1) {
        const std::string oid = Context::text(value.part(14));
        if (is_oid(oid)) {
            const auto known = known_system(oid);
            t.system = known.empty() ? "urn:oid:" + oid : std::string(known);
        }
    }
    if (version > 0 && !t.code.empty()) t.version = Context::text(value.part(version));
    return t;
}

// The site's own map comes first.
const LocalCode *local_code(const Context &context, std::string_view vocabulary,
                            std::string_view code) {
    if (context.options.code_map.empty()) return nullptr;
    return context.options.local_code(kind_of(vocabulary), code);
}

// What vocabulary and site know of `code`.  `known`: a map has a row for it, even if that says
// there is no equivalent.
bool translate(Context &context, std::string_view code, std::string_view vocabulary, Triplet &out,
               bool &known) {
    known = false;
    if (vocabulary.empty() || code.empty()) return false;
    if (const LocalCode *local = local_code(context, vocabulary, code)) {
        known = true;
        out = {local->code, local->display, local->system, {}};
        return !local->code.empty();
    }
    if (const TableRow *row = find_code(vocabulary, code)) {
        known = true;
        out = {
            std::string(row->fhir_code), std::string(row->display), std::string(row->system), {}};
        return !row->fhir_code.empty();
    }
    return false;
}

// The kind says which map would help (code_map.kind, else the guide's vocabulary); the code and its
// system stand where the issue points, never in its text.
void unmapped(Context &context, std::string_view vocabulary) {
    context.issue(
        "warning", "code-invalid", "unmapped-code",
        "the code has no map of kind " + std::string(kind_of(vocabulary)) + "; it is kept as sent");
}

bool is_local(std::string_view system) { return system.empty() || system.starts_with("urn:id:"); }

// A local name means something within its sender only (L, 99zzz).
std::string local_system(const Context &context, std::string_view name) {
    std::string scope = context.scope();
    for (std::string_view prefix : {"urn:id:", "urn:oid:", "urn:uuid:"})
        if (scope.starts_with(prefix)) scope.erase(0, prefix.size());
    return "urn:id:" + scope + ":" + urn_part(name);
}

bool is_unknown_there(std::string_view system, std::string_view code) {
    const fhir::CodeSystem *published = code.empty() ? nullptr : fhir::code_system_at(system);
    return published && !published->has(code);
}

// The sender's own edition of a system of HL7: v2-0203 is HL70203.
std::string own_edition(const Context &context, std::string_view system) {
    const std::string_view last = system.substr(system.rfind('/') + 1);
    return local_system(
        context, last.starts_with("v2-") ? "HL7" + std::string(last.substr(3)) : std::string(last));
}

// True when the code was not one of the system that it claimed.
bool settle(const Context &context, Triplet &t) {
    if (!is_unknown_there(t.system, t.code)) return false;
    t.system = own_edition(context, t.system);
    return true;
}

void strange(Context &context, std::string_view vocabulary) {
    if (!vocabulary.empty()) return unmapped(context, vocabulary);
    context.issue(
        "warning", "code-invalid", "unmapped-code",
        "the HL7 table of FHIR R4 does not have the code; it is kept as the sender's own");
}

}  // namespace

void settle_coding(Context &context, std::string_view vocabulary, Json &coding) {
    if (!is_unknown_there(coding.find("system").as_text(), coding.find("code").as_text())) return;
    Triplet to;
    bool known = false;
    if (translate(context, coding.find("code").as_text(), vocabulary, to, known)) {
        coding.set("code", Json::string(to.code));
        if (!to.system.empty()) coding.set("system", Json::string(to.system));
        if (!to.display.empty()) coding.set("display", Json::string(to.display));
        if (!is_unknown_there(coding.find("system").as_text(), to.code)) return;
    }
    coding.set("system", Json::string(own_edition(context, coding.find("system").as_text())));
    strange(context, vocabulary);
}

bool is_oid(std::string_view text) {
    if (text.size() < 5 || text[0] < '0' || text[0] > '2') return false;
    int arcs = 1;
    for (std::size_t at = 1; at < text.size(); arcs++) {
        if (text[at] != '.') return false;
        const std::size_t first = ++at;
        while (at < text.size() && text[at] >= '0' && text[at] <= '9') at++;
        if (at == first || (text[first] == '0' && at > first + 1)) return false;
    }
    return arcs > 2;
}

bool is_uri(std::string_view text) {
    if (text.find_first_of(" \t\r\n\v\f") != std::string_view::npos) return false;
    if (text.starts_with("urn:oid:")) return is_oid(text.substr(8));
    if (text.starts_with("urn:uuid:")) return uuid_of(text.substr(9)) == text.substr(9);
    return !text.empty();
}

std::string uuid_of(std::string_view text) {
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); i++) {
        char c = text[i];
        if (c == '-' &&
            (out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23))
            continue;
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
        if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) return {};
        if (out.size() == 8 || out.size() == 13 || out.size() == 18 || out.size() == 23) out += '-';
        out += c;
    }
    return out.size() == 36 ? out : std::string();
}

std::string_view known_system(std::string_view name) {
    const auto *found =
        std::lower_bound(std::begin(systems), std::end(systems), name,
                         [](const System &s, std::string_view key) { return s.name < key; });
    if (found == std::end(systems) || found->name != name) return {};
    return found->uri;
}

std::string_view known_authority(std::string_view name) {
    static constexpr std::string_view names[] = {"NPI", "SSA", "USSSA", "SSN"};
    if (name == names[0]) return "http://hl7.org/fhir/sid/us-npi";
    for (const auto n : names)
        if (name == n) return "http://hl7.org/fhir/sid/us-ssn";
    return {};
}

bool is_open(std::string_view kind) {
    static constexpr std::string_view open[] = {"observation", "diagnosis", "allergen", "charge",
                                                "medication",  "procedure", "vaccine"};
    return std::find(std::begin(open), std::end(open), kind) != std::end(open);
}

std::string named_authority(std::string_view name) {
    if (const auto known = known_authority(name); !known.empty()) return std::string(known);
    return is_oid(name) ? "urn:oid:" + std::string(name) : "urn:id:" + urn_part(name);
}

std::string table_uri(std::string_view number) {
    return "http://terminology.hl7.org/CodeSystem/v2-" + std::string(number);
}

std::string system_uri(const Context &context, std::string_view name) {
    if (name.empty()) return {};
    if (const auto own = context.options.code_systems.find(name);
        own != context.options.code_systems.end())
        return own->second;
    std::string upper(name);
    for (char &c : upper)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (const auto known = known_system(upper); !known.empty()) return std::string(known);
    if (upper.starts_with("HL7") && upper.size() >= 6 && upper.size() <= 8 &&
        std::all_of(upper.begin() + 3, upper.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        std::string number = upper.substr(3);
        while (number.size() > 4) number.erase(0, 1);
        while (number.size() < 4) number.insert(0, 1, '0');
        return table_uri(number);
    }
    if (is_oid(name)) return "urn:oid:" + std::string(name);
    if (name.starts_with("http://") || name.starts_with("https://") || name.starts_with("urn:"))
        if (is_uri(name)) return std::string(name);
    return local_system(context, name);
}

namespace {

// Whether a code that no map knows is one too few in the map.
bool expects_map(std::string_view vocabulary) {
    return is_open(vocabulary) || find_code(vocabulary, "") != nullptr ||
           (!vocabulary.empty() && vocabulary.size() != 4);
}

void read_triplets(Context &context, const CodedValue &value, std::string_view vocabulary,
                   std::string_view table, bool reports, Json &target) {
    static constexpr int places[][2] = {{1, 7}, {4, 8}, {10, 13}};
    bool any_code = false;
    bool mapped = false;
    bool known = false;
    bool is_strange = false;
    std::string fallback_text;
    // Codings that this value adds stand behind those of other rows.
    const std::size_t before = target.find("coding").size();
    for (const auto &[first, version] : places) {
        if (first > value.size()) break;
        Triplet t = triplet(context, value, first, version, table);
        if (t.code.empty()) {
            if (fallback_text.empty()) fallback_text = t.display;
            continue;
        }
        any_code = true;
        is_strange = settle(context, t) || is_strange;
        target["coding"].push(coding_of(t));
        if (!is_local(t.system)) mapped = mapped || is_open(vocabulary);
        Triplet to;
        bool has_row = false;
        if (translate(context, t.code, vocabulary, to, has_row)) {
            mapped = true;
            if (to.system.empty()) to.system = t.system;
            settle(context, to);
            const auto added = target.find("coding").elements().subspan(before);
            const bool same = std::any_of(added.begin(), added.end(), [&](const Json &a) {
                return a.find("code").as_text() == to.code &&
                       a.find("system").as_text() == to.system;
            });
            if (!same) target["coding"].push(coding_of(to));
        }
        known = known || has_row;
    }
    std::string text = Context::text(value.part(9));
    if (text.empty()) text = fallback_text;
    if (!text.empty()) target.set("text", Json::string(text));
    if (!reports) return;
    if (any_code && !mapped && !known && expects_map(vocabulary)) unmapped(context, vocabulary);
    if (is_strange && !mapped) strange(context, vocabulary);
}

}  // namespace

void read_concept(Context &context, const CodedValue &value, std::string_view vocabulary,
                  std::string_view table, Json &target) {
    read_triplets(context, value, vocabulary, table, true, target);
}

void read_coding(Context &context, const CodedValue &value, std::string_view vocabulary,
                 std::string_view table, Json &coding) {
    Triplet t = triplet(context, value, 1, 7, table);
    if (t.code.empty() && t.display.empty()) t = triplet(context, value, 4, 8, table);
    if (t.code.empty() && t.display.empty()) return;
    Triplet to;
    bool known = false;
    const bool is_strange = settle(context, t);
    if (!translate(context, t.code, vocabulary, to, known)) {
        if (!t.code.empty() && !vocabulary.empty() && vocabulary.size() != 4 && !known)
            unmapped(context, vocabulary);
        if (is_strange) strange(context, vocabulary);
        coding = coding_of(t);
        return;
    }
    if (to.system.empty()) to.system = t.system;
    settle(context, to);
    coding = coding_of(to);
    if (to.code == t.code && to.system == t.system) return;
    if (local_code(context, vocabulary, t.code)) {
        // One Coding has room for one code: the source's stands beside the normalized one.
        coding["extension"].push(alternate_codes(context, value, table));
    }
}

std::string read_code(Context &context, const CodedValue &value, std::string_view vocabulary) {
    bool known = false;
    bool any = false;
    for (const int first : {1, 4, 10}) {
        const std::string code = as_code(Context::text(value.part(first)));
        if (code.empty()) continue;
        any = true;
        Triplet to;
        bool has_row = false;
        if (translate(context, code, vocabulary, to, has_row)) return to.code;
        known = known || has_row;
    }
    if (any && !known) unmapped(context, vocabulary);
    return {};
}

Json alternate_codes(Context &context, const CodedValue &value, std::string_view table) {
    Json extension = Json::object();
    extension.set("url", Json::string(alternate_codes_url));
    // Beside an element whose own map has spoken.
    read_triplets(context, value, "", table, false, extension["valueCodeableConcept"]);
    return extension;
}

}  // namespace clinical::convert
