#pragma once

// Files of FHIR documents: NDJSON (a document a line), one document over many lines, several of
// them, one XML document.  Only where documents begin and end is found here; what they hold is for
// the parser to say.
//
// A JSON document ends where its braces close.  One that is broken must not take its neighbours
// with it: a line that leaves braces open, and is followed by a line that begins with another
// document, stands alone.

#include <cstddef>
#include <string_view>

namespace clinical::fhir {

struct FilePiece {
    std::size_t begin = 0;  // bytes into the contents
    std::size_t end = 0;    // without white space around
    bool is_whole = false;  // its braces close, and its line ends within the contents
};

class FileScanner {
public:
    explicit FileScanner(std::string_view contents) : text_(contents) {}
    // The next document, or line that is none; false at the end.
    bool next(FilePiece &piece);

private:
    void pass_blanks();
    [[nodiscard]] std::size_t line_end(std::size_t at) const;
    [[nodiscard]] bool is_broken_line(std::size_t begin, std::size_t end) const;
    [[nodiscard]] bool is_document_line(std::size_t begin) const;
    [[nodiscard]] std::size_t end_of_json(std::size_t begin, bool &closed) const;

    std::string_view text_;
    std::size_t at_ = 0;
};

// How many leading bytes are whole documents, for a loader that reads in chunks.  0: read more.
// `final`: nothing follows, all of it.
std::size_t complete_prefix(std::string_view contents, bool final);

// Which of so many slices (one or more) a document belongs to, from 0, by the bytes of the first
// patient's id in it, else of all of it.  It decides only who loads what.
int slice_of(std::string_view document, int slices);

}  // namespace clinical::fhir
