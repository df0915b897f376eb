#include <gtest/gtest.h>

#include "core/partial_date.h"

using namespace clinical::core;

namespace {

std::string date_time(std::string_view text, std::optional<int> offset = {}) {
    auto date = parse_dtm(text);
    return date.ok() ? date.value().to_fhir_date_time(offset) : "refused";
}

}  // namespace

TEST(CorePartialDate, KeepsPrecision) {
    EXPECT_EQ(date_time("2020"), "2020");
    EXPECT_EQ(date_time("202002"), "2020-02");
    EXPECT_EQ(date_time("20200229"), "2020-02-29");
    EXPECT_EQ(date_time("20200229", 60), "2020-02-29");
    EXPECT_EQ(date_time("20200229+0100"), "2020-02-29");
    EXPECT_EQ(date_time("2020022905-0500"), "2020-02-29T05:00:00-05:00");
    EXPECT_EQ(date_time("202002290506-0530"), "2020-02-29T05:06:00-05:30");
    EXPECT_EQ(date_time("20200229050607.1200+0000"), "2020-02-29T05:06:07.1200+00:00");
    EXPECT_EQ(date_time("20161231235960+0000"), "2016-12-31T23:59:60+00:00");
}

// FHIR dateTime: a time has an offset; none is invented.
TEST(CorePartialDate, TimeWithoutOffset) {
    EXPECT_EQ(date_time("20200229050607"), "2020-02-29");
    EXPECT_EQ(date_time("20200229050607", -300), "2020-02-29T05:06:07-05:00");
    EXPECT_EQ(date_time("20200229050607+0100", -300), "2020-02-29T05:06:07+01:00");
    EXPECT_EQ(parse_dtm("20200229050607").value().to_fhir_instant(), std::nullopt);
    EXPECT_EQ(parse_dtm("202002290506").value().to_fhir_instant(60), std::nullopt);
    EXPECT_EQ(parse_dtm("20200229050607").value().to_fhir_instant(60), "2020-02-29T05:06:07+01:00");
}

TEST(CorePartialDate, Refused) {
    for (const char *text : {"",
                             "2",
                             "202",
                             "20200",
                             "2020010",
                             "202001011",
                             "1969-01-01",
                             "01/31/1969",
                             "00000000",
                             "20201301",
                             "20200001",
                             "20200230",
                             "20200100",
                             "2020010124",
                             "202001010060",
                             "20200101000061",
                             "20200101000000.",
                             "2020010100.1",
                             "20200101000000.0123456789",
                             "20200101000000+",
                             "20200101000000+01",
                             "20200101000000+0160",
                             "20200101000000+1500",
                             "20200101000000Z",
                             "20200101000000 ",
                             " 2020",
                             "\"\"",
                             "+0100",
                             "20200101+01:00"})
        EXPECT_EQ(date_time(text), "refused") << text;
}

TEST(CorePartialDate, Fhir) {
    struct {
        std::string_view text, hl7;
    } const same[] = {{"2020", "2020"},
                      {"2020-02", "202002"},
                      {"2020-02-29", "20200229"},
                      {"2020-02-29T05:06:07Z", "20200229050607+0000"},
                      {"2020-02-29T05:06:07-05:30", "20200229050607-0530"},
                      {"2020-02-29T05:06:07.1200+01:00", "20200229050607.1200+0100"},
                      {"2016-12-31T23:59:60Z", "20161231235960+0000"},
                      {"2020-02-29T05:06+14:00", "202002290506+1400"},
                      // FHIR asks for an offset; this is read for those who leave it out.
                      {"2020-02-29T05:06:07", "20200229050607"}};
    for (const auto &[text, hl7] : same) {
        const auto date = parse_fhir_date_time(text);
        ASSERT_TRUE(date.ok()) << text;
        EXPECT_EQ(date.value(), parse_dtm(hl7).value()) << text;
    }
    for (const char *text :
         {"", "T", "Z", "-", "2020-2-9", "2020-02-30", "2020-13", "0000", "2020-02-29-",
          "2020-02-29T24:00:00Z", "2020-02-29T05:06:07ZZ", "2020-02-29T05:06:07+1",
          "2020-02-29T05:06:07.Z", "2020-02-29t05:06:07z", " 2020-02-29", "2020-02-29 05:06:07"})
        EXPECT_FALSE(parse_fhir_date_time(text).ok()) << text;
}

TEST(CorePartialDate, Micros) {
    EXPECT_EQ(parse_dtm("19700101000000+0000").value().unix_micros(), 0);
    EXPECT_EQ(parse_dtm("19700101010000.5+0100").value().unix_micros(), 500000);
    EXPECT_EQ(parse_dtm("20000229123456.1234567-0330").value().unix_micros(), 951840296123456);
    EXPECT_EQ(parse_dtm("1969").value().unix_micros(0), -31536000000000);
    EXPECT_EQ(parse_dtm("0001").value().unix_micros(0), -62135596800000000);
    EXPECT_EQ(parse_dtm("1969").value().unix_micros(), std::nullopt);
}

TEST(CorePartialDate, Offsets) {
    EXPECT_EQ(parse_offset("Z"), 0);
    EXPECT_EQ(parse_offset("-04:30"), -270);
    EXPECT_EQ(parse_offset("+1400"), 840);
    for (const char *text : {"", "z", "+14:01", "0100", "+1:00", "+01-00", "+0a00"})
        EXPECT_EQ(parse_offset(text), std::nullopt) << text;
}
