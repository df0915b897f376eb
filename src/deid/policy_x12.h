#pragma once

// Rows of a policy about X12, and what they make of a segment's elements.
//
//   NM1-03                 an element; NM1 all of a segment, SV1-01-2 a component
//   NM1[01=IL]-03          where another element of the segment says so
//   HL[03=23]/NM1-03       below a segment: the last one of that name in the transaction set, or
//                          in the loop that an HL opened
//   2010BA/NM1-03          the same for loops that the implementation guides number
//   *                      the rest
//
// The row that names an element best treats it: component, element, segment, each with a loop and
// a condition first; else `*`; else it is removed.  Envelopes (ISA, GS, ST and their ends) are
// written by the engine, whatever rows say.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/treatment.h"
#include "x12/x12.h"

namespace clinical::deid {

// The segments of the transaction sets in scope, packed and sorted (packed_has).
std::string_view x12_segment_names();

struct X12Segment {
    std::string name;
    int element = 0;  // that must have the code; 0: any such segment
    std::string code;
    friend bool operator==(const X12Segment &, const X12Segment &) = default;
};

struct X12Place {
    std::vector<X12Segment> loops;  // the outermost first
    X12Segment segment;
    int element = 0, component = 0;
    friend bool operator==(const X12Place &, const X12Place &) = default;
};

struct X12Row {
    X12Place place;
    Treated treated;
};

struct X12Rows {
    std::map<std::string, std::vector<X12Row>, std::less<>> segments;  // the closest first
    std::optional<Treated> rest;
    bool fills_dates = false;  // a row leaves a year, which X12 writes as 1 January

    [[nodiscard]] bool empty() const { return segments.empty() && !rest; }
    // The rule that the row breaks; nothing when it is added.
    std::optional<std::string> add(std::string_view path, Treated treated);
};

// Treats the elements of one interchange, segment by segment; keeps views into it.
class X12Treater {
public:
    using Elements = std::vector<std::string_view>;  // the segment's name first

    X12Treater(const X12Rows &rows, const Options &options, const x12::Delimiters &delimiters)
        : rows_(rows), treater_(options), d_(delimiters) {}

    // Goes to a segment, envelopes as well; false when the allow list says all there is to say.
    bool enter(const Elements &elements);

    // What the shipped rules make of the element.
    using Allowed = std::function<std::string()>;

    // Appends what is left of element n.
    void element(int n, const Allowed &allowed, std::string &out);

private:
    [[nodiscard]] bool is(const X12Segment &what, const Elements &elements) const;
    const Treated *find(int element, int component) const;
    std::string repetition(std::string_view raw, const Treated &treated, int n,
                           std::string_view base);
    std::string value(std::string_view raw, const Treated &treated, int n, int component);

    const X12Rows &rows_;
    TextTreater treater_;
    const x12::Delimiters &d_;
    std::map<std::string_view, Elements> loops_;  // the last of each name
    Elements elements_;
    const std::vector<X12Row> *here_ = nullptr;
    const Treated *inherited_ = nullptr;
};

}  // namespace clinical::deid
