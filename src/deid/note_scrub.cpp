#include "deid/note_scrub.h"

#include <algorithm>
#include <cmath>

#include "core/charset.h"

namespace clinical::deid::note {
namespace {

constexpr std::string_view category_names[] = {
    "name", "location",    "organization", "date",    "age",     "phone",  "fax", "email", "ssn",
    "mrn",  "health_plan", "account",      "license", "vehicle", "device", "url", "ip",    "id"};
static_assert(std::size(category_names) == categories);

constexpr std::string_view detector_names[] = {"known",      "shape",   "context",    "date", "age",
                                               "dictionary", "unknown", "propagated", "site"};
static_assert(std::size(detector_names) == detectors);

bool blank_or(char c, std::string_view marks) {
    return c == ' ' || c == '\t' || marks.find(c) != std::string_view::npos;
}

// " van de "
bool particles(std::string_view between) {
    if (between.size() < 4 || between.front() != ' ' || between.back() != ' ') return false;
    for (std::size_t at = 1; at < between.size();) {
        const std::size_t end = between.find(' ', at);
        if (end == at || !(lexicon().find(print_of(between.substr(at, end - at))) & word::particle))
            return false;
        at = end + 1;
    }
    return true;
}

// Whether what stands between two spans belongs to both: "First Last", "Last, First", "J. Roe",
// "Jean-Luc"; between places, also "in" and a line break.
bool glue(std::string_view between, const Span &a, const Span &b) {
    if (between.size() > 14) return false;
    if (a.category == Category::name && b.category == Category::name)
        return std::all_of(between.begin(), between.end(),
                           [](char c) { return blank_or(c, "-'"); }) ||
               between == ", " || between == "," || particles(between);
    const auto house = [](Category c) {
        return c == Category::location || c == Category::organization;
    };
    if (house(a.category) && house(b.category) &&
        (a.category == b.category || between == " " || between == "-"))
        return std::all_of(between.begin(), between.end(),
                           [](char c) { return blank_or(c, ",-\n\r."); }) ||
               between == " in " || between == " at " || between == " of ";
    return false;
}

// Spans over each other become one: all of their characters, the label of the best.
std::vector<Span> resolve(std::vector<Span> spans, std::string_view text) {
    std::sort(spans.begin(), spans.end(), [](const Span &a, const Span &b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    std::vector<Span> out;
    for (const Span &span : spans) {
        if (out.empty() || span.begin >= out.back().end) {
            if (!out.empty() &&
                glue(text.substr(out.back().end, span.begin - out.back().end), out.back(), span)) {
                out.back().end = span.end;
                out.back().score = std::max(out.back().score, span.score);
                continue;
            }
            out.push_back(span);
            continue;
        }
        Span &last = out.back();
        const bool better =
            span.score > last.score ||
            (span.score == last.score && span.end - span.begin > last.end - last.begin);
        if (better) {
            last.category = span.category;
            last.detector = span.detector;
            last.score = span.score;
        }
        last.end = std::max(last.end, span.end);
    }
    for (Span &span : out) span.score = std::round(span.score * 100) / 100;
    return out;
}

// Words in no list, whatever their case: the mode that leaves the least behind.
void find_unknown(Draft &draft) {
    for (std::size_t i = 0; i < draft.tokens.size(); ++i) {
        const Token &t = draft.tokens[i];
        if (!t.is_word() || t.taken != 0 || t.length < 3) continue;
        const bool plain = english_of(t.word) > 0 || (t.word & ~word::endings) >> 8 != 0;
        if (plain && !(t.capital() && (t.word & word::names) != 0 && !t.sentence &&
                       english_of(t.word) < 3 && !t.has(word::medical | word::head | word::unit)))
            continue;
        if (!plain && draft.tokens[i].has(word::medical_ending)) continue;
        draft.add(i, i, Category::name, draft.threshold, Detector::unknown);
    }
}

}  // namespace

std::string_view name_of(Category category) {
    return category_names[static_cast<std::size_t>(category)];
}
std::string_view name_of(Detector detector) {
    return detector_names[static_cast<std::size_t>(detector)];
}

std::optional<Category> category_named(std::string_view name) {
    for (std::size_t i = 0; i < std::size(category_names); ++i)
        if (category_names[i] == name) return static_cast<Category>(i);
    return {};
}

std::optional<Detector> detector_named(std::string_view name) {
    for (std::size_t i = 0; i < std::size(detector_names); ++i)
        if (detector_names[i] == name) return static_cast<Detector>(i);
    return {};
}

Scrubber::Scrubber(const Options &options, core::Interrupt interrupt)
    : options_(options), interrupt_(interrupt) {
    draft_.tokens.cache.open();
    draft_.threshold = options.threshold;
    draft_.without = options.without;
    draft_.strict = options.strict;
    draft_.reference_year = options.reference ? options.reference->year : 0;
}

core::Result<std::vector<Span>> Scrubber::spans(std::string_view text, const Known *known) {
    if (text.size() > options_.most_bytes)
        return core::Error{core::ErrorCode::limit_exceeded, "note is too long",
                           "A note may have 10 MB.", 0};
    if (!core::is_utf8(text))
        return core::Error{core::ErrorCode::encoding, "note is not UTF-8", "", 0};
    draft_.spans.clear();
    draft_.starts.clear();
    tokenize(text, options_.site ? &*options_.site : nullptr, interrupt_, draft_.tokens);
    using Step = void (*)(Draft &);
    if (known) known->find(draft_);
    for (const Step step :
         {find_addresses_of_machines, find_dates, find_early_years, find_identifiers, find_ages,
          find_postal, find_places, find_names, propagate_names}) {
        interrupt_.poll();
        step(draft_);
    }
    if (options_.strict) find_unknown(draft_);
    std::vector<Span> spans = resolve(draft_.spans, text);
    if (options_.kept != 0)
        std::erase_if(spans, [&](const Span &s) {
            return (options_.kept >> static_cast<int>(s.category) & 1) != 0 &&
                   s.detector != Detector::known;
        });
    return spans;
}

core::Result<std::string> Scrubber::scrub(std::string_view text, const Known *known) {
    auto found = spans(text, known);
    if (!found) return std::move(found).error();
    return replace(text, found.value(), options_);
}

std::uint32_t CharacterOffsets::at(std::uint32_t byte) {
    for (; byte_ < byte && byte_ < text_.size(); ++byte_)
        if ((static_cast<unsigned char>(text_[byte_]) & 0xc0) != 0x80) ++characters_;
    return characters_;
}

}  // namespace clinical::deid::note
