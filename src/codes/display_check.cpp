#include "codes/display_check.h"

#include <algorithm>

namespace clinical::codes {
namespace {

// Letters folded; runs of space are one space, none at the ends.
std::string plain(std::string_view text) {
    std::string out;
    bool space = false;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            space = !out.empty();
            continue;
        }
        if (space) out.push_back(' ');
        space = false;
        out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    return out;
}

std::string folded(std::string_view text) {
    std::string out(text);
    for (char &c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

std::string shown(const Name &name) {
    return "'" + name.value + "'" + (name.language.empty() ? "" : " (" + name.language + ")");
}

}  // namespace

std::optional<Finding> check_display(const Names &names, std::string_view given,
                                     const Languages &wanted, const std::string &concept_name) {
    std::vector<const Name *> right;
    for (const Name &name : names.all)
        if (!name.withdrawn &&
            (wanted.any() || name.language.empty() || wanted.wants(name.language)))
            right.push_back(&name);
    const std::string written = "'" + std::string(given) + "'";
    const auto finding = [](const char *severity, const char *id, std::string text) {
        return Finding{severity, "invalid", "invalid-display", id, {}, std::move(text)};
    };
    if (names.all.empty()) return std::nullopt;
    const bool none_to_show =
        std::none_of(right.begin(), right.end(), [](const Name *n) { return n->may_be_display; });
    if (none_to_show && !wanted.any()) {
        const Name *standard = nullptr;
        for (const Name &name : names.all)
            if (!name.designation) standard = &name;
        const bool known = std::any_of(names.all.begin(), names.all.end(), [&](const Name &name) {
            return folded(name.value) == folded(given);
        });
        if (known)
            return finding("information", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_OK",
                           "There are no valid display names found for the code " + concept_name +
                               " for language(s) '" + wanted.text() + "'. The display is " +
                               written + " which is a valid display for the default language");
        return finding("error", "NO_VALID_DISPLAY_FOUND_NONE_FOR_LANG_ERR",
                       "Wrong Display Name " + written + " for " + concept_name +
                           ". There are no valid display names found for language(s) '" +
                           wanted.text() + "'. Default display is '" +
                           (standard ? standard->value : std::string()) + "'");
    }
    bool only_space = false;
    for (const Name *name : right) {
        if (folded(name->value) == folded(given)) return std::nullopt;
        only_space |= plain(name->value) == plain(given);
    }
    std::vector<std::string> choices;
    for (const Name *name : right)
        if (name->may_be_display) choices.push_back(shown(*name));
    if (choices.empty()) return std::nullopt;
    std::string text = (only_space ? "Wrong whitespace in Display Name " : "Wrong Display Name ") +
                       written + " for " + concept_name + ". Valid display is ";
    if (choices.size() > 1) text += "one of " + std::to_string(choices.size()) + " choices: ";
    for (std::size_t i = 0; i < choices.size(); ++i)
        text += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
    text += " (for the language(s) '" + (wanted.any() ? "--" : wanted.text()) + "')";
    return finding("error",
                   only_space ? "Display_Name_WS_for__should_be_one_of__instead_of"
                              : "Display_Name_for__should_be_one_of__instead_of",
                   std::move(text));
}

}  // namespace clinical::codes
