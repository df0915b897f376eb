#include "convert/from_fhir.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "convert/ids.h"
#include "convert/v2_writer.h"

namespace clinical::convert {

using core::Json;

namespace {

std::string reference_of(const Json &element) {
    return std::string(element.find("reference").as_text());
}

// The later part of an absolute reference: http://host/Patient/1 is Patient/1.
std::string_view relative(std::string_view reference) {
    const auto slash = reference.rfind('/');
    if (slash == std::string_view::npos || slash == 0) return reference;
    const auto before = reference.rfind('/', slash - 1);
    return before == std::string_view::npos ? reference : reference.substr(before + 1);
}

std::string_view translated(
    std::string_view code, std::initializer_list<std::pair<std::string_view, std::string_view>> map,
    std::string_view otherwise) {
    for (const auto &[from, to] : map)
        if (from == code) return to;
    return otherwise;
}

class Message {
public:
    Message(const Json &resources, std::string_view structure, const Json &options)
        : options_(options), structure_(structure) {
        collect(resources);
        if (structure_.empty()) structure_ = asked_for();
    }

    core::Result<std::string> make() {
        const Json *patient = structure_ == "ADT_A40" ? survivor() : first("Patient");
        if (!patient)
            return core::Error{
                core::ErrorCode::invalid_value,
                structure_ == "ADT_A40" ? "no Patient replaces another one" : "there is no Patient",
                "", 0};
        patient_ = patient;
        if (structure_ == "ORU_R01") {
            header("ORU", "R01", "ORU_R01");
            pid(*patient);
            visit();
            results();
        } else if (structure_ == "ADT_A08") {
            header("ADT", "A08", "ADT_A01");
            event("A08");
            pid(*patient);
            relatives();
            visit();
            lists();
        } else if (structure_ == "ADT_A40") {
            header("ADT", "A40", "ADT_A39");
            event("A40");
            merges();
        } else if (structure_ == "VXU_V04") {
            header("VXU", "V04", "VXU_V04");
            pid(*patient);
            relatives();
            visit();
            vaccines();
        } else {
            return core::Error{core::ErrorCode::unsupported,
                               "messages of this structure are not made",
                               "ORU_R01, ADT_A08, ADT_A40 and VXU_V04 are.", 0};
        }
        return std::move(out_);
    }

private:
    // ---- the resources ----
    void collect(const Json &json) {
        if (json.kind() == core::Kind::array) {
            for (const auto &e : json.elements()) take(e);
        } else if (!is(json, "Bundle")) {
            take(json);
        } else {
            bundle_ = &json;
            for (const auto &entry : json.find("entry").elements()) {
                const Json &resource = entry.find("resource");
                if (resource.is_absent()) continue;
                take(resource);
                by_name_.emplace(entry.find("fullUrl").as_text(), &resource);
            }
        }
    }
    void take(const Json &resource) {
        all_.push_back(&resource);
        by_name_.emplace(std::string(resource.find("resourceType").as_text()) + "/" +
                             std::string(resource.find("id").as_text()),
                         &resource);
    }

    static bool is(const Json &r, std::string_view type) {
        return r.find("resourceType").as_text() == type;
    }

    const Json *first(std::string_view type) const {
        for (const Json *r : all_)
            if (is(*r, type)) return r;
        return nullptr;
    }

    // What `element` refers to; null when it is not among the resources.
    const Json *resolve(const Json &element) const {
        const std::string reference = reference_of(element);
        if (reference.empty()) return nullptr;
        if (const auto found = by_name_.find(reference); found != by_name_.end())
            return found->second;
        const auto found = by_name_.find(std::string(relative(reference)));
        return found == by_name_.end() ? nullptr : found->second;
    }

    // The same of a person, who may be named by a role.
    const Json *person(const Json &element) const {
        const Json *who = resolve(element);
        return who && is(*who, "PractitionerRole") ? resolve(who->find("practitioner")) : who;
    }

    // Resources of `type` about the patient of the message.
    std::vector<const Json *> of_patient(std::string_view type) const {
        std::vector<const Json *> out;
        for (const Json *r : all_) {
            if (!is(*r, type)) continue;
            for (const char *name : {"subject", "patient", "beneficiary"}) {
                const Json &subject = r->find(name);
                if (subject.is_absent()) continue;
                const Json *who = resolve(subject);
                if (!who || who == patient_) out.push_back(r);
                break;
            }
        }
        return out;
    }

    std::string asked_for() const {
        if (survivor()) return "ADT_A40";
        if (first("Immunization")) return "VXU_V04";
        if (first("DiagnosticReport") || first("Observation")) return "ORU_R01";
        return "ADT_A08";
    }

    // A Patient that replaces another one.
    const Json *survivor() const {
        for (const Json *r : all_) {
            if (!is(*r, "Patient")) continue;
            for (const auto &link : r->find("link").elements())
                if (link.find("type").as_text() == "replaces") return r;
        }
        return nullptr;
    }

    // ---- the message ----
    void emit(const SegmentWriter &segment) {
        out_ += segment.text();
        out_ += '\r';
    }

    std::string option(std::string_view name) const {
        return std::string(options_.find(name).as_text());
    }

    // An application or facility: what the options say, else a MessageHeader of the resources.
    std::string party(std::string_view name) const {
        if (const std::string &stated = option(name); !stated.empty()) return stated;
        const Json *message = first("MessageHeader");
        if (!message) return name == "sending_application" ? "pgclinical" : "";
        const Json &destination = message->find("destination").at(0);
        if (name == "sending_application")
            return std::string(message->find("source").find("name").as_text());
        if (name == "receiving_application") return std::string(destination.find("name").as_text());
        const Json &who =
            name == "sending_facility" ? message->find("sender") : destination.find("receiver");
        const Json *organization = who.is_absent() ? nullptr : resolve(who);
        return organization ? std::string(organization->find("name").as_text()) : std::string();
    }

    std::string time() const {
        if (!option("time").empty()) return option("time");
        if (bundle_ && !bundle_->find("timestamp").as_text().empty())
            return std::string(bundle_->find("timestamp").as_text());
        std::string latest;
        for (const Json *r : all_)
            for (const char *name : {"issued", "effectiveDateTime", "occurrenceDateTime"})
                latest = std::max(latest, std::string(r->find(name).as_text()));
        for (const Json *r : all_)
            latest = std::max(latest, std::string(r->find("meta").find("lastUpdated").as_text()));
        return latest;
    }

    void header(std::string_view code, std::string_view trigger, std::string_view structure) {
        SegmentWriter msh("MSH");
        msh.set_raw(2, "^~\\&");
        Components sender{party("sending_application")};
        // Its OID, when the header says it and the options do not speak of another.
        if (const Json *message = first("MessageHeader");
            message && option("sending_application").empty())
            if (const std::string oid(message->find("source").find("endpoint").as_text());
                oid.starts_with("urn:oid:"))
                for (const std::string &part : {oid.substr(8), std::string("ISO")})
                    sender.push_back(part);
        msh.set(3, sender);
        msh.set(4, party("sending_facility"));
        msh.set(5, party("receiving_application"));
        msh.set(6, party("receiving_facility"));
        time_ = v2_time(time());
        msh.set(7, time_);
        msh.set(9, Components{std::string(code), std::string(trigger), std::string(structure)});
        std::string control = option("control_id");
        if (control.empty() && bundle_)
            control = bundle_->find("identifier").find("value").as_text();
        if (control.empty()) {
            std::string content;
            for (const Json *r : all_) content += core::to_text(*r);
            control = digest_id({structure, content}).substr(0, 20);
        }
        msh.set(10, control);
        msh.set(11,
                option("processing_id").empty() ? std::string_view("P") : option("processing_id"));
        msh.set(12, "2.5.1");
        msh.set(18, "UNICODE UTF-8");
        emit(msh);
    }

    void event(std::string_view trigger) {
        SegmentWriter evn("EVN");
        evn.set(1, trigger);
        evn.set(2, time_);
        emit(evn);
    }

    void pid(const Json &p, int n = 1) {
        SegmentWriter s("PID");
        s.set(1, std::to_string(n));
        for (const auto &i : p.find("identifier").elements())
            if (!i.find("value").as_text().empty()) s.add(3, v2_cx(i));
        // Without an identifier the id is all the sender has.
        if (!s.has(3)) s.add(3, {std::string(p.find("id").as_text()), "", "", "", "PI"});
        for (const auto &n : p.find("name").elements()) s.add(5, v2_xpn(n));
        s.set(7, v2_time(p.find("birthDate").as_text()));
        s.set(8,
              translated(p.find("gender").as_text(),
                         {{"female", "F"}, {"male", "M"}, {"other", "O"}, {"unknown", "U"}}, ""));
        for (const auto &e : p.find("extension").elements()) {
            const std::string_view url = e.find("url").as_text();
            const int field = url.ends_with("us-core-race")        ? 10
                              : url.ends_with("us-core-ethnicity") ? 22
                                                                   : 0;
            if (field == 0) continue;
            for (const auto &part : e.find("extension").elements())
                if (!part.find("valueCoding").is_absent()) {
                    s.add(field, v2_cwe(part.find("valueCoding")));
                    break;
                }
        }
        for (const auto &a : p.find("address").elements()) s.add(11, v2_xad(a));
        for (const auto &t : p.find("telecom").elements())
            s.add(t.find("use").as_text() == "work" ? 14 : 13, v2_xtn(t));
        for (const Json *e : of_patient("Encounter"))
            if (const Json *account = resolve(e->find("account").at(0)))
                s.set(18, v2_cx(account->find("identifier").at(0)));
        s.set(15, v2_cwe(p.find("communication").at(0).find("language")));
        s.set(16, v2_cwe(p.find("maritalStatus")));
        const Json &birth = p.find("multipleBirthBoolean");
        for (const auto &e : p.find("extension").elements())
            if (e.find("url").as_text().ends_with("/patient-birthPlace"))
                s.set(23, e.find("valueAddress").find("text").as_text());
        if (birth.kind() == core::Kind::boolean) s.set(24, birth.as_bool() ? "Y" : "N");
        s.set(25, p.find("multipleBirthInteger").as_text());
        for (const auto &e : p.find("extension").elements())
            if (e.find("url").as_text().ends_with("/patient-nationality"))
                for (const auto &part : e.find("extension").elements())
                    if (part.find("url").as_text() == "code")
                        s.set(28, v2_cwe(part.find("valueCodeableConcept")));
        s.set(29, v2_time(p.find("deceasedDateTime").as_text()));
        const Json &deceased = p.find("deceasedBoolean");
        if (deceased.kind() == core::Kind::boolean) s.set(30, deceased.as_bool() ? "Y" : "N");
        if (s.has(29)) s.set(30, "Y");
        emit(s);
    }

    // PID and MRG for each patient that another one replaces.
    void merges() {
        int n = 0;
        for (const Json *r : all_)
            if (is(*r, "Patient")) merged(*r, n);
    }

    void merged(const Json &survivor, int &n) {
        for (const auto &link : survivor.find("link").elements()) {
            if (link.find("type").as_text() != "replaces") continue;
            pid(survivor, ++n);
            SegmentWriter s("MRG");
            if (const Json *old = resolve(link.find("other"))) {
                for (const auto &i : old->find("identifier").elements()) s.add(1, v2_cx(i));
                s.set(7, v2_xpn(old->find("name").at(0)));
            } else if (!link.find("other").find("identifier").is_absent()) {
                s.add(1, v2_cx(link.find("other").find("identifier")));
            }
            if (!s.has(1)) {
                const std::string reference = reference_of(link.find("other"));
                s.add(1,
                      {std::string(reference.substr(reference.rfind('/') + 1)), "", "", "", "PI"});
            }
            emit(s);
        }
    }

    void relatives() {
        int n = 0;
        // Who holds an insurance for the patient is told there.
        std::unordered_set<const Json *> holders;
        for (const Json *c : of_patient("Coverage")) holders.insert(resolve(c->find("subscriber")));
        for (const Json *r : of_patient("RelatedPerson")) {
            if (holders.contains(r)) continue;
            SegmentWriter s("NK1");
            s.set(1, std::to_string(++n));
            for (const auto &name : r->find("name").elements()) s.add(2, v2_xpn(name));
            s.set(3, v2_cwe(r->find("relationship").at(0)));
            for (const auto &a : r->find("address").elements()) s.add(4, v2_xad(a));
            for (const auto &t : r->find("telecom").elements())
                s.add(t.find("use").as_text() == "work" ? 6 : 5, v2_xtn(t));
            emit(s);
        }
    }

    void visit() {
        const auto visits = of_patient("Encounter");
        if (visits.empty()) {
            // ADT_A01 has a PV1, which may say that there is no visit (table 0004).
            if (structure_ == "ADT_A08") out_ += "PV1|1|N\r";
            return;
        }
        const Json &e = *visits.front();
        SegmentWriter s("PV1");
        s.set(1, "1");
        s.set(2, translated(e.find("class").find("code").as_text(),
                            {{"IMP", "I"}, {"AMB", "O"}, {"EMER", "E"}, {"PRENC", "P"}},
                            e.find("class").find("code").as_text()));
        // Where the patient is, or was last.
        const Json *last = nullptr;
        for (const auto &place : e.find("location").elements()) {
            last = &place;
            if (place.find("status").as_text() != "completed") break;
        }
        if (last) s.set(3, location(last->find("location")));
        for (const auto &who : e.find("participant").elements()) {
            const Json *individual = person(who.find("individual"));
            if (!individual || !is(*individual, "Practitioner")) continue;
            const std::string role(
                who.find("type").at(0).find("coding").at(0).find("code").as_text());
            const int field = role == "ATND"  ? 7
                              : role == "REF" ? 8
                              : role == "CON" ? 9
                              : role == "ADM" ? 17
                                              : 0;
            if (field > 0) s.add(field, v2_xcn(*individual));
        }
        // IS in v2.5.1: the code alone.
        const auto code_of = [](const Json &concept_of) {
            const std::string_view code = concept_of.find("coding").at(0).find("code").as_text();
            return code.empty() ? concept_of.find("text").as_text() : code;
        };
        const Json &stay = e.find("hospitalization");
        s.set(10, code_of(e.find("serviceType")));
        s.set(13, code_of(stay.find("reAdmission")));
        s.set(14, code_of(stay.find("admitSource")));
        s.set(15, code_of(stay.find("specialArrangement").at(0)));
        s.set(16, code_of(stay.find("specialCourtesy").at(0)));
        s.set(37, stay.find("destination").find("display").as_text());
        s.set(38, code_of(stay.find("dietPreference").at(0)));
        for (const auto &i : e.find("identifier").elements()) s.add(19, v2_cx(i));
        s.set(36, e.find("hospitalization")
                      .find("dischargeDisposition")
                      .find("coding")
                      .at(0)
                      .find("code")
                      .as_text());
        s.set(44, v2_time(e.find("period").find("start").as_text()));
        s.set(45, v2_time(e.find("period").find("end").as_text()));
        emit(s);
    }

    // Levels of a place, from the innermost.
    Components location(const Json &reference) const {
        Components out(9);
        const Json *at = resolve(reference);
        for (int depth = 0; at && depth < 8; depth++) {
            const std::string code(
                at->find("physicalType").find("coding").at(0).find("code").as_text());
            const std::string name(at->find("name").as_text());
            if (code == "bd")
                out[2] = name;
            else if (code == "ro")
                out[1] = name;
            else if (code == "wa")
                out[0] = name;
            else if (code == "lvl")
                out[7] = name;
            else if (code == "bu")
                out[6] = name;
            else if (code == "si")
                out[3] = name;
            else if (depth == 0)
                out[8] = name;
            at = resolve(at->find("partOf"));
        }
        return out;
    }

    // ---- lists of ADT ----
    void lists() {
        int n = 0;
        for (const Json *a : of_patient("AllergyIntolerance")) {
            SegmentWriter s("AL1");
            s.set(1, std::to_string(++n));
            s.set(2, translated(a->find("category").at(0).as_text(),
                                {{"food", "FA"}, {"medication", "DA"}, {"environment", "EA"}}, ""));
            s.set(3, v2_cwe(a->find("code")));
            const Json &reaction = a->find("reaction").at(0);
            const std::string_view severity =
                translated(reaction.find("severity").as_text(),
                           {{"severe", "SV"}, {"moderate", "MO"}, {"mild", "MI"}}, "");
            s.set(4, severity.empty() ? translated(a->find("criticality").as_text(),
                                                   {{"high", "SV"}, {"low", "MI"}}, "")
                                      : severity);
            s.set(5, reaction.find("manifestation").at(0).find("text").as_text());
            s.set(6, v2_time(a->find("onsetDateTime").as_text()));
            emit(s);
        }
        n = 0;
        for (const Json *c : of_patient("Condition")) {
            SegmentWriter s("DG1");
            s.set(1, std::to_string(++n));
            s.set(3, v2_cwe(c->find("code")));
            s.set(5, v2_time(c->find("onsetDateTime").as_text()));
            s.set(6, "F");
            s.set(19, v2_time(c->find("recordedDate").as_text()));
            emit(s);
        }
        n = 0;
        for (const Json *c : of_patient("Coverage")) {
            SegmentWriter s("IN1");
            s.set(1, std::to_string(++n));
            for (const auto &k : c->find("class").elements()) {
                const std::string kind(k.find("type").find("coding").at(0).find("code").as_text());
                if (kind == "plan")
                    s.set(2, Components{std::string(k.find("value").as_text()),
                                        std::string(k.find("name").as_text())});
                if (kind == "group") s.set(8, k.find("value").as_text());
            }
            if (const Json *payor = resolve(c->find("payor").at(0))) {
                for (const auto &i : payor->find("identifier").elements()) s.add(3, v2_cx(i));
                s.set(4, payor->find("name").as_text());
            }
            s.set(12, v2_time(c->find("period").find("start").as_text()));
            s.set(13, v2_time(c->find("period").find("end").as_text()));
            if (const Json *holder = resolve(c->find("subscriber"));
                holder && is(*holder, "RelatedPerson")) {
                s.set(16, v2_xpn(holder->find("name").at(0)));
                s.set(17, v2_cwe(c->find("relationship")));
                s.set(18, v2_time(holder->find("birthDate").as_text()));
                s.set(19, v2_xad(holder->find("address").at(0)));
            }
            s.set(36, c->find("identifier").at(0).find("value").as_text());
            s.set(49, c->find("subscriberId").as_text());
            emit(s);
        }
    }

    // ---- results ----
    void results() {
        int n = 0;
        std::unordered_set<const Json *> done;
        for (const Json *r : of_patient("DiagnosticReport")) {
            const Json *request = resolve(r->find("basedOn").at(0));
            order(request, r);
            obr(++n, *r, request);
            report_ = r;
            if (request) notes(*request);
            notes(*r);
            int m = 0;
            for (const auto &reference : r->find("result").elements()) {
                const Json *o = resolve(reference);
                if (!o || !done.insert(o).second) continue;
                obx(++m, *o);
            }
            for (const auto &reference : r->find("specimen").elements())
                if (const Json *s = resolve(reference)) specimen(*s);
        }
        for (const Json *o : of_patient("Observation")) {
            if (done.contains(o)) continue;
            // A result without a report is an order of its own.
            report_ = o;
            obr(++n, *o, resolve(o->find("basedOn").at(0)));
            obx(1, *o);
            if (const Json *s = resolve(o->find("specimen"))) specimen(*s);
        }
    }

    void numbers(SegmentWriter &s, const Json *request, const Json *report) const {
        for (const Json *r : {request, report}) {
            if (!r) continue;
            for (const auto &i : r->find("identifier").elements()) {
                const std::string type(i.find("type").find("coding").at(0).find("code").as_text());
                if (type == "PLAC" && !s.has(2)) s.set(2, v2_ei(i));
                if (type == "FILL" && !s.has(3)) s.set(3, v2_ei(i));
            }
        }
        // The receiver needs a number to know the result by.
        if (report && !s.has(2) && !s.has(3)) {
            const Json &i = report->find("identifier").at(0);
            if (i.is_absent())
                s.set(3, report->find("id").as_text());
            else
                s.set(3, v2_ei(i));
        }
    }

    void order(const Json *request, const Json *report, const Json *orderer = nullptr) {
        SegmentWriter s("ORC");
        s.set(1, "RE");
        numbers(s, request, report);
        if (request) {
            s.set(5, translated(request->find("status").as_text(),
                                {{"completed", "CM"},
                                 {"revoked", "CA"},
                                 {"entered-in-error", "ER"},
                                 {"on-hold", "HD"},
                                 {"active", "IP"}},
                                ""));
            s.set(9, v2_time(request->find("authoredOn").as_text()));
            if (const Json *who = person(request->find("requester"))) s.set(12, v2_xcn(*who));
        }
        if (orderer) s.set(12, v2_xcn(*orderer));
        emit(s);
    }

    void obr(int n, const Json &r, const Json *request) {
        const bool is_report = is(r, "DiagnosticReport");
        SegmentWriter s("OBR");
        s.set(1, std::to_string(n));
        numbers(s, request, &r);
        s.set(4, v2_cwe(r.find("code")));
        const Json &period = r.find("effectivePeriod");
        s.set(7, v2_time(period.is_absent() ? r.find("effectiveDateTime").as_text()
                                            : period.find("start").as_text()));
        s.set(8, v2_time(period.find("end").as_text()));
        if (request)
            if (const Json *who = person(request->find("requester"))) s.set(16, v2_xcn(*who));
        s.set(22, v2_time(r.find("issued").as_text()));
        if (is_report)
            for (const auto &c : r.find("category").at(0).find("coding").elements())
                if (v2_system(c.find("system").as_text()) == "HL70074")
                    s.set(24, c.find("code").as_text());
        s.set(25, translated(r.find("status").as_text(),
                             {{"registered", "O"},
                              {"partial", "R"},
                              {"preliminary", "P"},
                              {"final", "F"},
                              {"cancelled", "X"},
                              {"entered-in-error", "X"},
                              {"corrected", "C"},
                              {"amended", "C"},
                              {"appended", "C"}},
                             ""));
        emit(s);
    }

    void notes(const Json &r) {
        int n = 0;
        const auto one = [&](const std::string &text) {
            if (text.empty()) return;
            SegmentWriter s("NTE");
            s.set(1, std::to_string(++n));
            s.set_formatted(3, text);
            emit(s);
        };
        one(std::string(r.find("conclusion").as_text()));
        for (const auto &note : r.find("note").elements())
            one(std::string(note.find("text").as_text()));
    }

    void specimen(const Json &r) {
        SegmentWriter s("SPM");
        s.set(1, "1");
        const Json &number = r.find("identifier").at(0);
        if (!number.find("value").as_text().empty()) {
            // EIP: the filler's number is the second component.
            std::string text = "^" + hl7v2::escape(number.find("value").as_text(), {});
            for (const auto &part : v2_authority(number.find("system").as_text()))
                text += "&" + hl7v2::escape(part, {});
            s.set_raw(2, text);
        }
        s.set(4, v2_cwe(r.find("type")));
        s.set(8, v2_cwe(r.find("collection").find("bodySite")));
        const Json &collection = r.find("collection");
        const Json &period = collection.find("collectedPeriod");
        s.set(17,
              Components{v2_time(period.is_absent() ? collection.find("collectedDateTime").as_text()
                                                    : period.find("start").as_text()),
                         v2_time(period.find("end").as_text())});
        s.set(18, v2_time(r.find("receivedTime").as_text()));
        emit(s);
    }

    static bool is_same_time(const Json &a, const Json &b) {
        return core::to_text(a.find("effectivePeriod")) ==
                   core::to_text(b.find("effectivePeriod")) &&
               core::to_text(a.find("effectiveDateTime")) ==
                   core::to_text(b.find("effectiveDateTime"));
    }

    static std::string number_of(const Json &quantity) {
        return std::string(quantity.find("value").as_text());
    }

    static Components unit_of(const Json &q) {
        const std::string code(q.find("code").as_text());
        const std::string unit(q.find("unit").as_text());
        if (code.empty()) return {unit};
        return {code, unit == code ? "" : unit, v2_system(q.find("system").as_text())};
    }

    void value(SegmentWriter &s, const Json &o) {
        if (const Json &q = o.find("valueQuantity"); !q.is_absent()) {
            const std::string comparator(q.find("comparator").as_text());
            if (comparator.empty()) {
                s.set(2, "NM");
                s.set(5, number_of(q));
            } else {
                s.set(2, "SN");
                s.set(5, Components{comparator, number_of(q)});
            }
            s.set(6, unit_of(q));
        } else if (const Json &c = o.find("valueCodeableConcept"); !c.is_absent()) {
            s.set(2, "CWE");
            s.set(5, v2_cwe(c));
        } else if (const Json &t = o.find("valueString"); !t.is_absent()) {
            s.set(2, t.as_text().find('\n') == std::string::npos ? "ST" : "FT");
            s.set_formatted(5, t.as_text());
        } else if (const Json &b = o.find("valueBoolean"); !b.is_absent()) {
            s.set(2, "ID");
            s.set(5, b.as_bool() ? "Y" : "N");
        } else if (const Json &i = o.find("valueInteger"); !i.is_absent()) {
            s.set(2, "NM");
            s.set(5, i.as_text());
        } else if (const Json &d = o.find("valueDateTime"); !d.is_absent()) {
            s.set(2, d.as_text().find('T') == std::string::npos ? "DT" : "DTM");
            s.set(5, v2_time(d.as_text()));
        } else if (const Json &m = o.find("valueTime"); !m.is_absent()) {
            s.set(2, "TM");
            s.set(5, v2_time("T" + std::string(m.as_text())));
        } else if (const Json &r = o.find("valueRange"); !r.is_absent()) {
            s.set(2, "SN");
            s.set(5, Components{"", number_of(r.find("low")), "-", number_of(r.find("high"))});
            s.set(6, unit_of(r.find("low")));
        } else if (const Json &r2 = o.find("valueRatio"); !r2.is_absent()) {
            s.set(2, "SN");
            s.set(5, Components{"", number_of(r2.find("numerator")), ":",
                                number_of(r2.find("denominator"))});
        } else if (const Json &p = o.find("valuePeriod"); !p.is_absent()) {
            s.set(2, "DR");
            s.set(5,
                  Components{v2_time(p.find("start").as_text()), v2_time(p.find("end").as_text())});
        } else {
            for (const auto &e : o.find("extension").elements())
                if (const Json &a = e.find("valueAttachment"); !a.is_absent()) data(s, a);
        }
    }

    // ED: its type is of table 0191, its subtype what the media type says.
    static void data(SegmentWriter &s, const Json &attachment) {
        const std::string content(attachment.find("data").as_text());
        if (content.empty()) return;
        const std::string media(attachment.find("contentType").as_text());
        const std::size_t slash = std::min(media.find('/'), media.size());
        std::string subtype = media.substr(std::min(slash + 1, media.size()));
        for (char &c : subtype)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        s.set(2, "ED");
        s.set(5, Components{"",
                            std::string(translated(media.substr(0, slash),
                                                   {{"audio", "AU"},
                                                    {"image", "IM"},
                                                    {"text", "TEXT"},
                                                    {"multipart", "multipart"}},
                                                   "AP")),
                            subtype, "Base64", content});
    }

    void obx(int n, const Json &o) {
        SegmentWriter s("OBX");
        s.set(1, std::to_string(n));
        s.set(3, v2_cwe(o.find("code")));
        value(s, o);
        const Json &range = o.find("referenceRange").at(0);
        std::string text(range.find("text").as_text());
        if (text.empty() && !range.is_absent()) {
            const std::string low = number_of(range.find("low"));
            const std::string high = number_of(range.find("high"));
            text = low.empty() ? (high.empty() ? "" : "<" + high)
                               : (high.empty() ? ">" + low : low + "-" + high);
        }
        s.set(7, text);
        for (const auto &i : o.find("interpretation").elements())
            s.add(8, {std::string(i.find("coding").at(0).find("code").as_text())});
        const std::string status(o.find("status").as_text());
        s.set(11, translated(status,
                             {{"registered", "I"},
                              {"preliminary", "P"},
                              {"final", "F"},
                              {"corrected", "C"},
                              {"amended", "A"},
                              {"cancelled", "X"},
                              {"entered-in-error", "W"}},
                             ""));
        // That of its order need not be said again.
        if (!report_ || !is_same_time(o, *report_)) {
            const Json &period = o.find("effectivePeriod");
            s.set(14, v2_time(period.is_absent() ? o.find("effectiveDateTime").as_text()
                                                 : period.find("start").as_text()));
        }
        if (const Json *who = person(o.find("performer").at(0)))
            if (is(*who, "Practitioner")) s.set(16, v2_xcn(*who));
        s.set(17, v2_cwe(o.find("method")));
        emit(s);
        notes(o);
    }

    // ---- immunizations ----
    void vaccines() {
        for (const Json *o : of_patient("Observation"))
            for (const auto &part : o->find("partOf").elements())
                if (const Json *whole = resolve(part)) parts_[whole].push_back(o);
        for (const Json *i : of_patient("Immunization")) {
            order(nullptr, i, performer(*i, "OP"));
            rxa(*i);
            if (!i->find("route").is_absent() || !i->find("site").is_absent()) {
                SegmentWriter s("RXR");
                s.set(1, v2_cwe(i->find("route")));
                s.set(2, v2_cwe(i->find("site")));
                emit(s);
            }
            int n = 0;
            if (const auto found = parts_.find(i); found != parts_.end())
                for (const Json *o : found->second) obx(++n, *o);
        }
    }

    // The practitioner of that role (table 0443); null when there is none.
    const Json *performer(const Json &i, std::string_view role) const {
        for (const auto &p : i.find("performer").elements()) {
            const Json *who = person(p.find("actor"));
            if (who && is(*who, "Practitioner") &&
                p.find("function").find("coding").at(0).find("code").as_text() == role)
                return who;
        }
        return nullptr;
    }

    void rxa(const Json &i) {
        SegmentWriter s("RXA");
        s.set(1, "0");
        s.set(2, "1");
        const std::string when = v2_time(i.find("occurrenceDateTime").as_text());
        s.set(3, when);
        s.set(4, when);
        s.set(5, v2_cwe(i.find("vaccineCode")));
        const Json &dose = i.find("doseQuantity");
        // 999: not known (HL7 v2.5.1 4.14.7.6).
        s.set(6, dose.find("value").as_text().empty() ? "999" : dose.find("value").as_text());
        if (!dose.is_absent()) s.set(7, unit_of(dose));
        const Json &primary = i.find("primarySource");
        if (!i.find("reportOrigin").is_absent())
            s.set(9, v2_cwe(i.find("reportOrigin")));
        else if (primary.kind() == core::Kind::boolean && primary.as_bool())
            s.set(9, Components{"00", "New immunization record", "NIP001"});
        for (const char *role : {"", "AP"})
            if (const Json *who = performer(i, role)) s.set(10, v2_xcn(*who));
        // LA2: a point of care, room, bed and facility as PL has them.
        if (!i.find("location").is_absent()) s.set(11, location(i.find("location")));
        s.set(15, i.find("lotNumber").as_text());
        s.set(16, v2_time(i.find("expirationDate").as_text()));
        if (const Json *maker = resolve(i.find("manufacturer")))
            s.set(17,
                  Components{std::string(maker->find("identifier").at(0).find("value").as_text()),
                             std::string(maker->find("name").as_text()),
                             maker->find("identifier").is_absent() ? "" : "MVX"});
        s.set(18, v2_cwe(i.find("statusReason")));
        s.set(19, v2_cwe(i.find("reasonCode").at(0)));
        const std::string status(i.find("status").as_text());
        const std::string_view undone = i.find("statusReason").is_absent() ? "NA" : "RE";
        s.set(20, translated(status, {{"completed", "CP"}, {"not-done", undone}}, ""));
        s.set(21, status == "entered-in-error" ? "D" : "A");
        emit(s);
    }

    const Json &options_;
    std::string structure_;
    const Json *bundle_ = nullptr;
    std::vector<const Json *> all_;
    std::unordered_map<std::string, const Json *> by_name_;
    std::unordered_map<const Json *, std::vector<const Json *>> parts_;
    const Json *patient_ = nullptr;
    const Json *report_ = nullptr;  // what the OBR is of
    std::string time_;
    std::string out_;
};

}  // namespace

core::Result<std::string> hl7v2_from_fhir(const Json &resources, std::string_view structure,
                                          const Json &options) {
    return Message(resources, structure, options).make();
}

}  // namespace clinical::convert
