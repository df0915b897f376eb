#pragma once

// Codes and their systems: every code keeps its own, and gains what the maps add.

#include <string>
#include <string_view>

#include "convert/context.h"

namespace clinical::convert {

inline constexpr std::string_view loinc_uri = "http://loinc.org";

// The extension that keeps a code beside the one that stands for it.
inline constexpr std::string_view alternate_codes_url =
    "http://hl7.org/fhir/StructureDefinition/alternate-codes";

// As FHIR's oid: arcs of digits without leading zeros; at least three of them, or a number passes.
bool is_oid(std::string_view text);

// The UUID in the form of FHIR (lower case, hyphens); empty when `text` is none.
std::string uuid_of(std::string_view text);

// Whether FHIR takes `text` as a URI: no white space, and an OID or UUID where it says so.
bool is_uri(std::string_view text);

// URI of a code system by OID or by a name of table 0396; empty when unknown.
std::string_view known_system(std::string_view name);

// Kinds of code maps for elements where codes of any system may stand, as vocabularies of mappings
// only a site's map: a code that no map has is told.
bool is_open(std::string_view kind);

// URI of an assigning authority that is known everywhere (SSA, NPI); empty when unknown.
std::string_view known_authority(std::string_view name);

// URI of an assigning authority by the name (HD.1, an OID too) that messages and options give it;
// `name` is not empty.
std::string named_authority(std::string_view name);

// URI of the code system that a feed calls `name`: the feed's own choice, table 0396, an HL7 table
// (HL7nnnn), an OID, else a local system of the sender.  Empty when `name` is.
std::string system_uri(const Context &context, std::string_view name);

// URI of HL7 table `number` (four digits).
std::string table_uri(std::string_view number);

// FHIR R4 publishes the code systems of HL7.  A code that the one it claims does not have is not
// said to be of it: it stays as the sender's own code in the sender's own edition of the table
// (urn:id:SENDER:HL7nnnn), with an issue.  `coding` has system and code; a site's map of the
// vocabulary's kind comes first.
void settle_coding(Context &context, std::string_view vocabulary, core::Json &coding);

// A coded value (CWE, CE, CNE, CF, ID, IS, ST): its parts are components, or subcomponents when it
// is a component itself.
class CodedValue {
public:
    CodedValue(const hl7v2::Value &value, bool in_component) : cut_(value, in_component) {}
    [[nodiscard]] hl7v2::Value part(int n) const { return cut_[n]; }
    [[nodiscard]] int size() const { return cut_.size(); }

private:
    Cut cut_;
};

// Adds to `target` a coding for each triplet, then what vocabulary and the site's map know.
void read_concept(Context &context, const CodedValue &value, std::string_view vocabulary,
                  std::string_view table, core::Json &target);

// One Coding: the mapped one, when there is one.
void read_coding(Context &context, const CodedValue &value, std::string_view vocabulary,
                 std::string_view table, core::Json &coding);

// A `code` by vocabulary: empty when there is no equivalent (an issue says so).
std::string read_code(Context &context, const CodedValue &value, std::string_view vocabulary);

// The extension that keeps a code without equivalent beside a `code` element.
core::Json alternate_codes(Context &context, const CodedValue &value, std::string_view table);

}  // namespace clinical::convert
