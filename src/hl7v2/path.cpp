#include "hl7v2/path.h"

#include <algorithm>

namespace clinical::hl7v2 {

namespace {

// Far beyond any message; keeps numbers in int.
constexpr int largest_number = 999'999;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

class PathParser {
public:
    explicit PathParser(std::string_view text) : text_(text) {}

    Path parse() {
        Path path;
        path.segment = name();
        path.segments = selector(3);
        if (separator()) {
            path.field = number("a field number");
            path.repetitions = selector(2);
            if (separator()) {
                path.component = number("a component number");
                if (separator()) path.subcomponent = number("a subcomponent number");
            }
        }
        if (at_ < text_.size()) fail("the path should end here");
        return path;
    }

private:
    // The path may hold an identifier in a condition: it is never quoted.
    [[noreturn]] void fail(std::string_view rule) const {
        const std::string_view before = text_.substr(0, at_);
        const auto characters =
            std::count_if(before.begin(), before.end(), [](char c) { return (c & 0xc0) != 0x80; });
        throw core::Error{
            core::ErrorCode::invalid_expression, "invalid HL7 v2 path",
            "At character " + std::to_string(characters + 1) + " " + std::string(rule) + ".", at_};
    }

    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(char c) {
        if (peek() != c || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }

    std::string name() {
        if (peek() == '/' || peek() == '.')
            fail("a segment name is expected: group paths (Terser) are not supported");
        std::string out;
        for (int i = 0; i < 3; ++i, ++at_) {
            const char c = peek();
            if (!is_letter(c) && (i == 0 || !is_digit(c)))
                fail("a segment name is expected: a letter and two letters or digits");
            out += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        return out;
    }

    bool separator() {
        if (peek() == '(')
            fail("[n] from 1 is expected: (n) from 0, as in Terser, is not supported");
        if (peek() == '^') fail("- or . is expected: locations of ERR-2 (ERL) are not supported");
        return take('-') || take('.');
    }

    int number(std::string_view what) {
        if (!is_digit(peek())) fail(std::string(what) + " is expected");
        const std::size_t start = at_;
        int n = 0;
        while (is_digit(peek())) {
            n = n * 10 + (text_[at_] - '0');
            if (n > largest_number) fail("the number is too large");
            ++at_;
        }
        if (n == 0) {
            at_ = start;
            fail("the number must be 1 or more");
        }
        return n;
    }

    // [condition][index], either or none; `depth`: numbers that a condition's place may have.
    Selector selector(std::size_t depth) {
        Selector out;
        bool chosen = false;
        while (take('[')) {
            skip_blanks();
            if (take('*')) {
                if (chosen) fail("nothing more can be chosen");
                chosen = true;
            } else {
                const int n = number("a number, * or a condition");
                skip_blanks();
                if (peek() == ']') {
                    if (chosen) fail("nothing more can be chosen");
                    chosen = true;
                    out.index = n;
                } else {
                    if (chosen || out.condition) fail("a condition must come first and alone");
                    out.condition = condition(n, depth);
                }
            }
            skip_blanks();
            if (!take(']')) fail("] is expected");
        }
        return out;
    }

    Selector::Condition condition(int first, std::size_t depth) {
        Selector::Condition out;
        std::size_t level = 0;
        out.place[level] = first;
        while (peek() == '.' || peek() == '-') {
            if (++level >= depth) fail("the place has too many parts");
            ++at_;
            out.place[level] = number("a number");
        }
        skip_blanks();
        if (!take('=')) fail("= is expected");
        skip_blanks();
        const char quote = peek();
        if (quote != '"' && quote != '\'') fail("a text in quotes is expected");
        ++at_;
        for (;;) {
            if (at_ >= text_.size()) fail("the closing quote is missing");
            const char c = text_[at_++];
            if (c == quote && !take(quote)) break;
            out.text += c;
        }
        return out;
    }

    void skip_blanks() {
        while (peek() == ' ') ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// Three bytes as a number; letters in lower case.  Digits have the bit already.
std::uint32_t folded(const char *name) {
    const auto byte = [&](int i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i])) | 0x20u;
    };
    return byte(0) | byte(1) << 8 | byte(2) << 16;
}

Value place_in(Value value, int component, int subcomponent) {
    if (component > 0) value = value.component(component);
    if (subcomponent > 0) value = value.subcomponent(subcomponent);
    return value;
}

bool is_text(const Value &value, std::string_view text) {
    if (!value.has_value()) return false;
    if (!value.delimiters() || value.has_parts()) return value.raw() == text;
    return value.text() == text;
}

Parts repetitions_of(const Value &field) {
    return {field.raw(), field.delimiters() ? field.delimiters()->repetition : '\0'};
}

// Repetitions or segments between two looks for a cancel.
constexpr unsigned poll_interval = 1u << 12;

// Any repetition of the field may fulfil it.
bool fulfils(const Segment &segment, const Selector::Condition &condition,
             const core::Interrupt &interrupt) {
    const Value field = segment.field(condition.place[0]);
    Parts repetitions = repetitions_of(field);
    std::string_view part;
    for (unsigned n = 1; repetitions.take(part); ++n) {
        if (n % poll_interval == 0) interrupt.poll();
        const Value value(part, field.delimiters());
        if (is_text(place_in(value, condition.place[1], condition.place[2]), condition.text))
            return true;
    }
    return false;
}

}  // namespace

core::Result<Path> Path::parse(std::string_view text) {
    try {
        return PathParser(text).parse();
    } catch (const core::Error &error) {
        return error;
    }
}

// --- LazyMessage

LazyMessage::LazyMessage(std::string_view text) : text_(text) {
    const std::size_t begin = skip_lead(text);
    auto delimiters = read_delimiters(text, begin);
    if (!delimiters.ok()) throw std::move(delimiters).error();
    delimiters_ = delimiters.value();
    scanner_ = SegmentScanner(text, begin, delimiters_.field);
    places_.reserve(32);
}

bool LazyMessage::extend() const {
    SegmentScanner::Step step;
    if (!scanner_.next(step)) return false;
    places_.push_back({static_cast<std::uint32_t>(step.begin), static_cast<std::uint32_t>(step.end),
                       step.end - step.begin < 3 ? 0 : folded(text_.data() + step.begin)});
    return true;
}

std::optional<Segment> LazyMessage::find(std::string_view name, std::size_t &i) const {
    const std::uint32_t key = folded(name.data());
    for (;; ++i) {
        if (i == places_.size() && !extend()) return std::nullopt;
        const Place &place = places_[i];
        if (place.name != key) continue;
        ++i;
        return Segment(text_.substr(place.begin, place.end - place.begin), place.begin,
                       &delimiters_);
    }
}

// --- Matches

bool Matches::next_segment() {
    const Selector &choice = path_.segments;
    for (;;) {
        if (choice.index > 0 && segments_ == choice.index) return false;
        const auto found = message_.find(path_.segment, at_);
        if (!found) return false;
        if (at_ % poll_interval == 0) interrupt_.poll();
        if (choice.condition && !fulfils(*found, *choice.condition, interrupt_)) continue;
        ++segments_;
        if (choice.index > 0 && segments_ < choice.index) continue;
        segment_ = *found;
        return true;
    }
}

bool Matches::next_repetition() {
    const Selector &choice = path_.repetitions;
    if (choice.index > 0 && !choice.condition) {
        if (!rest_.more()) return false;
        rest_ = {};
        value_ = field_.repetition(choice.index);
        return true;
    }
    // The first repetition is there even when the field is absent.
    std::string_view part;
    for (unsigned n = 1; choice.index == 0 || repetitions_ < choice.index; ++n) {
        if (!rest_.take(part)) return false;
        if (n % poll_interval == 0) interrupt_.poll();
        value_ = Value(part, field_.delimiters());
        if (choice.condition) {
            const Value subject =
                place_in(value_, choice.condition->place[0], choice.condition->place[1]);
            if (!is_text(subject, choice.condition->text)) continue;
        }
        if (++repetitions_ >= choice.index) return true;
    }
    return false;
}

bool Matches::next(Value &value) {
    while (!done_) {
        if (!in_segment_) {
            if (!next_segment()) break;
            if (path_.field == 0) {
                value = Value(segment_.text(), nullptr);
                return true;
            }
            in_segment_ = true;
            field_ = segment_.field(path_.field);
            rest_ = repetitions_of(field_);
            repetitions_ = 0;
        }
        if (next_repetition()) {
            value = place_in(value_, path_.component, path_.subcomponent);
            return true;
        }
        in_segment_ = false;
    }
    done_ = true;
    return false;
}

// Most paths choose by number alone: straight to the place.
Value first_match(const LazyMessage &message, const Path &path, const core::Limits &limits) {
    Value value;
    if (path.segments.condition || path.repetitions.condition) {
        Matches matches(message, path, limits);
        return matches.next(value) ? value : Value();
    }
    std::size_t at = 0;
    std::optional<Segment> segment = message.find(path.segment, at);
    for (int n = path.segments.index; n > 1 && segment; --n)
        segment = message.find(path.segment, at);
    if (!segment) return {};
    if (path.field == 0) return {segment->text(), nullptr};
    value = segment->field(path.field);
    if (value.is_absent()) return {};
    value = value.repetition(std::max(path.repetitions.index, 1));
    return place_in(value, path.component, path.subcomponent);
}

std::string_view text_of(const Value &value, const Path &path, std::string &storage) {
    const Delimiters *d = value.delimiters();
    if (!value.has_value()) return {};
    if (!d || d->escape == '\0' || value.raw().find(d->escape) == std::string_view::npos)
        return value.raw();
    if (path.subcomponent == 0 && value.has_parts()) return value.raw();
    storage = value.text();
    return storage;
}

}  // namespace clinical::hl7v2
