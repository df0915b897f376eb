#include "hl7v2/validate.h"

#include <algorithm>
#include <array>
#include <unordered_map>
#include <unordered_set>

#include "hl7v2/groups.h"
#include "hl7v2/scan.h"
#include "hl7v2/validate_condition.h"
#include "hl7v2/validate_message.h"
#include "hl7v2/validate_value.h"

namespace clinical::hl7v2 {

namespace {

constexpr std::string_view error = severity_error, warning = severity_warning,
                           information = severity_information;

std::string_view fhir_code_of(int code) {
    switch (code) {
        case 100:
        case 198: return "structure";
        case 101: return "required";
        case 102: return "value";
        case 103: return "code-invalid";
        case 104: return "too-long";
        case 200:
        case 201:
        case 202:
        case 203: return "not-supported";
        case 205: return "duplicate";
        default: return "invalid";
    }
}

// Tables whose codes sites and other bodies add to, although fields of them are of type ID.
bool is_open_table(int table) {
    constexpr std::array<int, 10> open{203, 300, 301, 361, 362, 363, 396, 399, 449, 553};
    return std::ranges::binary_search(open, table);
}

// Table 0396 names whole families: local codes, HL7's own tables and users' systems.
bool is_coding_system(std::string_view name) {
    return name.starts_with("99") || name.starts_with("HL7") || name == "L" ||
           (name.size() == 4 && name[0] == 'L' && name[1] >= '0' && name[1] <= '9');
}

bool is_coded(std::string_view datatype) {
    return datatype == "CE" || datatype == "CWE" || datatype == "CNE" || datatype == "CF";
}

// Repetitions or fields between two looks for a cancel.
constexpr unsigned poll_interval = 1u << 12;

}  // namespace

std::string Place::erl() const {
    const std::array<std::size_t, 5> parts{
        sequence, static_cast<std::size_t>(field), static_cast<std::size_t>(repetition),
        static_cast<std::size_t>(component), static_cast<std::size_t>(subcomponent)};
    std::size_t last = parts.size();
    while (last > 0 && parts[last - 1] == 0) --last;
    std::string out(segment);
    for (std::size_t i = 0; i < last; ++i) {
        out += '^';
        out += std::to_string(parts[i]);
    }
    return out;
}

namespace {

class Validator {
public:
    Validator(const Message &message, const ValidationOptions &options)
        : message_(message),
          options_(options),
          version_(options.version.value_or(version_of(message))),
          structure_(structure_of(message, version_)),
          grammar_(grammar_of(structure_, version_)),
          groups_(grammar_, message, options.limits) {}

    std::vector<core::Issue> run() {
        number_segments();
        check_message(message_, version_, structure_,
                      [&](std::string_view severity, int code, const Place &place,
                          std::string_view rule) { report(severity, code, place, rule); });
        missing_segments();
        profile_segments();
        for (std::size_t i = 0; i < message_.size(); ++i) {
            poll();
            place_of(i);
            segment(i);
        }
        return std::move(issues_);
    }

private:
    void poll() {
        if (++steps_ % poll_interval == 0) options_.limits.interrupt.poll();
    }

    void report(std::string_view severity, int code, const Place &place, std::string_view rule) {
        issues_.push_back({std::string(severity),
                           std::string(fhir_code_of(code)),
                           std::to_string(code),
                           place.erl(),
                           {},
                           std::string(rule)});
    }

    void number_segments() {
        sequence_.reserve(message_.size());
        for (std::size_t i = 0; i < message_.size(); ++i) {
            auto &places = of_id_[message_[i].id()];
            places.push_back(i);
            sequence_.push_back(places.size());
        }
    }

    // --- The structure

    void missing_segments() {
        for (const Groups::Missing &missing : groups_.missing()) {
            poll();
            const std::string_view id = first_segment(missing);
            if (is_waived(id)) continue;
            const auto found = of_id_.find(id);
            std::size_t before = 0;
            if (found != of_id_.end())
                before = static_cast<std::size_t>(
                    std::ranges::upper_bound(found->second, groups_[missing.group].last) -
                    found->second.begin());
            report(error, 100, {id, before + 1},
                   missing.is_group
                       ? "the group " + std::string(missing.name) + " that it begins is missing"
                       : std::string("a required segment is missing"));
        }
    }

    // What a missing group would begin with.
    [[nodiscard]] std::string_view first_segment(const Groups::Missing &missing) const {
        if (!missing.is_group) return missing.name.substr(0, 3);
        std::size_t node = groups_[missing.group].node + 1;
        while (grammar_[node].name != missing.name || !grammar_[node].is_group) ++node;
        std::size_t first = node + 1;
        while (grammar_[first].is_group ||
               (grammar_[first].nullable && grammar_[first].next < grammar_[node].next))
            first = grammar_[first].is_group ? first + 1 : grammar_[first].next;
        return grammar_[first].name.substr(0, 3);
    }

    [[nodiscard]] bool is_waived(std::string_view id) const {
        const Profile::Segment *rule = options_.profile ? options_.profile->find(id) : nullptr;
        return rule && rule->usage == Profile::Usage::optional;
    }

    void profile_segments() {
        if (!options_.profile) return;
        for (const Profile::Segment &rule : options_.profile->segments) {
            const auto found = of_id_.find(rule.id);
            const std::size_t count = found == of_id_.end() ? 0 : found->second.size();
            const bool required = rule.usage == Profile::Usage::required;
            const auto least =
                static_cast<std::size_t>(rule.cardinality.min.value_or(required ? 1 : 0));
            const auto most = static_cast<std::size_t>(rule.cardinality.max.value_or(0));
            // The standard's own finding says it already.
            const bool said = std::ranges::any_of(issues_, [&](const core::Issue &issue) {
                return issue.format_code == "100" && issue.location.starts_with(rule.id);
            });
            if (count < least && !said)
                report(error, 100, {rule.id, count + 1},
                       "a segment the profile requires is missing");
            if (rule.usage == Profile::Usage::forbidden && count > 0)
                report(error, 198, {rule.id, 1}, "the profile does not allow the segment");
            else if (most > 0 && count > most)
                report(error, 198, {rule.id, most + 1},
                       "more segments than the profile allows: " + std::to_string(most));
        }
    }

    void place_of(std::size_t i) {
        const Place place{message_[i].id(), sequence_[i]};
        switch (groups_.placement(i).state) {
            case Groups::State::placed:
            case Groups::State::local: break;
            case Groups::State::repeated:
                report(error, 198, place, "the structure allows one of it here");
                break;
            case Groups::State::misplaced:
                report(warning, 100, place, "the segment is out of place");
                break;
            case Groups::State::unknown:
                report(warning, 100, place,
                       is_segment(place.segment) ? "the structure has no such segment"
                                                 : "the segment is not known");
        }
        set_id(i, place);
    }

    // A set id counts the segments of one kind under one parent.
    void set_id(std::size_t i, const Place &place) {
        const Position *first = field_of(place.segment, 1, version_);
        if (grammar_.is_empty() || !first || first->datatype.view() != "SI") return;
        if (groups_.placement(i).state != Groups::State::placed) return;
        const std::string_view text = message_[i].field(1).raw();
        if (text.empty() || text.size() > 6 || broken_form("SI", text, version_)) return;
        const int n = std::stoi(std::string(text));
        const std::size_t group = groups_.placement(i).group;
        const std::size_t parent = groups_[group].first == i ? groups_[group].parent : group;
        SetIds &ids = set_ids_[parent][place.segment];
        Place at = place;
        at.field = 1;
        if (!ids.seen.insert(n).second)
            // Of results it is how a correction names what it corrects.
            report(place.segment == "OBX" ? error : warning, place.segment == "OBX" ? 205 : 199, at,
                   "the set id is there twice");
        else if (ids.last != 0 && n != ids.last + 1)
            report(warning, 199, at, "the set id does not follow the one before it");
        ids.last = n;
    }

    // --- Fields

    void segment(std::size_t i) {
        const Segment &segment = message_[i];
        const std::string_view id = segment.id();
        const Profile::Segment *rules = options_.profile ? options_.profile->find(id) : nullptr;
        const auto defined = fields_of(id);
        int last = 0;
        for (const Position &position : defined) {
            if (!position.is_in(version_)) continue;
            last = position.number;
            field(i, position.number, &position, rules);
        }
        if (rules)
            for (int n = 0; const Profile::Field &rule : rules->fields)
                if (rule.field != n && !field_of(id, n = rule.field, version_)) {
                    last = std::max(last, n);
                    field(i, n, nullptr, rules);
                }
        for (const Condition &rule : conditions_of(id))
            condition(rule, segment, rules, {id, sequence_[i]});
        // Of a local segment a profile may know some fields only.
        if (!defined.empty() && last > 0 && segment.fields() > last && has_more(segment, last))
            report(information, 199, {id, sequence_[i], last + 1},
                   "the segment has more fields than the version defines");
    }

    [[nodiscard]] bool applies(const Condition &rule) const {
        return rule.since <= version_ &&
               (rule.report.empty() || message_[0].field(9).component(1).raw() == rule.report);
    }

    // Usage C: the place must be valued in this case.
    void condition(const Condition &rule, const Segment &segment, const Profile::Segment *rules,
                   Place place) {
        // An explicit null is there: it says that there is none.
        if (!applies(rule) || !segment.field(rule.place).is_absent()) return;
        if (rule.with != 0 && !segment.field(rule.with).has_value()) return;
        for (const int other : rule.unless)
            if (other != 0 && segment.field(other).has_value()) return;
        const Profile::Field *waiver = Profile::find(rules, rule.place, 0, 0);
        if (waiver && waiver->usage != Profile::Usage::unstated) return;
        place.field = rule.place;
        report(warning, 101, place, "a field that is required in this case is empty");
    }

    // Trailing separators mean nothing (2.6.2).
    [[nodiscard]] bool has_more(const Segment &segment, int last) const {
        const Value after = segment.field(last + 1);
        if (!after.is_absent()) return true;
        const std::string_view text = segment.text();
        const std::size_t end = text.find_last_not_of(message_.delimiters().field);
        return end != text.npos && end > static_cast<std::size_t>(after.raw().data() - text.data());
    }

    void field(std::size_t i, int n, const Position *base, const Profile::Segment *rules) {
        const Segment &segment = message_[i];
        const Profile::Field *rule = Profile::find(rules, n, 0, 0);
        const Value value = segment.field(n);
        Place place{segment.id(), sequence_[i], n};
        if (segment.is_header() && n <= 2) return header_field(place, value);
        if (value.is_absent()) {
            if (rule &&
                (rule->usage == Profile::Usage::required || rule->cardinality.min.value_or(0) > 0))
                report(error, 101, place, "a field the profile requires is empty");
            else if (base && base->usage == 'R' &&
                     !(rule && rule->usage == Profile::Usage::optional))
                report(error, 101, place, "a required field is empty");
            else if (place.segment == "OBX" && n == 2 && segment.field(5).has_value())
                report(error, 101, place, "the value has no type");
            return;
        }
        if (rule && rule->usage == Profile::Usage::forbidden)
            report(error, 198, place, "the profile does not allow the field");
        Kind kind = kind_of(segment, n, base, rule);
        int repetition = 0, filled = 0;
        Parts repetitions(value.raw(), value.delimiters() ? value.delimiters()->repetition : '\0');
        for (std::string_view part; repetitions.take(part);) {
            poll();
            ++repetition;
            if (part.empty()) continue;
            ++filled;
            place.repetition = repetition;
            this->value(place, Value(part, value.delimiters()), kind, rules);
        }
        place.repetition = 0;
        if (filled == 0 && base && base->usage == 'R')
            report(error, 101, place, "a required field is empty");
        counts(place, repetition, base, rule);
    }

    void header_field(const Place &place, const Value &value) {
        if (place.field == 2 && value.raw().size() == 5 && version_ < Version::v27)
            report(warning, 102, place, "a truncation character exists since version 2.7 only");
        if (place.field == 2 && value.raw().size() < 4)
            report(warning, 102, place, "not all encoding characters are stated");
    }

    void counts(Place place, int repetitions, const Position *base, const Profile::Field *rule) {
        const bool stated = rule && rule->cardinality.max;
        const int most = stated ? *rule->cardinality.max : base ? base->most : 0;
        if (most > 0 && repetitions > most) {
            place.repetition = most + 1;
            report(error, 198, place,
                   std::string("more repetitions than the ") + (stated ? "profile" : "standard") +
                       " allows: " + std::to_string(most));
        }
        if (rule && rule->cardinality.min && repetitions < *rule->cardinality.min)
            report(error, 198, place,
                   "fewer repetitions than the profile asks for: " +
                       std::to_string(*rule->cardinality.min));
    }

    // What a value should be.
    struct Kind {
        std::string_view datatype;
        int table = 0;
        std::size_t length = 0;
    };

    Kind kind_of(const Segment &segment, int n, const Position *base, const Profile::Field *rule) {
        Kind kind;
        if (base) kind = {base->datatype.view(), base->table, base->length};
        if (rule && !rule->datatype.empty()) kind.datatype = rule->datatype;
        if (segment.id() == "OBX" && n == 5) kind = {segment.field(2).raw(), 0, 0};
        return kind;
    }

    // A repetition, component or subcomponent, by which of the place's numbers are stated.
    void value(const Place &place, const Value &value, Kind kind, const Profile::Segment *rules) {
        if (value.is_null()) return;
        const Profile::Field *rule =
            Profile::find(rules, place.field, place.component, place.subcomponent);
        if (place.component > 0 && rule && !rule->datatype.empty()) kind.datatype = rule->datatype;
        if (rule) {
            profile_value(place, value, *rule);
            // What a site says of a place stands instead of the standard's table and length.
            if (rule->values) kind.table = 0;
            if (rule->length) kind.length = 0;
        }
        if (is_primitive(kind.datatype, version_))
            primitive(place, value, kind);
        else
            composite(place, value, kind, rules);
        if (rules && place.subcomponent == 0) other_parts(place, value, kind.datatype, rules);
    }

    void profile_value(const Place &place, const Value &value, const Profile::Field &rule) {
        const Value text = place.component == 0      ? value.component(1).subcomponent(1)
                           : place.subcomponent == 0 ? value.subcomponent(1)
                                                     : value;
        if (rule.values && text.has_value() &&
            !std::ranges::binary_search(*rule.values, text.text()))
            report(error, 103, place, "not a code that the profile allows");
        if (rule.length && length_of(value.raw()) > static_cast<std::size_t>(*rule.length))
            report(error, 104, place,
                   "longer than the profile allows: " + std::to_string(*rule.length));
    }

    [[nodiscard]] bool is_text(std::string_view datatype) const {
        return datatype == "ST" || datatype == "TX" || datatype == "FT";
    }

    void primitive(const Place &place, const Value &value, const Kind &kind) {
        Value first = value;
        if (place.component == 0) first = first.component(1);
        if (place.subcomponent == 0) first = first.subcomponent(1);
        const bool divided = first.raw().size() != value.raw().size();
        // Nothing is known of a type that is not defined, such as VARIES.
        const bool any =
            kind.datatype.empty() || kind.datatype == "VARIES" || kind.datatype.starts_with("CM");
        if (divided && !any)
            report(warning, 102, place,
                   is_text(kind.datatype) ? "text with a delimiter that is not escaped"
                                          : "more parts than the data type has");
        if (const auto rule = broken_escape(value.raw(), escape_of(value)))
            report(warning, 102, place, *rule);
        if (!first.has_value()) return;
        if (const auto rule = broken_form(kind.datatype, first.raw(), version_))
            report(error, 102, place, *rule);
        else if (const auto excess = loose_form(kind.datatype, first.raw()))
            report(warning, 102, place, *excess);
        if (kind.datatype == "ID" || kind.datatype == "IS")
            code(place, first, kind.table, kind.datatype == "ID");
        if (kind.length > 0 && !divided && length_of(value.raw()) > kind.length &&
            length_of(value.text()) > kind.length && !is_known_code(kind, first))
            report(warning, 104, place,
                   "longer than the standard says: " + std::to_string(kind.length));
    }

    // v2.5.1 gives OBX-2 two characters and codes of three: what a table has is not too long.
    [[nodiscard]] bool is_known_code(const Kind &kind, const Value &value) const {
        return kind.table > 0 && (kind.datatype == "ID" || kind.datatype == "IS") &&
               is_code(static_cast<std::uint16_t>(kind.table), value.text(), version_) ==
                   Membership::in;
    }

    // Parts that a profile has rules for and the data type does not define.
    void other_parts(const Place &place, const Value &value, std::string_view datatype,
                     const Profile::Segment *rules) {
        const bool whole = place.component == 0;
        int done = 0;
        for (const Profile::Field &rule : rules->fields) {
            const int n = whole ? rule.component : rule.subcomponent;
            if (rule.field != place.field || n == 0 || n == done) continue;
            if (!whole && rule.component != place.component) continue;
            done = n;
            if (!component_of(datatype, n, version_))
                component(place, value, n, 'O', Kind{}, rules, false);
        }
    }

    static char escape_of(const Value &value) {
        return value.delimiters() ? value.delimiters()->escape : '\0';
    }

    void composite(const Place &place, const Value &value, const Kind &kind,
                   const Profile::Segment *rules) {
        // A composite within a subcomponent cannot be divided: its first part is all of it.
        const bool deepest = place.subcomponent > 0;
        int last = 0;
        for (const Position &position : components_of(kind.datatype)) {
            if (!position.is_in(version_)) continue;
            last = position.number;
            if (deepest && last > 1) continue;
            component(place, value, position.number, position.usage,
                      {position.datatype.view(), position.table, position.length}, rules, deepest);
        }
        if (!deepest) between_parts(place, value, kind, rules);
        if (is_coded(kind.datatype) && kind.table > 0) coded(place, value, kind);
        const int parts = deepest               ? 1
                          : place.component > 0 ? value.subcomponents()
                                                : value.components();
        if (parts > last && !deepest && kind.datatype != "VARIES")
            report(information, 199, part_of(place, last + 1),
                   "more parts than the version defines");
    }

    static Place part_of(Place place, int n) {
        (place.component == 0 ? place.component : place.subcomponent) = n;
        return place;
    }

    // What one part of a value asks of another, and of the whole.
    void between_parts(const Place &place, const Value &value, const Kind &kind,
                       const Profile::Segment *rules) {
        const auto part = [&](int n) {
            return place.component == 0 ? value.component(n) : value.subcomponent(n);
        };
        const std::string_view datatype = kind.datatype;
        for (const Condition &rule : conditions_of(datatype)) {
            // A field's own table tells the system of a bare code.
            if (is_coded(datatype) && kind.table > 0) break;
            if (!applies(rule) || !part(rule.place).is_absent()) continue;
            if (rule.with != 0 && !part(rule.with).has_value()) continue;
            if (std::ranges::any_of(rule.unless,
                                    [&](int n) { return n != 0 && part(n).has_value(); }))
                continue;
            const Place at = part_of(place, rule.place);
            const Profile::Field *waiver =
                Profile::find(rules, at.field, at.component, at.subcomponent);
            if (!waiver || waiver->usage == Profile::Usage::unstated)
                report(warning, 101, at, "a component that is required in this case is empty");
        }
        if (const auto found = broken_parts(datatype, part))
            report(found->is_error ? error : warning, 102, part_of(place, found->part),
                   found->rule);
    }

    void component(const Place &place, const Value &value, int number, char usage, Kind kind,
                   const Profile::Segment *rules, bool deepest) {
        Value part = value;
        Place at = place;
        if (!deepest) {
            part = place.component == 0 ? value.component(number) : value.subcomponent(number);
            at = part_of(place, number);
        }
        const Profile::Field *rule = Profile::find(rules, at.field, at.component, at.subcomponent);
        if (part.is_absent()) {
            if (rule && rule->usage == Profile::Usage::required)
                report(error, 101, at, "a component the profile requires is empty");
            else if (usage == 'R' && !(rule && rule->usage == Profile::Usage::optional))
                report(error, 101, at, "a required component is empty");
            return;
        }
        if (rule && rule->usage == Profile::Usage::forbidden)
            report(error, 198, at, "the profile does not allow the component");
        if (deepest && !is_primitive(kind.datatype, version_)) return;
        this->value(at, part, kind, rules);
    }

    // CE, CWE, CNE: the code, unless it says that it is of another system.
    void coded(const Place &place, const Value &value, const Kind &kind) {
        const bool whole = place.component == 0;
        const Value first = whole ? value.component(1).subcomponent(1) : value.subcomponent(1);
        std::string_view system = whole ? value.component(3).raw() : value.subcomponent(3).raw();
        if (!first.has_value()) return;
        std::string own = std::to_string(kind.table);
        own.insert(0, 4 - std::min<std::size_t>(4, own.size()), '0');
        if (!system.empty() && system != "HL7" + own) return;
        code(part_of(place, 1), first, kind.table, kind.datatype == "CNE");
    }

    void code(const Place &place, const Value &value, int table, bool strict) {
        if (table == 0) return;
        const std::string text = value.text();
        Membership membership = Membership::unknown;
        const auto replaced = options_.profile ? options_.profile->tables.find(table)
                                               : decltype(options_.profile->tables.find(0)){};
        const bool own = options_.profile && replaced != options_.profile->tables.end();
        if (own)
            membership = std::ranges::binary_search(replaced->second, text) ? Membership::in
                                                                            : Membership::out;
        else
            membership = is_code(static_cast<std::uint16_t>(table), text, version_);
        if (membership == Membership::in || membership == Membership::unknown) return;
        if (table == 396 && !own && is_coding_system(text)) return;
        int finding = 103;
        if (place.segment == "MSH") {
            // Reported with their own codes by header().
            if (place.field == 9 || place.field == 12) return;
            if (place.field == 11 && table == 103) finding = 202;
        }
        const bool is_error = own || (strict && !is_open_table(table)) || finding != 103;
        report(is_error ? error : warning, finding, place,
               "not a code of table " + std::to_string(table) +
                   (membership == Membership::other_version ? " in this version" : ""));
    }

    const Message &message_;
    const ValidationOptions &options_;
    Version version_;
    std::string_view structure_;
    Grammar grammar_;
    Groups groups_;
    std::vector<core::Issue> issues_;
    std::vector<std::size_t> sequence_;  // of each segment among those of its name, from 1
    std::unordered_map<std::string_view, std::vector<std::size_t>> of_id_;
    struct SetIds {
        int last = 0;
        std::unordered_set<int> seen;
    };
    std::unordered_map<std::size_t, std::unordered_map<std::string_view, SetIds>> set_ids_;
    unsigned steps_ = 0;
};

}  // namespace

std::vector<core::Issue> validate(const Message &message, const ValidationOptions &options) {
    return Validator(message, options).run();
}

}  // namespace clinical::hl7v2
