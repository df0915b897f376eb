#pragma once

// The table of UCUM, for the chapter itself.

#include <array>
#include <cstdint>
#include <string_view>

namespace clinical::ucum {

// C K cd g m rad s: the order of canonical forms.
constexpr std::size_t base_units = 7;
constexpr std::array<std::string_view, base_units> base_codes = {"C", "K",   "cd", "g",
                                                                 "m", "rad", "s"};
using Exponents = std::array<int, base_units>;

// How a special unit's value x makes a multiple of its reference unit.
enum class Special : std::uint8_t {
    none,
    celsius,     // x + 273.15
    fahrenheit,  // x + 459.67, of 5/9 K
    reaumur,     // x + 218.52, of 5/4 K
    log_10,      // 10^x
    twice_log_10,
    log_e,
    log_2,
    negative_log_10,  // 10^-x
    potency_10,       // 10^-x, 100^-x, ...
    potency_100,
    potency_1000,
    potency_50000,
    hundred_tan,  // arctan(x / 100)
    square_root,  // x^2
};

struct Prefix {
    std::string_view code, insensitive, name;
    std::int64_t multiple;
    int power_of_ten;
};

struct Atom {
    std::string_view code, insensitive, name;
    std::string_view numerator, denominator;  // magnitude in base units: n/d * 10^power
    int power_of_ten;
    std::array<std::int8_t, base_units> exponents;
    std::string_view tag;  // what keeps it apart from other units of its dimension
    Special special;
    bool metric;     // takes prefixes
    bool arbitrary;  // converts to nothing but itself
};

enum class Case : std::uint8_t { sensitive, insensitive };

const Atom *find_atom(std::string_view code, Case letters);

// A symbol: an atom, or a prefix before a metric atom.  A whole atom wins (cd is candela).
struct Symbol {
    const Prefix *prefix = nullptr;
    const Atom *atom = nullptr;
    bool refused_prefix = false;  // not found, but it is a prefix before an atom that takes none
};
Symbol find_symbol(std::string_view code, Case letters);

// Whether an annotation only names what is counted ({cells}, {beats}); others tell kinds apart.
bool is_plain_annotation(std::string_view text);

}  // namespace clinical::ucum
