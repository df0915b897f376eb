#include "convert/grammar.h"

#include <algorithm>
#include <iterator>
#include <unordered_map>

namespace clinical::convert {

namespace {

template <std::size_t n>
bool is_one_of(std::string_view id, const std::string_view (&names)[n]) {
    return std::find(std::begin(names), std::end(names), id) != std::end(names);
}

// Walks the segments in order.  A segment that cannot stand at the cursor but can in an enclosing
// group closes groups until it fits.
//
// Why not hl7v2/groups.h, which knows the grammar of every structure and version?  Both were run
// over the 560 messages of the suites that are converted: they agree on the OBR of 4,995 of 5,000
// OBX, on all notes of orders and on 270 of 275 notes of observations.  Where they differ, or where
// the structure has no such segment at all (PRT 17 times, TXA and RF1 7 times each), the message is
// read all the same, so this walk would have to stay as the other way.  What is asked for differs,
// too: OUL_R22 and R23 put orders below specimens, FHIR the other way round.  And it would cost 20
// thousand instructions a message, 3 % of a conversion; cutting the fields and this walk take 16.
class Grouper {
public:
    Grouper(Grouped &out, const Event &event)
        : out_(out), event_(event), has_orders_(event.family == Family::order) {}

    void take(const Fields &s) {
        const std::string_view id = s.id();
        if (id == "SFT") out_.software.push_back(&s);
        if (id == "MSH" || id == "SFT" || id == "UAC" || id == "DSC") return;
        if (id == "EVN") {
            out_.evn = &s;
            return;
        }
        if (event_.family == Family::master) {
            if (!entry(s, id)) out_.unmapped.push_back(&s);
            return;
        }
        if (id == "PID") {
            begin_patient(s);
            return;
        }
        if (head(s, id)) return;
        if (out_.patients.empty()) out_.patients.emplace_back();
        if (!person(s, id) && !(has_orders_ && order_part(s, id)) && !common(s, id))
            out_.unmapped.push_back(&s);
    }

private:
    enum class Cursor {
        head,
        patient,
        visit,
        procedure,
        insurance,
        charge,
        problem,
        order,
        observation,
        specimen,
        specimen_observation,
        document
    };

    PatientGroup &patient() { return out_.patients.back(); }
    OrderGroup &order() { return patient().orders.back(); }
    [[nodiscard]] bool in_order() const {
        return at_ == Cursor::order || at_ == Cursor::observation || at_ == Cursor::specimen ||
               at_ == Cursor::specimen_observation;
    }

    void begin_patient(const Fields &s) {
        const bool repeats = has_orders_ || event_.family == Family::merge ||
                             event_.family == Family::pair || event_.family == Family::schedule;
        if (out_.patients.empty() || out_.patients.back().pid) {
            if (!out_.patients.empty() && !repeats) {
                out_.misplaced.push_back(&s);
                return;
            }
            out_.patients.emplace_back();
        }
        patient().pid = &s;
        specimen_ = nullptr;
        at_ = Cursor::patient;
    }

    void once(const Fields *&place, const Fields &s) {
        if (place)
            out_.misplaced.push_back(&s);
        else
            place = &s;
    }

    // Segments that speak of the whole message: of the appointment or the referral.
    bool head(const Fields &s, std::string_view id) {
        static constexpr std::string_view resources[] = {"AIS", "AIG", "AIL", "AIP"};
        if (id == "RGS") return true;  // opens a group, says nothing
        if (id == "SCH") {
            once(out_.schedule, s);
            at_ = Cursor::head;
        } else if (id == "RF1") {
            once(out_.referral, s);
            at_ = Cursor::head;
        } else if (id == "PRD") {
            out_.providers.push_back({&s, {}, {}});
            at_ = Cursor::head;
        } else if (is_one_of(id, resources)) {
            out_.resources.push_back({&s, {}, {}});
            at_ = Cursor::head;
        } else if (at_ == Cursor::head && id == "TQ1") {
            out_.timings.push_back(&s);
        } else if (at_ == Cursor::head && id == "NTE") {
            (out_.resources.empty() ? out_.notes : out_.resources.back().notes).push_back(&s);
        } else if (at_ == Cursor::head && id == "CTD" && !out_.providers.empty()) {
            out_.providers.back().followers.push_back(&s);
        } else {
            return false;
        }
        return true;
    }

    // What belongs to the patient or the visit wherever it stands.
    bool person(const Fields &s, std::string_view id) {
        if (id == "PD1") {
            once(patient().pd1, s);
        } else if (id == "NK1") {
            patient().relatives.push_back(&s);
        } else if (id == "PV1") {
            once(patient().pv1, s);
            at_ = Cursor::visit;
        } else if (id == "PV2") {
            once(patient().pv2, s);
        } else if (id == "MRG") {
            once(patient().mrg, s);
        } else if (id == "AL1" || id == "IAM") {
            patient().allergies.push_back(&s);
        } else if (id == "GT1") {
            patient().guarantors.push_back(&s);
        } else if (id == "IN1") {
            patient().insurances.push_back({&s, {}, {}});
            at_ = Cursor::insurance;
        } else if ((id == "IN2" || id == "IN3") && !patient().insurances.empty()) {
            patient().insurances.back().followers.push_back(&s);
        } else if (id == "TXA") {
            once(patient().txa, s);
            at_ = Cursor::document;
        } else {
            return false;
        }
        return true;
    }

    // The rest, outside of orders.
    bool common(const Fields &s, std::string_view id) {
        if (id == "DG1") {
            patient().diagnoses.push_back(&s);
        } else if (id == "PR1") {
            patient().procedures.push_back({&s, {}, {}});
            at_ = Cursor::procedure;
        } else if (id == "FT1") {
            patient().charges.push_back({&s, {}, {}});
            at_ = Cursor::charge;
        } else if (id == "PRB") {
            patient().problems.push_back({&s, {}, {}});
            at_ = Cursor::problem;
        } else if (id == "ROL" || id == "PRT") {
            if (at_ == Cursor::procedure)
                patient().procedures.back().followers.push_back(&s);
            else if (at_ == Cursor::problem)
                patient().problems.back().followers.push_back(&s);
            else if (!patient().observations.empty() && id == "PRT")
                patient().observations.back().participants.push_back(&s);
            else
                (at_ == Cursor::visit ? patient().visit_roles : patient().roles).push_back(&s);
        } else if (id == "OBX") {
            (at_ == Cursor::document ? patient().contents : patient().observations)
                .push_back({&s, {}, {}});
        } else if (id == "NTE") {
            note(s);
        } else {
            return false;
        }
        return true;
    }

    void note(const Fields &s) {
        if (at_ == Cursor::charge)
            patient().charges.back().notes.push_back(&s);
        else if (at_ == Cursor::problem)
            patient().problems.back().notes.push_back(&s);
        else if (at_ == Cursor::document && !patient().contents.empty())
            patient().contents.back().notes.push_back(&s);
        else if (!patient().observations.empty())
            patient().observations.back().notes.push_back(&s);
        else
            patient().notes.push_back(&s);
    }

    void open_order() {
        patient().orders.emplace_back().shared_spm = specimen_;
        at_ = Cursor::order;
    }

    bool order_part(const Fields &s, std::string_view id) {
        static constexpr std::string_view detail_names[] = {
            "RXO", "RXE", "RXD", "RXG", "RXA", "RXR", "RXC", "TQ1", "TQ2", "CTD",
            "RQD", "RQ1", "ODS", "ODT", "BLG", "SAC", "FT1", "CTI", "TCD", "SID"};
        static constexpr std::string_view openers[] = {"RXO", "RXE", "RXD", "RXG", "RXA"};
        if (id == "ORC") {
            // OUL names the order after its OBR.
            const bool follows = event_.code == "OUL" && event_.trigger != "R21" &&
                                 at_ == Cursor::order && order().obr && !order().orc;
            if (!follows) open_order();
            order().orc = &s;
            return true;
        }
        if (id == "OBR") {
            // An ORC opens the group of the OBR after it.
            if (!in_order() || order().obr) open_order();
            order().obr = &s;
            at_ = Cursor::order;
            return true;
        }
        if (id == "SPM") return specimen(s);
        if (is_one_of(id, openers) && (!in_order() || order().detail(id))) {
            // One ORC may stand before several administrations.
            const Fields *orc = in_order() ? order().orc : nullptr;
            open_order();
            order().orc = orc;
        }
        if (!in_order()) return false;
        if (id == "SAC" && (at_ == Cursor::specimen || at_ == Cursor::specimen_observation)) {
            order().specimens.back().containers.push_back(&s);
        } else if (is_one_of(id, detail_names) || id == "DG1") {
            order().details.push_back(&s);
        } else if (id == "OBX") {
            observation(s);
        } else if (id == "ROL" || id == "PRT") {
            if (at_ == Cursor::observation)
                order().observations.back().participants.push_back(&s);
            else if (at_ == Cursor::specimen_observation)
                order().specimens.back().observations.back().participants.push_back(&s);
            else
                order().details.push_back(&s);
        } else if (id == "NTE") {
            order_note(s);
        } else {
            return false;
        }
        return true;
    }

    bool specimen(const Fields &s) {
        // OUL R22 and R23 begin with the specimen, its orders follow.
        if (event_.code == "OUL" && (event_.trigger == "R22" || event_.trigger == "R23")) {
            specimen_ = &s;
            open_order();
            order().specimens.push_back({&s, {}, {}});
            at_ = Cursor::specimen;
            return true;
        }
        if (!in_order()) {
            out_.misplaced.push_back(&s);
            return true;
        }
        order().specimens.push_back({&s, {}, {}});
        at_ = Cursor::specimen;
        return true;
    }

    void observation(const Fields &s) {
        if (at_ == Cursor::specimen || at_ == Cursor::specimen_observation) {
            order().specimens.back().observations.push_back({&s, {}, {}});
            at_ = Cursor::specimen_observation;
        } else {
            order().observations.push_back({&s, {}, {}});
            at_ = Cursor::observation;
        }
    }

    void order_note(const Fields &s) {
        if (at_ == Cursor::observation)
            order().observations.back().notes.push_back(&s);
        else if (at_ == Cursor::specimen_observation)
            order().specimens.back().observations.back().notes.push_back(&s);
        else
            order().notes.push_back(&s);
    }

    bool entry(const Fields &s, std::string_view id) {
        static constexpr std::string_view members[] = {"STF", "PRA", "ORG", "LOC",
                                                       "LCH", "LDP", "CDM"};
        if (id == "MFI") return true;
        if (id == "MFE") {
            out_.entries.push_back({&s, {}, {}});
            return true;
        }
        if (out_.entries.empty() || !is_one_of(id, members)) return false;
        out_.entries.back().followers.push_back(&s);
        return true;
    }

    Grouped &out_;
    const Event &event_;
    const bool has_orders_;
    const Fields *specimen_ = nullptr;
    Cursor at_ = Cursor::patient;
};

}  // namespace

Grouped group_segments(const hl7v2::Message &message, const Event &event) {
    Grouped out;
    Grouper grouper(out, event);
    std::unordered_map<std::string_view, int> seen;
    for (const auto &segment : message)
        out.segments.emplace_back(segment, message.delimiters(), ++seen[segment.id()]);
    for (const auto &s : out.segments) grouper.take(s);
    return out;
}

}  // namespace clinical::convert
