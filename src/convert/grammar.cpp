#include "convert/grammar.h"

#include <map>

namespace clinical::convert {

namespace {

// Walks the segments in order.  A segment that cannot stand at the cursor but can in an enclosing
// group closes groups until it fits.
class Grouper {
public:
    Grouper(Grouped &out, std::string_view structure)
        : out_(out), is_result_(structure == "ORU_R01"), is_merge_(structure == "ADT_A39") {}

    void take(const Fields &s) {
        const std::string_view id = s.id();
        if (id == "MSH" || id == "SFT" || id == "UAC" || id == "DSC") return;
        if (id == "EVN") {
            out_.evn = &s;
            return;
        }
        if (id == "PID") {
            // ADT has one patient; A40 and ORU repeat the group.
            if (out_.patients.empty() || out_.patients.back().pid || is_merge_ || is_result_)
                out_.patients.emplace_back();
            if (!is_merge_ && !is_result_ && out_.patients.size() > 1) {
                out_.patients.pop_back();
                out_.misplaced.push_back(&s);
                return;
            }
            patient().pid = &s;
            at_ = Cursor::patient;
            return;
        }
        if (out_.patients.empty()) out_.patients.emplace_back();
        if (is_result_ && result(s, id)) return;
        if (!is_result_ && admission(s, id)) return;
        out_.unmapped.push_back(&s);
    }

private:
    enum class Cursor { patient, visit, order, observation, specimen, specimen_observation };

    PatientGroup &patient() { return out_.patients.back(); }

    void once(const Fields *&place, const Fields &s) {
        if (place)
            out_.misplaced.push_back(&s);
        else
            place = &s;
    }

    // PID's own followers, in both families.
    bool person(const Fields &s, std::string_view id) {
        if (id == "PD1")
            once(patient().pd1, s);
        else if (id == "NK1")
            patient().relatives.push_back(&s);
        else if (id == "PV1")
            once(patient().pv1, s), at_ = Cursor::visit;
        else if (id == "PV2")
            once(patient().pv2, s);
        else
            return false;
        return true;
    }

    bool admission(const Fields &s, std::string_view id) {
        if (person(s, id)) return true;
        if (id == "MRG" && is_merge_)
            once(patient().mrg, s);
        else if (id == "AL1")
            patient().allergies.push_back(&s);
        else if (id == "DG1")
            patient().diagnoses.push_back(&s);
        else if (id == "IN1")
            patient().insurances.push_back(&s);
        else if (id == "OBX")
            patient().observations.push_back({&s, {}});
        else if (id == "NTE" && !patient().observations.empty())
            patient().observations.back().notes.push_back(&s);
        else
            return false;
        return true;
    }

    OrderGroup &order() { return patient().orders.back(); }

    bool result(const Fields &s, std::string_view id) {
        const bool in_patient = at_ == Cursor::patient || at_ == Cursor::visit;
        if (person(s, id)) return true;
        if (id == "ORC") {
            patient().orders.emplace_back().orc = &s;
            at_ = Cursor::order;
        } else if (id == "OBR") {
            // An ORC opens the group of the OBR after it.
            if (in_patient || order().obr) patient().orders.emplace_back();
            order().obr = &s;
            at_ = Cursor::order;
        } else if (id == "OBX") {
            observation(s, in_patient);
        } else if (id == "SPM") {
            if (in_patient) {
                out_.misplaced.push_back(&s);
                return true;
            }
            order().specimens.push_back({&s, {}});
            at_ = Cursor::specimen;
        } else if (id == "NTE") {
            note(s);
        } else {
            return false;
        }
        return true;
    }

    void observation(const Fields &s, bool in_patient) {
        if (in_patient) {
            patient().observations.push_back({&s, {}});
        } else if (at_ == Cursor::specimen || at_ == Cursor::specimen_observation) {
            order().specimens.back().observations.push_back({&s, {}});
            at_ = Cursor::specimen_observation;
        } else {
            order().observations.push_back({&s, {}});
            at_ = Cursor::observation;
        }
    }

    void note(const Fields &s) {
        switch (at_) {
            case Cursor::patient:
            case Cursor::visit:
                if (patient().observations.empty())
                    patient().notes.push_back(&s);
                else
                    patient().observations.back().notes.push_back(&s);
                break;
            case Cursor::order:
            case Cursor::specimen: order().notes.push_back(&s); break;
            case Cursor::observation: order().observations.back().notes.push_back(&s); break;
            case Cursor::specimen_observation:
                order().specimens.back().observations.back().notes.push_back(&s);
                break;
        }
    }

    Grouped &out_;
    bool is_result_;
    bool is_merge_;
    Cursor at_ = Cursor::patient;
};

}  // namespace

Grouped group_segments(const hl7v2::Message &message, std::string_view structure) {
    Grouped out;
    Grouper grouper(out, structure);
    std::map<std::string_view, int> seen;
    for (const auto &segment : message)
        out.segments.emplace_back(segment, message.delimiters(), ++seen[segment.id()]);
    for (const auto &s : out.segments) grouper.take(s);
    return out;
}

}  // namespace clinical::convert
