#include "hl7v2/lazy_message.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace clinical::hl7v2 {

namespace {

Grammar grammar_for(const Message &message) {
    const Version version = version_of(message);
    return Grammar(grammar_of(structure_of(message, version), version));
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
    const auto wanted = [&](char role) { return Wanted(role ? role : delimiters_.field); };
    field_ = wanted('\0');
    repetition_ = wanted(delimiters_.repetition);
    component_ = wanted(delimiters_.component);
    subcomponent_ = wanted(delimiters_.subcomponent);
    escape_ = wanted(delimiters_.escape);
    scanner_ = SegmentScanner(text, begin_, delimiters_.field);
}

inline bool LazyMessage::extend() const {
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

// Marks the segment; false when there is none.
inline bool LazyMessage::choose_segment(const Numbers &wanted) const {
    if (mark_.name == wanted.segment && mark_.occurrence == wanted.occurrence) return true;
    std::size_t i = find_place(wanted.segment, 0);
    for (int n = wanted.occurrence; n > 1 && i != none; --n) i = find_place(wanted.segment, i + 1);
    if (i == none) return false;
    const Place &p = place(i);
    mark_.segment = i;
    mark_.name = wanted.segment;
    mark_.occurrence = wanted.occurrence;
    mark_.end = p.end;
    mark_.header = is_header_name(p.name) &&
                   Segment(text_.substr(p.begin, p.end - p.begin), p.begin, nullptr).is_header();
    rewind();
    return true;
}

// The separators in the 64 bytes from `at`.
inline void LazyMessage::look_at(std::size_t at) const {
    mark_.block = at;
    mark_.separators = Block<64>::of(text_, at).where(field_) & lowest_bits(mark_.end - at);
}

// To what stands before the first separator: the name.
void LazyMessage::rewind() const {
    const Place &p = place(mark_.segment);
    mark_.field = 0;
    mark_.start = std::min<std::size_t>(p.begin + 3, p.end);
    look_at(mark_.start);
}

// Marks what stands behind the n-th separator of the segment; false when there are fewer.
inline bool LazyMessage::choose_field(int n) const {
    if (mark_.field > n) rewind();
    int more = n - mark_.field;
    if (more == 0) return true;
    for (;;) {
        std::uint64_t left = mark_.separators;
        for (; left != 0; left &= left - 1) {
            if (--more > 0) continue;
            mark_.field = n;
            mark_.start = mark_.block + static_cast<std::size_t>(std::countr_zero(left)) + 1;
            mark_.separators = left & (left - 1);
            return true;
        }
        if (mark_.end - mark_.block <= 64) break;
        look_at(mark_.block + 64);
    }
    rewind();
    return false;
}

inline std::size_t LazyMessage::field_end() const {
    while (mark_.separators == 0) {
        if (mark_.end - mark_.block <= 64) return mark_.end;
        look_at(mark_.block + 64);
    }
    return mark_.block + static_cast<std::size_t>(std::countr_zero(mark_.separators));
}

// What stands at the place in a field of at most 32 bytes.
inline Found LazyMessage::within(std::size_t start, std::size_t size, const Numbers &place) const {
    const auto block = Block<32>::of(text_, start);
    std::size_t low = 0, high = size;
    const auto choose = [&](const Wanted &delimiter, int n) {
        std::uint64_t found = block.where(delimiter) & lowest_bits(high) & ~lowest_bits(low);
        for (; n > 1; --n) {
            if (found == 0) return false;
            low = static_cast<std::size_t>(std::countr_zero(found)) + 1;
            found &= found - 1;
        }
        if (found) high = static_cast<std::size_t>(std::countr_zero(found));
        return true;
    };
    if (!choose(repetition_, place.repetition) ||
        (place.component > 0 && !choose(component_, place.component)) ||
        (place.subcomponent > 0 && !choose(subcomponent_, place.subcomponent)))
        return {};
    const std::uint64_t escapes = block.where(escape_) & lowest_bits(high) & ~lowest_bits(low);
    return {Value(text_.substr(start + low, high - low), &delimiters_), escapes != 0, 0};
}

Found LazyMessage::at(const Numbers &wanted) const {
    if (!choose_segment(wanted)) return {};
    if (wanted.field == 0 || (mark_.header && wanted.field < 3)) {
        const Place &p = place(mark_.segment);
        const Segment segment(text_.substr(p.begin, p.end - p.begin), p.begin, &delimiters_);
        if (wanted.field == 0) return {Value(segment.text(), nullptr), false, seen()};
        return part_of(segment.field(wanted.field), wanted);
    }
    if (!choose_field(wanted.field - (mark_.header ? 1 : 0))) return {{}, false, seen()};
    const std::size_t start = mark_.start, end = field_end();
    if (end - start > 32) return part_of({text_.substr(start, end - start), &delimiters_}, wanted);
    Found found = within(start, end - start, wanted);
    // What escape sequences mean is said in MSH-18, which may stand behind.
    found.front = end < mark_.end && !found.escaped ? end + 1 : seen();
    return found;
}

// What stands at the place in a field.
Found LazyMessage::part_of(Value value, const Numbers &place) const {
    value = value.repetition(place.repetition);
    if (place.component > 0) value = value.component(place.component);
    if (place.subcomponent > 0) value = value.subcomponent(place.subcomponent);
    return {value, value.has_escape(), seen()};
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
