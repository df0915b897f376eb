#include "convert/merge.h"

#include <algorithm>

#include "convert/apply.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

void link(Json &patient, const std::string &other, std::string_view type) {
    Json &l = patient["link"].push(Json::object());
    l["other"].set("reference", Json::string("Patient/" + other));
    l.set("type", Json::string(type));
}

Issue refusal(std::string_view reason, std::string_view format_code, const Fields &segment,
              int field, std::string_view text) {
    const Place place{&segment, field, 1, 0};
    return {"error", std::string(reason), std::string(format_code), place.text(),
            "",      std::string(text)};
}

}  // namespace

Issue state_merge(Context &context, const PatientGroup &group, std::string &patient_id) {
    const auto survivor = identify_patient(context, *group.pid);
    if (!survivor) return refusal("missing-key", "101", *group.pid, 3, "PID-3 names nobody");
    if (!group.mrg) return refusal("missing-key", "101", *group.pid, 0, "a merge without MRG");
    context.place = {group.mrg, 1, 1, 0};
    const Map *identifier = context.mapping.find("CX[Identifier]");
    group.mrg->use(1, identifier ? identifier->components : Fields::whole);
    const auto old = identify_patient(context, group.mrg->peek(1));
    context.place = {};
    if (!old) return refusal("missing-key", "101", *group.mrg, 1, "MRG-1 names nobody");
    const bool same = old->id == survivor->id ||
                      std::find(survivor->others.begin(), survivor->others.end(), old->id) !=
                          survivor->others.end();
    // Table 0357: 205 duplicate key identifier.
    if (old->id == survivor->id)
        return refusal("validation-error", "205", *group.mrg, 1,
                       "a patient cannot be merged with itself");
    if (same) {
        // PID-3 lists the old number beside the new one; both are meant to be one person.
        context.place = {group.mrg, 1, 1, 0};
        context.issue("information", "informational", "old-number-listed",
                      "PID-3 lists the number that is merged away");
        context.place = {};
    }

    patient_id = survivor->id;
    Statement &kept = state_patient(context, group, *survivor);
    kept.resource.set("active", Json::boolean(true));
    link(kept.resource, old->id, "replaces");

    // A merge of merges in one message: the survivor of the first is merged away by the second.
    if (Statement *stated = context.find_statement("Patient", old->id)) {
        stated->resource.set("active", Json::boolean(false));
        link(stated->resource, survivor->id, "replaced-by");
        state_links(context, {survivor->id, {old->id}}, "merge");
        return {};
    }
    Json gone = Json::object();
    const Value list = group.mrg->peek(1);
    for (int r = 1; r <= std::min(list.repetitions(), 100); r++)
        apply_value(context, "CX[Identifier]", list.repetition(r), false,
                    gone["identifier"].element(static_cast<std::size_t>(r - 1)));
    complete_identifiers(context, gone);
    gone.set("active", Json::boolean(false));
    link(gone, survivor->id, "replaced-by");
    prune(gone);
    context.state("Patient", old->id, old->id, std::move(gone));

    PatientIdentity others = *survivor;
    std::erase(others.others, old->id);
    state_links(context, others, "same-message");
    state_links(context, {survivor->id, {old->id}}, "merge");
    return {};
}

}  // namespace clinical::convert
