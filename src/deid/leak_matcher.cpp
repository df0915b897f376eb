#include "deid/leak_matcher.h"

#include <algorithm>
#include <cstdio>

namespace clinical::deid {

namespace {

constexpr std::size_t filter_bits = std::size_t{1} << 23;  // 1 MB: fits the second-level cache
constexpr std::size_t clean_slots = std::size_t{1} << 16;
// The longest identifier compared, in letters and digits.
constexpr std::size_t longest = 64;
constexpr std::size_t most_units = 40;
constexpr std::size_t widest_gap = 3;
constexpr std::size_t blob = 200;  // base64 text of that length is a document or picture

constexpr std::string_view standard_words =
#include "deid/data/leak_words.inc"
    ;

constexpr std::array<const char *, 12> months{"jan", "feb", "mar", "apr", "may", "jun",
                                              "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<const char *, 12> long_months{"january",   "february", "march",    "april",
                                                   "may",       "june",     "july",     "august",
                                                   "september", "october",  "november", "december"};

bool digit(char c) { return c >= '0' && c <= '9'; }

// The units of a text without what stands between them, as far as a search compares them: text
// that is longer, or whose parts stand further apart, is known by its beginning.
std::string compact_of(std::string_view folded, const std::vector<Unit> &units) {
    std::string out;
    for (std::size_t i = 0; i < units.size() && i < most_units; ++i) {
        const Unit &u = units[i];
        if (i > 0 && !u.glued && u.begin - units[i - 1].end > widest_gap) break;
        if (out.size() + (u.end - u.begin) > longest) break;
        out += folded.substr(u.begin, u.end - u.begin);
    }
    return out;
}

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

std::size_t letters_in(std::string_view text) {
    // characters, not bytes: continuation bytes do not count
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

bool worth_searching(std::string_view compact) {
    if (compact.empty()) return false;
    if (all_digits(compact)) {
        const std::size_t zeros = compact.find_first_not_of('0');
        return zeros != std::string_view::npos && compact.size() >= 4;
    }
    // A single ideograph or syllable is a name; a single Latin letter is in every code.
    return letters_in(compact) >= 2 || static_cast<unsigned char>(compact[0]) >= 0x80;
}

// A run of base64 of that length, wrapped or not, anywhere in the text.
bool has_blob(std::string_view text) {
    std::size_t run = 0;
    for (const char c : text) {
        const bool base64 = digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            c == '+' || c == '/' || c == '=' || c == '-' || c == '_' || c == '\n' ||
                            c == '\r';
        run = base64 ? run + 1 : 0;
        if (run >= blob) return true;
    }
    return false;
}

// local-part@domain.tld anywhere in the text.
bool has_email(std::string_view text) {
    for (std::size_t at = text.find('@'); at != std::string_view::npos;
         at = text.find('@', at + 1)) {
        const auto word = [](char c) { return digit(c) || (c >= 'a' && c <= 'z') || c == '-'; };
        if (at == 0 || !(word(text[at - 1]) || text[at - 1] == '_')) continue;
        std::size_t end = at + 1;
        while (end < text.size() && word(text[end])) ++end;
        if (end > at + 1 && end + 1 < text.size() && text[end] == '.' && word(text[end + 1]))
            return true;
    }
    return false;
}

// nnn-nn-nnnn, also with a masked beginning (xxx-xx-1234): parts of identifiers are identifiers.
bool has_ssn_shape(std::string_view text) {
    for (std::size_t at = text.find('-'); at != std::string_view::npos;
         at = text.find('-', at + 1)) {
        if (at < 3 || at + 7 >= text.size() || text[at + 3] != '-') continue;
        const auto part = [&](std::size_t from, std::size_t n, bool masked) {
            return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(from),
                               text.begin() + static_cast<std::ptrdiff_t>(from + n), [&](char c) {
                                   return digit(c) || (masked && (c == 'x' || c == '*'));
                               });
        };
        const bool open = at == 3 || !digit(text[at - 4]);
        const bool closed = at + 8 == text.size() || !digit(text[at + 8]);
        if (open && closed && part(at - 3, 3, true) && part(at + 1, 2, true) &&
            part(at + 4, 4, false))
            return true;
    }
    return false;
}

// A whole string that is a date finer than its year: YYYY-MM, YYYY-MM-DD, with or without a time.
bool is_fine_date(std::string_view text) {
    if (text.size() < 7 || text[4] != '-' || !all_digits(text.substr(0, 4)) ||
        !all_digits(text.substr(5, 2)))
        return false;
    const int year = std::stoi(std::string(text.substr(0, 4)));
    const int month = std::stoi(std::string(text.substr(5, 2)));
    if (year < 1850 || year > 2200 || month < 1 || month > 12) return false;
    if (text.size() == 7) return true;
    FullDate date;
    return read_date(text, date) && (text.size() == 10 || text[10] == 't' || text[10] == ' ');
}

}  // namespace

std::string_view name_of(LeakCategory category) {
    static constexpr std::array<std::string_view, leak_categories> names{
        "name",    "geography", "street", "date",        "phone",   "fax",
        "email",   "ssn",       "mrn",    "health_plan", "account", "licence",
        "vehicle", "device",    "url",    "ip",          "image",   "other"};
    return names[static_cast<std::size_t>(category)];
}

std::string_view name_of(Severity severity) {
    return severity == Severity::blocking ? "blocking" : "review";
}

bool read_date(std::string_view text, FullDate &date) {
    std::string digits;
    for (const char c : text.substr(0, std::min<std::size_t>(text.size(), 10))) {
        if (digit(c)) {
            digits += c;
        } else if (c == '-' || c == '/') {
            if (digits.size() != 4 && digits.size() != 6) return false;
        } else {
            break;
        }
        if (digits.size() == 8) break;
    }
    if (digits.size() != 8) return false;
    date.year = std::stoi(digits.substr(0, 4));
    date.month = std::stoi(digits.substr(4, 2));
    date.day = std::stoi(digits.substr(6, 2));
    return date.year >= 1850 && date.year <= 2200 && date.month >= 1 && date.month <= 12 &&
           date.day >= 1 && date.day <= 31;
}

LeakMatcher::LeakMatcher() : filter_(filter_bits / 64), clean_(clean_slots) {
    for (std::size_t i = 0; i < standard_words.size();) {
        const std::size_t end = std::min(standard_words.find(' ', i), standard_words.size());
        ordinary_.emplace(CompactHash(standard_words.substr(i, end - i)).value(), true);
        i = end + 1;
    }
}

void LeakMatcher::add_key(std::uint64_t key, const Entry &entry) {
    const std::uint64_t bit = key & (filter_bits - 1);
    filter_[bit / 64] |= std::uint64_t{1} << (bit % 64);
    const auto [at, added] = entries_.try_emplace(key, entry);
    if (added) return;
    const bool apart = at->second.apart || entry.apart;
    // "Springfield" is a street of one and the town of another: a town, which some modes keep.  A
    // line with a house number stays one, even where it was typed as a town.
    const auto outranks = [](const Entry &a, const Entry &b) {
        return a.category == (a.numbered ? LeakCategory::street : LeakCategory::geography) &&
               b.category == (a.numbered ? LeakCategory::geography : LeakCategory::street) &&
               a.doubtful == b.doubtful;
    };
    // What is an identifier beyond doubt in one place is one everywhere; a number that may also be
    // read as a date is searched as a number.
    if ((at->second.doubtful && !entry.doubtful) || (at->second.date && !entry.date) ||
        outranks(entry, at->second))
        at->second = entry;
    at->second.apart = apart;
}

void LeakMatcher::note(LeakCategory category, std::string_view text) {
    ++counts_[static_cast<std::size_t>(category)];
    changed_ = true;
    auto &samples = samples_[static_cast<std::size_t>(category)];
    if (samples.size() < samples_kept) samples.emplace_back(text);
}

void LeakMatcher::add_text(LeakCategory category, std::string_view text, bool doubtful) {
    const std::string folded = fold(text);
    cut_units(folded, units_);
    const std::string compact = compact_of(folded, units_);
    if (!worth_searching(compact)) return;
    note(category, text);
    const bool apart =
        std::any_of(units_.begin() + 1, units_.end(), [](const Unit &u) { return !u.glued; });
    const bool digits =
        std::any_of(units_.begin(), units_.end(), [](const Unit &u) { return u.digits; });
    const Entry entry{category, doubtful, false, apart, digits && !all_digits(compact)};
    add_key(CompactHash(compact).value(), entry);
    if (all_digits(compact)) {
        const std::size_t zeros = compact.find_first_not_of('0');
        if (zeros > 0 && compact.size() - zeros >= 4)
            add_key(CompactHash(std::string_view(compact).substr(zeros)).value(), entry);
    }
}

void LeakMatcher::add_name(std::string_view family, std::string_view given, bool doubtful) {
    add_text(LeakCategory::name, family, doubtful);
    add_text(LeakCategory::name, given, doubtful);
    if (!family.empty() && !given.empty()) {
        const std::string f(family);
        const std::string g(given);
        add_text(LeakCategory::name, f + " " + g, doubtful);
        add_text(LeakCategory::name, g + " " + f, doubtful);
    }
    // Each word of a name of several is a name of its own ("Maria" of "Maria Luisa").
    for (const std::string_view whole : {family, given}) {
        const std::string folded = fold(whole);
        cut_units(folded, units_);
        if (units_.size() < 2) continue;
        const std::vector<Unit> parts = units_;
        for (const Unit &u : parts) {
            const std::string_view part = std::string_view(folded).substr(u.begin, u.end - u.begin);
            if (part.size() >= 3) add_text(LeakCategory::name, part, doubtful);
        }
    }
}

void LeakMatcher::add_date_key(std::string_view text) {
    add_key(CompactHash(text).value(), {LeakCategory::date, false, true, false, false});
}

// Every order in which a date is written, as its digits stand; month names in English.
void LeakMatcher::add_date(int year, int month, int day) {
    std::array<char, 48> text{};
    const auto write = [&](const char *format, auto... values) {
        const int n = std::snprintf(text.data(), text.size(), format, values...);
        return std::string_view(text.data(), static_cast<std::size_t>(n));
    };
    const auto add = [&](const char *format, auto... values) {
        add_date_key(write(format, values...));
    };
    note(LeakCategory::date, write("%04d-%02d-%02d", year, month, day));
    for (const char *format : {"%04d%02d%02d", "%d%d%d"}) add(format, year, month, day);
    for (const char *format : {"%02d%02d%04d", "%d%d%d"}) {
        add(format, month, day, year);
        add(format, day, month, year);
    }
    add("%02d%02d%02d", month, day, year % 100);
    add("%02d%02d%02d", day, month, year % 100);
    add("%d%d%02d", month, day, year % 100);
    for (const auto &names : {months, long_months}) {
        const char *name = names[static_cast<std::size_t>(month - 1)];
        add("%s%d%d", name, day, year);
        add("%s%02d%d", name, day, year);
        add("%d%s%d", day, name, year);
        add("%02d%s%d", day, name, year);
    }
}

void LeakMatcher::add_ordinary(std::string_view text) {
    const std::string folded = fold(text);
    cut_units(folded, units_);
    CompactHash whole;
    for (const Unit &u : units_) {
        const std::string_view unit = std::string_view(folded).substr(u.begin, u.end - u.begin);
        if (!u.digits) ordinary_.emplace(CompactHash(unit).value(), false);
        whole.add(unit);
    }
    if (!units_.empty()) ordinary_.emplace(whole.value(), false);
    changed_ = true;
}

const LeakMatcher::Entry *LeakMatcher::find(std::uint64_t key) const {
    const std::uint64_t bit = key & (filter_bits - 1);
    if (!(filter_[bit / 64] >> (bit % 64) & 1)) return nullptr;
    const auto at = entries_.find(key);
    return at == entries_.end() ? nullptr : &at->second;
}

void LeakMatcher::hit(Severity severity, LeakCategory category) {
    for (LeakHit &h : hits_) {
        if (h.category != category) continue;
        h.severity = std::max(h.severity, severity);
        return;
    }
    hits_.push_back({severity, category});
}

// A run of units that equals an identifier.
struct LeakMatcher::Candidate {
    std::size_t bytes;
    std::size_t units;
    std::size_t longest;  // unit
    bool digits;          // nothing else
    bool mixed;           // letters and digits
    bool apart;           // something stands between its units
    bool whole;           // it is the whole string
};

void LeakMatcher::judge(const Entry &entry, std::uint64_t key, const Candidate &c,
                        LeakPlace place) {
    // Short words that merely follow each other are not a word ("an a" is not "Ana"), but they are
    // an identifier of several ("Elm St").
    const bool few = !c.digits && !c.mixed && c.apart && c.bytes < 6;
    if (few && (place.code || !entry.apart)) return;
    Severity severity = Severity::blocking;
    const auto ordinary = ordinary_.find(key);
    if (place.code && ordinary != ordinary_.end() && ordinary->second) return;
    const bool tiny = c.digits ? c.bytes < 5 : c.mixed ? c.bytes < 5 : c.bytes < 3;
    if (place.code && tiny) return;
    const bool allowed = place.kept && entry.category == LeakCategory::geography;
    const bool code_like =
        place.code && ((c.apart && c.digits) || entry.category == LeakCategory::url);
    const bool short_word = !c.digits && !c.mixed && c.bytes < (few ? 5 : 3);
    if (entry.doubtful || ordinary != ordinary_.end() || allowed || code_like || short_word) {
        severity = Severity::review;
    } else if (entry.date && c.digits && c.bytes < 8) {
        if (c.units != 3) return;  // the digits of a date without its separators are any number
        if (c.longest < 4) severity = Severity::review;  // a year of two digits
    } else if (c.digits) {
        if (c.bytes == 4) severity = Severity::review;
        if (c.bytes == 5 && (!c.whole || place.number || place.code)) severity = Severity::review;
        if (c.bytes == 6 && (place.number || place.code)) severity = Severity::review;
    } else if (c.mixed) {
        if (c.bytes < 5 || (place.code && c.bytes < 7)) severity = Severity::review;
    }
    hit(severity, entry.category);
}

// Runs of units that begin with unit `first`, whose first `skip` bytes (zeros) are left out.
void LeakMatcher::search_from(std::string_view folded, std::size_t first, std::size_t skip,
                              LeakPlace place) {
    CompactHash hash;
    Candidate c{.bytes = 0,
                .units = 0,
                .longest = 0,
                .digits = true,
                .mixed = false,
                .apart = false,
                .whole = false};
    bool letters = false;
    for (std::size_t i = first; i < units_.size() && i < first + most_units; ++i) {
        const Unit &u = units_[i];
        const std::size_t begin = u.begin + (i == first ? skip : 0);
        const std::string_view text = folded.substr(begin, u.end - begin);
        if (c.bytes + text.size() > longest) return;
        if (i > first && !u.glued) {
            // Parts of an identifier stand near each other.
            if (u.begin - units_[i - 1].end > widest_gap) return;
            c.apart = true;
        }
        hash.add(text);
        c.bytes += text.size();
        c.units += 1;
        c.longest = std::max(c.longest, text.size());
        letters |= !u.digits;
        c.digits &= u.digits;
        c.mixed = letters && !c.digits && (c.mixed || u.digits || units_[first].digits);
        const std::uint64_t key = hash.value();
        if (const Entry *entry = find(key)) {
            c.whole = first == 0 && i + 1 == units_.size();
            judge(*entry, key, c, place);
        }
    }
}

void LeakMatcher::search_units(std::string_view folded, LeakPlace place) {
    cut_units(folded, units_);
    for (std::size_t first = 0; first < units_.size(); ++first) {
        const Unit &u = units_[first];
        search_from(folded, first, 0, place);
        if (!u.digits) continue;
        const std::string_view text = folded.substr(u.begin, u.end - u.begin);
        const std::size_t zeros = text.find_first_not_of('0');
        if (zeros != std::string_view::npos && zeros > 0) search_from(folded, first, zeros, place);
        if (text.size() >= 12) {  // a time stamp: its date
            const std::uint64_t key = CompactHash(text.substr(0, 8)).value();
            const Entry *entry = find(key);
            if (entry && entry->date) hit(Severity::blocking, LeakCategory::date);
        }
    }
}

// What no Safe Harbor copy may hold, known or not.
void LeakMatcher::search_shapes(std::string_view text, std::string_view folded, LeakPlace place) {
    if (text.size() >= blob && has_blob(text)) hit(Severity::blocking, LeakCategory::image);
    if (place.number) return;
    if (is_fine_date(folded)) hit(Severity::blocking, LeakCategory::date);
    if (has_email(folded)) hit(Severity::blocking, LeakCategory::email);
    if (has_ssn_shape(folded)) hit(Severity::blocking, LeakCategory::ssn);
}

const std::vector<LeakHit> &LeakMatcher::search(std::string_view text, LeakPlace place) {
    hits_.clear();
    if (changed_) {
        std::fill(clean_.begin(), clean_.end(), 0);
        changed_ = false;
    }
    CompactHash identity(text);
    identity.add(place.number ? "#" : place.code ? "|" : place.kept ? "+" : " ");
    const std::uint64_t key = identity.value() | 1;
    std::uint64_t &slot = clean_[(key >> 1) & (clean_slots - 1)];
    if (slot == key) return hits_;

    const std::string folded = fold(text);
    search_shapes(text, folded, place);
    search_units(folded, place);
    if (const std::string plain = undo_escapes(text); !plain.empty()) {
        const std::string folded_plain = fold(plain);
        search_shapes(plain, folded_plain, place);
        search_units(folded_plain, place);
    }
    if (hits_.empty()) slot = key;
    return hits_;
}

}  // namespace clinical::deid
