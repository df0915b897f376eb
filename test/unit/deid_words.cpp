// The closed lists and forms of chapter deid: codes, units, places, dates, numbers, references.

#include <gtest/gtest.h>

#include "deid/codes.h"
#include "deid/dates.h"
#include "deid/person.h"
#include "deid/places.h"
#include "deid/quantity.h"
#include "deid/reference.h"
#include "deid/rules.h"

using namespace clinical::deid;

TEST(DeidCodes, SystemFormAndCheckDigit) {
    struct Case {
        std::string_view system, code;
        bool kept;
    };
    const Case cases[] = {
        {"http://loinc.org", "8480-6", true},
        {"http://loinc.org", "8480-5", false},  // check digit
        {"http://loinc.org", "LA6576-8", true},
        {"http://loinc.org", "LA33-6", true},
        {"http://loinc.org", "LA137-2", true},
        {"http://loinc.org", "LP7753-9", true},
        {"http://loinc.org", "LP7753-8", false},
        {"http://loinc.org", "Smith-6", false},
        {"urn:oid:2.16.840.1.113883.6.1", "85354-9", true},
        {"http://snomed.info/sct", "73211009", true},
        {"http://snomed.info/sct", "73211008", false},
        {"http://snomed.info/sct", "6175551234", false},  // a telephone number
        {"http://snomed.info/sct", "73211009 |Diabetes|", false},
        {"http://www.nlm.nih.gov/research/umls/rxnorm", "860975", true},
        {"http://www.nlm.nih.gov/research/umls/rxnorm", "123456789", false},
        {"http://hl7.org/fhir/sid/icd-10-cm", "E11.9", true},
        {"http://hl7.org/fhir/sid/icd-10-cm", "E119", true},
        {"http://hl7.org/fhir/sid/icd-10-cm", "John", false},
        {"http://hl7.org/fhir/sid/cvx", "140", true},
        {"http://hl7.org/fhir/sid/cvx", "1", false},
        {"http://hl7.org/fhir/sid/ndc", "0069-2587-41", true},
        {"http://hl7.org/fhir/sid/ndc", "6175551234", false},
        {"http://hl7.org/fhir/sid/us-ssn", "123-45-6789", false},
        {"http://hl7.org/fhir/sid/us-npi", "1234567893", false},
        {"http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB", true},
        {"http://terminology.hl7.org/CodeSystem/v3-ActCode", "SMITH", false},
        {"http://terminology.hl7.org/CodeSystem/v2-0203", "MR", true},
        {"http://terminology.hl7.org/CodeSystem/no-such-system", "MR", false},
        {"http://hl7.org/fhir/administrative-gender", "female", true},
        {"urn:oid:2.16.840.1.113883.6.238", "2106-3", true},
        {"urn:ietf:bcp:47", "en-US", true},
        {"urn:ietf:bcp:47", "zh-Hant-TW", true},
        {"urn:ietf:bcp:47", "en-x-smith", false},
        {"urn:ietf:bcp:47", "bob", false},
        {"http://hospital.example/labs", "GLU", false},
        {"", "x", false},
        {"http://loinc.org", "", false},
    };
    for (const Case &c : cases)
        EXPECT_EQ(is_public_code(c.system, c.code), c.kept) << c.system << " " << c.code;
}

TEST(DeidCodes, ListedSnomedAndLoincCodesAreWellFormed) {
    EXPECT_TRUE(asks_age("http://loinc.org", "30525-0"));
    EXPECT_TRUE(asks_age("http://snomed.info/sct", "424144002"));
    EXPECT_FALSE(asks_age("http://loinc.org", "8480-6"));
    EXPECT_FALSE(asks_age("http://hospital.example", "30525-0"));
    EXPECT_TRUE(asks_identifier("http://loinc.org", "21112-8"));
    EXPECT_TRUE(asks_identifier("http://snomed.info/sct", "184099003"));
    for (std::string_view code : {"105727008", "397669002", "424144002", "184097001", "184099003",
                                  "371484003", "398225001"})
        EXPECT_TRUE(is_public_code("http://snomed.info/sct", code)) << code;
    for (std::string_view code :
         {"21611-9", "21612-7", "29553-5", "30525-0", "30972-4", "39016-1", "63900-5",
          "11341-5", "18967-0", "21112-8", "21843-8", "21844-6", "21847-9", "42077-8",
          "45392-8", "45393-6", "45394-4", "45395-1", "45396-9", "45397-7", "45400-9",
          "45401-7", "54125-0", "56799-0", "56794-1", "85658-3", "86188-0"})
        EXPECT_TRUE(is_public_code("http://loinc.org", code)) << code;
}

TEST(DeidCodes, Units) {
    for (std::string_view unit :
         {"mm[Hg]", "mg/dL", "10*3/uL", "/min", "kg/m2", "%", "1", "{score}", "mmol/L", "ug/(24.h)",
          "mL/min/{1.73_m2}", "Cel", "[degF]", "m2", "s-1", "[IU]/mL", "cm[H2O]", "{beats}/min"})
        EXPECT_TRUE(is_unit(unit)) << unit;
    for (std::string_view unit : {"", "Smith", "{John Smith}", "mg/Smith", "617-555-1234",
                                  "6175551234", "mg/", "(mg", "{score", "1 Main", "[Smith]"})
        EXPECT_FALSE(is_unit(unit)) << unit;
}

TEST(DeidPlaces, Zip3) {
    struct Case {
        std::string_view text, zip3;  // empty: refused
    };
    const Case cases[] = {
        {"02115", "021"}, {"02115-1234", "021"}, {"021151234", "021"},
        {"021", "021"},   {" 02115 ", "021"},    {"03601", "000"},  // 036: 13,153 people
        {"20301", "000"},                                           // 203: no census population
        {"09021", "000"},                                           // military
        {"96910", "000"},  // Guam: not in the table of the states
        {"57601", "576"},  // 20,310 people: just above
        {"82101", "000"}, {"00000", "000"},      {"2115", ""},
        {"02115-", ""},   {"K1A 0B1", ""},       {"SW1A1AA", ""},
        {"", ""},         {"02-115", ""},        {"\xd9\xa0\xd9\xa2\xd9\xa1\xd9\xa1\xd9\xa5", ""},
    };
    for (const Case &c : cases) {
        char buffer[3];
        EXPECT_EQ(zip3(c.text, buffer).value_or(""), c.zip3) << c.text;
    }
}

TEST(DeidPlaces, EveryPrefixIsKeptOrZero) {
    int kept = 0;
    for (int n = 0; n < 1000; ++n) {
        char digits[6], buffer[3];
        std::snprintf(digits, sizeof digits, "%03d01", n);
        const auto area = zip3(digits, buffer);
        ASSERT_TRUE(area);
        if (*area == "000") continue;
        EXPECT_EQ(*area, std::string_view(digits, 3));
        ++kept;
    }
    EXPECT_EQ(kept, 876);
    // Restricted by the census of 2020.
    for (std::string_view area : {"036", "059", "102", "202", "203", "204", "205", "369", "556",
                                  "692", "753", "772", "821", "823", "878", "879", "884", "893"}) {
        char buffer[3];
        EXPECT_EQ(zip3(area, buffer), "000") << area;
    }
}

TEST(DeidPlaces, StatesAndCountries) {
    EXPECT_EQ(state("MA"), "MA");
    EXPECT_EQ(state("Massachusetts"), "MA");
    EXPECT_EQ(state("ma"), std::nullopt);
    EXPECT_EQ(state("Boston"), std::nullopt);
    EXPECT_EQ(country("US"), "US");
    EXPECT_EQ(country("DEU"), "DEU");
    EXPECT_EQ(country("United States of America"), "US");
    EXPECT_EQ(country("Springfield"), std::nullopt);
    EXPECT_TRUE(is_united_states("PRI"));
    EXPECT_FALSE(is_united_states("IT"));
}

TEST(DeidDates, PartialDates) {
    EXPECT_EQ(parse_date("1950"), (Date{1950, 0, 0}));
    EXPECT_EQ(parse_date("1950-02"), (Date{1950, 2, 0}));
    EXPECT_EQ(parse_date("1950-02-28T23:59:59-11:00"), (Date{1950, 2, 28}));
    for (std::string_view bad : {"", "195", "19500", "1950-", "1950-13", "1950-02-30", "0000",
                                 "1950-02-28 10:00", "12/05/1950", "1950-2-3", "1950-W07"})
        EXPECT_FALSE(parse_date(bad)) << bad;
}

// 164.514(b)(2)(i)(C): 90 or older.  Both sides of the birthday, leap days, partial dates.
TEST(DeidDates, CompletedYears) {
    EXPECT_EQ(completed_years({1934, 6, 2}, {2024, 6, 1}), 89);
    EXPECT_EQ(completed_years({1934, 6, 1}, {2024, 6, 1}), 90);
    EXPECT_EQ(completed_years({1932, 2, 29}, {2022, 2, 28}), 89);
    EXPECT_EQ(completed_years({1932, 2, 29}, {2022, 3, 1}), 90);
    EXPECT_EQ(completed_years({1932, 2, 29}, {2024, 2, 29}), 92);
    EXPECT_EQ(most_years({1934, 0, 0}, {2024, 1, 1}), 90);
    EXPECT_EQ(most_years({1934, 7, 0}, {2024, 6, 30}), 89);
    EXPECT_EQ(most_years({1934, 6, 0}, {2024, 6, 1}), 90);
}

TEST(DeidNumbers, SevenDigits) {
    for (std::string_view number : {"1", "123456", "0.000001", "-12345.6", "0", "1e3", "98.6000"})
        EXPECT_FALSE(is_long_number(number)) << number;
    for (std::string_view number :
         {"1234567", "123.4567", "6175551234", "1e7", "1e400", "1E-9", "1e99999999999", "-1234567"})
        EXPECT_TRUE(is_long_number(number)) << number;
}

TEST(DeidNumbers, Ages) {
    EXPECT_DOUBLE_EQ(*in_years("33000", "d", false), 33000 / 365.25);
    EXPECT_DOUBLE_EQ(*in_years("1080", "mo", false), 90);
    EXPECT_FALSE(in_years("90", "mg", false));
    EXPECT_DOUBLE_EQ(*in_years("90", "", true), 90);
    EXPECT_FALSE(in_years("90", "mg", true));
    EXPECT_EQ(whole_years("89.9"), 89);
    EXPECT_EQ(whole_years("-1"), std::nullopt);
}

TEST(DeidReferences, Forms) {
    struct Case {
        std::string_view text;
        ParsedReference::Kind kind;
        std::string_view type, id;
    };
    using R = ParsedReference;
    const Case cases[] = {
        {"Patient/1", R::resource, "Patient", "1"},
        {"Patient/1/_history/2", R::resource, "Patient", "1"},
        {"https://x.example/fhir/Patient/1", R::resource, "Patient", "1"},
        {"http://x.example/Patient/1/_history/3", R::resource, "Patient", "1"},
        {"urn:uuid:2a86a2c6-0885-4046-a09d-9d2474d9a493", R::resource, "",
         "2a86a2c6-0885-4046-a09d-9d2474d9a493"},
        {"urn:oid:1.2.3", R::resource, "", "1.2.3"},
        {"#org", R::contained, "", "org"},
        {"#", R::contained, "", ""},
        {"Patient?identifier=1", R::unknown, "", ""},
        {"Patient/John Smith", R::unknown, "", ""},
        {"Patient/1#x", R::unknown, "", ""},
        {"John Smith", R::unknown, "", ""},
        {"a/b/c", R::unknown, "", ""},
        {"ftp://x/Patient/1", R::unknown, "", ""},
        {"/Patient/1", R::unknown, "", ""},
        {"", R::unknown, "", ""},
    };
    for (const Case &c : cases) {
        const R parsed = parse_reference(c.text);
        EXPECT_EQ(parsed.kind, c.kind) << c.text;
        EXPECT_EQ(parsed.type, c.type) << c.text;
        EXPECT_EQ(parsed.id, c.id) << c.text;
    }
}

TEST(DeidKnown, ComparesFolded) {
    KnownStrings known;
    known.add("M\xc3\xbcller");  // Müller
    known.add("(617) 555-1234");
    known.add("AB");  // too short to mean anything
    known.add("1234");
    EXPECT_TRUE(known.found_in("MULLER"));
    EXPECT_TRUE(known.found_in("mu\xcc\x88ller"));
    EXPECT_TRUE(known.found_in("+1 617.555.1234"));
    EXPECT_TRUE(known.found_in("x-Muller-y"));
    EXPECT_FALSE(known.found_in("AB"));
    EXPECT_FALSE(known.found_in("1234"));
    EXPECT_FALSE(known.found_in("Mull"));
}

TEST(DeidRules, PackedLists) {
    EXPECT_TRUE(packed_has("|a|bb|c|", "a"));
    EXPECT_TRUE(packed_has("|a|bb|c|", "bb"));
    EXPECT_TRUE(packed_has("|a|bb|c|", "c"));
    EXPECT_TRUE(packed_has("|a|", "a"));
    for (std::string_view word : {"", "b", "|", "a|bb", "d", "0", "bbb"})
        EXPECT_FALSE(packed_has("|a|bb|c|", word)) << word;
}

TEST(DeidRules, EveryBoundCodeIsFoundInItsList) {
    for (std::size_t n = 0; n < 19; ++n) {
        std::string_view list = bound_codes(static_cast<int>(n)).substr(1);
        while (!list.empty()) {
            const std::size_t bar = list.find('|');
            EXPECT_TRUE(packed_has(bound_codes(static_cast<int>(n)), list.substr(0, bar)));
            list.remove_prefix(bar + 1);
        }
    }
}

TEST(DeidRules, PolicyHashIsStated) { EXPECT_EQ(policy_hash().size(), 64u); }
