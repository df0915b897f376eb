#pragma once

// Planted identifiers: proof, at each run, that the leak check finds what it is meant to find.
// A made-up record with one identifier of every category goes the way of the real records; then
// the same identifiers, in the guises in which they could stand in a release, must all be found.

#include <cstdint>
#include <string>
#include <vector>

#include "core/json.h"
#include "deid/leak_matcher.h"

namespace clinical::deid {

struct Canary {
    LeakCategory category;
    std::string text;  // as the record holds it; dates as YYYY-MM-DD
};

struct CanaryRecord {
    std::string record;  // an HL7 v2 message
    std::vector<Canary> canaries;
};

// `seed` chooses the values: random at each run, fixed in tests.
CanaryRecord make_canary_record(std::uint64_t seed);

// The guises of one identifier: JSON objects that hold it as a key, number, string, nested, in
// another case, with other separators, escaped, with diacritics.  `made_up` is false for an
// identifier sampled from the records, of which nothing is known: fewer guises.
std::vector<core::Json> disguise(const Canary &canary, bool made_up);

}  // namespace clinical::deid
