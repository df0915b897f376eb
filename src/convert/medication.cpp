#include "convert/medication.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/role.h"
#include "convert/timing.h"

namespace clinical::convert {

using core::Json;

namespace {

// doseRange beside doseQuantity, rateRatio beside rateQuantity, boundsPeriod beside boundsDuration;
// an event beside a time of day (tim-10).
bool is_other_choice(std::string_view a, std::string_view b) {
    if ((a == "when" && b == "timeOfDay") || (a == "timeOfDay" && b == "when")) return true;
    const std::string_view four = a.substr(0, 4);
    return a != b && (four == "dose" || four == "rate" || four == "boun") && b.starts_with(four);
}

// Whether two parts of instructions say different things: another code, another number.
bool differs(const Json &a, const Json &b) {
    if (a.is_absent() || b.is_absent()) return false;
    if (a.kind() == core::Kind::object && b.kind() == core::Kind::object)
        return std::any_of(b.members().begin(), b.members().end(), [&](const auto &m) {
            return differs(a.find(m.key()), m.value()) ||
                   std::any_of(a.members().begin(), a.members().end(),
                               [&](const auto &n) { return is_other_choice(n.key(), m.key()); });
        });
    if (a.kind() == core::Kind::array && b.kind() == core::Kind::array && a.size() == b.size()) {
        for (std::size_t i = 0; i < a.size(); i++)
            if (differs(a.at(i), b.at(i))) return true;
        return false;
    }
    return !(a == b);
}

void gather(Json &into, Json &from) {
    for (std::size_t i = 0; i < from.size(); i++) {
        Json &said = from.member(i);
        Json &known = into[from.key(i)];
        if (known.is_absent())
            known = std::move(said);
        else if (known.kind() == core::Kind::object)
            gather(known, said);
        else if (known.kind() == core::Kind::array)
            for (std::size_t n = 0; n < said.size(); n++) gather(known.element(n), said.element(n));
    }
}

// What RXE, RXR and TQ1 say is one instruction, as far as they agree; of two routes or times the
// second begins an instruction of its own.  Texts for the patient add up.
void one_instruction(Json &resource) {
    if (resource.find("dosageInstruction").size() < 2) return;
    Json all = std::move(resource["dosageInstruction"]);
    Json list = Json::array();
    for (std::size_t i = 0; i < all.size(); i++) {
        Json &from = all.element(i);
        for (std::size_t m = 0; m < from.size(); m++) {
            const std::string name(from.key(m));
            Json &said = from.member(m);
            if (name == "additionalInstruction") {
                for (std::size_t n = 0; n < said.size(); n++)
                    list.element(0)[name].push(std::move(said.element(n)));
                continue;
            }
            std::size_t at = 0;
            while (at < list.size() && differs(list.at(at).find(name), said)) at++;
            Json part = Json::object();
            part.set(name, std::move(said));
            gather(list.element(at), part);
        }
    }
    resource.set("dosageInstruction", std::move(list));
}

class Drugs {
public:
    Drugs(Context &context, const OrderGroup &group, const Event &event, const Subject &subject)
        : context_(context), group_(group), event_(event), subject_(subject) {}

    std::optional<Drug> state() {
        const Fields *given = group_.detail("RXA");
        const Fields *dispensed = group_.detail("RXD");
        const Fields *encoded = group_.detail("RXE");
        const Fields *ordered = group_.detail("RXO");
        const Fields *give = group_.detail("RXG");
        if (!given && !dispensed && !encoded && !ordered && !give) return {};
        std::string request;
        if (encoded || ordered) request = state_request(ordered, encoded);
        if (given && event_.code == "VXU") return immunization(*given);
        if (given) return administration(*given, request);
        if (dispensed) return dispense(*dispensed, request);
        if (give) return hand_over(*give, request);
        return Drug{request, key_, false};
    }

private:
    // Numbers of ORC-2 and ORC-3; without them the drug and its time.
    std::string order_key(const Fields &drug, int code_field, int time_field) {
        if (group_.orc) {
            context_.place = {group_.orc, 3, 1, 0};
            for (const auto &[field, name] : {std::pair(3, "filler|"), {2, "placer|"}})
                if (std::string key = entity_key(context_, group_.orc->peek(field).repetition(1));
                    !key.empty())
                    return name + key;
        }
        context_.place = {&drug, code_field, 1, 0};
        std::string key = "drug|" + code_key(context_, drug.peek(code_field).repetition(1)) + "|" +
                          Context::text(drug.peek(time_field).component(1));
        context_.issue("information", "incomplete", "no-order-number",
                       "the drug is known by its code and time");
        return key;
    }

    // An order's placer number comes first: its dispenses and administrations carry it, too.
    std::string request_key(const Fields &drug, int code_field) {
        if (group_.orc)
            for (const auto &[field, name] : {std::pair(2, "placer|"), {3, "filler|"}})
                if (std::string key = entity_key(context_, group_.orc->peek(field).repetition(1));
                    !key.empty())
                    return name + key;
        return order_key(drug, code_field, 0);
    }

    std::string id_of(std::string_view type, const std::string &key) {
        std::string id = digest_id({type, subject_.patient_id, key});
        const int n = context_.times_seen(std::string(type) + id);
        if (n == 1) return id;
        context_.issue("information", "duplicate", "duplicate-key",
                       "two drugs of the message have the same key; the order tells them apart");
        return digest_id({type, id, std::to_string(n)});
    }

    void apply(std::string_view type, Json &target) {
        Related related{group_.orc};
        for (const Fields *s : group_.details) related.add(s);
        const auto one = [&](const Fields &s) {
            if (s.id() == "PRT") return apply_role(context_, s, type, related, target);
            const std::string map = std::string(s.id()) + "[" + std::string(type) + "]";
            apply_segment(context_, map, s, related, target);
        };
        if (group_.orc) one(*group_.orc);
        // What follows RXG speaks of the giving, what stands before it of the order.
        bool is_giving = false;
        const bool has_give = group_.detail("RXG") != nullptr;
        for (const Fields *s : group_.details) {
            is_giving = is_giving || s->id() == "RXG";
            const bool repeats = s->id() == "TQ1" || s->id() == "RXR";
            if (has_give && repeats && is_giving != (type == "MedicationDispense")) continue;
            one(*s);
            if (s->id() == "TQ1") timing(*s, type, target);
        }
        complete_identifiers(context_, target);
    }

    // TQ1 beyond its rows: times of day, bounds, as needed, and for how many days is supplied.
    void timing(const Fields &tq1, std::string_view type, Json &target) {
        if (type != "MedicationRequest" && type != "MedicationDispense") return;
        Json dosage = Json::object();
        read_tq1(context_, tq1, dosage["timing"]);
        const std::string pattern =
            Context::text(tq1.peek(3).repetition(1).component(1).subcomponent(1));
        if (pattern.starts_with("PRN")) dosage.set("asNeededBoolean", Json::boolean(true));
        if (type == "MedicationDispense" && time_unit(tq1.peek(6).component(2)) == "d") {
            const Json days = primitive(context_, Primitive::decimal, tq1.peek(6));
            if (!days.is_absent()) {
                tq1.use(6, Fields::whole);
                Json &supply = target["daysSupply"];
                supply.set("value", days);
                supply.set("unit", Json::string("d"));
                supply.set("system", Json::string("http://unitsofmeasure.org"));
                supply.set("code", Json::string("d"));
            }
        }
        prune(dosage);
        if (dosage.size() > 0) target["dosageInstruction"].push(std::move(dosage));
    }

    // The quantity/timing (TQ) of messages before TQ1: RXE-1, RXG-3, ORC-7.
    void older_timing(const Fields *drug, int field, Json &target) {
        if (group_.detail("TQ1")) return;
        const Fields *from = drug && drug->peek(field).has_value() ? drug : group_.orc;
        const int at = from == drug ? field : 7;
        if (!from || !from->peek(at).has_value()) return;
        Json dosage = Json::object();
        read_interval(context_, *from, at, dosage["timing"]);
        const hl7v2::Value tq = from->peek(at).repetition(1);
        if (Context::text(tq.component(2).subcomponent(1)).starts_with("PRN"))
            dosage.set("asNeededBoolean", Json::boolean(true));
        if (const std::string text = Context::text(tq.component(8)); !text.empty()) {
            from->use(at, Fields::component_bit(8));
            dosage["additionalInstruction"].element(0).set("text", Json::string(text));
        }
        if (tq.component(6).has_value() && target.find("priority").is_absent() &&
            !target.find("intent").is_absent()) {
            from->use(at, Fields::component_bit(6));
            context_.place = {from, at, 1, 6};
            const std::string priority =
                read_code(context_, {tq.component(6), true}, "ExtendedPriorityCodes");
            if (!priority.empty()) target.set("priority", Json::string(priority));
            context_.place = {};
        }
        prune(dosage);
        if (dosage.size() > 0) target["dosageInstruction"].push(std::move(dosage));
    }

    void finish(std::string_view type, const std::string &id, Json resource,
                std::string_view subject_element, std::string_view encounter_element) {
        resource.set(subject_element, subject_.patient_reference());
        if (!encounter_element.empty() && !subject_.encounter.empty())
            resource.set(encounter_element, reference_to(subject_.encounter));
        const std::string notes = notes_text(group_.notes);
        if (!notes.empty() && resource.find("note").is_absent())
            resource["note"].element(0).set("text", Json::string(notes));
        keep_named(resource, "performer", "actor");
        prune(resource);
        one_instruction(resource);
        context_.place = {};
        context_.state(type, id, subject_.patient_id, std::move(resource)).parents =
            subject_.parents();
    }

    // ORC-5, else ORC-1, as the guide has it for ServiceRequest; a drug that was active is stopped,
    // one that was not is cancelled.
    std::string request_status() {
        if (!group_.orc) return "active";
        for (const auto &[field, table] :
             {std::pair(5, "OrderStatus"), {1, "OrderControlCode[ServiceRequest.status]"}}) {
            const std::string code = Context::text((*group_.orc)[field]);
            if (code.empty()) continue;
            const TableRow *row = find_code(table, code);
            std::string status = row ? std::string(row->fhir_code) : std::string();
            if (status == "revoked")
                status = code == "DC" || code == "OD" ? "stopped" : "cancelled";
            if (!status.empty()) return status;
            context_.place = {group_.orc, field, 1, 0};
            context_.issue("information", "code-invalid", "unmapped-code",
                           "the code has no FHIR equivalent", "MedicationRequest.status");
            return "unknown";
        }
        return "active";
    }

    // Form, strength and lot are those of a product, and a compound (RXC) has components: a
    // Medication of its own, contained.  An encoded order's components are those after its RXE.
    void product(const Fields &drug, Json &resource) {
        std::vector<const Fields *> components;
        std::vector<const Fields *> before;
        for (const Fields *s : group_.details) {
            if (s->id() == "RXC") components.push_back(s);
            if (s->id() != "RXE" && s->id() != "RXD" && s->id() != "RXG") continue;
            if (!components.empty()) before = std::move(components);
            components.clear();
        }
        if (components.empty()) components = std::move(before);
        Json medication = Json::object();
        for (const Fields *s : components)
            apply_segment(context_, "RXC[Medication]", *s, {}, medication);
        keep_named(medication, "ingredient", "itemCodeableConcept");
        prune(medication);
        const bool is_compound = medication.find("ingredient").size() > 0;
        Json made = Json::object();
        apply_segment(context_, std::string(drug.id()) + "[Medication]", drug, {}, made);
        prune(made);
        if (!is_compound) strength_of(resource.find("medicationCodeableConcept"), made);
        for (std::size_t i = 0; i < made.size(); i++)
            if (!is_compound || made.key(i) != "ingredient")
                medication.set(made.key(i), std::move(made.member(i)));
        prune(medication);
        if (medication.size() == 0) return;
        const std::string_view id = is_compound ? "compound" : "product";
        medication.set("resourceType", Json::string("Medication"));
        medication.set("id", Json::string(id));
        if (!resource.find("medicationCodeableConcept").is_absent())
            medication.set("code", std::move(resource["medicationCodeableConcept"]));
        resource.erase("medicationCodeableConcept");
        resource["contained"].push(std::move(medication));
        resource.set("medicationReference", reference_to("#" + std::string(id)));
    }

    // R4 has strength of an ingredient only: the drug is its own, and a strength without a volume
    // is that of one.
    static void strength_of(const Json &drug, Json &medication) {
        if (medication.find("ingredient").is_absent()) return;
        Json &one = medication["ingredient"].element(0);
        const Json &strength = one.find("strength");
        if (drug.is_absent() || strength.find("numerator").find("value").is_absent()) {
            medication.erase("ingredient");
            return;
        }
        if (strength.find("denominator").find("value").is_absent()) {
            Json &denominator = one["strength"]["denominator"];
            denominator = Json::object();
            denominator.set("value", Json::number("1"));
        }
        one.set("itemCodeableConcept", drug);
    }

    void want_medication(const Fields &drug, Json &resource) {
        prune(resource);
        product(drug, resource);
        if (resource.find("medicationReference").is_absent() &&
            resource.find("medicationCodeableConcept").is_absent())
            resource["medicationCodeableConcept"].set("text", Json::string("unknown"));
    }

    std::string state_request(const Fields *ordered, const Fields *encoded) {
        const Fields &drug = encoded ? *encoded : *ordered;
        key_ = request_key(drug, encoded ? 2 : 1);
        const std::string id = id_of("MedicationRequest", key_);
        Json r = Json::object();
        r.set("status", Json::string(request_status()));
        r.set("intent", Json::string(encoded ? "order" : "original-order"));
        apply("MedicationRequest", r);
        older_timing(encoded, 1, r);
        want_medication(drug, r);
        finish("MedicationRequest", id, std::move(r), "subject", "encounter");
        return "MedicationRequest/" + id;
    }

    Drug dispense(const Fields &rxd, const std::string &request) {
        context_.place = {&rxd, 0, 1, 0};
        // RXD-1 numbers the dispenses of one prescription.
        key_ = order_key(rxd, 2, 3) + "|" + Context::text(rxd[1]) + "|" +
               Context::text(rxd.peek(3).component(1));
        const std::string id = id_of("MedicationDispense", key_);
        Json d = Json::object();
        const std::string control = group_.orc ? Context::text((*group_.orc)[1]) : std::string();
        d.set("status", Json::string(control == "CA" || control == "OC" ? "cancelled"
                                     : control == "DC"                  ? "stopped"
                                                                        : "completed"));
        apply("MedicationDispense", d);
        want_medication(rxd, d);
        if (!request.empty()) d["authorizingPrescription"].push(reference_to(request));
        finish("MedicationDispense", id, std::move(d), "subject", "context");
        return {"MedicationDispense/" + id, key_, true};
    }

    // RXG: a dose handed over, to be given.  It is ready, and not yet given.
    Drug hand_over(const Fields &rxg, const std::string &request) {
        context_.place = {&rxg, 0, 1, 0};
        // RXG-1 numbers the doses of one order.
        key_ = order_key(rxg, 4, 0) + "|give|" + Context::text(rxg[1]) + "|" +
               Context::text(rxg[2]) + "|" +
               Context::text(rxg.peek(3).repetition(1).component(4).subcomponent(1));
        const std::string id = id_of("MedicationDispense", key_);
        Json d = Json::object();
        const std::string control = group_.orc ? Context::text((*group_.orc)[1]) : std::string();
        d.set("status", Json::string(control == "CA" || control == "OC" ? "cancelled"
                                     : control == "DC"                  ? "stopped"
                                                                        : "in-progress"));
        apply("MedicationDispense", d);
        older_timing(&rxg, 3, d);
        want_medication(rxg, d);
        if (!request.empty()) d["authorizingPrescription"].push(reference_to(request));
        finish("MedicationDispense", id, std::move(d), "subject", "context");
        return {"MedicationDispense/" + id, key_, true};
    }

    // RXA-20 and RXA-21 (HL7 v2.5.1 4.14.7.20, .21).
    std::string given_status(const Fields &rxa, bool is_vaccine) {
        if (Context::text(rxa[21]) == "D") return "entered-in-error";
        const std::string code = Context::text(rxa[20].component(1));
        if (code.empty() || code == "CP" || code == "PA") return "completed";
        if (code == "RE" || code == "NA") return "not-done";
        context_.place = {&rxa, 20, 1, 0};
        context_.issue("warning", "code-invalid", "unmapped-code",
                       "the code has no FHIR equivalent; it is taken as completed",
                       is_vaccine ? "Immunization.status" : "MedicationAdministration.status");
        return "completed";
    }

    Drug administration(const Fields &rxa, const std::string &request) {
        context_.place = {&rxa, 0, 1, 0};
        // RXA-2 numbers the administrations of one order.
        key_ = order_key(rxa, 5, 3) + "|" + Context::text(rxa[2]) + "|" +
               Context::text(rxa.peek(3).component(1));
        const std::string id = id_of("MedicationAdministration", key_);
        Json m = Json::object();
        m.set("status", Json::string(given_status(rxa, false)));
        apply("MedicationAdministration", m);
        want_medication(rxa, m);
        if (m.find("effectiveDateTime").is_absent() && m.find("effectivePeriod").is_absent())
            set_absent(m["_effectiveDateTime"]);
        if (!request.empty()) m.set("request", reference_to(request));
        finish("MedicationAdministration", id, std::move(m), "subject", "context");
        return {"MedicationAdministration/" + id, key_, true};
    }

    std::optional<Drug> immunization(const Fields &rxa) {
        context_.place = {&rxa, 5, 1, 0};
        // CVX 998: no vaccine was given; the observations below speak for themselves.
        if (Context::text(rxa.peek(5).component(1)) == "998") {
            rxa.use_all();
            if (group_.orc) group_.orc->use_all();
            return Drug{"", "none|" + Context::text(rxa.peek(3).component(1)), false};
        }
        key_ = order_key(rxa, 5, 3);
        const std::string id = id_of("Immunization", key_);
        Json i = Json::object();
        const std::string status = given_status(rxa, true);
        i.set("status", Json::string(status));
        apply("Immunization", i);
        prune(i);
        if (i.find("vaccineCode").is_absent())
            i["vaccineCode"].set("text", Json::string("unknown"));
        if (i.find("occurrenceDateTime").is_absent())
            i.set("occurrenceString", Json::string("unknown"));
        finish("Immunization", id, std::move(i), "patient", "encounter");
        return Drug{"Immunization/" + id, key_, true};
    }

    Context &context_;
    const OrderGroup &group_;
    const Event &event_;
    const Subject &subject_;
    std::string key_;
};

}  // namespace

std::optional<Drug> state_drug(Context &context, const OrderGroup &group, const Event &event,
                               const Subject &subject) {
    return Drugs(context, group, event, subject).state();
}

}  // namespace clinical::convert
