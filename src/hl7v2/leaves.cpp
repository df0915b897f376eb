#include "hl7v2/leaves.h"

namespace clinical::hl7v2 {

namespace {

// Positions between two looks for a cancel: most of a hostile message's hold nothing.
constexpr unsigned poll_interval = 1u << 14;

}  // namespace

// The next field of the segment; those of a header that are delimiters themselves are not divided.
bool Leaves::take_field(std::string_view &part) {
    const Segment &segment = message_[at_.segment];
    const Delimiters *delimiters = &message_.delimiters();
    if (at_.field == 0 && segment.is_header() && segment.text().size() > 3) {
        part = segment.text().substr(3, 1);
        in_field_ = nullptr;
        return true;
    }
    if (!fields_.take(part)) return false;
    in_field_ = at_.field == 1 && segment.is_header() ? nullptr : delimiters;
    return true;
}

// To the next subcomponent, there or not; the innermost level that has a next part moves, and those
// below it start again.
bool Leaves::step() {
    std::string_view part;
    const auto divided_by = [&](char Delimiters::*role) {
        return in_field_ ? in_field_->*role : '\0';
    };
    for (;;) {
        if (subcomponents_.take(part)) {
            ++at_.subcomponent;
            at_.value = Value(part, in_field_);
            return true;
        }
        if (components_.take(part)) {
            ++at_.component;
            at_.subcomponent = 0;
            subcomponents_ = Parts(part, divided_by(&Delimiters::subcomponent));
        } else if (repetitions_.take(part)) {
            ++at_.repetition;
            at_.component = 0;
            components_ = Parts(part, divided_by(&Delimiters::component));
        } else if (segments_ > 0 && take_field(part)) {
            ++at_.field;
            at_.repetition = 0;
            repetitions_ = Parts(part, divided_by(&Delimiters::repetition));
        } else {
            if (segments_ == message_.size()) return false;
            at_.segment = segments_++;
            at_.field = 0;
            const std::string_view text = message_[at_.segment].text();
            const char separator = message_.delimiters().field;
            const std::size_t first = text.find(separator, 3);
            fields_ = first == text.npos ? Parts() : Parts(text.substr(first + 1), separator);
        }
    }
}

bool Leaves::next(Leaf &leaf) {
    while (step()) {
        if (++steps_ % poll_interval == 0) interrupt_.poll();
        if (at_.value.is_absent()) continue;
        leaf = at_;
        return true;
    }
    return false;
}

}  // namespace clinical::hl7v2
