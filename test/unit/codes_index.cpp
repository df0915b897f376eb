#include "codes/index.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <set>

namespace clinical::codes {
namespace {

using Edges = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::string built(const std::vector<std::string> &codes, const Edges &edges,
                  bool case_sensitive = true) {
    IndexSource source;
    source.codes.assign(codes.begin(), codes.end());
    source.flags.assign(codes.size(), 0);
    source.edges = edges;
    source.case_sensitive = case_sensitive;
    auto bytes = build_index(source);
    EXPECT_TRUE(bytes.ok()) << (bytes.ok() ? "" : bytes.error().where);
    return bytes.ok() ? std::move(bytes).value() : std::string();
}

TEST(CodesIndex, FindsCodes) {
    const std::string bytes = built({"a", "B", "a longer code than eight"}, {});
    const auto index = Index::open(bytes);
    ASSERT_TRUE(index.ok());
    for (const char *code : {"a", "B", "a longer code than eight"}) {
        const auto found = index.value().find(code);
        ASSERT_TRUE(found.has_value()) << code;
        EXPECT_EQ(index.value().code(*found), code);
    }
    EXPECT_FALSE(index.value().find("b").has_value());
    EXPECT_FALSE(index.value().find("").has_value());

    const std::string folded = built({"a", "B"}, {}, false);
    EXPECT_TRUE(Index::open(folded).value().find("b").has_value());
}

TEST(CodesIndex, EmptySystem) {
    const std::string bytes = built({}, {});
    const auto index = Index::open(bytes);
    ASSERT_TRUE(index.ok());
    EXPECT_FALSE(index.value().find("x").has_value());
}

TEST(CodesIndex, Refuses) {
    const auto why = [](std::vector<std::string_view> codes, Edges edges) {
        IndexSource source;
        source.codes = std::move(codes);
        source.edges = std::move(edges);
        const auto bytes = build_index(source);
        return bytes.ok() ? std::string("built") : bytes.error().where;
    };
    EXPECT_EQ(why({"a", ""}, {}), "Concept 2 has no code.");
    EXPECT_EQ(why({"a", "b", "a"}, {}), "Concept 3 has the code of another concept.");
    EXPECT_EQ(why({"a"}, {{0, 1}}), "Concept 1 has a parent that does not exist.");
    EXPECT_EQ(why({"a"}, {{0, 0}}), "Concept 1 is its own ancestor, or below one that is.");
    EXPECT_EQ(why({"r", "a", "b", "c"}, {{1, 0}, {2, 1}, {3, 2}, {2, 3}}),
              "Concept 3 is its own ancestor, or below one that is.");
}

// A random hierarchy against the closure made by walking it.
TEST(CodesIndex, AgreesWithWalkingTheHierarchy) {
    std::mt19937 random(7);
    for (int round = 0; round < 40; ++round) {
        const std::uint32_t size = 1 + random() % 120;
        const std::uint32_t most_parents = 1 + random() % 4;
        std::vector<std::string> codes;
        Edges edges;
        for (std::uint32_t i = 0; i < size; ++i) {
            codes.push_back("c" + std::to_string(i));
            if (i == 0 || random() % 10 == 0) continue;
            std::set<std::uint32_t> parents;
            for (std::uint32_t p = random() % most_parents + 1; p-- > 0;)
                parents.insert(random() % i);
            for (const std::uint32_t p : parents) edges.emplace_back(i, p);
        }
        std::shuffle(edges.begin(), edges.end(), random);
        const std::string bytes = built(codes, edges);
        const auto opened = Index::open(bytes);
        ASSERT_TRUE(opened.ok());
        const Index &index = opened.value();

        std::vector<std::set<std::uint32_t>> above(size);  // by the source's numbers
        for (std::uint32_t i = 0; i < size; ++i)
            for (const auto &[child, parent] : edges)
                if (child == i) {
                    above[i].insert(parent);
                    above[i].insert(above[parent].begin(), above[parent].end());
                }
        std::vector<std::uint32_t> number(size);
        for (std::uint32_t i = 0; i < size; ++i) number[i] = *index.find(codes[i]);
        for (std::uint32_t a = 0; a < size; ++a) {
            std::set<std::uint32_t> below;
            for (std::uint32_t d = 0; d < size; ++d) {
                const bool expected = a == d || above[d].count(a);
                ASSERT_EQ(index.subsumes(number[a], number[d]), expected) << a << " " << d;
                if (expected) below.insert(number[d]);
            }
            const auto descendants = index.descendants(number[a]);
            EXPECT_EQ(std::set<std::uint32_t>(descendants.begin(), descendants.end()), below);
            EXPECT_TRUE(std::is_sorted(descendants.begin(), descendants.end()));
            EXPECT_EQ(index.ancestors(number[a]).size(), above[a].size());
        }
    }
}

TEST(CodesIndex, NoBytesBreakIt) {
    const std::string bytes = built({"a", "b", "c", "d"}, {{1, 0}, {2, 0}, {3, 1}, {3, 2}});
    std::mt19937 random(3);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        EXPECT_FALSE(Index::open(std::string(bytes, 0, cut)).ok());
    for (int round = 0; round < 20000; ++round) {
        std::string bad = bytes;
        for (int flips = 1 + random() % 3; flips-- > 0;)
            bad[random() % bad.size()] = static_cast<char>(random());
        const auto index = Index::open(bad);
        if (!index.ok()) continue;
        for (std::uint32_t i = 0; i < index.value().size(); ++i) {
            (void)index.value().find(index.value().code(i));
            (void)index.value().subsumes(0, i);
        }
        (void)index.value().find("nowhere");
    }
}

// A stated closure decides, also where it is not closed: a below b below c, and not a below c.
TEST(CodesIndex, StatedClosure) {
    IndexSource source;
    source.codes = {"a", "b", "c"};
    source.edges = {{0, 1}, {1, 2}};
    source.closure = {{0, 1}, {1, 2}};
    source.has_closure = true;
    const std::string bytes = build_index(source).value();
    const Index index = Index::open(bytes).value();
    EXPECT_TRUE(index.subsumes(1, 0));
    EXPECT_TRUE(index.subsumes(2, 1));
    EXPECT_FALSE(index.subsumes(2, 0));
    EXPECT_TRUE(index.subsumes(0, 0));
    EXPECT_EQ(index.descendants(2), (std::vector<std::uint32_t>{1, 2}));
}

// A path of 100,000 concepts: no recursion, and no closure of ten billion pairs.
TEST(CodesIndex, DeepPath) {
    std::vector<std::string> codes;
    Edges edges;
    for (std::uint32_t i = 0; i < 100000; ++i) {
        codes.push_back(std::to_string(i));
        if (i) edges.emplace_back(i, i - 1);
    }
    const std::string bytes = built(codes, edges);
    const auto index = Index::open(bytes);
    ASSERT_TRUE(index.ok());
    EXPECT_TRUE(index.value().subsumes(*index.value().find("0"), *index.value().find("99999")));
    EXPECT_LT(bytes.size(), 5'000'000u);
}

}  // namespace
}  // namespace clinical::codes
