#include <gtest/gtest.h>

#include "core/json.h"
#include "deid/note_read.h"
#include "deid/note_scrub.h"

namespace {

using namespace clinical;
using namespace clinical::deid::note;

std::string scrub(std::string_view text, std::string_view known = {},
                  std::string_view options = {}) {
    Options o;
    if (!options.empty()) {
        const auto json = core::parse_json(options);
        o = std::move(read_options(core::JsonNode(json.value()))).value();
    }
    std::optional<Known> k;
    if (!known.empty()) {
        const auto json = core::parse_json(known);
        k = std::move(read_known(core::JsonNode(json.value()))).value();
    }
    Scrubber scrubber(o);
    return std::move(scrubber.scrub(text, k ? &*k : nullptr)).value();
}

struct Case {
    const char *text;
    const char *expected;
};

void check(std::initializer_list<Case> cases) {
    for (const Case &c : cases) EXPECT_EQ(scrub(c.text), c.expected) << c.text;
}

TEST(DeidNote, Dates) {
    check({
        {"seen 3/4/2021 and 03-04-21", "seen 2021 and 2021"},
        {"on 2021-03-04T07:08:09Z.", "on 2021."},
        {"on March 3rd, 2021", "on 2021"},
        {"the 3rd of March 2021", "the 2021"},
        {"Jan 20th '23", "2023"},
        {"12-May-2020", "2020"},
        {"in July", "in [DATE]"},
        {"since last Tuesday morning", "since [DATE]"},
        {"on 08/22", "on [DATE]"},
        {"Spring 2021", "2021"},
        {"Thanksgiving", "[DATE]"},
        {"at 3:45 pm", "at [DATE]"},
        {"diagnosed in 2019, 2010-2012", "diagnosed in 2019, 2010-2012"},
    });
}

TEST(DeidNote, WhatLooksLikeADate) {
    check({
        {"BP 120/80, strength 5/5, murmur 2/6, pain 7/10",
         "BP 120/80, strength 5/5, murmur 2/6, pain 7/10"},
        {"1/2 tablet 2-3 times, 3.5 mg", "1/2 tablet 2-3 times, 3.5 mg"},
        {"she may need 2 tablets", "she may need 2 tablets"},
        {"ANA 1:80, ratio 2:1", "ANA 1:80, ratio 2:1"},
        {"a fall at home; march in place", "a fall at home; march in place"},
    });
}

TEST(DeidNote, Ages) {
    check({
        {"a 97-year-old man", "a 90+-year-old man"},
        {"age 90", "age 90+"},
        {"89-year-old, weight 97 kg, HR 97", "89-year-old, weight 97 kg, HR 97"},
        {"a ninety-seven year old woman", "a 90+ year old woman"},
        {"in her 90s", "in her 90+"},
    });
}

// Over 89 at the reference date, whoever was younger when the note was written.
TEST(DeidNote, ReferenceDate) {
    const auto at = [](std::string_view text, std::string_view date) {
        return scrub(text, {}, "{\"reference_date\": \"" + std::string(date) + "\"}");
    };
    // What stays without one.
    EXPECT_EQ(scrub("On 3/4/2012 an 81-year-old man, born in 1931"),
              "On 2012 an 81-year-old man, born in 1931");
    const Case cases[] = {
        // Ages: the years that have passed since the note, and one for the birthday.
        {"On 3/4/2012 an 81-year-old man.", "On 2012 an 90+-year-old man."},
        {"On 3/4/2012 a 74-year-old man.", "On 2012 a 74-year-old man."},
        {"On 3/4/2012 a 75-year-old man.", "On 2012 a 90+-year-old man."},
        {"On 3/4/2012: eighty-one years old, in his 80s, an octogenarian.",
         "On 2012: 90+ years old, in his 90+, an 90+."},
        {"MI at age 82 in 2010, now age 62. Seen 1/2/2026.",
         "MI at age 90+ in 2010, now age 62. Seen 2026."},
        {"No date: an 89-year-old, a 90-year-old.", "No date: an 89-year-old, a 90+-year-old."},
        {"On 3/4/2012: weight 81 kg, HR 81.", "On 2012: weight 81 kg, HR 81."},
        // Years: what lies 90 years back goes whole, a year at the edge stays.
        {"DOB 4/5/1936", "DOB [DATE]"},
        {"DOB 4/5/1937", "DOB 1937"},
        {"DOB 4/5/36", "DOB [DATE]"},
        {"born in 1931, a farmer since 1937", "born in [DATE], a farmer since 1937"},
        {"year of birth: 1936", "year of birth: [DATE]"},
        {"since 1930", "since [DATE]"},
        {"took in 1900 mL, WBC 1900", "took in 1900 mL, WBC 1900"},
    };
    for (const Case &c : cases) EXPECT_EQ(at(c.text, "2026-06-01"), c.expected) << c.text;
    EXPECT_EQ(at("DOB 4/5/1936", "2025-06-01"), "DOB 1936");
    EXPECT_EQ(scrub("DOB 4/5/1936", R"({"birthDate": "1936-04-05"})",
                    R"({"reference_date": "2026-06-01"})"),
              "DOB [DATE]");
}

TEST(DeidNote, NumbersAndAddresses) {
    check({
        {"MRN: 12345-XY", "MRN: [MRN]"},
        {"SSN 123-45-6789", "SSN [SSN]"},
        {"call (555) 867-5309 x12", "call [PHONE]"},
        {"fax: 555.867.5309", "fax: [FAX]"},
        {"zq@example.org", "[EMAIL]"},
        {"see https://a.example/b?c=1.", "see [URL]."},
        {"from 10.20.30.40", "from [IP]"},
        {"card 4111 1111 1111 1111", "card [ACCOUNT]"},
        {"NPI 1234567893", "NPI [LICENSE]"},
        {"lives at 12 Elm Street, Salem, MA 01970", "lives at [LOCATION], MA 019"},
        {"platelets 250000, 50000 units weekly", "platelets 250000, 50000 units weekly"},
    });
}

// Forms of other countries.
TEST(DeidNote, NumbersAndAddressesAbroad) {
    check({
        {"call 01 23 45 67 89", "call [PHONE]"},
        {"it rang from 51 234 56 78 twice", "it rang from [PHONE] twice"},
        {"K 138 102 14 95, plt 12 345 678", "K 138 102 14 95, plt 12 345 678"},
        {"lives near Thurzova 137, 81102 Bratislava.", "lives near [LOCATION]."},
        {"Calle de la Cruz 14, 28012 Madrid", "[LOCATION]"},
        {"went to 2764 Willard Rapid 223.", "went to [LOCATION]."},
        {"Lantus 20, Humalog 5, Eliquis 5", "Lantus 20, Humalog 5, Eliquis 5"},
        {"3747 3911 fourth avenue suite 112 calgary", "[LOCATION]"},
        {"grade 3 Tumor Ridge", "grade 3 Tumor Ridge"},
    });
}

TEST(DeidNote, WordsBesideNames) {
    check({
        {"Please ask Octave Duval and van Wijk.", "Please ask [NAME] and [NAME]."},
        {"his son Jordan, her daughter April", "his son [NAME], her daughter [NAME]"},
        {"Maria and his wife came in", "[NAME] and his wife came in"},
    });
}

TEST(DeidNote, Names) {
    check({
        {"Dr. Quackenbush saw her", "[NAME] saw her"},
        {"his wife Zelda", "his wife [NAME]"},
        {"James T. was seen", "[NAME] was seen"},
        {"seen at St. Mary's Hospital", "seen at [LOCATION]"},
        {"Foley catheter, Parkinson's disease, Wells score",
         "Foley catheter, Parkinson's disease, Wells score"},
        {"Will return in May if needed", "Will return in [DATE] if needed"},
    });
}

TEST(DeidNote, KnownPeople) {
    const char *known = R"({"name": [{"family": "Brown", "given": ["Robert", "Quincy"]}],
                            "birthDate": "1950-04-05", "phone": "(555) 867-5309"})";
    EXPECT_EQ(scrub("Bob has brown sputum", known), "[NAME] has brown sputum");
    EXPECT_EQ(scrub("R.Q.B. and Robret", known), "[NAME] and [NAME]");
    EXPECT_EQ(scrub("5558675309, born 4/5", known), "[PHONE], born [DATE]");
}

TEST(DeidNote, HostileText) {
    // Each once took more than linear time, or for ever.
    EXPECT_EQ(scrub("\xca\xbc ."), "\xca\xbc .");
    EXPECT_EQ(scrub(""), "");
    Options options;
    Scrubber scrubber(options);
    for (const char *piece : {"1/2/",        "1-",
                              "Mr. ",        "a@",
                              "://",         "1:",
                              "A.",          "Dr. Dr. ",
                              "New York ",   "(555) ",
                              "12 Elm ",     "St. Mary's ",
                              "x-",          "\xc3\xa9",
                              "Smith, ",     "seen at A of B ",
                              "apt 1 ",      "1 2 3 ",
                              "of the ",     "Via Roma 12 ",
                              "12345 Ebcd ", "01 23 45 67 89 ",
                              "M Smith ",    "Van Wijk"}) {
        std::string text;
        while (text.size() < 300'000) text += piece;
        EXPECT_TRUE(scrubber.scrub(text, nullptr).ok()) << piece;
    }
}

TEST(DeidNote, Limits) {
    Options options;
    Scrubber scrubber(options);
    EXPECT_EQ(scrubber.spans(std::string(11u << 20, 'x'), nullptr).error().code,
              core::ErrorCode::limit_exceeded);
    EXPECT_EQ(scrubber.spans("\xff", nullptr).error().code, core::ErrorCode::encoding);
}

}  // namespace
