#include "convert/encounter.h"

#include "convert/apply.h"
#include "convert/ids.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// A visit's number with its authority; empty when `cx` holds none.
std::string number_key(Context &context, const Value &cx) {
    const std::string value = Context::text(cx.component(1).subcomponent(1));
    if (value.empty()) return {};
    std::string system = context.authority_uri(cx.component(4), true);
    if (system.empty()) system = context.scope();
    return system + "|" + value;
}

// PV1-19, else PV1-50, PID-18, PV1-44: what an admission and its discharge have in common.
std::string visit_key(Context &context, const Fields &pv1, const Fields *pid) {
    const std::string number = number_key(context, pv1[19].repetition(1));
    if (!number.empty()) return "visit|" + number;
    context.place = {&pv1, 19, 1, 0};
    const std::string other = number_key(context, pv1[50].repetition(1));
    const std::string account = pid ? number_key(context, (*pid)[18].repetition(1)) : std::string();
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
    if (event.trigger == "A02") since = occurred.empty() ? said : occurred;
    if (event.trigger == "A01") since = encounter.find("period").find("start").as_text();
    Json &places = encounter["location"];
    for (std::size_t i = 0; i < places.size(); i++) {
        Json &place = places.element(i);
        if (place.find("status").as_text() != "active") continue;
        if (!since.empty()) place["period"].set("start", Json::string(since));
        if (status == "finished") place.set("status", Json::string("completed"));
    }
}

}  // namespace

void state_encounter(Context &context, const Grouped &message, const PatientGroup &group,
                     const Event &event, bool is_admission, Subject &subject) {
    const Fields &pv1 = *group.pv1;
    const std::string key = visit_key(context, pv1, group.pid);
    if (key.empty()) return;
    const std::string id = digest_id({"Encounter", context.facility(), subject.patient_id, key});
    if (!is_admission && context.options.only_adt_establishes) {
        // Who waits for the admission may wait for its number only.
        if (key.starts_with("visit|")) subject.encounter = "Encounter/" + id;
        return;
    }
    subject.encounter = "Encounter/" + id;
    subject.encounter_is_stated = true;
    Json encounter = Json::object();
    std::vector<std::string> cleared;
    const std::string status = status_of(context, event, pv1);
    encounter.set("status", Json::string(status));
    const Related related{group.pid, group.pv1, group.pv2};
    apply_segment(context, "PV1[Encounter]", pv1, related, encounter, &cleared);
    if (group.pv2)
        apply_segment(context, "PV2[Encounter]", *group.pv2, related, encounter, &cleared);
    // A participation without a person or a place without a name says nothing.
    for (const auto &[list, who] :
         {std::pair("participant", "individual"), {"location", "location"}}) {
        Json kept = Json::array();
        Json &all = encounter[list];
        for (std::size_t i = 0; i < all.size(); i++)
            if (!all.at(i).find(who).find("reference").is_absent())
                kept.push(std::move(all.element(i)));
        all = std::move(kept);
    }
    complete_identifiers(context, encounter);
    set_class(encounter);
    set_times(context, message, event, status, encounter, cleared);
    encounter.set("subject", subject.patient_reference());
    prune(encounter);
    report_unused(context, pv1, {"PV1[Encounter]"}, {1, 2});
    if (group.pv2) report_unused(context, *group.pv2, {"PV2[Encounter]"}, {});
    Statement &s = context.state("Encounter", id, subject.patient_id, std::move(encounter));
    s.parents = {subject.patient};
    s.cleared = std::move(cleared);
}

}  // namespace clinical::convert
