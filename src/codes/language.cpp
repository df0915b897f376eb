#include "codes/language.h"

#include <algorithm>

namespace clinical::codes {
namespace {

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool same_letter(char a, char b) {
    const auto fold = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return fold(a) == fold(b);
}

}  // namespace

bool language_matches(std::string_view wanted, std::string_view given) {
    if (given.size() < wanted.size()) return false;
    if (!std::equal(wanted.begin(), wanted.end(), given.begin(), same_letter)) return false;
    return given.size() == wanted.size() || given[wanted.size()] == '-';
}

Languages::Languages(std::string_view header) : text_(header) {
    struct Range {
        std::string tag;
        double quality;
    };
    std::vector<Range> ranges;
    while (!header.empty()) {
        const std::size_t comma = header.find(',');
        std::string_view item = header.substr(0, comma);
        header = comma == std::string_view::npos ? std::string_view() : header.substr(comma + 1);
        const std::size_t semicolon = item.find(';');
        double quality = 1;
        if (semicolon != std::string_view::npos) {
            const std::string_view weight = trimmed(item.substr(semicolon + 1));
            if (weight.starts_with("q=0")) {
                quality = 0;
                double place = 0.1;
                for (const char c : weight.substr(std::min<std::size_t>(4, weight.size()))) {
                    if (c < '0' || c > '9') break;
                    quality += (c - '0') * place;
                    place /= 10;
                }
            }
        }
        const std::string_view tag = trimmed(item.substr(0, semicolon));
        if (tag == "*") {
            hard_ = quality == 0;
        } else if (!tag.empty() && quality > 0) {
            ranges.push_back({std::string(tag), quality});
        }
    }
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const Range &a, const Range &b) { return a.quality > b.quality; });
    for (Range &range : ranges) tags_.push_back(std::move(range.tag));
}

bool Languages::wants(std::string_view language) const {
    return std::any_of(tags_.begin(), tags_.end(),
                       [&](const std::string &tag) { return language_matches(tag, language); });
}

Names names_of(const Details &details, std::string_view language) {
    constexpr std::string_view status =
        "http://hl7.org/fhir/StructureDefinition/structuredefinition-standards-status";
    Names names;
    if (!details.display.empty())
        names.all.push_back({std::string(language), details.display, nullptr, true, false});
    for (const Designation &d : details.designations) {
        bool withdrawn = false;
        for (const core::Json &e : d.extension.elements())
            withdrawn |= text_of(e, "url") == status && text_of(e, "valueCode") == "withdrawn";
        const std::string use = text_of(d.use, "code");
        const bool shown = use.empty() || use == "display" || use == "preferredForLanguage" ||
                           use == "900000000000003001" || use == "900000000000013009";
        names.all.push_back({d.language, d.value, &d, shown, withdrawn});
    }
    return names;
}

int Names::choose(const Languages &wanted) const {
    if (wanted.any()) return all.empty() || all[0].designation ? -1 : 0;
    for (const std::string &tag : wanted.tags()) {
        for (int exact = 1; exact >= 0; --exact)
            for (std::size_t i = 0; i < all.size(); ++i) {
                const Name &name = all[i];
                if (!name.may_be_display || name.withdrawn || name.language.empty()) continue;
                if (exact ? name.language == tag : language_matches(tag, name.language))
                    return static_cast<int>(i);
            }
    }
    if (wanted.hard() || all.empty() || all[0].designation) return -1;
    return 0;
}

}  // namespace clinical::codes
