#include "hl7v2/validate_message.h"

#include <algorithm>
#include <array>

#include "hl7v2/groups.h"

namespace clinical::hl7v2 {

namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

Place type_part(int n) { return {"MSH", 1, 9, 1, n}; }

void check_type(const Message &message, Version version, std::string_view structure,
                const Report &report) {
    const Value type = message[0].field(9).repetition(1);
    const std::string_view code = type.component(1).raw(), event = type.component(2).raw();
    if (code.empty()) return;  // reported as missing
    if (!is_message_code(code) && !code.starts_with('Z'))
        report(severity_error, 200, type_part(1), "the message code is not known");
    else if (structure.empty() && !code.starts_with('Z') && !event.starts_with('Z'))
        report(severity_error, 201, type_part(2), "the message code has no such trigger event");
    const std::string_view stated = type.component(3).raw();
    if (stated.empty() || stated.starts_with('Z') || stated.find("_Z") != stated.npos) return;
    if (structure_named(stated, version).empty()) {
        report(severity_warning, 199, type_part(3), "the message structure is not known");
        return;
    }
    // Up to 2.3.1 more events shared a structure.
    const std::string_view own = structure_named(structure_of(code, event), version);
    if (version > Version::v231 && !own.empty() && own != stated)
        report(severity_warning, 199, type_part(3),
               "the message structure is not that of the event (table 0354)");
}

void check_version(const Message &message, const Report &report) {
    const std::string_view said = message[0].field(12).repetition(1).component(1).raw();
    if (said.empty() || version_named(said)) return;
    const Place place{"MSH", 1, 12, 1, 1};
    if (version_named(trimmed(said))) {
        report(severity_warning, 203, place, "the version has blanks around it");
        return;
    }
    const bool later = said.starts_with("2.") && said.size() >= 3 && said[2] >= '8';
    report(later ? severity_warning : severity_error, 203, place,
           "the version has no definitions here: read as " +
               std::string(name_of(nearest_version(said))));
}

// EVN-1 repeats MSH-9.2 (3.4.1.1).
void check_event(const Message &message, const Report &report) {
    const Segment *event = message.find("EVN");
    const Value header = message[0].field(9).component(2);
    if (!event || !header.has_value()) return;
    const Value own = event->field(1).component(1);
    if (own.has_value() && own.raw() != header.raw())
        report(severity_warning, 199, {"EVN", 1, 1, 1}, "the event is not that of the header");
}

// One identifier: number, authority and type, as far as both state one.
bool is_same(const Value &a, const Value &b) {
    if (!a.component(1).has_value() || a.component(1).raw() != b.component(1).raw()) return false;
    if (a.component(4).raw() != b.component(4).raw()) return false;
    const std::string_view first = a.component(5).raw(), second = b.component(5).raw();
    return first.empty() || second.empty() || first == second;
}

// Events whose MRG-1 names the patient that ends: it must not be the one that stays.
void check_merges(const Message &message, const Report &report) {
    constexpr std::array<std::string_view, 5> events{"A18", "A34", "A36", "A39", "A40"};
    const std::string_view event = message[0].field(9).component(2).raw();
    if (std::ranges::find(events, event) == events.end()) return;
    Value survivor;
    std::size_t merges = 0;
    for (const Segment &segment : message) {
        if (segment.id() == "PID") survivor = segment.field(3);
        if (segment.id() != "MRG") continue;
        ++merges;
        const Value ended = segment.field(1);
        const int survivors = std::min(survivor.repetitions(), 99);
        for (int n = 1; n <= std::min(ended.repetitions(), 99); ++n)
            for (int m = 1; m <= survivors; ++m)
                if (is_same(ended.repetition(n), survivor.repetition(m))) {
                    report(severity_error, 205, {"MRG", merges, 1, n},
                           "the patient would be merged with itself");
                    m = survivors;
                }
    }
}

}  // namespace

void check_message(const Message &message, Version version, std::string_view structure,
                   const Report &report) {
    check_type(message, version, structure, report);
    check_version(message, report);
    check_event(message, report);
    check_merges(message, report);
}

}  // namespace clinical::hl7v2
