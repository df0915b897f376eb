#include "convert/procedure.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/role.h"

namespace clinical::convert {

using core::Json;

namespace {

void missing(Context &context, const Fields &segment, int field, std::string_view text) {
    context.place = {&segment, field, 1, 0};
    context.issue("warning", "required", "missing-field", text);
    context.place = {};
}

// An id for `key`; the same thing twice in one message is told apart by its order.
std::string once(Context &context, const Fields &segment, std::string_view type,
                 const std::string &patient_id, const std::string &key) {
    std::string id = digest_id({type, patient_id, key});
    const int n = context.times_seen(id);
    if (n == 1) return id;
    context.place = {&segment, 0, 1, 0};
    context.issue("information", "duplicate", "duplicate-key",
                  "the message names the same thing twice; the order tells them apart");
    context.place = {};
    return digest_id({type, id, std::to_string(n)});
}

// PR1-7: minutes (HL7 v2.5.1 6.5.4.7).  The end of what begins at PR1-5.
void set_end(Context &context, const Fields &pr1, Json &procedure) {
    if (!pr1.peek(7).has_value()) return;
    context.place = {&pr1, 5, 1, 0};
    auto time = context.time(pr1[5]);
    const std::string start = context.date_time(pr1[5]);
    if (start.empty()) return;
    procedure.erase("performedDateTime");
    Json &period = procedure["performedPeriod"];
    period.set("start", Json::string(start));
    context.place = {&pr1, 7, 1, 0};
    const std::string minutes = Context::text(pr1[7]);
    if (time && time->has_time()) {
        const std::string end = context.later(pr1[5], minutes, "min");
        if (!end.empty()) period.set("end", Json::string(end));
    }
    context.place = {};
}

// PR1-16: modifiers are written behind the code they modify, 27447:50:RT (guide, PR1[Procedure]).
void add_modifiers(Context &context, const Fields &pr1, Json &procedure) {
    const hl7v2::Value all = pr1.peek(16);
    const Json &plain = procedure.find("code").find("coding").at(0);
    if (!all.has_value() || plain.find("code").as_text().empty()) return;
    std::string code(plain.find("code").as_text());
    for (int r = 1; r <= std::min(all.repetitions(), 20); r++) {
        const std::string modifier = Context::text(all.repetition(r).component(1));
        if (!modifier.empty()) code += ":" + modifier;
    }
    context.place = {};
    pr1.use(16, Fields::component_bit(1));
    Json coding = Json::object();
    if (!plain.find("system").is_absent()) coding.set("system", plain.find("system"));
    coding.set("code", Json::string(code));
    procedure["code"]["coding"].push(std::move(coding));
}

}  // namespace

void state_procedures(Context &context, const PatientGroup &group, const Subject &subject) {
    for (const Part &part : group.procedures) {
        context.limits.interrupt.poll();
        const Fields &pr1 = *part.head;
        std::string key = entity_key(context, pr1.peek(19).repetition(1));
        if (!key.empty()) {
            key = "number|" + key;
        } else {
            key = code_key(context, pr1.peek(3).repetition(1));
            if (key.empty()) key = Context::text(pr1.peek(4));
            if (key.empty()) {
                missing(context, pr1, 3, "a procedure without PR1-3 is not used");
                continue;
            }
            key += "|" + Context::text(pr1.peek(5).component(1)) + "|" + subject.encounter;
        }
        pr1.use(2, Fields::whole);
        Json p = Json::object();
        Related related{&pr1};
        apply_segment(context, "PR1[Procedure]", pr1, related, p);
        set_end(context, pr1, p);
        add_modifiers(context, pr1, p);
        for (const Fields *role : part.followers)
            apply_role(context, *role, "Procedure", related, p);
        keep_named(p, "performer", "actor");
        subject.refer(p, "subject", true);
        prune(p);
        const std::string id = once(context, pr1, "Procedure", subject.patient_id, key);
        context.state("Procedure", id, subject.patient_id, std::move(p)).parents =
            subject.parents();
    }
}

void state_charges(Context &context, const PatientGroup &group, const Subject &subject) {
    for (const Part &part : group.charges) {
        context.limits.interrupt.poll();
        const Fields &ft1 = *part.head;
        // HL7 table 0017: CG charge, CD credit, CO co-payment; PY is a payment, AJ an adjustment.
        const std::string type = Context::text(ft1[6].component(1));
        if (type == "PY" || type == "AJ") {
            context.place = {&ft1, 6, 1, 0};
            context.issue("information", "not-supported", "no-charge",
                          "a payment or adjustment is no charge; it is not used");
            context.place = {};
            continue;
        }
        std::string code = code_key(context, ft1.peek(7).repetition(1));
        if (code.empty()) code = code_key(context, ft1.peek(25).repetition(1));
        std::string key = Context::text(ft1.peek(2).component(1));
        if (!key.empty())
            key = "number|" + key + "|" + code;
        else
            key = Context::text(ft1.peek(4).component(1)) + "|" + code + "|" + subject.encounter;
        Json c = Json::object();
        apply_segment(context, "FT1[ChargeItem]", ft1, {}, c);
        c.set("status", Json::string(type == "CD" ? "aborted" : "billable"));
        if (c.find("code").is_absent()) c["code"].set("text", Json::string("unknown"));
        const std::string notes = notes_text(part.notes);
        if (!notes.empty()) c["note"].element(0).set("text", Json::string(notes));
        c.set("subject", subject.patient_reference());
        if (!subject.encounter.empty()) c.set("context", reference_to(subject.encounter));
        if (!subject.account.empty()) c["account"].push(reference_to(subject.account));
        keep_named(c, "performer", "actor");
        prune(c);
        const std::string id = once(context, ft1, "ChargeItem", subject.patient_id, key);
        context.state("ChargeItem", id, subject.patient_id, std::move(c)).parents =
            subject.parents();
    }
}

}  // namespace clinical::convert
