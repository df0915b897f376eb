#pragma once

// HL7 v2 messages in place: views into the text, no copies until a value is unescaped.
//
// A message is its text, verbatim.  A segment ends with CR (HL7 v2 2.5.2); LF or CRLF ends it
// when a segment follows, and is data in a field otherwise (scan.h).  Delimiters come from MSH-1
// and MSH-2.  A position is absent (no characters), an explicit null (two double quotes,
// HL7 v2 2.5.3) or a value: three things, kept apart.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/limits.h"

namespace clinical::hl7v2 {

struct Delimiters {
    char field = '|';
    char component = '^';
    char repetition = '~';
    char escape = '\\';
    char subcomponent = '&';  // this, escape and repetition are '\0' when they cannot occur
    char truncation = '\0';   // none before v2.7
    std::string_view header;  // from the MSH that states them on, for its charset (MSH-18)
};

// Text between delimiters, still escaped.
class Value {
public:
    Value() = default;
    Value(std::string_view raw, const Delimiters *delimiters) : raw_(raw), d_(delimiters) {}

    [[nodiscard]] std::string_view raw() const { return raw_; }
    [[nodiscard]] bool is_absent() const { return raw_.empty(); }
    [[nodiscard]] bool is_null() const { return raw_ == "\"\""; }
    [[nodiscard]] bool has_value() const { return !is_absent() && !is_null(); }

    // The text with escape sequences decoded (HL7 v2 2.7); empty when absent or null.
    [[nodiscard]] std::string text() const;

    // Parts, 1-based; absent when there is none.  Part 1 of something without the delimiter is all
    // of it (so PID-7 and PID-7.1 are the same).
    [[nodiscard]] Value repetition(int n) const;
    [[nodiscard]] Value component(int n) const;
    [[nodiscard]] Value subcomponent(int n) const;
    [[nodiscard]] int repetitions() const;  // 0 when absent
    [[nodiscard]] int components() const;
    [[nodiscard]] int subcomponents() const;

    // True when a delimiter of any level stands in it.
    [[nodiscard]] bool has_parts() const;
    // True when the escape character stands in it.
    [[nodiscard]] bool has_escape() const;
    // Null where nothing is delimited (MSH-1, MSH-2, whole segments).
    [[nodiscard]] const Delimiters *delimiters() const { return d_; }

private:
    [[nodiscard]] Value part(char delimiter, int n) const;
    [[nodiscard]] int parts(char delimiter) const;
    std::string_view raw_;
    const Delimiters *d_ = nullptr;
};

class Segment {
public:
    Segment() = default;
    Segment(std::string_view text, std::size_t offset, const Delimiters *delimiters)
        : text_(text), offset_(offset), d_(delimiters) {}

    [[nodiscard]] std::string_view text() const { return text_; }  // without its terminator
    [[nodiscard]] std::size_t offset() const { return offset_; }   // bytes into the message
    [[nodiscard]] std::string_view id() const { return text_.substr(0, 3); }

    // Field n, 1-based; MSH-1 (also FHS-1, BHS-1) is the field separator itself and MSH-2 is
    // opaque.  Absent when there is none.
    [[nodiscard]] Value field(int n) const;
    [[nodiscard]] int fields() const;
    // MSH, FHS or BHS: fields 1 and 2 are the delimiters.
    [[nodiscard]] bool is_header() const;

private:
    std::string_view text_;
    std::size_t offset_ = 0;
    const Delimiters *d_ = nullptr;
};

// The delimiters that the MSH at byte `at` states.
core::Result<Delimiters> read_delimiters(std::string_view text, std::size_t at);

// A parsed message: where its segments are.  Keeps views into the text it was parsed from.
class Message {
public:
    // Refused: no MSH at the start, MSH shorter than its delimiters, delimiters that are letters,
    // digits or repeated, a line behind a lone CR that has no segment name, a second MSH, too many
    // bytes or segments.  Let pass: a byte order mark, MLLP's block bytes and blank lines at either
    // end, blanks before a segment and behind its name.
    static core::Result<Message> parse(std::string_view text, const core::Limits &limits = {});

    Message(Message &&) noexcept = default;
    Message &operator=(Message &&) noexcept = default;

    [[nodiscard]] std::string_view text() const { return text_; }
    [[nodiscard]] const Delimiters &delimiters() const { return *d_; }
    [[nodiscard]] std::size_t size() const { return segments_.size(); }
    [[nodiscard]] const Segment &operator[](std::size_t i) const { return segments_[i]; }
    [[nodiscard]] auto begin() const { return segments_.begin(); }
    [[nodiscard]] auto end() const { return segments_.end(); }
    // The first segment of that name (n-th, 1-based), or null.
    [[nodiscard]] const Segment *find(std::string_view id, int n = 1) const;

private:
    Message() = default;
    std::string_view text_;
    std::unique_ptr<Delimiters> d_;  // segments point to it
    std::vector<Segment> segments_;
};

// The charset that MSH-18 of the header states which states the delimiters; empty when it states
// none.  Of several it is the first, to which the others are reached by escape sequences, unless
// the message is of the family whose sequences stand among its bytes (ISO IR87, ISO IR159).
std::string_view stated_charset(const Delimiters &delimiters);

// The same for a message that is not decoded yet.  Its header may hold characters whose second byte
// looks like a delimiter (Shift_JIS), so that MSH-18 seems to be a later field.
std::string_view stated_charset(std::string_view bytes);

// Decodes escape sequences (2.7): delimiters, formatting as plain text, \X.. bytes in the message's
// charset, and the character set switches \C and \M of 2.7.2.  Unknown sequences, those of bytes
// that are no text there, and lone escape characters stay verbatim.
std::string unescape(std::string_view raw, const Delimiters &delimiters);

// The other way: delimiters, line ends and other control characters become escape sequences, and a
// text of two double quotes is told from the explicit null.  A message without an escape character
// has no way to say them: a blank stands for each then.
std::string escape(std::string_view text, const Delimiters &delimiters);

}  // namespace clinical::hl7v2
