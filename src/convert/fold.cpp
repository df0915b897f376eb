#include "convert/fold.h"

#include <algorithm>
#include <iterator>

#include "convert/element.h"

namespace clinical::convert {

using core::Json;

namespace {

// ---- finality: a transition table ----------------------------------------------------------
//
// What is stored at `rank` gives way to a statement of the same or a higher rank.  P, R and S give
// way to F, F to C and A; void (D, W, X) acts on what is stored, and a result stated again after
// it lives again.

struct Rank {
    std::string_view type, status;
    int rank;
};
constexpr int unknown_rank = 0;
constexpr int void_rank = 9;
constexpr Rank ranks[] = {
    {"Observation", "registered", 1},
    {"Observation", "preliminary", 2},
    {"Observation", "final", 3},
    {"Observation", "corrected", 4},
    {"Observation", "amended", 4},
    {"Observation", "cancelled", void_rank},
    {"Observation", "entered-in-error", void_rank},
    {"DiagnosticReport", "registered", 1},
    {"DiagnosticReport", "partial", 2},
    {"DiagnosticReport", "preliminary", 2},
    {"DiagnosticReport", "final", 3},
    {"DiagnosticReport", "corrected", 4},
    {"DiagnosticReport", "amended", 4},
    {"DiagnosticReport", "appended", 4},
    {"DiagnosticReport", "cancelled", void_rank},
    {"DiagnosticReport", "entered-in-error", void_rank},
    {"ServiceRequest", "draft", 1},
    {"ServiceRequest", "active", 2},
    {"ServiceRequest", "on-hold", 2},
    {"ServiceRequest", "completed", 3},
    {"ServiceRequest", "revoked", void_rank},
    {"ServiceRequest", "entered-in-error", void_rank},
};

int rank_of(std::string_view type, std::string_view status) {
    for (const auto &r : ranks)
        if (r.type == type && r.status == status) return r.rank;
    return unknown_rank;
}

enum class Verdict { all, status_only_kept, nothing };

// `registered` and `preliminary` are the same kind of result; neither replaces a final one.
Verdict judge(std::string_view type, std::string_view stored, std::string_view said) {
    if (type != "Observation" && type != "DiagnosticReport" && type != "ServiceRequest")
        return Verdict::all;
    const int before = rank_of(type, stored);
    const int after = rank_of(type, said);
    if (before == void_rank) return after == unknown_rank ? Verdict::nothing : Verdict::all;
    if (after >= before || before < 3) {
        // Unknown is the lack of a statement (an order without ORC).
        return after == unknown_rank && before != unknown_rank ? Verdict::status_only_kept
                                                               : Verdict::all;
    }
    return type == "ServiceRequest" ? Verdict::status_only_kept : Verdict::nothing;
}

// ---- elements with rules of their own ------------------------------------------------------

enum class Rule { replace, unite, members, places };
struct ElementRule {
    std::string_view type, element;
    Rule rule;
};
constexpr ElementRule rules[] = {
    {"", "identifier", Rule::unite},
    {"Patient", "link", Rule::unite},
    {"DiagnosticReport", "result", Rule::unite},
    {"DiagnosticReport", "specimen", Rule::unite},
    {"DiagnosticReport", "basedOn", Rule::unite},
    {"Encounter", "period", Rule::members},
    {"Encounter", "hospitalization", Rule::members},
    {"Encounter", "location", Rule::places},
};

Rule rule_of(std::string_view type, std::string_view element) {
    for (const auto &r : rules)
        if (r.element == element && (r.type.empty() || r.type == type)) return r.rule;
    return Rule::replace;
}

// What makes two elements of a united list the same.
bool is_same(const Json &a, const Json &b) {
    if (!a.find("other").is_absent()) return a.find("other") == b.find("other");  // Patient.link
    if (!a.find("value").is_absent())
        return a.find("value") == b.find("value") && a.find("system") == b.find("system");
    return a == b;
}

void unite(Json &list, const Json &said) {
    for (const auto &e : said.elements()) {
        std::size_t i = 0;
        while (i < list.size() && !is_same(list.at(i), e)) i++;
        list.element(i) = e;
    }
}

// A patient is in one place at a time: arriving somewhere completes the place before.
void move_places(Json &list, const Json &said) {
    for (const auto &place : said.elements()) {
        const Json &where = place.find("location");
        const std::string status(place.find("status").as_text());
        std::size_t at = list.size();
        for (std::size_t i = 0; i < list.size(); i++) {
            Json &known = list.element(i);
            if (known.find("location") == where) {
                at = i;
            } else if (status == "active" && known.find("status").as_text() == "active") {
                known.set("status", Json::string("completed"));
                const Json &since = place.find("period").find("start");
                if (!since.is_absent() && known["period"].find("end").is_absent())
                    known["period"].set("end", since);
            }
        }
        Json &target = list.element(at);
        if (target.is_absent()) {
            target = place;
            continue;
        }
        if (status == "active" && target.find("status").as_text() == "completed") {
            // Back again: the earlier stay's end is not this one's.
            target["period"].erase("end");
            if (target.find("period").size() == 0) target.erase("period");
        }
        for (const auto &[key, value] : place.members())
            if (key != "period")
                target.set(key, value);
            else
                for (const auto &[bound, time] : value.members()) target["period"].set(bound, time);
    }
}

// ---- choices and primitives' companions ----------------------------------------------------

std::string_view choice_of(std::string_view type, std::string_view name) {
    if (name.starts_with('_')) name.remove_prefix(1);
    const Element *e = find_element(type, name);
    return e ? e->choice : std::string_view();
}

void erase_choice(Json &current, std::string_view type, std::string_view choice) {
    for (std::size_t i = current.size(); i-- > 0;) {
        const std::string key(current.key(i));
        if (choice_of(type, key) == choice) current.erase(key);
    }
}

void clear(Json &current, std::string_view type, std::string_view name) {
    const auto point = name.find('.');
    if (point != std::string_view::npos) {
        if (current.find(name.substr(0, point)).is_absent()) return;
        Json &parent = current[name.substr(0, point)];
        parent.erase(name.substr(point + 1));
        if (parent.size() == 0) current.erase(name.substr(0, point));
        return;
    }
    current.erase(name);
    current.erase("_" + std::string(name));
    erase_choice(current, type, name);
}

// Unknown values that conversion writes where R4 wants one say nothing about what is known.
bool says_nothing(std::string_view type, std::string_view name, const Json &value,
                  const Json &known) {
    if (known.is_absent()) return false;
    if (type == "Encounter" && name == "status") return value.as_text() == "unknown";
    if (type == "Encounter" && name == "class")
        return value.find("system").as_text() ==
               "http://terminology.hl7.org/CodeSystem/v3-NullFlavor";
    return false;
}

void set_element(Json &current, std::string_view type, std::string_view name, const Json &value) {
    if (says_nothing(type, name, value, current.find(name))) return;
    switch (rule_of(type, name)) {
        case Rule::unite: unite(current[name], value); return;
        case Rule::places: move_places(current[name], value); return;
        case Rule::members:
            for (const auto &[key, member] : value.members()) current[name].set(key, member);
            return;
        case Rule::replace: break;
    }
    if (const auto choice = choice_of(type, name); !choice.empty())
        erase_choice(current, type, choice);
    current.set(name, value);
    // A compound was contained; what is no longer referred to goes.
    if (name == "medicationCodeableConcept") current.erase("contained");
}

// A state and "entered in error" exclude each other (con-5, ait-2): what was said last stands. What
// has no state, or is there, has not ended (con-4).
void settle_states(Json &current, const Json &statement) {
    const auto code_of = [](const Json &status) {
        return status.find("coding").at(0).find("code").as_text();
    };
    if (code_of(current.find("verificationStatus")) == "entered-in-error") {
        const bool is_back = statement.find("verificationStatus").is_absent() &&
                             !statement.find("clinicalStatus").is_absent();
        current.erase(is_back ? "verificationStatus" : "clinicalStatus");
    }
    const std::string_view state = code_of(current.find("clinicalStatus"));
    if (state != "resolved" && state != "remission" && state != "inactive")
        erase_choice(current, "Condition", "abatement");
}

}  // namespace

void fold(Json &current, const Json &statement, const std::vector<std::string> &cleared) {
    const std::string type(statement.find("resourceType").as_text());
    if (current.is_absent()) {
        current = statement;
        for (const auto &name : cleared)
            if (statement.find(name).is_absent()) clear(current, type, name);
        return;
    }
    const Verdict verdict =
        judge(type, current.find("status").as_text(), statement.find("status").as_text());
    if (verdict == Verdict::nothing) return;
    for (const auto &name : cleared) clear(current, type, name);
    for (const auto &[name, value] : statement.members()) {
        if (name.starts_with('_')) continue;
        if (verdict == Verdict::status_only_kept && name == "status") continue;
        set_element(current, type, name, value);
        // A primitive's extensions go with the primitive.
        const std::string companion = "_" + std::string(name);
        const Json &beside = statement.find(companion);
        if (beside.is_absent())
            current.erase(companion);
        else
            current.set(companion, beside);
    }
    for (const auto &[name, value] : statement.members())
        if (name.starts_with('_') && statement.find(name.substr(1)).is_absent()) {
            current.erase(name.substr(1));
            current.set(name, value);
        }
    if (type == "Condition" || type == "AllergyIntolerance") settle_states(current, statement);
    if (type != "Observation") return;
    // A value and the reason of its absence exclude each other (R4 obs-6).
    const bool has_value =
        std::any_of(statement.members().begin(), statement.members().end(),
                    [&](const auto &m) { return choice_of(type, m.key()) == "value"; });
    if (has_value) current.erase("dataAbsentReason");
    if (!statement.find("dataAbsentReason").is_absent() && !has_value)
        erase_choice(current, type, "value");
}

}  // namespace clinical::convert
