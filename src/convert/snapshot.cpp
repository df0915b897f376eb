#include "convert/snapshot.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;

namespace {

bool is_all_null(const Fields &s) {
    bool null = false;
    for (int n = 2; n <= s.size(); n++) {  // field 1 is the set id
        if (s.peek(n).is_absent()) continue;
        if (!says_null(s.peek(n), s.delimiters())) return false;
        null = true;
    }
    if (null) s.use_all();
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
            // Employers and institutions are contacts, not relatives (guide, NK1 conditions).
            const std::string relation = Context::text((*nk1)[3].component(1));
            if (relation == "EMR" || relation == "E" || relation == "F" || relation == "I" ||
                relation == "S")
                continue;
            const auto marks = nk1->marks();
            Json r = Json::object();
            apply_segment(context_, "NK1[RelatedPerson]", *nk1, {}, r);
            complete_identifiers(context_, r);
            prune(r);
            const Json &identifier = r.find("identifier").at(0);
            if (identifier.is_absent() && r.find("name").is_absent()) {
                missing(*nk1, 2, "a relative without name and number is not used");
                nk1->restore(marks);
                continue;
            }
            const std::string key = identifier.is_absent()
                                        ? "name|" + core::to_text(r.find("name")) + "|" + relation
                                        : "identifier|" +
                                              std::string(identifier.find("system").as_text()) +
                                              "|" + std::string(identifier.find("value").as_text());
            r.set("patient", subject_.patient_reference());
            state("RelatedPerson", key, std::move(r), *nk1);
        }
        mother();
    }

    // PID-21: the mother by her number.
    void mother() {
        const Fields *pid = group_.pid;
        if (!pid || !pid->peek(21).has_value()) return;
        context_.place = {pid, 21, 1, 0};
        Json r = Json::object();
        apply_value(context_, "CX[RelatedPerson-Mother]", (*pid)[21].repetition(1), false, r);
        context_.place = {};
        complete_identifiers(context_, r);
        prune(r);
        const Json &identifier = r.find("identifier").at(0);
        if (identifier.is_absent()) return;
        const std::string key = "identifier|" + std::string(identifier.find("system").as_text()) +
                                "|" + std::string(identifier.find("value").as_text());
        if (context_.is_stated("RelatedPerson",
                               digest_id({"RelatedPerson", subject_.patient_id, key})))
            return;  // an NK1 has said more
        r.set("patient", subject_.patient_reference());
        state("RelatedPerson", key, std::move(r), *pid);
    }

    void allergies() {
        begin("AllergyIntolerance", group_.allergies);
        for (const Fields *segment : group_.allergies) {
            context_.limits.interrupt.poll();
            if (is_all_null(*segment)) continue;
            const std::string key = code_key(context_, (*segment)[3].repetition(1));
            if (key.empty()) {
                missing(*segment, 3, "an allergy without its substance is not used");
                continue;
            }
            // IAM-6: A, D, U, X; a deletion takes the allergy back (HL7 v2.5.1 3.4.7.6).
            if (segment->id() == "IAM" && Context::text((*segment)[6].component(1)) == "D") {
                Statement gone;
                gone.kind = Statement::Kind::tombstone;
                gone.resource_type = "AllergyIntolerance";
                gone.id = digest_id({"AllergyIntolerance", subject_.patient_id, key});
                gone.patient_id = subject_.patient_id;
                context_.statements.push_back(std::move(gone));
                continue;
            }
            Json a = Json::object();
            apply_segment(
                context_,
                segment->id() == "IAM" ? "IAM[AllergyIntolerance]" : "AL1[AllergyIntolerance]",
                *segment, {}, a);
            a.set("patient", subject_.patient_reference());
            reporter(*segment, a);
            prune(a);
            state("AllergyIntolerance", key, std::move(a), *segment);
        }
    }

    // IAM-14 and IAM-15: a relative who told it (a professional is a row's).
    void reporter(const Fields &iam, Json &allergy) {
        if (iam.id() != "IAM" || !iam.peek(15).has_value()) return;
        context_.place = {&iam, 15, 1, 0};
        if (Context::text(iam[15].component(1)) == "SEL") {
            iam.use(14, Fields::whole);
            allergy.set("recorder", subject_.patient_reference());
            return;
        }
        Json r = Json::object();
        read_concept(context_, {iam[15].repetition(1), false}, "Relationship", "0063",
                     r["relationship"].element(0));
        context_.place.field = 14;
        apply_value(context_, "XPN[HumanName]", iam[14].repetition(1), false, r["name"].element(0));
        context_.place = {};
        prune(r);
        if (r.find("name").is_absent()) return;
        const std::string id = digest_id(
            {"RelatedPerson", subject_.patient_id, "reporter|" + core::to_text(r.find("name"))});
        allergy.set("recorder", reference_to("RelatedPerson/" + id));
        if (context_.is_stated("RelatedPerson", id)) return;
        r.set("patient", subject_.patient_reference());
        context_.state("RelatedPerson", id, subject_.patient_id, std::move(r)).parents = {
            subject_.patient};
    }

    // Also adds Encounter.diagnosis to the Encounter of this message.
    void diagnoses() {
        const std::string scope =
            subject_.encounter.empty() ? "" : "Condition?encounter=" + subject_.encounter;
        begin(scope, group_.diagnoses);
        Json uses = Json::array();
        for (const Fields *dg1 : group_.diagnoses)
            if (const std::string id = condition(*dg1); !id.empty()) use(*dg1, id, uses);
        if (uses.size() > 0 && !subject_.episode.empty())
            if (Statement *s =
                    context_.find_statement("EpisodeOfCare", subject_.episode.substr(14)))
                for (std::size_t i = 0; i < uses.size(); i++) {
                    Json d = uses.at(i);
                    // What an Encounter calls use is role here.
                    if (!d.find("use").is_absent()) d.set("role", d.find("use"));
                    d.erase("use");
                    s->resource["diagnosis"].push(std::move(d));
                }
        if (uses.size() == 0 || !subject_.encounter_is_stated) return;
        if (Statement *s = context_.find_statement("Encounter", subject_.encounter.substr(10)))
            s->resource.set("diagnosis", uses);
    }

    // The id of what DG1 says; empty when it says nothing.
    std::string condition(const Fields &dg1) {
        context_.limits.interrupt.poll();
        if (is_all_null(dg1)) return {};
        std::string key = Context::text(dg1[20].component(1));
        if (!key.empty())
            key = "number|" + key;
        else if (key = code_key(context_, dg1[3].repetition(1)); key.empty())
            key = Context::text(dg1[4]);
        if (key.empty()) {
            missing(dg1, 3, "a diagnosis without DG1-3 is not used");
            return {};
        }
        dg1.use(2, Fields::whole);  // the coding method is said in DG1-3.3, too
        Json c = Json::object();
        apply_segment(context_, "DG1[Condition]", dg1, {}, c);
        set_coding(c["category"].element(0),
                   "http://terminology.hl7.org/CodeSystem/condition-category",
                   "encounter-diagnosis");
        subject_.refer(c, "subject", true);
        prune(c);
        return state("Condition", subject_.encounter + "|" + key, std::move(c), dg1);
    }

    void coverages() {
        std::vector<const Fields *> heads;
        for (const Part &part : group_.insurances) heads.push_back(part.head);
        begin("Coverage", heads);
        financial_class();
        for (const Part &part : group_.insurances) {
            const Fields *in1 = part.head;
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
            for (const Fields *s : part.followers)
                apply_segment(context_, std::string(s->id()) + "[Coverage]", *s, {in1}, c);
            complete_identifiers(context_, c);
            c.set("beneficiary", subject_.patient_reference());
            subscriber(part, c);
            want_payor(c);
            state("Coverage", key, std::move(c), *in1);
        }
    }

private:
    // R4 wants a payor; the message may name none.
    static void want_payor(Json &coverage) {
        prune(coverage);
        if (coverage.find("payor").is_absent()) set_absent(coverage["payor"].element(0));
    }

    // PV1-20 as a Coverage of its own (guide, PV1[Coverage]).
    void financial_class() {
        if (!group_.pv1 || !group_.pv1->peek(20).has_value()) return;
        const std::string code = Context::text(group_.pv1->peek(20).repetition(1).component(1));
        if (code.empty()) return;
        Json c = Json::object();
        c.set("status", Json::string("active"));
        apply_segment(context_, "PV1[Coverage]", *group_.pv1, {}, c);
        c.set("beneficiary", subject_.patient_reference());
        want_payor(c);
        state("Coverage", "financial-class|" + code, std::move(c), *group_.pv1);
    }

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
        if (Statement *s = context_.find_statement("Patient", subject_.patient_id))
            s->replaced.push_back(type);
    }

    std::string state(std::string_view type, const std::string &key, Json resource,
                      const Fields &segment) {
        std::string id = digest_id({type, subject_.patient_id, key});
        if (const int n = context_.times_seen(id); n > 1) {
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
            Json rank = primitive(context_, Primitive::integer, dg1[15]);
            // 0 is the secondary procedure of old senders; ranks start at 1.
            if (rank.as_text() != "0") d.set("rank", std::move(rank));
        }
        context_.place = {};
    }

    // The insured is the patient, or somebody related who is stated with the name of IN1-16.
    void subscriber(const Part &part, Json &coverage) {
        const Fields &in1 = *part.head;
        const std::string relation = Context::text(in1[17].component(1));
        if (relation == "SEL" || relation == "18" || relation == "01") {
            coverage.set("subscriber", subject_.patient_reference());
            return;
        }
        if (!in1.peek(16).has_value()) return;
        Json r = Json::object();
        apply_segment(context_, "IN1[RelatedPerson]", in1, {}, r);
        for (const Fields *s : part.followers)
            if (s->id() == "IN2") apply_segment(context_, "IN2[RelatedPerson]", *s, {&in1}, r);
        complete_identifiers(context_, r);
        prune(r);
        if (r.find("name").is_absent()) return;
        const std::string key = "subscriber|" + core::to_text(r.find("name"));
        const std::string id = digest_id({"RelatedPerson", subject_.patient_id, key});
        coverage["subscriber"].set("reference", Json::string("RelatedPerson/" + id));
        if (context_.times_seen(id) > 1) return;
        r.set("patient", subject_.patient_reference());
        context_.state("RelatedPerson", id, subject_.patient_id, std::move(r)).parents = {
            subject_.patient};
    }

    Context &context_;
    const PatientGroup &group_;
    const Event &event_;
    const Subject &subject_;
    std::string pending_;  // type whose list the next row of it begins
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

std::vector<std::string> state_conditions(Context &context, const PatientGroup &group,
                                          const Event &event, const Subject &subject,
                                          const std::vector<const Fields *> &segments) {
    Lists lists(context, group, event, subject);
    std::vector<std::string> out;
    for (const Fields *dg1 : segments)
        if (const std::string id = lists.condition(*dg1); !id.empty())
            out.push_back("Condition/" + id);
    return out;
}

}  // namespace clinical::convert
