#include "convert/encounter.h"

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/role.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// What of a CX makes a key.
constexpr std::uint32_t number_parts = Fields::component_bit(1) | Fields::component_bit(4);

// PV1-19, else PV1-50, PID-18, PV1-44: what an admission and its discharge have in common.
std::string visit_key(Context &context, const Fields &pv1, const Fields *pid) {
    pv1.use(19, number_parts);
    const std::string number = number_key(context, pv1.peek(19).repetition(1));
    if (!number.empty()) return "visit|" + number;
    context.place = {&pv1, 19, 1, 0};
    pv1.use(50, number_parts);
    const std::string other = number_key(context, pv1.peek(50).repetition(1));
    if (pid) pid->use(18, number_parts);
    const std::string account =
        pid ? number_key(context, pid->peek(18).repetition(1)) : std::string();
    const std::string admitted = Context::text(pv1[44].repetition(1).component(1));
    std::string key;
    if (!other.empty())
        key = "alternate|" + other;
    else if (!account.empty())
        key = "account|" + account;
    else if (!admitted.empty())
        key = "admitted|" + admitted;
    if (key.empty())
        context.issue("warning", "incomplete", "no-visit-key",
                      "nothing names the visit; no encounter is made of it");
    else
        context.issue("information", "incomplete", "no-visit-number",
                      "PV1-19 is empty; the visit is known by another number or its admission");
    context.place = {};
    return key;
}

std::string status_of(Context &context, const Event &event, const Fields &pv1) {
    if (!event.status.empty()) return std::string(event.status);
    if (event.trigger == "A04") {
        const std::string patient_class = Context::text(pv1[2].component(1));
        const TableRow *row = find_code("PatientClass[EncounterStatus]", patient_class);
        std::string status = row ? std::string(row->fhir_code) : "in-progress";
        if (context.options.registered_is_planned && status == "in-progress") status = "planned";
        return status;
    }
    // Unknown replaces nothing when versions are folded (fold.cpp).
    return pv1[45].has_value() ? "finished" : "unknown";
}

void set_class(Json &encounter) {
    if (!encounter.find("class").is_absent()) return;
    Json &coding = encounter["class"];
    coding.set("system", Json::string("http://terminology.hl7.org/CodeSystem/v3-NullFlavor"));
    coding.set("code", Json::string("UNK"));
}

// Period of the visit and of the place where the patient is now.
void set_times(Context &context, const Grouped &message, const Event &event,
               const std::string &status, Json &encounter, std::vector<std::string> &cleared) {
    std::string occurred;  // EVN-6 is when it happened
    std::string said;      // EVN-2
    if (message.evn) {
        context.place = {message.evn, 6, 1, 0};
        occurred = context.date_time((*message.evn)[6]);
        context.place = {message.evn, 2, 1, 0};
        said = context.date_time((*message.evn)[2]);
        context.place = {};
    }
    if ((event.trigger == "A01" || event.trigger == "A04") && !occurred.empty() &&
        encounter.find("period").find("start").as_text().empty())
        encounter["period"].set("start", Json::string(occurred));
    if (event.trigger == "A03" && !occurred.empty() &&
        encounter.find("period").find("end").as_text().empty())
        encounter["period"].set("end", Json::string(occurred));
    if (event.trigger == "A13") {
        // The discharge did not happen.
        if (encounter.find("period").find("end").as_text().empty())
            cleared.emplace_back("period.end");
        if (encounter.find("hospitalization").find("dischargeDisposition").is_absent())
            cleared.emplace_back("hospitalization.dischargeDisposition");
    }
    std::string since;
    if (event.trigger == "A02" || event.trigger == "A12" || event.trigger == "A17")
        since = occurred.empty() ? said : occurred;
    if (event.trigger == "A01") since = encounter.find("period").find("start").as_text();
    Json &places = encounter["location"];
    for (std::size_t i = 0; i < places.size(); i++) {
        Json &place = places.element(i);
        if (place.find("status").as_text() != "active") continue;
        if (!since.empty()) place["period"].set("start", Json::string(since));
        if (status == "finished") place.set("status", Json::string("completed"));
    }
}

std::string encounter_id(const Context &context, const std::string &patient_id,
                         const std::string &key) {
    return digest_id({"Encounter", context.facility(), patient_id, key});
}

void delete_visit(Context &context, std::string id, const std::string &patient_id) {
    Statement s;
    s.kind = Statement::Kind::tombstone;
    s.resource_type = "Encounter";
    s.id = std::move(id);
    s.patient_id = patient_id;
    context.statements.push_back(std::move(s));
}

// PV1-40 speaks of the bed or room of PV1-3 (guide, PV1[Encounter]).
void set_bed_status(Context &context, const Fields &pv1, const Json &encounter) {
    const Value place = pv1.peek(3).repetition(1);
    if (!pv1.peek(40).has_value() ||
        (!place.component(2).has_value() && !place.component(3).has_value()))
        return;
    const std::string where(
        encounter.find("location").at(0).find("location").find("reference").as_text());
    if (!where.starts_with("Location/")) return;
    Json status = Json::object();
    context.place = {&pv1, 40, 1, 0};
    read_coding(context, {pv1[40].repetition(1), false}, "", "0116", status);
    context.place = {};
    if (Statement *s = context.find_statement("Location", where.substr(9)))
        s->resource.set("operationalStatus", std::move(status));
}

// PV1-54 (v2.8): the episode that the visit belongs to.
void state_episode(Context &context, const Fields &pv1, Json &encounter, Subject &subject) {
    context.place = {&pv1, 54, 1, 0};
    const std::string number = number_key(context, pv1.peek(54).repetition(1));
    context.place = {};
    if (number.empty()) return;
    const std::string id = digest_id({"EpisodeOfCare", subject.patient_id, number});
    subject.episode = "EpisodeOfCare/" + id;
    encounter["episodeOfCare"].push(reference_to(subject.episode));
    if (context.is_stated("EpisodeOfCare", id)) return;
    Json e = Json::object();
    apply_segment(context, "PV1[EpisodeOfCare]", pv1, {}, e);
    complete_identifiers(context, e);
    e.set("status", Json::string("active"));
    e.set("patient", subject.patient_reference());
    prune(e);
    context.state("EpisodeOfCare", id, subject.patient_id, std::move(e)).parents = {
        subject.patient};
}

}  // namespace

void delete_encounter(Context &context, const PatientGroup &group, const std::string &patient_id) {
    if (!group.pv1) return;
    const std::string key = visit_key(context, *group.pv1, group.pid);
    if (!key.empty()) delete_visit(context, encounter_id(context, patient_id, key), patient_id);
}

void state_former_encounter(Context &context, const PatientGroup &group, const Subject &subject) {
    std::string owner = subject.patient_id;
    context.place = {group.mrg, 1, 1, 0};
    if (const auto former = identify_patient(context, group.mrg->peek(1))) owner = former->id;
    group.mrg->use(1, number_parts | Fields::component_bit(5));
    context.place = {group.mrg, 5, 1, 0};
    group.mrg->use(5, number_parts);
    std::string number = number_key(context, group.mrg->peek(5).repetition(1));
    // A45 moves a visit that keeps its number.
    if (number.empty() && group.pv1 && owner != subject.patient_id)
        number = number_key(context, group.pv1->peek(19).repetition(1));
    context.place = {};
    if (number.empty()) return;
    const std::string id = encounter_id(context, owner, "visit|" + number);
    if (!context.is_stated("Encounter", id)) delete_visit(context, id, owner);
}

void state_encounter(Context &context, const Grouped &message, const PatientGroup &group,
                     const Event &event, bool is_admission, Subject &subject) {
    const Fields &pv1 = *group.pv1;
    const std::string key = visit_key(context, pv1, group.pid);
    if (key.empty()) return;
    const std::string id = encounter_id(context, subject.patient_id, key);
    if (!is_admission && context.options.only_adt_establishes) {
        // Who waits for the admission may wait for its number only.
        if (key.starts_with("visit|")) subject.encounter = "Encounter/" + id;
        return;
    }
    subject.encounter = "Encounter/" + id;
    subject.encounter_is_stated = true;
    if (context.is_stated("Encounter", id)) {
        pv1.use_all();
        return;
    }
    Json encounter = Json::object();
    std::vector<std::string> cleared;
    const std::string status = status_of(context, event, pv1);
    encounter.set("status", Json::string(status));
    const Related related{group.pid, group.pv1, group.pv2};
    apply_segment(context, "PV1[Encounter]", pv1, related, encounter, &cleared);
    if (group.pv2)
        apply_segment(context, "PV2[Encounter]", *group.pv2, related, encounter, &cleared);
    for (const Fields *role : group.visit_roles)
        apply_role(context, *role, "Encounter", related, encounter);
    if (!subject.account.empty())
        encounter["account"].element(0).set("reference", Json::string(subject.account));
    // A participation without a person or a place without a name says nothing.
    keep_named(encounter, "participant", "individual");
    keep_named(encounter, "location", "location");
    complete_identifiers(context, encounter);
    set_bed_status(context, pv1, encounter);
    state_episode(context, pv1, encounter, subject);
    set_class(encounter);
    set_times(context, message, event, status, encounter, cleared);
    encounter.set("subject", subject.patient_reference());
    prune(encounter);
    Statement &s = context.state("Encounter", id, subject.patient_id, std::move(encounter));
    s.parents = {subject.patient};
    s.cleared = std::move(cleared);
}

}  // namespace clinical::convert
