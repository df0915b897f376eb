// What stands where an identifier stood.

#include <algorithm>
#include <array>
#include <optional>

#include "core/sha256.h"
#include "deid/leak_text.h"
#include "deid/note_scrub.h"
#include "deid/places.h"

namespace clinical::deid::note {
namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// Runs of digits of a span, in order.
template <typename Each>
void each_number(std::string_view text, Each each) {
    for (std::size_t i = 0; i < text.size();) {
        if (!digit(text[i])) {
            ++i;
            continue;
        }
        std::size_t end = i;
        while (end < text.size() && digit(text[end])) ++end;
        each(i, text.substr(i, end - i));
        i = end;
    }
}

// What may stay of a place: its state, and three digits of its ZIP code.
std::string area_of(std::string_view text) {
    std::string kept;
    std::size_t end = text.size();
    std::string_view zip;
    each_number(text, [&](std::size_t at, std::string_view number) {
        if (number.size() == 5) {
            zip = number;
            end = at;
        }
    });
    // The words before the ZIP code, or the last ones.
    std::string_view head = text.substr(0, end);
    while (!head.empty() && !((head.back() | 0x20) >= 'a' && (head.back() | 0x20) <= 'z'))
        head.remove_suffix(1);
    std::size_t begin = head.size();
    for (int words = 0; words < 3 && begin > 0; ++words) {
        while (begin > 0 && (head[begin - 1] | 0x20) >= 'a' && (head[begin - 1] | 0x20) <= 'z')
            --begin;
        // A state follows a comma or stands before the ZIP code.
        std::size_t before = begin;
        while (before > 0 && head[before - 1] == ' ') --before;
        const bool apart = before > 0 && head[before - 1] == ',';
        if (before == 0 && zip.empty()) break;
        if ((apart || !zip.empty()) && state(head.substr(begin))) {
            kept = head.substr(begin);
            break;
        }
        if (before == begin || apart) break;
        begin = before;
    }
    if (!zip.empty() && !kept.empty()) {
        char buffer[3];
        if (const auto area = zip3(zip, buffer)) {
            kept += ' ';
            kept += *area;
        }
    }
    return kept;
}

std::string tag_of(Category category) {
    std::string tag = "[";
    for (const char c : name_of(category))
        tag += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return tag + "]";
}

// Invented, and so made that they read as what they replace.
constexpr std::array<std::string_view, 24> given_names{
    "Avery", "Blair", "Casey", "Dana",   "Ellis",  "Finley", "Gray",   "Harper",
    "Indra", "Jules", "Kerry", "Lane",   "Morgan", "Noel",   "Oakley", "Parker",
    "Quinn", "Reese", "Sasha", "Taylor", "Umber",  "Vale",   "Winter", "Yael"};
constexpr std::array<std::string_view, 24> family_names{
    "Ashdown", "Birkett",  "Carrow",  "Denholm", "Eastlake", "Farrow",  "Garside", "Holme",
    "Ingleby", "Jessop",   "Kendrew", "Lorimer", "Marlow",   "Norwell", "Ormsby",  "Penrith",
    "Quarles", "Rowntree", "Selwyn",  "Thorne",  "Upwood",   "Vickery", "Wexford", "Yardley"};
constexpr std::array<std::string_view, 12> towns{
    "Elmstead",  "Fairmere", "Glenhaven", "Harrowfield", "Larkspur Bay", "Mossvale",
    "Northmoor", "Oakhurst", "Pinecrest", "Stonebridge", "Westlake",     "Willowford"};

std::uint64_t draw(const Options &options, std::string_view what, std::string_view text) {
    std::string bytes = options.seed;
    bytes += '\0';
    bytes += what;
    bytes += '\0';
    bytes += fold(text);
    const core::Sha256 hash = core::sha256(bytes);
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i) value = value << 8 | hash[static_cast<std::size_t>(i)];
    return value;
}

// Each word of a name has one surrogate, so that "Roe" and "Jane Roe" stay one person.
std::string name_surrogate(const Options &options, std::string_view text) {
    std::string out;
    std::size_t words = 0;
    std::string word;
    const auto flush = [&] {
        if (word.empty()) return;
        const std::string folded = fold(word);
        if (words > 0) out += ' ';
        ++words;
        if (folded.size() == 1) {
            out += static_cast<char>('A' + draw(options, "initial", folded) % 26);
            out += '.';
        } else {
            const Word w = lexicon().find(print_of(fold_letters(word)));
            const bool given = first_of(w) > last_of(w);
            out += given ? given_names[draw(options, "given", folded) % given_names.size()]
                         : family_names[draw(options, "family", folded) % family_names.size()];
        }
        word.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80 || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z'))
            word += text[i];
        else if (c != '\'')
            flush();
    }
    flush();
    return out.empty() ? tag_of(Category::name) : out;
}

// Digits for digits and letters for letters: the form stays.
std::string code_surrogate(const Options &options, std::string_view text) {
    std::string out;
    std::uint64_t state = draw(options, "code", text);
    const auto next = [&](std::uint64_t n) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state % n;
    };
    if (state == 0) state = 1;
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (digit(c))
            out += static_cast<char>('0' + next(10));
        else if (u >= 'a' && u <= 'z')
            out += static_cast<char>('a' + next(26));
        else if (u >= 'A' && u <= 'Z')
            out += static_cast<char>('A' + next(26));
        else if (u < 0x80)
            out += c;
    }
    return out;
}

std::string surrogate(const Options &options, const Span &span, std::string_view text) {
    switch (span.category) {
        case Category::name: return name_surrogate(options, text);
        case Category::location:
            return std::string(towns[draw(options, "town", text) % towns.size()]);
        case Category::organization:
            return std::string(family_names[draw(options, "body", text) % family_names.size()]) +
                   " Company";
        case Category::email:
            return "person" + std::to_string(draw(options, "email", text) % 100000) +
                   "@example.org";
        case Category::url:
            return "https://example.org/" + std::to_string(draw(options, "url", text) % 100000);
        case Category::ip: return "192.0.2." + std::to_string(draw(options, "ip", text) % 254 + 1);
        case Category::phone:
        case Category::fax:
            return "555-01" + std::to_string(10 + draw(options, "phone", text) % 90);
        default: return code_surrogate(options, text);
    }
}

void replace_one(std::string_view text, const Span &span, const Options &options,
                 std::string &out) {
    switch (span.category) {
        case Category::date:
            if (options.keep_years) {
                const int reference = options.reference ? options.reference->year : 0;
                const auto year = year_of(text, reference);
                if (year && !is_early(*year, reference)) {
                    out += std::to_string(*year);
                    return;
                }
            }
            out += tag_of(span.category);
            return;
        case Category::age: out += "90+"; return;
        case Category::location: {
            out += options.replacement == Replacement::surrogate ? surrogate(options, span, text)
                                                                 : tag_of(span.category);
            const std::string area = options.keep_areas ? area_of(text) : std::string();
            if (!area.empty()) out += ", " + area;
            return;
        }
        default:
            out += options.replacement == Replacement::surrogate ? surrogate(options, span, text)
                                                                 : tag_of(span.category);
    }
}

}  // namespace

std::optional<int> year_of(std::string_view text, int reference_year) {
    std::optional<int> year;
    int numbers = 0;
    std::string_view last;
    std::size_t last_at = 0;
    each_number(text, [&](std::size_t at, std::string_view number) {
        ++numbers;
        if (!year && (number.size() == 4 || number.size() == 8)) {
            const int n = std::atoi(std::string(number.substr(0, 4)).c_str());
            if (n >= 1850 && n <= 2100) year = n;
            const int m = std::atoi(std::string(number.substr(number.size() - 4)).c_str());
            if (!year && m >= 1850 && m <= 2100) year = m;
        }
        if (numbers <= 3) {
            last = number;
            last_at = at;
        }
    });
    if (year) return year;
    const bool apostrophe = last_at > 0 && text[last_at - 1] == '\'';
    const bool month = std::any_of(text.begin(), text.end(),
                                   [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; });
    if (last.size() == 2 && text.find(':') == std::string_view::npos &&
        (apostrophe || (numbers == 3 && !month))) {
        const int n = (last[0] - '0') * 10 + (last[1] - '0');
        return 2000 + n <= (reference_year != 0 ? reference_year : 2040) ? 2000 + n : 1900 + n;
    }
    return {};
}

std::string replacement(std::string_view found, const Span &span, const Options &options) {
    std::string out;
    replace_one(found, span, options, out);
    return out;
}

std::string replace(std::string_view text, const std::vector<Span> &spans, const Options &options) {
    std::string out;
    out.reserve(text.size() + spans.size() * 8);
    std::size_t at = 0;
    for (const Span &span : spans) {
        out.append(text.substr(at, span.begin - at));
        replace_one(text.substr(span.begin, span.end - span.begin), span, options, out);
        at = span.end;
    }
    out.append(text.substr(at));
    return out;
}

}  // namespace clinical::deid::note
