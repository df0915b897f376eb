#include "deid/v2.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "core/split.h"
#include "deid/codes.h"
#include "deid/places.h"
#include "deid/policy_v2.h"
#include "deid/quantity.h"
#include "deid/v2_coded.h"
#include "deid/v2_rules.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

constexpr Text constant = "DEID";

using core::split;

Text before(Text text, char delimiter) {
    return delimiter == '\0' ? text : text.substr(0, text.find(delimiter));
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_number(Text text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    const Text whole = text.substr(0, dot);
    const Text part = dot == text.npos ? Text("0") : text.substr(dot + 1);
    return !(whole.empty() && part.empty()) && text.size() < 24 &&
           std::all_of(whole.begin(), whole.end(), is_digit) &&
           std::all_of(part.begin(), part.end(), is_digit);
}

// OBX-4: 1, 1.2.3; OBX-7: 3.5-5.0, <10, >=4, 0 - 12.
bool is_sub_id(Text text) {
    return !text.empty() && text.size() <= 8 && is_digit(text[0]) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; });
}
bool is_comparator(Text t) { return packed_has("|<|<=|<>|=|>|>=|", t); }
bool is_separator(Text t) { return packed_has("|+|-|.|/|:|", t); }
bool is_range(Text text) {
    int digits = 0, dashes = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (is_digit(c)) {
            if (++digits > 6) return false;
        } else if (c == '-' || c == ' ') {
            if (c == '-' && ++dashes > 1) return false;
            digits = 0;
        } else if (c != '.' && c != '<' && c != '>' && c != '=') {
            return false;
        }
    }
    return !text.empty() && text.size() <= 20;
}

class V2Writer {
public:
    V2Writer(const hl7v2::Message &message, const Options &options, CodeSource &codes,
             std::string &out)
        : message_(message),
          d_(message.delimiters()),
          options_(options),
          codes_(codes),
          out_(out) {}

    void write() {
        const hl7v2::Segment &header = message_[0];
        const Text stated =
            text_of(before(before(header.field(12).raw(), d_.component), d_.subcomponent));
        version_ = v2_version(stated);
        if (options_.v2_rows) treater_.emplace(*options_.v2_rows, options_, d_, stated);
        gather();
        for (const hl7v2::Segment &segment : message_) {
            options_.interrupt.poll();
            this->segment(segment);
        }
    }

private:
    // --- who the message is about

    void gather() {
        std::optional<Date> birth, death;
        if (const hl7v2::Segment *pid = message_.find("PID")) {
            birth = parse_hl7_date(pid->field(7).raw());
            death = parse_hl7_date(pid->field(29).raw());
        }
        age_ = AgeRule::make(*options_.person, options_.reference, birth, death);
    }

    // The earliest year that may stay beside an age; only asked without a birth date.
    std::optional<Date> earliest_event() {
        if (earliest_) return *earliest_;
        earliest_.emplace();
        std::vector<Text> fields;
        for (const hl7v2::Segment &segment : message_) {
            const V2Segment *rules = v2_segment(segment.id());
            if (!rules) continue;
            split(segment.text(), d_.field, fields);
            for (std::size_t i = 1; i < fields.size(); ++i) {
                const int n = static_cast<int>(i) + (segment.is_header() ? 1 : 0);
                if (v2_rule(*rules, n, version_).action != V2Action::year) continue;
                const auto date = parse_hl7_date(fields[i]);
                if (date && (!*earliest_ || date->year < (*earliest_)->year)) *earliest_ = date;
            }
        }
        return *earliest_;
    }

    bool keeps_age(int years) {
        if (options_.mode == Mode::limited_data_set) return true;
        if (age_.birth) return !age_.over;
        return age_.keeps_age(years, earliest_event(), codes_.linkable());
    }

    // --- segments

    // MSH-2 as the parser reads it: what stands on lines behind a header without fields is text.
    static Text encoding(Text field) {
        return field.substr(0, std::min<std::size_t>(5, field.find_first_of("\r\n")));
    }

    void segment(const hl7v2::Segment &segment) {
        const V2Segment *rules = v2_segment(segment.id());
        const bool by_rows = treater_ && treater_->enter(segment);
        if (!rules && !by_rows) return;
        segment_ = segment.id();
        split(segment.text(), d_.field, fields_);
        // A second header, which the parser lets through when it is bare, has no delimiters to
        // copy.
        const bool header = segment.is_header();
        if (header && std::exchange(headed_, true)) return;
        question_ = {};
        if (segment_ == "OBX") {
            // One that asks for an identifier goes, unless a row asks for it by its code.
            if (!read_question() && !(by_rows && treater_->is_chosen())) return;
            question_.kept &= !(by_rows && treater_->removes(3));
        }
        const std::size_t begin = out_.size();
        out_.append(segment_);
        if (header) out_.append(1, d_.field).append(encoding(fields_[1]));
        std::size_t pending = 0;
        bool any = false;
        for (std::size_t i = header ? 2 : 1; i < fields_.size(); ++i) {
            ++pending;
            if (fields_[i].empty()) continue;
            const std::size_t mark = out_.size();
            out_.append(pending, d_.field);
            const std::size_t start = out_.size();
            field_ = static_cast<int>(i) + (header ? 1 : 0);
            const V2Rule rule = rules ? v2_rule(*rules, field_, version_) : V2Rule();
            if (by_rows) {
                treated(fields_[i], rule);
            } else {
                field(fields_[i], rule);
            }
            any |= out_.size() > start;
            if (out_.size() == start) {
                out_.resize(mark);
            } else {
                pending = 0;
            }
        }
        // A bare segment that the allow list does not ask for says nothing.
        if (by_rows && !any && !header && (!rules || !treater_->is_allow_list())) {
            out_.resize(begin);
            return;
        }
        out_ += '\r';
    }

    // A field by the rows of a policy, or by the allow list where they say so.
    void treated(Text text, V2Rule rule) {
        const auto allowed = [&](Text one, bool first) {
            // The first repetition names what has a code; another would be a second one.
            if (rule.action == V2Action::code && !first) return std::string();
            const std::size_t mark = out_.size();
            field(one, rule);
            std::string kept = out_.substr(mark);
            out_.resize(mark);
            return kept;
        };
        treater_->field(field_, text, allowed, out_);
    }

    void field(Text text, V2Rule rule) {
        if (rule.action == V2Action::remove) return;
        if (text == "\"\"") {
            out_.append(text);
            return;
        }
        if (rule.action == V2Action::code) return code(text, rule);
        const std::size_t start = out_.size();
        bool more = true;
        while (more) {
            const std::size_t stop = d_.repetition == '\0' ? text.npos : text.find(d_.repetition);
            more = stop != text.npos;
            const Text one = text.substr(0, stop);
            if (more) text.remove_prefix(stop + 1);
            const std::size_t mark = out_.size();
            if (mark > start) out_ += d_.repetition;
            const std::size_t begun = out_.size();
            value(one, rule, d_.component);
            if (out_.size() == begun) out_.resize(mark);
        }
    }

    // --- values: `delimiter` is what cuts this level into parts

    void value(Text raw, V2Rule rule, char delimiter) {
        if (raw.empty()) return;
        if (raw == "\"\"" && rule.action != V2Action::remove) {
            out_.append(raw);
            return;
        }
        const Text first = before(raw, delimiter);
        switch (rule.action) {
            case V2Action::word:
                return keep_if(first, [&](Text t) { return packed_has(v2_table(rule.detail), t); });
            case V2Action::number: return number(first);
            case V2Action::age: return stated_age(first);
            case V2Action::year:
                return year(first, [&](const Date &d) { return age_.keeps_year(d); });
            case V2Action::years: return years(raw, delimiter);
            case V2Action::birth:
                return year(first, [&](const Date &d) { return age_.keeps_birth(d); });
            case V2Action::birth_other:
                return year(first, [&](const Date &d) {
                    return AgeRule::make({}, options_.reference, d, {}).keeps_birth(d);
                });
            case V2Action::coded:
                return coded(raw, delimiter, rule.detail ? v2_table(rule.detail - 1) : Text(),
                             false);
            case V2Action::units:
                if (question_.capped) {
                    out_.append("a").append(2, d_.component).append("UCUM");
                    return;
                }
                return coded(raw, delimiter, {}, true);
            case V2Action::address: return address(raw, delimiter);
            case V2Action::constant: out_.append(constant); return;
            case V2Action::parts: return parts(raw, rule.detail, delimiter);
            case V2Action::comparator: return keep_if(first, is_comparator);
            case V2Action::separator: return keep_if(first, is_separator);
            case V2Action::sub_id: return keep_if(first, is_sub_id);
            case V2Action::range: return keep_if(first, is_range);
            case V2Action::answer: return answer(raw, delimiter);
            case V2Action::value_type: {
                if (question_.capped) {
                    out_.append("SN");
                    return;
                }
                return keep_if(first, [](Text t) { return packed_has(v2_table_named(125), t); });
            }
            case V2Action::version:
                return keep_if(before(first, d_.subcomponent),
                               [](Text t) { return v2_version(t) != 0; });
            case V2Action::country: return keep_if(first, [](Text t) { return is_country(t); });
            case V2Action::language: return keep_if(first, [](Text t) { return is_language(t); });
            case V2Action::state:
                if (const auto known = state(text_of(first))) out_.append(*known);
                return;
            default: return;
        }
    }

    template <typename Test>
    void keep_if(Text raw, Test test) {
        if (test(text_of(raw))) out_.append(raw);
    }

    // The text of a value; views stay valid until the next call.
    Text text_of(Text raw) {
        if (d_.escape == '\0' || raw.find(d_.escape) == raw.npos) return raw;
        scratch_ = hl7v2::unescape(raw, d_);
        return scratch_;
    }

    void number(Text text) {
        if (is_number(text) && !is_long_number(text) && !is_known(text)) out_.append(text);
    }

    void stated_age(Text text) {
        const auto said = whole_years(text);
        if (!said || !is_number(text)) return;
        if (*said >= capped_age && options_.mode != Mode::limited_data_set) {
            out_.append("90");
        } else if (keeps_age(*said)) {
            out_.append(text);
        }
    }

    template <typename Test>
    void year(Text text, Test test) {
        const auto date = parse_hl7_date(text);
        if (options_.mode != Mode::safe_harbor) {
            if (const auto moved = date ? shift_date(text, options_.shift_days) : std::nullopt)
                out_.append(*moved);
        } else if (date && test(*date)) {
            out_.append(text.substr(0, 4));
        }
    }

    void years(Text raw, char delimiter) {
        const auto keeps = [&](const Date &d) { return age_.keeps_year(d); };
        const Text from = before(raw, delimiter);
        const std::size_t mark = out_.size();
        year(before(from, d_.subcomponent), keeps);
        if (from.size() >= raw.size()) return;
        out_ += delimiter;
        const std::size_t begun = out_.size();
        year(before(before(raw.substr(from.size() + 1), delimiter), d_.subcomponent), keeps);
        if (out_.size() == begun) out_.resize(begun - 1);
        if (out_.size() == mark) return;
    }

    void parts(Text raw, int shape, char delimiter) {
        const auto rules = v2_shape(shape);
        const char below = delimiter == d_.component ? d_.subcomponent : '\0';
        std::size_t pending = 0;
        for (const V2Rule &rule : rules) {
            const Text one = before(raw, delimiter);
            const std::size_t mark = out_.size();
            out_.append(pending, delimiter);
            const std::size_t start = out_.size();
            value(one, rule, below);
            if (out_.size() == start) {
                out_.resize(mark);
                ++pending;
            } else {
                pending = 1;
            }
            if (one.size() >= raw.size()) return;
            raw.remove_prefix(one.size() + 1);
        }
    }

    // Triplets (code, text, system) at 1, 4 and 10.
    void coded(Text raw, char delimiter, Text table, bool unit) {
        const char below = delimiter == d_.component ? d_.subcomponent : '\0';
        split(raw, delimiter, components_);
        std::size_t written = 0;  // components before the cursor
        const auto put = [&](std::size_t at, Text text) {
            out_.append(at - written, delimiter).append(text);
            written = at;
        };
        for (const std::size_t at : {0U, 3U, 9U}) {
            if (at >= components_.size()) break;
            const Text code = before(components_[at], below);
            Text system = at + 2 < components_.size() ? before(components_[at + 2], below) : Text();
            if (code.empty() || code == "\"\"") continue;
            const Text plain = text_of(code);
            bool kept = is_v2_code(plain, system, table);
            if (!kept && unit && !syntax_of_v2(system) && is_unit(plain)) {
                kept = true;
                system = {};
            }
            if (!kept || is_known(plain)) continue;
            put(at, code);
            if (!system.empty()) put(at + 2, system);
        }
    }

    void address(Text raw, char delimiter) {
        split(raw, delimiter, components_);
        const char below = delimiter == d_.component ? d_.subcomponent : '\0';
        const auto part = [&](std::size_t n) {
            return n <= components_.size() ? before(components_[n - 1], below) : Text();
        };
        const auto land = country(text_of(part(6)));
        const bool domestic = part(6).empty() || (land && is_united_states(*land));
        std::size_t written = 1;
        const auto put = [&](std::size_t at, Text text) {
            out_.append(at - written, delimiter).append(text);
            written = at;
        };
        if (domestic) {
            const auto code = state(text_of(part(4)));
            char digits[3];
            const bool whole = options_.mode == Mode::limited_data_set;
            std::optional<Text> area;
            if (whole && is_zip(part(5))) {
                area = part(5);
            } else if (!whole && (code || part(4).empty())) {
                area = zip3(part(5), digits, options_.zip);
            }
            if (whole && !part(3).empty()) put(3, part(3));
            if (code) put(4, *code);
            if (area) put(5, *area);
        }
        if (land) put(6, *land);
        if (written > 1 && packed_has(v2_table_named(190), part(7))) put(7, part(7));
    }

    // --- codes of the crosswalk

    void code(Text text, V2Rule rule) {
        const auto domain = static_cast<V2Domain>(rule.detail);
        const bool cx = domain == V2Domain::patient || domain == V2Domain::visit;
        // The first repetition names it; another one would be a second code for the same thing.
        const std::string id = identifier(before(text, d_.repetition), cx ? 4 : 2);
        if (id.empty()) return;
        const std::string element = std::to_string(field_);
        if (!codes_.find(v2_domain(domain), id, {segment_, element}, code_)) {
            // A message must have a control id; the copy's says nothing.
            if (domain == V2Domain::message) out_.append(constant);
            return;
        }
        out_.append(code_);
        if (domain == V2Domain::message) return;
        if (domain == V2Domain::specimen) return;
        out_.append(cx ? 3 : 1, d_.component).append(constant);
    }

    std::string identifier(Text raw, std::size_t authority_at) {
        split(raw, d_.component, components_);
        // A specimen's pair: placer's, else filler's, each with subcomponents.
        Text first;
        for (const Text one : components_) {
            first = before(one, d_.subcomponent);
            if (!first.empty() && first != "\"\"") break;
            if (authority_at != 2) break;
        }
        if (first.empty() || first == "\"\"") return {};
        std::string id(text_of(first));
        const Text authority = this->authority(authority_at);
        if (!authority.empty() && authority != first) id.append(1, '|').append(text_of(authority));
        return id;
    }

    // The universal id of an assigning authority, which other formats and the warehouse's identity
    // go by (CDA's root, an Identifier's system), else its namespace: of CX.4 subcomponents, of EI
    // components.
    Text authority(std::size_t at) const {
        if (components_.size() < at) return {};
        const Text space = before(components_[at - 1], d_.subcomponent);
        Text universal;
        if (space.size() < components_[at - 1].size())
            universal = before(components_[at - 1].substr(space.size() + 1), d_.subcomponent);
        else if (at == 2 && components_.size() > 2)
            universal = before(components_[2], d_.subcomponent);
        const Text stated = universal.empty() || universal == "\"\"" ? space : universal;
        return stated == "\"\"" ? Text() : stated;
    }

    // --- observations

    struct Question {
        bool kept = false;  // OBX-3 stays
        bool asks_age = false;
        bool unit_goes = false;  // a number would be read in another unit
        bool capped = false;     // the answer becomes SN >= 90
    };

    Text raw_field(std::size_t n) const { return n < fields_.size() ? fields_[n] : Text(); }

    // False when the whole segment goes.
    bool read_question() {
        split(raw_field(3), d_.component, components_);
        for (const std::size_t at : {0U, 3U, 9U}) {
            if (at + 2 >= components_.size()) break;
            const Text code = before(components_[at], d_.subcomponent);
            const Text system = before(components_[at + 2], d_.subcomponent);
            if (code.empty()) continue;
            const auto syntax = syntax_of_v2(system);
            if (syntax && asks_identifier(*syntax, code)) return false;
            question_.kept |= is_v2_code(code, system, {});
            question_.asks_age |= syntax && asks_age(*syntax, code);
        }
        const Text units = raw_field(6);
        if (!units.empty() && units != "\"\"") {
            const std::size_t mark = out_.size();
            coded(before(units, d_.repetition), d_.component, {}, true);
            question_.unit_goes = out_.size() == mark;
            out_.resize(mark);
        }
        const Text answer = before(before(raw_field(5), d_.repetition), d_.component);
        if (question_.kept && question_.asks_age && raw_field(2) == "NM") {
            const auto said = in_years(answer, unit(), true);
            question_.capped =
                options_.mode != Mode::limited_data_set && said && *said > capped_age - 1;
        }
        return true;
    }

    // The unit of OBX-6 as an age's.
    Text unit() const { return before(before(raw_field(6), d_.component), d_.subcomponent); }

    void answer(Text raw, char delimiter) {
        if (!question_.kept) return;
        const Text type = raw_field(2);
        const Text first = before(raw, delimiter);
        if (type == "NM" || type == "SI") return answer_number(first);
        if (type == "SN") return answer_structured(raw, delimiter);
        if (type == "CE" || type == "CWE" || type == "CNE" || type == "CF")
            return coded(raw, delimiter, {}, false);
        if (type == "DT" || type == "TS" || type == "DTM")
            return value(raw, {V2Action::year, 0}, delimiter);
        if (type == "DR") return years(raw, delimiter);
        // Laboratories send numbers as strings; no other string is looked at.
        if ((type == "ST" || type == "TX") && !question_.asks_age) {
            Text digits = first;
            while (!digits.empty() && (digits[0] == '<' || digits[0] == '>' || digits[0] == '='))
                digits.remove_prefix(1);
            if (raw.size() == first.size() && first.size() - digits.size() <= 2 &&
                is_number(digits) && !is_long_number(digits) && !is_known(digits) &&
                !question_.unit_goes)
                out_.append(first);
        }
    }

    void answer_number(Text text) {
        if (question_.unit_goes || !is_number(text) || is_long_number(text) || is_known(text))
            return;
        if (question_.capped) {
            out_.append(">=").append(1, d_.component).append("90");
            return;
        }
        if (question_.asks_age) {
            const auto said = in_years(text, unit(), true);
            if (!said || !keeps_age(static_cast<int>(*said))) return;
        }
        out_.append(text);
    }

    // SN: comparator, number, separator, number.
    void answer_structured(Text raw, char delimiter) {
        if (question_.unit_goes || question_.asks_age) return;
        split(raw, delimiter, components_);
        const std::vector<Text> part = components_;
        // Without its comparator or separator a number would say another thing.
        if (!part[0].empty() && !is_comparator(part[0])) return;
        if (part.size() > 2 && !part[2].empty() && !is_separator(part[2])) return;
        for (std::size_t i : {1U, 3U})
            if (i < part.size() && !part[i].empty() &&
                (!is_number(part[i]) || is_long_number(part[i]) || is_known(part[i])))
                return;
        static constexpr V2Rule rules[] = {{V2Action::comparator, 0},
                                           {V2Action::number, 0},
                                           {V2Action::separator, 0},
                                           {V2Action::number, 0}};
        std::size_t pending = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(4, part.size()); ++i) {
            const std::size_t mark = out_.size();
            out_.append(pending, delimiter);
            const std::size_t start = out_.size();
            value(part[i], rules[i], '\0');
            if (out_.size() == start) {
                out_.resize(mark);
                ++pending;
            } else {
                pending = 1;
            }
        }
    }

    bool is_known(Text text) const {
        if (options_.person->known.empty() || !options_.person->known.found_in(text)) return false;
        if (options_.on_known == OnKnown::refuse)
            throw core::Error{
                core::ErrorCode::invalid_value, "an identifier of the person remains",
                "Field " + std::string(segment_) + "-" + std::to_string(field_) + " holds one.", 0};
        return true;
    }

    const hl7v2::Message &message_;
    const hl7v2::Delimiters &d_;
    const Options &options_;
    CodeSource &codes_;
    std::string &out_;
    int version_ = 0;
    std::optional<V2Treater> treater_;  // by the rows of a policy
    AgeRule age_;
    std::optional<std::optional<Date>> earliest_;
    Text segment_;
    bool headed_ = false;  // its header is written
    int field_ = 0;
    Question question_;
    std::vector<Text> fields_, components_;
    std::string scratch_, code_;
};

}  // namespace

void write_v2(const hl7v2::Message &message, const Options &options, CodeSource &codes,
              std::string &out) {
    V2Writer(message, options, codes, out).write();
}

}  // namespace clinical::deid
