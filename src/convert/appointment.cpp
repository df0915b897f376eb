#include "convert/appointment.h"

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// What the event itself says (HL7 v2.5.1 10.4); SCH-25 decides the others.
std::string_view forced_status(std::string_view trigger) {
    if (trigger == "S15" || trigger == "S16") return "cancelled";
    if (trigger == "S17") return "entered-in-error";
    if (trigger == "S26") return "noshow";
    return {};
}

// SCH-25, else what is said of the service (AIS-10).
std::string status_of(Context &context, const Fields &sch, const std::vector<Part> &resources,
                      const Event &event) {
    if (const auto forced = forced_status(event.trigger); !forced.empty()) {
        sch.use(25, Fields::whole);
        return std::string(forced);
    }
    Value said = sch.peek(25);
    context.place = {&sch, 25, 1, 0};
    sch.use(25, Fields::whole);
    for (const Part &part : resources)
        if (!said.has_value() && part.head->id() == "AIS" && part.head->peek(10).has_value()) {
            said = (*part.head)[10];
            context.place = {part.head, 10, 1, 0};
        }
    if (!said.has_value()) {
        context.place = {};
        return "booked";
    }
    std::string status =
        read_code(context, {said.repetition(1), false}, "FillerStatusCodes[Appointment]");
    context.place = {};
    return status.empty() ? "booked" : status;
}

// start and end from SCH-11 (TQ), else TQ1, else the first resource with a time.
void set_times(Context &context, const Grouped &message, const Fields &sch, Json &appointment) {
    const auto set = [&](const char *name, const Value &value) {
        if (!appointment.find(name).is_absent()) return;
        const std::string instant = context.instant(value);
        if (!instant.empty()) appointment.set(name, Json::string(instant));
    };
    const auto set_end = [&](const Value &start, const Value &amount, const Value &unit) {
        if (!appointment.find("end").is_absent()) return;
        const std::string end =
            context.later(start, Context::text(amount), Context::text(unit.component(1)));
        if (!end.empty()) appointment.set("end", Json::string(end));
    };
    if (sch.peek(11).has_value()) {
        context.place = {&sch, 11, 1, 0};
        const Value tq = sch.peek(11).repetition(1);
        sch.use(11, Fields::component_bit(4) | Fields::component_bit(5));
        set("start", tq.component(4));
        set("end", tq.component(5));
        set_end(tq.component(4), sch.peek(9), sch.peek(10));
    }
    for (const Fields *tq1 : message.timings) {
        context.place = {tq1, 7, 1, 0};
        set("start", (*tq1)[7]);
        context.place.field = 8;
        set("end", (*tq1)[8]);
        set_end(tq1->peek(7), sch.peek(9), sch.peek(10));
    }
    for (const Part &part : message.resources) {
        const Fields &r = *part.head;
        // Start, its duration and that one's unit.
        int at = 0;
        if (r.id() == "AIS") at = 4;
        if (r.id() == "AIG") at = 8;
        if (r.id() == "AIL" || r.id() == "AIP") at = 6;
        if (at == 0 || !r.peek(at).has_value()) continue;
        context.place = {&r, at, 1, 0};
        set("start", r[at]);
        set_end(r.peek(at), r.peek(at + 3), r.peek(at + 4));
        if (!appointment.find("end").is_absent()) {
            r.use(at + 3, Fields::whole);
            r.use(at + 4, Fields::whole);
        }
        set_end(r.peek(at), sch.peek(9), sch.peek(10));
    }
    context.place = {};
    sch.use(10, Fields::whole);
}

// When a resource is needed: its own start, else so long after that of the appointment, for so
// long.
void set_period(Context &context, const Fields &resource, const Json &start, Json &participant) {
    const int at = resource.id() == "AIG" ? 8 : 6;
    if (resource.id() == "AIS") return;
    context.place = {&resource, at, 1, 0};
    const std::string unit = Context::text(resource.peek(at + 2).component(1));
    const std::string lasts = Context::text(resource.peek(at + 3));
    if (!resource.peek(at).has_value() && resource.peek(at + 1).has_value() && !start.is_absent() &&
        Context::text(resource.peek(at + 1)) == "0") {
        resource.use(at + 1, Fields::whole);
        resource.use(at + 2, Fields::whole);
        participant["period"].set("start", start);
    }
    const std::string end =
        context.later(resource.peek(at), lasts, Context::text(resource.peek(at + 4).component(1)));
    if (!end.empty()) {
        resource.use(at + 3, Fields::whole);
        resource.use(at + 4, Fields::whole);
        participant["period"].set("end", Json::string(end));
    }
    context.place = {};
}

}  // namespace

void state_appointment(Context &context, const Grouped &message, const Event &event,
                       const std::vector<Subject> &subjects) {
    if (!message.schedule || subjects.empty()) return;
    const Fields &sch = *message.schedule;
    context.place = {&sch, 2, 1, 0};
    std::string key = entity_key(context, sch.peek(2).repetition(1));
    if (!key.empty()) {
        key = "filler|" + key;
    } else if (key = entity_key(context, sch.peek(1).repetition(1)); !key.empty()) {
        key = "placer|" + key;
    } else {
        context.issue("warning", "incomplete", "no-appointment-number",
                      "SCH-1 and SCH-2 are empty; the appointment is not used");
        context.place = {};
        return;
    }
    context.place = {};
    Json a = Json::object();
    const std::string status = status_of(context, sch, message.resources, event);
    a.set("status", Json::string(status));
    Related related{&sch};
    apply_segment(context, "SCH[Appointment]", sch, related, a);
    complete_identifiers(context, a);
    set_times(context, message, sch, a);
    Json patients = Json::array();
    for (const Subject &s : subjects) {
        Json &p = patients.push(Json::object());
        p.set("actor", reference_to(s.patient));
        p.set("status", Json::string("accepted"));
    }
    for (const Part &part : message.resources) {
        const std::string map = std::string(part.head->id()) + "[Appointment]";
        const std::size_t before = a.find("participant").size();
        apply_segment(context, map, *part.head, related, a);
        for (std::size_t i = before; i < a.find("participant").size(); i++)
            set_period(context, *part.head, a.find("start"), a["participant"].element(i));
    }
    // A participation without a person says nothing; one without a status is R4's to refuse.
    for (std::size_t i = 0; i < a.find("participant").size(); i++) {
        Json &p = a["participant"].element(i);
        if (p.find("actor").is_absent()) continue;
        if (p.find("status").is_absent()) p.set("status", Json::string("accepted"));
        patients.push(std::move(p));
    }
    a.set("participant", std::move(patients));
    std::vector<const Fields *> notes = message.notes;
    for (const Part &part : message.resources)
        notes.insert(notes.end(), part.notes.begin(), part.notes.end());
    if (const std::string text = notes_text(notes); !text.empty())
        a.set("comment", Json::string(text));
    prune(a);
    if (a.find("start").is_absent() || a.find("end").is_absent()) {
        // R4 app-2, app-3: both or neither, and neither only of what is not yet agreed on.
        a.erase("start");
        a.erase("end");
        if (status != "cancelled") {
            a.set("status",
                  Json::string(forced_status(event.trigger).empty() ? "proposed" : "cancelled"));
            context.place = {&sch, 11, 1, 0};
            context.issue("warning", "incomplete", "no-appointment-time",
                          "the message gives no start and end, which R4 wants of this status",
                          "Appointment.status");
            context.place = {};
        }
    }
    const Subject &first = subjects.front();
    Statement &s = context.state("Appointment", digest_id({"Appointment", first.patient_id, key}),
                                 first.patient_id, std::move(a));
    for (const Subject &subject : subjects) s.parents.push_back(subject.patient);
}

}  // namespace clinical::convert
