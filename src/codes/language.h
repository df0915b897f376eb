#pragma once

// Which of a concept's names to show, and which are right: displayLanguage and Accept-Language.

#include <string>
#include <string_view>
#include <vector>

#include "codes/store.h"

namespace clinical::codes {

// Wanted languages in order of preference.
class Languages {
public:
    Languages() = default;
    explicit Languages(std::string_view header);  // "de,en;q=0.5,*;q=0"

    [[nodiscard]] bool any() const { return tags_.empty(); }  // nothing was asked for
    // "*;q=0": better no name than one in another language.
    [[nodiscard]] bool hard() const { return hard_; }
    [[nodiscard]] const std::string &text() const { return text_; }
    [[nodiscard]] const std::vector<std::string> &tags() const { return tags_; }
    [[nodiscard]] bool wants(std::string_view language) const;

private:
    std::string text_;
    std::vector<std::string> tags_;
    bool hard_ = false;
};

// A name a concept has.
struct Name {
    std::string language;
    std::string value;
    const Designation *designation;  // null: it is the display
    bool may_be_display;             // by its use; an identifier or a definition may not
    bool withdrawn;
};

struct Names {
    std::vector<Name> all;  // the display first
    // The name to show; -1: none in the wanted languages.
    [[nodiscard]] int choose(const Languages &wanted) const;
};

// `language` is that of the code system: of names without one.
Names names_of(const Details &details, std::string_view language);

// "de" is wanted and "de-CH" is given.
bool language_matches(std::string_view wanted, std::string_view given);

}  // namespace clinical::codes
