#include "hl7v2/edit.h"

#include <algorithm>
#include <vector>

#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

namespace {

// What set and remove throw within and give back as a result.
[[noreturn]] void refuse(std::string_view rule) {
    throw core::Error{core::ErrorCode::invalid_option, "cannot change the HL7 v2 message",
                      std::string(rule) + ".", 0};
}

// No field of a real message comes near; a bomb of delimiters does.
constexpr int largest_place = 10'000;

// `whole` with its n-th part (from 1) made by `change` from what it is.
template <typename Change>
std::string with_part(std::string_view whole, char delimiter, int n, Change change) {
    if (delimiter == '\0') {
        if (n > 1) refuse("The message has no delimiter for the place");
        return change(whole);
    }
    std::string out;
    std::size_t at = 0;
    for (int i = 1; i < n; ++i) {
        const std::size_t stop = at > whole.size() ? whole.npos : whole.find(delimiter, at);
        if (stop == whole.npos) {
            if (at <= whole.size()) out += whole.substr(at);
            at = whole.size() + 1;
        } else {
            out += whole.substr(at, stop - at);
            at = stop + 1;
        }
        out += delimiter;
    }
    if (at > whole.size()) return out + change(std::string_view());
    const std::size_t stop = std::min(whole.find(delimiter, at), whole.size());
    out += change(whole.substr(at, stop - at));
    out += whole.substr(stop);
    return out;
}

// What a level holds already; the explicit null has no parts.
std::string_view parts_of(std::string_view raw) { return raw == "\"\"" ? "" : raw; }

class Setter {
public:
    Setter(const Path &path, const Delimiters &d, std::string_view value, Content content)
        : path_(path), d_(d) {
        if (std::max({path.field, path.repetitions.index, path.component, path.subcomponent}) >
            largest_place)
            refuse("The place is beyond any message");
        if (content == Content::null)
            value_ = "\"\"";
        else if (content == Content::encoded)
            value_ = checked(value);
        else
            value_ = escape(value, d);
    }

    // A segment's text with the value at its place; `repetition` from 1.
    [[nodiscard]] std::string in_segment(std::string_view segment, int repetition) const {
        const bool header = Segment(segment, 0, &d_).is_header();
        if (header && path_.field <= 2)
            refuse("The first two fields of a header are its delimiters");
        const std::string_view name =
            segment.substr(0, std::min(segment.find(d_.field, 3), segment.size()));
        std::string out(name);
        out += d_.field;
        const std::string_view fields =
            name.size() < segment.size() ? segment.substr(name.size() + 1) : std::string_view();
        return out + with_part(fields, d_.field, path_.field - (header ? 1 : 0),
                               [&](std::string_view field) { return in_field(field, repetition); });
    }

private:
    [[nodiscard]] std::string in_field(std::string_view field, int repetition) const {
        if (repetition == 0) return value_;
        return with_part(parts_of(field), d_.repetition, repetition, [&](std::string_view part) {
            if (path_.component == 0) return value_;
            return with_part(
                parts_of(part), d_.component, path_.component, [&](std::string_view component) {
                    if (path_.subcomponent == 0) return value_;
                    return with_part(parts_of(component), d_.subcomponent, path_.subcomponent,
                                     [&](std::string_view) { return value_; });
                });
        });
    }

    [[nodiscard]] std::string checked(std::string_view value) const {
        std::string forbidden{d_.field, '\r', '\n', '\x0b', '\x1c'};
        if (d_.repetition && (path_.repetitions.index > 0 || path_.component > 0))
            forbidden += d_.repetition;
        if (d_.component && path_.component > 0) forbidden += d_.component;
        if (d_.subcomponent && path_.subcomponent > 0) forbidden += d_.subcomponent;
        if (value.find_first_of(forbidden) != value.npos)
            refuse("The encoded value has a delimiter of its own level or above, or a line end");
        return std::string(value);
    }

    const Path &path_;
    const Delimiters &d_;
    std::string value_;
};

// Where the segment of a path stands and which repetition is meant.
struct Target {
    std::optional<Segment> segment;
    int repetition = 1;  // 0: the whole field
};

// The path up to its segment.
Path to_segment(const Path &path) {
    Path out = path;
    out.field = out.component = out.subcomponent = 0;
    out.repetitions = {};
    return out;
}

Target target_of(const LazyMessage &message, const Path &path, const core::Limits &limits) {
    Target target;
    const Path whole_segment = to_segment(path);
    Matches segments(message, whole_segment, limits);
    Value found;
    if (!segments.next(found)) return target;
    target.segment = segments.segment();
    const Selector &choice = path.repetitions;
    // Without a choice and below no repetition, the whole field is meant.
    const bool whole = choice.index == 0 && !choice.condition && path.component == 0;
    target.repetition = whole ? 0 : std::max(choice.index, 1);
    if (choice.condition) {
        target.repetition = repetition_of(*target.segment, path);
        if (target.repetition == 0) refuse("No repetition fulfils the condition");
    }
    return target;
}

// A line end in a field is data as long as no segment's name and a separator follow it (scan.h): a
// change next to it must not make them.
void keep_segments(std::string_view before, std::string_view after, std::ptrdiff_t more,
                   const core::Limits &limits) {
    if (before.find('\n') == before.npos) return;
    const auto old = Message::parse(before, limits), now = Message::parse(after, limits);
    if (!old.ok() || !now.ok() ||
        static_cast<std::ptrdiff_t>(now.value().size()) !=
            static_cast<std::ptrdiff_t>(old.value().size()) + more)
        refuse("A line end in the data beside the place would begin a segment");
}

// What of the message is taken out or put in its place.
struct Edit {
    std::size_t begin, end;
};

}  // namespace

core::Result<std::string> set_value(std::string_view text, const Path &path, std::string_view value,
                                    Content content, const core::Limits &limits) {
    try {
        if (path.field == 0) refuse("A place within a segment is set: the path has no field");
        const LazyMessage message(text);
        const Setter setter(path, message.delimiters(), value, content);
        const Target target = target_of(message, path, limits);
        if (target.segment) {
            const Segment &segment = *target.segment;
            std::string out(text.substr(0, segment.offset()));
            out += setter.in_segment(segment.text(), target.repetition);
            out += text.substr(segment.offset() + segment.text().size());
            keep_segments(text, out, 0, limits);
            return out;
        }
        if (path.rooted || path.segments.condition)
            refuse("The segment is not there and the path does not say where it should be");
        if (path.segment == "MSH" || path.segment == "FHS" || path.segment == "BHS")
            refuse("A header is not added to a message");
        std::size_t at = 0, count = 0;
        while (message.find(path.segment, at)) ++count;
        if (path.segments.index > 0 && static_cast<std::size_t>(path.segments.index) != count + 1)
            refuse("The segments before it are not there");
        if (path.repetitions.condition) refuse("No repetition fulfils the condition");
        const bool whole = path.repetitions.index == 0 && path.component == 0;
        std::string out(text.substr(0, text.find_last_not_of("\r\n\x0b\x1c") + 1));
        out += '\r';
        out += setter.in_segment(path.segment, whole ? 0 : std::max(path.repetitions.index, 1));
        out += '\r';
        keep_segments(text, out, 1, limits);
        return out;
    } catch (const core::Error &error) {
        return error;
    }
}

core::Result<std::string> remove_values(std::string_view text, const Path &path,
                                        const core::Limits &limits) {
    try {
        const LazyMessage message(text);
        const Delimiters &d = message.delimiters();
        std::vector<Edit> edits;
        std::ptrdiff_t segments = 0;  // taken out
        Matches matches(message, path, limits);
        Value value;
        while (matches.next(value)) {
            const Segment &segment = matches.segment();
            if (path.field == 0 && segment.offset() == message.begin())
                refuse("A message cannot be without its header");
            if (segment.is_header() && (path.field == 1 || path.field == 2))
                refuse("The first two fields of a header are its delimiters");
            const bool chosen = path.repetitions.index > 0 || path.repetitions.condition;
            // Without a choice and below no repetition, the whole field is meant.
            if (path.field > 0 && !chosen && path.component == 0) value = segment.field(path.field);
            if (value.raw().data() == nullptr) continue;
            auto begin = static_cast<std::size_t>(value.raw().data() - text.data());
            std::size_t end = begin + value.raw().size();
            if (path.field == 0) {
                // With its terminator; the last one without the one before it.
                while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
            } else if (path.component == 0 && chosen && d.repetition != '\0') {
                // A chosen repetition goes with one of its delimiters.
                if (end < text.size() && text[end] == d.repetition)
                    ++end;
                else if (begin > 0 && text[begin - 1] == d.repetition)
                    --begin;
            }
            if (!edits.empty() && begin < edits.back().end) begin = edits.back().end;
            if (begin < end) {
                edits.push_back({begin, end});
                if (path.field == 0) ++segments;
            }
        }
        std::string out;
        std::size_t at = 0;
        for (const Edit &edit : edits) {
            out += text.substr(at, edit.begin - at);
            at = edit.end;
        }
        out += text.substr(at);
        keep_segments(text, out, -segments, limits);
        return out;
    } catch (const core::Error &error) {
        return error;
    }
}

std::string new_message(std::string_view type, std::string_view version) {
    const Delimiters d;
    std::string out = "MSH|^~\\&|||||||";
    // The type's components are told by its carets; nothing else in it means anything.
    Parts parts(type, '^');
    bool first = true;
    for (std::string_view part; parts.take(part); first = false)
        out += (first ? "" : "^") + escape(part, d);
    return out + "||P|" + escape(version, d) + "\r";
}

}  // namespace clinical::hl7v2
