// E-mail, URL, IP and MAC addresses: they run over tokens, so the text itself is read around the
// marks that give them away.

#include <algorithm>
#include <array>

#include "deid/note_span.h"

namespace clinical::deid::note {
namespace {

bool alnum(char c) {
    const auto u = static_cast<unsigned char>(c);
    return (u >= '0' && u <= '9') || ((u | 0x20) >= 'a' && (u | 0x20) <= 'z') || u >= 0x80;
}
bool of_mail(char c) {
    return alnum(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-';
}
bool of_url(char c) {
    return static_cast<unsigned char>(c) > ' ' && c != '"' && c != '<' && c != '>' && c != ')' &&
           c != ']' && c != '}' && c != '|' && c != '\\' && c != '^' && c != '`';
}

// Most bytes of one address: what is longer is cut, so that time stays linear.
constexpr std::size_t longest = 2048;

// The token that begins at or after byte `at`, looking on from `hint`.
std::size_t token_at(const Tokens &tokens, std::uint32_t at) {
    const auto it = std::lower_bound(tokens.list.begin(), tokens.list.end(), at,
                                     [](const Token &t, std::uint32_t b) { return t.end <= b; });
    return static_cast<std::size_t>(it - tokens.list.begin());
}

void add_bytes(Draft &draft, std::size_t begin, std::size_t end, Category category) {
    if (begin >= end) return;
    const std::size_t first = token_at(draft.tokens, static_cast<std::uint32_t>(begin));
    const std::size_t last = token_at(draft.tokens, static_cast<std::uint32_t>(end - 1));
    if (first < draft.tokens.size() && last < draft.tokens.size())
        draft.add(first, last, category, 0.99F, Detector::shape);
}

void mail(Draft &draft, std::size_t at) {
    const std::string_view text = draft.tokens.text;
    std::size_t begin = at, end = at + 1;
    while (begin > 0 && at - begin < longest && of_mail(text[begin - 1])) --begin;
    while (end < text.size() && end - at < longest && of_mail(text[end])) ++end;
    while (end > at + 1 && !alnum(text[end - 1])) --end;
    const std::string_view domain = text.substr(at + 1, end - at - 1);
    // "seen @ 3pm", "@home": an address has something on both sides and a dot in its domain.
    if (begin == at || domain.empty()) return;
    if (domain.find('.') == std::string_view::npos && !alnum(domain.front())) return;
    if (domain.find('.') == std::string_view::npos &&
        domain.find_first_not_of("0123456789") == std::string_view::npos)
        return;
    add_bytes(draft, begin, end, Category::email);
}

void url(Draft &draft, std::size_t begin) {
    const std::string_view text = draft.tokens.text;
    std::size_t end = begin;
    while (end < text.size() && end - begin < longest && of_url(text[end])) ++end;
    while (end > begin && (text[end - 1] == '.' || text[end - 1] == ',' || text[end - 1] == ';' ||
                           text[end - 1] == '\'' || text[end - 1] == ':' || text[end - 1] == '?' ||
                           text[end - 1] == '!'))
        --end;
    add_bytes(draft, begin, end, Category::url);
}

// A host name without a scheme: "portal.hospital.org/x".
bool is_top_level(std::string_view letters) {
    static constexpr std::array<std::string_view, 34> known{
        "com", "org", "net",  "edu",    "gov", "mil", "io", "info", "biz", "us",  "uk", "ca",
        "de",  "fr",  "ch",   "au",     "eu",  "me",  "tv", "app",  "dev", "int", "ie", "health",
        "nl",  "se",  "care", "clinic", "br",  "it",  "es", "jp",   "nz",  "in"};
    return std::find(known.begin(), known.end(), letters) != known.end();
}

void host(Draft &draft, std::size_t dot) {
    Tokens &tokens = draft.tokens;
    std::size_t first = dot;
    while (first > 0 && dot - first < 32 && tokens[first].glued() &&
           (tokens[first - 1].is_word() || tokens[first - 1].is_number() ||
            tokens[first - 1].is_mark('.') || tokens[first - 1].is_mark('-')))
        --first;
    // "in", "it" and "me" are words: "stop.It" is two sentences, so those want a lower-case host.
    const Token &top = tokens[dot + 1];
    if (top.shape != Shape::lower || first == dot) return;
    if (top.length == 2 && (tokens[dot - 1].shape != Shape::lower || top.has(word::preposition) ||
                            english_of(top.word) == 3))
        return;
    url(draft, tokens[first].begin);
}

void ip4(Draft &draft, std::size_t i) {
    Tokens &tokens = draft.tokens;
    std::size_t at = i;
    for (int part = 0; part < 4; ++part) {
        if (part > 0) {
            if (!tokens.at(at).is_mark('.') || !tokens[at].glued() || !tokens.at(at + 1).glued())
                return;
            ++at;
        }
        const Token &token = tokens.at(at);
        if (!token.is_number() || token.length > 3) return;
        int value = 0;
        for (const char c : tokens.letters(at)) value = value * 10 + (c - '0');
        if (value > 255) return;
        if (part < 3) ++at;
    }
    // Not the beginning of 1.2.3.4.5.
    if (tokens.at(at + 1).is_mark('.') && tokens[at + 1].glued() && tokens.at(at + 2).glued() &&
        tokens.at(at + 2).is_number())
        return;
    draft.add(i, at, Category::ip, 0.95F, Detector::shape);
}

// Groups of hexadecimal digits with colons: IPv6 and MAC.
void colons(Draft &draft, std::size_t at) {
    const std::string_view text = draft.tokens.text;
    const auto hexadecimal = [](char c) {
        return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') || c == ':';
    };
    std::size_t begin = at, end = at;
    while (begin > 0 && at - begin < 48 && hexadecimal(text[begin - 1])) --begin;
    while (end < text.size() && end - at < 48 && hexadecimal(text[end])) ++end;
    if (begin > 0 && alnum(text[begin - 1])) return;
    if (end < text.size() && alnum(text[end])) return;
    const std::string_view body = text.substr(begin, end - begin);
    std::size_t groups = 1, longest_group = 0, current = 0;
    bool twos = true, doubled = false, digit = false;
    for (std::size_t i = 0; i <= body.size(); ++i) {
        if (i == body.size() || body[i] == ':') {
            longest_group = std::max(longest_group, current);
            if (current != 2) twos = false;
            if (current == 0 && i > 0 && i < body.size()) doubled = true;
            current = 0;
            if (i < body.size()) ++groups;
        } else {
            ++current;
            if (body[i] <= '9') digit = true;
        }
    }
    if (!digit || longest_group > 4) return;
    if ((groups == 6 && twos) || groups == 8 || (doubled && groups >= 3 && body.size() >= 6))
        add_bytes(draft, begin, end, Category::ip);
}

}  // namespace

void find_addresses_of_machines(Draft &draft) {
    Tokens &tokens = draft.tokens;
    std::uint32_t done = 0;  // bytes before this are part of what was found
    for (std::size_t i = tokens.next(0, interest::machine); i < tokens.size();
         i = tokens.next(i + 1, interest::machine)) {
        const Token &token = tokens[i];
        const std::size_t before = draft.spans.size();
        if (token.begin < done) continue;
        if (token.mark == '@') {
            mail(draft, token.begin);
        } else if (token.mark == ':') {
            if (tokens.text.substr(token.begin, 3) == "://" && i > 0)
                url(draft, tokens[i - 1].begin);
            else if (token.glued() && i + 1 < tokens.size() &&
                     (tokens[i + 1].glued() || tokens[i + 1].is_mark(':')))
                colons(draft, token.begin);
        } else if (token.mark == '.' && token.glued() && i > 0 && i + 1 < tokens.size() &&
                   tokens[i + 1].glued() && tokens[i + 1].is_word()) {
            if (tokens[i - 1].is_word() && tokens.letters(i - 1) == "www")
                url(draft, tokens[i - 1].begin);
            else if (is_top_level(tokens.letters(i + 1)) &&
                     !(tokens.at(i + 2).is_mark('.') && tokens.at(i + 2).glued() &&
                       tokens.at(i + 3).glued() && tokens.at(i + 3).is_word()))
                host(draft, i);
        } else if (token.mark == '.' && i > 0 && tokens[i - 1].is_number() &&
                   tokens[i - 1].length <= 3 && tokens[i - 1].begin >= done &&
                   !(i > 1 && tokens[i - 2].is_mark('.') && tokens[i - 1].glued())) {
            ip4(draft, i - 1);
        }
        if (draft.spans.size() > before) done = draft.spans.back().end;
    }
}

}  // namespace clinical::deid::note
