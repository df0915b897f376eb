#pragma once

// What a caller says of a note: how to scrub it, and what is known of the people in it.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/error.h"
#include "core/tree.h"
#include "deid/dates.h"
#include "deid/note_lexicon.h"
#include "deid/note_span.h"

namespace clinical::deid::note {

enum class Replacement : std::uint8_t { tag, surrogate };

struct Options {
    Replacement replacement = Replacement::tag;
    bool strict = false;            // words in no list count as names
    float threshold = 0.5F;         // spans of a lower score are left out
    bool keep_years = true;         // a date becomes its year, else a tag
    bool keep_areas = true;         // a state and three digits of a ZIP code stay
    std::string seed;               // of surrogates
    std::optional<Date> reference;  // decides whose age and year of birth are over 89
    std::uint32_t kept = 0;         // bit per category that is not removed
    std::uint32_t without = 0;      // bit per detector that finds nothing
    std::optional<WordTable> site;  // the site's dictionaries
    std::size_t most_bytes = 10u << 20;
};

// What is known of a note's people, compiled: names with their variants, numbers as digits, dates.
class Known {
public:
    // A person's name; its words count alone and together, nicknames and initials too.
    void add_name(std::string_view name);
    // Any other text: an address line, a town, an employer.
    void add_text(std::string_view text, Category category);
    // A number: compared without what stands between its digits and letters.
    void add_number(std::string_view number, Category category);
    void add_date(const Date &date);
    void finish();

    [[nodiscard]] bool empty() const { return words_.empty() && codes_.empty() && dates_.empty(); }

    // Adds what is known and found in the draft.
    void find(Draft &draft) const;

private:
    struct Entry {
        Category category = Category::name;
        bool start = false;   // begins an entry of several words
        bool whole = false;   // counts alone
        bool common = false;  // an ordinary word: counts with a capital only
    };
    struct Fuzzy {
        std::string letters;
        std::uint32_t mask = 0;
        Category category = Category::name;
    };
    struct Code {
        Category category = Category::id;
    };

    void add_word(std::string_view folded, Category category, bool person);
    [[nodiscard]] const Fuzzy *near(std::string_view letters) const;
    void find_words(Draft &draft) const;
    void find_codes(Draft &draft) const;
    void find_dates(Draft &draft) const;
    [[nodiscard]] bool stands_as_name(const Draft &draft, std::size_t i) const;

    std::unordered_map<std::uint32_t, Entry> words_;
    std::array<std::uint64_t, 64> filter_{};  // bits of the fingerprints in words_
    std::vector<Fuzzy> fuzzy_;
    std::unordered_map<std::uint64_t, Code> codes_;
    std::size_t longest_code_ = 0;
    std::unordered_set<std::uint32_t> code_starts_;
    std::vector<Date> dates_;
    std::unordered_set<std::string> initials_;
};

// Reads deid_text's arguments.  Members that are not known are refused (invalid_option).
template <core::Node N>
core::Result<Options> read_options(const N &node);
template <core::Node N>
core::Result<Known> read_known(const N &node);

}  // namespace clinical::deid::note
