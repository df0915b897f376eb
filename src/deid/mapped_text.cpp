#include "deid/mapped_text.h"

#include <algorithm>
#include <utility>

namespace clinical::deid {

void MappedText::read_as(std::string_view piece, std::size_t from, std::size_t to) {
    text_.append(piece);
    ranges_.insert(ranges_.end(), piece.size(),
                   {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
}

void MappedText::read(std::size_t from, std::size_t to) {
    text_.append(given_.substr(from, to - from));
    for (std::size_t i = from; i < to; ++i)
        ranges_.push_back({static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i + 1)});
}

void MappedText::drop(std::size_t from, std::size_t to) {
    dropped_.push_back({static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to)});
}

std::string MappedText::without(const std::vector<note::Span> &spans, const note::Options &options,
                                const Write &write) const {
    // What goes, and what comes in its place, in the order of the given text.
    struct Cut {
        Range range;
        std::string instead;
    };
    std::vector<Cut> cuts;
    for (const note::Span &span : spans) {
        const std::string_view found =
            std::string_view(text_).substr(span.begin, span.end - span.begin);
        std::string instead = write(note::replacement(found, span, options));
        for (std::size_t i = span.begin; i < span.end; ++i) {
            // Bytes of one sequence are cut once.
            if (!cuts.empty() && cuts.back().range.to >= ranges_[i].to) continue;
            cuts.push_back({ranges_[i], std::exchange(instead, {})});
        }
    }
    for (const Range &range : dropped_) cuts.push_back({range, {}});
    std::sort(cuts.begin(), cuts.end(),
              [](const Cut &a, const Cut &b) { return a.range.from < b.range.from; });
    std::string out;
    out.reserve(given_.size());
    std::size_t at = 0;
    for (const Cut &cut : cuts) {
        out.append(given_.substr(at, cut.range.from - at)).append(cut.instead);
        at = cut.range.to;
    }
    return out.append(given_.substr(at));
}

}  // namespace clinical::deid
