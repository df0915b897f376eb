#include "convert/location.h"

#include <iterator>

#include "convert/codes.h"
#include "convert/ids.h"

namespace clinical::convert {

using core::Json;

namespace {

// From the outermost: the component of PL and of NDL.  Code: FHIR location-physical-type.
struct Level {
    int of_place, of_staff;
    std::string_view code, display;
};
constexpr Level levels[] = {
    {4, 7, "si", "Site"}, {7, 10, "bu", "Building"}, {8, 11, "lvl", "Level"},
    {1, 4, "wa", "Ward"}, {2, 5, "ro", "Room"},      {3, 6, "bd", "Bed"},
};

bool is_innermost(const hl7v2::Value &value, const Level &level, bool is_staff) {
    if (is_staff) return false;
    for (const Level *inner = &level + 1; inner != std::end(levels); inner++)
        if (value.component(inner->of_place).has_value()) return false;
    return true;
}

// PL.6 and PL.10 with PL.11 speak of the place itself, the innermost (guide, PL[Location]).
void say_more(Context &context, const hl7v2::Value &value, Json &location) {
    if (const std::string kind = Context::text(value.component(6).subcomponent(1)); !kind.empty())
        read_concept(context, {value.component(6), true}, "", "0305", location["type"].element(0));
    const auto number = value.component(10);
    const std::string text = Context::text(number.subcomponent(1));
    if (text.empty()) return;
    std::string system = context.authority_uri(number.subcomponent(2), number.subcomponent(3),
                                               number.subcomponent(4));
    if (system.empty()) system = context.authority_uri(value.component(11), true);
    Json &identifier = location["identifier"].element(1);
    if (!system.empty()) identifier.set("system", Json::string(system));
    identifier.set("value", Json::string(text));
}

std::string read(Context &context, const hl7v2::Value &value, bool is_staff) {
    // A place without a facility stands in the sender's.
    std::string key = context.authority_uri(value.component(is_staff ? 7 : 4), true);
    if (key.empty()) key = context.facility();
    std::string parent;
    for (const auto &level : levels) {
        const auto part = value.component(is_staff ? level.of_staff : level.of_place);
        const std::string name = Context::text(part.subcomponent(1));
        const std::string universal = Context::text(part.subcomponent(2));
        if (name.empty() && universal.empty()) continue;
        key += "|" + std::string(level.code) + "=" + (name.empty() ? universal : name);
        Json location = Json::object();
        Json &identifier = location["identifier"].element(0);
        if (!universal.empty()) {
            identifier.set("system", Json::string("urn:ietf:rfc:3986"));
            identifier.set("value", Json::string(context.authority_uri(part, true)));
        } else {
            identifier.set("system", Json::string(context.facility()));
            identifier.set("value", Json::string(name));
        }
        location.set("name", Json::string(name.empty() ? universal : name));
        location.set("mode", Json::string("instance"));
        Json &coding = location["physicalType"]["coding"].element(0);
        coding.set("system",
                   Json::string("http://terminology.hl7.org/CodeSystem/location-physical-type"));
        coding.set("code", Json::string(level.code));
        coding.set("display", Json::string(level.display));
        if (!is_staff && level.of_place == 3)
            if (const std::string text = Context::text(value.component(9)); !text.empty())
                location.set("description", Json::string(text));
        if (is_innermost(value, level, is_staff)) say_more(context, value, location);
        if (!parent.empty()) location["partOf"].set("reference", Json::string(parent));
        parent = context.state_once("Location", digest_id({"Location", key}), std::move(location));
    }
    if (parent.empty() && !is_staff) {
        // A description alone names a place, too.
        const std::string text = Context::text(value.component(9));
        if (text.empty()) return {};
        Json location = Json::object();
        location.set("name", Json::string(text));
        location.set("mode", Json::string("instance"));
        parent = context.state_once("Location", digest_id({"Location", key, "name", text}),
                                    std::move(location));
    }
    return parent;
}

}  // namespace

std::string read_location(Context &context, const hl7v2::Value &value) {
    return read(context, value, false);
}

std::string read_staff_location(Context &context, const hl7v2::Value &value) {
    return read(context, value, true);
}

}  // namespace clinical::convert
