#include <gtest/gtest.h>

#include "codes/check_digit.h"
#include "codes/format.h"

using namespace clinical::codes;

// The standard's own examples (HL7 v2, table 0061) and each scheme's published ones.
TEST(CodesCheckDigit, Vectors) {
    EXPECT_EQ(luhn_digit("12345"), '5');
    EXPECT_EQ(luhn_digit("401"), '0');
    EXPECT_EQ(luhn_digit("9999"), '4');
    EXPECT_EQ(luhn_digit("99999999"), '8');
    EXPECT_EQ(luhn_digit("12a"), std::nullopt);
    EXPECT_EQ(luhn_digit(""), std::nullopt);
    EXPECT_EQ(modulus_11_digit("1234567"), '4');
    EXPECT_TRUE(has_luhn_digit("808401234567893"));
    EXPECT_TRUE(has_verhoeff_digit("73211009"));
}

// A check digit finds every single wrong digit, Verhoeff's also every swap of neighbours.
TEST(CodesCheckDigit, FindsErrors) {
    const std::string npi = "1234567893";
    const std::string sct = "73211009";
    for (std::size_t i = 0; i < npi.size(); ++i)
        for (char c = '0'; c <= '9'; ++c) {
            std::string wrong = npi;
            wrong[i] = c;
            EXPECT_EQ(is_valid(Format::npi, wrong), wrong == npi) << wrong;
        }
    for (std::size_t i = 0; i < sct.size(); ++i)
        for (char c = '0'; c <= '9'; ++c) {
            std::string wrong = sct;
            wrong[i] = c;
            EXPECT_EQ(has_verhoeff_digit(wrong), wrong == sct) << wrong;
            if (i > 0) {
                std::string swapped = sct;
                std::swap(swapped[i], swapped[i - 1]);
                EXPECT_EQ(has_verhoeff_digit(swapped), swapped == sct) << swapped;
            }
        }
}

TEST(CodesFormat, CanonicalFormsAreValidAndStay) {
    struct Case {
        Format format;
        const char *code, *canonical;
    };
    for (const auto &[format, code, expected] :
         {Case{Format::npi, " 1234567893", "1234567893"},
          {Format::ndc, "1234-5678-90", "01234567890"},
          {Format::ndc, "123456-7890-12", "123456789012"},
          {Format::icd10cm, "s72001a", "S72.001A"},
          {Format::icd9cm, "e8120", "E812.0"},
          {Format::icd9cm, "4139", "413.9"},
          {Format::cpt, "99213 25", "99213"},
          {Format::mbi, "1eg4-te5-mk73", "1EG4TE5MK73"},
          {Format::ssn, "219-09-9998", "219099998"},
          {Format::revenue, "450", "0450"},
          {Format::phone, "1 (415) 555-2671 ext. 9", "+14155552671"},
          {Format::phone, "tel:+4930123456", "+4930123456"},
          {Format::oid, "urn:oid:1.2.3", "1.2.3"}}) {
        const auto made = canonical(format, code);
        ASSERT_TRUE(made.has_value()) << code;
        EXPECT_EQ(*made, expected);
        EXPECT_TRUE(is_valid(format, *made)) << *made;
        EXPECT_EQ(canonical(format, *made), made);
    }
    for (const auto format :
         {Format::npi, Format::ndc, Format::icd10cm, Format::icd9cm, Format::mbi, Format::phone,
          Format::oid, Format::ssn, Format::loinc, Format::snomed})
        for (const char *code : {"", " ", "-", ".", "+", "X", "urn:oid:", "\xC3\xA4"})
            EXPECT_FALSE(canonical(format, code).has_value()) << code;
}
