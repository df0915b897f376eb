#include "fhirpath/factory.h"

#include <algorithm>
#include <array>

#include "fhirpath/convert.h"
#include "fhirpath/strings.h"
#include "fhirpath/types.h"

namespace clinical::fhirpath {

using core::Json;

std::span<const std::string_view> factory_parameters(std::string_view type) {
    static constexpr std::array<std::string_view, 4> identifier{"system", "value", "use", "type"};
    static constexpr std::array<std::string_view, 6> human_name{"family", "given", "prefix",
                                                                "suffix", "text",  "use"};
    static constexpr std::array<std::string_view, 3> contact_point{"system", "value", "use"};
    static constexpr std::array<std::string_view, 7> address{
        "line", "city", "state", "postalCode", "country", "use", "type"};
    static constexpr std::array<std::string_view, 4> quantity{"system", "code", "value", "unit"};
    static constexpr std::array<std::string_view, 4> coding{"system", "code", "display", "version"};
    static constexpr std::array<std::string_view, 2> concept_{"coding", "text"};
    if (type == "Identifier") return identifier;
    if (type == "HumanName") return human_name;
    if (type == "ContactPoint") return contact_point;
    if (type == "Address") return address;
    if (type == "Quantity") return quantity;
    if (type == "Coding") return coding;
    if (type == "CodeableConcept") return concept_;
    return {};
}

namespace {

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_oid(std::string_view text) {
    if (!text.starts_with("urn:oid:")) return false;
    text.remove_prefix(8);
    if (text.size() < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.') return false;
    bool digit = false;
    for (const char c : text) {
        if (c == '.' ? !digit : !is_digit(c)) return false;
        digit = c != '.';
    }
    return digit;
}

bool is_uuid(std::string_view text) {
    if (!text.starts_with("urn:uuid:")) return false;
    text.remove_prefix(9);
    if (text.size() != 36) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i == 8 || i == 13 || i == 18 || i == 23 ? text[i] != '-' : !is_hex(text[i]))
            return false;
    return true;
}

// The regular expressions of FHIR R4's primitive types.
bool has_form(fhir::Primitive primitive, std::string_view text) {
    using fhir::Primitive;
    switch (primitive) {
        case Primitive::code: {
            if (text.empty() || is_space(text.front()) || is_space(text.back())) return false;
            for (std::size_t i = 1; i < text.size(); ++i)
                if (is_space(text[i]) && (text[i] != ' ' || is_space(text[i - 1]))) return false;
            return true;
        }
        case Primitive::id:
            return !text.empty() && text.size() <= 64 &&
                   std::all_of(text.begin(), text.end(), [](char c) {
                       return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              c == '-' || c == '.';
                   });
        case Primitive::oid: return is_oid(text);
        case Primitive::uuid: return is_uuid(text);
        case Primitive::base64Binary: return decode(text, "base64").has_value();
        case Primitive::uri:
        case Primitive::url:
        case Primitive::canonical: return std::none_of(text.begin(), text.end(), is_space);
        default: return !text.empty();
    }
}

}  // namespace

std::optional<Json> primitive_json(const fhir::Type &type, const Value &value) {
    const auto number = [](const std::optional<Value> &v) -> std::optional<Json> {
        if (!v) return std::nullopt;
        return Json::number(to_text(*v));
    };
    switch (system_kind(type)) {
        case ValueKind::boolean: {
            const auto v = to_boolean(value);
            return v ? std::optional(Json::boolean(v->boolean)) : std::nullopt;
        }
        case ValueKind::integer: {
            const auto v = to_integer(value);
            if (!v || (type.primitive() == fhir::Primitive::positiveInt && v->integer < 1) ||
                (type.primitive() == fhir::Primitive::unsignedInt && v->integer < 0))
                return std::nullopt;
            return number(v);
        }
        case ValueKind::decimal: return number(to_decimal(value));
        case ValueKind::date: {
            const auto v = value.kind == ValueKind::string
                               ? parse_temporal(value.text, TemporalKind::date)
                               : std::optional(value.temporal);
            if (!v || (value.kind != ValueKind::string && value.kind != ValueKind::date))
                return std::nullopt;
            return Json::string(v->to_text());
        }
        case ValueKind::date_time: {
            const auto v = to_date_time(value);
            const bool instant = type.primitive() == fhir::Primitive::instant;
            if (!v || (instant &&
                       (v->temporal.precision < Precision::second || !v->temporal.offset_minutes)))
                return std::nullopt;
            return Json::string(to_text(*v));
        }
        case ValueKind::time: {
            const auto v = to_time(value);
            return v ? std::optional(Json::string(to_text(*v))) : std::nullopt;
        }
        default:
            if (value.kind != ValueKind::string || !has_form(type.primitive(), value.text))
                return std::nullopt;
            return Json::string(value.text);
    }
}

std::string_view fhir_name(ValueKind kind) {
    switch (kind) {
        case ValueKind::boolean: return "boolean";
        case ValueKind::integer: return "integer";
        case ValueKind::decimal: return "decimal";
        case ValueKind::date: return "date";
        case ValueKind::date_time: return "dateTime";
        case ValueKind::time: return "time";
        case ValueKind::quantity: return "Quantity";
        default: return "string";
    }
}

Json value_json(const Value &value) {
    switch (value.kind) {
        case ValueKind::boolean: return Json::boolean(value.boolean);
        case ValueKind::integer:
        case ValueKind::long_integer:
        case ValueKind::decimal: return Json::number(to_text(value));
        case ValueKind::quantity: {
            Json quantity = Json::object();
            quantity.set("value", Json::number(value.decimal.to_text()));
            quantity.set("unit", Json::string(value.text));
            if (value.unit != UnitKind::calendar) {
                quantity.set("system", Json::string("http://unitsofmeasure.org"));
                quantity.set("code", Json::string(value.text));
            }
            return quantity;
        }
        default: return Json::string(to_text(value));
    }
}

}  // namespace clinical::fhirpath
