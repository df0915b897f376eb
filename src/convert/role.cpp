#include "convert/role.h"

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"

namespace clinical::convert {

using core::Json;

namespace {

// HL7 table 0287: DE deletes, UN unlinks; 0206, which PRT-2 has in some versions: D deletes.
bool has_ended(Context &context, const Fields &role) {
    const std::string action = Context::text(role[2].component(1));
    if (action != "DE" && action != "UN" && action != "D") return false;
    role.use_all();
    context.place = {&role, 2, 1, 0};
    context.issue("information", "informational", "role-ended",
                  "the message takes somebody out of a role; it is not stated");
    context.place = {};
    return true;
}

// The role is one of table 0063 (relationship), not of a provider.
bool is_relative(const Fields &role) {
    const std::string system = Context::text(role.peek(role.id() == "ROL" ? 3 : 4).component(3));
    return system == "HL70063" || system == "0063";
}

void state_relative(Context &context, const Fields &role, const Subject &subject) {
    Json r = Json::object();
    apply_role(context, role, "RelatedPerson", {}, r);
    complete_identifiers(context, r);
    prune(r);
    const Json &identifier = r.find("identifier").at(0);
    if (identifier.is_absent() && r.find("name").is_absent()) return;
    const std::string key = identifier.is_absent()
                                ? "role|" + core::to_text(r.find("name"))
                                : "identifier|" + std::string(identifier.find("system").as_text()) +
                                      "|" + std::string(identifier.find("value").as_text());
    const std::string id = digest_id({"RelatedPerson", subject.patient_id, key});
    if (context.is_stated("RelatedPerson", id)) return;
    r.set("patient", subject.patient_reference());
    context.state("RelatedPerson", id, subject.patient_id, std::move(r)).parents = {
        subject.patient};
}

}  // namespace

void apply_role(Context &context, const Fields &role, std::string_view type, const Related &related,
                Json &target) {
    if (has_ended(context, role)) return;
    apply_segment(context, std::string(role.id()) + "[" + std::string(type) + "]", role, related,
                  target);
}

void state_care_team(Context &context, const PatientGroup &group, const Subject &subject) {
    Json team = Json::object();
    for (const Fields *role : group.roles) {
        context.limits.interrupt.poll();
        if (is_relative(*role))
            state_relative(context, *role, subject);
        else
            apply_role(context, *role, "CareTeam", {}, team);
    }
    for (const Part &part : group.insurances)
        for (const Fields *s : part.followers)
            if (s->id() == "IN3") apply_segment(context, "IN3[CareTeam]", *s, {}, team);
    keep_named(team, "participant", "member");
    if (team.find("participant").size() == 0) return;
    team.set("status", Json::string("active"));
    subject.refer(team, "subject", false);
    prune(team);
    const std::string id = digest_id({"CareTeam", subject.patient_id});
    if (context.is_stated("CareTeam", id)) return;
    context.state("CareTeam", id, subject.patient_id, std::move(team)).parents = {subject.patient};
}

}  // namespace clinical::convert
