#pragma once

// Identifiers that show by their look, whatever the format: for the leak check alone.

#include <cstddef>
#include <string>
#include <string_view>

#include "deid/leak_keys.h"

namespace clinical::deid {

std::size_t digits_in(std::string_view text);

// Dates, e-mail addresses, URLs, IP addresses, SSN and telephone shapes, numbers of seven digits
// and more within a text; of the value of an `answer` (a result), decimals are measurements.
void add_shapes(const std::string &value, bool answer, LeakKeys &keys);

// The address and its local part.
void add_email(std::string_view address, LeakKeys &keys);

// The digits: all, the last ten, the last seven.  An extension ("x 12") is no part of the number.
void add_telephone(std::string_view text, LeakCategory category, LeakKeys &keys);

// A line of an address, also without its house number.
void add_street(std::string_view line, LeakKeys &keys);

// Numbers and dots only: an OID or version.
bool is_oid(std::string_view text);

}  // namespace clinical::deid
