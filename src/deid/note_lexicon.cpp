#include "deid/note_lexicon.h"

#include <array>
#include <bit>

#include "core/error.h"

namespace clinical::deid::note {
namespace {

using std::literals::operator""sv;

constexpr Word tier(int shift, int n) { return static_cast<Word>(n) << shift; }

constexpr Word first_1 = tier(first_shift, 1), first_2 = tier(first_shift, 2),
               first_3 = tier(first_shift, 3);
constexpr Word last_1 = tier(last_shift, 1), last_2 = tier(last_shift, 2),
               last_3 = tier(last_shift, 3);
constexpr Word place_1 = tier(place_shift, 1), place_2 = tier(place_shift, 2),
               place_3 = tier(place_shift, 3);
constexpr Word english_1 = tier(english_shift, 1), english_2 = tier(english_shift, 2),
               english_3 = tier(english_shift, 3);
constexpr Word phrase_start = word::phrase_start;
constexpr Word capital = word::capital;

// Fingerprints: sorted, as differences in base 128, in base 64 (make_note_words.py).
struct PackedList {
    Word bits;
    std::string_view base64;
};

constexpr PackedList packed[] = {
#include "deid/data/note_names.inc"
#include "deid/data/note_places.inc"
#include "deid/data/note_words.inc"
};

// Cues, medical words and other short lists, in plain text.
struct PlainList {
    Word bits;
    std::string_view words;
};

constexpr PlainList plain[] = {
#include "deid/data/note_cues.inc"
#include "deid/data/note_medical.inc"
};

constexpr std::array<std::int8_t, 256> base64_values() {
    std::array<std::int8_t, 256> values{};
    for (auto &v : values) v = -1;
    const std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}

void add_packed(const PackedList &list, WordTable &table) {
    static constexpr auto values = base64_values();
    std::uint32_t bits = 0, step = 0, last = 0;
    int have = 0, shift = 0;
    for (const char c : list.base64) {
        const int value = values[static_cast<unsigned char>(c)];
        if (value < 0) break;  // padding
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        const std::uint32_t byte = bits >> have & 0xff;
        step |= (byte & 0x7f) << shift;
        shift += 7;
        if (byte & 0x80) continue;
        last += step;
        table.add(last, list.bits);
        step = 0;
        shift = 0;
    }
}

// Words are apart by blanks; '_' joins the words of a phrase, whose first word is marked.
void add_plain(const PlainList &list, WordTable &table) {
    for (std::size_t i = 0; i < list.words.size();) {
        Print print;
        std::size_t end = i;
        for (; end < list.words.size() && list.words[end] != ' '; ++end) {
            if (list.words[end] == '_')
                table.add(print.value(), word::phrase_start);
            else
                print.add(static_cast<unsigned char>(list.words[end]));
        }
        if (end > i) table.add(print.value(), list.bits);
        i = end + 1;
    }
}

WordTable make_lexicon() {
    WordTable table(480'000);
    for (const PackedList &list : packed) add_packed(list, table);
    for (const PlainList &list : plain) add_plain(list, table);
    return table;
}

}  // namespace

WordTable::WordTable(std::size_t expected) {
    slots_.resize(std::bit_ceil(expected * 2 + 16));
    mask_ = slots_.size() - 1;
    const std::size_t bits = std::bit_ceil(expected * 4 + 64);
    phrases_.resize(bits / 64);
    phrase_shift_ = 32 - std::countr_zero(bits);
}

std::uint16_t WordTable::value_index(Word bits) {
    // Combinations of bits are some hundreds; the same come one after another.
    if (const auto it = indexes_.find(bits); it != indexes_.end()) return it->second;
    if (values_.size() == 0xffff)
        throw core::Error{core::ErrorCode::limit_exceeded, "too many kinds of words", "", 0};
    values_.push_back(bits);
    const auto index = static_cast<std::uint16_t>(values_.size() - 1);
    indexes_.emplace(bits, index);
    return index;
}

void WordTable::add(std::uint32_t print, Word bits) {
    if (print == 0) print = 1;
    // Names and ordinary words are single.
    if (bits & ~(word::names | Word{3} << english_shift | word::capital | word::phrase_start))
        phrases_[print >> phrase_shift_ >> 6] |= 1ULL << (print >> phrase_shift_ & 63);
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    std::size_t i = print & mask_;
    while (slots_[i].print != 0 && slots_[i].print != print) i = (i + 1) & mask_;
    const Word old = slots_[i].print == 0 ? 0 : values_[slots_[i].value];
    // Of the two bits that say how common a word is, the commoner reading stays.
    Word merged = (old | bits) & ~Word{0xff};
    for (const int shift : {first_shift, last_shift, place_shift, english_shift}) {
        const Word a = old >> shift & 3, b = bits >> shift & 3;
        merged |= (a > b ? a : b) << shift;
    }
    if (slots_[i].print == 0) {
        slots_[i].print = print;
        ++used_;
    } else if (merged == old) {
        return;
    }
    slots_[i].value = value_index(merged);
}

void WordTable::grow() {
    std::vector<Slot> slots(slots_.size() * 2);
    mask_ = slots.size() - 1;
    for (const Slot &slot : slots_) {
        if (slot.print == 0) continue;
        std::size_t at = slot.print & mask_;
        while (slots[at].print != 0) at = (at + 1) & mask_;
        slots[at] = slot;
    }
    slots_ = std::move(slots);
}

const WordTable &lexicon() {
    static const WordTable table = make_lexicon();
    return table;
}

}  // namespace clinical::deid::note
