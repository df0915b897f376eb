#pragma once

// Codes against the value sets they are bound to, and against HL7's own code systems (R4, 4.1.5).

#include <string>
#include <string_view>

#include "core/tree.h"
#include "fhir/definitions.h"
#include "validate/report.h"

namespace clinical::validate {

enum class CodeVerdict { in, out, unknown };

// Whether `code` (of `system`; empty when the element has none) is in the value set.  Value sets
// that name a grammar (MIME types) are checked by it; unknown when only others know.
CodeVerdict verdict_of(const fhir::ValueSet &set, std::string_view system, std::string_view code);

// Whether `code` is a unit of UCUM.
bool is_ucum(std::string_view code);

// "type/subtype" with parameters: RFC 2045.
bool is_mime_type(std::string_view text);

template <core::Node N>
std::string_view text_of(const N &node) {
    return node.kind() == core::Kind::string ? node.as_text() : std::string_view();
}

// The verdict on the codings of a CodeableConcept, or on one Coding or Quantity.
template <core::Node N>
CodeVerdict verdict_of(const fhir::ValueSet &set, const N &coding) {
    const std::string_view code = text_of(coding.find("code"));
    if (code.empty()) return CodeVerdict::out;
    return verdict_of(set, text_of(coding.find("system")), code);
}

template <core::Node N>
void check_concept_binding(const fhir::Element &element, const N &concept_, const Frame &at,
                           Report &report) {
    const fhir::ValueSet &set = *element.value_set();
    const N codings = concept_.find("coding");
    bool has_code = false;
    for (std::size_t i = 0; i < codings.size() && codings.kind() == core::Kind::array; ++i) {
        const N coding = codings.at(i);
        if (coding.kind() != core::Kind::object) return;  // the structure says so
        has_code |= coding.find("code").kind() == core::Kind::string;
        if (verdict_of(set, coding) != CodeVerdict::out) return;
    }
    if (element.binding() == fhir::Strength::required)
        report.error(at, "code-invalid", "binding",
                     has_code ? "none of the codings is in the value set that the element requires"
                              : "a code from the value set is required");
    else if (has_code)
        report.warning(at, "code-invalid", "binding",
                       "none of the codings is in the value set that the element is bound to "
                       "(extensible)");
}

template <core::Node N>
void check_coding_binding(const fhir::Element &element, const N &coding, const Frame &at,
                          Report &report) {
    if (coding.kind() != core::Kind::object) return;
    const bool has_code = coding.find("code").kind() == core::Kind::string;
    if (!has_code && element.binding() != fhir::Strength::required) return;
    if (verdict_of(*element.value_set(), coding) != CodeVerdict::out) return;
    if (element.binding() == fhir::Strength::required)
        report.error(at, "code-invalid", "binding",
                     has_code ? "the code is not in the value set that the element requires"
                              : "a code from the value set is required");
    else
        report.warning(at, "code-invalid", "binding",
                       "the code is not in the value set that the element is bound to "
                       "(extensible)");
}

inline void check_code_binding(const fhir::Element &element, std::string_view code, const Frame &at,
                               Report &report) {
    if (verdict_of(*element.value_set(), {}, code) != CodeVerdict::out) return;
    if (element.binding() == fhir::Strength::required)
        report.error(at, "code-invalid", "binding",
                     "the code is not in the value set that the element requires");
    else
        report.warning(at, "code-invalid", "binding",
                       "the code is not in the value set that the element is bound to "
                       "(extensible)");
}

// A Coding or Quantity by itself: a code that HL7's own system, or UCUM, does not have.
template <core::Node N>
void check_coding(const N &coding, bool is_quantity, const Frame &at, Report &report) {
    const std::string_view system = text_of(coding.find("system"));
    if (system.empty()) return;
    const N code = coding.find("code");
    if (code.kind() != core::Kind::string) return;
    const Frame frame = at.child("code");
    if (system == "http://unitsofmeasure.org") {
        // A warning: the specification's own examples have a dozen that are none.
        if (!is_ucum(code.as_text()))
            report.warning(frame, "code-invalid", "code-system", "this is not a unit of UCUM");
        return;
    }
    // Of a quantity, other systems than UCUM are nobody's to check: it is not a coded element.
    const fhir::CodeSystem *known = is_quantity ? nullptr : fhir::code_system_at(system);
    if (!known || known->has(code.as_text())) return;
    report.error(frame, "code-invalid", "code-system", "the code system has no such code");
}

}  // namespace clinical::validate
