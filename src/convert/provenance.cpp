#include "convert/provenance.h"

#include "convert/apply.h"
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

}  // namespace

void state_provenance(Context &context, const Grouped &message, const std::string &patient_id) {
    Json p = Json::object();
    for (const auto &s : context.statements)
        if (s.kind == Statement::Kind::resource)
            p["target"]
                .push(Json::object())
                .set("reference", Json::string(s.resource_type + "/" + s.id));
    if (p.find("target").is_absent()) return;
    set_agent(p, sender(context), "author");
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
    for (const auto &group : message.patients)
        for (const auto &order : group.orders)
            if (order.orc) apply_segment(context, "ORC[Provenance]", *order.orc, {}, p);
    keep_named(p, "agent", "who");
    context.place = {&context.header, 7, 1, 0};
    const std::string recorded = context.instant(context.header[7]);
    context.place = {};
    if (!recorded.empty()) {
        p.set("recorded", Json::string(recorded));
    } else {
        Json &e = p["_recorded"]["extension"].element(0);
        e.set("url", Json::string("http://hl7.org/fhir/StructureDefinition/data-absent-reason"));
        e.set("valueCode", Json::string("unknown"));
    }
    const Value type = context.header[9];
    std::string event = Context::text(type.component(1));
    for (const int part : {2, 3})
        if (const std::string t = Context::text(type.component(part)); !t.empty()) event += "^" + t;
    p["activity"]["coding"].element(0).set("display", Json::string("message - " + event));
    prune(p);
    // A correction under the same control id may name another patient: two rows, not one id twice.
    context.state("Provenance", digest_id({"Provenance", patient_id, message_id(context)}),
                  patient_id, std::move(p));
}

Json message_header(Context &context, const std::string &focus) {
    Json h = Json::object();
    h.set("resourceType", Json::string("MessageHeader"));
    h.set("id", Json::string(digest_id({"MessageHeader", message_id(context)})));
    const Value type = context.header[9];
    Json &event = h["eventCoding"];
    event.set("system", Json::string("http://terminology.hl7.org/CodeSystem/v2-0003"));
    event.set("code", Json::string(Context::text(type.component(2))));
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
    if (!focus.empty()) h["focus"].element(0).set("reference", Json::string(focus));
    prune(h);
    return h;
}

}  // namespace clinical::convert
