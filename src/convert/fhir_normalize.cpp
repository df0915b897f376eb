#include "convert/fhir_normalize.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "codes/systems.h"
#include "convert/codes.h"
#include "convert/mapping.h"
#include "convert/unit.h"

namespace clinical::convert {

using core::Json;
using core::Kind;

namespace {

constexpr std::string_view translation =
    "http://hl7.org/fhir/StructureDefinition/iso21090-PQ-translation";

// Which elements a site's code maps (code_map.kind) speak of.
enum class Shape { concepts, coding, code };
struct Coded {
    std::string_view type, element, inner;
    Shape shape;
    std::string_view kind;
    std::string_view vocabulary;  // shipped table of codes; empty: none
};
constexpr Coded coded[] = {
    {"AllergyIntolerance", "code", "", Shape::concepts, "allergen", ""},
    {"ChargeItem", "code", "", Shape::concepts, "charge", ""},
    {"Condition", "code", "", Shape::concepts, "diagnosis", ""},
    {"DiagnosticReport", "code", "", Shape::concepts, "observation", ""},
    {"Encounter", "class", "", Shape::coding, "encounter-class", ""},
    {"Encounter", "hospitalization", "admitSource", Shape::concepts, "admit-source", ""},
    {"Encounter", "hospitalization", "dischargeDisposition", Shape::concepts,
     "discharge-disposition", ""},
    {"Immunization", "vaccineCode", "", Shape::concepts, "vaccine", ""},
    {"Medication", "code", "", Shape::concepts, "medication", ""},
    {"MedicationAdministration", "medicationCodeableConcept", "", Shape::concepts, "medication",
     ""},
    {"MedicationDispense", "medicationCodeableConcept", "", Shape::concepts, "medication", ""},
    {"MedicationRequest", "medicationCodeableConcept", "", Shape::concepts, "medication", ""},
    {"MedicationStatement", "medicationCodeableConcept", "", Shape::concepts, "medication", ""},
    {"Observation", "code", "", Shape::concepts, "observation", ""},
    {"Observation", "component", "code", Shape::concepts, "observation", ""},
    {"Observation", "interpretation", "", Shape::concepts, "interpretation", ""},
    {"Patient", "gender", "", Shape::code, "gender", "AdministrativeSex"},
    {"Patient", "maritalStatus", "", Shape::concepts, "marital-status", ""},
    {"Procedure", "code", "", Shape::concepts, "procedure", ""},
    {"ServiceRequest", "code", "", Shape::concepts, "observation", ""},
    {"Specimen", "type", "", Shape::concepts, "specimen-type", ""},
};

bool is_public(std::string_view system) {
    return codes::system_number(system) != 0 || system.starts_with("http://hl7.org/fhir") ||
           system.starts_with("http://terminology.hl7.org");
}

bool is_gender(std::string_view code) {
    return code == "male" || code == "female" || code == "other" || code == "unknown";
}

class Normalizer {
public:
    Normalizer(Json &resource, const Options &options, const FhirFinding &report)
        : resource_(resource),
          options_(options),
          report_(report),
          type_(resource.find("resourceType").as_text()) {}

    void run() {
        for (const auto &rule : coded)
            if (rule.type == type_) apply(rule);
        if (type_ == "Observation") observation();
    }

private:
    // ---- codes -----------------------------------------------------------------------------

    void apply(const Coded &rule) {
        if (resource_.find(rule.element).is_absent()) return;
        const std::string place = type_ + "." + std::string(rule.element);
        if (rule.shape == Shape::code) return code(rule, place);
        if (rule.inner.empty()) return each(resource_[rule.element], rule, place);
        const auto inside = [&](Json &part) {
            if (!part.find(rule.inner).is_absent())
                each(part[rule.inner], rule, place + "." + std::string(rule.inner));
        };
        Json &outer = resource_[rule.element];
        if (outer.kind() == Kind::object) inside(outer);
        if (outer.kind() == Kind::array)
            for (std::size_t i = 0; i < outer.size(); ++i) inside(outer.element(i));
    }

    void each(Json &value, const Coded &rule, const std::string &place) {
        if (value.kind() == Kind::array)
            for (std::size_t i = 0; i < value.size(); ++i) each(value.element(i), rule, place);
        else if (value.kind() == Kind::object && rule.shape == Shape::coding)
            one_coding(value, rule, place);
        else if (value.kind() == Kind::object)
            concept_of(value, rule, place);
    }

    void concept_of(Json &concept_value, const Coded &rule, const std::string &place) {
        const Json codings = concept_value.find("coding");
        bool any_code = false, known = false;
        for (const auto &coding : codings.elements()) {
            const std::string code(coding.find("code").as_text());
            if (code.empty()) continue;
            any_code = true;
            const std::string system(coding.find("system").as_text());
            known = known || is_public(system);
            const LocalCode *local = options_.local_code(rule.kind, code);
            if (!local || is_public(system)) continue;
            known = true;
            if (local->code.empty()) continue;
            const std::string to_system = local->system.empty() ? system : local->system;
            const auto same = [&](const Json &other) {
                return other.find("code").as_text() == local->code &&
                       other.find("system").as_text() == to_system;
            };
            const auto &now = concept_value.find("coding").elements();
            if (std::any_of(now.begin(), now.end(), same)) continue;
            concept_value["coding"].push(coding_of(*local, to_system));
            mapped(rule.kind, place);
        }
        if (any_code && !known && is_open(rule.kind)) unmapped(rule.kind, place);
    }

    // One Coding has room for one code: the source's is kept in an extension.
    void one_coding(Json &coding, const Coded &rule, const std::string &place) {
        const LocalCode *local = options_.local_code(rule.kind, coding.find("code").as_text());
        if (!local || local->code.empty() || is_public(coding.find("system").as_text())) return;
        Json source = coding;
        source.erase("extension");
        Json extension = coding.find("extension");
        Json made =
            coding_of(*local, local->system.empty() ? std::string(coding.find("system").as_text())
                                                    : local->system);
        if (made.find("code") == source.find("code") &&
            made.find("system") == source.find("system"))
            return;
        Json kept = Json::object();
        kept.set("url", Json::string(alternate_codes_url));
        kept["valueCodeableConcept"]["coding"].push(std::move(source));
        extension.push(std::move(kept));
        made.set("extension", std::move(extension));
        coding = std::move(made);
        mapped(rule.kind, place);
    }

    void code(const Coded &rule, const std::string &place) {
        const std::string source(resource_.find(rule.element).as_text());
        if (source.empty() || is_gender(source)) return;
        std::string to;
        if (const LocalCode *local = options_.local_code(rule.kind, source))
            to = local->code;
        else if (const TableRow *row = find_code(rule.vocabulary, source))
            to = row->fhir_code;
        if (to.empty()) return unmapped(rule.kind, place);
        resource_.set(rule.element, Json::string(to));
        Json kept = Json::object();
        kept.set("url", Json::string(alternate_codes_url));
        Json coding = Json::object();
        coding.set("code", Json::string(source));
        kept["valueCodeableConcept"]["coding"].push(std::move(coding));
        resource_["_" + std::string(rule.element)]["extension"].push(std::move(kept));
        mapped(rule.kind, place);
    }

    static Json coding_of(const LocalCode &local, const std::string &system) {
        Json coding = Json::object();
        if (!system.empty()) coding.set("system", Json::string(system));
        coding.set("code", Json::string(local.code));
        if (!local.display.empty()) coding.set("display", Json::string(local.display));
        return coding;
    }

    void mapped(std::string_view kind, const std::string &place) {
        report_(
            "information", "informational", "code-map", place,
            "what the map of kind " + std::string(kind) + " gives stands beside the source's code");
    }
    void unmapped(std::string_view kind, const std::string &place) {
        report_("warning", "code-invalid", "unmapped-code", place,
                "the code has no map of kind " + std::string(kind) + "; it is kept as sent");
    }

    // ---- units -----------------------------------------------------------------------------

    static std::string loinc_of(const Json &code) {
        for (const auto &coding : code.find("coding").elements())
            if (std::string(coding.find("system").as_text()) == loinc_uri)
                return std::string(coding.find("code").as_text());
        return {};
    }

    void observation() {
        values(resource_, loinc_of(resource_.find("code")), type_);
        if (resource_.find("component").kind() != Kind::array) return;
        Json &components = resource_["component"];
        for (std::size_t i = 0; i < components.size(); ++i)
            values(components.element(i), loinc_of(components.at(i).find("code")),
                   type_ + ".component");
    }

    void values(Json &holder, const std::string &loinc, const std::string &place) {
        if (holder.kind() != Kind::object) return;
        if (!holder.find("valueQuantity").is_absent())
            unit(holder["valueQuantity"], loinc, place + ".value");
        if (holder.find("referenceRange").kind() != Kind::array) return;
        Json &ranges = holder["referenceRange"];
        for (std::size_t i = 0; i < ranges.size(); ++i)
            for (const std::string_view bound : {"low", "high"})
                if (!ranges.at(i).find(bound).is_absent())
                    unit(ranges.element(i)[bound], loinc, place + ".referenceRange");
    }

    void unit(Json &quantity, const std::string &loinc, const std::string &place) {
        if (quantity.kind() != Kind::object) return;
        const std::string system(quantity.find("system").as_text());
        const std::string code(quantity.find("code").as_text());
        const std::string shown(quantity.find("unit").as_text());
        const std::string &sent = code.empty() ? shown : code;
        if (sent.empty()) return;
        const auto normal = normal_unit(options_, sent, code.empty() ? "" : system, loinc);
        if (!normal) return unmapped("unit", place);
        if (normal->code == code && normal->system == system) return;
        if (!code.empty() && code != normal->code) {
            Json source = quantity;
            source.erase("extension");
            Json kept = Json::object();
            kept.set("url", Json::string(translation));
            kept.set("valueQuantity", std::move(source));
            quantity["extension"].push(std::move(kept));
        }
        if (shown.empty()) quantity.set("unit", Json::string(sent));
        quantity.set("system", Json::string(normal->system));
        quantity.set("code", Json::string(normal->code));
        if (normal->is_spelling)
            report_("information", "informational", "unit-alias", place,
                    "the unit is a local spelling; its UCUM code stands beside it");
        else
            report_("information", "informational", "unit-code", place,
                    "the unit's code stands beside it");
    }

    Json &resource_;
    const Options &options_;
    const FhirFinding &report_;
    const std::string type_;
};

}  // namespace

void normalize_fhir(Json &resource, const Options &options, const FhirFinding &report) {
    Normalizer(resource, options, report).run();
}

}  // namespace clinical::convert
