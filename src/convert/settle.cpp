#include "convert/settle.h"

#include <algorithm>

#include "core/decimal.h"
#include "core/partial_date.h"

namespace clinical::convert {

using core::Json;

namespace {

// A FHIR dateTime in HL7's form, which is read already.
std::optional<core::PartialDate> time_of(std::string_view text) {
    std::string dtm;
    for (std::size_t i = 0; i < text.size(); i++) {
        const char c = text[i];
        if (c == 'Z')
            dtm += "+0000";
        else if ((c != '-' || i > 10) && c != ':' && c != 'T')
            dtm += c;
    }
    auto parsed = core::parse_dtm(dtm);
    if (!parsed.ok()) return {};
    return std::move(parsed).value();
}

// Whether the first is later, as far as both are precise.
bool is_later(const std::string &a, const std::string &b) {
    if (a.empty() || b.empty()) return false;
    if (a.size() > 10 && b.size() > 10) {
        const auto x = time_of(a);
        const auto y = time_of(b);
        return x && y && x->unix_micros(0) > y->unix_micros(0);
    }
    const std::size_t common = std::min({a.size(), b.size(), std::size_t{10}});
    return a.compare(0, common, b, 0, common) > 0;
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
        } else if (type == "MedicationDispense" &&
                   is_later(r.find("whenPrepared").as_text(), r.find("whenHandedOver").as_text())) {
            r.erase("whenPrepared");
            left_out("mdd-1");
        }
        // Appointment.start and .end are none of a Period.
        for (std::size_t i = 0; i < r.size(); i++) walk(r.key(i), r.member(i), 0);
    }

private:
    void left_out(std::string_view rule) {
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
        if (is_later(node.find("start").as_text(), node.find("end").as_text())) {
            node.erase("end");
            left_out("per-1");
        }
        if (name.ends_with("Range") && name != "referenceRange" &&
            is_above(node.find("low"), node.find("high"))) {
            node.erase("high");
            left_out("rng-2");
        }
        for (std::size_t i = 0; i < node.size(); i++) walk(node.key(i), node.member(i), depth + 1);
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
};

}  // namespace

void settle_resource(Context &context, Statement &statement) { Settling(context, statement).run(); }

}  // namespace clinical::convert
