#include "deid/leak_matcher.h"

#include <algorithm>

#include "deid/leak_alike.h"

namespace clinical::deid {

namespace {

constexpr std::size_t clean_slots = std::size_t{1} << 16;
constexpr std::size_t blob = 200;  // base64 text of that length is a document or picture

constexpr std::string_view standard_words =
#include "deid/data/leak_words.inc"
    ;

bool digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

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

std::string_view name_of(Severity severity) {
    return severity == Severity::blocking ? "blocking" : "review";
}

LeakMatcher::LeakMatcher() : clean_(clean_slots) {
    LeakMark mark;
    mark.ordinary = mark.standard = true;
    each_word(standard_words,
              [&](std::string_view word) { table_.put(CompactHash(word).value(), mark); });
}

LeakMatcher::LeakMatcher(std::span<const std::uint64_t> image)
    : table_(image), clean_(clean_slots) {}

void LeakMatcher::put(std::uint64_t key, const LeakMark &mark) {
    changed_ = true;
    table_.put(key, mark);
}

void LeakMatcher::note(LeakCategory category, std::string_view text) {
    auto &samples = samples_[static_cast<std::size_t>(category)];
    if (samples.size() < samples_kept) samples.emplace_back(text);
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

void LeakMatcher::judge(const LeakMark &mark, const Candidate &c, LeakPlace place) {
    // Short words that merely follow each other are not a word ("an a" is not "Ana"), but they are
    // an identifier of several ("Elm St").
    const bool few = !c.digits && !c.mixed && c.apart && c.bytes < 6;
    if (few && (place.code || !mark.apart)) return;
    Severity severity = Severity::blocking;
    const auto category = static_cast<LeakCategory>(mark.category);
    if (place.code && mark.standard) return;
    const bool tiny = c.digits ? c.bytes < 5 : c.mixed ? c.bytes < 5 : c.bytes < 3;
    if (place.code && tiny) return;
    const bool allowed = place.kept && category == LeakCategory::geography;
    const bool code_like = place.code && ((c.apart && c.digits) || category == LeakCategory::url);
    const bool short_word = !c.digits && !c.mixed && c.bytes < (few ? 5 : 3);
    if (mark.doubtful || mark.ordinary || allowed || code_like || short_word) {
        severity = Severity::review;
    } else if (mark.date && c.digits && c.bytes < 8) {
        if (c.units != 3) return;  // the digits of a date without its separators are any number
        if (c.longest < 4) severity = Severity::review;  // a year of two digits
    } else if (c.digits) {
        if (c.bytes == 4) severity = Severity::review;
        if (c.bytes == 5 && (!c.whole || place.number || place.code)) severity = Severity::review;
        if (c.bytes == 6 && (place.number || place.code)) severity = Severity::review;
    } else if (c.mixed) {
        if (c.bytes < 5 || (place.code && c.bytes < 7)) severity = Severity::review;
    }
    hit(severity, category);
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
    for (std::size_t i = first; i < units_.size() && i < first + leak_most_units; ++i) {
        const Unit &u = units_[i];
        const std::size_t begin = u.begin + (i == first ? skip : 0);
        const std::string_view text = folded.substr(begin, u.end - begin);
        if (c.bytes + text.size() > leak_longest) return;
        if (i > first && !u.glued) {
            // Parts of an identifier stand near each other.
            if (u.begin - units_[i - 1].end > leak_widest_gap) return;
            c.apart = true;
        }
        hash.add(text);
        c.bytes += text.size();
        c.units += 1;
        c.longest = std::max(c.longest, text.size());
        letters |= !u.digits;
        c.digits &= u.digits;
        c.mixed = letters && !c.digits && (c.mixed || u.digits || units_[first].digits);
        const LeakMark mark = LeakMark::of(table_.find(hash.value()));
        if (mark.identifier) {
            c.whole = first == 0 && i + 1 == units_.size();
            judge(mark, c, place);
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
            const LeakMark mark = LeakMark::of(table_.find(CompactHash(text.substr(0, 8)).value()));
            if (mark.identifier && mark.date) hit(Severity::blocking, LeakCategory::date);
        }
    }
}

// Words of plain text that are alike a name: for review.
void LeakMatcher::search_alike(std::string_view folded, LeakPlace place) {
    if (place.number || place.code || place.kept) return;
    for (const Unit &u : units_) {
        const std::string_view word = folded.substr(u.begin, u.end - u.begin);
        if (u.digits || !can_be_alike(word)) continue;
        const LeakMark exact = LeakMark::of(table_.find(CompactHash(word).value()));
        if (exact.identifier || exact.ordinary) continue;
        forms_.clear();
        add_alike_forms(word, forms_);
        for (const std::string &form : forms_)
            if (LeakMark::of(table_.find(CompactHash(form).value())).identifier)
                return hit(Severity::review, LeakCategory::name);
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
    search_alike(folded, place);
    if (const std::string plain = undo_escapes(text); !plain.empty()) {
        const std::string folded_plain = fold(plain);
        search_shapes(plain, folded_plain, place);
        search_units(folded_plain, place);
    }
    if (hits_.empty()) slot = key;
    return hits_;
}

}  // namespace clinical::deid
