#pragma once

// What files and streams carry around messages: bare concatenation, MLLP frames, batches.
//
// A file is cut into pieces: messages, what is none of the known things (junk), and batch headers
// and trailers.  Between them lies only what means nothing: line ends, blanks, MLLP's block bytes,
// a byte order mark, padding, and lines that begin with # where no message is open or right
// before a message or batch.  So no byte that means something is lost.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/charset.h"
#include "core/issue.h"
#include "hl7v2/hl7v2.h"

namespace clinical::hl7v2 {

struct Piece {
    enum class Kind { message, junk, batch };
    Kind kind = Kind::message;
    std::size_t begin = 0;  // bytes into the contents
    std::size_t end = 0;    // without line ends and block bytes
};

// Cuts text in one-byte units (any charset that keeps ASCII in its place).
class PieceScanner {
public:
    explicit PieceScanner(std::string_view text);
    bool next(Piece &piece);

private:
    [[nodiscard]] std::size_t end_of(std::size_t begin) const;
    std::string_view text_;
    std::size_t at_ = 0;
};

// What batch headers have opened and not closed: contents that are read in chunks go on where the
// chunk before left.
struct Envelope {
    struct Level {
        bool open = false;  // its header was seen
        std::int64_t count = 0;
    };
    Level messages;  // of a batch, BHS..BTS
    Level batches;   // of a file, FHS..FTS

    void open_file();
    void open_batch();
    void add_message();
    // What a trailer (BTS or FTS) ends.
    Level close(bool file);
};

// A message of a file, or why there is none.
struct Record {
    int ordinal = 0;
    std::size_t byte_offset = 0;
    std::string_view raw;           // the bytes as they came
    std::string_view message;       // the same as UTF-8; valid until the next record is asked for
    std::optional<Message> parsed;  // of it, when it is usable
    std::optional<core::Issue> issue;

    [[nodiscard]] bool usable() const { return parsed.has_value(); }
};

// All records of a file, one after the other.  The contents must outlive the reader.
class FileReader {
public:
    // Bytes; `fallback` is the charset of messages that do not state one, or empty.
    FileReader(std::string_view contents, std::string_view fallback,
               const core::Limits &limits = {}, const Envelope &before = {});
    // Text that is decoded already.
    struct DecodedText {
        std::string_view text;
    };
    explicit FileReader(DecodedText contents, const core::Limits &limits = {});
    FileReader(const FileReader &) = delete;  // it points into itself
    FileReader &operator=(const FileReader &) = delete;

    // From now on only records of one slice are given (slice_of), as they are numbered among all;
    // the others are not read.
    void keep_slice(int slice, int slices) { slice_ = slice, slices_ = slices; }

    bool next(Record &record);
    // Passes over the rest without reading messages; what is open then.
    Envelope skip();

private:
    void read_message(Record &record);
    bool read_batch(const Piece &piece, Record &record);
    [[nodiscard]] bool is_kept(std::string_view raw) const;
    [[nodiscard]] std::string_view bytes_of(const Piece &piece) const;

    std::string_view contents_;
    std::string fallback_;
    core::Limits limits_;
    bool is_text_ = false;
    int unit_ = 1;           // bytes in a code unit: 2 for UTF-16, 4 for UTF-32
    std::string wide_;       // charset of wide contents
    std::string projected_;  // wide contents, a byte a unit
    std::string_view narrow_;
    PieceScanner scanner_;
    core::Decoder decoder_;
    std::optional<core::Decoded> decoded_;
    Envelope envelope_;
    int ordinal_ = 0;
    int slice_ = 0;
    int slices_ = 1;  // 1: all records are kept
};

// UTF-16 or UTF-32 in one of its byte orders, told by a mark or by the zeros beside the first
// letters; empty when the bytes are neither.
std::string_view wide_charset(std::string_view bytes);

// How many leading bytes are whole messages, for a loader that reads in chunks: up to the last
// place where a message starts.  0: read more.  `final`: nothing follows, all of it.
std::size_t complete_prefix(std::string_view contents, bool final);

// Which of so many slices (one or more) a record belongs to, from 0, by the bytes of PID-3.1, else
// PID-2.1, else of all of it: records of one patient are together as far as they name him alike.
// Those that name two patients (a merge, a link) are in none of them, `slices`, and so are parts of
// a message (DSC, MSH-14), which must meet.  Bytes alone decide, not a charset or an option, so
// that what was divided once stays divided alike.
int slice_of(std::string_view record, int slices);

// MSH-3, MSH-4, MSH-9 and MSH-10 as sent, joined by |; nothing when MSH-10 is empty.
std::optional<std::string> message_key(const Message &message);

}  // namespace clinical::hl7v2
