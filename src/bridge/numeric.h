#pragma once

// Numbers of JSON text as PostgreSQL numerics, exact with their scale ("1.50" stays 1.50).

#include <array>
#include <cstdint>
#include <string_view>

#include "bridge/boundary.h"
#include "core/decimal.h"

extern "C" {
#include "utils/numeric.h"
}

namespace clinical::bridge {

// The stored form of a short numeric, as bytes that memcpy anywhere.
struct NumericImage {
    static constexpr int max_groups = 24;  // of four decimal digits
    alignas(4) std::array<char, 6 + 2 * max_groups> bytes;
    std::uint32_t size = 0;
};

// Lays out the numeric of `text` (-?digits(.digits)?) without calling the server: the packed
// "short" format of numeric.c, which pg_upgrade keeps from version to version.  False when the
// text has an exponent, too many digits, or is no such number: ask numeric_of then.
//
// Why not int64_div_fast_to_numeric: its scale is wrong in some minor releases when the scale is
// a multiple of four, it raises, and it allocates.
bool encode_numeric(std::string_view text, NumericImage &image) noexcept;

// True when encode_numeric gives what numeric_in gives on this server: compared once per backend
// on a table of edge cases.
bool numeric_encoder_agrees();

// The numeric of a JSON number by numeric_in, in the current context: any length, any exponent
// the server can hold.
Numeric numeric_of(std::string_view text);

// The exact value of numeric argument `n` with its scale; infinity and NaN raise 22000.  Reads the
// packed form when numeric_decoder_agrees, else what numeric_out prints.
core::Decimal decimal_argument(FunctionCallInfo fcinfo, int n);

// A numeric of the same value and scale, in the current context.
Datum numeric_datum(const core::Decimal &value);

}  // namespace clinical::bridge
