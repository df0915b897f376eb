#include "convert/number.h"

namespace clinical::convert {

std::optional<std::string> read_number(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    std::string out;
    if (text.starts_with('-')) out = "-";
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const auto point = text.find('.');
    std::string_view whole = text.substr(0, point);
    const std::string_view fraction =
        point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
    if (whole.empty() && fraction.empty()) return {};
    for (const auto part : {whole, fraction})
        for (const char c : part)
            if (c < '0' || c > '9') return {};
    // FHIR decimals have at most 18 digits of precision in practice; text beyond numeric's own
    // reach is no measurement.
    if (whole.size() + fraction.size() > 100) return {};
    while (whole.size() > 1 && whole.front() == '0') whole.remove_prefix(1);
    out += whole.empty() ? "0" : std::string(whole);
    if (!fraction.empty()) {
        out += '.';
        out += fraction;
    }
    return out;
}

}  // namespace clinical::convert
