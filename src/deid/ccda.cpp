#include "deid/ccda.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "deid/ccda_rules.h"
#include "deid/codes.h"
#include "deid/places.h"
#include "deid/policy_cda.h"
#include "deid/policy_text.h"
#include "deid/quantity.h"
#include "deid/rules.h"
#include "xml/escape.h"
#include "xml/reader.h"

namespace clinical::deid {

namespace {

using Text = std::string_view;

constexpr Text v3 = "urn:hl7-org:v3";
constexpr Text sdtc = "urn:hl7-org:sdtc";
constexpr Text instance = "http://www.w3.org/2001/XMLSchema-instance";
// Ids of the copy have one root; the extension is a code of the crosswalk.
constexpr Text root = "2.25.1";

Text attribute(const xml::Tag &tag, Text name, Text uri = {}) {
    for (const xml::Attribute &a : tag.attributes)
        if (a.name.local == name && a.name.uri == uri) return a.value;
    return {};
}

// The local part of xsi:type.
Text type_of(const xml::Tag &tag) {
    Text type = attribute(tag, "type", instance);
    return type.substr(type.find(':') == type.npos ? 0 : type.find(':') + 1);
}

bool is_number(Text text) {
    int digits = 0, dots = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '.') {
            ++dots;
        } else if (text[i] >= '0' && text[i] <= '9') {
            ++digits;
        } else if (i != 0 || (text[i] != '-' && text[i] != '+')) {
            return false;
        }
    }
    return digits > 0 && dots < 2 && text.size() < 24;
}

// What must be known before the first element is written: birth and death of the patient, and which
// elements hold something that a row of a policy lets stay.
class Facts final : public xml::Handler {
public:
    explicit Facts(const CdaRows *rows) : rows_(rows) {}

    std::optional<Date> birth, death;
    std::vector<bool> holds;  // by element, in document order; only with rows

    void start(const xml::Tag &tag) override {
        if (rows_) look(tag.name.local);
        if (tag.name.local == "recordTarget") inside_ = true;
        if (!inside_) return;
        // Of several the reading that makes the person older.
        const auto date = parse_hl7_date(attribute(tag, "value"));
        if (!date) return;
        if (tag.name.local == "birthTime" &&
            (!birth || before(date->earliest(), birth->earliest())))
            birth = date;
        if (tag.name.local == "deceasedTime" && (!death || before(death->latest(), date->latest())))
            death = date;
    }
    void end(const xml::Name &name) override {
        if (name.local == "recordTarget") inside_ = false;
        if (!rows_) return;
        open_.pop_back();
        numbers_.pop_back();
    }

private:
    void look(Text name) {
        open_.emplace_back(name);
        if (rows_->keeps(open_))
            for (auto n = numbers_.rbegin(); n != numbers_.rend() && !holds[*n]; ++n)
                holds[*n] = true;
        numbers_.push_back(holds.size());
        holds.push_back(false);
    }

    const CdaRows *rows_;
    std::vector<std::string> open_;
    std::vector<std::size_t> numbers_;
    bool inside_ = false;
};

// What the bounds of an interval are.
enum class Kind : std::uint8_t { none, time, quantity };

class CcdaWriter final : public xml::Handler {
public:
    CcdaWriter(const Options &options, CodeSource &codes, const Facts &facts, std::string &out)
        : options_(options),
          codes_(codes),
          out_(out),
          rows_(options.cda_rows),
          holds_(facts.holds),
          treater_(options),
          age_(AgeRule::make(*options.person, options.reference, facts.birth, facts.death)) {}

    bool written = false;

    void start(const xml::Tag &tag) override {
        if (++seen_ % 1024 == 0) options_.interrupt.poll();
        if (rows_) open_.emplace_back(tag.name.local);
        if (skipped_ > 0) {
            ++skipped_;
            if (in_address_ && skipped_ == 2) part_ = tag.name.local;
            if (scrubs_) blocks_.border(tag.name.local);
            return;
        }
        if (rows_) flush();
        const bool extended = tag.name.uri == sdtc;
        if (frames_.empty()) {
            if (tag.name.uri != v3 || tag.name.local != "ClinicalDocument") {
                skipped_ = 1;
                return;
            }
            written = true;
        }
        CdaRule rule =
            tag.name.uri == v3 || extended ? cda_rule(tag.name.local, extended) : CdaRule::remove;
        if (!(rows_ ? treated(tag, rule) : write(tag, rule))) skipped_ = std::max(skipped_, 1);
    }

    void end(const xml::Name &name) override {
        if (skipped_ > 0) {
            if (in_address_ && skipped_ == 2) keep_part();
            if (rows_) open_.pop_back();
            if (scrubs_ && skipped_ > 1) blocks_.border(name.local);
            if (--skipped_ > 0) return;
            if (in_address_) close_address();
            if (scrubs_) close_scrubbed();
            return;
        }
        if (frames_.empty()) return;
        if (rows_) {
            flush();
            open_.pop_back();
        }
        const Frame frame = frames_.back();
        frames_.pop_back();
        close(frame);
        question_ = frame.question;
    }

    void text(Text piece) override {
        if (in_address_ && skipped_ == 2 && part_text_.size() < 256) part_text_.append(piece);
        if (rows_ && skipped_ == 0 && !frames_.empty()) text_.append(piece);
        if (scrubs_) blocks_.append(piece);
    }

private:
    struct Frame {
        std::string name;        // as written
        std::size_t begin;       // where its start tag stands in the copy
        std::size_t inside = 0;  // where its content begins
        std::string null_flavor;
        Kind kind = Kind::none;
        const Treated *treated = nullptr;  // by the rows of a policy
        bool entry = false;                // holds one act: goes with it
        bool observation = false;          // asks a question
        // The question that governs what comes behind it.
        struct Question {
            bool asked = false, kept = true, age = false;
        } question;
    };

    [[nodiscard]] Text parent() const {
        return frames_.empty() ? Text() : Text(frames_.back().name);
    }

    // --- rows of a policy

    static bool is_list(const Treated &treated) {
        return treated.treatment == Treatment::allow_list;
    }

    // The same as write(), by the rows; by the allow list where they say so.
    bool treated(const xml::Tag &tag, CdaRule rule) {
        static const Treated removed{};
        const Treated *own = rows_->find(open_);
        const Treated *around = frames_.empty() ? nullptr : frames_.back().treated;
        if (!around) around = rows_->rest ? &*rows_->rest : &removed;
        const Treated &how = own ? *own : *around;
        const bool holds = seen_ <= holds_.size() && holds_[seen_ - 1];
        const std::size_t depth = frames_.size();
        bool inside;
        if (frames_.empty()) {
            inside = container(tag);
        } else if (how.treatment == Treatment::scrub) {
            inside = scrubbed(tag);
        } else if (rows_->has_attributes(open_) ||
                   (!is_list(how) && how.treatment != Treatment::remove)) {
            inside = by_row(tag, how, rule);
        } else if (how.treatment == Treatment::remove) {
            inside = holds && container(tag);
        } else if (rule == CdaRule::address) {
            inside = address(tag, holds);
        } else if (holds && !is_walked(rule)) {
            inside = container(tag);
        } else {
            inside = write(tag, rule);
        }
        if (inside && frames_.size() > depth) frames_.back().treated = &how;
        return inside;
    }

    // Rules under which what the element holds is looked at.
    static bool is_walked(CdaRule rule) {
        switch (rule) {
            case CdaRule::container:
            case CdaRule::coded:
            case CdaRule::time:
            case CdaRule::interval:
            case CdaRule::quantity:
            case CdaRule::value: return true;
            default: return false;
        }
    }

    // Text of a narrative, or of type ST or ED: what it holds is read, not written;
    // close_scrubbed() writes what the scrubber leaves.
    bool scrubbed(const xml::Tag &tag) {
        const Text type = type_of(tag);
        if (tag.name.local == "value" && type != "ST" && type != "ED") return masked(tag);
        base64_ = attribute(tag, "representation") == "B64";
        media_ = attribute(tag, "mediaType");
        open(tag);
        if (is_type(type)) out_.append(" xsi:type=\"").append(type).append("\"");
        scrubs_ = true;
        return false;
    }

    void close_scrubbed() {
        scrubs_ = false;
        const std::string given = blocks_.take();
        // Of another type than text, markup would hide words.
        const bool plain =
            media_.empty() || media_ == "text/x-hl7-text+xml" || !text_media_type(media_).empty();
        std::optional<std::string> left;
        if (options_.text && base64_)
            left = options_.text->attachment(media_, given);
        else if (options_.text && plain)
            left = options_.text->text(given);
        const std::string text(trimmed(left ? Text(*left) : Text()));
        if (text.empty()) {
            mask();
            begin_content();
        } else if (base64_) {
            put("mediaType", text_media_type(media_));
            put("representation", "B64");
            begin_content();
            xml::append_text(out_, text);
        } else {
            begin_content();
            append_lines(text, frames_.back().name == "text");
        }
        close(frames_.back());
        frames_.pop_back();
    }

    // In a narrative each line is a paragraph.
    void append_lines(Text text, bool paragraphs) {
        if (!paragraphs || text.find('\n') == text.npos) {
            xml::append_text(out_, text);
            return;
        }
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            const Text line = trimmed(text.substr(at, end - at));
            if (!line.empty()) {
                out_.append("<paragraph>");
                xml::append_text(out_, line);
                out_.append("</paragraph>");
            }
            at = end + 1;
        }
    }

    bool by_row(const xml::Tag &tag, const Treated &how, CdaRule rule) {
        open(tag, rule == CdaRule::time ? Kind::time : Kind::none);
        mark(tag.name.local);
        if (how.treatment == Treatment::substitute) {
            begin_content();
            xml::append_text(out_, how.parameters.find("with").as_text());
            close(frames_.back());
            frames_.pop_back();
            return false;
        }
        if (const Text type = type_of(tag); is_type(type))
            out_.append(" xsi:type=\"").append(type).append("\"");
        bool lost = false, any = false;
        for (const xml::Attribute &a : tag.attributes) {
            if (!a.name.uri.empty() || is_cda_word(a.name.local, a.value)) continue;
            const Treated *own = rows_->find(open_, a.name.local);
            const auto left = attribute_left(tag, a, own ? *own : how);
            any |= left.has_value();
            lost |= !left;
            if (left) put(a.name.local, *left);
        }
        if (lost && !any) mask();
        begin_content();
        return true;
    }

    // Data types of the schema, by form: a word of it, no text of anybody.
    static bool is_type(Text type) {
        return packed_has(
            "|AD|BL|CD|CE|CO|CS|CV|ED|EIVL_TS|EN|GLIST_TS|II|INT|IVL_INT|IVL_PQ|"
            "IVL_REAL|IVL_TS|MO|ON|PIVL_TS|PN|PQ|REAL|RTO|RTO_PQ_PQ|SC|SLIST_PQ|ST|"
            "SXCM_TS|SXPR_TS|TEL|TN|TS|",
            type);
    }

    std::optional<std::string> attribute_left(const xml::Tag &tag, const xml::Attribute &a,
                                              const Treated &how) {
        if (is_list(how)) return std::nullopt;  // the allow list treats elements whole
        if (how.treatment == Treatment::substitute)
            return std::string(how.parameters.find("with").as_text());
        // Of an id what is hashed is its number, or its root if that is the number.
        if (how.treatment == Treatment::hash && tag.name.local == "id") {
            const bool numbered = !attribute(tag, "extension").empty();
            if (a.name.local == "root" && numbered) return std::string(root);
            if (a.name.local != "extension" && a.name.local != "root") return std::nullopt;
        }
        return treater_.treat(how, a.value, place(a.name.local));
    }

    [[nodiscard]] std::string place(Text attribute) const {
        std::string out;
        for (const std::string &name : open_) out.append(name).append(1, '/');
        return out.append(attribute);
    }

    static Text trimmed(Text text) {
        constexpr Text blank = " \t\r\n";
        const std::size_t first = text.find_first_not_of(blank);
        return first == text.npos ? Text()
                                  : text.substr(first, text.find_last_not_of(blank) + 1 - first);
    }

    // The text so far of the innermost element.
    void flush() {
        const std::string piece = std::exchange(text_, {});
        if (frames_.empty() || !frames_.back().treated || trimmed(piece).empty()) return;
        const Treated &how = *frames_.back().treated;
        if (is_list(how) || how.treatment == Treatment::substitute) return;
        const Text whole = how.treatment == Treatment::keep ? Text(piece) : trimmed(piece);
        const auto left = treater_.treat(how, whole, place({}));
        if (left) xml::append_text(out_, *left);
    }

    // --- writing

    void open(const xml::Tag &tag, Kind kind = Kind::none) {
        Frame frame;
        frame.name = (tag.name.uri == sdtc ? "sdtc:" : "") + std::string(tag.name.local);
        frame.begin = out_.size();
        frame.kind = kind;
        frame.question = question_;
        out_.append("<").append(frame.name);
        if (frames_.empty())
            out_.append(" xmlns=\"")
                .append(v3)
                .append("\" xmlns:sdtc=\"")
                .append(sdtc)
                .append("\" xmlns:xsi=\"")
                .append(instance)
                .append("\"");
        for (const xml::Attribute &a : tag.attributes) {
            if (!a.name.uri.empty() || !is_cda_word(a.name.local, a.value)) continue;
            if (a.name.local == "nullFlavor") {
                frame.null_flavor = a.value;
            } else {
                put(a.name.local, a.value);
            }
        }
        frames_.push_back(std::move(frame));
    }

    // Behind the last attribute.
    void begin_content() {
        Frame &frame = frames_.back();
        if (!frame.null_flavor.empty()) put("nullFlavor", frame.null_flavor);
        out_.append(">");
        frame.inside = out_.size();
    }

    void close(const Frame &frame) {
        if (out_.size() == frame.inside) {
            out_.back() = '/';
            out_.append(">");
        } else {
            out_.append("</").append(frame.name).append(">");
        }
    }

    void mask() {
        if (frames_.back().null_flavor.empty()) frames_.back().null_flavor = "MSK";
    }

    void put(Text name, Text value) {
        out_.append(" ").append(name).append("=\"");
        xml::append_attribute(out_, value);
        out_.append("\"");
    }

    // The element without content; what it holds is skipped.
    bool leaf() {
        begin_content();
        close(frames_.back());
        frames_.pop_back();
        return false;
    }

    bool masked(const xml::Tag &tag) {
        out_.append("<").append(tag.name.uri == sdtc ? "sdtc:" : "").append(tag.name.local);
        out_.append(" nullFlavor=\"MSK\"/>");
        return false;
    }

    // False when what the element holds is not looked at.
    bool write(const xml::Tag &tag, CdaRule rule) {
        switch (rule) {
            case CdaRule::container: return container(tag);
            case CdaRule::coded: return coded(tag);
            case CdaRule::status:
                return word(tag, packed_has("|aborted|active|cancelled|completed|held|new|normal|"
                                            "nullified|obsolete|suspended|",
                                            attribute(tag, "code")));
            case CdaRule::language: return word(tag, is_language(attribute(tag, "code")));
            case CdaRule::realm: return word(tag, attribute(tag, "code") == "US");
            case CdaRule::time: return time(tag, attribute(tag, "value"));
            case CdaRule::birth: return birth(tag);
            case CdaRule::interval: return interval(tag);
            case CdaRule::quantity: return quantity(tag, false);
            case CdaRule::flag:
                return value_of(tag, packed_has("|false|true|", attribute(tag, "value")));
            case CdaRule::value: return value(tag);
            case CdaRule::id: return id(tag);
            case CdaRule::address: return address(tag, false);
            case CdaRule::title: out_.append("<title>DEIDENTIFIED</title>"); return false;
            case CdaRule::template_id: return template_id(tag);
            case CdaRule::type_id:
                out_.append("<typeId root=\"2.16.840.1.113883.1.3\" extension=\"POCD_HD000040\"/>");
                return false;
            case CdaRule::participant: {
                const Text type = attribute(tag, "typeCode");
                return parent() != "ClinicalDocument" && (type == "CSM" || type == "LOC") &&
                       container(tag);
            }
            case CdaRule::masked: return required(tag);
            default: return false;
        }
    }

    bool container(const xml::Tag &tag) {
        // Of an encounter's participants and a product's makers nothing stays.
        open(tag);
        mark(tag.name.local);
        begin_content();
        return true;
    }

    // What the element that was just opened is to those that come in it.
    void mark(Text name) {
        Frame &frame = frames_.back();
        frame.entry = name == "entry" || name == "entryRelationship" || name == "component";
        frame.observation = name == "observation" || name == "observationRange";
        if (name == "observation") question_ = {};
    }

    // author and custodian of the document must be there (CDA R2 4.2.2).
    bool required(const xml::Tag &tag) {
        if (parent() != "ClinicalDocument") return false;
        if (tag.name.local == "author") {
            if (authored_) return false;
            authored_ = true;
            out_.append(
                "<author nullFlavor=\"MSK\"><time nullFlavor=\"MSK\"/><assignedAuthor "
                "nullFlavor=\"MSK\"><id nullFlavor=\"MSK\"/></assignedAuthor></author>");
        } else {
            out_.append(
                "<custodian nullFlavor=\"MSK\"><assignedCustodian nullFlavor=\"MSK\">"
                "<representedCustodianOrganization nullFlavor=\"MSK\"><id nullFlavor="
                "\"MSK\"/></representedCustodianOrganization></assignedCustodian>"
                "</custodian>");
        }
        return false;
    }

    // --- codes

    // The code of an observation asks; an entry that asks for an identifier goes.
    bool coded(const xml::Tag &tag, Text type = {}) {
        const Text code = attribute(tag, "code");
        const Text system = attribute(tag, "codeSystem");
        const std::string urn = "urn:oid:" + std::string(system);
        const bool kept = !code.empty() && is_public_oid_code(system, code) && !is_known(code);
        const bool asks =
            (tag.name.local == "code" && !frames_.empty() && frames_.back().observation) ||
            (tag.name.local == "translation" && asking_);
        if (asks && asks_identifier(urn, code)) {
            drop_entry();
            return false;
        }
        open(tag);
        if (!type.empty()) out_.append(" xsi:type=\"").append(type).append("\"");
        if (kept) {
            put("code", code);
            put("codeSystem", system);
        } else {
            mask();
        }
        begin_content();
        if (asks) {
            Frame::Question &question = question_;
            question.asked = true;
            question.kept = (tag.name.local == "translation" && question.kept) || kept;
            question.age |= kept && asks_age(urn, code);
            // What stands behind the code is governed by it: beyond this element's end.
            frames_.back().question = question_;
            if (tag.name.local == "translation" && frames_.size() > 1)
                frames_[frames_.size() - 2].question = question_;
        }
        asking_ = asks;
        return true;
    }

    // Takes the innermost entry out of the copy, with all that comes in it.
    void drop_entry() {
        std::size_t n = frames_.size();
        while (n > 0 && !frames_[n - 1].observation) --n;
        if (n == 0) return;
        std::size_t first = n - 1;
        if (first > 0 && frames_[first - 1].entry) --first;
        out_.resize(frames_[first].begin);
        question_ = frames_[first].question;
        // The open elements from there on, and the one that was just met.
        skipped_ = static_cast<int>(frames_.size() - first) + 1;
        frames_.resize(first);
    }

    bool word(const xml::Tag &tag, bool kept) {
        if (!kept) return masked(tag);
        open(tag);
        put("code", attribute(tag, "code"));
        return leaf();
    }

    bool value_of(const xml::Tag &tag, bool kept) {
        if (!kept) return masked(tag);
        open(tag);
        put("value", attribute(tag, "value"));
        return leaf();
    }

    // --- times

    bool time(const xml::Tag &tag, Text value, Text type = {}) {
        if (type.empty()) type = type_of(tag);
        if (!packed_has("|EIVL_TS|IVL_TS|PIVL_TS|SXCM_TS|SXPR_TS|TS|", type)) type = {};
        open(tag, Kind::time);
        if (!type.empty()) out_.append(" xsi:type=\"").append(type).append("\"");
        year(value);
        begin_content();
        return true;
    }

    void year(Text value) {
        if (value.empty()) return;
        const auto date = parse_hl7_date(value);
        if (options_.mode != Mode::safe_harbor) {
            if (const auto moved = date ? shift_date(value, options_.shift_days) : std::nullopt) {
                put("value", *moved);
            } else {
                mask();
            }
        } else if (date && age_.keeps_year(*date)) {
            put("value", value.substr(0, 4));
        } else {
            mask();
        }
    }

    bool birth(const xml::Tag &tag) {
        const auto date = parse_hl7_date(attribute(tag, "value"));
        // A relative's is judged by itself.
        const bool own = parent() == "patient";
        const bool kept =
            date && (own ? age_.keeps_birth(*date)
                         : AgeRule::make({}, options_.reference, date, {}).keeps_birth(*date));
        if (options_.mode != Mode::safe_harbor) {
            const auto moved =
                date ? shift_date(attribute(tag, "value"), options_.shift_days) : std::nullopt;
            if (!moved) return masked(tag);
            open(tag);
            put("value", *moved);
            return leaf();
        }
        if (!kept) return masked(tag);
        open(tag);
        put("value", attribute(tag, "value").substr(0, 4));
        return leaf();
    }

    // Bounds are years where the interval is one of time; widths and periods are quantities.
    bool interval(const xml::Tag &tag) {
        const Text name = tag.name.local;
        const Kind kind = frames_.empty() ? Kind::none : frames_.back().kind;
        if (kind == Kind::none) return false;
        if (kind == Kind::time && (name == "low" || name == "high" || name == "center"))
            return time(tag, attribute(tag, "value"), "-");
        return quantity(tag, false);
    }

    // --- quantities

    bool quantity(const xml::Tag &tag, bool governed, Text type = {}) {
        const Text number = attribute(tag, "value");
        const Text unit = attribute(tag, "unit");
        if (!number.empty()) {
            bool kept = is_number(number) && !is_long_number(number) && !is_known(number) &&
                        (unit.empty() || is_unit(unit));
            const auto years = in_years(number, unit, governed && question_.age);
            // Spans of time that no one lives are ages; anything of 90 years is one.
            if (kept && years && *years > capped_age - 1 &&
                options_.mode != Mode::limited_data_set && frames_.back().kind != Kind::time)
                return capped(tag);
            if (kept && governed && question_.age)
                kept = years && keeps_age(static_cast<int>(*years));
            if (!kept) return masked(tag);
        }
        open(tag, Kind::quantity);
        if (!type.empty()) out_.append(" xsi:type=\"").append(type).append("\"");
        if (!number.empty()) put("value", number);
        if (!unit.empty() && is_unit(unit)) put("unit", unit);
        begin_content();
        return true;
    }

    bool keeps_age(int years) const {
        if (options_.mode == Mode::limited_data_set) return true;
        if (age_.birth) return !age_.over;
        return age_.keeps_age(years, std::nullopt, codes_.linkable());
    }

    bool capped(const xml::Tag &tag) {
        out_.append("<").append(tag.name.local);
        if (tag.name.local == "value") out_.append(" xsi:type=\"IVL_PQ\"");
        out_.append("><low value=\"90\" unit=\"a\"/></").append(tag.name.local).append(">");
        return false;
    }

    bool value(const xml::Tag &tag) {
        const Text type = type_of(tag);
        if (frames_.empty() || !frames_.back().observation) return false;
        const bool range = frames_.back().name == "observationRange";
        if (!range && (!question_.asked || !question_.kept)) return masked(tag);
        if (type == "CD" || type == "CE" || type == "CO" || type == "CV" || type == "CS")
            return coded(tag, type);
        if (type == "PQ" || type == "INT" || type == "REAL" || type == "IVL_PQ" ||
            type == "IVL_INT" || type == "RTO" || type == "RTO_PQ_PQ")
            return quantity(tag, true, type);
        if (type == "TS" || type == "IVL_TS" || type == "PIVL_TS")
            return time(tag, attribute(tag, "value"), type);
        if (type == "BL") {
            if (!packed_has("|false|true|", attribute(tag, "value"))) return masked(tag);
            open(tag);
            out_.append(" xsi:type=\"BL\"");
            put("value", attribute(tag, "value"));
            return leaf();
        }
        return masked(tag);
    }

    // --- ids and templates

    bool id(const xml::Tag &tag) {
        const Text extension = attribute(tag, "extension");
        std::string known(attribute(tag, "root"));
        if (!extension.empty()) known = std::string(extension) + "|" + known;
        const char *domain = parent() == "patientRole"        ? "Patient"
                             : parent() == "ClinicalDocument" ? "DocumentReference"
                                                              : nullptr;
        // One id of each: a second would be a second code for the same thing.
        if (!domain) return mask_once(tag);
        bool &named = parent() == "patientRole" ? patient_named_ : document_named_;
        if (named) return false;
        named = true;
        if (known.empty()) return masked(tag);
        if (!codes_.find(domain, known, {parent(), "id"}, code_)) return masked(tag);
        out_.append("<id");
        put("root", root);
        put("extension", code_);
        out_.append("/>");
        return false;
    }

    // An act must have an id; which one is nobody's business.
    bool mask_once(const xml::Tag &tag) {
        const Text so_far = Text(out_).substr(frames_.back().begin);
        if (so_far.ends_with("<id nullFlavor=\"MSK\"/>")) return false;
        return masked(tag);
    }

    bool template_id(const xml::Tag &tag) {
        const Text given = attribute(tag, "root");
        const Text version = attribute(tag, "extension");
        const auto plain = [](Text t) {
            return std::all_of(t.begin(), t.end(),
                               [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
        };
        // C-CDA and IHE; a site's own root reveals the site.
        const bool known = (given.starts_with("2.16.840.1.113883.10.20.") ||
                            given.starts_with("1.3.6.1.4.1.19376.1.")) &&
                           given.size() <= 48 && plain(given);
        if (!known) return false;
        out_.append("<templateId");
        put("root", given);
        if (version.size() == 10 && version[4] == '-' && version[7] == '-' &&
            plain(version.substr(0, 4)) && plain(version.substr(5, 2)) && plain(version.substr(8)))
            put("extension", version);
        out_.append("/>");
        return false;
    }

    // --- addresses: rebuilt from their parts, never edited in place

    bool address(const xml::Tag &tag, bool has_rows) {
        own_address_ = parent() == "patientRole";
        in_address_ = own_address_ || has_rows;
        use_ = attribute(tag, "use");
        return false;
    }

    void keep_part() {
        if (const Treated *own = rows_ ? rows_->find(open_) : nullptr; own && !is_list(*own)) {
            const auto left = own->treatment == Treatment::substitute
                                  ? std::optional(own->parameters.find("with").as_text())
                                  : treater_.treat(*own, trimmed(part_text_), place({}));
            if (left && !left->empty()) {
                by_rows_.append("<").append(part_).append(">");
                xml::append_text(by_rows_, *left);
                by_rows_.append("</").append(part_).append(">");
            }
            part_text_.clear();
        }
        if (part_ == "state") state_ = part_text_;
        if (part_ == "postalCode") zip_ = part_text_;
        if (part_ == "country") country_ = part_text_;
        part_.clear();
        part_text_.clear();
    }

    void close_address() {
        const auto land = own_address_ ? country(country_) : std::nullopt;
        std::string inside = std::exchange(by_rows_, {});
        if (!own_address_) {
            // another's: what rows let stay, and no more
        } else if (country_.empty() || (land && is_united_states(*land))) {
            const auto code = state(state_);
            char digits[3];
            const auto area =
                code || state_.empty() ? zip3(zip_, digits, options_.zip) : std::optional<Text>();
            if (code) inside.append("<state>").append(*code).append("</state>");
            if (area) inside.append("<postalCode>").append(*area).append("</postalCode>");
        }
        if (land) inside.append("<country>").append(*land).append("</country>");
        out_.append("<addr");
        if (packed_has("|H|HP|HV|WP|", use_)) put("use", use_);
        if (inside.empty()) {
            out_.append(" nullFlavor=\"MSK\"/>");
        } else {
            out_.append(">").append(inside).append("</addr>");
        }
        in_address_ = false;
        state_.clear();
        zip_.clear();
        country_.clear();
    }

    bool is_known(Text text) const {
        if (options_.person->known.empty() || !options_.person->known.found_in(text)) return false;
        if (options_.on_known == OnKnown::refuse)
            throw core::Error{core::ErrorCode::invalid_value, "an identifier of the person remains",
                              line_and_column() + "an attribute holds one.", 0};
        return true;
    }

    const Options &options_;
    CodeSource &codes_;
    std::string &out_;
    const CdaRows *rows_;  // of a policy, or null
    const std::vector<bool> &holds_;
    TextTreater treater_;
    AgeRule age_;
    std::vector<std::string> open_;  // elements around; only with rows
    std::string text_;               // of the innermost, up to here; only with rows
    std::vector<Frame> frames_;
    Frame::Question question_;
    bool asking_ = false;                   // within the code of an observation
    int skipped_ = 0;                       // open elements that are not written
    bool scrubs_ = false, base64_ = false;  // within an element that is scrubbed, and what it is
    std::string media_;
    BlockText blocks_;
    bool authored_ = false, patient_named_ = false, document_named_ = false;
    bool in_address_ = false, own_address_ = false;
    std::string use_, part_, part_text_, by_rows_, state_, zip_, country_, code_;
    std::size_t seen_ = 0;
};

}  // namespace

bool write_ccda(std::string_view document, const Options &options, const core::Limits &limits,
                CodeSource &codes, std::string &out) {
    Facts facts(options.cda_rows);
    if (auto error = xml::read(document, facts, limits)) throw std::move(*error);
    CcdaWriter writer(options, codes, facts, out);
    if (auto error = xml::read(document, writer, limits)) throw std::move(*error);
    return writer.written;
}

}  // namespace clinical::deid
