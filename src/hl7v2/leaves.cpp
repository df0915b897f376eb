#include "hl7v2/leaves.h"

namespace clinical::hl7v2 {

// To the next subcomponent, there or not; the innermost level that has a next part moves, those
// below it start again.
bool Leaves::step() {
    if (at_.subcomponent < component_.subcomponents()) {
        ++at_.subcomponent;
        return true;
    }
    at_.subcomponent = 0;
    if (at_.component < repetition_.components()) {
        component_ = repetition_.component(++at_.component);
        return true;
    }
    at_.component = 1;
    if (at_.repetition < field_.repetitions()) {
        repetition_ = field_.repetition(++at_.repetition);
    } else {
        at_.repetition = 1;
        while (at_.segment < message_.size() && at_.field >= message_[at_.segment].fields()) {
            ++at_.segment;
            at_.field = 0;
        }
        if (at_.segment == message_.size()) return false;
        field_ = message_[at_.segment].field(++at_.field);
        repetition_ = field_.repetition(1);
    }
    component_ = repetition_.component(1);
    return true;
}

bool Leaves::next(Leaf &leaf) {
    while (step()) {
        if (at_.subcomponent == 0) continue;
        at_.value = component_.subcomponent(at_.subcomponent);
        if (at_.value.is_absent()) continue;
        leaf = at_;
        return true;
    }
    return false;
}

}  // namespace clinical::hl7v2
