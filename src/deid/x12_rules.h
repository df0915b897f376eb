#pragma once

// What stays of each element of each X12 segment that stays (privacy rules for 837, 835, 834,
// 270/271, 276/277, 278).  What is not listed is removed.

#include <string_view>

namespace clinical::deid {

// One letter per element; the last but for the repeated groups ends the segment.
//   .  removed                        w  a code of the element's list
//   n  number                         c  country        s  state       z  ZIP3
//   D  date, its format before it     Y  date CCYYMMDD
//   B  birth date, its format before  G  gender and others: w
//   C  claim number                   L  payer's control number
//   T  trace number                   M  member number, its qualifier before it
//   K  the constant                   h  code, date and amount of HI
//   p  procedure or product           f  facility (CLM05)          a  accident (CLM11, UM05)
//   r  revenue code                   l  place of service          i  numbers of a composite
//   j  adjustment reason              m  remark                    x  taxonomy
//   v  product by the qualifier before it                          t  service type
//   o  tooth                          y  surfaces                  e  currency
struct X12Rule {
    std::string_view segment;
    std::string_view elements;
};

// Null for a segment that goes.
const X12Rule *x12_rule(std::string_view segment);
bool is_x12_word(std::string_view segment, int element, std::string_view word);

}  // namespace clinical::deid
