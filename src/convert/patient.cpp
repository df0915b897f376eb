#include "convert/patient.h"

#include <algorithm>
#include <iterator>

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/role.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// HL7 table 0203: numbers that a hospital gives a patient, in order of preference.  Only these
// (and numbers without a type) link two identities: a social security number, a driver's licence
// or an account is typed in by hand or shared within a family.
constexpr std::string_view patient_types[] = {"MR", "MRN", "PI", "PT", "EPI", ""};

int rank_of(std::string_view type) {
    const auto *found = std::find(std::begin(patient_types), std::end(patient_types), type);
    return static_cast<int>(found - std::begin(patient_types));
}
constexpr int no_patient_type = static_cast<int>(std::size(patient_types));

struct Candidate {
    std::string id;
    int rank;
};

std::optional<Candidate> candidate(Context &context, const Value &cx) {
    const std::string value = Context::text(cx.component(1).subcomponent(1));
    if (value.empty()) return {};
    std::string system = context.authority_uri(cx.component(4), true);
    if (system.empty()) system = context.scope();
    return Candidate{digest_id({"Patient", system, value}),
                     rank_of(Context::text(cx.component(5)))};
}

// National and legal numbers have systems of their own; the sender's scope is not theirs.
bool is_local_type(std::string_view type) {
    static constexpr std::string_view types[] = {"MR", "MRN", "PI",   "PT",   "EPI", "",
                                                 "AN", "VN",  "PLAC", "FILL", "PGN", "FGN"};
    return std::find(std::begin(types), std::end(types), type) != std::end(types);
}

}  // namespace

std::optional<PatientIdentity> identify_patient(Context &context, const Value &list) {
    std::vector<Candidate> candidates;
    const int repetitions = std::min(list.repetitions(), 100);
    for (int r = 1; r <= repetitions; r++)
        if (auto c = candidate(context, list.repetition(r))) candidates.push_back(std::move(*c));
    if (candidates.empty()) return {};
    const auto best =
        std::min_element(candidates.begin(), candidates.end(),
                         [](const auto &a, const auto &b) { return a.rank < b.rank; });
    if (best->rank == no_patient_type)
        context.issue("warning", "incomplete", "weak-identifier",
                      "no identifier of a patient's own type; the first one names the patient");
    PatientIdentity out{best->id, {}};
    if (best->rank == no_patient_type) return out;
    for (const auto &c : candidates)
        if (c.rank < no_patient_type && c.id != out.id &&
            std::find(out.others.begin(), out.others.end(), c.id) == out.others.end())
            out.others.push_back(c.id);
    return out;
}

std::optional<PatientIdentity> identify_patient(Context &context, const Fields &pid) {
    for (const int field : {3, 2, 4}) {
        context.place = {&pid, field, 1, 0};
        pid.use(field,
                Fields::component_bit(1) | Fields::component_bit(4) | Fields::component_bit(5));
        if (auto found = identify_patient(context, pid.peek(field))) {
            if (field != 3)
                context.issue("warning", "incomplete", "old-identifier",
                              "PID-3 is empty; an older field names the patient");
            context.place = {};
            return found;
        }
    }
    context.place = {};
    return {};
}

std::vector<std::string> Subject::parents() const {
    std::vector<std::string> out{patient};
    if (!encounter.empty() && !encounter_is_stated) out.push_back(encounter);
    return out;
}

Json Subject::patient_reference() const {
    Json reference = Json::object();
    reference.set("reference", Json::string(patient));
    return reference;
}

void Subject::refer(Json &resource, std::string_view subject_element, bool with_encounter) const {
    resource.set(subject_element, patient_reference());
    if (with_encounter && !encounter.empty())
        resource["encounter"].set("reference", Json::string(encounter));
}

void complete_identifiers(Context &context, Json &resource) {
    Json kept = Json::array();
    Json &list = resource["identifier"];
    for (std::size_t i = 0; i < list.size(); i++) {
        Json &identifier = list.element(i);
        if (identifier.find("value").as_text().empty()) continue;
        const std::string &type =
            std::string(identifier.find("type").find("coding").at(0).find("code").as_text());
        if (identifier.find("system").as_text().empty() && is_local_type(type))
            identifier.set("system", Json::string(context.scope()));
        if (type == "SS" && identifier.find("system").as_text() == context.scope())
            identifier.erase("system");
        const auto same =
            std::find_if(kept.elements().begin(), kept.elements().end(), [&](const Json &other) {
                return other.find("value") == identifier.find("value") &&
                       other.find("system") == identifier.find("system");
            });
        if (same == kept.elements().end()) kept.push(std::move(identifier));
    }
    resource.set("identifier", std::move(kept));
}

Statement &state_patient(Context &context, const PatientGroup &group,
                         const PatientIdentity &identity) {
    // A message may name its patient twice: earlier results, two visits.
    if (Statement *stated = context.find_statement("Patient", identity.id)) {
        group.pid->use_all();
        return *stated;
    }
    Json patient = Json::object();
    std::vector<std::string> cleared;
    const Related related{group.pid, group.pd1, group.pv1};
    apply_segment(context, "PID[Patient]", *group.pid, related, patient, &cleared);
    if (group.pd1) apply_segment(context, "PD1[Patient]", *group.pd1, related, patient, &cleared);
    if (group.pv1) apply_segment(context, "PV1[Patient]", *group.pv1, related, patient);
    for (const Fields *nk1 : group.relatives)
        apply_segment(context, "NK1[Patient]", *nk1, related, patient);
    for (const Fields *role : group.roles) apply_role(context, *role, "Patient", related, patient);
    complete_identifiers(context, patient);
    prune(patient);
    Statement &s = context.state("Patient", identity.id, identity.id, std::move(patient));
    s.cleared = std::move(cleared);
    return s;
}

void state_links(Context &context, const PatientIdentity &identity, std::string_view rule) {
    for (const auto &other : identity.others) {
        Statement s;
        s.kind = Statement::Kind::link;
        s.resource_type = "Patient";
        s.id = other;
        s.patient_id = identity.id;
        s.resource.set("rule", Json::string(rule));
        context.statements.push_back(std::move(s));
    }
}

void state_living_will(Context &context, const PatientGroup &group, const Subject &subject) {
    if (!group.pd1 || !group.pd1->peek(7).has_value()) return;
    Json o = Json::object();
    apply_segment(context, "PD1[Observation-LivingWill]", *group.pd1, {}, o);
    prune(o);
    const std::string id = digest_id({"Observation", subject.patient_id, "living-will"});
    if (o.find("valueCodeableConcept").is_absent() || context.is_stated("Observation", id)) return;
    subject.refer(o, "subject", false);
    context.state("Observation", id, subject.patient_id, std::move(o)).parents = {subject.patient};
}

}  // namespace clinical::convert
