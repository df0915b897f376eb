#include "convert/snapshot.h"

#include <algorithm>
#include <map>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"

namespace clinical::convert {

using core::Json;

namespace {

bool is_all_null(const Fields &s) {
    bool null = false;
    for (int n = 2; n <= s.size(); n++) {  // field 1 is the set id
        if (s[n].is_absent()) continue;
        if (!says_null(s[n], s.delimiters())) return false;
        null = true;
    }
    return null;
}

class Lists {
public:
    Lists(Context &context, const PatientGroup &group, const Event &event, const Subject &subject)
        : context_(context), group_(group), event_(event), subject_(subject) {}

    void relatives() {
        begin("RelatedPerson", group_.relatives);
        for (const Fields *nk1 : group_.relatives) {
            context_.limits.interrupt.poll();
            report_unused(context_, *nk1, {"NK1[RelatedPerson]", "NK1[Patient]"}, {1});
            // Employers and institutions are contacts, not relatives (guide, NK1 conditions).
            const std::string relation = Context::text((*nk1)[3].component(1));
            if (relation == "EMR" || relation == "E" || relation == "F" || relation == "I" ||
                relation == "S")
                continue;
            Json r = Json::object();
            apply_segment(context_, "NK1[RelatedPerson]", *nk1, {}, r);
            complete_identifiers(context_, r);
            prune(r);
            const Json &identifier = r.find("identifier").at(0);
            if (identifier.is_absent() && r.find("name").is_absent()) continue;
            const std::string key = identifier.is_absent()
                                        ? "name|" + core::to_text(r.find("name")) + "|" + relation
                                        : "identifier|" + identifier.find("system").as_text() +
                                              "|" + identifier.find("value").as_text();
            r.set("patient", subject_.patient_reference());
            state("RelatedPerson", key, std::move(r), *nk1);
        }
    }

    void allergies() {
        begin("AllergyIntolerance", group_.allergies);
        for (const Fields *al1 : group_.allergies) {
            context_.limits.interrupt.poll();
            if (is_all_null(*al1)) continue;
            const std::string key = concept_key((*al1)[3]);
            if (key.empty()) {
                missing(*al1, 3, "an allergy without AL1-3 is not used");
                continue;
            }
            Json a = Json::object();
            apply_segment(context_, "AL1[AllergyIntolerance]", *al1, {}, a);
            a.set("patient", subject_.patient_reference());
            prune(a);
            report_unused(context_, *al1, {"AL1[AllergyIntolerance]"}, {1});
            state("AllergyIntolerance", key, std::move(a), *al1);
        }
    }

    // Also adds Encounter.diagnosis to the Encounter of this message.
    void diagnoses() {
        const std::string scope =
            subject_.encounter.empty() ? "" : "Condition?encounter=" + subject_.encounter;
        begin(scope.empty() ? "" : scope, group_.diagnoses);
        Json uses = Json::array();
        for (const Fields *dg1 : group_.diagnoses) {
            context_.limits.interrupt.poll();
            if (is_all_null(*dg1)) continue;
            std::string key = Context::text((*dg1)[20].component(1));
            if (!key.empty())
                key = "number|" + key;
            else if (key = concept_key((*dg1)[3]); key.empty())
                key = Context::text((*dg1)[4]);
            if (key.empty()) {
                missing(*dg1, 3, "a diagnosis without DG1-3 is not used");
                continue;
            }
            Json c = Json::object();
            apply_segment(context_, "DG1[Condition]", *dg1, {}, c);
            Json &category = c["category"].element(0)["coding"].element(0);
            category.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                                "condition-category"));
            category.set("code", Json::string("encounter-diagnosis"));
            subject_.refer(c, "subject", true);
            prune(c);
            report_unused(context_, *dg1, {"DG1[Condition]"}, {1, 2, 6, 15});
            const std::string id =
                state("Condition", subject_.encounter + "|" + key, std::move(c), *dg1);
            use(*dg1, id, uses);
        }
        if (uses.size() == 0 || !subject_.encounter_is_stated) return;
        for (auto &s : context_.statements)
            if (s.resource_type == "Encounter" && "Encounter/" + s.id == subject_.encounter)
                s.resource.set("diagnosis", uses);
    }

    void coverages() {
        begin("Coverage", group_.insurances);
        for (const Fields *in1 : group_.insurances) {
            context_.limits.interrupt.poll();
            if (is_all_null(*in1)) continue;
            std::string key;
            for (const int field : {2, 3, 36})
                key +=
                    Context::text((*in1)[field].repetition(1).component(1).subcomponent(1)) + "|";
            if (key == "|||") {
                missing(*in1, 2, "an insurance without plan, company and policy is not used");
                continue;
            }
            Json c = Json::object();
            c.set("status", Json::string("active"));
            apply_segment(context_, "IN1[Coverage]", *in1, {}, c);
            complete_identifiers(context_, c);
            c.set("beneficiary", subject_.patient_reference());
            subscriber(*in1, c);
            prune(c);
            if (c.find("payor").is_absent()) {
                // R4 wants a payor; the message names none.
                Json &e = c["payor"].element(0)["extension"].element(0);
                e.set("url", Json::string("http://hl7.org/fhir/StructureDefinition/"
                                          "data-absent-reason"));
                e.set("valueCode", Json::string("unknown"));
            }
            report_unused(context_, *in1, {"IN1[Coverage]"}, {1, 2, 16, 17});
            state("Coverage", key, std::move(c), *in1);
        }
    }

private:
    void begin(std::string type, const std::vector<const Fields *> &segments) {
        pending_.clear();
        if (segments.empty() || !event_.is_snapshot || type.empty()) return;
        const bool empties = std::all_of(segments.begin(), segments.end(),
                                         [](const Fields *s) { return is_all_null(*s); });
        if (!empties) {
            pending_ = std::move(type);
            return;
        }
        // Nothing of the type follows: the patient's own row says that the list is empty.
        for (auto &s : context_.statements)
            if (s.resource_type == "Patient" && s.id == subject_.patient_id &&
                s.kind == Statement::Kind::resource)
                s.replaced.push_back(type);
    }

    std::string state(std::string_view type, const std::string &key, Json resource,
                      const Fields &segment) {
        std::string id = digest_id({type, subject_.patient_id, key});
        if (const int n = ++seen_[id]; n > 1) {
            context_.place = {&segment, 0, 1, 0};
            context_.issue("information", "duplicate", "duplicate-key",
                           "the list names the same thing twice; the order tells them apart");
            context_.place = {};
            id = digest_id({type, id, std::to_string(n)});
        }
        Statement &s = context_.state(type, id, subject_.patient_id, std::move(resource));
        s.parents =
            type == "Condition" ? subject_.parents() : std::vector<std::string>{subject_.patient};
        if (!pending_.empty()) s.replaced.push_back(std::move(pending_));
        pending_.clear();
        return id;
    }

    void missing(const Fields &segment, int field, std::string_view text) {
        context_.place = {&segment, field, 1, 0};
        context_.issue("warning", "required", "missing-field", text);
        context_.place = {};
    }

    std::string concept_key(const hl7v2::Value &field) {
        const auto cwe = field.repetition(1);
        for (const int first : {1, 4})
            if (const std::string code = Context::text(cwe.component(first)); !code.empty())
                return code + "^" + system_uri(context_, Context::text(cwe.component(first + 2)));
        const std::string text = Context::text(cwe.component(2));
        return text.empty() ? Context::text(cwe.component(9)) : text;
    }

    void use(const Fields &dg1, const std::string &id, Json &uses) {
        Json &d = uses.push(Json::object());
        d["condition"].set("reference", Json::string("Condition/" + id));
        if (dg1[6].has_value()) {
            context_.place = {&dg1, 6, 1, 0};
            read_concept(context_, {dg1[6].repetition(1), false}, "DiagnosisType", "0052",
                         d["use"]);
        }
        if (dg1[15].has_value()) {
            context_.place = {&dg1, 15, 1, 0};
            Json rank = primitive(context_, "integer", dg1[15]);
            // 0 is the secondary procedure of old senders; ranks start at 1.
            if (rank.as_text() != "0") d.set("rank", std::move(rank));
        }
        context_.place = {};
    }

    // The insured is the patient, or somebody related who is stated with the name of IN1-16.
    void subscriber(const Fields &in1, Json &coverage) {
        const std::string relation = Context::text(in1[17].component(1));
        if (relation == "SEL" || relation == "18" || relation == "01") {
            coverage.set("subscriber", subject_.patient_reference());
            return;
        }
        if (!in1[16].has_value()) return;
        Json r = Json::object();
        context_.place = {&in1, 16, 1, 0};
        apply_value(context_, "XPN[HumanName]", in1[16].repetition(1), false, r["name"].element(0));
        if (in1[18].has_value()) r.set("birthDate", primitive(context_, "date", in1[18]));
        context_.place = {};
        prune(r);
        if (r.find("name").is_absent()) return;
        const std::string key = "subscriber|" + core::to_text(r.find("name"));
        const std::string id = digest_id({"RelatedPerson", subject_.patient_id, key});
        coverage["subscriber"].set("reference", Json::string("RelatedPerson/" + id));
        if (++seen_[id] > 1) return;
        r.set("patient", subject_.patient_reference());
        context_.state("RelatedPerson", id, subject_.patient_id, std::move(r)).parents = {
            subject_.patient};
    }

    Context &context_;
    const PatientGroup &group_;
    const Event &event_;
    const Subject &subject_;
    std::string pending_;  // type whose list the next row of it begins
    std::map<std::string, int> seen_;
};

}  // namespace

void state_lists(Context &context, const PatientGroup &group, const Event &event,
                 const Subject &subject) {
    Lists lists(context, group, event, subject);
    lists.relatives();
    lists.allergies();
    lists.diagnoses();
    lists.coverages();
}

}  // namespace clinical::convert
