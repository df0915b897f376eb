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

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "deid/leak_text.h"

namespace clinical::deid {

// The identifiers of 45 CFR 164.514(b)(2)(i), by letter.
enum class LeakCategory : std::uint8_t {
    name,         // A
    geography,    // B
    street,       // B: lines of an address, which no limited data set keeps (164.514(e)(2)(ii))
    date,         // C
    phone,        // D
    fax,          // E
    email,        // F
    ssn,          // G
    mrn,          // H
    health_plan,  // I
    account,      // J
    licence,      // K
    vehicle,      // L
    device,       // M
    url,          // N
    ip,           // O
    image,        // P, Q: biometrics, photographs and other encoded data
    other,        // R: any other unique number or code
};
inline constexpr int leak_categories = 18;
std::string_view name_of(LeakCategory category);

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

class LeakMatcher {
public:
    LeakMatcher();  // knows the words of the standards as ordinary

    // What to search.  Text is folded here; what is too short to mean anything is left out.
    // `doubtful` marks what only looks like an identifier.
    void add_text(LeakCategory category, std::string_view text, bool doubtful = false);
    void add_date(int year, int month, int day);
    // Both, each alone and glued in either order.
    void add_name(std::string_view family, std::string_view given, bool doubtful = false);
    // Words or codes that may appear for another reason.
    void add_ordinary(std::string_view text);

    // What `text` holds, each (severity, category) once.  The result is valid until the next call.
    const std::vector<LeakHit> &search(std::string_view text, LeakPlace place);

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    // How many identifiers of that category were added, repeats included.
    [[nodiscard]] std::uint64_t count(LeakCategory category) const {
        return counts_[static_cast<std::size_t>(category)];
    }

    [[nodiscard]] const std::vector<std::string> &samples(LeakCategory category) const {
        return samples_[static_cast<std::size_t>(category)];
    }

private:
    static constexpr std::size_t samples_kept = 2;
    struct Entry {
        LeakCategory category;
        bool doubtful;
        bool date;
        bool apart;     // written as several words
        bool numbered;  // letters and digits: a street line with its house number
    };
    struct Candidate;

    void note(LeakCategory category, std::string_view text);
    void add_key(std::uint64_t key, const Entry &entry);
    void add_date_key(std::string_view text);
    [[nodiscard]] const Entry *find(std::uint64_t key) const;
    void hit(Severity severity, LeakCategory category);
    void search_units(std::string_view folded, LeakPlace place);
    void search_from(std::string_view folded, std::size_t first, std::size_t skip, LeakPlace place);
    void judge(const Entry &entry, std::uint64_t key, const Candidate &candidate, LeakPlace place);
    void search_shapes(std::string_view text, std::string_view folded, LeakPlace place);

    std::unordered_map<std::uint64_t, Entry> entries_;
    std::unordered_map<std::uint64_t, bool> ordinary_;  // true: a word of the standards
    std::vector<std::uint64_t> filter_;                 // one bit per key: most look-ups end here
    std::array<std::uint64_t, leak_categories> counts_{};
    std::array<std::vector<std::string>, leak_categories> samples_;
    std::vector<std::uint64_t> clean_;  // strings seen before and found clean
    bool changed_ = false;              // identifiers were added since
    std::vector<Unit> units_;
    std::vector<LeakHit> hits_;
};

// A calendar date at the start of HL7 or ISO digits (YYYYMMDD..., YYYY-MM-DD...).
struct FullDate {
    int year = 0;
    int month = 0;
    int day = 0;
};
bool read_date(std::string_view text, FullDate &date);

}  // namespace clinical::deid
