#pragma once

// Rows of a policy about CDA documents.
//
//   birthTime                       an element, wherever it stands, and what it holds
//   patientRole/addr/city           an element within these
//   recordTarget/patientRole/id/@extension    an attribute
//   *                               the rest
//
// The row that names an element or attribute best treats it: the longest path; else what holds it
// is treated so; else `*`; else it is removed.  A treated element keeps its structural attributes
// (classCode, moodCode, typeCode, xsi:type, ...); an action is about its other attributes, its text
// and what it holds.  ClinicalDocument itself always stays.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/treatment.h"

namespace clinical::deid {

// The elements and the attributes that a row may name, packed and sorted (packed_has).
std::string_view cda_element_names();
std::string_view cda_attribute_names();

struct CdaRow {
    std::vector<std::string> path;  // of elements, the innermost last
    std::string attribute;          // empty: the element
    Treated treated;
};

struct CdaRows {
    std::map<std::string, std::vector<CdaRow>, std::less<>>
        elements;  // by the innermost; longest first
    std::optional<Treated> rest;

    [[nodiscard]] bool empty() const { return elements.empty() && !rest; }
    // The rule that the row breaks; nothing when it is added.
    std::optional<std::string> add(std::string_view path, Treated treated);

    // The row of the element that `open` ends with, or of an attribute of it; null when there is
    // none.
    [[nodiscard]] const Treated *find(const std::vector<std::string> &open,
                                      std::string_view attribute = {}) const;
    // Whether a row names an attribute of that element.
    [[nodiscard]] bool has_attributes(const std::vector<std::string> &open) const;
    // Whether rows let something of the element stay, so that what holds it must stay as well.
    [[nodiscard]] bool keeps(const std::vector<std::string> &open) const;
};

}  // namespace clinical::deid
