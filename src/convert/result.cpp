#include "convert/result.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/keys.h"
#include "convert/medication.h"
#include "convert/observation_value.h"
#include "convert/result_status.h"
#include "convert/role.h"
#include "convert/snapshot.h"
#include "convert/timing.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// Table 0074 as the categories that R4 profiles ask for.
std::string_view category_of(std::string_view section) {
    static constexpr std::string_view laboratory[] = {"LAB", "CH",  "HM",  "MB",  "BLB", "SP",
                                                      "CP",  "CUS", "IMM", "ICU", "MCB", "MYC",
                                                      "SR",  "TX",  "VR",  "BG",  "GE"};
    static constexpr std::string_view imaging[] = {"RAD", "RUS", "CT", "NMR", "NMS", "XRC", "VUS"};
    for (const auto s : laboratory)
        if (s == section) return "laboratory";
    for (const auto s : imaging)
        if (s == section) return "imaging";
    return {};
}

// Orders and observations of one patient.
class Results {
public:
    Results(Context &context, const PatientGroup &patient, const Event &event,
            const Subject &subject)
        : context_(context), patient_(patient), event_(event), subject_(subject) {}

    void order(const OrderGroup &group) {
        context_.limits.interrupt.poll();
        specimen_.clear();
        statuses_.clear();
        members_.clear();
        if (const auto drug = state_drug(context_, group, event_, subject_)) {
            drug_observations(group, *drug);
            return;
        }
        if (!group.obr) {
            if (!group.orc) return;
            context_.place = {group.orc, 0, 1, 0};
            context_.issue("warning", "structure", "order-without-result",
                           "an ORC without its OBR is not used");
            context_.place = {};
            return;
        }
        const Fields &obr = *group.obr;
        const std::string code = code_key(context_, obr.peek(4).repetition(1));
        // ORC and OBR say the numbers twice.
        for (const int field : {2, 3})
            if (group.orc && obr.peek(field).raw() == group.orc->peek(field).raw())
                obr.use(field, Fields::whole);
        const std::string placer = entity_key(context_, first_valued(group.obr, 2, group.orc, 2));
        const std::string filler = entity_key(context_, first_valued(group.obr, 3, group.orc, 3));
        // The patient is part of the key: a number that a laboratory gives twice must not make
        // one result of two persons'.
        if (!filler.empty())
            key_ = "filler|" + filler;
        else if (!placer.empty())
            key_ = "placer|" + placer;
        else
            key_ = "time|" + Context::text(obr[7].repetition(1).component(1));
        key_ = subject_.patient_id + "|" + key_;
        if (filler.empty()) {
            context_.place = {&obr, 3, 1, 0};
            context_.issue("information", "incomplete", "no-filler-number",
                           "results are known by the placer's number or by their time");
            context_.place = {};
        }
        order_code_ = code;
        filler_ = filler;
        const bool is_result = has_results(group);
        const std::string request = service_request(group, placer, filler, code, !is_result);
        const std::vector<std::string> specimens = state_specimens(group);
        specimen_ = specimens.size() == 1 ? specimens.front() : std::string();
        statuses_.clear();
        std::vector<std::string> results;
        supporting_.clear();
        for (const auto &o : group.observations) observation(o, group.obr, key_, results);
        for (std::size_t i = 0; i < group.specimens.size(); i++) {
            specimen_ = i < specimens.size() ? specimens[i] : std::string();
            for (const auto &o : group.specimens[i].observations)
                observation(o, group.obr, key_ + "|" + specimen_, results);
        }
        relate_members();
        relate_parent(obr, results);
        clinical_information(obr);
        add_supporting(request);
        if (is_result)
            report(group, request, specimens, results);
        else
            complete_request(group, request, specimens, results);
    }

    // One OBX.
    void observation(const ObservationGroup &group, const Fields *obr, const std::string &key,
                     std::vector<std::string> &results) {
        context_.limits.interrupt.poll();
        const Fields &obx = *group.obx;
        context_.place = {&obx, 3, 1, 0};
        const std::string code = code_key(context_, obx.peek(3).repetition(1));
        if (code.empty()) {
            context_.issue("warning", "required", "no-observation-code",
                           "an observation without OBX-3 is not used");
            context_.place = {};
            return;
        }
        const std::string sub = Context::text(obx[4]);
        obx.use(1, Fields::whole);
        const std::string when = Context::text(obx[14].repetition(1).component(1));
        const std::string id =
            once("Observation", digest_id({"Observation", key, order_code_, code, sub, when}));
        Json o = Json::object();
        const ResultStatus status = status_of(obx, obr, o);
        const Related related{&obx, obr};
        apply_segment(context_, "OBX[Observation]", obx, related, o, &cleared_);
        for (const Fields *prt : group.participants)
            apply_role(context_, *prt, "Observation", related, o);
        if (!status.is_status_only) {
            read_observation_value(context_, obx, o);
            if (says_null(obx[5], obx.delimiters())) cleared_.emplace_back("value");
        }
        if (!status.absent_reason.empty() && !has_value(o)) {
            Json &coding = o["dataAbsentReason"]["coding"].element(0);
            coding.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                              "data-absent-reason"));
            coding.set("code", Json::string(status.absent_reason));
        }
        if (obr) times(*obr, o);
        if (obr) category(*obr, o);
        if (!specimen_.empty()) o.set("specimen", reference_to(specimen_));
        named_specimen(obx, o);
        if (!part_of_.empty()) o["partOf"].element(0) = reference_to(part_of_);
        if (!based_on_.empty()) o["basedOn"].element(0) = reference_to(based_on_);
        add_notes(context_, group.notes, o);
        subject_.refer(o, "subject", true);
        prune(o);
        statuses_.push_back(std::string(o.find("status").as_text()));
        Statement &s = context_.state("Observation", id, subject_.patient_id, std::move(o));
        s.parents = subject_.parents();
        s.cleared = std::move(cleared_);
        cleared_.clear();
        // HL7 table 0936: what the order asked and what was told with it is no result.
        const std::string kind = obr ? Context::text(obx.peek(29)) : std::string();
        (kind == "QST" || kind == "SCI" ? supporting_ : results).push_back("Observation/" + id);
        if (!sub.empty()) members_.emplace_back(sub, id);
        if (obr && !filler_.empty())
            results_by_code_.emplace(
                filler_ + "|" + Context::text(obx.peek(3).component(1)) + "|" + sub,
                "Observation/" + id);
    }

private:
    // A message of results, or an order that carries some.
    [[nodiscard]] bool has_results(const OrderGroup &group) const {
        if (event_.code == "ORU" || event_.code == "OUL") return true;
        return group.obr->peek(25).has_value() &&
               (!group.observations.empty() || !group.specimens.empty());
    }

    // Observations of a drug or a vaccine that was given are part of it; those of an order belong
    // to it.
    void drug_observations(const OrderGroup &group, const Drug &drug) {
        order_code_.clear();
        (drug.is_event ? part_of_ : based_on_) = drug.reference;
        std::vector<std::string> results;
        for (const auto &o : group.observations)
            observation(o, nullptr, "drug|" + subject_.patient_id + "|" + drug.key, results);
        part_of_.clear();
        based_on_.clear();
        relate_members();
        std::vector<const Fields *> diagnoses;
        for (const Fields *s : group.details)
            if (s->id() == "DG1") diagnoses.push_back(s);
        state_conditions(context_, patient_, event_, subject_, diagnoses);
    }

    // OBX-4 1.2 is a part of 1 (HL7 v2.5.1 7.4.2.4).
    void relate_members() {
        for (const auto &[sub, id] : members_) {
            const auto dot = sub.rfind('.');
            if (dot == std::string::npos || dot == 0) continue;
            const std::string_view over = std::string_view(sub).substr(0, dot);
            const auto found = std::find_if(members_.begin(), members_.end(),
                                            [&](const auto &m) { return m.first == over; });
            if (found == members_.end()) continue;
            if (Statement *s = context_.find_statement("Observation", found->second))
                s->resource["hasMember"].push(reference_to("Observation/" + id));
        }
    }

    // OBR-26 names the result, OBR-29 the order that these results come from: the organism of an
    // antibiogram (HL7 v2.5.1 4.5.3.26).  Within one message it is said by reference.
    void relate_parent(const Fields &obr, const std::vector<std::string> &results) {
        if (!obr.peek(26).has_value() || !obr.peek(29).has_value()) return;
        context_.place = {&obr, 29, 1, 0};
        const Value number = obr.peek(29).repetition(1).component(2);
        const std::string value = Context::text(number.subcomponent(1));
        std::string system = context_.authority_uri(number.subcomponent(2), number.subcomponent(3),
                                                    number.subcomponent(4));
        if (system.empty()) system = context_.scope();
        context_.place = {};
        const Value parent = obr.peek(26).repetition(1);
        const std::string code = Context::text(parent.component(1).subcomponent(1));
        const std::string sub = Context::text(parent.component(2));
        const auto found = results_by_code_.find(system + "|" + value + "|" + code + "|" + sub);
        if (found == results_by_code_.end()) return;
        for (const int part : {1, 2}) obr.use(26, Fields::component_bit(part));
        obr.use(29, Fields::component_bit(2));
        for (const auto &r : results)
            if (Statement *s = context_.find_statement("Observation", r.substr(12)))
                s->resource["derivedFrom"].element(0) = reference_to(found->second);
    }

    // Ordinals are tie-breaks only: they shift between messages.
    std::string once(std::string_view type, std::string id) {
        const int n = context_.times_seen(id);
        if (n == 1) return id;
        context_.issue("warning", "duplicate", "duplicate-key",
                       "two results of the message have the same key; the order tells them apart");
        return digest_id({type, id, std::to_string(n)});
    }

    static bool has_value(const Json &o) {
        return std::any_of(o.members().begin(), o.members().end(), [](const auto &m) {
            return m.key().starts_with("value") && !m.value().is_absent();
        });
    }

    ResultStatus status_of(const Fields &obx, const Fields *obr, Json &o) {
        const std::string v2 = Context::text(obx[11]);
        ResultStatus status = observation_status(v2);
        std::string_view code = status.code;
        if (v2.empty() && obr) code = inherited_status(Context::text((*obr)[25]));
        if (code.empty() && !v2.empty()) {
            context_.place = {&obx, 11, 1, 0};
            context_.issue("warning", "code-invalid", "unmapped-code",
                           "the code has no map; it is kept as sent", "Observation.status");
            o["_status"]["extension"].push(alternate_codes(context_, {obx[11], false}, "0085"));
            context_.place = {};
        }
        o.set("status", Json::string(code.empty() ? "unknown" : code));
        return status;
    }

    // An observation without a time of its own was made when the order's was.
    void times(const Fields &obr, Json &o) {
        context_.place = {&obr, 7, 1, 0};
        if (o.find("effectiveDateTime").as_text().empty()) {
            const std::string start = context_.date_time(obr[7].repetition(1));
            if (!obr[8].has_value()) {
                o.set("effectiveDateTime", Json::string(start));
            } else {
                o["effectivePeriod"].set("start", Json::string(start));
                context_.place.field = 8;
                o["effectivePeriod"].set("end",
                                         Json::string(context_.date_time(obr[8].repetition(1))));
            }
        }
        context_.place.field = 22;
        o.set("issued", Json::string(context_.instant(obr[22].repetition(1))));
        context_.place = {};
    }

    void category(const Fields &obr, Json &o) {
        const auto category = category_of(Context::text(obr[24]));
        if (category.empty()) return;
        Json &coding = o["category"].push(Json::object())["coding"].element(0);
        coding.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                          "observation-category"));
        coding.set("code", Json::string(category));
    }

    std::string service_request(const OrderGroup &group, const std::string &placer,
                                const std::string &filler, const std::string &code,
                                bool is_asked_for) {
        if (!group.orc && placer.empty() && !is_asked_for) return {};
        const std::string &number = placer.empty() ? filler : placer;
        const std::string id =
            digest_id({"ServiceRequest", subject_.patient_id, placer.empty() ? "filler" : "placer",
                       number.empty() ? key_ : number, code});
        std::string reference = "ServiceRequest/" + id;
        if (context_.times_seen(reference) > 1) return reference;  // one order of several results
        Json r = Json::object();
        r.set("status", Json::string(request_status(group)));
        r.set("intent",
              Json::string(Context::text((*group.obr)[11]) == "G" ? "reflex-order" : "order"));
        const Related related{group.orc, group.obr};
        if (group.orc) apply_segment(context_, "ORC[ServiceRequest]", *group.orc, related, r);
        apply_segment(context_, "OBR[ServiceRequest]", *group.obr, related, r);
        for (const Fields *s : group.details) {
            if (s->id() == "TQ1") {
                apply_segment(context_, "TQ1[ServiceRequest]", *s, related, r);
                read_tq1(context_, *s, r["occurrenceTiming"]);
                prune(r);
            } else if (s->id() == "PRT")
                apply_role(context_, *s, "ServiceRequest", related, r);
        }
        for (const auto &[segment, field] : {std::pair(group.orc, 7), {group.obr, 27}})
            if (segment) read_quantity_timing(context_, *segment, field, r);
        if (group.orc) ordering_facility(*group.orc, r);
        one_occurrence(r);
        add_notes(context_, group.notes, r);
        subject_.refer(r, "subject", true);
        prune(r);
        context_.state("ServiceRequest", id, subject_.patient_id, std::move(r)).parents =
            subject_.parents();
        return reference;
    }

    // ORC-21 to ORC-23: who orders does so in a role at the ordering facility.
    void ordering_facility(const Fields &orc, Json &r) {
        if (!orc.peek(21).has_value()) return;
        Json organization = Json::object();
        context_.place = {&orc, 21, 2, 0};
        if (orc.peek(21).repetitions() > 1)
            context_.issue("information", "not-supported", "repetition-not-used",
                           "the FHIR element holds one value; the first is used");
        context_.place = {&orc, 21, 1, 0};
        apply_value(context_, "XON[Organization]", orc[21].repetition(1), false, organization);
        for (const auto &[field, map, list] :
             {std::tuple(22, "XAD[Address]", "address"), {23, "XTN[ContactPoint]", "telecom"}}) {
            context_.place.field = field;
            const Value whole = orc[field];
            if (!whole.has_value()) continue;
            for (int n = 1; n <= std::min(whole.repetitions(), 20); n++)
                apply_value(context_, map, whole.repetition(n), false,
                            organization[list].element(static_cast<std::size_t>(n - 1)));
        }
        context_.place = {};
        const std::string facility = context_.directory("Organization", std::move(organization));
        if (facility.empty()) return;
        prune(r);
        const std::string who(r.find("requester").find("reference").as_text());
        if (who.empty()) {
            r.set("requester", reference_to(facility));
            return;
        }
        Json role = Json::object();
        role.set("practitioner", reference_to(who));
        role.set("organization", reference_to(facility));
        r.set("requester", reference_to(context_.state_once(
                               "PractitionerRole", digest_id({"PractitionerRole", who, facility}),
                               std::move(role))));
    }

    // TQ1 and OBR-6 may both say when: the finer one stands, as R4 has room for one.
    static void one_occurrence(Json &r) {
        prune(r);
        if (!r.find("occurrenceTiming").is_absent()) r.erase("occurrenceDateTime");
    }

    // What an order says beside itself: observations that the laboratory needs to know, why it
    // was ordered, what is to be examined.
    void complete_request(const OrderGroup &group, const std::string &request,
                          const std::vector<std::string> &specimens,
                          const std::vector<std::string> &observations) {
        std::vector<const Fields *> diagnoses;
        for (const Fields *s : group.details)
            if (s->id() == "DG1") diagnoses.push_back(s);
        const auto reasons = state_conditions(context_, patient_, event_, subject_, diagnoses);
        if (request.empty()) return;
        Statement *s = context_.find_statement("ServiceRequest", request.substr(15));
        if (!s) return;
        for (const auto &o : observations) s->resource["supportingInfo"].push(reference_to(o));
        for (const auto &c : reasons) s->resource["reasonReference"].push(reference_to(c));
        for (const auto &p : specimens) s->resource["specimen"].push(reference_to(p));
    }

    std::string request_status(const OrderGroup &group) {
        if (!group.orc) return "unknown";
        for (const auto &[field, table] :
             {std::pair(5, "OrderStatus"), {1, "OrderControlCode[ServiceRequest.status]"}}) {
            const std::string code = Context::text((*group.orc)[field]);
            if (code.empty()) continue;
            const TableRow *row = find_code(table, code);
            if (row && !row->fhir_code.empty()) return std::string(row->fhir_code);
            context_.place = {group.orc, field, 1, 0};
            context_.issue("information", "code-invalid", "unmapped-code",
                           "the code has no FHIR equivalent", "ServiceRequest.status");
            context_.place = {};
            return "unknown";
        }
        return "unknown";
    }

    // An EIP (SPM-2, SPM-3, OBX-33): the filler's number, else the placer's.
    std::string specimen_number(const Value &eip) {
        for (const int part : {2, 1}) {
            const Value ei = eip.component(part);
            const std::string number = Context::text(ei.subcomponent(1));
            if (number.empty()) continue;
            const std::string system =
                context_.authority_uri(ei.subcomponent(2), ei.subcomponent(3), ei.subcomponent(4));
            return (system.empty() ? context_.scope() : system) + "|" + number;
        }
        return {};
    }

    std::vector<std::string> state_specimens(const OrderGroup &group) {
        std::vector<std::string> out;
        const Related related{group.orc, group.obr};
        for (const auto &s : group.specimens) add_specimen(group, *s.spm, s.containers, out);
        if (group.specimens.empty() && group.shared_spm) {
            // OUL: this order stands under a specimen that an earlier one has stated, as a rule.
            if (!specimen_number(group.shared_spm->peek(2).repetition(1)).empty())
                add_specimen(group, *group.shared_spm, {}, out);
            return out;
        }
        if (group.specimens.empty()) {
            const Fields &obr = *group.obr;
            if (!obr.peek(15).has_value() && !obr.peek(14).has_value() &&
                !obr.peek(10).has_value() && !obr.peek(9).has_value())
                return out;
            const std::string id = digest_id({"Specimen", key_, order_code_});
            out.push_back("Specimen/" + id);
            if (context_.times_seen(out.back()) > 1) return out;
            Json specimen = Json::object();
            apply_segment(context_, "OBR[Specimen]", obr, related, specimen);
            collectors(group, specimen);
            state_specimen(id, std::move(specimen));
        }
        return out;
    }

    void add_specimen(const OrderGroup &group, const Fields &spm,
                      const std::vector<const Fields *> &containers,
                      std::vector<std::string> &out) {
        context_.place = {&spm, 2, 1, 0};
        const std::string number = specimen_number(spm.peek(2).repetition(1));
        const std::string id =
            number.empty()
                ? once("Specimen", digest_id({"Specimen", key_, order_code_,
                                              code_key(context_, spm.peek(4).repetition(1))}))
                : digest_id({"Specimen", subject_.patient_id, number});
        context_.place = {};
        out.push_back("Specimen/" + id);
        // Shared by orders.
        if (!number.empty() && context_.times_seen(out.back()) > 1) return;
        const Related related{group.orc, group.obr};
        Json specimen = Json::object();
        apply_segment(context_, "SPM[Specimen]", spm, related, specimen);
        if (group.obr)
            apply_segment(context_, "OBR[Specimen-Supplement]", *group.obr,
                          Related{&spm, group.obr}, specimen);
        for (const Fields *sac : containers)
            apply_segment(context_, "SAC[Specimen]", *sac, Related{&spm, sac}, specimen);
        // SPM says what the one container is, SAC which one.
        if (containers.size() == 1 && specimen.find("container").size() == 2) {
            Json &all = specimen["container"];
            for (std::size_t i = 0; i < all.at(1).size(); i++)
                all.element(0).set(all.at(1).key(i), all.at(1).at(i));
            all.element(1) = Json();
        }
        collectors(group, specimen);
        complete_identifiers(context_, specimen);
        parents(spm, specimen);
        state_specimen(id, std::move(specimen));
    }

    // SPM-3 names where the specimen comes from; a parent of the same message is referred to.
    void parents(const Fields &spm, Json &specimen) {
        const Value all = spm.peek(3);
        if (!all.has_value() || specimen.find("parent").is_absent()) return;
        Json &list = specimen["parent"];
        for (std::size_t i = 0; i < list.size(); i++) {
            const std::string number = specimen_number(all.repetition(static_cast<int>(i) + 1));
            const std::string id = digest_id({"Specimen", subject_.patient_id, number});
            if (!number.empty() && context_.is_stated("Specimen", id))
                list.element(i).set("reference", Json::string("Specimen/" + id));
        }
    }

    // OBX-33 says which of several specimens an observation is of.
    void named_specimen(const Fields &obx, Json &o) {
        const Value all = obx.peek(33);
        if (!all.has_value()) return;
        context_.place = {&obx, 33, 1, 0};
        const std::string number = specimen_number(all.repetition(1));
        context_.place = {};
        const std::string id = digest_id({"Specimen", subject_.patient_id, number});
        if (number.empty() || all.repetitions() > 1) return;
        const int part = all.repetition(1).component(2).has_value() ? 2 : 1;
        obx.use(33, Fields::component_bit(part));
        if (context_.is_stated("Specimen", id)) {
            o.set("specimen", reference_to("Specimen/" + id));
        } else if (specimen_.empty()) {
            apply_value(context_, "EI[Identifier-Extension]", all.repetition(1).component(part),
                        true, o["specimen"]["identifier"]);
        }
    }

    // OBR-13 as an Observation: LOINC has a code for what an order tells of the patient.
    void clinical_information(const Fields &obr) {
        const Value all = obr.peek(13);
        if (!all.has_value()) return;
        for (int r = 1; r <= std::min(all.repetitions(), 50); r++) {
            Json o = Json::object();
            context_.place = {&obr, 13, r, 0};
            obr.use(13, Fields::whole);
            read_concept(context_, {all.repetition(r), false}, "", "", o["valueCodeableConcept"]);
            prune(o);
            if (o.find("valueCodeableConcept").is_absent()) continue;
            o.set("status", Json::string("final"));
            set_coding(o["code"], "http://loinc.org", "55752-0", "Clinical information");
            subject_.refer(o, "subject", true);
            const std::string id =
                once("Observation",
                     digest_id({"Observation", key_, order_code_, "clinical", std::to_string(r)}));
            context_.state("Observation", id, subject_.patient_id, std::move(o)).parents =
                subject_.parents();
            supporting_.push_back("Observation/" + id);
        }
        context_.place = {};
    }

    void add_supporting(const std::string &request) {
        if (request.empty() || supporting_.empty()) return;
        if (Statement *s = context_.find_statement("ServiceRequest", request.substr(15)))
            for (const auto &o : supporting_) s->resource["supportingInfo"].push(reference_to(o));
    }

    void collectors(const OrderGroup &group, Json &specimen) {
        for (const Fields *s : group.details)
            if (s->id() == "PRT") apply_role(context_, *s, "Specimen", {}, specimen);
    }

    void state_specimen(const std::string &id, Json specimen) {
        subject_.refer(specimen, "subject", false);
        prune(specimen);
        context_.state("Specimen", id, subject_.patient_id, std::move(specimen)).parents = {
            subject_.patient};
    }

    void report(const OrderGroup &group, const std::string &request,
                const std::vector<std::string> &specimens,
                const std::vector<std::string> &results) {
        const Fields &obr = *group.obr;
        context_.place = {&obr, 25, 1, 0};
        const std::string v2 = Context::text(obr[25]);
        const std::string_view stated = report_status(v2);
        if (stated.empty() && !v2.empty())
            context_.issue("warning", "code-invalid", "unmapped-code",
                           "the code has no FHIR equivalent", "DiagnosticReport.status");
        const std::string_view status = reconcile(stated, statuses_);
        if (!stated.empty() && status != stated)
            context_.issue("warning", "business-rule", "status-conflict",
                           "the order is final, one of its results is not");
        context_.place = {};
        Json r = Json::object();
        r.set("status", Json::string(status));
        const Related related{group.orc, group.obr};
        if (group.orc) apply_segment(context_, "ORC[DiagnosticReport]", *group.orc, related, r);
        apply_segment(context_, "OBR[DiagnosticReport]", obr, related, r, &cleared_);
        for (const Fields *s : group.details)
            if (s->id() == "PRT") apply_role(context_, *s, "DiagnosticReport", related, r);
        keep_named(r, "performer", "reference");
        if (r.find("code").is_absent())
            r["code"].set("text", Json::string("unknown"));  // R4 wants one
        if (!request.empty()) r["basedOn"].push(reference_to(request));
        for (const auto &s : specimens) r["specimen"].push(reference_to(s));
        for (const auto &o : results) r["result"].push(reference_to(o));
        if (const std::string notes = notes_text(group.notes); !notes.empty() && request.empty())
            r.set("conclusion", Json::string(notes));
        subject_.refer(r, "subject", true);
        prune(r);
        const std::string id =
            once("DiagnosticReport", digest_id({"DiagnosticReport", key_, order_code_}));
        Statement &s = context_.state("DiagnosticReport", id, subject_.patient_id, std::move(r));
        s.parents = subject_.parents();
        s.cleared = std::move(cleared_);
        cleared_.clear();
    }

    Context &context_;
    const PatientGroup &patient_;
    const Event &event_;
    const Subject &subject_;
    std::string key_;
    std::string order_code_;
    std::string specimen_;
    std::vector<std::string> statuses_;
    std::vector<std::string> cleared_;
    std::vector<std::pair<std::string, std::string>> members_;  // OBX-4 and id, of this order
    std::vector<std::string> supporting_;  // observations about the order, not results
    std::unordered_map<std::string, std::string> results_by_code_;
    std::string filler_;
    std::string part_of_;
    std::string based_on_;
};

}  // namespace

void state_orders(Context &context, const PatientGroup &group, const Event &event,
                  const Subject &subject) {
    Results results(context, group, event, subject);
    for (const auto &order : group.orders) results.order(order);
}

void state_patient_observations(Context &context, const PatientGroup &group, const Event &event,
                                const Subject &subject) {
    Results results(context, group, event, subject);
    std::vector<std::string> stated;
    for (const auto &o : group.observations)
        results.observation(o, nullptr, "patient|" + subject.patient_id + "|" + subject.encounter,
                            stated);
}

}  // namespace clinical::convert
