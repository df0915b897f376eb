#include "convert/result.h"

#include <algorithm>
#include <map>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/ids.h"
#include "convert/observation_value.h"
#include "convert/result_status.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// An order or result number with who assigned it; empty when there is none.
std::string entity_key(Context &context, const Value &ei) {
    const std::string value = Context::text(ei.component(1).subcomponent(1));
    if (value.empty()) return {};
    std::string system = context.authority_uri(ei.component(2), ei.component(3), ei.component(4));
    if (system.empty()) system = context.scope();
    return system + "|" + value;
}

// A coded element as a key: the first triplet that has a code, else the text.
std::string code_key(Context &context, const Value &cwe) {
    for (const int first : {1, 4}) {
        const std::string code = Context::text(cwe.component(first));
        if (!code.empty())
            return code + "^" + system_uri(context, Context::text(cwe.component(first + 2)));
    }
    const std::string text = Context::text(cwe.component(2));
    return text.empty() ? Context::text(cwe.component(9)) : text;
}

Value first_valued(const Fields *a, int na, const Fields *b, int nb) {
    if (a && (*a)[na].has_value()) return (*a)[na].repetition(1);
    if (b && (*b)[nb].has_value()) return (*b)[nb].repetition(1);
    return {};
}

std::string notes_text(const std::vector<const Fields *> &notes) {
    std::string text;
    for (const Fields *nte : notes) {
        const Value field = (*nte)[3];
        if (!field.has_value()) continue;
        for (int r = 1; r <= std::min(field.repetitions(), 1000); r++) {
            if (!text.empty()) text += '\n';
            text += Context::text(field.repetition(r));
        }
    }
    return text;
}

Json reference_to(std::string_view reference) {
    Json r = Json::object();
    r.set("reference", Json::string(reference));
    return r;
}

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
    Results(Context &context, const Subject &subject) : context_(context), subject_(subject) {}

    void order(const OrderGroup &group) {
        context_.limits.interrupt.poll();
        if (!group.obr) {
            if (!group.orc) return;
            context_.place = {group.orc, 0, 1, 0};
            context_.issue("warning", "structure", "order-without-result",
                           "an ORC without its OBR is not used");
            context_.place = {};
            return;
        }
        const Fields &obr = *group.obr;
        const std::string code = code_key(context_, obr[4].repetition(1));
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
        const std::string request = service_request(group, placer, filler, code);
        const std::vector<std::string> specimens = state_specimens(group);
        specimen_ = specimens.size() == 1 ? specimens.front() : std::string();
        statuses_.clear();
        std::vector<std::string> results;
        for (const auto &o : group.observations) observation(o, group.obr, key_, results);
        for (std::size_t i = 0; i < group.specimens.size(); i++) {
            specimen_ = i < specimens.size() ? specimens[i] : std::string();
            for (const auto &o : group.specimens[i].observations)
                observation(o, group.obr, key_ + "|" + specimen_, results);
        }
        report(group, request, specimens, results);
        report_unused(context_, obr,
                      {"OBR[DiagnosticReport]", "OBR[ServiceRequest]", "OBR[Specimen]"},
                      {1, 2, 3, 4, 11, 25});
        if (group.orc)
            report_unused(context_, *group.orc, {"ORC[DiagnosticReport]", "ORC[ServiceRequest]"},
                          {1, 2, 3, 5});
    }

    // One OBX.
    void observation(const ObservationGroup &group, const Fields *obr, const std::string &key,
                     std::vector<std::string> &results) {
        context_.limits.interrupt.poll();
        const Fields &obx = *group.obx;
        context_.place = {&obx, 3, 1, 0};
        const std::string code = code_key(context_, obx[3].repetition(1));
        if (code.empty()) {
            context_.issue("warning", "required", "no-observation-code",
                           "an observation without OBX-3 is not used");
            context_.place = {};
            return;
        }
        const std::string sub = Context::text(obx[4]);
        const std::string when = Context::text(obx[14].repetition(1).component(1));
        const std::string id =
            once("Observation", digest_id({"Observation", key, order_code_, code, sub, when}));
        Json o = Json::object();
        const ResultStatus status = status_of(obx, obr, o);
        const Related related{&obx, obr};
        apply_segment(context_, "OBX[Observation]", obx, related, o, &cleared_);
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
        const std::string notes = notes_text(group.notes);
        if (!notes.empty()) o["note"].element(0).set("text", Json::string(notes));
        subject_.refer(o, "subject", true);
        prune(o);
        report_unused(context_, obx, {"OBX[Observation]"}, {1, 2, 3, 4, 5, 6, 11});
        statuses_.push_back(o.find("status").as_text());
        Statement &s = context_.state("Observation", id, subject_.patient_id, std::move(o));
        s.parents = subject_.parents();
        s.cleared = std::move(cleared_);
        cleared_.clear();
        results.push_back("Observation/" + id);
    }

private:
    // Ordinals are tie-breaks only: they shift between messages.
    std::string once(std::string_view type, std::string id) {
        const int n = ++seen_[id];
        if (n == 1) return id;
        context_.issue("warning", "duplicate", "duplicate-key",
                       "two results of the message have the same key; the order tells them apart");
        return digest_id({type, id, std::to_string(n)});
    }

    static bool has_value(const Json &o) {
        return std::any_of(o.members().begin(), o.members().end(), [](const auto &m) {
            return m.first.starts_with("value") && !m.second.is_absent();
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
        Json &coding = o["category"].element(0)["coding"].element(0);
        coding.set("system", Json::string("http://terminology.hl7.org/CodeSystem/"
                                          "observation-category"));
        coding.set("code", Json::string(category));
    }

    std::string service_request(const OrderGroup &group, const std::string &placer,
                                const std::string &filler, const std::string &code) {
        if (!group.orc && placer.empty()) return {};
        const std::string &number = placer.empty() ? filler : placer;
        const std::string id =
            digest_id({"ServiceRequest", subject_.patient_id, placer.empty() ? "filler" : "placer",
                       number.empty() ? key_ : number, code});
        std::string reference = "ServiceRequest/" + id;
        if (++seen_[reference] > 1) return reference;  // one order of several results
        Json r = Json::object();
        r.set("status", Json::string(request_status(group)));
        r.set("intent",
              Json::string(Context::text((*group.obr)[11]) == "G" ? "reflex-order" : "order"));
        const Related related{group.orc, group.obr};
        if (group.orc) apply_segment(context_, "ORC[ServiceRequest]", *group.orc, related, r);
        apply_segment(context_, "OBR[ServiceRequest]", *group.obr, related, r);
        const std::string notes = notes_text(group.notes);
        if (!notes.empty()) r["note"].element(0).set("text", Json::string(notes));
        subject_.refer(r, "subject", true);
        prune(r);
        context_.state("ServiceRequest", id, subject_.patient_id, std::move(r)).parents =
            subject_.parents();
        return reference;
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

    std::vector<std::string> state_specimens(const OrderGroup &group) {
        std::vector<std::string> out;
        const Related related{group.orc, group.obr};
        for (const auto &s : group.specimens) {
            const Fields &spm = *s.spm;
            context_.place = {&spm, 2, 1, 0};
            std::string number;
            for (const int part : {2, 1}) {
                const Value ei = spm[2].repetition(1).component(part);
                number = Context::text(ei.subcomponent(1));
                if (number.empty()) continue;
                std::string system = context_.authority_uri(ei.subcomponent(2), ei.subcomponent(3),
                                                            ei.subcomponent(4));
                number = (system.empty() ? context_.scope() : system) + "|" + number;
                break;
            }
            const std::string id =
                number.empty()
                    ? once("Specimen", digest_id({"Specimen", key_, order_code_,
                                                  code_key(context_, spm[4].repetition(1))}))
                    : digest_id({"Specimen", subject_.patient_id, number});
            context_.place = {};
            out.push_back("Specimen/" + id);
            if (!number.empty() && ++seen_[out.back()] > 1) continue;  // shared by orders
            Json specimen = Json::object();
            apply_segment(context_, "SPM[Specimen]", spm, related, specimen);
            report_unused(context_, spm, {"SPM[Specimen]"}, {1});
            state_specimen(id, std::move(specimen));
        }
        if (group.specimens.empty()) {
            const Fields &obr = *group.obr;
            if (!obr[15].has_value() && !obr[14].has_value() && !obr[10].has_value() &&
                !obr[9].has_value())
                return out;
            const std::string id = digest_id({"Specimen", key_, order_code_});
            out.push_back("Specimen/" + id);
            if (++seen_[out.back()] > 1) return out;
            Json specimen = Json::object();
            apply_segment(context_, "OBR[Specimen]", obr, related, specimen);
            state_specimen(id, std::move(specimen));
        }
        return out;
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
    const Subject &subject_;
    std::string key_;
    std::string order_code_;
    std::string specimen_;
    std::vector<std::string> statuses_;
    std::vector<std::string> cleared_;
    std::map<std::string, int> seen_;
};

}  // namespace

void state_results(Context &context, const PatientGroup &group, const Subject &subject) {
    Results results(context, subject);
    for (const auto &order : group.orders) results.order(order);
}

void state_patient_observations(Context &context, const PatientGroup &group,
                                const Subject &subject) {
    Results results(context, subject);
    std::vector<std::string> stated;
    for (const auto &o : group.observations)
        results.observation(o, nullptr, "patient|" + subject.patient_id + "|" + subject.encounter,
                            stated);
}

}  // namespace clinical::convert
