#include "convert/account.h"

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;

namespace {

std::string account_id(std::string_view patient_id, const std::string &number) {
    return digest_id({"Account", patient_id, number});
}

// BAR P02 purges and P06 ends an account (HL7 v2.5.1 6.3.2, 6.3.6).
std::string_view account_status(const Event &event) {
    if (event.code == "BAR" && event.trigger == "P02") return "entered-in-error";
    if (event.code == "BAR" && event.trigger == "P06") return "inactive";
    return "active";
}

// The reference to the guarantor; empty when GT1 names nobody.
std::string state_guarantor(Context &context, const Fields &gt1, const Subject &subject) {
    Json r = Json::object();
    apply_segment(context, "GT1[RelatedPerson]", gt1, {}, r);
    complete_identifiers(context, r);
    prune(r);
    const Json &identifier = r.find("identifier").at(0);
    if (identifier.is_absent() && r.find("name").is_absent()) return {};
    const std::string key = identifier.is_absent()
                                ? "guarantor|" + core::to_text(r.find("name"))
                                : "guarantor|" + std::string(identifier.find("system").as_text()) +
                                      "|" + std::string(identifier.find("value").as_text());
    const std::string id = digest_id({"RelatedPerson", subject.patient_id, key});
    if (!context.is_stated("RelatedPerson", id)) {
        r.set("patient", subject.patient_reference());
        context.state("RelatedPerson", id, subject.patient_id, std::move(r)).parents = {
            subject.patient};
    }
    return "RelatedPerson/" + id;
}

}  // namespace

void state_account(Context &context, const PatientGroup &group, const Event &event,
                   Subject &subject) {
    context.place = {group.pid, 18, 1, 0};
    const std::string number = number_key(context, group.pid->peek(18).repetition(1));
    context.place = {};
    Json guarantors = Json::array();
    for (const Fields *gt1 : group.guarantors) {
        const std::string who = state_guarantor(context, *gt1, subject);
        if (!who.empty()) guarantors.push(Json::object()).set("party", reference_to(who));
    }
    if (number.empty()) return;
    const std::string id = account_id(subject.patient_id, number);
    subject.account = "Account/" + id;
    if (context.is_stated("Account", id)) return;
    Json account = Json::object();
    apply_segment(context, "PID[Account]", *group.pid, {}, account);
    complete_identifiers(context, account);
    account.set("status", Json::string(account_status(event)));
    account["subject"].push(subject.patient_reference());
    account.set("guarantor", std::move(guarantors));
    prune(account);
    context.state("Account", id, subject.patient_id, std::move(account)).parents = {
        subject.patient};
}

void state_former_account(Context &context, const PatientGroup &group,
                          const std::string &patient_id) {
    context.place = {group.mrg, 3, 1, 0};
    const std::string number = number_key(context, group.mrg->peek(3).repetition(1));
    std::string owner = patient_id;
    // A44 moves an account: MRG-1 names whose it was.
    const Map *identifier = context.mapping.find("CX[Identifier]");
    group.mrg->use(1, identifier ? identifier->components : Fields::whole);
    if (const auto former = identify_patient(context, group.mrg->peek(1))) owner = former->id;
    context.place = {};
    if (number.empty()) return;
    const std::string id = account_id(owner, number);
    if (context.is_stated("Account", id)) return;
    Json account = Json::object();
    apply_segment(context, "MRG[Account]", *group.mrg, {}, account);
    complete_identifiers(context, account);
    account.set("status", Json::string("inactive"));
    account["subject"].push(reference_to("Patient/" + owner));
    prune(account);
    context.state("Account", id, owner, std::move(account)).parents = {"Patient/" + owner};
}

}  // namespace clinical::convert
