#pragma once

// From identifiers to the keys under which a leak check looks for them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/leak_table.h"
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
std::optional<LeakCategory> leak_category_named(std::string_view name);

class LeakKeys {
public:
    LeakKeys() = default;
    LeakKeys(const LeakKeys &) = default;
    LeakKeys &operator=(const LeakKeys &) = default;
    virtual ~LeakKeys() = default;

    // What to search.  Text is folded here; what is too short to mean anything is left out.
    // `doubtful` marks what only looks like an identifier.
    void add_text(LeakCategory category, std::string_view text, bool doubtful = false);
    void add_date(int year, int month, int day);
    // Both, each alone and glued in either order.
    void add_name(std::string_view family, std::string_view given, bool doubtful = false);
    // Words or codes that may appear for another reason.
    void add_ordinary(std::string_view text);

protected:
    virtual void put(std::uint64_t key, const LeakMark &mark) = 0;
    // An identifier as it was said.
    virtual void note(LeakCategory category, std::string_view text) = 0;

private:
    void add_date_key(std::string_view text);
    void add_alike(std::string_view word);

    std::vector<Unit> units_;
};

// Keys alone, in the order of their identifiers.
class LeakKeyList : public LeakKeys {
public:
    struct Item {
        std::uint64_t key;
        std::uint16_t bits;
    };
    std::vector<Item> items;

protected:
    void put(std::uint64_t key, const LeakMark &mark) override {
        items.push_back({key, mark.bits()});
    }
    void note(LeakCategory, std::string_view) override {}
};

// The longest identifier compared, in letters and digits; of how many units; how far apart.
inline constexpr std::size_t leak_longest = 64;
inline constexpr std::size_t leak_most_units = 40;
inline constexpr std::size_t leak_widest_gap = 3;

// A calendar date at the start of HL7 or ISO digits (YYYYMMDD..., YYYY-MM-DD...).
struct FullDate {
    int year = 0;
    int month = 0;
    int day = 0;
};
bool read_date(std::string_view text, FullDate &date);

}  // namespace clinical::deid
