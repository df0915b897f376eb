#pragma once

// The identifiers of a warehouse as a set of hashes, and the search for them in the strings of a
// release.  Identifiers themselves are not kept, but for a few of each category: the check plants
// them to see that it would find them.
//
// A finding blocks unless chance explains it as well; then it is for review:
//   - the identifier is also an ordinary word (of the standards, or a code or display that the
//     messages themselves use as such): a family name "White", a city "New York"; where codes and
//     URIs stand, a word of the standards is no finding at all ("active", "http://loinc.org")
//   - it is a place, found as a state or country
//   - it is two letters long, or several words of four letters together, or four digits; where
//     codes and URIs stand that is no finding either (single letters and up to three digits are
//     not searched at all)
//   - five or six digits that stand in a number or a code, or five that are part of a string
//   - its parts stand apart within a code or URI ("8480-6" is not 84806)
//   - it was taken from a segment that no standard defines, by its look alone
//   - it is only alike a name: misspelt by a letter, sounding the same, a short form

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "deid/leak_keys.h"
#include "deid/leak_table.h"
#include "deid/leak_text.h"

namespace clinical::deid {

enum class Severity : std::uint8_t { review, blocking };
std::string_view name_of(Severity severity);

// Where a string stands in the release.
struct LeakPlace {
    bool number = false;  // a JSON number or a numeric column
    bool code = false;    // an element whose values are codes or URIs
    bool kept = false;    // a state or country, which Safe Harbor keeps
};

struct LeakHit {
    Severity severity;
    LeakCategory category;
};

class LeakMatcher : public LeakKeys {
public:
    LeakMatcher();  // knows the words of the standards as ordinary
    // Searches what another process has collected; `image` must outlive it.
    explicit LeakMatcher(std::span<const std::uint64_t> image);

    // What LeakKeys has made of an identifier elsewhere.
    void add_key(std::uint64_t key, std::uint16_t bits) { put(key, LeakMark::of(bits)); }

    // What `text` holds, each (severity, category) once.  The result is valid until the next call.
    const std::vector<LeakHit> &search(std::string_view text, LeakPlace place);

    [[nodiscard]] const LeakTable &table() const { return table_; }
    [[nodiscard]] const std::vector<std::string> &samples(LeakCategory category) const {
        return samples_[static_cast<std::size_t>(category)];
    }

protected:
    void put(std::uint64_t key, const LeakMark &mark) override;
    void note(LeakCategory category, std::string_view text) override;

private:
    static constexpr std::size_t samples_kept = 2;
    struct Candidate;

    void hit(Severity severity, LeakCategory category);
    void search_units(std::string_view folded, LeakPlace place);
    void search_from(std::string_view folded, std::size_t first, std::size_t skip, LeakPlace place);
    void judge(const LeakMark &mark, const Candidate &candidate, LeakPlace place);
    void search_alike(std::string_view folded, LeakPlace place);
    void search_shapes(std::string_view text, std::string_view folded, LeakPlace place);

    LeakTable table_;
    std::array<std::vector<std::string>, leak_categories> samples_;
    std::vector<std::uint64_t> clean_;  // strings seen before and found clean
    bool changed_ = false;              // identifiers were added since
    std::vector<Unit> units_;
    std::vector<std::string> forms_;
    std::vector<LeakHit> hits_;
};

}  // namespace clinical::deid
