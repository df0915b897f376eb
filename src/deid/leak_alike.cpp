#include "deid/leak_alike.h"

#include <algorithm>
#include <unordered_map>

#include "deid/leak_text.h"

namespace clinical::deid {

namespace {

// English first names and what they are shortened to.
constexpr std::string_view groups[] = {
    "robert rob bob bobby robbie bert",
    "william will bill billy willie liam",
    "richard rick dick ricky rich",
    "elizabeth liz beth betty lizzie eliza betsy libby",
    "margaret peggy maggie meg marge greta",
    "katherine catherine kathryn kate kathy katie cathy kitty",
    "john jack johnny jon",
    "james jim jimmy jamie",
    "michael mike mickey mick",
    "thomas tom tommy",
    "charles charlie chuck chas",
    "edward ed eddie ted ned",
    "theodore ted teddy theo",
    "joseph joe joey",
    "daniel dan danny",
    "david dave davey",
    "anthony tony",
    "andrew andy drew",
    "alexander alex sandy sasha xander",
    "alexandra alex sandra sasha lexi",
    "benjamin ben benny",
    "christopher chris kit",
    "christine christina chris tina chrissy",
    "deborah deb debbie",
    "donald don donny",
    "dorothy dot dottie dolly",
    "eleanor ellie nell nora lenore",
    "frederick fred freddy",
    "frances fran fanny",
    "francis frank",
    "gregory greg",
    "harold harry hal",
    "henry hank harry",
    "jacob jake",
    "jennifer jen jenny",
    "jessica jess jessie",
    "kenneth ken kenny",
    "lawrence larry",
    "leonard len leo lenny",
    "martha patty marty",
    "mary molly polly mamie",
    "matthew matt",
    "nathaniel nathan nate nat",
    "nicholas nick nicky",
    "pamela pam",
    "patricia pat patty tricia trish",
    "patrick pat paddy",
    "peter pete",
    "philip phil",
    "raymond ray",
    "rebecca becky becca",
    "ronald ron ronnie",
    "samuel sam sammy",
    "samantha sam sammie",
    "sarah sally sadie",
    "stephen steven steve",
    "susan sue susie suzy",
    "timothy tim timmy",
    "victoria vicky tori",
    "walter walt wally",
    "zachary zach zack",
};

// Soundex classes: 0 is not heard between others.
constexpr std::string_view sounds = "01230120022455012623010202";

}  // namespace

bool can_be_alike(std::string_view word) {
    return word.size() >= alike_least && word.size() <= alike_most &&
           std::all_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

void add_alike_forms(std::string_view word, std::vector<std::string> &forms) {
    forms.push_back("~" + std::string(word));
    for (std::size_t i = 0; i < word.size(); ++i) {
        if (i > 0 && word[i] == word[i - 1]) continue;
        std::string form = "~";
        form += word.substr(0, i);
        form += word.substr(i + 1);
        forms.push_back(std::move(form));
    }
    // All of its sounds, not Soundex's first three: fewer words sound like another.
    std::string heard = "^";
    char last = '0';
    for (const char c : word) {
        const char sound = sounds[static_cast<std::size_t>(c - 'a')];
        if (sound != '0' && sound != last) heard += sound;
        if (c != 'h' && c != 'w') last = sound;
    }
    if (heard.size() < 4) return;
    heard += word[0];
    forms.push_back(std::move(heard));
}

std::string_view nicknames_of(std::string_view name) {
    static const auto by_name = [] {
        std::unordered_map<std::string_view, std::string_view> made;
        for (const std::string_view group : groups)
            each_word(group, [&](std::string_view form) { made.emplace(form, group); });
        return made;
    }();
    const auto at = by_name.find(name);
    return at == by_name.end() ? std::string_view() : at->second;
}

}  // namespace clinical::deid
