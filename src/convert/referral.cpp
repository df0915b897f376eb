#include "convert/referral.h"

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;

namespace {

// HL7 table 0283; I14 cancels (HL7 v2.5.1 11.5.4).
std::string_view status_of(const Event &event, std::string_view code) {
    if (event.trigger == "I14") return "revoked";
    if (code == "R") return "revoked";
    if (code == "E") return "completed";
    return "active";
}

// HL7 table 0286: RP refers, RT is referred to.
void set_providers(Context &context, const Grouped &message, Json &r) {
    for (const Part &part : message.providers) {
        const Fields &prd = *part.head;
        const std::string role = Context::text(prd[1].component(1));
        Json who = Json::object();
        apply_segment(context, "PRD[Practitioner]", prd, {}, who);
        prune(who);
        const std::string reference = context.directory("Practitioner", std::move(who));
        if (reference.empty()) continue;
        if (role == "RP" && r.find("requester").is_absent())
            r.set("requester", reference_to(reference));
        else if (role == "RT")
            r["performer"].push(reference_to(reference));
    }
}

}  // namespace

void state_referral(Context &context, const Grouped &message, const Event &event,
                    const Subject &subject) {
    if (!message.referral) return;
    const Fields &rf1 = *message.referral;
    context.place = {&rf1, 6, 1, 0};
    const std::string key = entity_key(context, rf1.peek(6).repetition(1));
    if (key.empty()) {
        context.issue("warning", "incomplete", "no-referral-number",
                      "RF1-6 is empty; the referral is not used");
        context.place = {};
        return;
    }
    context.place = {};
    Json r = Json::object();
    r.set("status", Json::string(status_of(event, Context::text(rf1[1].component(1)))));
    r.set("intent", Json::string("order"));
    apply_segment(context, "RF1[ServiceRequest]", rf1, {}, r);
    complete_identifiers(context, r);
    set_providers(context, message, r);
    const std::string notes = notes_text(message.notes);
    if (!notes.empty()) r["note"].element(0).set("text", Json::string(notes));
    subject.refer(r, "subject", true);
    prune(r);
    const std::string id = digest_id({"ServiceRequest", subject.patient_id, "referral", key});
    if (context.is_stated("ServiceRequest", id)) return;
    context.state("ServiceRequest", id, subject.patient_id, std::move(r)).parents =
        subject.parents();
}

}  // namespace clinical::convert
