#include "convert/master.h"

#include "convert/apply.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/location.h"

namespace clinical::convert {

using core::Json;

namespace {

const Fields *find(const Part &part, std::string_view id) {
    for (const Fields *s : part.followers)
        if (s->id() == id) return s;
    return nullptr;
}

// HL7 table 0180: MDL deletes, MDC deactivates, MAC activates, MAD adds, MUP changes.
void tombstone(Context &context, std::string_view type, const std::string &reference) {
    Statement *s = context.find_statement(type, reference.substr(reference.find('/') + 1));
    if (!s) return;
    s->kind = Statement::Kind::tombstone;
    s->resource = Json();
}

void practitioner(Context &context, const Part &part, const std::string &action) {
    const Fields *stf = find(part, "STF");
    if (!stf) return;
    Json p = Json::object();
    apply_segment(context, "STF[Practitioner]", *stf, {}, p);
    if (const Fields *pra = find(part, "PRA"))
        apply_segment(context, "PRA[Practitioner]", *pra, {}, p);
    if (action == "MDC") p.set("active", Json::boolean(false));
    if (action == "MAC") p.set("active", Json::boolean(true));
    prune(p);
    const std::string reference = context.directory("Practitioner", std::move(p));
    if (reference.empty()) {
        context.place = {stf, 1, 1, 0};
        context.issue("warning", "required", "missing-field",
                      "an entry that names nobody is not used");
        context.place = {};
        return;
    }
    if (action == "MDL") tombstone(context, "Practitioner", reference);
}

void place(Context &context, const Part &part, const std::string &action) {
    const Fields *loc = find(part, "LOC");
    if (!loc) return;
    context.place = {loc, 1, 1, 0};
    const std::string reference = read_location(context, (*loc)[1].repetition(1));
    context.place = {};
    if (reference.empty()) return;
    if (action == "MDL") {
        tombstone(context, "Location", reference);
        return;
    }
    Json more = Json::object();
    apply_segment(context, "LOC[Location]", *loc, {}, more);
    if (action == "MDC") more.set("status", Json::string("inactive"));
    if (action == "MAC" || action == "MAD") more.set("status", Json::string("active"));
    prune(more);
    context.state_once("Location", reference.substr(reference.find('/') + 1), std::move(more));
}

}  // namespace

void state_master(Context &context, const Grouped &message) {
    if (message.entries.empty()) {
        context.place = {&context.header, 9, 1, 0};
        context.issue("warning", "structure", "no-entries", "a master file without entries");
        context.place = {};
    }
    for (const Part &part : message.entries) {
        context.limits.interrupt.poll();
        const std::string action = Context::text((*part.head)[1]);
        if (!find(part, "STF") && !find(part, "LOC")) {
            context.place = {part.head, 1, 1, 0};
            context.issue("warning", "required", "missing-segment",
                          "an entry with neither STF nor LOC is not used");
            context.place = {};
        }
        practitioner(context, part, action);
        place(context, part, action);
    }
}

}  // namespace clinical::convert
