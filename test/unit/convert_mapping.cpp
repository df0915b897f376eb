#include "convert_fixture.h"

using namespace clinical::convert;

TEST(ConvertMapping, EveryShippedRowCompiles) {
    const auto mapping = Mapping::with({});
    ASSERT_TRUE(mapping.ok()) << mapping.error().where;
    EXPECT_NE(mapping.value()->find("PID[Patient]"), nullptr);
    EXPECT_EQ(mapping.value()->find("XYZ[Patient]"), nullptr);
}

TEST(ConvertMapping, RefusesRowsThatMeanNothing) {
    const std::vector<std::pair<MappingRow, const char *>> bad = {
        {{"PID[Patient]", "PID-8", "sex", "", "", "", ""}, "element"},
        {{"PID[Patient]", "PID-x", "gender", "", "", "", ""}, "source"},
        {{"PID[Patient]", "PID-8", "gender", "", "PID-8 IS", "", ""}, "condition"},
        {{"PID[Patient]", "PID-5", "name[1]", "ABC[HumanName]", "", "", ""},
         "column datatype: there is no such map"},
        {{"PID[Patient]", "PID-5", "name[1]", "", "", "", ""}, "needs a data type map"},
        {{"PID[Patient]", "PID-5", "$this", "", "", "", ""}, "needs a data type map"},
        {{"PID[Patient]", "PID-5", "name[0].family", "", "", "", ""}, "target"},
        {{"PID[Patient]", "PID-5", "managingOrganization(Group)", "", "", "", ""}, "not made"},
        {{"PID", "PID-5", "name", "", "", "", ""}, "SEGMENT[Type]"},
        {{"PID[Patient]", "PID-8", "gender", "", "", "", "\"open"}, "constant"},
    };
    for (const auto &[row, why] : bad) {
        const auto mapping = Mapping::with({row});
        ASSERT_FALSE(mapping.ok()) << row.target;
        EXPECT_NE(mapping.error().where.find(why), std::string::npos) << mapping.error().where;
    }
}

TEST(ConvertMapping, OverlayReplacesAddsAndTakesAway) {
    const Converted c({msh("ADT^A01"), "PID|1||1^^^A^MR||Doe^Jane||19800101|F", "ZPD|blue"},
                      R"({"mapping": [
        {"map": "PID[Patient]", "source": "PID-7", "target": "birthDate", "condition": "NEVER"},
        {"map": "PID[Patient]", "source": "PID-8", "target": "gender", "constant": "\"other\""},
        {"map": "ZPD[Patient]", "source": "ZPD-1", "target": "extension[1].url",
         "constant": "\"http://example.org/colour\""},
        {"map": "ZPD[Patient]", "source": "ZPD-1", "target": "extension[1].valueString"}]})");
    EXPECT_EQ(c.at("Patient", "birthDate"), "");
    EXPECT_EQ(c.at("Patient", "gender"), "other");
    EXPECT_EQ(c.at("Patient", "extension.0"),
              R"({"url":"http://example.org/colour","valueString":"blue"})");
    EXPECT_FALSE(c.has_issue("segment-not-mapped"));
}

TEST(ConvertCondition, HoldsByItsGrammar) {
    const auto read = [](const Position &p) {
        return p.component == 1 ? std::string("B") : p.component == 2 ? std::string() : "xyz";
    };
    const auto count = [](const Position &) { return 2; };
    const std::vector<std::pair<const char *, bool>> cases = {
        {"XTN.1 VALUED", true},
        {"XTN.2 VALUED", false},
        {"XTN.2 NOT VALUED", true},
        {"NOT XTN.2 VALUED", true},
        {"XTN.1 EQUALS \"B\"", true},
        {"XTN.1 NOT EQUALS \"B\"", false},
        {"XTN.1 IN (\"A\", \"B\")", true},
        {"XTN.1 NOT IN (\"A\", \"B\")", false},
        {"XTN.1 VALUED AND XTN.2 VALUED OR XTN.3 VALUED", true},
        {"XTN.1 VALUED AND (XTN.2 VALUED OR XTN.1 EQUALS \"C\")", false},
        {"PID-3 LST.COUNT GREATER THAN 1", true},
        {"PID-3 LST.COUNT EQUALS 1", false},
        {"PID-3.3 LENGTH GREATER THAN 2", true},
        {"PID-3.3 LENGTH LESS THAN 3", false},
        {"NEVER", false},
    };
    for (const auto &[text, expected] : cases) {
        const auto condition = Condition::parse(text);
        ASSERT_TRUE(condition.ok()) << text;
        EXPECT_EQ(holds(condition.value().root(), read, count), expected) << text;
    }
}

TEST(ConvertCondition, RefusesWhatDoesNotParse) {
    for (const char *text :
         {"XTN.1", "VALUED", "XTN.1 IS VALUED", "XTN.1 EQUALS B", "XTN.1 EQUALS \"B", "XTN.1 IN (",
          "XTN.1 IN (\"A\"", "(XTN.1 VALUED", "XTN.1 VALUED AND", "XTN.1 VALUED XTN",
          "XTN-1-2 VALUED", "XTN.1.2.3.4 VALUED", "xtn.1 VALUED", "XTN. VALUED"})
        EXPECT_FALSE(Condition::parse(text).ok()) << text;
    std::string deep;
    for (int i = 0; i < 10000; i++) deep += "NOT (";
    EXPECT_FALSE(Condition::parse(deep).ok());
}

TEST(ConvertOptions, RefusesWhatIsNoOption) {
    for (const char *text :
         {R"({"time_zone": "Mars/Olympus"})", R"({"time_zone": 5})", R"({"establish": "some"})",
          R"({"mapping": {}})", R"({"code_map": []})", R"({"registered_status": "x"})"})
        EXPECT_FALSE(Options::parse(json(text)).ok()) << text;
    EXPECT_TRUE(Options::parse(json(R"({"charset": "UTF-8", "else": 1, "feed": null})")).ok());
}
