#include "convert/problem.h"

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/role.h"

namespace clinical::convert {

using core::Json;

namespace {

std::string lower(std::string text) {
    for (char &c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

// PRB-14 is a table of the site; what it says in words R4 has, too.  A problem that has ended is
// not active (con-4).
std::string_view clinical_status(const Fields &prb, bool has_ended) {
    static constexpr std::string_view known[] = {"active",   "recurrence", "relapse",
                                                 "inactive", "remission",  "resolved"};
    for (const int part : {1, 2}) {
        const std::string said = lower(Context::text(prb[14].component(part)));
        for (std::size_t i = 0; i < std::size(known); i++)
            if (said == known[i] && (!has_ended || i > 2)) return known[i];
    }
    return has_ended ? "resolved" : "active";
}

}  // namespace

void state_problems(Context &context, const PatientGroup &group, const Event &event,
                    const Subject &subject) {
    for (const Part &part : group.problems) {
        context.limits.interrupt.poll();
        const Fields &prb = *part.head;
        context.place = {&prb, 4, 1, 0};
        std::string key = entity_key(context, prb.peek(4).repetition(1));
        context.place.field = 3;
        key = key.empty() ? code_key(context, prb.peek(3).repetition(1)) : "number|" + key;
        if (key.empty()) {
            context.issue("warning", "required", "missing-field",
                          "a problem without PRB-3 and PRB-4 is not used");
            context.place = {};
            continue;
        }
        context.place = {};
        Json c = Json::object();
        apply_segment(context, "PRB[Condition]", prb, {}, c);
        for (const Fields *role : part.followers) apply_role(context, *role, "Condition", {}, c);
        complete_identifiers(context, c);
        prune(c);
        set_coding(c["category"].element(0),
                   "http://terminology.hl7.org/CodeSystem/condition-category", "problem-list-item");
        // HL7 table 0287: DE deletes; PC3 does so by its event.
        if (Context::text(prb[1]) == "DE" || event.trigger == "PC3") {
            set_coding(c["verificationStatus"],
                       "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                       "entered-in-error");
            prb.use(14, Fields::whole);
        } else {
            const bool has_ended = !c.find("abatementDateTime").is_absent();
            set_coding(c["clinicalStatus"],
                       "http://terminology.hl7.org/CodeSystem/condition-clinical",
                       clinical_status(prb, has_ended));
        }
        add_notes(context, part.notes, c);
        subject.refer(c, "subject", true);
        prune(c);
        const std::string id = digest_id({"Condition", subject.patient_id, "problem|" + key});
        if (context.is_stated("Condition", id)) continue;
        context.state("Condition", id, subject.patient_id, std::move(c)).parents =
            subject.parents();
    }
}

}  // namespace clinical::convert
