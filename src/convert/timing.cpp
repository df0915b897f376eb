#include "convert/timing.h"

#include <algorithm>
#include <optional>

#include "convert/apply.h"
#include "convert/codes.h"
#include "convert/number.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

struct TimeUnit {
    std::string_view names;  // of HL7 v2 in its time, separated by blanks
    std::string_view code, display;
};
constexpr TimeUnit units[] = {
    {" s sec secs second seconds ", "s", "second"},
    {" min mins minute minutes ", "min", "minute"},
    {" h hr hrs hour hours ", "h", "hour"},
    {" d day days ", "d", "day"},
    {" wk w week weeks ", "wk", "week"},
    {" mo mon month months l ", "mo", "month"},
    {" a y yr yrs year years ann ", "a", "year"},
};

const TimeUnit *find_unit(std::string text) {
    for (char &c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    // M alone is minutes in the patterns of HL7 table 0335.
    if (text == "m") text = "min";
    if (text.empty() || text.find(' ') != std::string::npos) return nullptr;
    text = " " + text + " ";
    for (const TimeUnit &u : units)
        if (u.names.find(text) != std::string_view::npos) return &u;
    return nullptr;
}

const TimeUnit *unit_of(const Value &unit) {
    for (const int part : {1, 2}) {
        const Value v = part == 1 ? unit.subcomponent(1) : unit.subcomponent(2);
        if (const TimeUnit *found = find_unit(Context::text(v))) return found;
    }
    return find_unit(Context::text(unit.component(1)));
}

std::optional<std::string> positive(const std::string &text) {
    auto number = read_number(text);
    if (number && (number->front() == '-' || *number == "0")) number.reset();
    return number;
}

Json duration(const std::string &value, const TimeUnit &unit) {
    Json d = Json::object();
    d.set("value", Json::number(value));
    d.set("unit", Json::string(unit.display));
    d.set("system", Json::string("http://unitsofmeasure.org"));
    d.set("code", Json::string(unit.code));
    return d;
}

// Q6H of HL7 table 0335: once in 6 hours.  W is a week, L a lunar month, which UCUM has no time
// unit of R4 for.
void read_pattern(const std::string &code, Json &timing) {
    if (code.size() < 3 || code[0] != 'Q') return;
    const auto end = code.find_first_not_of("0123456789", 1);
    if (end == 1 || end == std::string::npos || end + 1 != code.size() || end > 5) return;
    const char letter = code[end];
    const std::string_view letters = "SMHDW";
    const auto at = letters.find(letter);
    if (at == std::string_view::npos) return;
    const auto number = positive(code.substr(1, end - 1));
    if (!number) return;
    Json &repeat = timing["repeat"];
    if (!repeat.find("period").is_absent()) return;
    repeat.set("frequency", Json::number("1"));
    repeat.set("period", Json::number(*number));
    repeat.set("periodUnit", Json::string(units[at].code));
}

// 08 or 0830 or 083015 as a time of FHIR.
std::string time_of_day(const std::string &text) {
    const auto digits = text.find_first_not_of("0123456789");
    const std::string t = text.substr(0, digits);
    if (t.size() != 2 && t.size() != 4 && t.size() != 6) return {};
    const std::string h = t.substr(0, 2);
    const std::string m = t.size() > 2 ? t.substr(2, 2) : "00";
    const std::string s = t.size() > 4 ? t.substr(4, 2) : "00";
    if (h > "23" || m > "59" || s > "59") return {};
    return h + ":" + m + ":" + s;
}

void add_time(Json &timing, const std::string &text) {
    const std::string time = time_of_day(text);
    if (time.empty()) return;
    Json &list = timing["repeat"]["timeOfDay"];
    for (std::size_t i = 0; i < list.size(); i++)
        if (list.at(i).as_text() == time) return;
    list.push(Json::string(time));
}

// RPT beyond its code: phase (a day of the week), period, event and distance from it.
void read_repeat_pattern(const Fields &tq1, const Value &rpt, Json &timing) {
    static constexpr std::string_view days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    const auto use = [&](int component) { tq1.use(3, Fields::component_bit(component)); };
    Json &repeat = timing["repeat"];
    if (Context::text(rpt.component(2).subcomponent(1)) == "DW") {
        const std::string first = Context::text(rpt.component(3));
        std::string last = Context::text(rpt.component(4));
        if (last.empty()) last = first;
        if (first.size() == 1 && last.size() == 1 && first >= "1" && last <= "7" && first <= last) {
            use(2);
            use(3);
            use(4);
            for (char day = first[0]; day <= last[0]; day++)
                repeat["dayOfWeek"].push(Json::string(days[static_cast<std::size_t>(day - '1')]));
        }
    }
    const auto period = positive(Context::text(rpt.component(5)));
    const TimeUnit *unit = unit_of(rpt.component(6));
    if (period && unit) {
        use(5);
        use(6);
        repeat.set("frequency", Json::number("1"));
        repeat.set("period", Json::number(*period));
        repeat.set("periodUnit", Json::string(unit->code));
    }
    const std::string event = Context::text(rpt.component(8));
    const TableRow *when = find_code("EventRelatedPeriod", event);
    // R4's event-timing has the codes of v3 TimingEvent, and not those of table 0528 beside.
    if (when && when->system.ends_with("TimingEvent")) {
        use(8);
        repeat["when"].push(Json::string(when->fhir_code));
        const auto offset = positive(Context::text(rpt.component(9)));
        const TimeUnit *of = unit_of(rpt.component(10));
        const bool is_whole =
            offset && offset->find_first_of(".eE") == std::string::npos && offset->size() < 5;
        if (is_whole && (!of || of->code == "min" || of->code == "h" || of->code == "d")) {
            const int scale = !of || of->code == "min" ? 1 : of->code == "h" ? 60 : 1440;
            use(9);
            use(10);
            repeat.set("offset", Json::number(std::to_string(std::stoi(*offset) * scale)));
        }
    }
    read_pattern(Context::text(rpt.component(1).subcomponent(1)), timing);
}

// How long: after the start, when there is one, else by itself.
void bound(Context &context, const Value &start, bool has_end, const std::string &amount,
           const TimeUnit *unit, const Fields &segment, int field, Json &timing) {
    const auto number = positive(amount);
    if (!number || !unit || has_end) return;
    if (!start.has_value()) {
        timing["repeat"].set("boundsDuration", duration(*number, *unit));
        segment.use(field, Fields::whole);
        return;
    }
    const std::string end = context.later(start, *number, unit->code);
    if (end.empty()) return;
    timing["repeat"]["boundsPeriod"].set("end", Json::string(end));
    segment.use(field, Fields::whole);
}

// Choices of R4: dates say more than a length, a time of day more than an event (tim-10).
void settle_repeat(Context &context, Json &timing) {
    if (timing.find("repeat").is_absent()) return;
    Json &repeat = timing["repeat"];
    if (!repeat.find("boundsPeriod").is_absent()) repeat.erase("boundsDuration");
    if (repeat.find("timeOfDay").size() == 0 || repeat.find("when").size() == 0) return;
    repeat.erase("when");
    repeat.erase("offset");
    context.issue("information", "business-rule", "tim-10",
                  "R4 has no event beside a time of day; the time stands");
}

}  // namespace

std::string time_unit(const Value &unit) {
    const TimeUnit *found = unit_of(unit);
    return found ? std::string(found->code) : std::string();
}

void read_tq1(Context &context, const Fields &tq1, Json &timing) {
    context.place = {&tq1, 3, 1, 0};
    const Value patterns = tq1.peek(3);
    if (patterns.has_value()) read_repeat_pattern(tq1, patterns.repetition(1), timing);
    const Value times = tq1.peek(4);
    if (times.has_value())
        for (int r = 1; r <= std::min(times.repetitions(), 100); r++) {
            tq1.use(4, Fields::whole);
            add_time(timing, Context::text(times.repetition(r).component(1)));
        }
    const Value lasts = tq1.peek(6);
    context.place.field = 6;
    bound(context, tq1.peek(7), tq1.peek(8).has_value(), Context::text(lasts.component(1)),
          unit_of(lasts.component(2)), tq1, 6, timing);
    const Value each = tq1.peek(13);
    const auto amount = positive(Context::text(each.component(1)));
    const TimeUnit *unit = unit_of(each.component(2));
    if (amount && unit) {
        tq1.use(13, Fields::whole);
        timing["repeat"].set("duration", Json::number(*amount));
        timing["repeat"].set("durationUnit", Json::string(unit->code));
    }
    settle_repeat(context, timing);
    context.place = {};
}

void read_interval(Context &context, const Fields &segment, int field, Json &timing) {
    const Value tq = segment.peek(field).repetition(1);
    context.place = {&segment, field, 1, 0};
    const Value interval = tq.component(2);
    if (interval.has_value()) {
        segment.use(field, Fields::component_bit(2));
        const std::string pattern = Context::text(interval.subcomponent(1));
        if (!pattern.empty() && timing.find("code").is_absent()) {
            // An RI is a CWE in the place of a component: its first part is the code.
            Json &code = timing["code"];
            Json &coding = code["coding"].element(0);
            if (const TableRow *row = find_code("RepeatPattern", pattern)) {
                coding.set("system", Json::string(row->system));
                coding.set("code", Json::string(row->fhir_code));
                coding.set("display", Json::string(row->display));
            }
            code.set("text", Json::string(pattern));
        }
        read_pattern(pattern, timing);
        std::string times = Context::text(interval.subcomponent(2));
        while (!times.empty()) {
            const auto comma = times.find(',');
            add_time(timing, times.substr(0, comma));
            times = comma == std::string::npos ? std::string() : times.substr(comma + 1);
        }
    }
    // D14 is fourteen days (HL7 v2.5.1 4.3.3).
    const std::string lasts = Context::text(tq.component(3));
    const Value start = tq.component(4);
    const Value end = tq.component(5);
    if (lasts.size() > 1 && !end.has_value()) {
        const TimeUnit *unit = find_unit(lasts.substr(0, 1));
        const auto number = positive(lasts.substr(1));
        if (unit && number && !start.has_value()) {
            segment.use(field, Fields::component_bit(3));
            timing["repeat"].set("boundsDuration", duration(*number, *unit));
        } else if (unit && number) {
            const std::string until = context.later(start, *number, unit->code);
            if (!until.empty()) {
                segment.use(field, Fields::component_bit(3));
                timing["repeat"]["boundsPeriod"].set("end", Json::string(until));
            }
        }
    }
    for (const auto &[component, name] : {std::pair(4, "start"), {5, "end"}}) {
        if (!tq.component(component).has_value()) continue;
        segment.use(field, Fields::component_bit(component));
        timing["repeat"]["boundsPeriod"].set(
            name, Json::string(context.date_time(tq.component(component))));
    }
    if (tq.component(12).has_value()) {
        segment.use(field, Fields::component_bit(12));
        timing["repeat"].set("count",
                             primitive(context, Primitive::positive_integer, tq.component(12)));
    }
    settle_repeat(context, timing);
    context.place = {};
    prune(timing);
}

void read_quantity_timing(Context &context, const Fields &segment, int field, Json &request) {
    const Value whole = segment.peek(field);
    if (!whole.has_value()) return;
    const Value tq = whole.repetition(1);
    if (request.find("occurrenceTiming").is_absent()) {
        Json timing = Json::object();
        read_interval(context, segment, field, timing);
        if (timing.size() > 0) request.set("occurrenceTiming", std::move(timing));
    }
    context.place = {&segment, field, 1, 0};
    const auto amount = read_number(Context::text(tq.component(1).subcomponent(1)));
    if (amount && request.find("quantityQuantity").is_absent()) {
        segment.use(field, Fields::component_bit(1));
        Json &q = request["quantityQuantity"];
        q.set("value", Json::number(*amount));
        const std::string unit = Context::text(tq.component(1).subcomponent(2));
        if (!unit.empty()) q.set("unit", Json::string(unit));
    }
    if (tq.component(6).has_value() && request.find("priority").is_absent()) {
        segment.use(field, Fields::component_bit(6));
        const std::string priority =
            read_code(context, {tq.component(6), true}, "ExtendedPriorityCodes");
        if (!priority.empty()) request.set("priority", Json::string(priority));
    }
    if (const std::string text = Context::text(tq.component(8)); !text.empty()) {
        segment.use(field, Fields::component_bit(8));
        request["note"].push(Json::object()).set("text", Json::string(text));
    }
    context.place = {};
}

}  // namespace clinical::convert
