#include "convert/convert.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/context.h"
#include "convert/encounter.h"
#include "convert/event.h"
#include "convert/grammar.h"
#include "convert/ids.h"
#include "convert/merge.h"
#include "convert/patient.h"
#include "convert/provenance.h"
#include "convert/result.h"
#include "convert/snapshot.h"

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

void report_segments(Context &context, const Grouped &message) {
    for (const Fields *s : message.unmapped) {
        context.limits.interrupt.poll();
        context.place = {s, 0, 1, 0};
        context.issue("information", "not-supported", "segment-not-mapped",
                      "the segment has no mapping");
    }
    for (const Fields *s : message.misplaced) {
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
            const auto found = std::find_if(
                context.statements.begin(), context.statements.end(), [&](const Statement &st) {
                    return st.kind == Statement::Kind::resource && !id.empty() &&
                           st.resource_type + "/" + st.id == id && st.resource_type == map->type;
                });
            if (found == context.statements.end()) continue;
            // Directory statements may move the vector: work on the resource itself.
            const auto at = found - context.statements.begin();
            Json resource = std::move(found->resource);
            std::vector<std::string> cleared = std::move(found->cleared);
            apply_segment(context, *map, *s, {}, resource, &cleared);
            prune(resource);
            context.statements[static_cast<std::size_t>(at)].resource = std::move(resource);
            context.statements[static_cast<std::size_t>(at)].cleared = std::move(cleared);
            used = true;
        }
        return used;
    });
}

// Returns the reason of a refusal, or an empty issue.
Issue state_group(Context &context, Grouped &message, const PatientGroup &group, const Event &event,
                  std::string &patient_id) {
    const bool is_admission = event.structure != "ORU_R01";
    if (!group.pid)
        return {"error", "missing-key", "101", "PID", "", "the message has no PID segment"};
    if (event.trigger == "A40") {
        return state_merge(context, group, patient_id);
    }
    const auto identity = identify_patient(context, *group.pid);
    if (!identity)
        return {"error", "missing-key", "101", "PID-3", "", "no identifier names the patient"};
    if (patient_id.empty()) patient_id = identity->id;
    Subject subject{identity->id, "Patient/" + identity->id, "", false};
    if (is_admission || !context.options.only_adt_establishes) {
        state_patient(context, group, *identity);
        state_links(context, *identity, "same-message");
    }
    if (group.pv1 && event.has_encounter)
        state_encounter(context, message, group, event, is_admission, subject);
    if (is_admission) {
        state_lists(context, group, event, subject);
        state_patient_observations(context, group, subject);
    } else {
        state_patient_observations(context, group, subject);
        state_results(context, group, subject);
    }
    overlay_segments(context, message, subject);
    return {};
}

// An element that the message states, too, is not cleared; each name once.
void settle_cleared(Statement &s) {
    std::sort(s.cleared.begin(), s.cleared.end());
    s.cleared.erase(std::unique(s.cleared.begin(), s.cleared.end()), s.cleared.end());
    std::erase_if(s.cleared,
                  [&](const std::string &name) { return !s.resource.find(name).is_absent(); });
}

void state_all(Context &context, Grouped &message, const Event &event) {
    std::string patient_id;
    Issue reason;
    if (message.patients.empty())
        reason = {"error", "missing-key", "101", "PID", "", "the message has no PID segment"};
    for (const auto &group : message.patients) {
        context.limits.interrupt.poll();
        reason = state_group(context, message, group, event, patient_id);
        if (!reason.code.empty()) break;
    }
    if (!reason.code.empty()) {
        // A message is used whole or not at all.
        std::erase_if(context.statements,
                      [](const Statement &s) { return s.kind != Statement::Kind::issue; });
        context.statements.push_back(refused(std::move(reason)));
        return;
    }
    report_segments(context, message);
    state_provenance(context, message, patient_id);
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
    Grouped grouped = group_segments(message, event->structure);
    out.event_micros = event_time(context, grouped);
    state_all(context, grouped, *event);
    out.statements = std::move(context.statements);
    return out;
}

Json message_bundle(const hl7v2::Message &message, const Options &options,
                    const core::Limits &limits) {
    Context context(message, options, limits);
    const Event *event = event_of(context);
    if (!event)
        throw core::Error{core::ErrorCode::unsupported, "messages of this type are not converted",
                          "", 0};
    Grouped grouped = group_segments(message, event->structure);
    state_all(context, grouped, *event);
    std::string focus;
    for (const auto &s : context.statements) {
        if (s.kind == Statement::Kind::refused)
            throw core::Error{core::ErrorCode::invalid_value, s.issue.message, "", 0};
        if (s.kind == Statement::Kind::resource && s.resource_type == "Patient" && focus.empty())
            focus = "Patient/" + s.id;
    }
    Json header = message_header(context, focus);
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
                                          resource.find("resourceType").as_text() + "/" +
                                          resource.find("id").as_text()));
        entry.set("resource", std::move(resource));
    };
    add(std::move(header));
    for (auto &s : context.statements)
        if (s.kind == Statement::Kind::resource) add(std::move(s.resource));
    prune(bundle);
    return bundle;
}

}  // namespace clinical::convert
