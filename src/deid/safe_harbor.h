#pragma once

// The de-identified copy of a FHIR R4 resource under 45 CFR 164.514(b)(2), written element by
// element from the allow list of rules.h.  Works over any Node and Writer: binary jsonb in the
// server, the core's own tree in tests and fuzzers.
//
// Every string of the output is one of: a word of a closed list (element names, bound codes,
// published code systems, states, countries, units), a code with the form and check digit of a
// public system, a year, three digits of a ZIP code, or a code that the caller supplied.

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.h"
#include "core/limits.h"
#include "core/tree.h"
#include "deid/codes.h"
#include "deid/crosswalk.h"
#include "deid/person.h"
#include "deid/places.h"
#include "deid/quantity.h"
#include "deid/reference.h"
#include "deid/rules.h"
#include "deid/sink.h"

namespace clinical::deid {

// Beyond any resource in use (limit_exceeded).  Depth needs no limit: the engine descends only
// where a definition leads, and none in scope leads back to itself.
inline constexpr std::size_t max_nodes = 1'000'000;

struct Options {
    Date reference;  // a full date
    const Person *person = nullptr;
    OnKnown on_known = OnKnown::remove;
    core::Interrupt interrupt;
};

template <core::Node N, core::Writer W, typename Codes>
class SafeHarbor {
public:
    SafeHarbor(const Options &options, Codes &codes, W &writer)
        : options_(options), codes_(codes), writer_(writer), out_(writer) {}

    // Writes the copy; false, and nothing written, for what is dropped whole: a type out of
    // scope, a resource that asks for an identifier, one that a modifier extension changes.
    bool write(const N &resource) {
        const Structure *type = scope_of(resource);
        if (!type) return false;
        number_contained(resource);
        const bool patient = type->name == "Patient";
        age_ = AgeRule::make(*options_.person, options_.reference,
                             patient ? date_of(resource, "birthDate") : std::nullopt,
                             patient ? date_of(resource, "deceasedDateTime") : std::nullopt);
        out_.begin_object();
        this->resource(resource, *type, 0);
        return out_.end();
    }

private:
    using Kind = core::Kind;
    using Out = Sink<W>;

    // The question that governs the answers below it (Observation, Observation.component).
    struct Question {
        bool kept = true;  // its code stays, so its answers may
        bool asks_age = false;
    };

    // A primitive that stays.
    struct Kept {
        Kind kind = Kind::absent;
        std::string_view text;
        bool flag = false;
        std::string digits;
    };

    // --- resources ------------------------------------------------------------------------

    static const Structure *scope_of(const N &resource) {
        if (resource.kind() != Kind::object) return nullptr;
        const N type = resource.find("resourceType");
        if (type.kind() != Kind::string) return nullptr;
        const Structure *structure = resource_structure(type.as_text());
        if (!structure || resource.find("modifierExtension").size() > 0) return nullptr;
        if (structure->name == "Observation" && question_of(resource).second) return nullptr;
        return structure;
    }

    void resource(const N &node, const Structure &type, int contained) {
        const N root = std::exchange(root_, node);
        const Question question = std::exchange(question_, Question{});
        const AgeRule age = age_;
        inside_ = contained > 0;
        if (inside_) {
            const std::string id = "c" + std::to_string(contained);
            out_.string("id", id);
            // Another person's dates, judged by themselves and with the subject's.
            AgeRule own = AgeRule::make({}, options_.reference, date_of(node, "birthDate"),
                                        date_of(node, "deceasedDateTime"));
            if (own.birth) {
                own.over = own.over || age.over;
                age_ = own;
            }
        }
        out_.string("resourceType", type.name);
        if (contained == 0) own_id(node, type);
        if (type.name == "Observation") question_ = question_of(node).first;
        meta(node.find("meta"), contained == 0);
        members(node, type);
        inside_ = false;
        age_ = age;
        question_ = question;
        root_ = root;
    }

    void own_id(const N &node, const Structure &type) {
        const N id = node.find("id");
        if (id.kind() != Kind::string) return;
        if (codes_.find(type.name, id.as_text(), {type.name, "id"}, code_))
            out_.string("id", code_);
    }

    // Contained resources that stay are renamed c1, c2, ...; references follow.
    void number_contained(const N &resource) {
        const N contained = resource.find("contained");
        if (contained.kind() != Kind::array) return;
        for (std::size_t i = 0; i < contained.size(); ++i) {
            const N one = contained.at(i);
            if (!scope_of(one)) continue;
            const N id = one.find("id");
            contained_ids_.push_back(id.kind() == Kind::string ? std::string_view(id.as_text())
                                                               : std::string_view());
        }
    }

    bool contained(const N &array) {
        if (inside_) return false;  // contained resources contain none (dom-2)
        out_.begin_array("contained");
        int n = 0;
        for (std::size_t i = 0; i < array.size(); ++i) {
            const N one = array.at(i);
            const Structure *type = scope_of(one);
            if (!type) continue;
            out_.begin_object();
            resource(one, *type, ++n);
            out_.end();
        }
        return out_.end();
    }

    void meta(const N &node, bool mark) {
        out_.begin_object("meta");
        const N profiles = node.find("profile");
        if (profiles.kind() == Kind::array) {
            out_.begin_array("profile");
            for (std::size_t i = 0; i < profiles.size(); ++i) {
                const N url = profiles.at(i);
                if (url.kind() == Kind::string && is_public_profile(url.as_text()))
                    out_.string({}, url.as_text());
            }
            out_.end();
        }
        if (mark) {  // a contained resource has no security label (dom-5)
            out_.begin_array("security");
            const N labels = node.find("security");
            if (labels.kind() == Kind::array)
                for (std::size_t i = 0; i < labels.size(); ++i) confidentiality(labels.at(i));
            write_coding("http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "ANONYED");
            out_.end();
        }
        out_.end();
    }

    void confidentiality(const N &label) {
        const N system = label.find("system");
        const N code = label.find("code");
        static constexpr std::string_view url =
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality";
        if (system.kind() == Kind::string && system.as_text() == url &&
            code.kind() == Kind::string && is_confidentiality(code.as_text()))
            write_coding(url, code.as_text());
    }

    void write_coding(std::string_view system, std::string_view code) {
        out_.begin_object();
        out_.string("system", system);
        out_.string("code", code);
        out_.end();
    }

    // --- elements -------------------------------------------------------------------------

    // An object walked by its definition.
    bool walk(const N &node, const Structure &type, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        const Question question = question_;
        if (type.name == "Observation.component") {
            const auto [asked, identifying] = question_of(node);
            if (identifying) return false;
            question_ = asked;
        }
        out_.begin_object(key);
        members(node, type);
        question_ = question;
        return out_.end();
    }

    void members(const N &node, const Structure &type) {
        count();
        bool siblings = false;
        for (std::size_t i = 0; i < node.size(); ++i) {
            const std::string_view key = node.key(i);
            if (key.starts_with('_')) siblings = true;
            // What it changes cannot be told without it.
            if (key == "modifierExtension" && node.at(i).size() > 0) return;
        }
        std::array<const Element *, 8> missing;
        std::size_t missed = 0;
        const bool answers = type.name.starts_with("Observation");
        bool unanswered = false, answered = false;
        std::string sibling_key;
        for (std::size_t i = 0; i < node.size(); ++i) {
            std::string_view name = node.key(i);
            N value = node.at(i);
            N sibling;
            if (name.starts_with('_')) {
                name.remove_prefix(1);
                if (node.find(name).kind() != Kind::absent) continue;
                sibling = std::exchange(value, N());
            } else if (siblings) {
                sibling_key.assign(1, '_').append(name);
                sibling = node.find(sibling_key);
            }
            const Element *element = find_element(type, name);
            if (answers && name.starts_with("value")) unanswered = true;
            if (!element) continue;
            const Place place = std::exchange(place_, Place{type.name, element->name});
            const bool written = apply(*element, value, sibling);
            place_ = place;
            if (answers && written) {
                answered |= element->is(Element::governed) && name.starts_with("value");
                answered |= name == "dataAbsentReason";
            }
            if (!written && element->is(Element::required) && missed < missing.size())
                missing[missed++] = element;
        }
        if (out_.started()) {
            for (std::size_t i = 0; i < missed; ++i) masked(*missing[i]);
            if (unanswered && !answered) masked_answer();
        }
    }

    bool apply(const Element &element, const N &value, const N &sibling) {
        if (element.is(Element::governed) && !question_.kept) return false;
        if (element.action == Action::meta || element.action == Action::modifier) return false;
        if (element.is(Element::primitive)) {
            return element.is(Element::repeats) ? primitives(element, value, sibling)
                                                : primitive(element, value, sibling);
        }
        if (!element.is(Element::repeats)) return one(element, value, element.name);
        if (value.kind() != Kind::array) return false;
        if (element.action == Action::extension) return extensions(out_, value);
        if (element.action == Action::contained) return contained(value);
        out_.begin_array(element.name);
        for (std::size_t i = 0; i < value.size(); ++i) one(element, value.at(i), {});
        return out_.end();
    }

    bool one(const Element &element, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        count();
        switch (element.action) {
            case Action::codeable: return concept_of(out_, node, key);
            case Action::coding: return coding(out_, node, key);
            case Action::quantity: return quantity(node, key, question_.asks_age);
            case Action::age: return quantity(node, key, true);
            case Action::range: return range(node, key, question_.asks_age || is_onset(element));
            case Action::address: return address(node, key);
            case Action::reference: return reference(element, node, key);
            case Action::walk: return walk(node, structure(element.detail), key);
            default: return false;
        }
    }

    // Says that a required element was there (data-absent-reason `masked`).
    void masked(const Element &element) {
        const bool simple = element.is(Element::primitive);
        const std::string key = (simple ? "_" : "") + std::string(element.name);
        const bool array = element.is(Element::repeats);
        if (array) out_.begin_array(key);
        out_.begin_object(array ? std::string_view() : std::string_view(key));
        out_.begin_array("extension");
        out_.begin_object();
        out_.string("url", "http://hl7.org/fhir/StructureDefinition/data-absent-reason");
        out_.string("valueCode", "masked");
        out_.end();
        out_.end();
        out_.end();
        if (array) out_.end();
    }

    // Says that an observation had a value, which has been removed.
    void masked_answer() {
        out_.begin_object("dataAbsentReason");
        out_.begin_array("coding");
        write_coding("http://terminology.hl7.org/CodeSystem/data-absent-reason", "masked");
        out_.end();
        out_.end();
    }

    // --- primitives -----------------------------------------------------------------------

    bool primitive(const Element &element, const N &value, const N &sibling) {
        const Kept kept = judge(element, value);
        bool written = write_kept(element, kept);
        if (sibling.kind() == Kind::object) {
            const std::string key = "_" + std::string(element.name);
            out_.begin_object(key);
            extensions(out_, sibling.find("extension"));
            written |= out_.end();
        }
        return written;
    }

    bool write_kept(const Element &element, const Kept &kept) {
        if (kept.kind == Kind::absent) return false;
        if (element.action == Action::plural) return out_.boolean("multipleBirthBoolean", true);
        if (element.action == Action::instant_year) {
            std::string key(element.name);
            key.replace(key.size() - 7, 7, "DateTime");  // effectiveInstant
            return out_.string(key, kept.text);
        }
        return write_value(element.name, kept);
    }

    bool write_value(std::string_view key, const Kept &kept) {
        if (kept.kind == Kind::boolean) return out_.boolean(key, kept.flag);
        if (kept.kind == Kind::number) return out_.number(key, kept.digits);
        return out_.string(key, kept.text);
    }

    // Values and their siblings stay aligned: a position is dropped when both are, else null
    // stands for the one that is (http://hl7.org/fhir/R4/json.html#primitive).
    bool primitives(const Element &element, const N &values, const N &siblings) {
        const std::size_t n = std::max(values.kind() == Kind::array ? values.size() : 0,
                                       siblings.kind() == Kind::array ? siblings.size() : 0);
        std::vector<std::pair<Kept, N>> stay;
        bool any_value = false, any_sibling = false;
        for (std::size_t i = 0; i < n; ++i) {
            count();
            const N value = values.kind() == Kind::array ? values.at(i) : N();
            const N sibling = siblings.kind() == Kind::array ? siblings.at(i) : N();
            Kept kept = judge(element, value);
            const bool extended = allows_extension(sibling);
            if (kept.kind == Kind::absent && !extended) continue;
            any_value |= kept.kind != Kind::absent;
            any_sibling |= extended;
            stay.emplace_back(std::move(kept), extended ? sibling : N());
        }
        if (any_value) {
            out_.begin_array(element.name);
            for (const auto &[kept, sibling] : stay) {
                if (kept.kind == Kind::absent) {
                    out_.null();
                } else {
                    write_value({}, kept);
                }
            }
            out_.end();
        }
        if (any_sibling) {
            const std::string key = "_" + std::string(element.name);
            out_.begin_array(key);
            for (const auto &[kept, sibling] : stay) {
                if (sibling.kind() == Kind::absent) {
                    out_.null();
                    continue;
                }
                out_.begin_object();
                extensions(out_, sibling.find("extension"));
                out_.end();
            }
            out_.end();
        }
        return any_value || any_sibling;
    }

    Kept judge(const Element &element, const N &value) {
        switch (element.action) {
            case Action::boolean:
                if (value.kind() == Kind::boolean) return {Kind::boolean, {}, value.as_bool(), {}};
                return {};
            case Action::plural:
                if (value.kind() == Kind::number) return {Kind::boolean, {}, true, {}};
                return {};
            case Action::number: return judge_number(value);
            case Action::code:
                return judge_word(value, [&](std::string_view word) {
                    return packed_has(bound_codes(element.detail), word);
                });
            case Action::language: return judge_word(value, is_language);
            case Action::currency: return judge_word(value, is_currency);
            case Action::year:
            case Action::instant_year:
                return judge_date(value, [&](const Date &d) { return age_.keeps_year(d); });
            case Action::birth_year:
                return judge_date(value, [&](const Date &d) { return age_.keeps_birth(d); });
            default: return {};
        }
    }

    template <typename Test>
    static Kept judge_word(const N &value, Test test) {
        if (value.kind() != Kind::string || !test(std::string_view(value.as_text()))) return {};
        return {Kind::string, value.as_text(), false, {}};
    }

    template <typename Test>
    static Kept judge_date(const N &value, Test test) {
        if (value.kind() != Kind::string) return {};
        const auto date = parse_date(value.as_text());
        if (!date || !test(*date)) return {};
        return {Kind::string, std::string_view(value.as_text()).substr(0, 4), false, {}};
    }

    Kept judge_number(const N &value) {
        if (value.kind() != Kind::number) return {};
        std::string digits = number_text(value);
        if (is_long_number(digits) || is_known(digits, "a number")) return {};
        if (question_.asks_age) {
            const auto years = whole_years(digits);
            if (!years || *years >= capped_age || !keeps_age(*years)) return {};
        }
        return {Kind::number, {}, false, std::move(digits)};
    }

    // --- data types -----------------------------------------------------------------------

    template <typename S>
    bool concept_of(S &out, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        out.begin_object(key);
        const N codings = node.find("coding");
        if (codings.kind() == Kind::array) {
            out.begin_array("coding");
            for (std::size_t i = 0; i < codings.size(); ++i) {
                count();
                coding(out, codings.at(i), {});
            }
            out.end();
        }
        const N extension = node.find("extension");
        if (extension.kind() == Kind::array) extensions(out, extension);
        return out.end();
    }

    // System and code only; a display is text.
    template <typename S>
    bool coding(S &out, const N &node, std::string_view key) {
        if (node.kind() != Kind::object) return false;
        const N system = node.find("system");
        const N code = node.find("code");
        if (system.kind() != Kind::string || code.kind() != Kind::string) return false;
        if (!is_public_code(system.as_text(), code.as_text())) return false;
        if (is_known(code.as_text(), "a code")) return false;
        out.begin_object(key);
        out.string("system", system.as_text());
        out.string("code", code.as_text());
        const N selected = node.find("userSelected");
        if (selected.kind() == Kind::boolean) out.boolean("userSelected", selected.as_bool());
        return out.end();
    }

    // What an Observation or a component asks, and whether that is an identifier.
    static std::pair<Question, bool> question_of(const N &node) {
        Question question{false, false};
        bool identifying = false;
        const N codings = node.find("code").find("coding");
        for (std::size_t i = 0; codings.kind() == Kind::array && i < codings.size(); ++i) {
            const N system = codings.at(i).find("system");
            const N code = codings.at(i).find("code");
            if (system.kind() != Kind::string || code.kind() != Kind::string) continue;
            question.kept |= is_public_code(system.as_text(), code.as_text());
            question.asks_age |= asks_age(system.as_text(), code.as_text());
            identifying |= asks_identifier(system.as_text(), code.as_text());
        }
        return {question, identifying};
    }

    static bool is_onset(const Element &element) {
        return element.name == "onsetRange" || element.name == "abatementRange";
    }

    // The measure of a quantity, as far as it can be read.
    struct Measure {
        std::string digits;
        std::string_view unit;  // UCUM code, or the unit as text
        std::string_view comparator;
    };

    std::optional<Measure> measure(const N &node) {
        const N value = node.find("value");
        if (value.kind() != Kind::number) return std::nullopt;
        Measure m{number_text(value), {}, {}};
        if (is_long_number(m.digits) || is_known(m.digits, "a number")) return std::nullopt;
        const N code = node.find("code");
        const N unit = node.find("unit");
        if (code.kind() == Kind::string) {
            m.unit = code.as_text();
        } else if (unit.kind() == Kind::string) {
            m.unit = unit.as_text();
        }
        const N comparator = node.find("comparator");
        if (comparator.kind() == Kind::string && packed_has("|<|<=|>|>=|", comparator.as_text()))
            m.comparator = comparator.as_text();
        return m;
    }

    AgeVerdict judge_age(const Measure &m, bool asks_age) {
        const auto years = in_years(m.digits, m.unit, asks_age);
        if (!years) return asks_age ? AgeVerdict::remove : AgeVerdict::keep;
        if (*years > capped_age - 1 || (*years == capped_age - 1 && m.comparator == ">"))
            return AgeVerdict::cap;
        const bool age = asks_age || is_year_unit(m.unit);
        return age && !keeps_age(static_cast<int>(*years)) ? AgeVerdict::remove : AgeVerdict::keep;
    }

    bool quantity(const N &node, std::string_view key, bool asks_age) {
        const auto m = node.kind() == Kind::object ? measure(node) : std::nullopt;
        if (!m) return false;
        const AgeVerdict verdict = judge_age(*m, asks_age);
        if (verdict == AgeVerdict::remove) return false;
        out_.begin_object(key);
        if (verdict == AgeVerdict::cap) {
            out_.number("value", "90");
            out_.string("comparator", ">=");
            year_unit();
        } else {
            write_measure(node, *m);
        }
        return out_.end();
    }

    void write_measure(const N &node, const Measure &m) {
        out_.number("value", m.digits);
        if (!m.comparator.empty()) out_.string("comparator", m.comparator);
        const N system = node.find("system");
        const N code = node.find("code");
        const N unit = node.find("unit");
        if (system.kind() == Kind::string && code.kind() == Kind::string) {
            if (!is_public_code(system.as_text(), code.as_text())) return;
            if (is_known(code.as_text(), "a unit")) return;
            if (unit.kind() == Kind::string && unit.as_text() == code.as_text())
                out_.string("unit", unit.as_text());
            out_.string("system", system.as_text());
            out_.string("code", code.as_text());
        } else if (unit.kind() == Kind::string && is_unit(unit.as_text())) {
            out_.string("unit", unit.as_text());
        }
    }

    void year_unit() {
        out_.string("unit", "a");
        out_.string("system", "http://unitsofmeasure.org");
        out_.string("code", "a");
    }

    // Quantities of a range have no comparator: above 89 years the low end becomes 90 and the
    // high end is left open.
    bool range(const N &node, std::string_view key, bool asks_age) {
        const N low = node.find("low");
        const N high = node.find("high");
        const auto from = low.kind() == Kind::object ? measure(low) : std::nullopt;
        const auto to = high.kind() == Kind::object ? measure(high) : std::nullopt;
        const AgeVerdict first = from ? judge_age(*from, asks_age) : AgeVerdict::keep;
        const AgeVerdict last = to ? judge_age(*to, asks_age) : AgeVerdict::keep;
        if (first == AgeVerdict::remove || last == AgeVerdict::remove) return false;
        out_.begin_object(key);
        if (from) {
            out_.begin_object("low");
            if (first == AgeVerdict::cap) {
                out_.number("value", "90");
                year_unit();
            } else {
                write_measure(low, *from);
            }
            out_.end();
        }
        if (to && last == AgeVerdict::keep) {
            out_.begin_object("high");
            write_measure(high, *to);
            out_.end();
        }
        return out_.end();
    }

    bool address(const N &node, std::string_view key) {
        const N country_node = node.find("country");
        std::optional<std::string_view> land;
        if (country_node.kind() == Kind::string) land = country(country_node.as_text());
        // States and ZIP codes mean these areas in the United States only.
        const bool domestic =
            country_node.kind() == Kind::absent || (land && is_united_states(*land));
        out_.begin_object(key);
        if (land) out_.string("country", *land);
        if (domestic) {
            const N state_node = node.find("state");
            std::optional<std::string_view> code;
            if (state_node.kind() == Kind::string) code = state(state_node.as_text());
            if (code) out_.string("state", *code);
            // Five digits beside a state of another country are another country's.
            const N zip = node.find("postalCode");
            char digits[3];
            if (zip.kind() == Kind::string && (code || state_node.kind() == Kind::absent))
                if (const auto area = zip3(zip.as_text(), digits)) out_.string("postalCode", *area);
        }
        if (out_.started()) {
            const N use = node.find("use");
            if (use.kind() == Kind::string &&
                packed_has("|billing|home|old|temp|work|", use.as_text()))
                out_.string("use", use.as_text());
        }
        return out_.end();
    }

    bool reference(const Element &element, const N &node, std::string_view key) {
        const N text = node.find("reference");
        if (text.kind() != Kind::string) return false;
        ParsedReference parsed = parse_reference(text.as_text());
        if (parsed.kind == ParsedReference::unknown) return false;
        if (parsed.kind == ParsedReference::contained) return local_reference(parsed.id, key);
        if (parsed.type.empty()) {
            const N type = node.find("type");
            if (type.kind() == Kind::string) {
                parsed.type = type.as_text();
            } else if (element.detail > 0) {
                parsed.type = resource_type(element.detail - 1);
            }
        }
        const Structure *target = resource_structure(parsed.type);
        if (!target || !codes_.find(target->name, parsed.id, place_, code_)) return false;
        target_.assign(target->name).append(1, '/').append(code_);
        out_.begin_object(key);
        out_.string("reference", target_);
        return out_.end();
    }

    bool local_reference(std::string_view id, std::string_view key) {
        target_ = "#";
        if (!id.empty()) {
            std::size_t n = 0;
            while (n < contained_ids_.size() && contained_ids_[n] != id) ++n;
            if (n == contained_ids_.size()) return false;
            target_ += "c" + std::to_string(n + 1);
        }
        out_.begin_object(key);
        out_.string("reference", target_);
        return out_.end();
    }

    // --- extensions -----------------------------------------------------------------------

    template <typename S>
    bool extensions(S &out, const N &array) {
        if (array.kind() != Kind::array) return false;
        count();
        out.begin_array("extension");
        for (std::size_t i = 0; i < array.size(); ++i) {
            const N url = array.at(i).find("url");
            if (url.kind() != Kind::string) continue;
            if (const ExtensionRule *rule = find_extension(url.as_text()))
                extension(out, array.at(i), *rule);
        }
        return out.end();
    }

    template <typename S>
    void extension(S &out, const N &node, const ExtensionRule &rule) {
        out.begin_object();
        if (rule.value == ExtensionValue::nested) {
            const N parts = node.find("extension");
            out.begin_array("extension");
            for (std::size_t i = 0; parts.kind() == Kind::array && i < parts.size(); ++i) {
                const N url = parts.at(i).find("url");
                if (url.kind() != Kind::string) continue;
                for (const auto &part : rule.parts)
                    if (!part.url.empty() && part.url == url.as_text()) {
                        out.begin_object();
                        extension_value(out, parts.at(i), part.value);
                        if (out.started()) out.string("url", part.url);
                        out.end();
                    }
            }
            out.end();
        } else {
            extension_value(out, node, rule.value);
        }
        if (out.started()) out.string("url", rule.url);
        out.end();
    }

    template <typename S>
    void extension_value(S &out, const N &node, ExtensionValue value) {
        count();
        const N code = node.find("valueCode");
        const auto word =
            code.kind() == Kind::string ? std::string_view(code.as_text()) : std::string_view();
        bool kept = false;
        switch (value) {
            case ExtensionValue::boolean:
                if (const N flag = node.find("valueBoolean"); flag.kind() == Kind::boolean)
                    out.boolean("valueBoolean", flag.as_bool());
                return;
            case ExtensionValue::codeable:
                concept_of(out, node.find("valueCodeableConcept"), "valueCodeableConcept");
                return;
            case ExtensionValue::coding:
                coding(out, node.find("valueCoding"), "valueCoding");
                return;
            case ExtensionValue::sex: kept = is_birth_sex(word); break;
            case ExtensionValue::absent:
                kept = is_public_code("http://terminology.hl7.org/CodeSystem/data-absent-reason",
                                      word);
                break;
            case ExtensionValue::null_flavor:
                kept = is_public_code("http://terminology.hl7.org/CodeSystem/v3-NullFlavor", word);
                break;
            default: return;
        }
        if (kept) out.string("valueCode", word);
    }

    bool allows_extension(const N &sibling) {
        if (sibling.kind() != Kind::object) return false;
        NullWriter nowhere;
        Sink<NullWriter> out(nowhere);
        out.begin_object();
        return extensions(out, sibling.find("extension"));
    }

    // --- ages, known strings, limits ------------------------------------------------------

    static std::optional<Date> date_of(const N &node, std::string_view name) {
        const N value = node.find(name);
        if (value.kind() != Kind::string) return std::nullopt;
        return parse_date(value.as_text());
    }

    bool keeps_age(int years) {
        if (age_.birth) return !age_.over;
        return age_.keeps_age(years, earliest_event(), Codes::linkable);
    }

    // The earliest date of the resource at hand that may stay beside an age.
    std::optional<Date> earliest_event() const {
        std::optional<Date> earliest;
        const auto consider = [&](const N &value) {
            const auto date =
                value.kind() == Kind::string ? parse_date(value.as_text()) : std::optional<Date>();
            if (date && (!earliest || date->year < earliest->year)) earliest = date;
        };
        for (std::size_t i = 0; i < root_.size(); ++i) {
            const N value = root_.at(i);
            consider(value);
            if (value.kind() == Kind::object)
                for (std::string_view name : {"start", "end"}) consider(value.find(name));
        }
        return earliest;
    }

    bool is_known(std::string_view text, const char *what) const {
        if (options_.person->known.empty() || !options_.person->known.found_in(text)) return false;
        if (options_.on_known == OnKnown::refuse)
            throw core::Error{core::ErrorCode::invalid_value, "an identifier of the person remains",
                              "Element " + place_.path() + " holds one as " + what + ".", 0};
        return true;
    }

    void count() {
        if (++nodes_ > max_nodes)
            throw core::Error{core::ErrorCode::limit_exceeded, "resource is too large",
                              "The limit is 1000000 values.", 0};
        if (nodes_ % 1024 == 0) options_.interrupt.poll();
    }

    const Options &options_;
    Codes &codes_;
    W &writer_;
    Out out_;
    AgeRule age_;
    Question question_;
    N root_;
    Place place_;
    std::vector<std::string_view> contained_ids_;
    std::string code_, target_;
    bool inside_ = false;  // a contained resource
    std::size_t nodes_ = 0;
};

}  // namespace clinical::deid
