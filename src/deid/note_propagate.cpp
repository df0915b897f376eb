// What was found by its context is looked for in the whole note.

#include <algorithm>
#include <vector>

#include "deid/note_name.h"

namespace clinical::deid::note {

void propagate_names(Draft &draft) {
    Tokens &tokens = draft.tokens;
    std::vector<std::uint32_t> names;
    for (std::size_t k = 0; k < draft.spans.size(); ++k) {
        const Span &span = draft.spans[k];
        if (span.category != Category::name || span.score < 0.7F) continue;
        for (std::size_t i = draft.starts[k]; i < tokens.size() && tokens[i].end <= span.end; ++i) {
            const Token &t = tokens[i];
            if (!t.is_word() || t.length < 3 || english_of(t.word) >= 2) continue;
            if (t.has(word::title | word::degree | word::allowed | word::medical | word::particle |
                      word::facility | word::relation | word::month))
                continue;
            names.push_back(t.print);
        }
    }
    if (names.empty()) return;
    std::sort(names.begin(), names.end());
    std::uint64_t some = 0;  // a bit for the last bits of each fingerprint
    for (const std::uint32_t print : names) some |= 1ULL << (print & 63);
    constexpr Interest mine = interest::written | interest::strange;
    for (std::size_t i = tokens.next(0, mine); i < tokens.size(); i = tokens.next(i + 1, mine)) {
        const Token &token = tokens[i];
        if (token.taken != 0 || token.length < 3 || (some >> (token.print & 63) & 1) == 0) continue;
        if (token.shape == Shape::lower && english_of(token.word) > 0) continue;
        if (!std::binary_search(names.begin(), names.end(), token.print) || is_eponym(draft, i))
            continue;
        draft.add(i, i, Category::name, 0.75F, Detector::propagated);
    }
}

}  // namespace clinical::deid::note
