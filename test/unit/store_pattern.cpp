#include "store/pattern.h"

#include <gtest/gtest.h>

#include "store/location.h"

namespace clinical::store {
namespace {

TEST(StoreGlob, MatchesBytes) {
    struct Case {
        const char *glob;
        const char *name;
        bool matches;
    };
    static constexpr Case cases[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "abc", true},
        {"a*", "abc", true},
        {"*c", "abc", true},
        {"*b*", "abc", true},
        {"a*b*c", "a-b-b-c", true},
        {"a*b*c", "a-c-b", false},
        {"?", "a", true},
        {"?", "", false},
        {"??", "\xc3\xa9", true},  // bytes, not characters
        {"*.hl7", "1.hl7", true},
        {"*.hl7", "1.hl7~", false},
        {"*.hl7", ".hl7", false},  // hidden
        {".*", ".hl7", true},
        {"\\.*", ".hl7", true},
        {"[a-c]", "b", true},
        {"[a-c]", "d", false},
        {"[!a-c]", "d", true},
        {"[^a-c]", "b", false},
        {"[]]", "]", true},
        {"[!]]", "x", true},
        {"[a-]", "-", true},
        {"[abc", "[abc", true},  // unclosed: itself
        {"[\x80-\xff]x", "\xe9x", true},
        {"\\*", "*", true},
        {"\\*", "a", false},
        {"a\\", "a\\", true},
        {"ADT", "adt", false},
    };
    for (const Case &c : cases)
        EXPECT_EQ(glob_matches(c.glob, c.name), c.matches) << c.glob << ' ' << c.name;
}

// Backtracking over stars is at worst quadratic, not exponential.
TEST(StoreGlob, ManyStarsEnd) {
    std::string glob;
    for (int i = 0; i < 60; ++i) glob += "*a";
    EXPECT_FALSE(glob_matches(glob, std::string(255, 'a') + "b"));
}

TEST(StorePath, NamesOrWhyNot) {
    auto names = path_names("adt/2026/a.hl7");
    ASSERT_TRUE(names.ok());
    EXPECT_EQ(names.value(), (std::vector<std::string>{"adt", "2026", "a.hl7"}));
    EXPECT_TRUE(path_names("..a/b..").ok());
    EXPECT_TRUE(path_names(std::string(255, 'a')).ok());

    const std::string deep = [] {
        std::string s = "a";
        for (int i = 0; i < 32; ++i) s += "/a";
        return s;
    }();
    for (const std::string &bad :
         {std::string(""), std::string("/"), std::string("/etc/passwd"), std::string(".."),
          std::string("a/.."), std::string("../a"), std::string("a/../b"), std::string("."),
          std::string("./a"), std::string("a//b"), std::string("a/"), std::string("a\0b", 3),
          std::string(256, 'a'), deep}) {
        auto result = path_names(bad);
        ASSERT_FALSE(result.ok()) << bad;
        EXPECT_EQ(result.error().code, core::ErrorCode::invalid_option);
        // The rule, never the path.
        if (bad.size() > 3) {
            EXPECT_EQ(result.error().where.find(bad), std::string::npos);
        }
    }
}

TEST(StorePattern, DoubleStarOnceAndNotLast) {
    EXPECT_TRUE(Pattern::parse("**/*.hl7").ok());
    EXPECT_TRUE(Pattern::parse("a/**/b/*").ok());
    EXPECT_FALSE(Pattern::parse("**").ok());
    EXPECT_FALSE(Pattern::parse("a/**").ok());
    EXPECT_FALSE(Pattern::parse("**/a/**/b").ok());
}

TEST(StoreLocation, FolderOrWhyNot) {
    struct Case {
        const char *location;
        const char *path;  // null: refused
        core::ErrorCode code = core::ErrorCode::invalid_option;
    };
    static constexpr Case cases[] = {
        {"/srv/inbox", "/srv/inbox"},
        {"file:///srv/inbox", "/srv/inbox"},
        {"file://localhost/srv/inbox", "/srv/inbox"},
        {"file:///srv/in%20box%c3%a9", "/srv/in box\xc3\xa9"},
        {"/srv/in%20box", "/srv/in%20box"},  // a plain path is not decoded
        {"file://elsewhere/srv", nullptr},
        {"file:///srv/%0", nullptr},
        {"file:///srv/%zz", nullptr},
        {"file:///srv/%00", nullptr},
        {"file://", nullptr},
        {"srv/inbox", nullptr},
        {"", nullptr},
        {"ftp://host/x", nullptr},
        {"s3://lake/folder", nullptr, core::ErrorCode::unsupported},
        {"azure://lake", nullptr, core::ErrorCode::unsupported},
        {"https://host/x", nullptr, core::ErrorCode::unsupported},
    };
    for (const Case &c : cases) {
        auto result = folder_path(c.location);
        ASSERT_EQ(result.ok(), c.path != nullptr) << c.location;
        if (c.path)
            EXPECT_EQ(result.value(), c.path);
        else
            EXPECT_EQ(result.error().code, c.code) << c.location;
    }
}

}  // namespace
}  // namespace clinical::store
