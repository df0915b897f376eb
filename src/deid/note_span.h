#pragma once

// What was found in a note, and what detectors share.

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "deid/note_token.h"
#include "deid/person.h"

namespace clinical::deid::note {

// The identifiers of 164.514(b)(2)(i) as they show in text; names of the enum are the SQL's.
enum class Category : std::uint8_t {
    name,          // A
    location,      // B, and hospitals' names
    organization,  // employers and other bodies
    date,          // C
    age,           // C: over 89
    phone,         // D
    fax,           // E
    email,         // F
    ssn,           // G
    mrn,           // H
    health_plan,   // I
    account,       // J: cards and bank accounts too
    license,       // K
    vehicle,       // L
    device,        // M
    url,           // N
    ip,            // O
    id,            // R
};
inline constexpr int categories = 18;
std::string_view name_of(Category category);

enum class Detector : std::uint8_t {
    known,    // the caller's record
    shape,    // the form alone, with its checksum where there is one
    context,  // a word before or after
    date,
    age,
    dictionary,
    unknown,     // written as a name, in no list
    propagated,  // found elsewhere in the note
    site,        // the caller's dictionaries
};
inline constexpr int detectors = 9;
std::string_view name_of(Detector detector);

struct Span {
    std::uint32_t begin = 0;  // bytes
    std::uint32_t end = 0;
    Category category = Category::id;
    Detector detector = Detector::shape;
    float score = 0;
};

// A note under work: tokens, and spans in no order.
struct Draft {
    Tokens tokens;
    std::vector<Span> spans;
    std::vector<std::uint32_t> starts;  // the first token of each span
    float threshold = 0.5F;
    std::uint32_t without = 0;  // of Options
    bool strict = false;
    int reference_year = 0;  // of Options::reference, or 0

    // Tokens first..last (inclusive) are an identifier.  Below the threshold nothing is kept.
    void add(std::size_t first, std::size_t last, Category category, float score,
             Detector detector) {
        if (score < threshold || (without >> static_cast<int>(detector) & 1) != 0) return;
        spans.push_back({tokens[first].begin, tokens[last].end, category, detector, score});
        starts.push_back(static_cast<std::uint32_t>(first));
        for (std::size_t i = first; i <= last; ++i)
            if (tokens[i].taken == 0) {
                tokens[i].taken = static_cast<std::uint8_t>(1 + static_cast<int>(category));
                if (category == Category::name) tokens.interest[i] |= interest::name;
            }
    }
    [[nodiscard]] bool taken(std::size_t i) const { return tokens.at(i).taken != 0; }
    [[nodiscard]] bool taken_as(std::size_t i, Category category) const {
        return tokens.at(i).taken == 1 + static_cast<int>(category);
    }
};

// Each reads the tokens and adds spans; later ones see what earlier ones took.
void find_addresses_of_machines(Draft &draft);  // e-mail, URL, IP, MAC
void find_identifiers(Draft &draft);            // numbers by shape, checksum or the word before
void find_dates(Draft &draft);
void find_ages(Draft &draft);         // those that are over 89 when said, or at the reference date
void find_early_years(Draft &draft);  // bare years that are over 89 years before the reference date
void find_postal(Draft &draft);       // streets, boxes, ZIP codes, rooms
void find_places(Draft &draft);       // hospitals, towns, companies
void find_names(Draft &draft);
void propagate_names(Draft &draft);

// Whether a year lies so far before the reference year that what was born in it may be 90.
inline bool is_early(int year, int reference_year) {
    return reference_year != 0 && reference_year - year >= capped_age;
}

// The year a date states: four digits, or two that close a date of three parts or follow an
// apostrophe; those of the century that does not lie after the reference year.
std::optional<int> year_of(std::string_view date, int reference_year);

// How much a token looks like a part of a name in this place, 0 to 1.
float name_evidence(const Draft &draft, std::size_t i);

// Whether the word after token i is what people do: "Hope asked".
bool acts(const Tokens &tokens, std::size_t i);

}  // namespace clinical::deid::note
