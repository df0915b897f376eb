#include "convert/provenance.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// The sending facility (MSH-4), else the sending application, as an Organization.
std::string sender(Context &context) {
    for (const int field : {4, 3}) {
        const Value hd = context.header[field];
        const std::string uri = context.authority_uri(hd, false);
        if (uri.empty()) continue;
        const std::string name = Context::text(hd.component(1));
        Json organization = Json::object();
        Json &identifier = organization["identifier"].element(0);
        identifier.set("system", Json::string("urn:ietf:rfc:3986"));
        identifier.set("value", Json::string(uri));
        organization.set("name", Json::string(name.empty() ? uri : name));
        if (const std::string country = Context::text(context.header[17]); !country.empty())
            organization["address"].element(0).set("country", Json::string(country));
        prune(organization);
        return context.state_once("Organization", digest_id({"Organization", "sender", uri}),
                                  std::move(organization));
    }
    return {};
}

// The message's own key; a message without control id is known by its bytes.
std::string message_id(const Context &context) {
    const auto text = [&](int field) { return Context::text(context.header[field]); };
    const std::string control = text(10);
    if (control.empty()) return digest_id({"Provenance", context.message.text()});
    return digest_id({"Provenance", text(3), text(4), text(7), text(9), control});
}

void set_agent(Json &provenance, const std::string &who, std::string_view role) {
    Json &agent = provenance["agent"].push(Json::object());
    Json &coding = agent["type"]["coding"].element(0);
    coding.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                      "provenance-participant-type"));
    coding.set("code", Json::string(role));
    if (who.empty())
        agent["who"].set("display", Json::string("unknown sender"));
    else
        agent["who"].set("reference", Json::string(who));
}

// SFT: what made the message is a source of what it says.
void add_software(Context &context, const Grouped &message, Json &provenance) {
    for (const Fields *sft : message.software) {
        Json device = Json::object();
        apply_segment(context, "SFT[Device]", *sft, {}, device);
        prune(device);
        if (device.size() == 0) continue;
        const auto text = [&](int field) {
            return Context::text(sft->peek(field).component(1).subcomponent(1));
        };
        std::string id = digest_id({"Device", "software", text(1), text(2), text(3), text(4)});
        Json &entity = provenance["entity"].push(Json::object());
        entity.set("role", Json::string("source"));
        entity.set("what",
                   reference_to(context.state_once("Device", std::move(id), std::move(device))));
    }
}

// Who is responsible for the message (MSH-22), else who sent it.
std::string responsible(Context &context) {
    if (context.header.peek(22).has_value()) {
        Json organization = Json::object();
        context.place = {&context.header, 22, 1, 0};
        apply_value(context, "XON[Organization]", context.header[22].repetition(1), false,
                    organization);
        context.place = {};
        const std::string who = context.directory("Organization", std::move(organization));
        if (!who.empty()) return who;
    }
    return sender(context);
}

void set_recorded(Context &context, Json &provenance) {
    if (!provenance.find("recorded").is_absent()) return;
    context.place = {&context.header, 7, 1, 0};
    const std::string recorded = context.instant(context.header[7]);
    context.place = {};
    if (!recorded.empty())
        provenance.set("recorded", Json::string(recorded));
    else
        set_absent(provenance["_recorded"]);
}

// Who last changed the patient, and who wrote and received the document: of one resource, not of
// the message.
void state_provenance_of(Context &context, const Fields &segment, std::string_view map,
                         std::string_view type, const std::string &patient_id) {
    const Statement *target = nullptr;
    for (const Statement &s : context.statements)
        if (s.kind == Statement::Kind::resource && s.resource_type == type &&
            s.patient_id == patient_id && !target)
            target = &s;
    if (!target) return;
    const std::string reference = std::string(type) + "/" + target->id;
    Json p = Json::object();
    apply_segment(context, map, segment, {}, p);
    keep_named(p, "agent", "who");
    prune(p);
    if (p.find("agent").is_absent()) set_agent(p, "", "author");
    p["target"].push(reference_to(reference));
    set_recorded(context, p);
    context.state("Provenance", digest_id({"Provenance", reference, message_id(context)}),
                  patient_id, std::move(p));
}

}  // namespace

void state_provenance(Context &context, const Grouped &message, const std::string &patient_id) {
    Json targets = Json::array();
    std::string reference;
    for (const auto &s : context.statements) {
        if (s.kind != Statement::Kind::resource) continue;
        reference.assign(s.resource_type).append(1, '/').append(s.id);
        targets.push(reference_to(reference));
    }
    if (targets.size() == 0) return;
    Json p = Json::object();
    p.add("target", std::move(targets));
    set_agent(p, responsible(context), "author");
    if (message.evn) {
        context.place = {message.evn, 6, 1, 0};
        p.set("occurredDateTime", Json::string(context.date_time((*message.evn)[6])));
        context.place = {message.evn, 5, 1, 0};
        Json enterer = Json::object();
        if ((*message.evn)[5].has_value())
            apply_value(context, "XCN[Practitioner]", (*message.evn)[5].repetition(1), false,
                        enterer);
        const std::string who = context.directory("Practitioner", std::move(enterer));
        if (!who.empty()) set_agent(p, who, "enterer");
        context.place = {};
    }
    if (message.evn) apply_segment(context, "EVN[Provenance]", *message.evn, {}, p);
    if (message.schedule) apply_segment(context, "SCH[Provenance]", *message.schedule, {}, p);
    for (const auto &group : message.patients)
        for (const auto &order : group.orders)
            if (order.orc) apply_segment(context, "ORC[Provenance]", *order.orc, {}, p);
    keep_named(p, "agent", "who");
    add_software(context, message, p);
    set_recorded(context, p);
    const Value type = context.header[9];
    std::string event = Context::text(type.component(1));
    for (const int part : {2, 3})
        if (const std::string t = Context::text(type.component(part)); !t.empty()) event += "^" + t;
    p["activity"]["coding"].element(0).set("display", Json::string("message - " + event));
    prune(p);
    // A correction under the same control id may name another patient: two rows, not one id twice.
    context.state("Provenance", digest_id({"Provenance", patient_id, message_id(context)}),
                  patient_id, std::move(p));
    if (message.patients.empty()) return;
    const PatientGroup &first = message.patients.front();
    if (first.pid && first.pid->peek(33).has_value() && first.pid->peek(34).has_value())
        state_provenance_of(context, *first.pid, "PID[Provenance-Patient]", "Patient", patient_id);
    if (first.txa && (first.txa->peek(8).has_value() || first.txa->peek(21).has_value() ||
                      first.txa->peek(23).has_value()))
        state_provenance_of(context, *first.txa, "TXA[Provenance]", "DocumentReference",
                            patient_id);
}

namespace {

// MSH-11 and the labels of MSH-26 and MSH-27.
void set_meta(Context &context, Json &header) {
    const Value processing = context.header[11];
    for (const auto &[part, table] : {std::pair(1, "0103"), {2, "0207"}}) {
        Json tag = Json::object();
        context.place = {&context.header, 11, 1, part};
        const std::string code = Context::text(processing.component(part));
        if (code.empty()) continue;
        tag.set("system", Json::string(table_uri(table)));
        tag.set("code", Json::string(code));
        settle_coding(context, "", tag);
        header["meta"]["tag"].push(std::move(tag));
    }
    for (const int field : {26, 27}) {
        const Value all = context.header[field];
        if (!all.has_value()) continue;
        for (int r = 1; r <= std::min(all.repetitions(), 20); r++) {
            context.place = {&context.header, field, r, 0};
            Json label = Json::object();
            read_coding(context, {all.repetition(r), false}, "", "", label);
            header["meta"]["security"].push(std::move(label));
        }
    }
    context.place = {};
}

// MSH-19, when it is a tag of BCP 47.
void set_language(Context &context, Json &header) {
    const std::string tag = Context::text(context.header[19].component(1));
    const auto dash = std::min(tag.find('-'), tag.size());
    const bool is_tag = dash >= 2 && dash <= 3 && tag.size() < 20 &&
                        std::all_of(tag.begin(), tag.end(), [](char c) {
                            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                   (c >= '0' && c <= '9') || c == '-';
                        });
    if (is_tag && tag.back() != '-') header.set("language", Json::string(tag));
}

}  // namespace

Json message_header(Context &context, const Grouped &message, const std::string &focus) {
    Json h = Json::object();
    h.set("resourceType", Json::string("MessageHeader"));
    h.set("id", Json::string(digest_id({"MessageHeader", message_id(context)})));
    const Value type = context.header[9];
    Json &event = h["eventCoding"];
    event.set("system", Json::string("http://terminology.hl7.org/CodeSystem/v2-0003"));
    event.set("code", Json::string(Context::text(type.component(2))));
    set_meta(context, h);
    set_language(context, h);
    for (const auto &[field, list, endpoint] :
         {std::tuple(3, "source", 24), std::tuple(5, "destination", 25)}) {
        const bool repeats = field == 5;
        const std::string name = Context::text(context.header[field].component(1));
        std::string uri = context.authority_uri(context.header[endpoint], false);
        if (uri.empty()) uri = context.authority_uri(context.header[field], false);
        if (repeats && uri.empty()) continue;
        Json &party = repeats ? h[list].element(0) : h[list];
        party.set("name", Json::string(name));
        if (!uri.empty()) {
            party.set("endpoint", Json::string(uri));
        } else {
            Json &e = party["_endpoint"]["extension"].element(0);
            e.set("url",
                  Json::string("http://hl7.org/fhir/StructureDefinition/data-absent-reason"));
            e.set("valueCode", Json::string("unknown"));
        }
    }
    if (!message.software.empty()) {
        const Fields &sft = *message.software.front();
        h["source"].set("software", Json::string(Context::text(sft[3])));
        h["source"].set("version", Json::string(Context::text(sft[2])));
    }
    if (const std::string who = sender(context); !who.empty())
        h["sender"].set("reference", Json::string(who));
    // MSH-22 and MSH-23 say who is responsible at both ends.
    for (const auto &[field, where] : {std::pair(22, "responsible"), {23, "receiver"}}) {
        if (!context.header.peek(field).has_value()) continue;
        context.place = {&context.header, field, 1, 0};
        Json organization = Json::object();
        apply_value(context, "XON[Organization]", context.header[field].repetition(1), false,
                    organization);
        context.place = {};
        const std::string who = context.directory("Organization", std::move(organization));
        if (who.empty()) continue;
        if (field == 22)
            h[where] = reference_to(who);
        else if (!h.find("destination").is_absent())
            h["destination"].element(0)[where] = reference_to(who);
    }
    // MSH-6 is the receiver where MSH-23 names none.
    if (!h.find("destination").is_absent() &&
        h.find("destination").at(0).find("receiver").is_absent() &&
        context.header.peek(6).has_value()) {
        Json organization = Json::object();
        context.place = {&context.header, 6, 1, 0};
        apply_value(context, "HD[Organization]", context.header[6].repetition(1), false,
                    organization);
        context.place = {};
        const std::string who = context.directory("Organization", std::move(organization));
        if (!who.empty()) h["destination"].element(0)["receiver"] = reference_to(who);
    }
    if (!focus.empty()) h["focus"].element(0).set("reference", Json::string(focus));
    prune(h);
    return h;
}

}  // namespace clinical::convert
