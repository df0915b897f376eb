#include "hl7v2/file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "core/slice.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

namespace {

constexpr char start_block = '\x0b', end_block = '\x1c';

bool is_break(char c) { return c == '\r' || c == '\n'; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
// What means nothing between pieces; NUL and 1A are how old systems pad files.
bool is_void(char c) {
    return is_break(c) || is_blank(c) || c == start_block || c == end_block || c == '\f' ||
           c == '\0' || c == '\x1a';
}

// UTF-8's byte order mark.  Files put together keep each its own, so it may stand before any line
// that starts a message or a batch.
constexpr std::string_view mark = "\xef\xbb\xbf";

std::string_view without_mark(std::string_view line) {
    if (line.starts_with(mark)) line.remove_prefix(mark.size());
    return line;
}

// How many characters at the end mean nothing; blanks may belong to the last field.
std::size_t trailing_void(std::string_view text) {
    std::size_t n = 0;
    while (n < text.size() && is_void(text[text.size() - 1 - n]) &&
           !is_blank(text[text.size() - 1 - n]))
        ++n;
    return n;
}

// The end of a line, or of a frame.
std::size_t find_end_of_line(std::string_view text, std::size_t from) {
    return find_break(text, from, end_block);
}

// FHS, BHS, BTS or FTS and a field separator.
bool starts_envelope_with_fields(std::string_view line) {
    if (line.size() < 4) return false;
    const std::string_view id = line.substr(0, 3);
    if (id != "FHS" && id != "BHS" && id != "BTS" && id != "FTS") return false;
    const char c = line[3];
    const bool letter_or_digit =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return c > ' ' && c < '\x7f' && !letter_or_digit;
}

// The same, or one of the names alone.
bool starts_envelope(std::string_view line) {
    if (starts_envelope_with_fields(line)) return true;
    line = line.substr(0, find_end_of_line(line, 0));
    line.remove_suffix(trailing_void(line));
    return line == "FHS" || line == "BHS" || line == "BTS" || line == "FTS";
}

// Behind the comment lines that stand at `at`, if any do.
std::size_t skip_comments(std::string_view text, std::size_t at) {
    while (at < text.size() && text[at] == '#') {
        at = find_end_of_line(text, at);
        while (at < text.size() && is_void(text[at])) ++at;
    }
    return at;
}

// "Segment 3 (byte 118) has no segment name." tells the place and the rule.
core::Issue issue_of(const core::Error &error) {
    const bool too_big = error.code == core::ErrorCode::limit_exceeded;
    const std::size_t place = too_big ? 0 : error.where.find(')') + 1;
    return {"error",
            too_big ? "too-costly" : "structure",
            too_big ? "limit-exceeded" : "malformed",
            error.where.substr(0, place),
            {},
            error.message + ": " + error.where.substr(place == 0 ? 0 : place + 1)};
}

}  // namespace

PieceScanner::PieceScanner(std::string_view text) : text_(text) {
    text_.remove_suffix(trailing_void(text_));
}

// Where the piece that begins at `begin` ends: before the next line that starts a message or is
// part of a batch envelope, or at MLLP's end block.
std::size_t PieceScanner::end_of(std::size_t begin) const {
    std::size_t at = begin;
    for (;;) {
        const std::size_t stop = find_end_of_line(text_, at);
        std::size_t p = stop;
        bool ended = false;
        while (p < text_.size() && is_void(text_[p])) {
            if (text_[p] == end_block)
                ended |=
                    p + 1 == text_.size() || is_break(text_[p + 1]) || text_[p + 1] == start_block;
            ++p;
        }
        if (p == text_.size() || ended) return stop;
        // Comments before a message or a batch mean nothing; elsewhere they are text.
        if (p > stop) {
            p = skip_comments(text_, p);
            const std::string_view line = without_mark(text_.substr(p));
            if (starts_message(line) || starts_envelope(line)) return stop;
        }
        at = std::max(p, stop + 1);
    }
}

bool PieceScanner::next(Piece &piece) {
    for (;;) {
        while (at_ < text_.size() && is_void(text_[at_])) ++at_;
        if (at_ >= text_.size()) return false;
        if (text_.substr(at_).starts_with(mark)) {
            at_ += mark.size();
            continue;
        }
        if (text_[at_] != '#') break;
        at_ = find_end_of_line(text_, at_);
    }
    const std::string_view line = text_.substr(at_);
    piece.begin = at_;
    if (starts_envelope(line)) {
        piece.kind = Piece::Kind::batch;
        piece.end = find_end_of_line(text_, at_);
    } else {
        piece.kind = starts_message(line) ? Piece::Kind::message : Piece::Kind::junk;
        piece.end = end_of(at_);
    }
    at_ = piece.end;
    piece.end -= trailing_void(line.substr(0, piece.end - piece.begin));
    return true;
}

// --- Envelope

void Envelope::open_file() {
    batches = {true, 0};
    messages = {};
}

void Envelope::open_batch() {
    batches.count += batches.open;
    messages = {true, 0};
}

// The messages of a file without BHS are a batch all the same (2.10.3: BHS is optional).
void Envelope::add_message() {
    if (batches.open && !messages.open) open_batch();
    messages.count += messages.open;
}

Envelope::Level Envelope::close(bool file) {
    if (file) messages = {};
    return std::exchange(file ? batches : messages, Level{});
}

// --- FileReader

namespace {

struct Wide {
    int unit = 1;
    std::string_view charset;
    std::size_t ascii_byte = 0;  // which byte of a unit holds ASCII
    bool marked = false;         // begins with a byte order mark
};

// By byte order mark, or by the zeros beside the first letters: chunks of a file have no mark.
Wide wide_form(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xff\xfe\0\0"sv)) return {4, "UTF-32LE", 0, true};
    if (bytes.starts_with("\0\0\xfe\xff"sv)) return {4, "UTF-32BE", 3, true};
    if (bytes.starts_with("\xff\xfe"sv)) return {2, "UTF-16LE", 0, true};
    if (bytes.starts_with("\xfe\xff"sv)) return {2, "UTF-16BE", 1, true};
    const std::array forms{Wide{4, "UTF-32LE", 0}, Wide{4, "UTF-32BE", 3}, Wide{2, "UTF-16LE", 0},
                           Wide{2, "UTF-16BE", 1}};
    for (const Wide &form : forms) {
        const auto unit = static_cast<std::size_t>(form.unit);
        if (bytes.size() < 3 * unit) continue;
        bool fits = true;
        for (std::size_t i = 0; i < 3 * unit; ++i)
            fits = fits && (bytes[i] != '\0') == (i % unit == form.ascii_byte);
        if (fits) return form;
    }
    return {};
}

// A byte a unit: ASCII as it is, everything else as a letter that no rule of cutting knows.
std::string project(std::string_view bytes, const Wide &form) {
    const auto unit = static_cast<std::size_t>(form.unit);
    std::string out;
    out.reserve(bytes.size() / unit);
    for (std::size_t i = 0; i + unit <= bytes.size(); i += unit) {
        bool ascii = (bytes[i + form.ascii_byte] & 0x80) == 0;
        for (std::size_t j = 0; j < unit; ++j)
            if (j != form.ascii_byte && bytes[i + j] != '\0') ascii = false;
        out += ascii ? bytes[i + form.ascii_byte] : '?';
    }
    if (form.marked) out[0] = ' ';
    return out;
}

}  // namespace

std::string_view wide_charset(std::string_view bytes) { return wide_form(bytes).charset; }

FileReader::FileReader(std::string_view contents, std::string_view fallback,
                       const core::Limits &limits, const Envelope &before)
    : contents_(contents),
      fallback_(fallback),
      limits_(limits),
      narrow_(contents),
      scanner_(contents),
      envelope_(before) {
    const Wide form = wide_form(contents);
    if (form.unit > 1) {
        unit_ = form.unit;
        wide_ = form.charset;
        projected_ = project(contents, form);
        narrow_ = projected_;
        scanner_ = PieceScanner(narrow_);
    }
}

FileReader::FileReader(DecodedText contents, const core::Limits &limits)
    : contents_(contents.text),
      limits_(limits),
      is_text_(true),
      narrow_(contents.text),
      scanner_(contents.text) {}

std::string_view FileReader::bytes_of(const Piece &piece) const {
    const auto unit = static_cast<std::size_t>(unit_);
    return contents_.substr(piece.begin * unit, (piece.end - piece.begin) * unit);
}

void FileReader::read_message(Record &record) {
    if (is_text_) {
        record.message = record.raw;
    } else {
        decoded_.emplace();
        // Wide contents are cut into wide pieces, which have no mark of their own.
        decoder_.decode(record.raw, wide_.empty() ? stated_charset(record.raw) : wide_, fallback_,
                        *decoded_);
        record.message = decoded_->text;
    }
    auto message = Message::parse(record.message, limits_);
    if (!message.ok()) {
        record.issue = issue_of(message.error());
        record.message = {};
        return;
    }
    record.parsed = std::move(message).value();
    if (is_text_) return;
    if (decoded_->replaced > 0) {
        record.issue =
            core::Issue{"warning",
                        "value",
                        "charset-invalid",
                        "Byte " + std::to_string(decoded_->first_bad) + " of the message",
                        {},
                        "places that are not text in " + decoded_->charset + ": " +
                            std::to_string(decoded_->replaced)};
    } else if (decoded_->unknown) {
        record.issue =
            core::Issue{"warning",
                        "incomplete",
                        "charset-assumed",
                        "MSH-18",
                        {},
                        "the stated charset is none that is known: read as " + decoded_->charset};
    } else if (decoded_->assumed) {
        record.issue = core::Issue{
            "warning", "incomplete", "charset-assumed",
            {},        {},           "the charset is assumed: read as " + decoded_->charset};
    }
}

// BTS-1 counts messages, FTS-1 batches (HL7 v2 2.10.3).  Checked when the header was seen, here or
// in a chunk before.
bool FileReader::read_batch(const Piece &piece, Record &record) {
    const std::string_view text = narrow_.substr(piece.begin, piece.end - piece.begin);
    const std::string_view id = text.substr(0, 3);
    if (id == "FHS") {
        envelope_.open_file();
        return false;
    }
    if (id == "BHS") {
        envelope_.open_batch();
        return false;
    }
    const Envelope::Level seen = envelope_.close(id == "FTS");
    if (!seen.open || text.size() < 5) return false;
    const std::string_view rest = text.substr(4);
    std::int64_t stated = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), stated);
    const bool empty = rest.empty() || rest[0] == text[3];
    if (empty || (error == std::errc() && stated == seen.count)) return false;
    record.issue =
        core::Issue{"error",
                    "invalid",
                    "count-mismatch",
                    std::string(id) + "-1",
                    {},
                    std::string("the trailer's count differs from the ") +
                        (id == "BTS" ? "messages of its batch: " : "batches of its file: ") +
                        std::to_string(seen.count)};
    return true;
}

bool FileReader::is_kept(std::string_view raw) const {
    return slices_ == 1 || slice_of(raw, slices_) == slice_;
}

bool FileReader::next(Record &record) {
    Piece piece;
    while (scanner_.next(piece)) {
        limits_.interrupt.poll();
        record = {};
        record.raw = bytes_of(piece);
        record.byte_offset = piece.begin * static_cast<std::size_t>(unit_);
        if (piece.kind == Piece::Kind::batch && !read_batch(piece, record)) continue;
        if (piece.kind == Piece::Kind::message) envelope_.add_message();
        record.ordinal = ++ordinal_;
        if (!is_kept(record.raw)) continue;
        if (piece.kind == Piece::Kind::message)
            read_message(record);
        else if (piece.kind == Piece::Kind::junk)
            record.issue = core::Issue{"error",     "structure",
                                       "malformed", "Segment 1 (byte 0)",
                                       {},          "not a message: no MSH segment starts it"};
        return true;
    }
    return false;
}

Envelope FileReader::skip() {
    Piece piece;
    Record unused;
    while (scanner_.next(piece)) {
        limits_.interrupt.poll();
        if (piece.kind == Piece::Kind::batch)
            read_batch(piece, unused);
        else if (piece.kind == Piece::Kind::message)
            envelope_.add_message();
    }
    return envelope_;
}

namespace {

// The start of the comment lines that end where the line at `at` begins, or that line's start.
std::size_t before_comments(std::string_view text, std::size_t at) {
    std::size_t start = at;
    for (;;) {
        std::size_t p = start;
        while (p > 0 && is_void(text[p - 1])) --p;
        std::size_t line = p;
        while (line > 0 && !is_break(text[line - 1]) && text[line - 1] != end_block) --line;
        std::size_t first = line;
        while (first < p && is_void(text[first])) ++first;
        if (first == p || text[first] != '#') return start;
        start = line;
    }
}

}  // namespace

std::size_t complete_prefix(std::string_view contents, bool final) {
    if (final) return contents.size();
    const Wide form = wide_form(contents);
    std::string projected;
    std::string_view text = contents;
    if (form.unit > 1) {
        projected = project(contents, form);
        text = projected;
    }
    // From the end: the last line that starts a message or a batch, as PieceScanner sees lines.
    std::size_t at = text.size();
    while (at > 0) {
        const std::size_t stop = text.find_last_of("\r\n\x1c", at - 1);
        if (stop == text.npos) break;
        std::size_t start = stop + 1;
        while (start < text.size() && is_void(text[start])) ++start;
        const std::string_view line = without_mark(text.substr(start));
        for (at = stop; at > 0 && is_void(text[at - 1]); --at) {
        }
        // A name alone may yet go on.
        if (!starts_message(line) && !starts_envelope_with_fields(line)) continue;
        if (at == 0) break;  // nothing before it
        return before_comments(text, start) * static_cast<std::size_t>(form.unit);
    }
    return 0;
}

namespace {

// Field n of a segment without its name: up to the first character that may divide it.
std::string_view raw_field(std::string_view fields, char separator, int n) {
    for (int i = 1; i < n; i++) {
        const auto next = fields.find(separator);
        if (next == fields.npos) return {};
        fields.remove_prefix(next + 1);
    }
    fields = fields.substr(0, fields.find(separator));
    return fields.substr(0, fields.find_first_of("^~&"));
}

}  // namespace

int slice_of(std::string_view record, int slices) {
    std::string_view key = record;
    bool has_patient = false;
    if (record.starts_with("MSH") && record.size() > 4) {
        const std::string_view header = record.substr(4, find_break(record, 0) - 4);
        if (!raw_field(header, record[3], 13).empty()) return slices;
    }
    for (std::size_t at = find_break(record, 0); at < record.size();
         at = find_break(record, at + 1)) {
        const std::string_view name = record.substr(at + 1, 3);
        if (name == "MRG" || name == "DSC" || (name == "PID" && has_patient)) return slices;
        if (name != "PID" || at + 4 >= record.size()) continue;
        has_patient = true;
        const char separator = record[at + 4];
        std::string_view line = record.substr(at + 5);
        line = line.substr(0, find_break(line, 0));
        std::string_view number = raw_field(line, separator, 3);
        if (number.empty()) number = raw_field(line, separator, 2);
        if (!number.empty()) key = number;
    }
    return core::slice_of(key, slices);
}

std::optional<std::string> message_key(const Message &message) {
    const Segment &header = message[0];
    if (!header.field(10).has_value()) return std::nullopt;
    std::string key;
    for (int n : {3, 4, 9, 10}) {
        if (!key.empty() || n != 3) key += '|';
        key += header.field(n).raw();
    }
    return key;
}

}  // namespace clinical::hl7v2
