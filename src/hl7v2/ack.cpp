#include "hl7v2/ack.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/sha256.h"
#include "hl7v2/groups.h"

namespace clinical::hl7v2 {

namespace {

// Table 0357.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> conditions{{
    {"0", "Message accepted"},
    {"100", "Segment sequence error"},
    {"101", "Required field missing"},
    {"102", "Data type error"},
    {"103", "Table value not found"},
    {"104", "Value too long"},
    {"198", "Non-Conformant Cardinality"},
    {"199", "Other HL7 Error"},
    {"200", "Unsupported message type"},
    {"201", "Unsupported event code"},
    {"202", "Unsupported processing id"},
    {"203", "Unsupported version id"},
    {"204", "Unknown key identifier"},
    {"205", "Duplicate key identifier"},
    {"206", "Application record locked"},
    {"207", "Application internal error"},
}};

// Issues of another origin than validation, by their FHIR code: that of a message which could not
// be read, of a conversion, of a loader.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> of_kind{{
    {"structure", "199"},
    {"required", "101"},
    {"value", "102"},
    {"invalid", "102"},
    {"code-invalid", "103"},
    {"too-long", "104"},
    {"duplicate", "205"},
}};

// What is none of these is an error of the application.
const std::pair<std::string_view, std::string_view> &condition_of(const core::Issue &issue) {
    using Pair = std::pair<std::string_view, std::string_view>;
    const auto found = std::ranges::find(conditions, issue.format_code, &Pair::first);
    if (found != conditions.end()) return *found;
    const auto kind = std::ranges::find(of_kind, issue.code, &Pair::first);
    if (kind == of_kind.end()) return conditions.back();
    return *std::ranges::find(conditions, kind->second, &Pair::first);
}

bool is_error(const core::Issue &issue) {
    return issue.severity == "error" || issue.severity == "fatal";
}

// As in ERR-2, or not a place in a message.
bool is_location(std::string_view text) {
    return text.size() >= 3 && (text.size() == 3 || text[3] == '^') &&
           std::ranges::all_of(text.substr(3),
                               [](char c) { return c == '^' || (c >= '0' && c <= '9'); });
}

class Answer {
public:
    Answer(const Message &message, const AckOptions &options, std::string_view code)
        : message_(message),
          d_(message.delimiters()),
          options_(options),
          code_(code),
          version_(version_of(message)) {}

    std::string text() {
        header();
        out_ += "MSA";
        field(code_);
        copied(10);
        end();
        if (version_ >= Version::v25)
            for (const core::Issue &issue : options_.issues) error(issue);
        else
            errors();
        return std::move(out_);
    }

private:
    [[nodiscard]] std::string_view original(int n) const { return message_[0].field(n).raw(); }
    void field(std::string_view raw) {
        out_ += d_.field;
        out_ += raw;
    }
    // A line end in what is copied is data where it stands and would not be here.
    [[nodiscard]] std::string unbroken(std::string_view raw) const {
        std::string out;
        for (const char c : raw)
            if (c == '\r' || c == '\n')
                out += escape({&c, 1}, d_);
            else
                out += c;
        return out;
    }
    void copied(int n) { field(unbroken(original(n))); }
    void escaped(std::string_view text) {
        out_ += d_.field;
        out_ += escape(text, d_);
    }
    // Trailing separators mean nothing.
    void end() {
        while (out_.back() == d_.field) out_.pop_back();
        out_ += '\r';
    }

    void header() {
        out_ += "MSH";
        field(original(2));
        for (const int n : {5, 6, 3, 4}) copied(n);
        if (options_.time)
            escaped(*options_.time);
        else
            copied(7);
        field({});
        field(type());
        if (options_.control_id)
            escaped(*options_.control_id);
        else
            field(control_id());
        copied(11);
        copied(12);
        for (int n = 13; n < 18; ++n) field({});
        copied(18);
        end();
    }

    // ACK; with the event since 2.3, with the structure since 2.3.1.
    [[nodiscard]] std::string type() const {
        const std::string_view event = message_[0].field(9).component(2).raw();
        std::string out = "ACK";
        if (version_ < Version::v23 || event.empty()) return out;
        out += d_.component;
        out += unbroken(event);
        if (version_ < Version::v231) return out;
        out += d_.component;
        return out + "ACK";
    }

    [[nodiscard]] std::string control_id() const {
        std::string named(message_.text());
        named += '|';
        named += code_;
        const core::Sha256 hash = core::sha256(named);
        std::string out;
        for (std::size_t i = 0; i < 10; ++i)
            for (const int digit : {hash[i] >> 4, hash[i] & 15}) out += "0123456789abcdef"[digit];
        return out;
    }

    void parts(std::string_view location) {
        for (const char c : location)
            if (c != '^')
                out_ += c;
            else if (d_.component)
                out_ += d_.component;
    }

    void coded(const core::Issue &issue, char delimiter) {
        const auto &[code, meaning] = condition_of(issue);
        for (const std::string_view part : {code, meaning, std::string_view("HL70357")}) {
            if (part != code) out_ += delimiter;
            out_ += part;
        }
    }

    // 2.15.5 since v2.5.
    void error(const core::Issue &issue) {
        out_ += "ERR";
        field({});
        out_ += d_.field;
        if (is_location(issue.location)) parts(issue.location);
        out_ += d_.field;
        if (d_.component)
            coded(issue, d_.component);
        else
            out_ += condition_of(issue).first;
        // Table 0516 has F since v2.7.
        const bool fatal = issue.severity == "fatal" && version_ >= Version::v27;
        field(fatal ? "F" : is_error(issue) ? "E" : issue.severity == "warning" ? "W" : "I");
        const bool own = condition_of(issue).first != issue.format_code;
        escaped(own ? issue.format_code : std::string_view());
        field({});
        escaped(issue.message);
        end();
    }

    // Before: one ERR whose first field repeats (ELD).
    void errors() {
        bool any = false;
        for (const core::Issue &issue : options_.issues) {
            if (!is_error(issue)) continue;
            if (!any) {
                out_ += "ERR";
                out_ += d_.field;
            } else if (d_.repetition) {
                out_ += d_.repetition;
            } else {
                break;
            }
            any = true;
            place(issue);
        }
        if (any) end();
    }

    // Segment, sequence, field, then the code as subcomponents.
    void place(const core::Issue &issue) {
        if (!d_.component) {
            out_ += condition_of(issue).first;
            return;
        }
        const std::string_view place =
            is_location(issue.location) ? std::string_view(issue.location) : std::string_view();
        std::size_t at = 0;
        for (int n = 0; n < 3; ++n) {
            const std::size_t stop = std::min(place.find('^', at), place.size());
            out_ += place.substr(std::min(at, place.size()), stop - std::min(at, place.size()));
            out_ += d_.component;
            at = std::min(stop + 1, place.size());
        }
        if (d_.subcomponent)
            coded(issue, d_.subcomponent);
        else
            out_ += condition_of(issue).first;
    }

    const Message &message_;
    const Delimiters &d_;
    const AckOptions &options_;
    std::string_view code_;
    Version version_;
    std::string out_;
};

}  // namespace

bool is_acknowledgement_code(std::string_view code) {
    return code.size() == 2 && (code[0] == 'A' || code[0] == 'C') &&
           (code[1] == 'A' || code[1] == 'E' || code[1] == 'R');
}

bool is_enhanced(const Message &message) {
    return message[0].field(15).has_value() || message[0].field(16).has_value();
}

namespace {

// Table 0155: AL, ER or SU, anything but never.
bool is_asked_for(const Value &condition) {
    const std::string_view code = condition.component(1).raw();
    return code == "AL" || code == "ER" || code == "SU";
}

// In enhanced mode, unless the sender wants the application's answer alone.
bool asks_to_commit(const Message &message) {
    if (!is_enhanced(message)) return false;
    return is_asked_for(message[0].field(15)) || !is_asked_for(message[0].field(16));
}

// An answer itself: an acknowledgement, or a response that holds one.
bool is_answer(const Message &message) {
    return message[0].field(9).component(1).raw() == "ACK" || message.find("MSA") != nullptr;
}

}  // namespace

std::string_view acknowledgement_code(const Message &message, std::span<const core::Issue> issues) {
    constexpr std::array<std::string_view, 6> rejecting{"200", "201", "202", "203", "206", "207"};
    char outcome = 'A';
    for (const core::Issue &issue : issues) {
        if (!is_error(issue) || outcome == 'R') continue;
        const bool rejects =
            std::ranges::find(rejecting, condition_of(issue).first) != rejecting.end();
        outcome = rejects ? 'R' : 'E';
    }
    const bool commit = asks_to_commit(message);
    if (outcome == 'R') return commit ? "CR" : "AR";
    if (outcome == 'E') return commit ? "CE" : "AE";
    return commit ? "CA" : "AA";
}

bool is_acknowledgement_due(const Message &message, std::string_view code) {
    const bool commit = code[0] == 'C';
    // Answers are not answered again, or two systems would never end.
    if (!is_enhanced(message)) return !commit && !is_answer(message);
    const std::string_view condition = message[0].field(commit ? 15 : 16).component(1).raw();
    if (condition == "AL") return true;
    if (condition == "ER") return code[1] != 'A';
    if (condition == "SU") return code[1] == 'A';
    return false;  // NE, and what is not stated (2.9.3: treated as NE)
}

std::string acknowledge(const Message &message, const AckOptions &options) {
    const std::string_view code =
        options.code.empty() ? acknowledgement_code(message, options.issues) : options.code;
    return Answer(message, options, code).text();
}

}  // namespace clinical::hl7v2
