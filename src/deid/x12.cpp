#include "deid/x12.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <vector>

#include "core/split.h"
#include "deid/codes.h"
#include "deid/places.h"
#include "deid/policy_x12.h"
#include "deid/quantity.h"
#include "deid/x12_rules.h"
#include "x12/x12.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

constexpr Text constant = "DEID";

using core::split;

bool digits(Text text, std::size_t least, std::size_t most) {
    return text.size() >= least && text.size() <= most &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_number(Text text) {
    if (!text.empty() && text[0] == '-') text.remove_prefix(1);
    const std::size_t dot = text.find('.');
    const Text whole = text.substr(0, dot);
    const Text part = dot == text.npos ? Text() : text.substr(dot + 1);
    return whole.size() + part.size() > 0 && digits(whole, 0, 9) && digits(part, 0, 6);
}

bool letter(char c) { return c >= 'A' && c <= 'Z'; }

// Claim adjustment reason codes and remark codes by their form.
bool is_reason(Text t) {
    if (!t.empty() && letter(t[0])) return t.size() <= 3 && digits(t.substr(1), 1, 2);
    return digits(t, 1, 3);
}
bool is_remark(Text t) {
    if (t.starts_with("MA")) return digits(t.substr(2), 1, 3);
    return !t.empty() && (t[0] == 'M' || t[0] == 'N') && digits(t.substr(1), 1, 3);
}
bool is_service_type(Text t) {
    return digits(t, 1, 3) ||
           (t.size() == 2 && letter(t[0]) && (letter(t[1]) || digits(t.substr(1), 1, 1)));
}

constexpr Text hcpcs = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets";
constexpr Text cpt = "http://www.ama-assn.org/go/cpt";
constexpr Text ndc = "http://hl7.org/fhir/sid/ndc";

bool is_procedure(Text code) { return is_public_code(cpt, code) || is_public_code(hcpcs, code); }

// Whether `code` may stay beside a qualifier of data element 235.
bool is_product(Text qualifier, Text code) {
    if (qualifier == "HC" || qualifier == "HP" || qualifier == "AD" || qualifier == "CJ")
        return is_procedure(code);
    if (qualifier == "N4") return is_public_code(ndc, code);
    return (qualifier == "NU" || qualifier == "RB") && digits(code, 4, 4);
}

// Qualifiers of data element 1270 whose codes are diagnoses, procedures, and claim codes.
bool is_claim_code(Text qualifier, Text code) {
    if (packed_has("|ABF|ABJ|ABK|ABN|APR|BF|BJ|BK|BN|PR|", qualifier)) {
        return is_public_code("http://hl7.org/fhir/sid/icd-10-cm", code) ||
               is_public_code("http://hl7.org/fhir/sid/icd-9-cm", code) ||
               (digits(code, 3, 5));  // ICD-9 without its dot
    }
    if (packed_has("|BBQ|BBR|BQ|BR|", qualifier))
        return is_public_code("http://www.cms.gov/Medicare/Coding/ICD10", code) ||
               digits(code, 3, 4);
    if (qualifier == "DR") return digits(code, 3, 4);
    if (qualifier == "BO" || qualifier == "BP") return is_procedure(code);
    if (packed_has("|BE|BG|BH|BI|TC|", qualifier))
        return code.size() == 2 && std::all_of(code.begin(), code.end(), [](char c) {
                   return letter(c) || (c >= '0' && c <= '9');
               });
    return false;
}

class X12Writer {
public:
    X12Writer(Text text, const Options &options, CodeSource &codes, std::string &out)
        : text_(text), options_(options), codes_(codes), out_(out) {}

    void write() {
        auto read = x12::read_delimiters(text_);
        if (!read) throw std::move(read).error();
        d_ = read.value();
        if (options_.x12_rows) treater_.emplace(*options_.x12_rows, options_, d_);
        judge_ = AgeRule::make({}, options_.reference, {}, {});
        x12::Segments segments(text_, d_);
        x12::Segment segment;
        std::size_t seen = 0;
        while (segments.next(segment)) {
            if (++seen > 1'000'000)
                throw core::Error{core::ErrorCode::limit_exceeded, "X12 interchange is too large",
                                  "The limit is 1000000 segments.", 0};
            if (seen % 1024 == 0) options_.interrupt.poll();
            split(segment.text, d_.element, elements_);
            this->segment();
        }
    }

private:
    [[nodiscard]] Text element(std::size_t n) const {
        return n < elements_.size() ? elements_[n] : Text();
    }

    void segment() {
        segment_ = elements_[0];
        const bool by_rows = treater_ && treater_->enter(elements_);
        if (segment_ == "ISA") return interchange();
        if (segment_ == "IEA") return close("IEA", groups_, 1, 9);
        if (segment_ == "GS") return group();
        if (segment_ == "GE") return close("GE", sets_, groups_, 1);
        if (segment_ == "ST") return set();
        if (segment_ == "SE") {
            ++segments_;
            return close("SE", segments_, sets_, 4);
        }
        const X12Rule *rule = x12_rule(segment_);
        if (!rule && !by_rows) return;
        const Text letters = rule ? rule->elements : Text();
        const std::size_t mark = out_.size();
        out_.append(segment_);
        std::size_t pending = 0;
        bool any = false;
        struct {
            std::size_t size, pending;
            bool any;
        } before{};  // the last element
        // One element more than there are: a format without its date.
        const std::size_t most =
            by_rows ? std::max(letters.size(), elements_.size()) : letters.size();
        for (std::size_t i = 1; i <= elements_.size() && i <= most; ++i) {
            const char letter = i <= letters.size() ? letters[i - 1] : '.';
            const std::size_t begun = out_.size();
            const auto format = before;
            before = {begun, pending, any};
            ++pending;
            out_.append(pending, d_.element);
            const std::size_t start = out_.size();
            element_ = static_cast<int>(i);
            if (element(i).empty()) {
                // nothing to say
            } else if (by_rows) {
                treated(letter, element(i));
            } else {
                repeated(letter, element(i));
            }
            if (out_.size() == start) {
                out_.resize(begun);
                if (letter == 'D' || letter == 'B') {  // format and date go together
                    out_.resize(format.size);
                    pending = format.pending + 2;
                    any = format.any;
                }
            } else {
                pending = 0;
                any = true;
            }
        }
        // A date without its value, or nothing at all, is no segment.
        if (!any || (letters.find('D') != Text::npos && segment_ == "DTP" && !dated_)) {
            out_.resize(mark);
        } else {
            out_ += d_.segment;
            ++segments_;
        }
        dated_ = false;
    }

    // An element by the rows of a policy, or by the allow list where they say so.
    void treated(char rule, Text text) {
        const std::size_t start = out_.size();
        const auto allowed = [&] {
            repeated(rule, text);
            std::string kept = out_.substr(start);
            out_.resize(start);
            return kept;
        };
        treater_->element(element_, allowed, out_);
        if (rule == 'D') dated_ = out_.size() > start;
    }

    void repeated(char rule, Text text) {
        if (d_.repetition == '\0') return value(rule, text);
        const std::size_t start = out_.size();
        std::vector<Text> repetitions;
        split(text, d_.repetition, repetitions);
        for (const Text one : repetitions) {
            const std::size_t mark = out_.size();
            if (mark > start) out_ += d_.repetition;
            const std::size_t begun = out_.size();
            if (!one.empty()) value(rule, one);
            if (out_.size() == begun) out_.resize(mark);
        }
    }

    void value(char rule, Text t) {
        const auto keep = [&](bool kept) {
            if (kept) out_.append(t);
        };
        switch (rule) {
            case 'w': return word(t);
            case 'n': return number(t);
            case 'e': return keep(is_currency(t));
            case 's': {
                // Codes of other countries' states may be the same letters.
                const Text land = element(4);
                if (segment_ == "N4" && !land.empty() && !is_united_states(land)) return;
                const auto code = state(t);
                if (code) out_.append(*code);
                return;
            }
            case 'c': return keep(is_country(t));
            case 'z': {
                const Text land = element(4);
                if (!land.empty() && !is_united_states(land)) return;
                char area[3];
                if (options_.mode == Mode::limited_data_set) {
                    if (is_zip(t)) out_.append(t);
                } else if (const auto kept = zip3(t, area, options_.zip)) {
                    out_.append(*kept);
                }
                return;
            }
            case 'D': return date(t, element(static_cast<std::size_t>(element_) - 1), false);
            case 'B': return date(t, element(static_cast<std::size_t>(element_) - 1), true);
            case 'Y': return date(t, "D8", false);
            case 'C': return code("Claim", t);
            case 'L': return code("ClaimResponse", t);
            case 'T': return code("PaymentReconciliation", t);
            case 'M':
                if (packed_has("|70|74|IL|QC|", element(1)) &&
                    (element(8) == "MI" || element(8) == "II"))
                    return code("Patient", t);
                return;
            case 'K': out_.append(constant); return;
            case 'p': return procedure(t);
            case 'f': return facility(t);
            case 'a': return accident(t);
            case 'h': return claim_code(t);
            case 'r': return keep(digits(t, 3, 4));
            case 'l': return keep(digits(t, 2, 2));
            case 'i': return pointers(t);
            case 'j': return keep(is_reason(t));
            case 'm': return keep(is_remark(t));
            case 'x': return keep(is_public_code("http://nucc.org/provider-taxonomy", t));
            case 'v':
                return keep(is_product(element(static_cast<std::size_t>(element_) - 1), t) &&
                            !is_known(t));
            case 't': return keep(is_service_type(t));
            case 'o': return keep(digits(t, 1, 2) || (t.size() == 1 && letter(t[0])));
            case 'y': return surfaces(t);
            default: return;
        }
    }

    void word(Text t) {
        // Composites of codes (race of DMG05) keep their first part.
        const Text first = t.substr(0, t.find(d_.component));
        if (is_x12_word(segment_, element_, first)) out_.append(first);
    }

    void number(Text t) {
        if (is_number(t) && !is_long_number(t) && !is_known(t)) out_.append(t);
    }

    // A year has no form of its own here: the first of January stands for it.
    void date(Text t, Text format, bool birth) {
        const auto one = [&](Text day) {
            const auto said = parse_x12_date(day);
            if (!said) return false;
            if (options_.mode != Mode::safe_harbor) {
                const auto moved = shift_date(day, options_.shift_days);
                if (moved) out_.append(*moved);
                return moved.has_value();
            }
            const bool kept = birth ? AgeRule::make(*options_.person, options_.reference, said, {})
                                          .keeps_birth(*said)
                                    : judge_.keeps_year(*said);
            if (kept) out_.append(day.substr(0, 4)).append("0101");
            return kept;
        };
        if (format == "D8") {
            dated_ |= one(t);
        } else if (format == "RD8" && t.size() == 17 && t[8] == '-') {
            const std::size_t mark = out_.size();
            if (!one(t.substr(0, 8))) return;
            out_ += '-';
            if (one(t.substr(9))) {
                dated_ = true;
            } else {
                out_.resize(mark);
            }
        }
    }

    void code(const char *domain, Text id) {
        const std::string at = std::to_string(element_);
        if (codes_.find(domain, id, {segment_, at}, code_)) {
            out_.append(code_);
        } else if (segment_ == "CLM" || segment_ == "CLP" || segment_ == "TRN") {
            out_.append(constant);  // must be there
        }
    }

    // --- composites

    void put(std::size_t at, Text text) {
        out_.append(at - written_, d_.component).append(text);
        written_ = at;
    }

    void procedure(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        if (parts_.size() < 2 || !is_product(parts_[0], parts_[1]) || is_known(parts_[1])) return;
        put(0, parts_[0]);
        put(1, parts_[1]);
        for (std::size_t i = 2; i < std::min<std::size_t>(6, parts_.size()); ++i) {
            const Text modifier = parts_[i];
            const bool plain =
                modifier.size() == 2 && std::all_of(modifier.begin(), modifier.end(), [](char c) {
                    return letter(c) || (c >= '0' && c <= '9');
                });
            if (plain) put(i, modifier);
        }
    }

    void facility(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        if (!digits(parts_[0], 2, 2)) return;
        put(0, parts_[0]);
        if (parts_.size() > 1 && (parts_[1] == "A" || parts_[1] == "B")) put(1, parts_[1]);
        if (parts_.size() > 2 && digits(parts_[2], 1, 1)) put(2, parts_[2]);
    }

    void accident(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        const std::size_t mark = out_.size();
        for (std::size_t i = 0; i < std::min<std::size_t>(3, parts_.size()); ++i)
            if (packed_has("|AA|AB|AP|EM|OA|", parts_[i])) put(i, parts_[i]);
        if (parts_.size() > 3)
            if (const auto known = state(parts_[3])) put(3, *known);
        if (parts_.size() > 4 && is_country(parts_[4])) put(4, parts_[4]);
        if (written_ == 0 && out_.size() > mark && out_[mark] == d_.component) out_.resize(mark);
    }

    void claim_code(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        if (parts_.size() < 2 || !is_claim_code(parts_[0], parts_[1]) || is_known(parts_[1]))
            return;
        if (parts_[0] == "BE" && parts_[1] == "A0") return;  // a ZIP code
        const std::vector<Text> part = parts_;
        put(0, part[0]);
        put(1, part[1]);
        if (part.size() > 3 && (part[2] == "D8" || part[2] == "RD8")) {
            const std::size_t mark = out_.size();
            const std::size_t before = written_;
            put(2, part[2]);
            put(3, {});
            const std::size_t begun = out_.size();
            date(part[3], part[2], false);
            if (out_.size() == begun) {
                out_.resize(mark);
                written_ = before;
            }
        }
        if (part.size() > 4 && !part[4].empty()) {
            const std::size_t mark = out_.size();
            put(4, {});
            const std::size_t begun = out_.size();
            number(part[4]);
            if (out_.size() == begun) out_.resize(mark);
        }
        if (part.size() > 8 && packed_has("|N|U|W|Y|", part[8])) put(8, part[8]);
    }

    void pointers(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(4, parts_.size()); ++i)
            if (digits(parts_[i], 1, 2)) put(i, parts_[i]);
    }

    void surfaces(Text t) {
        split(t, d_.component, parts_);
        written_ = 0;
        for (std::size_t i = 0; i < std::min<std::size_t>(5, parts_.size()); ++i)
            if (packed_has("|00|01|02|10|20|30|40|B|D|F|I|L|M|O|", parts_[i])) put(i, parts_[i]);
    }

    // --- envelopes: control numbers are counted anew

    void interchange() {
        if (elements_.size() < 17) return;
        const std::string year(element(9).substr(0, 2));
        const bool dated = digits(year, 2, 2);
        const std::string padded = std::string(constant) + "           ";
        char e[2] = {d_.element, '\0'};
        const bool filled = options_.mode == Mode::safe_harbor ||
                            (options_.x12_rows && options_.x12_rows->fills_dates);
        out_.append("ISA").append(e).append(filled ? "03" : "00").append(e);
        out_.append(filled ? "CCYY0101  " : "          ").append(e);
        out_.append("00").append(e).append("          ").append(e);
        for (int i = 0; i < 2; ++i) out_.append("ZZ").append(e).append(padded).append(e);
        out_.append(dated ? year : "00").append("0101").append(e).append("0000").append(e);
        // ISA11 is the repetition separator, or U.
        out_.append(1, d_.repetition != '\0' ? d_.repetition : 'U').append(e);
        const Text version = element(12);
        out_.append(digits(version, 5, 5) ? version : Text("00501")).append(e);
        out_.append("000000001").append(e).append("0").append(e);
        out_.append(packed_has("|P|T|", element(15)) ? element(15) : Text("P")).append(e);
        out_.append(1, d_.component).append(1, d_.segment);
        groups_ = 0;
    }

    static bool is_guide(Text t) {
        return t.size() >= 6 && t.size() <= 12 && digits(t.substr(0, 6), 6, 6) &&
               std::all_of(t.begin() + 6, t.end(),
                           [](char c) { return c == 'X' || c == 'A' || (c >= '0' && c <= '9'); });
    }

    void group() {
        ++groups_;
        sets_ = 0;
        const auto said = parse_x12_date(element(4));
        out_.append("GS").append(1, d_.element);
        if (is_x12_word("GS", 1, element(1))) out_.append(element(1));
        for (int i = 0; i < 2; ++i) out_.append(1, d_.element).append(constant);
        out_.append(1, d_.element);
        if (said && judge_.keeps_year(*said)) out_.append(element(4).substr(0, 4)).append("0101");
        out_.append(1, d_.element).append("0000").append(1, d_.element);
        out_.append(std::to_string(groups_))
            .append(1, d_.element)
            .append("X")
            .append(1, d_.element);
        if (is_guide(element(8))) out_.append(element(8));
        out_ += d_.segment;
    }

    void set() {
        ++sets_;
        segments_ = 1;
        out_.append("ST").append(1, d_.element);
        if (digits(element(1), 3, 3)) out_.append(element(1));
        out_.append(1, d_.element).append(number_of(sets_, 4));
        if (is_guide(element(3))) out_.append(1, d_.element).append(element(3));
        out_ += d_.segment;
    }

    static std::string number_of(std::size_t number, int width) {
        char text[24];
        std::snprintf(text, sizeof text, "%0*zu", width, number);
        return text;
    }

    void close(const char *name, std::size_t count, std::size_t control, int width) {
        out_.append(name).append(1, d_.element).append(std::to_string(count));
        out_.append(1, d_.element).append(number_of(control, width)).append(1, d_.segment);
    }

    bool is_known(Text text) const {
        if (options_.person->known.empty() || !options_.person->known.found_in(text)) return false;
        if (options_.on_known == OnKnown::refuse)
            throw core::Error{
                core::ErrorCode::invalid_value, "an identifier of the person remains",
                "Element " + std::string(segment_) + std::to_string(element_) + " holds one.", 0};
        return true;
    }

    Text text_;
    const Options &options_;
    CodeSource &codes_;
    std::string &out_;
    x12::Delimiters d_;
    std::optional<X12Treater> treater_;  // by the rows of a policy
    AgeRule judge_;
    std::vector<Text> elements_, parts_;
    Text segment_;
    int element_ = 0;
    std::size_t written_ = 0;  // components before the cursor
    bool dated_ = false;
    std::size_t groups_ = 0, sets_ = 0, segments_ = 0;
    std::string code_;
};

}  // namespace

void write_x12(std::string_view interchange, const Options &options, CodeSource &codes,
               std::string &out) {
    X12Writer(interchange, options, codes, out).write();
}

}  // namespace clinical::deid
