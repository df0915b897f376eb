#include "hl7v2/path.h"

#include <algorithm>
#include <utility>

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
        if (is_way())
            steps(path);
        else
            path.segment = name();
        if (peek() == '^') {
            location(path);
        } else {
            path.segments = selector(3);
            // What Terser leaves out is the first; [*] asks for all of them.
            if (path.rooted && !chosen_) path.segments.index = 1;
            if (separator()) field(path);
        }
        if (at_ < text_.size()) fail("the path should end here");
        if (!path.rooted && !path.segments.condition && !path.repetitions.condition)
            path.numbers = {folded_name(path.segment.data()),
                            std::max(path.segments.index, 1),
                            path.field,
                            std::max(path.repetitions.index, 1),
                            path.component,
                            path.subcomponent};
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

    void field(Path &path) {
        path.field = number("a field number");
        path.repetitions = selector(2);
        if (path.rooted && !chosen_) path.repetitions.index = 1;
        if (separator()) {
            path.component = number("a component number");
            if (separator()) path.subcomponent = number("a subcomponent number");
        }
        if (path.rooted) {
            path.component = std::max(path.component, 1);
            path.subcomponent = std::max(path.subcomponent, 1);
        }
    }

    // ^ sequence ^ field ^ repetition ^ component ^ subcomponent, as far as stated: ERR-2 may leave
    // components of it empty.
    void location(Path &path) {
        int *const parts[] = {&path.segments.index, &path.field, &path.repetitions.index,
                              &path.component, &path.subcomponent};
        for (int *const part : parts) {
            if (!take('^')) break;
            if (at_ < text_.size() && peek() != '^') *part = number("a number");
        }
        const bool in_field = path.repetitions.index > 0 || path.component > 0;
        if (in_field && path.field == 0) fail("the field is missing");
        if (path.subcomponent > 0 && path.component == 0) fail("the component is missing");
    }

    // Through groups: a slash behind names and their numbers, or a pattern where a name would be.
    // Terser takes such a path from the message on, with a slash before it or without.
    [[nodiscard]] bool is_way() const {
        const std::size_t end = text_.find_first_not_of(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_*?()[]");
        const std::string_view start = text_.substr(0, end);
        if (end == 0) return text_[0] == '/' || text_[0] == '.';
        if (end < text_.size() && text_[end] == '/') return true;
        return start.substr(0, start.find_first_of("([")).find_first_of("*?") != start.npos;
    }

    // /GROUP(1)/.GROUP/SEGMENT up to what follows the segment's name.
    void steps(Path &path) {
        path.rooted = true;
        for (bool first = true; take('/') || first; first = false) {
            if (path.groups.size() >= longest_way) fail("the path has too many groups");
            Path::Group step;
            step.below = take('.');
            while (is_letter(peek()) || is_digit(peek()) || peek() == '_' || peek() == '*' ||
                   peek() == '?') {
                const char c = text_[at_++];
                step.name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
                if (step.name.size() > longest_name) fail("the name is too long");
            }
            if (step.name.empty()) fail("the name of a group or segment is expected");
            const std::size_t behind = at_;
            const Selector choice = selector(3);
            if (peek() != '/') {
                const bool open = step.name.find_first_of("*?") != step.name.npos;
                at_ = behind;
                if (!open && step.name.size() != 3) {
                    at_ -= step.name.size();
                    fail("a segment name is expected: three characters, or a pattern");
                }
                path.segment = step.name;
                path.below = step.below;
                return;
            }
            if (choice.condition) fail("a group has no condition");
            step.index = chosen_ ? choice.index : 1;
            path.groups.push_back(std::move(step));
        }
        fail("the name of a segment is expected");
    }

    std::string name() {
        std::string out;
        for (int i = 0; i < 3; ++i, ++at_) {
            const char c = peek();
            if (!is_letter(c) && (i == 0 || !is_digit(c)))
                fail("a segment name is expected: a letter and two letters or digits");
            out += c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
        }
        return out;
    }

    bool separator() { return take('-') || take('.'); }

    int number(std::string_view what, int least = 1) {
        if (!is_digit(peek())) fail(std::string(what) + " is expected");
        const std::size_t start = at_;
        int n = 0;
        while (is_digit(peek())) {
            n = n * 10 + (text_[at_] - '0');
            if (n > largest_number) fail("the number is too large");
            ++at_;
        }
        if (n < least) {
            at_ = start;
            fail("the number must be 1 or more");
        }
        return n;
    }

    // [condition][index], either or none, or (index from 0); `depth`: numbers that a condition's
    // place may have.  chosen_ tells whether an index or * was there.
    Selector selector(std::size_t depth) {
        Selector out;
        bool &chosen = chosen_;
        chosen = false;
        if (take('(')) {
            chosen = true;
            out.index = number("a number from 0", 0) + 1;
            if (!take(')')) fail(") is expected");
            return out;
        }
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

    static constexpr std::size_t longest_way = 32, longest_name = 64;

    std::string_view text_;
    std::size_t at_ = 0;
    bool chosen_ = false;
};

// Whether a name fits a pattern with * (any characters) and ? (one).
bool fits(std::string_view name, std::string_view pattern) {
    std::size_t n = 0, p = 0, star = pattern.npos, marked = 0;
    while (n < name.size()) {
        const char c =
            name[n] >= 'a' && name[n] <= 'z' ? static_cast<char>(name[n] - 'a' + 'A') : name[n];
        if (p < pattern.size() && (pattern[p] == '?' || (pattern[p] == c && c != '*'))) {
            ++n;
            ++p;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            marked = n;
        } else if (star != pattern.npos) {
            p = star + 1;
            n = ++marked;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

// The instances below `from` that a step of the way leads to, in order.
std::vector<std::size_t> step_to(const Groups &groups, const std::vector<std::size_t> &from,
                                 const Path::Group &step) {
    // Instances lie in the order of their beginning: parents before what is below them.
    std::vector<std::size_t> root(groups.size(), Groups::none);  // which of `from` holds it
    for (const std::size_t g : from) root[g] = g;
    std::vector<std::size_t> out;
    std::vector<int> seen(groups.size(), 0);
    for (std::size_t g = 1; g < groups.size(); ++g) {
        const std::size_t parent = groups[g].parent;
        const std::size_t held = root[parent];
        const bool reached = step.below ? held != Groups::none : held == parent;
        if (root[g] == Groups::none && step.below) root[g] = held;
        if (!reached || !fits(groups[g].name, step.name)) continue;
        if (step.index == 0 || ++seen[held] == step.index) out.push_back(g);
    }
    return out;
}

// The segments that a rooted path leads to, without its choice among them, each with the group that
// the last step of the way led to.
std::vector<Path::Led> lead(const LazyMessage::Structured &in, const Path &path) {
    std::vector<std::size_t> at{0};
    for (const Path::Group &step : path.groups) at = step_to(in.groups, at, step);
    std::vector<std::size_t> root(in.groups.size(), Groups::none);
    for (const std::size_t g : at) root[g] = g;
    if (path.below)
        for (std::size_t g = 1; g < in.groups.size(); ++g)
            if (root[g] == Groups::none) root[g] = root[in.groups[g].parent];
    std::vector<Path::Led> out;
    for (std::size_t i = 0; i < in.message.size(); ++i) {
        const std::size_t group = root[in.groups.placement(i).group];
        if (group != Groups::none && fits(in.message[i].id(), path.segment))
            out.push_back({i, group});
    }
    return out;
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

}  // namespace

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

bool fulfils(const Value &repetition, const Selector::Condition &condition) {
    return is_text(place_in(repetition, condition.place[0], condition.place[1]), condition.text);
}

core::Result<Path> Path::parse(std::string_view text) {
    try {
        return PathParser(text).parse();
    } catch (const core::Error &error) {
        return error;
    }
}

// --- Matches

// The next segment of the path's name, into segment_.
bool Matches::next_candidate() {
    if (!path_.rooted) {
        const auto found = message_.find(path_.segment, at_);
        if (found) segment_ = *found;
        return found.has_value();
    }
    const LazyMessage::Structured &in = message_.structured(limits_);
    if (!rooted_) rooted_ = lead(in, path_);
    if (at_ == rooted_->size()) return false;
    const Path::Led &led = (*rooted_)[at_++];
    // Segments are counted in each group anew.
    if (led.group != group_) segments_ = 0;
    group_ = led.group;
    segment_ = in.message[led.segment];
    return true;
}

bool Matches::next_segment() {
    const Selector &choice = path_.segments;
    for (;;) {
        if (!path_.rooted && choice.index > 0 && segments_ == choice.index) return false;
        if (!next_candidate()) return false;
        if (at_ % poll_interval == 0) limits_.interrupt.poll();
        if (choice.condition && !fulfils(segment_, *choice.condition, limits_.interrupt)) continue;
        ++segments_;
        if (choice.index > 0 && segments_ != choice.index) continue;
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
        if (n % poll_interval == 0) limits_.interrupt.poll();
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

Found first_match(const LazyMessage &message, const Path &path, const core::Limits &limits) {
    if (path.numbers) return message.at(*path.numbers);
    Matches matches(message, path, limits);
    Value value;
    if (!matches.next(value)) return {};
    return {value, value.has_escape()};
}

int repetition_of(const Segment &segment, const Path &path) {
    const Selector &choice = path.repetitions;
    if (!choice.condition) return std::max(choice.index, 1);
    const Value field = segment.field(path.field);
    Parts repetitions = repetitions_of(field);
    std::string_view part;
    for (int n = 1, fulfilled = 0; repetitions.take(part); ++n) {
        if (fulfils(Value(part, field.delimiters()), *choice.condition) &&
            ++fulfilled >= choice.index)
            return n;
    }
    return 0;
}

}  // namespace clinical::hl7v2
