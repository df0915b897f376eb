// The groups of a message's structure.

#include <memory>

#include "bridge/rows.h"
#include "bridge/value.h"
#include "hl7v2/groups.h"

using namespace clinical;

namespace {

std::string_view name_of(hl7v2::Groups::State state) {
    switch (state) {
        case hl7v2::Groups::State::placed: return "placed";
        case hl7v2::Groups::State::local: return "local";
        case hl7v2::Groups::State::repeated: return "repeated";
        case hl7v2::Groups::State::misplaced: return "misplaced";
        case hl7v2::Groups::State::unknown: return "unknown";
    }
    return {};
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_groups) {
    struct Scan {
        hl7v2::Message message;
        hl7v2::Grammar grammar;
        hl7v2::Groups groups;
        std::size_t next = 0;
        Scan(hl7v2::Message m, const core::Limits &limits)
            : message(std::move(m)),
              grammar(grammar_for(message)),
              groups(grammar, message, limits) {}
        static hl7v2::Grammar grammar_for(const hl7v2::Message &message) {
            const hl7v2::Version version = hl7v2::version_of(message);
            return hl7v2::Grammar(
                hl7v2::grammar_of(hl7v2::structure_of(message, version), version));
        }
    };
    return bridge::stream_rows<6>(
        fcinfo,
        [&](MemoryContext context) {
            const std::string_view text = bridge::argument_for_call(fcinfo, 0, context);
            const core::Limits limits = bridge::limits();
            return bridge::make_in<Scan>(context, bridge::take(hl7v2::Message::parse(text, limits)),
                                         limits);
        },
        [&](void *state, bridge::Row<6> &row) {
            auto *scan = static_cast<Scan *>(state);
            if (scan->next == scan->message.size()) return false;
            const std::size_t segment = scan->next++;
            const auto &placement = scan->groups.placement(segment);
            const auto &group = scan->groups[placement.group];
            row.set(0, Int32GetDatum(static_cast<int32>(segment + 1)));
            row.set(1, bridge::to_text(scan->message[segment].id()));
            row.set(2, bridge::to_text(scan->groups.path(placement.group)));
            row.set(3, Int32GetDatum(static_cast<int32>(placement.group)));
            if (placement.group != 0) row.set(4, Int32GetDatum(static_cast<int32>(group.parent)));
            row.set(5, bridge::to_text(name_of(placement.state)));
            return true;
        });
}
