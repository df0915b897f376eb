#include "convert/observation_value.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/attachment.h"
#include "convert/codes.h"
#include "convert/number.h"
#include "convert/unit.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

namespace {

// The whole value as people read it: parts joined by spaces.
std::string flat_text(const Value &value) {
    std::string out;
    const int components = std::min(value.components(), 50);
    for (int c = 1; c <= components; c++) {
        const Value component = value.component(c);
        const int parts = std::min(component.subcomponents(), 50);
        for (int s = 1; s <= parts; s++) {
            const std::string text = Context::text(component.subcomponent(s));
            if (text.empty()) continue;
            if (!out.empty()) out += ' ';
            out += text;
        }
    }
    return out;
}

// ST, FT and TX hold text: delimiters that the sender forgot to escape belong to it.
std::string whole_text(const Value &value, const hl7v2::Delimiters &d) {
    if (value.components() <= 1 && value.subcomponents() <= 1) return Context::text(value);
    return Context::text(Value(hl7v2::unescape(value.raw(), d), &d));
}

std::string comparator_of(std::string &text) {
    static constexpr std::string_view comparators[] = {"<=", ">=", "<", ">"};
    for (const auto c : comparators)
        if (text.starts_with(c)) {
            text.erase(0, c.size());
            while (text.starts_with(' ')) text.erase(0, 1);
            return std::string(c);
        }
    return {};
}

class Reader {
public:
    Reader(Context &context, const Fields &obx) : context_(context), obx_(obx) {
        type_ = Context::text(obx[2]);
        for (char &c : type_)
            if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }

    void read(Json &observation) {
        const Value field = obx_[5];
        if (!field.has_value()) return;
        context_.place = {&obx_, 5, 1, 0};
        if (type_.empty()) {
            context_.issue("warning", "incomplete", "no-value-type",
                           "OBX-2 is empty; the value is read as text");
            type_ = "ST";
        }
        const int repetitions = std::min(field.repetitions(), 1000);
        if (repetitions == 1) {
            value(field.repetition(1), observation);
        } else if (type_ == "FT" || type_ == "TX") {
            lines(field, repetitions, observation);
        } else {
            for (int r = 1; r <= repetitions; r++) {
                const Value repetition = field.repetition(r);
                if (!repetition.has_value()) continue;
                context_.place = {&obx_, 5, r, 0};
                Json &component =
                    observation["component"].element(observation.find("component").size());
                read_concept(context_, {obx_[3], false}, "", "", component["code"]);
                value(repetition, component);
            }
        }
        context_.place = {};
    }

private:
    void lines(const Value &field, int repetitions, Json &out) {
        std::string text;
        for (int r = 1; r <= repetitions; r++) {
            if (r > 1) text += '\n';
            text += whole_text(field.repetition(r), obx_.delimiters());
        }
        while (!text.empty() && text.back() == '\n') text.pop_back();
        out.set("valueString", Json::string(text));
    }

    void value(const Value &v, Json &out) {
        if (type_ == "NM") {
            number(v, out);
        } else if (type_ == "SN") {
            structured(v, out);
        } else if (type_ == "ST" || type_ == "FT" || type_ == "TX") {
            out.set("valueString", Json::string(whole_text(v, obx_.delimiters())));
        } else if (type_ == "CWE" || type_ == "CE" || type_ == "CNE" || type_ == "CF" ||
                   type_ == "IS" || type_ == "ID") {
            read_concept(context_, {v, false}, "", "", out["valueCodeableConcept"]);
        } else if (type_ == "DT" || type_ == "DTM" || type_ == "TS") {
            out.set("valueDateTime", Json::string(context_.date_time(v)));
        } else if (type_ == "TM") {
            time(v, out);
        } else if (type_ == "DR") {
            apply_value(context_, "DR[Period]", v, false, out["valuePeriod"]);
        } else if (type_ == "NR") {
            range(v.component(1), v.component(2), out);
        } else if (type_ == "VR") {
            const std::string end = Context::text(v.component(2));
            out.set("valueString",
                    Json::string(Context::text(v.component(1)) + (end.empty() ? "" : "-" + end)));
        } else if (type_ == "CQ") {
            quantity(Context::text(v.component(1)), {}, v.component(2), out);
        } else if (type_ == "ED") {
            document(v, out);
        } else if (type_ == "RP") {
            pointer(v, out);
        } else {
            context_.issue("information", "not-supported", "value-as-text",
                           "a value of this type is kept as text");
            out.set("valueString", Json::string(flat_text(v)));
        }
    }

    void number(const Value &v, Json &out) {
        std::string text = Context::text(v.component(1));
        const std::string comparator = comparator_of(text);
        if (!comparator.empty())
            context_.issue("information", "value", "comparator-in-number",
                           "a number (NM) has no comparator; it is read as one");
        if (!read_number(text)) {
            context_.issue("warning", "value", "invalid-number",
                           "OBX-2 says number; the value is kept as text");
            out.set("valueString", Json::string(whole_text(v, obx_.delimiters())));
            return;
        }
        quantity(text, comparator, obx_[6], out);
    }

    void quantity(const std::string &text, const std::string &comparator, const Value &unit,
                  Json &out) {
        const auto number = read_number(text);
        if (!number) return;
        Json &q = out["valueQuantity"];
        q.set("value", Json::number(*number));
        if (!comparator.empty()) q.set("comparator", Json::string(comparator));
        context_.place.field = 6;
        read_unit(context_, unit, loinc_, q);
        context_.place.field = 5;
    }

    void range(const Value &low, const Value &high, Json &out) {
        Json &r = out["valueRange"];
        for (const auto &[name, v] : {std::pair("low", low), {"high", high}}) {
            const auto number = read_number(Context::text(v));
            if (!number) continue;
            r[name].set("value", Json::number(*number));
            context_.place.field = 6;
            read_unit(context_, obx_[6], loinc_, r[name]);
            context_.place.field = 5;
        }
    }

    // Structured numeric: comparator ^ number ^ separator ^ number.
    void structured(const Value &v, Json &out) {
        std::string comparator = Context::text(v.component(1));
        const std::string first = Context::text(v.component(2));
        const std::string separator = Context::text(v.component(3));
        const std::string second = Context::text(v.component(4));
        if (comparator == "=") comparator.clear();
        const bool known = comparator.empty() || comparator == "<" || comparator == ">" ||
                           comparator == "<=" || comparator == ">=";
        const auto a = read_number(first);
        const auto b = read_number(second);
        if (known && comparator.empty() && separator == "-" && (a || b)) {
            range(v.component(2), v.component(4), out);
        } else if (known && (separator == ":" || separator == "/") && a && b) {
            Json &ratio = out["valueRatio"];
            ratio["numerator"].set("value", Json::number(*a));
            if (!comparator.empty()) ratio["numerator"].set("comparator", Json::string(comparator));
            ratio["denominator"].set("value", Json::number(*b));
        } else if (known && separator.empty() && second.empty() && a) {
            quantity(first, comparator, obx_[6], out);
        } else {
            std::string text;
            for (const auto &part : {comparator, first, separator, second}) text += part;
            const std::string unit = Context::text(obx_[6].component(1));
            if (!unit.empty()) text += " " + unit;
            out.set("valueString", Json::string(text));
        }
    }

    void time(const Value &v, Json &out) {
        const std::string text = Context::text(v.component(1));
        auto parsed = core::parse_dtm("20000101" + text);
        if (!parsed.ok() || text.size() < 2) {
            context_.issue("warning", "value", "invalid-time", "not a time of HL7 v2");
            return;
        }
        char buffer[40];
        const auto &t = parsed.value();
        std::snprintf(buffer, sizeof buffer, "%02d:%02d:%02d", t.hour, t.minute,
                      std::min(t.second, 59));
        std::string time = buffer;
        if (!t.fraction.empty()) time += "." + t.fraction;
        out.set("valueTime", Json::string(time));
    }

    void attachment(Json value, Json &out) {
        Json extension = Json::object();
        // R5 lets an observation hold an attachment; this is its place in R4.
        extension.set("url", Json::string("http://hl7.org/fhir/5.0/StructureDefinition/"
                                          "extension-Observation.value"));
        extension.set("valueAttachment", std::move(value));
        out["extension"].push(std::move(extension));
    }

    void document(const Value &v, Json &out) {
        Json a = read_document(context_, v);
        if (!a.is_absent()) attachment(std::move(a), out);
    }

    void pointer(const Value &v, Json &out) {
        Json a = read_pointer(v);
        if (a.is_absent())
            out.set("valueString", Json::string(flat_text(v)));
        else
            attachment(std::move(a), out);
    }

    Context &context_;
    const Fields &obx_;
    std::string loinc_ = loinc_of(context_, obx_[3]);
    std::string type_;
};

}  // namespace

std::string loinc_of(const Context &context, const Value &code) {
    for (const int first : {1, 4})
        if (system_uri(context, Context::text(code.component(first + 2))) == loinc_uri)
            return Context::text(code.component(first));
    return {};
}

void read_unit(Context &context, const Value &unit, std::string_view loinc, Json &quantity) {
    if (!unit.has_value()) return;
    std::string shown;
    std::string code;
    std::string system;
    const int places[] = {1, 4};
    for (const int first : places) {
        const std::string c = Context::text(unit.component(first));
        const std::string display = Context::text(unit.component(first + 1));
        const std::string s = system_uri(context, Context::text(unit.component(first + 2)));
        if (shown.empty()) shown = display.empty() ? c : display;
        if (c.empty() || !code.empty()) continue;
        const auto normal = normal_unit(context.options, c, s, loinc);
        if (!normal) continue;
        code = normal->code;
        system = normal->system;
        if (normal->is_spelling)
            context.issue("information", "informational", "unit-alias",
                          "the unit is a local spelling; its UCUM code stands beside it");
    }
    if (code.empty()) {
        // A code of another system is kept with it, and has no map.
        const std::string c = Context::text(unit.component(1));
        const std::string name = Context::text(unit.component(3));
        if (!c.empty() && !name.empty()) {
            code = c;
            system = system_uri(context, name);
        }
        context.issue("warning", "code-invalid", "unmapped-code",
                      "the code has no map of kind unit; it is kept as sent");
    }
    if (shown.empty()) shown = Context::text(unit.component(9));
    if (!shown.empty()) quantity.set("unit", Json::string(shown));
    if (code.empty()) return;
    quantity.set("system", Json::string(system));
    quantity.set("code", Json::string(code));
}

void read_observation_value(Context &context, const Fields &obx, Json &observation) {
    Reader(context, obx).read(observation);
}

}  // namespace clinical::convert
