#include "deid/tally.h"

#include <gtest/gtest.h>

#include "core/json.h"

namespace clinical::deid {
namespace {

const std::unordered_set<std::string_view> elements{"name", "family", "given", "birthDate", "a"};

std::string tally_of(std::initializer_list<std::pair<const char *, const char *>> pairs) {
    Tally tally(elements);
    for (const auto &[before, after] : pairs) {
        const core::Json b = core::parse_json(before).value();
        const core::Json a = core::parse_json(after).value();
        tally.count("Patient", core::JsonNode(b), core::JsonNode(a));
    }
    std::string out;
    tally.each([&](std::string_view path, const std::array<std::uint64_t, 4> &n) {
        out += std::string(path) + " " + std::to_string(n[0]) + std::to_string(n[1]) +
               std::to_string(n[2]) + std::to_string(n[3]) + "; ";
    });
    return out;
}

// kept, changed, removed, added
TEST(Tally, TellsWhatBecameOfEachPath) {
    EXPECT_EQ(tally_of({{R"({"name":[{"family":"F","given":["G","H"]}],"birthDate":"1980-01-02"})",
                         R"({"birthDate":"1980"})"}}),
              "Patient.name.family 0010; Patient.name.given 0020; Patient.birthDate 0100; ");
    EXPECT_EQ(tally_of({{R"({"a":[1,2,3]})", R"({"a":[3,1]})"}, {R"({"a":[1]})", R"({"a":[1]})"}}),
              "Patient.a 3010; ");
    EXPECT_EQ(tally_of({{R"({"a":true})", R"({"a":false,"birthDate":"x"})"}}),
              "Patient.a 0100; Patient.birthDate 0001; ");
}

TEST(Tally, NamesNoKeyThatIsNoElement) {
    EXPECT_EQ(tally_of({{R"({"Quibblington":{"Yorick":1}})", R"({})"}}), "Patient.*.* 0010; ");
}

// No resource is nested deeper than 64 levels.
TEST(Tally, CountsSoDeepAndNoDeeper) {
    const auto of_levels = [](int levels) {
        std::string deep;
        for (int i = 0; i < levels; ++i) deep += R"({"a":)";
        deep += "1" + std::string(static_cast<std::size_t>(levels), '}');
        return tally_of({{deep.c_str(), "{}"}});
    };
    std::string path = "Patient";
    for (int i = 0; i < 64; ++i) path += ".a";
    EXPECT_EQ(of_levels(64), path + " 0010; ");
    EXPECT_EQ(of_levels(65), "");
}

// Paths beyond 20,000 are counted where they branch off.
TEST(Tally, NamesSoManyPathsAndNoMore) {
    std::string tree = "1";
    std::uint64_t leaves = 1;
    for (int level = 0; level < 7; ++level, leaves *= elements.size()) {
        std::string wider = "{";
        for (const std::string_view key : elements)
            wider += (wider.size() > 1 ? ",\"" : "\"") + std::string(key) + "\":" + tree;
        tree = wider + "}";
    }
    Tally tally(elements);
    const core::Json before = core::parse_json(tree).value(), after;
    tally.count("Patient", core::JsonNode(before), core::JsonNode(after));
    std::uint64_t paths = 0, values = 0;
    tally.each([&](std::string_view, const std::array<std::uint64_t, 4> &n) {
        ++paths;
        values += n[Tally::removed];
    });
    EXPECT_LE(paths, 20'000u);
    EXPECT_EQ(values, leaves);
}

}  // namespace
}  // namespace clinical::deid
