#include "fhirpath/temporal.h"

#include <algorithm>
#include <cstdio>

#include "core/partial_date.h"

namespace clinical::fhirpath {

namespace {

constexpr std::int64_t nanos_per_second = 1'000'000'000;
constexpr std::int64_t nanos_per_day = 86400 * nanos_per_second;

// Reads digits and separators; fails once and for all.
class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}
    bool number(int digits, int low, int high, int &out) {
        if (text_.size() < static_cast<std::size_t>(digits)) return false;
        out = 0;
        for (int i = 0; i < digits; ++i) {
            if (text_[i] < '0' || text_[i] > '9') return false;
            out = out * 10 + (text_[i] - '0');
        }
        text_.remove_prefix(digits);
        return out >= low && out <= high;
    }
    bool skip(char c) {
        if (text_.empty() || text_[0] != c) return false;
        text_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool done() const { return text_.empty(); }
    [[nodiscard]] std::string_view rest() const { return text_; }
    void advance(std::size_t n) { text_.remove_prefix(n); }

private:
    std::string_view text_;
};

bool scan_date(Scanner &in, Temporal &t) {
    int n = 0;
    if (!in.number(4, 1, 9999, n)) return false;
    t.year = static_cast<std::int16_t>(n);
    t.precision = Precision::year;
    if (!in.skip('-')) return true;
    if (!in.number(2, 1, 12, n)) return false;
    t.month = static_cast<std::int8_t>(n);
    t.precision = Precision::month;
    if (!in.skip('-')) return true;
    if (!in.number(2, 1, core::days_in_month(t.year, t.month), n)) return false;
    t.day = static_cast<std::int8_t>(n);
    t.precision = Precision::day;
    return true;
}

bool scan_time(Scanner &in, Temporal &t) {
    int n = 0;
    if (!in.number(2, 0, 23, n)) return false;
    t.hour = static_cast<std::int8_t>(n);
    t.precision = Precision::hour;
    if (!in.skip(':')) return true;
    if (!in.number(2, 0, 59, n)) return false;
    t.minute = static_cast<std::int8_t>(n);
    t.precision = Precision::minute;
    if (!in.skip(':')) return true;
    if (!in.number(2, 0, 60, n)) return false;
    t.second = static_cast<std::int8_t>(n);
    t.precision = Precision::second;
    if (!in.skip('.')) return true;
    // Nanoseconds are kept; what stands behind them is not.
    std::size_t digits = 0;
    std::int32_t nanos = 0;
    const std::string_view rest = in.rest();
    while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') {
        if (digits < 9) nanos = nanos * 10 + (rest[digits] - '0');
        ++digits;
    }
    if (digits == 0) return false;
    in.advance(digits);
    t.fraction_digits = static_cast<std::int8_t>(std::min<std::size_t>(digits, 9));
    for (int i = t.fraction_digits; i < 9; ++i) nanos *= 10;
    t.nanos = nanos;
    t.precision = Precision::millisecond;
    return true;
}

// Nanoseconds since midnight.
std::int64_t clock_of(const Temporal &t) {
    return ((t.hour * 60 + t.minute) * 60 + t.second) * nanos_per_second + t.nanos;
}

void set_clock(Temporal &t, std::int64_t nanos) {
    t.nanos = static_cast<std::int32_t>(nanos % nanos_per_second);
    std::int64_t seconds = nanos / nanos_per_second;
    t.second = static_cast<std::int8_t>(seconds % 60);
    t.minute = static_cast<std::int8_t>(seconds / 60 % 60);
    t.hour = static_cast<std::int8_t>(seconds / 3600);
}

std::int64_t floor_divide(std::int64_t a, std::int64_t b) {
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0) ? 1 : 0);
}

// The inverse of core::days_from_civil (Hinnant); false beyond the years 1 to 9999.
bool set_days(Temporal &t, std::int64_t days) {
    days += 719468;
    const std::int64_t era = floor_divide(days, 146097);
    const std::int64_t of_era = days - era * 146097;
    const std::int64_t year_of_era =
        (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t shifted = (5 * of_year + 2) / 153;
    const std::int64_t month = shifted + (shifted < 10 ? 3 : -9);
    const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    if (year < 1 || year > 9999) return false;
    t.day = static_cast<std::int8_t>(of_year - (153 * shifted + 2) / 5 + 1);
    t.month = static_cast<std::int8_t>(month);
    t.year = static_cast<std::int16_t>(year);
    return true;
}

std::int64_t days_of(const Temporal &t) { return core::days_from_civil(t.year, t.month, t.day); }

// Shifts a DateTime with a time to UTC.
Temporal in_utc(Temporal t) {
    const std::int64_t nanos = clock_of(t) - *t.offset_minutes * 60 * nanos_per_second;
    const std::int64_t carry = floor_divide(nanos, nanos_per_day);
    if (!set_days(t, days_of(t) + carry)) return t;
    set_clock(t, nanos - carry * nanos_per_day);
    t.offset_minutes = 0;
    return t;
}

// Comparable parts from coarse to fine; seconds and fraction are one.
int parts(const Temporal &t, std::int64_t (&out)[6]) {
    int n = 0;
    if (t.kind != TemporalKind::time) {
        out[n++] = t.year;
        if (t.precision >= Precision::month) out[n++] = t.month;
        if (t.precision >= Precision::day) out[n++] = t.day;
    }
    if (t.precision >= Precision::hour) out[n++] = t.hour;
    if (t.precision >= Precision::minute) out[n++] = t.minute;
    if (t.precision >= Precision::second) out[n++] = t.second * nanos_per_second + t.nanos;
    return n;
}

Order compare_parts(const Temporal &a, const Temporal &b) {
    std::int64_t pa[6];
    std::int64_t pb[6];
    const int na = parts(a, pa);
    const int nb = parts(b, pb);
    for (int i = 0; i < std::min(na, nb); ++i)
        if (pa[i] != pb[i]) return {true, pa[i] < pb[i] ? -1 : 1};
    return {na == nb, 0};
}

int digits_of(TemporalKind kind, Precision precision) {
    static constexpr int of_date[] = {4, 6, 6, 8, 10, 12, 14, 17};
    static constexpr int of_time[] = {0, 0, 0, 0, 2, 4, 6, 9};
    return (kind == TemporalKind::time ? of_time : of_date)[static_cast<int>(precision)];
}

}  // namespace

std::string Temporal::to_text() const {
    char buffer[64];
    int n = 0;
    const auto print = [&](const char *format, int value) {
        n += std::snprintf(buffer + n, sizeof buffer - n, format, value);
    };
    if (kind != TemporalKind::time) {
        print("%04d", year);
        if (precision >= Precision::month) print("-%02d", month);
        if (precision >= Precision::day) print("-%02d", day);
        if (precision < Precision::hour) return buffer;
        print("%c", 'T');
    }
    print("%02d", hour);
    if (precision >= Precision::minute) print(":%02d", minute);
    if (precision >= Precision::second) print(":%02d", second);
    if (precision == Precision::millisecond) {
        char fraction[12];
        std::snprintf(fraction, sizeof fraction, "%09d", nanos);
        n += std::snprintf(buffer + n, sizeof buffer - n, ".%.*s", fraction_digits, fraction);
    }
    if (offset_minutes) {
        const int offset = *offset_minutes;
        if (offset == 0)
            print("%c", 'Z');
        else {
            print("%c", offset < 0 ? '-' : '+');
            print("%02d", std::abs(offset) / 60);
            print(":%02d", std::abs(offset) % 60);
        }
    }
    return {buffer, static_cast<std::size_t>(n)};
}

int Temporal::digits() const { return digits_of(kind, precision); }

std::optional<Temporal> parse_temporal(std::string_view text, TemporalKind kind) {
    Temporal t;
    t.kind = kind;
    Scanner in(text);
    if (kind == TemporalKind::time) {
        if (!scan_time(in, t) || !in.done()) return std::nullopt;
        return t;
    }
    if (!scan_date(in, t)) return std::nullopt;
    if (in.done()) return t;
    if (kind == TemporalKind::date || !in.skip('T')) return std::nullopt;
    if (in.done()) return t;  // @2015T
    if (t.precision != Precision::day || !scan_time(in, t)) return std::nullopt;
    if (in.done()) return t;
    if (in.rest() != "Z" && in.rest().size() != 6) return std::nullopt;
    const auto offset = core::parse_offset(in.rest());
    if (!offset) return std::nullopt;
    t.offset_minutes = static_cast<std::int16_t>(*offset);
    return t;
}

Order compare(const Temporal &a, const Temporal &b) {
    if (a.kind == TemporalKind::time || !a.has_time() || !b.has_time()) return compare_parts(a, b);
    if (a.offset_minutes && b.offset_minutes) {
        if (*a.offset_minutes == *b.offset_minutes) return compare_parts(a, b);
        return compare_parts(in_utc(a), in_utc(b));
    }
    if (!a.offset_minutes && !b.offset_minutes) return compare_parts(a, b);
    // One has an offset: only what no offset (14 hours at most) could change is known.
    Temporal low = a.offset_minutes ? b : a;
    const Temporal &zoned = a.offset_minutes ? a : b;
    Temporal high = low;
    low.offset_minutes = 14 * 60;
    high.offset_minutes = -12 * 60;
    const Order first = compare_parts(in_utc(low), in_utc(zoned));
    const Order last = compare_parts(in_utc(high), in_utc(zoned));
    if (!first.known || !last.known || first.sign == 0 || first.sign != last.sign) return {};
    return {true, a.offset_minutes ? -first.sign : first.sign};
}

bool equivalent(const Temporal &a, const Temporal &b) {
    if ((a.kind == TemporalKind::time) != (b.kind == TemporalKind::time)) return false;
    const Order order = compare(a, b);
    return order.known && order.sign == 0;
}

namespace {

std::optional<Temporal> add_months(Temporal t, std::int64_t months) {
    const std::int64_t total = t.year * 12 + (t.month - 1) + months;
    const std::int64_t year = floor_divide(total, 12);
    if (year < 1 || year > 9999) return std::nullopt;
    t.year = static_cast<std::int16_t>(year);
    t.month = static_cast<std::int8_t>(total - year * 12 + 1);
    const int last = core::days_in_month(t.year, t.month);
    if (t.day > last) t.day = static_cast<std::int8_t>(last);
    return t;
}

// Nanoseconds of a definite unit.
std::int64_t nanos_of(Precision unit) {
    switch (unit) {
        case Precision::week: return 7 * nanos_per_day;
        case Precision::day: return nanos_per_day;
        case Precision::hour: return 3600 * nanos_per_second;
        case Precision::minute: return 60 * nanos_per_second;
        case Precision::second: return nanos_per_second;
        default: return nanos_per_second / 1000;
    }
}

// How many units of `to` are in one of `from`, calendar factors (30 days, 12 months, 365 days).
std::int64_t coarsen(std::int64_t value, Precision from, Precision to) {
    if (to == Precision::year) {
        if (from == Precision::month) return value / 12;
        return coarsen(value, from, Precision::day) / 365;
    }
    if (to == Precision::month) return coarsen(value, from, Precision::day) / 30;
    if (from == Precision::week) return value * 7;  // to days
    return static_cast<std::int64_t>(static_cast<__int128>(value) * nanos_of(from) / nanos_of(to));
}

std::optional<Temporal> add_nanos(Temporal t, __int128 nanos) {
    const __int128 total = clock_of(t) + nanos;
    __int128 carry = total / nanos_per_day;
    if (total % nanos_per_day < 0) --carry;
    if (carry > 4'000'000 || carry < -4'000'000) {
        if (t.kind != TemporalKind::time) return std::nullopt;
    }
    set_clock(t, static_cast<std::int64_t>(total - carry * nanos_per_day));
    if (t.kind == TemporalKind::time) return t;
    if (!set_days(t, days_of(t) + static_cast<std::int64_t>(carry))) return std::nullopt;
    return t;
}

}  // namespace

std::optional<Temporal> add(const Temporal &temporal, const core::Decimal &value, Precision unit) {
    Temporal t = temporal;
    if (t.second == 60) t.second = 59;
    const bool fractional = unit >= Precision::second && t.precision >= Precision::second;
    if (fractional) {
        const auto scaled = value.times(core::Decimal(nanos_of(unit)));
        if (!scaled.ok()) return std::nullopt;
        const auto nanos = scaled.value().truncate().to_int64();
        if (!nanos) return std::nullopt;
        auto sum = add_nanos(t, *nanos);
        if (sum && sum->nanos != 0 && sum->precision == Precision::second) {
            sum->precision = Precision::millisecond;
            sum->fraction_digits = 3;
        }
        if (sum && sum->precision == Precision::millisecond) {
            // As many digits as the value needs, three at least when it gained any.
            std::int32_t rest = sum->nanos;
            int needed = 9;
            while (needed > sum->fraction_digits && rest % 10 == 0) {
                rest /= 10;
                --needed;
            }
            sum->fraction_digits =
                static_cast<std::int8_t>(std::max<int>(sum->fraction_digits, needed));
        }
        return sum;
    }
    auto whole = value.truncate().to_int64();
    if (!whole || *whole > 1'000'000'000'000'000 || *whole < -1'000'000'000'000'000)
        return std::nullopt;
    std::int64_t count = *whole;
    if (unit == Precision::week && t.precision >= Precision::day) {
        count *= 7;
        unit = Precision::day;
    }
    const Precision coarsest =
        t.precision == Precision::millisecond ? Precision::second : t.precision;
    if (unit > coarsest) {
        count = coarsen(count, unit, coarsest);
        unit = coarsest;
    }
    switch (unit) {
        case Precision::year:
            if (count > 20000 || count < -20000) return std::nullopt;
            return add_months(t, count * 12);
        case Precision::month:
            if (count > 200000 || count < -200000) return std::nullopt;
            return add_months(t, count);
        default: return add_nanos(t, static_cast<__int128>(count) * nanos_of(unit));
    }
}

std::optional<Temporal> boundary(const Temporal &temporal, std::optional<int> digits, bool high) {
    const TemporalKind kind = temporal.kind;
    Precision finest = kind == TemporalKind::date ? Precision::day : Precision::millisecond;
    if (digits) {
        if (kind == TemporalKind::date && *digits > 8) return std::nullopt;
        bool found = false;
        for (const Precision p :
             {Precision::year, Precision::month, Precision::day, Precision::hour, Precision::minute,
              Precision::second, Precision::millisecond}) {
            if (digits_of(kind, p) != *digits) continue;
            if (kind == TemporalKind::time && p < Precision::hour) continue;
            finest = p;
            found = true;
        }
        if (!found) return std::nullopt;
    }
    Temporal t = temporal;
    if (t.precision < Precision::month) t.month = high ? 12 : 1;
    if (t.precision < Precision::day && t.kind != TemporalKind::time)
        t.day = high ? static_cast<std::int8_t>(core::days_in_month(t.year, t.month)) : 1;
    if (t.precision < Precision::hour) t.hour = high ? 23 : 0;
    // The specification's example: @2014-01-01T08.highBoundary(17) is T08:00:59.999-12:00 (5.9).
    if (t.precision < Precision::minute)
        t.minute = high && temporal.precision != Precision::hour ? 59 : 0;
    if (t.precision < Precision::second) t.second = high ? 59 : 0;
    if (t.precision < Precision::millisecond) {
        t.nanos = high ? 999'000'000 : 0;
        t.fraction_digits = 3;
    }
    if (t.fraction_digits < 3) t.fraction_digits = 3;
    t.precision = finest;
    if (finest < Precision::millisecond) {
        t.nanos = 0;
        t.fraction_digits = 0;
    }
    if (kind == TemporalKind::date_time) {
        if (!t.has_time())
            t.offset_minutes.reset();
        else if (!t.offset_minutes)
            t.offset_minutes = static_cast<std::int16_t>(high ? -12 * 60 : 14 * 60);
    }
    return t;
}

std::optional<std::int64_t> units_between(const Temporal &a, const Temporal &b, Precision unit,
                                          bool boundaries) {
    const Precision needed = unit == Precision::week ? Precision::day : unit;
    const auto precise = [&](const Temporal &t) {
        return t.precision >= needed ||
               (needed == Precision::millisecond && t.precision == Precision::second);
    };
    if (!precise(a) || !precise(b)) return std::nullopt;
    if ((a.kind == TemporalKind::time) != (b.kind == TemporalKind::time)) return std::nullopt;
    if (a.kind == TemporalKind::time && unit < Precision::hour) return std::nullopt;
    Temporal x = a;
    Temporal y = b;
    if (x.offset_minutes && y.offset_minutes && !(boundaries && unit <= Precision::day)) {
        x = in_utc(x);
        y = in_utc(y);
    } else if (x.offset_minutes.has_value() != y.offset_minutes.has_value() && x.has_time() &&
               y.has_time() && unit > Precision::day) {
        return std::nullopt;
    }
    if (unit <= Precision::month) {
        std::int64_t months = (y.year - x.year) * 12 + (y.month - x.month);
        if (unit == Precision::year && boundaries) return y.year - x.year;
        if (!boundaries) {
            const auto rest = [](const Temporal &t) { return t.day * nanos_per_day + clock_of(t); };
            if (months > 0 && rest(y) < rest(x)) --months;
            if (months < 0 && rest(y) > rest(x)) ++months;
        }
        return unit == Precision::year ? months / 12 : months;
    }
    const bool is_time = x.kind == TemporalKind::time;
    const std::int64_t days_x = is_time ? 0 : days_of(x);
    const std::int64_t days_y = is_time ? 0 : days_of(y);
    if (boundaries && unit == Precision::week)  // weeks begin on Sunday; 1970-01-04 was one
        return floor_divide(days_y - 3, 7) - floor_divide(days_x - 3, 7);
    if (boundaries && unit == Precision::day) return days_y - days_x;
    const __int128 nx = static_cast<__int128>(days_x) * nanos_per_day + clock_of(x);
    const __int128 ny = static_cast<__int128>(days_y) * nanos_per_day + clock_of(y);
    const std::int64_t size = nanos_of(unit);
    if (!boundaries) return static_cast<std::int64_t>((ny - nx) / size);
    const auto floored = [&](__int128 n) {
        return static_cast<std::int64_t>(n / size - (n % size < 0 ? 1 : 0));
    };
    return floored(ny) - floored(nx);
}

std::int64_t unix_micros(const Temporal &temporal) {
    Temporal t = temporal;
    if (t.precision < Precision::month) t.month = 1;
    if (t.precision < Precision::day) t.day = 1;
    return days_of(t) * 86'400'000'000 + clock_of(t) / 1000 -
           static_cast<std::int64_t>(t.offset_minutes.value_or(0)) * 60'000'000;
}

Temporal date_time_at(std::int64_t unix_micros, int offset_minutes) {
    Temporal t;
    t.kind = TemporalKind::date_time;
    t.precision = Precision::millisecond;
    t.fraction_digits = 3;
    t.offset_minutes = static_cast<std::int16_t>(offset_minutes);
    const std::int64_t local = unix_micros + offset_minutes * std::int64_t{60'000'000};
    const std::int64_t days = floor_divide(local, 86'400'000'000);
    set_days(t, days);
    set_clock(t, (local - days * 86'400'000'000) / 1000 * 1'000'000);
    return t;
}

Temporal date_of(const Temporal &date_time) {
    Temporal t;
    t.kind = TemporalKind::date;
    t.precision = std::min(date_time.precision, Precision::day);
    t.year = date_time.year;
    t.month = date_time.month;
    t.day = date_time.day;
    return t;
}

std::optional<Temporal> time_of(const Temporal &date_time) {
    if (!date_time.has_time()) return std::nullopt;
    Temporal t = date_time;
    t.kind = TemporalKind::time;
    t.year = 0;
    t.month = t.day = 1;
    t.offset_minutes.reset();
    return t;
}

}  // namespace clinical::fhirpath
