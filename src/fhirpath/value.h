#pragma once

// Values that FHIRPath computes: the System types (Boolean, String, Integer, Long, Decimal, Date,
// DateTime, Time, Quantity) and what type() says.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/decimal.h"
#include "fhirpath/temporal.h"

namespace clinical::fhirpath {

enum class ValueKind : std::uint8_t {
    boolean,
    string,
    integer,       // 32 bits
    long_integer,  // 64 bits
    decimal,
    date,
    date_time,
    time,
    quantity,
    type_info,
};

// What the unit of a quantity is.  FHIR writes a year of a calendar as UCUM's 'a', so the unit of a
// FHIR Quantity that is a duration takes the side of what it meets.
enum class UnitKind : std::uint8_t { ucum, calendar, either };

struct Value {
    ValueKind kind = ValueKind::boolean;
    bool boolean = false;
    UnitKind unit = UnitKind::ucum;
    std::int64_t integer = 0;     // integer, long_integer
    core::Decimal decimal;        // decimal, value of a quantity
    Temporal temporal;            // date, date_time, time
    std::string text;             // string; a quantity's unit; a type's name
    std::string_view name_space;  // of a type: "System" or "FHIR"

    static Value of_boolean(bool b);
    static Value of_string(std::string text);
    static Value of_integer(std::int64_t i);
    static Value of_long(std::int64_t i);
    static Value of_decimal(core::Decimal d);
    static Value of_temporal(const Temporal &t);
    // A UCUM unit, or a calendar duration such as "year" or "years" (kept in the singular).
    static Value of_quantity(core::Decimal value, std::string_view unit,
                             UnitKind kind = UnitKind::ucum);
    static Value of_type(std::string_view name_space, std::string_view name);

    [[nodiscard]] bool is_number() const {
        return kind == ValueKind::integer || kind == ValueKind::long_integer ||
               kind == ValueKind::decimal;
    }
    [[nodiscard]] bool is_temporal() const {
        return kind == ValueKind::date || kind == ValueKind::date_time || kind == ValueKind::time;
    }
    // An integer or decimal as a decimal.
    [[nodiscard]] core::Decimal as_decimal() const;
};

// "Boolean", "String", ...: the names in namespace System.
std::string_view system_name(ValueKind kind);

// The text of toString() (5.5.4).
std::string to_text(const Value &value);

}  // namespace clinical::fhirpath
