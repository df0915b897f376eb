#include "deid/cell.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "deid/codes.h"
#include "deid/person.h"
#include "deid/places.h"

namespace clinical::deid {

namespace {

using core::Json;
using core::Kind;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

// The cell as FHIR or HL7 writes it: a blank before the time becomes T.
std::string in_standard_form(std::string_view text) {
    std::string form(trimmed(text));
    if (form.size() > 10 && form[4] == '-' && form[10] == ' ') form[10] = 'T';
    return form;
}

double value_of(std::string_view digits) {
    double value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc()) return digits.starts_with('-') ? -HUGE_VAL : HUGE_VAL;
    return value;
}

}  // namespace

std::optional<Date> cell_date(std::string_view text) {
    const std::string form = in_standard_form(text);
    if (auto date = parse_date(form)) return date;
    // HL7 v2: YYYYMM, YYYYMMDD, YYYYMMDDHHMM... with a zone or not.
    std::size_t digits = 0;
    while (digits < form.size() && form[digits] >= '0' && form[digits] <= '9') ++digits;
    if (digits < 6 || digits > 14 || digits % 2 != 0) return std::nullopt;
    if (digits < form.size() &&
        (digits < 10 || (form[digits] != '.' && form[digits] != '+' && form[digits] != '-')))
        return std::nullopt;
    return parse_hl7_date(form);
}

std::optional<std::string> shift_cell(std::string_view text, int days) {
    if (!cell_date(text)) return std::nullopt;
    return shift_date(in_standard_form(text), days);
}

int year_rule(std::optional<Date> birth, std::optional<Date> death, const Date &reference) {
    const Person nobody;
    const AgeRule rule = AgeRule::make(nobody, reference, birth, death);
    int last = std::max(rule.reference.year - capped_age, 1);  // above zero: the sign speaks
    if (rule.over && rule.birth) last = std::max(last, rule.birth->year);
    return rule.over ? -last : last;
}

Json generalized(std::string_view text, bool number, const Json &rows) {
    if (const Json &mapped = rows.find("map").find(text); !mapped.is_absent()) return mapped;
    for (const Json &range : rows.find("ranges").elements()) {
        const Json &from = range.find("from");
        const Json &to = range.find("to");
        const auto below = [&](std::string_view a, std::string_view b) {
            return number ? value_of(a) < value_of(b) : a < b;
        };
        if (!from.is_absent() && below(text, from.as_text())) continue;
        if (!to.is_absent() && below(to.as_text(), text)) continue;
        return range.find("value");
    }
    for (const Json &row : rows.find("prefixes").elements()) {
        if (number || !text.starts_with(row.find("prefix").as_text())) continue;
        const double keep = std::clamp(value_of(row.find("keep").as_text()), 0.0, 1e6);
        std::size_t kept = std::min(static_cast<std::size_t>(keep), text.size());
        while (kept < text.size() && kept > 0 && (text[kept] & 0xC0) == 0x80) --kept;  // UTF-8
        return Json::string(std::string(text.substr(0, kept)) +
                            std::string(row.find("append").as_text()));
    }
    if (const Json &bins = rows.find("bins"); number && !bins.is_absent()) {
        const double width = value_of(bins.as_text());
        const double lowest = std::floor(value_of(text) / width) * width;
        if (!std::isfinite(lowest)) return {};
        char digits[400];
        std::string out(
            digits,
            std::to_chars(digits, digits + sizeof digits, lowest, std::chars_format::fixed, 6).ptr);
        out.erase(out.find_last_not_of('0') + 1);
        if (out.back() == '.') out.pop_back();
        return Json::number(out == "-0" ? "0" : out);
    }
    if (rows.find("other").as_text() != "keep") return {};
    return number ? Json::number(text) : Json::string(text);
}

std::optional<std::string> listed(std::string_view text, std::string_view list) {
    text = trimmed(text);
    std::optional<std::string_view> found;
    if (list == "state") found = state(text);
    if (list == "country") found = country(text);
    if (list == "language" && is_language(text)) found = text;
    if (list == "currency" && is_currency(text)) found = text;
    if (list == "zip" && is_zip(text)) found = text;
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

}  // namespace clinical::deid
