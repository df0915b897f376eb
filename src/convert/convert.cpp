#include "convert/convert.h"

#include <algorithm>

#include "convert/account.h"
#include "convert/apply.h"
#include "convert/appointment.h"
#include "convert/context.h"
#include "convert/document.h"
#include "convert/encounter.h"
#include "convert/event.h"
#include "convert/grammar.h"
#include "convert/ids.h"
#include "convert/master.h"
#include "convert/merge.h"
#include "convert/patient.h"
#include "convert/problem.h"
#include "convert/procedure.h"
#include "convert/provenance.h"
#include "convert/referral.h"
#include "convert/result.h"
#include "convert/role.h"
#include "convert/settle.h"
#include "convert/snapshot.h"
#include "convert/unconverted.h"

namespace clinical::convert {

using core::Json;

namespace {

Statement refused(Issue issue) {
    Statement s;
    s.kind = Statement::Kind::refused;
    s.issue = std::move(issue);
    return s;
}

// EVN-2 orders versions, MSH-7 where it is missing (corrections 1.5).
std::optional<std::int64_t> event_time(Context &context, const Grouped &message) {
    std::optional<std::int64_t> time;
    if (message.evn) {
        context.place = {message.evn, 2, 1, 0};
        time = context.micros((*message.evn)[2]);
    }
    if (!time) {
        context.place = {&context.header, 7, 1, 0};
        time = context.micros(context.header[7]);
    }
    context.place = {};
    return time;
}

void report_misplaced(Context &context, const Grouped &message) {
    for (const Fields *s : message.misplaced) {
        context.limits.interrupt.poll();
        context.place = {s, 0, 1, 0};
        context.issue("warning", "structure", "100",
                      "the segment stands where the message has no place for it");
    }
    context.place = {};
}

// Rows of a site's overlay for segments of its own: ZPD[Patient], ZPV[Encounter].
void overlay_segments(Context &context, Grouped &message, const Subject &subject) {
    if (!context.options.overlay) return;
    std::erase_if(message.unmapped, [&](const Fields *s) {
        bool used = false;
        for (const Map *map : context.mapping.of_segment(s->id())) {
            const std::string id = map->type == "Patient" ? subject.patient : subject.encounter;
            if (!id.starts_with(map->type + "/")) continue;
            Statement *found = context.find_statement(map->type, id.substr(map->type.size() + 1));
            if (!found) continue;
            // Directory statements may move the vector: work on the resource itself.
            Json resource = std::move(found->resource);
            std::vector<std::string> cleared = std::move(found->cleared);
            apply_segment(context, *map, *s, {}, resource, &cleared);
            prune(resource);
            found = context.find_statement(map->type, id.substr(map->type.size() + 1));
            found->resource = std::move(resource);
            found->cleared = std::move(cleared);
            used = true;
        }
        return used;
    });
}

// What hangs on one patient and visit of the message.
void state_rest(Context &context, const Grouped &message, const PatientGroup &group,
                const Event &event, Subject &subject) {
    if (group.pv1 && event.has_encounter)
        state_encounter(context, message, group, event, event.is_admission(), subject);
    if (event.is_admission() || !context.options.only_adt_establishes) {
        state_living_will(context, group, subject);
        state_lists(context, group, event, subject);
        state_care_team(context, group, subject);
    }
    state_problems(context, group, event, subject);
    state_procedures(context, group, subject);
    state_charges(context, group, subject);
    state_patient_observations(context, group, event, subject);
    state_orders(context, group, event, subject);
    state_document(context, group, event, subject);
}

// Returns the reason of a refusal, or an empty issue.
Issue state_group(Context &context, Grouped &message, const PatientGroup &group, const Event &event,
                  std::vector<Subject> &subjects) {
    if (!group.pid)
        return {"error", "missing-key", "101", "PID", "", "the message has no PID segment"};
    if (event.action == Action::merge) {
        std::string patient_id;
        Issue reason = state_merge(context, group, patient_id);
        if (reason.code.empty() && group.mrg->peek(3).has_value())
            state_former_account(context, group, patient_id);
        if (reason.code.empty())
            subjects.push_back({patient_id, "Patient/" + patient_id, {}, {}, {}, {}});
        return reason;
    }
    const auto identity = identify_patient(context, *group.pid);
    if (!identity)
        return {"error", "missing-key", "101", "PID-3", "", "no identifier names the patient"};
    Subject subject{identity->id, "Patient/" + identity->id, "", false, "", ""};
    if (event.action == Action::delete_person) {
        // The person with all visits and accounts (HL7 v2.5.1 3.3.29).
        for (const Fields *s : {group.pid, group.pd1, group.pv1, group.pv2})
            if (s) s->use_all();
        Statement gone;
        gone.kind = Statement::Kind::tombstone;
        gone.resource_type = "Patient";
        gone.id = gone.patient_id = identity->id;
        context.statements.push_back(std::move(gone));
        subjects.push_back(std::move(subject));
        return {};
    }
    if (event.is_admission() || !context.options.only_adt_establishes) {
        state_patient(context, group, *identity);
        state_links(context, *identity, "same-message");
        state_account(context, group, event, subject);
    }
    if (event.action == Action::merge_visit || event.action == Action::merge_account) {
        if (!group.mrg)
            return {"error", "missing-key", "101", "MRG", "", "a change of numbers without MRG"};
        if (event.action == Action::merge_account)
            state_former_account(context, group, identity->id);
    }
    if (event.action == Action::delete_visit) {
        delete_encounter(context, group, identity->id);
        if (group.pv1) group.pv1->use_all();
    } else {
        state_rest(context, message, group, event, subject);
    }
    if (event.action == Action::merge_visit) state_former_encounter(context, group, subject);
    subjects.push_back(std::move(subject));
    return {};
}

// A24 says that two patients are one person, A37 that they are not.
Issue state_pair(Context &context, const Event &event, const std::vector<Subject> &subjects) {
    if (event.action != Action::link && event.action != Action::unlink) return {};
    if (subjects.size() != 2)
        return {"error", "missing-key", "101", "PID[2]", "", "two patients are needed"};
    if (subjects[0].patient_id == subjects[1].patient_id)
        return {"error", "validation-error",
                "205",   "PID[2]-3",
                "",      "a patient cannot be linked with itself"};
    state_links(context, {subjects[0].patient_id, {subjects[1].patient_id}},
                event.action == Action::link ? "link" : "unlink");
    return {};
}

// An element that the message states, too, is not cleared; each name once.
void settle_cleared(Statement &s) {
    std::sort(s.cleared.begin(), s.cleared.end());
    s.cleared.erase(std::unique(s.cleared.begin(), s.cleared.end()), s.cleared.end());
    std::erase_if(s.cleared,
                  [&](const std::string &name) { return !s.resource.find(name).is_absent(); });
}

// Returns the reason of a refusal, or an empty issue.
Issue state_patients(Context &context, Grouped &message, const Event &event,
                     std::vector<Subject> &subjects) {
    if (message.patients.empty() && event.family != Family::master)
        return {"error", "missing-key", "101", "PID", "", "the message has no PID segment"};
    for (const auto &group : message.patients) {
        context.limits.interrupt.poll();
        Issue reason = state_group(context, message, group, event, subjects);
        if (!reason.code.empty()) return reason;
        overlay_segments(context, message, subjects.back());
    }
    Issue reason = state_pair(context, event, subjects);
    if (!reason.code.empty()) return reason;
    if (event.family == Family::master) state_master(context, message);
    state_appointment(context, message, event, subjects);
    if (!subjects.empty()) state_referral(context, message, event, subjects.front());
    return {};
}

void state_all(Context &context, Grouped &message, const Event &event) {
    std::vector<Subject> subjects;
    Issue reason = state_patients(context, message, event, subjects);
    if (!reason.code.empty()) {
        // A message is used whole or not at all.
        std::erase_if(context.statements,
                      [](const Statement &s) { return s.kind != Statement::Kind::issue; });
        context.statements.push_back(refused(std::move(reason)));
        return;
    }
    report_misplaced(context, message);
    // Issues are statements, too: the list grows while it is walked.
    for (std::size_t i = 0, n = context.statements.size(); i < n; i++) {
        if (context.statements[i].kind != Statement::Kind::resource) continue;
        Statement s = std::move(context.statements[i]);
        settle_resource(context, s);
        context.statements[i] = std::move(s);
    }
    state_provenance(context, message, subjects.empty() ? "" : subjects.front().patient_id);
    report_left_out(context, message);
    for (auto &s : context.statements) settle_cleared(s);
}

const Event *event_of(const Context &context) {
    const hl7v2::Value type = context.header[9];
    std::string code = Context::text(type.component(1));
    std::string trigger = Context::text(type.component(2));
    // ADT_A01 and ADT A01 in one component occur.
    if (trigger.empty() && code.size() == 7 && (code[3] == '_' || code[3] == ' ')) {
        trigger = code.substr(4);
        code = code.substr(0, 3);
    }
    return find_event(code, trigger);
}

}  // namespace

Conversion convert_hl7v2(const hl7v2::Message &message, const Options &options,
                         const core::Limits &limits) {
    Conversion out;
    Context context(message, options, limits);
    const Event *event = event_of(context);
    if (!event) {
        out.statements.push_back(refused({"error", "unsupported-type", "200", "MSH-9", "",
                                          "messages of this type are not converted"}));
        return out;
    }
    Grouped grouped = group_segments(message, *event);
    out.event_micros = event_time(context, grouped);
    state_all(context, grouped, *event);
    out.statements = std::move(context.statements);
    return out;
}

std::vector<Unconverted> unconverted_hl7v2(const hl7v2::Message &message, const Options &options,
                                           const core::Limits &limits) {
    Context context(message, options, limits);
    const Event *event = event_of(context);
    static constexpr Event none{"", "", Family::admission, "", false, false};
    Grouped grouped = group_segments(message, event ? *event : none);
    if (event) {
        state_all(context, grouped, *event);
        const bool refused =
            std::any_of(context.statements.begin(), context.statements.end(),
                        [](const Statement &s) { return s.kind == Statement::Kind::refused; });
        if (refused) grouped = group_segments(message, none);
    }
    std::vector<Unconverted> out;
    for (const LeftOut &l : left_out(grouped)) {
        limits.interrupt.poll();
        const Place place{l.segment, l.field, 1, l.component};
        out.push_back({l.ordinal, std::string(l.segment->id()), l.segment->occurrence(), l.field,
                       l.component, place.text()});
    }
    return out;
}

Json message_bundle(const hl7v2::Message &message, const Options &options,
                    const core::Limits &limits) {
    Context context(message, options, limits);
    const Event *event = event_of(context);
    if (!event)
        throw core::Error{core::ErrorCode::unsupported, "messages of this type are not converted",
                          "", 0};
    Grouped grouped = group_segments(message, *event);
    state_all(context, grouped, *event);
    std::string focus;
    for (const auto &s : context.statements) {
        if (s.kind == Statement::Kind::refused)
            throw core::Error{core::ErrorCode::invalid_value, s.issue.message, "", 0};
        if (s.kind == Statement::Kind::resource && s.resource_type == "Patient" && focus.empty())
            focus = "Patient/" + s.id;
    }
    Json header = message_header(context, grouped, focus);
    Json bundle = Json::object();
    bundle.set("resourceType", Json::string("Bundle"));
    bundle.set("type", Json::string("message"));
    const std::string control = Context::text(context.header[10]);
    if (!control.empty()) {
        bundle["identifier"].set("system", Json::string(context.facility()));
        bundle["identifier"].set("value", Json::string(control));
    }
    bundle.set("timestamp", Json::string(context.instant(context.header[7])));
    Json &entries = bundle["entry"];
    const auto add = [&](Json resource) {
        Json &entry = entries.push(Json::object());
        // Absolute, so that relative references resolve within the Bundle (FHIR 2.36.4).
        entry.set("fullUrl", Json::string("http://pgclinical.invalid/" +
                                          std::string(resource.find("resourceType").as_text()) +
                                          "/" + std::string(resource.find("id").as_text())));
        entry.set("resource", std::move(resource));
    };
    add(std::move(header));
    for (auto &s : context.statements)
        if (s.kind == Statement::Kind::resource) add(std::move(s.resource));
    prune(bundle);
    return bundle;
}

}  // namespace clinical::convert
