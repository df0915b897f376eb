#include "convert/keys.h"

#include <algorithm>

#include "convert/apply.h"
#include "convert/codes.h"

namespace clinical::convert {

using core::Json;
using hl7v2::Value;

// An order or result number with who assigned it; empty when there is none.
std::string entity_key(Context &context, const Value &ei) {
    const std::string value = Context::text(ei.component(1).subcomponent(1));
    if (value.empty()) return {};
    std::string system = context.entity_authority(ei);
    if (system.empty()) system = context.scope();
    return system + "|" + value;
}

// A coded element as a key: the first triplet that has a code, else the text.
std::string code_key(Context &context, const Value &cwe) {
    for (const int first : {1, 4}) {
        const std::string code = Context::text(cwe.component(first));
        if (!code.empty())
            return code + "^" + system_uri(context, Context::text(cwe.component(first + 2)));
    }
    const std::string text = Context::text(cwe.component(2));
    return text.empty() ? Context::text(cwe.component(9)) : text;
}

Value first_valued(const Fields *a, int na, const Fields *b, int nb) {
    if (a && a->peek(na).has_value()) return a->peek(na).repetition(1);
    if (b && b->peek(nb).has_value()) return b->peek(nb).repetition(1);
    return {};
}

std::string notes_text(const std::vector<const Fields *> &notes) {
    std::string text;
    for (const Fields *nte : notes) {
        const Value field = (*nte)[3];
        if (!field.has_value()) continue;
        for (int r = 1; r <= std::min(field.repetitions(), 1000); r++) {
            if (!text.empty()) text += '\n';
            text += Context::text(field.repetition(r));
        }
    }
    return text;
}

void add_notes(Context &context, const std::vector<const Fields *> &notes, Json &resource) {
    std::vector<const Fields *> joined;
    const auto flush = [&] {
        const std::string text = notes_text(joined);
        joined.clear();
        if (!text.empty()) resource["note"].push(Json::object()).set("text", Json::string(text));
    };
    for (const Fields *nte : notes) {
        if (!nte->peek(5).has_value() && !nte->peek(6).has_value()) {
            joined.push_back(nte);
            continue;
        }
        flush();
        const std::string text = notes_text({nte});
        if (text.empty()) continue;
        Json note = Json::object();
        apply_segment(context, "NTE[Annotation]", *nte, {}, note);
        note.set("text", Json::string(text));
        resource["note"].push(std::move(note));
    }
    flush();
}

Json reference_to(std::string_view reference) {
    Json r = Json::object();
    r.add("reference", Json::string(reference));
    return r;
}

std::string number_key(Context &context, const Value &cx) {
    const std::string value = Context::text(cx.component(1).subcomponent(1));
    if (value.empty()) return {};
    std::string system = context.authority_uri(cx.component(4), true);
    if (system.empty()) system = context.scope();
    return system + "|" + value;
}

void set_coding(Json &concept_or_coding, std::string_view system, std::string_view code,
                std::string_view display) {
    Json &coding = concept_or_coding["coding"].element(0);
    coding.set("system", Json::string(system));
    coding.set("code", Json::string(code));
    if (!display.empty()) coding.set("display", Json::string(display));
}

void keep_named(Json &resource, std::string_view list, std::string_view who) {
    if (resource.find(list).is_absent()) return;
    Json kept = Json::array();
    Json &all = resource[list];
    for (std::size_t i = 0; i < all.size(); i++)
        if (!all.at(i).find(who).is_absent()) kept.push(std::move(all.element(i)));
    all = std::move(kept);
}

void set_absent(Json &element) {
    Json &e = element["extension"].element(0);
    e.set("url", Json::string("http://hl7.org/fhir/StructureDefinition/data-absent-reason"));
    e.set("valueCode", Json::string("unknown"));
}

}  // namespace clinical::convert
