#pragma once

// What the words of a note may be: names, places, ordinary or medical words, and the cues that
// rules look for ("Mr.", "lives", "MRN").  One hash table of fingerprints, made once, read by all.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace clinical::deid::note {

// Bits of a word.  The first four are two bits each: how common it is as such (0 not at all, 3
// very).
using Word = std::uint64_t;

inline constexpr int first_shift = 0;
inline constexpr int last_shift = 2;
inline constexpr int place_shift = 4;
inline constexpr int english_shift = 6;

constexpr int first_of(Word w) { return static_cast<int>(w >> first_shift & 3); }
constexpr int last_of(Word w) { return static_cast<int>(w >> last_shift & 3); }
constexpr int place_of(Word w) { return static_cast<int>(w >> place_shift & 3); }
constexpr int english_of(Word w) { return static_cast<int>(w >> english_shift & 3); }

namespace word {
inline constexpr Word names = 0xf;
inline constexpr Word place_bits = 0x30;
inline constexpr Word capital = 1ULL << 8;       // an ordinary word that is written with a capital
inline constexpr Word phrase_start = 1ULL << 9;  // may begin an entry of several words
inline constexpr Word medical = 1ULL << 10;      // findings, drugs, procedures, abbreviations
inline constexpr Word eponym = 1ULL << 11;       // a name that stands for a finding or a device
inline constexpr Word state = 1ULL << 12;        // a state or territory, which may stay
inline constexpr Word country = 1ULL << 13;      // a country or nationality, which may stay
inline constexpr Word institution = 1ULL << 14;  // a hospital that one word names ("UCSF")
inline constexpr Word allowed = 1ULL << 15;      // never a name: the site says so
inline constexpr Word month = 1ULL << 16;
inline constexpr Word weekday = 1ULL << 17;
inline constexpr Word title = 1ULL << 18;          // "Mr", "Dr"
inline constexpr Word degree = 1ULL << 19;         // "MD", "RN"
inline constexpr Word relation = 1ULL << 20;       // "wife", "son"
inline constexpr Word facility = 1ULL << 21;       // "hospital", "clinic"
inline constexpr Word facility_part = 1ULL << 22;  // "general", "memorial", "medical"
inline constexpr Word street = 1ULL << 23;         // "street", "ave"
inline constexpr Word head = 1ULL << 24;           // what an eponym stands before: "disease"
inline constexpr Word season = 1ULL << 25;
inline constexpr Word holiday = 1ULL << 26;
inline constexpr Word number = 1ULL << 27;        // "ninety"
inline constexpr Word identifier = 1ULL << 28;    // "MRN", "account"
inline constexpr Word company = 1ULL << 29;       // "Inc", "Corporation"
inline constexpr Word particle = 1ULL << 30;      // "van", "de"
inline constexpr Word unit = 1ULL << 31;          // "mg", "mmHg"
inline constexpr Word year = 1ULL << 32;          // "year", "yo": what makes a number an age
inline constexpr Word apartment = 1ULL << 33;     // "apt", "suite"
inline constexpr Word preposition = 1ULL << 34;   // what a place stands after
inline constexpr Word residence = 1ULL << 35;     // "lives", "resident": a place follows
inline constexpr Word employment = 1ULL << 36;    // "works", "employed": an employer follows
inline constexpr Word naming = 1ULL << 37;        // "named", "called", "signed": a name follows
inline constexpr Word role = 1ULL << 38;          // "attending", "patient": a name may follow
inline constexpr Word coded = 1ULL << 39;         // "ICD", "LOINC": the number after it is a code
inline constexpr Word relative_day = 1ULL << 40;  // "last", "this", "next"
inline constexpr Word span_of_time = 1ULL << 41;  // "week", "month"
inline constexpr Word dating = 1ULL << 42;        // "on", "since": a date may follow
inline constexpr Word site_name = 1ULL << 43;     // the site's dictionaries
inline constexpr Word site_place = 1ULL << 44;
inline constexpr Word site_organization = 1ULL << 45;
inline constexpr Word modal = 1ULL << 46;          // what follows "may" and "will" as verbs
inline constexpr Word telephone = 1ULL << 47;      // "phone", "fax"
inline constexpr Word birth = 1ULL << 48;          // "born", "DOB"
inline constexpr Word visit = 1ULL << 49;          // "seen", "admitted": a house follows "at"
inline constexpr Word house_end = 1ULL << 50;      // "District", "Campus": what houses end in
inline constexpr Word street_abroad = 1ULL << 51;  // "calle", "utca"
// Not of the lexicon: what the letters say (note_ending.h).
inline constexpr Word medical_ending = 1ULL << 52;
inline constexpr Word street_ending = 1ULL << 53;
inline constexpr Word endings = medical_ending | street_ending;
}  // namespace word

// FNV-1a of folded letters, one word after another: the hash of "san francisco" is that of
// "sanfrancisco".
struct Print {
    std::uint64_t state = 0xcbf29ce484222325ULL;
    constexpr void add(unsigned char c) { state = (state ^ c) * 0x100000001b3ULL; }
    constexpr void add(std::string_view text) {
        for (const char c : text) add(static_cast<unsigned char>(c));
    }
    [[nodiscard]] constexpr std::uint32_t value() const {
        std::uint64_t h = state;
        h ^= h >> 32;
        h *= 0xd6e8feb86659fd93ULL;
        return static_cast<std::uint32_t>(h ^ h >> 32);
    }
};

constexpr std::uint32_t print_of(std::string_view folded) {
    Print print;
    print.add(folded);
    return print.value();
}

// Open addressing over fingerprints; values are few and shared.
class WordTable {
public:
    explicit WordTable(std::size_t expected);
    void add(std::uint32_t print, Word bits);
    [[nodiscard]] Word find(std::uint32_t print) const {
        for (std::size_t i = print & mask_;; i = (i + 1) & mask_) {
            const Slot slot = slots_[i];
            if (slot.print == print) return values_[slot.value];
            if (slot.print == 0) return 0;
        }
    }
    // False for most of what begins as a phrase does and is none: "the patient".
    [[nodiscard]] bool may_be_phrase(std::uint32_t print) const {
        const std::uint32_t bit = print >> phrase_shift_;
        return (phrases_[bit >> 6] >> (bit & 63) & 1) != 0;
    }
    void prefetch(std::uint32_t print) const { __builtin_prefetch(&slots_[print & mask_]); }
    [[nodiscard]] std::size_t size() const { return used_; }

private:
    void grow();
    std::uint16_t value_index(Word bits);

    struct Slot {
        std::uint32_t print = 0;  // 0 is an empty place
        std::uint32_t value = 0;
    };
    std::vector<Slot> slots_;
    // A bit for the first bits of each fingerprint that may be one of several words.
    std::vector<std::uint64_t> phrases_;
    int phrase_shift_ = 0;
    std::vector<Word> values_{0};
    std::unordered_map<Word, std::uint16_t> indexes_{{0, 0}};
    std::size_t mask_ = 0;
    std::size_t used_ = 0;
};

// The words that are compiled in: about 450,000, made at the first call (some milliseconds).
const WordTable &lexicon();

}  // namespace clinical::deid::note
