#pragma once

// A message of which only as much is read as is asked for.

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "hl7v2/groups.h"
#include "hl7v2/hl7v2.h"
#include "hl7v2/scan.h"

namespace clinical::hl7v2 {

// Three bytes as a number; letters in lower case.  Digits have the bit already.
constexpr std::uint32_t folded_name(const char *name) {
    const auto byte = [&](int i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i])) | 0x20u;
    };
    return byte(0) | byte(1) << 8 | byte(2) << 16;
}

// A place that numbers alone choose, all from 1.  Field, component and subcomponent may be 0: all
// of what is above.
struct Numbers {
    std::uint32_t segment = 0;  // folded_name
    int occurrence = 1;
    int field = 0, repetition = 1, component = 0, subcomponent = 0;
};

// What stands at a place.
struct Found {
    Value value;
    bool escaped = false;  // the escape character stands in it
    // How many bytes in front of the message decide this: in another text of the same size that
    // begins with them, the same is found.
    std::size_t front = ~std::size_t{0};
};

// `text` must have been parsed before, as every value of type hl7v2 has.
class LazyMessage {
public:
    explicit LazyMessage(std::string_view text);

    // The next segment of that name (any case) at or behind position `i`; `i` moves behind it.
    // Nothing when there is none.
    std::optional<Segment> find(std::string_view name, std::size_t &i) const;

    // What stands there; absent when nothing does.
    [[nodiscard]] Found at(const Numbers &place) const;

    [[nodiscard]] const Delimiters &delimiters() const { return delimiters_; }
    [[nodiscard]] std::size_t begin() const { return begin_; }  // where MSH stands

    // The same, read whole and put into groups.
    struct Structured {
        Message message;
        Grammar grammar;
        Groups groups;
        Structured(Message m, const core::Limits &limits);
    };
    [[nodiscard]] const Structured &structured(const core::Limits &limits) const;

private:
    struct Place {
        std::uint32_t begin, end;
        std::uint32_t name;  // folded
    };
    static constexpr std::size_t usual = 24;
    static constexpr std::size_t none = ~std::size_t{0};

    // Where a field found last starts, and the separators behind it: the one asked for next often
    // is the same, or stands there.
    struct Mark {
        std::size_t segment = none;  // its place
        std::uint32_t name = 0;      // as asked for
        int occurrence = 0;
        bool header = false;  // MSH, FHS or BHS
        int field = 0;        // separators before `start`
        std::size_t start = 0, end = 0;
        std::size_t block = 0;         // of 64 bytes
        std::uint64_t separators = 0;  // in them, behind `start`
    };

    // The segments found so far: the first of them in the object, for most messages all.
    [[nodiscard]] const Place &place(std::size_t i) const {
        return i < usual ? first_[i] : others_[i - usual];
    }
    // Found::front of what the segments found so far decide.
    [[nodiscard]] std::size_t seen() const { return std::max(scanner_.seen(), begin_ + 10); }
    bool extend() const;
    [[nodiscard]] std::size_t find_place(std::uint32_t name, std::size_t from) const;
    bool choose_segment(const Numbers &wanted) const;
    void look_at(std::size_t at) const;
    void rewind() const;
    bool choose_field(int n) const;
    [[nodiscard]] std::size_t field_end() const;
    [[nodiscard]] Found part_of(Value value, const Numbers &place) const;
    [[nodiscard]] Found within(std::size_t start, std::size_t size, const Numbers &place) const;

    std::string_view text_;
    std::size_t begin_ = 0;
    Delimiters delimiters_;
    // Those that do not occur are the field's: it does not stand in a field.
    Wanted field_, repetition_, component_, subcomponent_, escape_;
    mutable SegmentScanner scanner_;
    mutable std::size_t count_ = 0;
    mutable std::array<Place, usual> first_;
    mutable std::vector<Place> others_;
    mutable Mark mark_;
    mutable std::unique_ptr<Structured> structured_;
};

}  // namespace clinical::hl7v2
