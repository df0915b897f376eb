#include "deid/treatment.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace clinical::deid {

namespace {

using core::Json;
using core::Kind;

std::optional<std::string> number_of(double value, int digits) {
    if (!std::isfinite(value)) return std::nullopt;
    char text[400];  // 309 digits, a sign, a point, and those behind it
    const auto end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed,
                                   std::clamp(digits, 0, 15))
                         .ptr;
    std::string out(text, end);
    if (out.find('.') != std::string::npos) {
        out.erase(out.find_last_not_of('0') + 1);
        if (out.back() == '.') out.pop_back();
    }
    return out == "-0" ? "0" : out;
}

// A number as the formats of text write it: no exponent.
bool is_plain_number(std::string_view text) {
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
    std::size_t digits = 0, dots = 0;
    for (const char c : text) {
        if (c == '.') {
            ++dots;
        } else if (c >= '0' && c <= '9') {
            ++digits;
        } else {
            return false;
        }
    }
    return digits > 0 && dots < 2 && text.size() < 24;
}

}  // namespace

double value_of(std::string_view digits) {
    double value = 0;
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // Too large for a double: infinite.  Too small: nothing.
    if (read.ec == std::errc::result_out_of_range && digits.find("e-") == digits.npos &&
        digits.find("E-") == digits.npos)
        return digits.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
    return value;
}

Json generalized(std::string_view text, Scalar kind, const Json &row) {
    const bool is_number = kind != Scalar::text;
    if (const Json &mapped = row.find("map").find(text); !mapped.is_absent()) return mapped;
    for (const Json &range : row.find("ranges").elements()) {
        const Json &from = range.find("from");
        const Json &to = range.find("to");
        const auto below = [&](std::string_view a, std::string_view b) {
            return is_number ? value_of(a) < value_of(b) : a < b;
        };
        if (!from.is_absent() && below(text, from.as_text())) continue;
        if (!to.is_absent() && below(to.as_text(), text)) continue;
        return range.find("value");
    }
    for (const Json &row_prefix : row.find("prefixes").elements()) {
        const std::string prefix(row_prefix.find("prefix").as_text());
        if (kind == Scalar::number || !text.starts_with(prefix)) continue;
        const double keep = value_of(row_prefix.find("keep").as_text());
        std::size_t kept =
            std::min(static_cast<std::size_t>(std::clamp(keep, 0.0, 1e6)), text.size());
        while (kept < text.size() && kept > 0 && (text[kept] & 0xC0) == 0x80) --kept;  // UTF-8
        return Json::string(std::string(text.substr(0, kept)) +
                            std::string(row_prefix.find("append").as_text()));
    }
    if (const Json &bins = row.find("bins"); is_number && !bins.is_absent()) {
        const double width = value_of(bins.as_text());
        if (width > 0) {
            const auto bin = number_of(std::floor(value_of(text) / width) * width, 6);
            return bin ? Json::number(*bin) : Json();
        }
    }
    if (row.find("other").as_text() != "keep") return {};
    return kind == Scalar::number ? Json::number(text) : Json::string(text);
}

std::optional<std::string> perturbed(std::string_view digits, const Json &row,
                                     const KeyedHash &hash, std::string_view person,
                                     std::string_view place) {
    const double value = value_of(digits);
    double span = std::fabs(value_of(row.find("span").as_text()));
    const Json &proportional = row.find("proportional");
    if (proportional.kind() == Kind::boolean && proportional.as_bool()) span *= std::fabs(value);
    std::string what(person);
    what.append(1, '\0').append(place).append(1, '=').append(digits);
    const std::string drawn = hash("perturb", what);
    const auto bits = std::strtoull(drawn.substr(0, 12).c_str(), nullptr, 16);
    const double uniform = static_cast<double>(bits) / static_cast<double>(1ULL << 48);
    const Json &round = row.find("round_to");
    return number_of(
        value + (uniform - 0.5) * span,
        round.is_absent() ? 0 : static_cast<int>(std::clamp(value_of(round.as_text()), 0.0, 15.0)));
}

std::optional<std::string> TextTreater::treat(const Treated &treated, std::string_view text,
                                              std::string_view place) const {
    switch (treated.treatment) {
        case Treatment::keep: return std::string(text);
        case Treatment::year:
            if (parse_hl7_date(text)) return std::string(text.substr(0, 4));
            return std::nullopt;
        case Treatment::date_shift:
            return parse_hl7_date(text) ? shift_date(text, options_.shift_days) : std::nullopt;
        case Treatment::hash: return (*options_.hash)("id", text);
        case Treatment::zip3: {
            char digits[3];
            const auto area = zip3(text, digits, options_.zip);
            return area ? std::optional(std::string(*area)) : std::nullopt;
        }
        case Treatment::age_cap:
            if (!is_plain_number(text)) return std::nullopt;
            return value_of(text) >= capped_age ? "90" : std::string(text);
        case Treatment::generalize: {
            const Scalar kind = is_plain_number(text) ? Scalar::digits : Scalar::text;
            const Json out = generalized(text, kind, treated.parameters);
            if (out.kind() != Kind::string && out.kind() != Kind::number) return std::nullopt;
            return std::string(out.as_text());
        }
        case Treatment::perturb:
            if (!is_plain_number(text)) return std::nullopt;
            return perturbed(text, treated.parameters, *options_.hash, person_id(options_), place);
        default: return std::nullopt;
    }
}

}  // namespace clinical::deid
