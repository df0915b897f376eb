#pragma once

// Rows of a policy about HL7 v2, and what they make of a message's fields.
//
//   PID-11.3               a component; PID-11 the field, PID-11.1.2 a subcomponent
//   ZPD, ZPD-*             all fields of a segment
//   OBX[3.1="8480-6"]-5    where another field says so
//   PID-3[5="MR"].1        where the repetition says so
//   XPN, XPN.1             a data type, by the field's type in the message's version
//   *                      the rest
//
// The row that names a value best treats it: its place, one with a condition first, its place
// within its data type, its data type; else what holds it is treated so; else the segment's row;
// else `*`; else it is removed.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/treatment.h"
#include "hl7v2/definitions.h"
#include "hl7v2/path.h"

namespace clinical::deid {

struct V2Row {
    hl7v2::Path path;
    Treated treated;
};

struct V2Rows {
    std::map<std::string, std::vector<V2Row>, std::less<>> segments;  // the closest first
    std::map<std::string, Treated, std::less<>> types;                // "XPN", "XPN.1"
    std::optional<Treated> rest;

    [[nodiscard]] bool empty() const { return segments.empty() && types.empty() && !rest; }
    // The rule that the row breaks; nothing when it is added.
    std::optional<std::string> add(std::string_view path, Treated treated);
};

// Treats the fields of one message, segment by segment.
class V2Treater {
public:
    V2Treater(const V2Rows &rows, const Options &options, const hl7v2::Delimiters &delimiters,
              std::string_view version)
        : rows_(rows),
          treater_(options),
          text_(options.text),
          d_(delimiters),
          version_(hl7v2::nearest_version(version)) {}

    // Goes to a segment; false when the allow list says all there is to say about it.
    bool enter(const hl7v2::Segment &segment);
    // Whether what no row names is treated by the allow list.
    [[nodiscard]] bool is_allow_list() const;
    // Whether a row has a condition that the segment fulfils: it was asked for by name.
    [[nodiscard]] bool is_chosen() const;
    [[nodiscard]] bool removes(int field) const;

    // What the shipped rules make of a repetition, the first or another.
    using Allowed = std::function<std::string(std::string_view repetition, bool is_first)>;

    // Appends what is left of field n.
    void field(int n, std::string_view raw, const Allowed &allowed, std::string &out);

private:
    struct At {
        int field, component = 0, subcomponent = 0;
    };
    const Treated *find(const At &at, std::string_view repetition) const;
    const Treated *find_type(std::string_view type, int part) const;
    [[nodiscard]] bool has_rows_below(const At &at, std::string_view type) const;
    std::string part(std::string_view raw, const Treated &treated, const At &at,
                     std::string_view type, std::string_view repetition, const std::string *base);
    std::string leaves(std::string_view raw, const Treated &treated, const At &at);
    std::string leaf(std::string_view raw, const Treated &treated, const At &at);
    [[nodiscard]] bool is_scrubbed(int field, std::string_view raw, std::string_view type) const;
    std::string scrubbed(std::string_view raw) const;
    std::string_view type_of(int field) const;

    const V2Rows &rows_;
    TextTreater treater_;
    PolicyText *text_;  // or null
    const hl7v2::Delimiters &d_;
    hl7v2::Version version_;
    hl7v2::Segment segment_;
    const std::vector<V2Row> *here_ = nullptr;
    const Treated *inherited_ = nullptr;
};

}  // namespace clinical::deid
