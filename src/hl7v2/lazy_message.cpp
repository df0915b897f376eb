#include "hl7v2/lazy_message.h"

#include <algorithm>
#include <bit>
#include <utility>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace clinical::hl7v2 {

namespace {

constexpr std::size_t none = ~std::size_t{0};
constexpr std::size_t window = 32;

Grammar grammar_for(const Message &message) {
    const Version version = version_of(message);
    return Grammar(grammar_of(structure_of(message, version), version));
}

// Where each of five characters stands in 32 bytes.
using Marks = std::array<std::uint32_t, 5>;

Marks marks_in(const char *p, const std::array<std::array<char, 16>, 5> &wanted) {
    Marks marks{};
#ifdef __SSE2__
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + 16));
    for (std::size_t i = 0; i < marks.size(); ++i) {
        const __m128i c = _mm_load_si128(reinterpret_cast<const __m128i *>(wanted[i].data()));
        marks[i] = static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(low, c))) |
                   static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(high, c))) << 16;
    }
#else
    for (std::size_t i = 0; i < marks.size(); ++i)
        for (std::size_t k = 0; k < window; ++k)
            marks[i] |= static_cast<std::uint32_t>(p[k] == wanted[i][0]) << k;
#endif
    return marks;
}

constexpr std::uint32_t below(unsigned bit) {
    return bit < window ? (std::uint32_t{1} << bit) - 1 : ~std::uint32_t{0};
}

bool is_header_name(std::uint32_t name) {
    return name == folded_name("MSH") || name == folded_name("FHS") || name == folded_name("BHS");
}

}  // namespace

LazyMessage::LazyMessage(std::string_view text) : text_(text) {
    begin_ = skip_lead(text);
    auto delimiters = read_delimiters(text, begin_);
    if (!delimiters.ok()) throw std::move(delimiters).error();
    delimiters_ = delimiters.value();
    const Delimiters &d = delimiters_;
    const char roles[] = {d.field, d.repetition, d.component, d.subcomponent, d.escape};
    for (std::size_t i = 0; i < wanted_.size(); ++i)
        wanted_[i].fill(roles[i] == '\0' ? d.field : roles[i]);
    scanner_ = SegmentScanner(text, begin_, d.field);
}

bool LazyMessage::extend() const {
    SegmentScanner::Step step;
    if (!scanner_.next(step)) return false;
    const Place found{static_cast<std::uint32_t>(step.begin), static_cast<std::uint32_t>(step.end),
                      step.end - step.begin < 3 ? 0 : folded_name(text_.data() + step.begin)};
    if (count_ < usual)
        first_[count_] = found;
    else
        others_.push_back(found);
    ++count_;
    return true;
}

// The next segment of that name at or behind position `from`, or none.
std::size_t LazyMessage::find_place(std::uint32_t name, std::size_t from) const {
    for (std::size_t i = from;; ++i) {
        if (i == count_ && !extend()) return none;
        if (place(i).name == name) return i;
    }
}

std::optional<Segment> LazyMessage::find(std::string_view name, std::size_t &i) const {
    const std::size_t found = find_place(folded_name(name.data()), i);
    if (found == none) {
        i = count_;
        return std::nullopt;
    }
    i = found + 1;
    const Place &p = place(found);
    return Segment(text_.substr(p.begin, p.end - p.begin), p.begin, &delimiters_);
}

// Where what stands behind the n-th field separator of a segment starts, or none.
std::size_t LazyMessage::field_start(std::size_t segment, int n) const {
    const Place &p = place(segment);
    if (mark_.segment != segment || mark_.field > n)
        mark_ = {segment, 0, std::min<std::size_t>(p.begin + 3, p.end)};
    if (mark_.field == n) return mark_.at;
    const std::string_view rest = text_.substr(mark_.at, p.end - mark_.at);
    const std::size_t before = find_nth(rest, delimiters_.field, n - mark_.field);
    if (before == rest.npos) return none;
    mark_.field = n;
    mark_.at += before + 1;
    return mark_.at;
}

// What stands at the place in the field that starts at `start`, told from the first 32 bytes;
// false when it goes beyond them.
bool LazyMessage::near(std::size_t start, std::size_t end, const Numbers &place,
                       Found &found) const {
    auto [fields, repetitions, components, subcomponents, escapes] =
        marks_in(text_.data() + start, wanted_);
    const auto left = static_cast<unsigned>(std::min(end - start, window));
    fields &= below(left);
    unsigned low = 0, high = left;
    if (fields) high = static_cast<unsigned>(std::countr_zero(fields));
    bool open = high == window;  // it may go on behind that
    // What a delimiter that does not exist has matched is a field's and not in here.
    std::uint32_t inside = below(high);
    const auto choose = [&](std::uint32_t delimiters, int n) {
        delimiters &= inside;
        for (; n > 1; --n) {
            if (delimiters == 0) return false;
            low = static_cast<unsigned>(std::countr_zero(delimiters)) + 1;
            delimiters &= delimiters - 1;
        }
        if (delimiters) {
            high = static_cast<unsigned>(std::countr_zero(delimiters));
            open = false;
        }
        inside = below(high) & ~below(low);
        return true;
    };
    const bool there = choose(repetitions, place.repetition) &&
                       (place.component == 0 || choose(components, place.component)) &&
                       (place.subcomponent == 0 || choose(subcomponents, place.subcomponent));
    if (open) return false;
    if (!there) return true;
    found.value = Value(text_.substr(start + low, high - low), &delimiters_);
    found.divided = ((repetitions | components | subcomponents) & inside) != 0;
    found.escaped = (escapes & inside) != 0;
    return true;
}

Found LazyMessage::at(const Numbers &wanted) const {
    Found found;
    std::size_t i = find_place(wanted.segment, 0);
    for (int n = wanted.occurrence; n > 1 && i != none; --n) i = find_place(wanted.segment, i + 1);
    if (i == none) return found;
    const Place &p = place(i);
    const std::string_view text = text_.substr(p.begin, p.end - p.begin);
    const Segment segment(text, p.begin, &delimiters_);
    if (wanted.field == 0) {
        found.value = Value(text, nullptr);
        return found;
    }
    const bool header = is_header_name(p.name) && segment.is_header();
    Value value;
    if (header && wanted.field < 3) {
        value = segment.field(wanted.field);
    } else {
        const std::size_t start = field_start(i, wanted.field - (header ? 1 : 0));
        if (start == none) return found;
        if (start + window <= text_.size() && near(start, p.end, wanted, found)) return found;
        const std::string_view rest = text_.substr(start, p.end - start);
        value = Value(rest.substr(0, find_nth(rest, delimiters_.field, 1)), &delimiters_);
    }
    if (value.is_absent()) return found;
    value = value.repetition(wanted.repetition);
    if (wanted.component > 0) value = value.component(wanted.component);
    if (wanted.subcomponent > 0) value = value.subcomponent(wanted.subcomponent);
    found = {value, value.has_parts(), value.has_escape()};
    return found;
}

LazyMessage::Structured::Structured(Message m, const core::Limits &limits)
    : message(std::move(m)), grammar(grammar_for(message)), groups(grammar, message, limits) {}

const LazyMessage::Structured &LazyMessage::structured(const core::Limits &limits) const {
    if (!structured_) {
        auto message = Message::parse(text_, limits);
        if (!message.ok()) throw std::move(message).error();
        structured_ = std::make_unique<Structured>(std::move(message).value(), limits);
    }
    return *structured_;
}

}  // namespace clinical::hl7v2
