#pragma once

// What the caller knows of the person a resource is about, and what follows from it: whether the
// person is over 89 at the reference date, and which strings must not remain.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/tree.h"
#include "deid/dates.h"
#include "deid/quantity.h"

namespace clinical::deid {

// "Over 89" is 90 completed years: 164.514(b)(2)(i)(C), "90 or older".
inline constexpr int capped_age = 90;

// Strings that identify the person, in a form to compare: case and diacritics folded, letters and
// digits only.
class KnownStrings {
public:
    void add(std::string_view text);
    [[nodiscard]] bool empty() const { return strings_.empty(); }
    // Whether `text` is one of them, or holds one of six or more characters.
    [[nodiscard]] bool found_in(std::string_view text) const;

private:
    std::vector<std::string> strings_;
};

enum class OnKnown { remove, refuse };

struct Person {
    std::optional<Date> birth;
    std::optional<Date> death;
    // An age that was stated at some time, for a person without a birth date.
    struct StatedAge {
        int years;
        Date when;
    };
    std::vector<StatedAge> ages;
    KnownStrings known;
    std::optional<OnKnown> on_known;
    std::string id;  // of whom a policy shifts the dates; never written
};

// The age question at a reference date.
struct AgeRule {
    Date reference;             // the declared date, or the day of death if that is earlier
    std::optional<Date> birth;  // as far as known
    bool over = false;          // the person is 90 or older

    // Facts of the caller joined with what the resource itself says; the older reading wins.
    static AgeRule make(const Person &person, const Date &reference, std::optional<Date> birth,
                        std::optional<Date> death);

    // Whether a year may be written: none that says, by itself, that somebody is over 89, nor the
    // year of birth of a person who is.
    [[nodiscard]] bool keeps_year(const Date &date) const;
    [[nodiscard]] bool keeps_birth(const Date &date) const;
    // Whether an age below 90 may be written beside an event of `when` (the earliest year of the
    // resource).
    [[nodiscard]] bool keeps_age(int years, std::optional<Date> when, bool linkable) const;
};

// Comparable form of a string.
std::string comparable(std::string_view text);

namespace detail {
[[noreturn]] void refuse_person(const char *rule);
}  // namespace detail

// Text of a number, of nodes that keep it as text and of those that make it.
template <core::Node N>
std::string number_text(const N &node) {
    if constexpr (requires { node.number_text(); }) {
        return node.number_text();
    } else {
        return std::string(node.as_text());
    }
}

// {"birthDate": date, "deceased": date or boolean, "known": [text, ...],
//  "ages": [{"years": n, "date": date}, ...], "on_known": "remove" or "refuse"}
template <core::Node N>
Person read_person(const N &node) {
    using core::Kind;
    Person person;
    if (node.kind() == Kind::absent || node.kind() == Kind::null) return person;
    if (node.kind() != Kind::object) detail::refuse_person("It must be an object.");
    for (std::size_t i = 0; i < node.size(); ++i) {
        const std::string_view key = node.key(i);
        const N value = node.at(i);
        if (value.kind() == Kind::null) continue;
        if (key == "birthDate" || key == "deceased") {
            if (key == "deceased" && value.kind() == Kind::boolean) continue;
            const auto date =
                value.kind() == Kind::string ? parse_date(value.as_text()) : std::optional<Date>();
            if (!date) detail::refuse_person("A date of it is not a FHIR date.");
            (key == "deceased" ? person.death : person.birth) = date;
        } else if (key == "known") {
            if (value.kind() != Kind::array) detail::refuse_person("known must be an array.");
            for (std::size_t k = 0; k < value.size(); ++k) {
                const N text = value.at(k);
                if (text.kind() == Kind::string) {
                    person.known.add(text.as_text());
                } else if (text.kind() == Kind::number) {
                    person.known.add(number_text(text));
                } else if (text.kind() != Kind::null) {
                    detail::refuse_person("known must hold strings.");
                }
            }
        } else if (key == "ages") {
            if (value.kind() != Kind::array) detail::refuse_person("ages must be an array.");
            for (std::size_t k = 0; k < value.size(); ++k) {
                const N years = value.at(k).find("years");
                const N when = value.at(k).find("date");
                const auto date = when.kind() == Kind::string ? parse_date(when.as_text())
                                                              : std::optional<Date>();
                const auto number = years.kind() == Kind::number ? whole_years(number_text(years))
                                                                 : std::optional<int>();
                if (!date || !number) detail::refuse_person("ages must hold years and date.");
                person.ages.push_back({*number, *date});
            }
        } else if (key == "person_id") {
            if (value.kind() != Kind::string) detail::refuse_person("person_id must be a string.");
            person.id = value.as_text();
        } else if (key == "on_known") {
            if (value.kind() != Kind::string ||
                (value.as_text() != "remove" && value.as_text() != "refuse"))
                detail::refuse_person("on_known must be \"remove\" or \"refuse\".");
            person.on_known = value.as_text() == "remove" ? OnKnown::remove : OnKnown::refuse;
        } else {
            detail::refuse_person(
                "Its members are birthDate, deceased, known, ages, person_id and on_known.");
        }
    }
    return person;
}

}  // namespace clinical::deid
