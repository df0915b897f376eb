#include "bridge/numeric.h"

#include <algorithm>
#include <climits>
#include <cstring>

#include "bridge/memory.h"
#include "bridge/value.h"
#include "core/json.h"

namespace clinical::bridge {

namespace {

// numeric.c: two header bytes hold sign, scale and weight when they are small.
constexpr std::uint16_t short_form = 0x8000;
constexpr std::uint16_t short_negative = 0x2000;
constexpr int short_scale_shift = 7;
constexpr int short_scale_max = 63;
constexpr std::uint16_t short_weight_negative = 0x0040;
constexpr std::uint16_t short_weight_mask = 0x003F;
constexpr int digits_per_group = 4;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The digits of one number, as groups of four aligned at the decimal point.
struct Groups {
    std::array<std::int16_t, NumericImage::max_groups> value;
    int count = 0;

    // Appends `digits`, the first group taking what is over; the last is filled with zeros.
    void append_integer(std::string_view digits) {
        int group = 0;
        std::size_t left = digits.size();
        for (char c : digits) {
            group = group * 10 + (c - '0');
            if (--left % digits_per_group == 0) {
                value[count++] = static_cast<std::int16_t>(group);
                group = 0;
            }
        }
    }
    void append_fraction(std::string_view digits) {
        for (std::size_t i = 0; i < digits.size(); i += digits_per_group) {
            int group = 0;
            for (std::size_t j = i; j < i + digits_per_group; ++j)
                group = group * 10 + (j < digits.size() ? digits[j] - '0' : 0);
            value[count++] = static_cast<std::int16_t>(group);
        }
    }
};

std::size_t digits_at(std::string_view text, std::size_t from) {
    std::size_t n = 0;
    while (from + n < text.size() && is_digit(text[from + n])) ++n;
    return n;
}

// Whether numeric_in can hold a number: its scale has 14 bits, its weight (in groups) 16 with the
// sign, and an exponent must stay below half of an int.  Asked before, because the error it raises
// otherwise cannot be survived.
bool fits_numeric(std::string_view number) {
    constexpr long long scale_max = 0x3FFF;
    constexpr long long integer_digits_max = 4 * (0x7FFF + 1);
    constexpr long long exponent_max = INT_MAX / 2;

    if (number[0] == '-') number.remove_prefix(1);
    const std::size_t e = std::min(number.find_first_of("eE"), number.size());
    long long exponent = 0;
    if (e < number.size()) {
        const bool negative = number[e + 1] == '-';
        const std::size_t from = e + (negative || number[e + 1] == '+' ? 2 : 1);
        for (char c : number.substr(from)) {
            exponent = exponent * 10 + (c - '0');
            if (exponent >= exponent_max) return false;
        }
        if (negative) exponent = -exponent;
    }
    const std::string_view mantissa = number.substr(0, e);
    const auto point = static_cast<long long>(std::min(mantissa.find('.'), mantissa.size()));
    const auto length = static_cast<long long>(mantissa.size());
    const long long fraction = point < length ? length - point - 1 : 0;
    if (fraction - exponent > scale_max) return false;

    const auto first = static_cast<long long>(mantissa.find_first_of("123456789"));
    if (first < 0) return true;  // zero has no weight
    const long long integer_digits = (first < point ? point - first : point - first + 1) + exponent;
    return integer_digits <= integer_digits_max;
}

}  // namespace

bool encode_numeric(std::string_view text, NumericImage &image) noexcept {
    const bool negative = !text.empty() && text[0] == '-';
    if (negative) text.remove_prefix(1);

    const std::string_view integer = text.substr(0, digits_at(text, 0));
    if (integer.empty() || (integer.size() > 1 && integer[0] == '0')) return false;
    std::string_view fraction;
    if (integer.size() < text.size()) {
        if (text[integer.size()] != '.') return false;
        fraction = text.substr(integer.size() + 1);
        if (fraction.empty() || digits_at(fraction, 0) != fraction.size()) return false;
    }
    const std::size_t integer_groups = (integer.size() + digits_per_group - 1) / digits_per_group;
    const std::size_t fraction_groups = (fraction.size() + digits_per_group - 1) / digits_per_group;
    if (fraction.size() > short_scale_max) return false;
    if (integer_groups + fraction_groups > NumericImage::max_groups) return false;

    Groups groups;
    groups.append_integer(integer);
    groups.append_fraction(fraction);

    // As make_result() of numeric.c: no zero groups at either end, and a zero has no sign.
    int first = 0;
    int end = groups.count;
    int weight = static_cast<int>(integer_groups) - 1;
    while (first < end && groups.value[first] == 0) ++first, --weight;
    while (end > first && groups.value[end - 1] == 0) --end;
    if (first == end) weight = 0;

    std::uint16_t header = short_form;
    if (negative && first < end) header |= short_negative;
    header |= static_cast<std::uint16_t>(fraction.size() << short_scale_shift);
    if (weight < 0) header |= short_weight_negative;
    header |= static_cast<std::uint16_t>(weight) & short_weight_mask;

    const std::size_t digit_bytes = static_cast<std::size_t>(end - first) * sizeof(std::int16_t);
    image.size = static_cast<std::uint32_t>(VARHDRSZ + sizeof header + digit_bytes);
    SET_VARSIZE(image.bytes.data(), image.size);
    std::memcpy(image.bytes.data() + VARHDRSZ, &header, sizeof header);
    std::memcpy(image.bytes.data() + VARHDRSZ + sizeof header, groups.value.data() + first,
                digit_bytes);
    return true;
}

Numeric numeric_of(std::string_view text) {
    // numeric_in quotes what it cannot read; it only gets what it can.
    if (!core::is_json_number(text))
        throw core::Error{core::ErrorCode::invalid_syntax, "invalid number",
                          "A number must follow the grammar of JSON.", 0};
    if (!fits_numeric(text))
        throw core::Error{core::ErrorCode::invalid_value, "number is out of range",
                          "A number is larger, or has more decimals, than type numeric can hold.",
                          0};
    return pg([&] {
        char *terminated = pnstrdup(text.data(), text.size());
        Numeric number =
            DatumGetNumeric(DirectFunctionCall3(numeric_in, CStringGetDatum(terminated),
                                                ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
        pfree(terminated);
        return number;
    });
}

bool numeric_encoder_agrees() {
    static int verdict = -1;  // per backend; the server's build does not change under it
    if (verdict < 0) {
        constexpr const char *cases[] = {"0",          "-0.00",
                                         "1",          "-1.50",
                                         "10000",      "0.0001",
                                         "0.00001",    "120",
                                         "98.6",       "99999999",
                                         "-7.123456",  "1000000.000",
                                         "0.12345678", "12345678901234567890.5"};
        bool agrees = true;
        for (const char *text : cases) {
            NumericImage image;
            Numeric expected = numeric_of(text);
            agrees = agrees && encode_numeric(text, image) && VARSIZE(expected) == image.size &&
                     std::memcmp(expected, image.bytes.data(), image.size) == 0;
        }
        verdict = agrees ? 1 : 0;
    }
    return verdict == 1;
}

namespace {

// numeric.c: the forms of the header's upper two bits.
constexpr std::uint16_t form_mask = 0xC000;
constexpr std::uint16_t long_negative = 0x4000;
constexpr std::uint16_t special_form = 0xC000;
constexpr std::uint16_t short_scale_mask = 0x1F80;
constexpr std::uint16_t long_scale_mask = 0x3FFF;

core::Error not_finite() {
    return {core::ErrorCode::invalid_value, "number is not finite",
            "Infinity and NaN are no measurements.", 0};
}

// The value behind a numeric's varlena header, or nothing when it is long.
std::optional<core::Decimal> decode_numeric(std::string_view bytes) {
    const auto word = [&](std::size_t n) {
        std::uint16_t w;
        std::memcpy(&w, bytes.data() + n * sizeof w, sizeof w);
        return w;
    };
    const std::uint16_t header = word(0);
    const std::uint16_t form = header & form_mask;
    if (form == special_form) throw not_finite();
    const bool is_short = form == short_form;
    const bool negative = is_short ? (header & short_negative) != 0 : form == long_negative;
    const int scale =
        is_short ? (header & short_scale_mask) >> short_scale_shift : header & long_scale_mask;
    const int weight = is_short ? (header & short_weight_negative ? ~int{short_weight_mask} : 0) |
                                      (header & short_weight_mask)
                                : static_cast<std::int16_t>(word(1));
    const std::size_t first = is_short ? 1 : 2;
    const int groups = static_cast<int>(bytes.size() / sizeof(std::int16_t) - first);

    // Groups of zeros at the end are not stored; those of the integer part come back here.
    const int integer_groups = weight + 1;
    const int fraction_groups = (scale + digits_per_group - 1) / digits_per_group;
    const int last = integer_groups + fraction_groups;
    if (groups > last || last > 9 || integer_groups < -9) return std::nullopt;
    core::Decimal::Small coefficient = 0;
    for (int i = 0; i < std::max(last, 0); ++i)
        coefficient =
            coefficient * 10000 + (i < groups ? word(first + static_cast<std::size_t>(i)) : 0);
    int surplus = fraction_groups * digits_per_group - scale;
    for (; surplus > 0; --surplus) coefficient /= 10;
    return core::Decimal::of(negative, coefficient, scale);
}

core::Decimal printed_decimal(Numeric number) {
    const char *text = pg(
        [&] { return DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number))); });
    const std::string_view shown(text);
    if (shown.find_first_of("aI") != std::string_view::npos) throw not_finite();
    return take(core::Decimal::parse(shown));
}

// decode_numeric reads what this server writes.
bool numeric_decoder_agrees() {
    static int verdict = -1;
    if (verdict < 0) {
        constexpr const char *cases[] = {
            "0",       "-0.00",       "1",          "-1.50",         "10000",
            "0.0001",  "0.00001",     "120",        "-98.6",         "99999999",
            "1000000", "-7.123456",   "0.12345678", "0.00000000012", "123456789012345678.5",
            "5e-20",   "1234567e-30", "1e30",       "0.10"};
        bool agrees = true;
        for (const char *text : cases) {
            Numeric expected = numeric_of(text);
            const auto decoded = decode_numeric(view(expected));
            agrees = agrees && (!decoded || decoded->identical(printed_decimal(expected)));
        }
        verdict = agrees ? 1 : 0;
    }
    return verdict == 1;
}

}  // namespace

core::Decimal decimal_argument(FunctionCallInfo fcinfo, int n) {
    const std::string_view bytes = text_argument(fcinfo, n);
    if (numeric_decoder_agrees())
        if (auto decoded = decode_numeric(bytes)) return *std::move(decoded);
    return printed_decimal(pg([&] { return PG_GETARG_NUMERIC(n); }));
}

Datum numeric_datum(const core::Decimal &value) {
    const std::string text = value.to_text();
    NumericImage image;
    if (!numeric_encoder_agrees() || !encode_numeric(text, image))
        return NumericGetDatum(numeric_of(text));
    void *copy = allocate(CurrentMemoryContext, image.size);
    std::memcpy(copy, image.bytes.data(), image.size);
    return PointerGetDatum(copy);
}

}  // namespace clinical::bridge
