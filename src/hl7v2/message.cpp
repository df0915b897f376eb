#include <algorithm>
#include <string>

#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

namespace {

core::Error malformed(std::size_t segment, std::size_t byte, std::string_view rule) {
    return {core::ErrorCode::invalid_syntax, "invalid HL7 v2 message",
            "Segment " + std::to_string(segment) + " (byte " + std::to_string(byte) + ") " +
                std::string(rule) + ".",
            byte};
}

bool is_delimiter(char c) {
    const auto u = static_cast<unsigned char>(c);
    const bool letter_or_digit =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return u > ' ' && u < 0x7f && !letter_or_digit && c != '"';
}

}  // namespace

// HL7 v2 2.5.4: the order is fixed, the characters are not.  A sender without subcomponents may
// leave their delimiter out; then the default stands, unless another role has taken it.
core::Result<Delimiters> read_delimiters(std::string_view text, std::size_t at) {
    const std::string_view header = text.substr(std::min(at, text.size()));
    if (header.size() < 3 || header.substr(0, 3) != "MSH")
        return malformed(1, at, "is not a message header (MSH)");
    if (header.size() < 5) return malformed(1, at, "ends before its delimiters");
    Delimiters d;
    d.header = header;
    if (header.starts_with("MSH|^~\\&|")) return d;  // what they nearly always are
    d.field = header[3];
    if (!is_delimiter(d.field))
        return malformed(1, at + 3, "has a field separator that is not punctuation");
    std::string_view given = header.substr(4, 6);
    std::size_t count = 0;
    while (count < given.size() && given[count] != d.field && given[count] != '\r' &&
           given[count] != '\n')
        ++count;
    given = given.substr(0, count);
    if (given.empty()) return malformed(1, at + 4, "has no encoding characters");
    if (given.size() > 5) return malformed(1, at + 4, "has more than five encoding characters");
    char *const roles[] = {&d.component, &d.repetition, &d.escape, &d.subcomponent, &d.truncation};
    for (std::size_t i = 0; i < given.size(); ++i) {
        if (!is_delimiter(given[i]))
            return malformed(1, at + 4 + i, "has an encoding character that is not punctuation");
        for (std::size_t j = 0; j < i; ++j)
            if (given[j] == given[i])
                return malformed(1, at + 4 + i, "uses one character for two delimiters");
        *roles[i] = given[i];
    }
    for (std::size_t i = given.size(); i < 4; ++i)
        if (*roles[i] == d.field || given.find(*roles[i]) != given.npos) *roles[i] = '\0';
    return d;
}

// --- Value

std::string Value::text() const {
    if (!has_value()) return {};
    if (!d_) return std::string(raw_);
    return unescape(raw_, *d_);
}

Value Value::part(char delimiter, int n) const {
    if (n < 1) return {};
    if (!d_ || delimiter == '\0') return n == 1 ? *this : Value({}, d_);
    std::string_view rest = raw_;
    if (n > 1) {
        const std::size_t before = find_nth(rest, delimiter, n - 1);
        if (before == rest.npos) return {{}, d_};
        rest.remove_prefix(before + 1);
    }
    return {rest.substr(0, find_nth(rest, delimiter, 1)), d_};
}

int Value::parts(char delimiter) const {
    if (raw_.empty()) return 0;
    if (!d_ || delimiter == '\0') return 1;
    return 1 + static_cast<int>(std::count(raw_.begin(), raw_.end(), delimiter));
}

Value Value::repetition(int n) const { return part(d_ ? d_->repetition : '\0', n); }
Value Value::component(int n) const { return part(d_ ? d_->component : '\0', n); }
Value Value::subcomponent(int n) const { return part(d_ ? d_->subcomponent : '\0', n); }
int Value::repetitions() const { return parts(d_ ? d_->repetition : '\0'); }
int Value::components() const { return parts(d_ ? d_->component : '\0'); }
int Value::subcomponents() const { return parts(d_ ? d_->subcomponent : '\0'); }

bool Value::has_parts() const {
    if (!d_) return false;
    const char parts[] = {d_->component, d_->subcomponent, d_->repetition};
    for (char c : parts)
        if (c != '\0' && raw_.find(c) != raw_.npos) return true;
    return false;
}

bool Value::has_escape() const {
    return d_ && d_->escape != '\0' && raw_.find(d_->escape) != raw_.npos;
}

// --- Segment

bool Segment::is_header() const {
    return text_.starts_with("MSH") || text_.starts_with("FHS") || text_.starts_with("BHS");
}

Value Segment::field(int n) const {
    if (n < 1 || text_.size() < 4) return {{}, d_};
    const bool header = is_header();
    if (header) {
        if (n == 1) return {text_.substr(3, 1), nullptr};
        --n;
    }
    std::string_view rest = text_.substr(3);
    const std::size_t start = find_nth(rest, d_->field, n);
    if (start == rest.npos) return {{}, d_};
    // MSH-2 holds the delimiters themselves: nothing in it is split or unescaped.
    const bool opaque = header && n == 1;
    rest.remove_prefix(start + 1);
    return {rest.substr(0, find_nth(rest, d_->field, 1)), opaque ? nullptr : d_};
}

int Segment::fields() const {
    if (!d_) return 0;
    const auto separators = std::count(text_.begin(), text_.end(), d_->field);
    return static_cast<int>(separators) + (is_header() ? 1 : 0);
}

// --- Message

core::Result<Message> Message::parse(std::string_view text, const core::Limits &limits) {
    if (text.size() > limits.message_bytes)
        return core::Error{
            core::ErrorCode::limit_exceeded, "HL7 v2 message is too large",
            "A message may have at most " + std::to_string(limits.message_bytes) + " bytes.",
            limits.message_bytes};
    const std::size_t begin = skip_lead(text);
    auto delimiters = read_delimiters(text, begin);
    if (!delimiters.ok()) return std::move(delimiters).error();

    Message message;
    message.text_ = text;
    message.d_ = std::make_unique<Delimiters>(delimiters.value());
    message.segments_.reserve(std::min<std::size_t>(text.size() / 128 + 4, 64));
    SegmentScanner scanner(text, begin, message.d_->field);
    SegmentScanner::Step step;
    while (scanner.next(step)) {
        const std::size_t ordinal = message.segments_.size() + 1;
        if (ordinal > limits.segments)
            return core::Error{
                core::ErrorCode::limit_exceeded, "HL7 v2 message has too many segments",
                "A message may have at most " + std::to_string(limits.segments) + " segments.",
                step.begin};
        if (!step.named) return malformed(ordinal, step.begin, "has no segment name");
        const std::string_view segment = text.substr(step.begin, step.end - step.begin);
        if (ordinal > 1 && starts_message(segment))
            return malformed(ordinal, step.begin, "starts another message");
        message.segments_.emplace_back(segment, step.begin, message.d_.get());
        if (ordinal % 1024 == 0) limits.interrupt.poll();
    }
    return message;
}

const Segment *Message::find(std::string_view id, int n) const {
    for (const Segment &segment : segments_)
        if (segment.id() == id && --n <= 0) return &segment;
    return nullptr;
}

}  // namespace clinical::hl7v2
