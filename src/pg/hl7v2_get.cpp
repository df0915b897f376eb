// Values of a message.

#include <map>
#include <memory>
#include <utility>

#include "bridge/cached.h"
#include "bridge/decode_cache.h"
#include "bridge/rows.h"
#include "hl7v2/leaves.h"
#include "hl7v2/path.h"

using namespace clinical;

namespace {

const hl7v2::Path &path_argument(FunctionCallInfo fcinfo) {
    return bridge::cached<hl7v2::Path>(
        fcinfo, 1, [](std::string_view text) { return bridge::take(hl7v2::Path::parse(text)); });
}

const hl7v2::LazyMessage &message_argument(FunctionCallInfo fcinfo) {
    return bridge::decoded<hl7v2::LazyMessage>(
        fcinfo, 0, [](std::string_view text) { return hl7v2::LazyMessage(text); });
}

}  // namespace

CLINICAL_FUNCTION(hl7v2_get) {
    const hl7v2::Path &path = path_argument(fcinfo);
    const hl7v2::Value value = hl7v2::first_match(message_argument(fcinfo), path, bridge::limits());
    if (!value.has_value()) PG_RETURN_NULL();
    std::string storage;
    return bridge::to_text(hl7v2::text_of(value, path, storage));
}

CLINICAL_FUNCTION(hl7v2_is_null) {
    const hl7v2::Path &path = path_argument(fcinfo);
    PG_RETURN_BOOL(hl7v2::first_match(message_argument(fcinfo), path, bridge::limits()).is_null());
}

CLINICAL_FUNCTION(hl7v2_values) {
    struct Scan {
        hl7v2::Path path;
        hl7v2::LazyMessage message;
        std::unique_ptr<hl7v2::Matches> matches;
        Scan(hl7v2::Path p, std::string_view text) : path(std::move(p)), message(text) {
            matches = std::make_unique<hl7v2::Matches>(message, path, bridge::limits());
        }
    };
    return bridge::stream_values(
        fcinfo,
        [&](MemoryContext context) {
            auto path = bridge::take(hl7v2::Path::parse(bridge::text_argument(fcinfo, 1)));
            return bridge::make_in<Scan>(context, std::move(path),
                                         bridge::argument_for_call(fcinfo, 0, context));
        },
        [&](void *state, Datum &datum) {
            auto *scan = static_cast<Scan *>(state);
            hl7v2::Value value;
            if (!scan->matches->next(value)) return false;
            fcinfo->isnull = !value.has_value();
            std::string storage;
            if (!fcinfo->isnull)
                datum = bridge::to_text(hl7v2::text_of(value, scan->path, storage));
            return true;
        });
}

CLINICAL_FUNCTION(hl7v2_segments) {
    struct Scan {
        hl7v2::Message message;
        std::size_t next = 0;
        std::map<std::string_view, int> seen;
    };
    return bridge::stream_rows<5>(
        fcinfo,
        [&](MemoryContext context) {
            const std::string_view text = bridge::argument_for_call(fcinfo, 0, context);
            return bridge::make_in<Scan>(
                context, Scan{bridge::take(hl7v2::Message::parse(text, bridge::limits())), 0, {}});
        },
        [&](void *state, bridge::Row<5> &row) {
            auto *scan = static_cast<Scan *>(state);
            if (scan->next == scan->message.size()) return false;
            const hl7v2::Segment &segment = scan->message[scan->next++];
            const int occurrence = ++scan->seen[segment.id()];
            row.set(0, Int32GetDatum(static_cast<int32>(scan->next)));
            row.set(1, bridge::to_text(segment.id()));
            row.set(2, Int32GetDatum(occurrence));
            row.set(3, Int32GetDatum(static_cast<int32>(segment.offset())));
            row.set(4, bridge::to_text(segment.text()));
            return true;
        });
}

// Every position that holds something; "" is a row with a NULL value.
CLINICAL_FUNCTION(hl7v2_fields) {
    struct Scan {
        hl7v2::Message message;
        hl7v2::Leaves leaves;
        explicit Scan(hl7v2::Message m)
            : message(std::move(m)), leaves(message, bridge::limits()) {}
    };
    return bridge::stream_rows<7>(
        fcinfo,
        [&](MemoryContext context) {
            const std::string_view text = bridge::argument_for_call(fcinfo, 0, context);
            return bridge::make_in<Scan>(
                context, bridge::take(hl7v2::Message::parse(text, bridge::limits())));
        },
        [&](void *state, bridge::Row<7> &row) {
            auto *scan = static_cast<Scan *>(state);
            hl7v2::Leaves::Leaf leaf;
            if (!scan->leaves.next(leaf)) return false;
            row.set(0, Int32GetDatum(static_cast<int32>(leaf.segment + 1)));
            row.set(1, bridge::to_text(scan->message[leaf.segment].id()));
            row.set(2, Int32GetDatum(leaf.field));
            row.set(3, Int32GetDatum(leaf.repetition));
            row.set(4, Int32GetDatum(leaf.component));
            row.set(5, Int32GetDatum(leaf.subcomponent));
            if (leaf.value.has_value()) row.set(6, bridge::to_text(leaf.value.text()));
            return true;
        });
}
