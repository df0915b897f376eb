#include "fhir/file.h"

#include <algorithm>

#include "core/slice.h"

namespace clinical::fhir {

namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Follows braces, brackets and strings; a string ends with its line, where JSON has none.
class Nesting {
public:
    // True when the outermost brace has closed with this character.
    bool pass(char c) {
        if (in_string_) {
            if (escaped_)
                escaped_ = false;
            else if (c == '\\')
                escaped_ = true;
            else if (c == '"' || c == '\n')
                in_string_ = false;
            return false;
        }
        switch (c) {
            case '"': in_string_ = true; return false;
            case '{':
            case '[': ++depth_; return false;
            case '}':
            case ']': return --depth_ <= 0;
            default: return false;
        }
    }
    [[nodiscard]] long depth() const { return depth_; }

private:
    long depth_ = 0;
    bool in_string_ = false;
    bool escaped_ = false;
};

}  // namespace

void FileScanner::pass_blanks() {
    if (at_ == 0 && text_.starts_with(byte_order_mark)) at_ = byte_order_mark.size();
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
}

std::size_t FileScanner::line_end(std::size_t at) const {
    return std::min(text_.find('\n', at), text_.size());
}

// A line that is a document by itself: braces close at its end, and resourceType is a member of it.
bool FileScanner::is_document_line(std::size_t begin) const {
    if (begin >= text_.size() || text_[begin] != '{') return false;
    constexpr std::string_view mark = "\"resourceType\"";
    const std::size_t end = line_end(begin);
    Nesting nesting;
    bool has_type = false;
    for (std::size_t i = begin; i < end; ++i) {
        if (nesting.depth() == 1 && text_[i] == '"' && text_.substr(i, mark.size()) == mark)
            has_type = true;
        if (!nesting.pass(text_[i])) continue;
        return has_type && text_.find_first_not_of(" \t\r", i + 1) ==
                               (end < text_.size() ? end : std::string_view::npos);
    }
    return false;
}

// Whether a line whose braces are open at its end was cut short: it does not end where a document
// over many lines breaks, and what follows begins anew.
bool FileScanner::is_broken_line(std::size_t begin, std::size_t end) const {
    const std::size_t last = text_.find_last_not_of(" \t\r\n", end - 1);
    const std::size_t following = text_.find_first_not_of(" \t\r\n", end);
    if (following == std::string_view::npos || text_[following] != '{') return false;
    if (following > 0 && text_[following - 1] != '\n') return false;
    if (is_document_line(following)) {
        // Within a list it would be followed by what ends its place there.
        const std::size_t behind = text_.find_first_not_of(" \t\r\n", line_end(following));
        return behind == std::string_view::npos || text_[behind] == '{';
    }
    return last > begin && std::string_view("{[,:").find(text_[last]) == std::string_view::npos;
}

std::size_t FileScanner::end_of_json(std::size_t begin, bool &closed) const {
    Nesting nesting;
    closed = false;
    for (std::size_t i = begin; i < text_.size(); ++i) {
        if (nesting.pass(text_[i])) {
            closed = true;
            return i + 1;
        }
        if (text_[i] == '\n' && is_broken_line(begin, i)) return i;
    }
    return text_.size();
}

bool FileScanner::next(FilePiece &piece) {
    const bool is_first = at_ == 0;
    pass_blanks();
    if (at_ == text_.size()) return false;
    piece.begin = at_;
    piece.is_whole = false;
    if (is_first && text_[at_] == '<') {
        at_ = text_.size();
    } else if (text_[at_] != '{') {
        at_ = line_end(at_);
        piece.is_whole = at_ < text_.size();
    } else {
        bool closed = false;
        at_ = end_of_json(at_, closed);
        // More on the line is another document, or makes the line none.
        std::size_t behind = text_.find_first_not_of(" \t\r", at_);
        if (closed && behind != std::string_view::npos && text_[behind] != '\n' &&
            text_[behind] != '{') {
            at_ = line_end(at_);
            behind = at_ < text_.size() ? at_ : std::string_view::npos;
        }
        piece.is_whole = behind != std::string_view::npos;
    }
    piece.end = text_.find_last_not_of(" \t\r\n", at_ - 1) + 1;
    return true;
}

namespace {

std::string_view id_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && end - at < 64 &&
           (text[end] == '-' || text[end] == '.' || (text[end] >= '0' && text[end] <= '9') ||
            (text[end] >= 'a' && text[end] <= 'z') || (text[end] >= 'A' && text[end] <= 'Z')))
        ++end;
    return text.substr(at, end - at);
}

// The string that is the value of the first member of that name, or nothing.
std::string_view member_at(std::string_view text, std::string_view name) {
    const std::size_t at = text.find(name);
    if (at == std::string_view::npos) return {};
    const std::size_t quote = text.find_first_not_of(" \t\r\n:", at + name.size());
    if (quote == std::string_view::npos || text[quote] != '"') return {};
    return id_at(text, quote + 1);
}

}  // namespace

int slice_of(std::string_view document, int slices) {
    constexpr std::string_view reference = "Patient/";
    std::string_view key;
    if (member_at(document, "\"resourceType\"") == "Patient")
        key = member_at(document, "\"id\"");
    else if (const auto at = document.find(reference); at != std::string_view::npos)
        key = id_at(document, at + reference.size());
    return core::slice_of(key.empty() ? document : key, slices);
}

std::size_t complete_prefix(std::string_view contents, bool final) {
    if (final) return contents.size();
    FileScanner scanner(contents);
    FilePiece piece;
    std::size_t whole = 0;
    while (scanner.next(piece)) {
        if (!piece.is_whole) return whole;
        whole = std::min(contents.find_first_not_of(" \t\r\n", piece.end), contents.size());
    }
    return whole;
}

}  // namespace clinical::fhir
