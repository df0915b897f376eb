#include "fhirpath/regex.h"

#include <re2/re2.h>

#include "core/error.h"
#include "fhirpath/strings.h"

namespace clinical::fhirpath {

struct Regex::Program {
    std::unique_ptr<re2::RE2> regex;
};

namespace {

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

Regex::Regex(std::string_view pattern, std::string_view flags) {
    re2::RE2::Options options(re2::RE2::Quiet);
    options.set_dot_nl(true);      // 5.6: the dot matches a line end, too
    options.set_max_mem(4 << 20);  // program and automaton together
    std::string text;
    for (const char flag : flags) {
        switch (flag) {
            case 'i': options.set_case_sensitive(false); break;
            case 'm': text = "(?m)"; break;
            case 's': break;
            default:
                throw core::Error{core::ErrorCode::invalid_option,
                                  "FHIRPath regular expression has an unknown flag",
                                  "Flags are i and m.", 0};
        }
    }
    text += pattern;
    program_ = std::make_unique<Program>();
    program_->regex = std::make_unique<re2::RE2>(text, options);
    if (program_->regex->ok()) return;
    switch (program_->regex->error_code()) {
        case re2::RE2::ErrorBadPerlOp:
        case re2::RE2::ErrorBadEscape:
            throw core::Error{core::ErrorCode::unsupported,
                              "FHIRPath regular expression cannot be evaluated in linear time",
                              "Look-around and back-references are not supported.", 0};
        case re2::RE2::ErrorPatternTooLarge:
            throw core::Error{core::ErrorCode::limit_exceeded,
                              "FHIRPath regular expression is too large", "", 0};
        default:
            throw core::Error{core::ErrorCode::invalid_option,
                              "FHIRPath regular expression does not parse", "", 0};
    }
}

Regex::~Regex() = default;
Regex::Regex(Regex &&) noexcept = default;

bool Regex::matches_part(std::string_view text) const {
    return re2::RE2::PartialMatch(piece(text), *program_->regex);
}

bool Regex::matches_whole(std::string_view text) const {
    return re2::RE2::FullMatch(piece(text), *program_->regex);
}

std::string Regex::replace(std::string_view text, std::string_view by) const {
    const re2::RE2 &regex = *program_->regex;
    const int groups = regex.NumberOfCapturingGroups() + 1;
    std::vector<re2::StringPiece> found(groups);
    const auto &names = regex.NamedCapturingGroups();

    // One replacement: $n and ${name} are groups; anything else stands for itself.
    const auto expand = [&](std::string &out) {
        for (std::size_t i = 0; i < by.size(); ++i) {
            if (by[i] != '$' || i + 1 >= by.size()) {
                out += by[i];
                continue;
            }
            int group = -1;
            std::size_t used = 0;
            if (by[i + 1] >= '0' && by[i + 1] <= '9') {
                group = by[i + 1] - '0';
                used = 1;
            } else if (by[i + 1] == '{') {
                const std::size_t end = by.find('}', i);
                if (end != std::string_view::npos) {
                    const std::string name(by.substr(i + 2, end - i - 2));
                    const auto named = names.find(name);
                    if (named != names.end()) group = named->second;
                    if (name.size() == 1 && name[0] >= '0' && name[0] <= '9') group = name[0] - '0';
                    used = end - i;
                }
            }
            if (group < 0 || group >= groups) {
                out += by[i];
                continue;
            }
            out.append(found[group].data(), found[group].size());
            i += used;
        }
    };

    std::string out;
    std::size_t at = 0;
    while (at <= text.size() &&
           regex.Match(piece(text), at, text.size(), re2::RE2::UNANCHORED, found.data(), groups)) {
        const std::size_t start = found[0].data() - text.data();
        out += text.substr(at, start - at);
        expand(out);
        if (out.size() > max_text)
            throw core::Error{core::ErrorCode::limit_exceeded, "FHIRPath string is too long",
                              "A computed string may have 64 MB.", 0};
        at = start + found[0].size();
        if (found[0].empty()) {  // an empty match goes on behind the next character
            if (at >= text.size()) return out;
            out += substring(text.substr(at), 0, 1)->substr();
            at += substring(text.substr(at), 0, 1)->size();
        }
    }
    out += text.substr(std::min(at, text.size()));
    return out;
}

}  // namespace clinical::fhirpath
