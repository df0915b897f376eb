#pragma once

// What the parts of the engine share while one resource is written: the caller's options, whose
// ages and strings these are, which question is being answered, and the place for errors.

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"
#include "deid/crosswalk.h"
#include "deid/person.h"
#include "deid/places.h"
#include "deid/rules.h"

namespace clinical::deid {

// Beyond any resource in use (limit_exceeded).  Sections, items, terms and actions may hold
// themselves.
inline constexpr std::size_t max_nodes = 1'000'000;
inline constexpr int max_depth = 64;

// Three modes, never mixed.  What they share is the allow list; a limited data set
// (164.514(e)) keeps dates, ages, city and ZIP code, expert determination moves the dates of a
// person by a number of days.
enum class Mode { safe_harbor, limited_data_set, expert_determination };
std::string_view name_of(Mode mode);
std::optional<Mode> mode_named(std::string_view name);

// A keyed digest of `text` for one purpose, as 64 hexadecimal digits.
using KeyedHash = std::function<std::string(std::string_view purpose, std::string_view text)>;

// Rows of a policy about HL7 v2, C-CDA and X12 (policy_v2.h, policy_cda.h, policy_x12.h).
struct V2Rows;
struct CdaRows;
struct X12Rows;
class PolicyText;

// The extension that stands, with code `masked`, in the place of what is required and went.
inline constexpr std::string_view masked_url =
    "http://hl7.org/fhir/StructureDefinition/data-absent-reason";

struct Options {
    Mode mode = Mode::safe_harbor;
    int shift_days = 0;  // expert determination
    ZipRule zip;
    // Elements that a site removes as well: "Patient.maritalStatus".
    const std::set<std::string, std::less<>> *removed = nullptr;
    // What it says of the other formats; none where it says nothing.
    const V2Rows *v2_rows = nullptr;
    const CdaRows *cda_rows = nullptr;
    const X12Rows *x12_rows = nullptr;
    const KeyedHash *hash = nullptr;  // there when a row asks for it
    PolicyText *text = nullptr;       // likewise, of HL7 v2 and C-CDA (action scrub)
    const Rules *rules = &safe_harbor_rules();
    Date reference;  // a full date
    const Person *person = nullptr;
    OnKnown on_known = OnKnown::remove;
    core::Interrupt interrupt;
};

// The question that governs the answers below it (Observation, Observation.component).
struct Question {
    bool kept = true;  // its code stays, so its answers may
    bool asks_age = false;
};

template <core::Node N>
class Context {
public:
    using Kind = core::Kind;

    Context(const Options &given, bool can_be_linked) : options(given), linkable(can_be_linked) {}

    const Options &options;
    const bool linkable;  // other resources of the person may stand beside this one
    AgeRule age;
    Question question;
    N root;  // the resource at hand, contained or not
    Place place;

    [[nodiscard]] bool is_safe_harbor() const { return options.mode == Mode::safe_harbor; }

    static std::optional<Date> date_of(const N &node, std::string_view name) {
        const N value = node.find(name);
        if (value.kind() != Kind::string) return std::nullopt;
        return parse_date(value.as_text());
    }

    bool keeps_age(int years) const {
        if (options.mode == Mode::limited_data_set) return true;
        if (age.birth) return !age.over;
        return age.keeps_age(years, earliest_event(), linkable);
    }

    // The earliest date of the resource at hand that may stay beside an age.
    std::optional<Date> earliest_event() const {
        std::optional<Date> earliest;
        const auto consider = [&](const N &value) {
            const auto date =
                value.kind() == Kind::string ? parse_date(value.as_text()) : std::optional<Date>();
            if (date && (!earliest || date->year < earliest->year)) earliest = date;
        };
        for (std::size_t i = 0; i < root.size(); ++i) {
            const N value = root.at(i);
            if (root.key(i) == "id") continue;
            consider(value);
            if (value.kind() == Kind::object)
                for (std::string_view name : {"start", "end"}) consider(value.find(name));
        }
        return earliest;
    }

    bool is_known(std::string_view text, const char *what) const {
        if (options.person->known.empty() || !options.person->known.found_in(text)) return false;
        if (options.on_known == OnKnown::refuse)
            throw core::Error{core::ErrorCode::invalid_value, "an identifier of the person remains",
                              "Element " + place.path() + " holds one as " + what + ".", 0};
        return true;
    }

    void count() {
        if (++nodes_ > max_nodes)
            throw core::Error{core::ErrorCode::limit_exceeded, "resource is too large",
                              "The limit is 1000000 values.", 0};
        if (nodes_ % 1024 == 0) options.interrupt.poll();
    }

    // A level of an element that may hold itself.
    void descend() {
        if (++depth_ > max_depth)
            throw core::Error{core::ErrorCode::limit_exceeded, "resource is nested too deep",
                              "The limit is 64 levels.", 0};
    }
    void ascend() { --depth_; }

private:
    int depth_ = 0;
    std::size_t nodes_ = 0;
};

}  // namespace clinical::deid
