#include "convert/settle.h"

#include <algorithm>

#include "convert/keys.h"
#include "core/decimal.h"
#include "core/partial_date.h"

namespace clinical::convert {

using core::Json;

namespace {

enum class Order { fine, reversed, undecided };

// FHIRPath does not compare a date with a time of that day: such a pair breaks the rule, too.
Order order_of(const std::string &first, const std::string &second) {
    if (first.empty() || second.empty()) return Order::fine;
    if (first.size() > 10 && second.size() > 10) {
        const auto x = core::parse_fhir_date_time(first);
        const auto y = core::parse_fhir_date_time(second);
        return x.ok() && y.ok() && x.value().unix_micros(0) > y.value().unix_micros(0)
                   ? Order::reversed
                   : Order::fine;
    }
    const std::size_t common = std::min({first.size(), second.size(), std::size_t{10}});
    const int order = first.compare(0, common, second, 0, common);
    if (order != 0) return order > 0 ? Order::reversed : Order::fine;
    return first.size() == second.size() ? Order::fine : Order::undecided;
}

// Of a reversed pair the second is left out; of a date and a time of that day the date stays.  True
// when something had to go.
bool put_in_order(Json &node, std::string_view first, std::string_view second) {
    const std::string a(node.find(first).as_text());
    const std::string b(node.find(second).as_text());
    const Order order = order_of(a, b);
    if (order == Order::reversed)
        node.erase(second);
    else if (order == Order::undecided && a.size() > b.size())
        node.set(first, Json::string(a.substr(0, b.size())));
    else if (order == Order::undecided)
        node.set(second, Json::string(b.substr(0, a.size())));
    return order != Order::fine;
}

bool is_above(const Json &low, const Json &high) {
    const auto a = core::Decimal::parse(low.find("value").as_text());
    const auto b = core::Decimal::parse(high.find("value").as_text());
    return a.ok() && b.ok() && a.value() > b.value();
}

class Settling {
public:
    Settling(Context &context, Statement &statement) : context_(context), statement_(statement) {}

    void run() {
        Json &r = statement_.resource;
        const std::string &type = statement_.resource_type;
        if (type == "Organization") {
            not_at_home(r, "address", "org-2");
            not_at_home(r, "telecom", "org-3");
        } else if (type == "Patient") {
            contacts(r);
        } else if (type == "Coverage") {
            keep_named(r, "class", "value");
            changed_ = true;
        } else if (type == "Encounter") {
            if (r.find("length").find("value").is_absent()) drop(r, "length");  // drt-1
        } else if (type == "ServiceRequest") {
            // prr-1: what is asked for in detail is asked for.
            if (!r.find("orderDetail").is_absent() && r.find("code").is_absent()) {
                set_absent(r["code"]);
                changed_ = true;
            }
        } else if (type == "Condition") {
            // What was entered in error has no state, so it has not ended either.
            if (r.find("clinicalStatus").is_absent() && !r.find("abatementDateTime").is_absent()) {
                drop(r, "abatementDateTime");
                left_out("con-4");
            }
        } else if (type == "MedicationDispense") {
            in_order(r, "whenPrepared", "whenHandedOver", "mdd-1");
        }
        // Appointment.start and .end are none of a Period.
        for (std::size_t i = 0; i < r.size(); i++) walk(r.key(i), r.member(i), 0);
        if (changed_) prune(r);
    }

private:
    void drop(Json &node, std::string_view name) {
        if (node.find(name).is_absent()) return;
        node.erase(name);
        changed_ = true;
    }

    void left_out(std::string_view rule) {
        changed_ = true;
        context_.issue("warning", "invariant", rule,
                       "FHIR R4 does not allow what the message says; that part is left out",
                       statement_.resource_type);
    }

    void walk(std::string_view name, Json &node, int depth) {
        if (depth > 12) return;  // resources are flat
        if (node.kind() == core::Kind::array) {
            for (std::size_t i = 0; i < node.size(); i++) walk(name, node.element(i), depth + 1);
            return;
        }
        if (node.kind() != core::Kind::object) return;
        bool period = false, ratio = false, nested = false;
        for (const auto &[key, value] : node.members()) {
            period = period || key == "start";
            ratio = ratio || key == "numerator" || key == "denominator";
            nested = nested || value.size() > 0;
        }
        if (period) in_order(node, "start", "end", "per-1");
        if (name.ends_with("Range") && name != "referenceRange") range(node);
        if (ratio && node.find("numerator").is_absent() != node.find("denominator").is_absent()) {
            drop(node, "numerator");
            drop(node, "denominator");
        }
        for (std::size_t i = 0; nested && i < node.size(); i++)
            walk(node.key(i), node.member(i), depth + 1);
    }

    void in_order(Json &node, std::string_view first, std::string_view second,
                  std::string_view rule) {
        if (put_in_order(node, first, second)) left_out(rule);
    }

    void range(Json &range) {
        for (const std::string_view end : {"low", "high"})
            if (range.find(end).find("value").is_absent()) drop(range, end);
        const Json &low = range.find("low");
        const Json &high = range.find("high");
        if (low.is_absent() || high.is_absent()) return;
        if (low.find("code") == high.find("code") && low.find("system") == high.find("system") &&
            !is_above(low, high))
            return;
        range.erase("high");
        left_out("rng-2");
    }

    void not_at_home(Json &resource, std::string_view list, std::string_view rule) {
        if (resource.find(list).is_absent()) return;
        Json &all = resource[list];
        for (std::size_t i = 0; i < all.size(); i++) {
            if (all.at(i).find("use").as_text() != "home") continue;
            all.element(i).erase("use");
            left_out(rule);
        }
    }

    // pat-1: somebody, or some way to reach them; what NK1 says besides stands in RelatedPerson.
    void contacts(Json &patient) {
        if (patient.find("contact").is_absent()) return;
        bool empty = false;
        patient["contact"].erase_if([&](const Json &contact) {
            const bool gone =
                std::all_of(std::begin(who), std::end(who),
                            [&](std::string_view part) { return contact.find(part).is_absent(); });
            empty = empty || gone;
            return gone;
        });
        if (patient.find("contact").size() == 0) patient.erase("contact");
        if (empty) left_out("pat-1");
    }

    static constexpr std::string_view who[] = {"name", "telecom", "address", "organization"};
    Context &context_;
    Statement &statement_;
    bool changed_ = false;
};

}  // namespace

void settle_resource(Context &context, Statement &statement) { Settling(context, statement).run(); }

void settle_periods(Json &resource) {
    if (!resource.find("period").is_absent()) put_in_order(resource["period"], "start", "end");
    if (resource.find("location").is_absent()) return;
    Json &places = resource["location"];
    for (std::size_t i = 0; i < places.size(); i++)
        if (!places.at(i).find("period").is_absent())
            put_in_order(places.element(i)["period"], "start", "end");
}

}  // namespace clinical::convert
