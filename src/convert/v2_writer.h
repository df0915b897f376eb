#pragma once

// HL7 v2 segments from FHIR: one writer for fields, and FHIR's data types in HL7's.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.h"
#include "hl7v2/hl7v2.h"

namespace clinical::convert {

// The components of a value, still to be escaped.
using Components = std::vector<std::string>;

// One segment; fields in any order.
class SegmentWriter {
public:
    explicit SegmentWriter(std::string_view id) : id_(id) {}

    void set(int field, std::string_view text);            // one component
    void set(int field, const Components &components);     // one repetition
    void add(int field, const Components &components);     // a further repetition
    void set_raw(int field, std::string text);             // delimiters and all
    void set_formatted(int field, std::string_view text);  // FT: lines end with \.br\ (2.7.6)
    [[nodiscard]] bool has(int field) const { return fields_.contains(field); }
    [[nodiscard]] std::string text() const;  // without the segment end

private:
    std::string id_;
    std::map<int, std::string> fields_;
};

// FHIR dateTime, instant or date as DTM; empty for none.
std::string v2_time(std::string_view fhir);

// A system of identifiers as HD: namespace, universal id, its type.
Components v2_authority(std::string_view system);

// Names and addresses of FHIR's data types.
Components v2_cx(const core::Json &identifier);
Components v2_ei(const core::Json &identifier);
Components v2_xpn(const core::Json &human_name);
Components v2_xad(const core::Json &address);
Components v2_xtn(const core::Json &contact_point);
// A Practitioner as XCN: the first identifier and name.
Components v2_xcn(const core::Json &practitioner);
// CodeableConcept or Coding: up to two codings, then the text.
Components v2_cwe(const core::Json &concept_or_coding);
// The name that table 0396 or the site gives to a code system.
std::string v2_system(std::string_view uri);

}  // namespace clinical::convert
