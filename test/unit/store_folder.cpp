#include "store/folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

namespace clinical::store {
namespace {

namespace fs = std::filesystem;

// A folder with a location in it, and a secret beside the location.
class StoreFolder : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (fs::temp_directory_path() / "pgclinical-store-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        root_ = name;
        inbox_ = root_ / "inbox";
        write("secret/key", "outside");
        write("inbox/a.hl7", "first");
        write("inbox/b.hl7", "second");
        write("inbox/adt/1.hl7", "one");
        write("inbox/adt/deep/er/2.hl7", "two");
        write("inbox/adt/.hidden/3.hl7", "three");
    }
    void TearDown() override { fs::remove_all(root_); }

    void write(const std::string &name, const std::string &contents) {
        fs::create_directories((root_ / name).parent_path());
        std::ofstream(root_ / name) << contents;
    }
    Folder folder() {
        auto opened = Folder::open(inbox_.string());
        EXPECT_TRUE(opened.ok());
        return std::move(opened).value();
    }
    std::vector<std::string> names(const std::string &pattern, std::size_t *passed_over = nullptr) {
        auto parsed = Pattern::parse(pattern);
        EXPECT_TRUE(parsed.ok());
        auto listing = folder().list(parsed.value(), {});
        EXPECT_TRUE(listing.ok());
        std::vector<std::string> result;
        for (const FileEntry &file : listing.value().files) result.push_back(file.name);
        if (passed_over) *passed_over = listing.value().passed_over;
        return result;
    }
    static core::Result<std::string> contents(const Folder &folder, const std::string &name) {
        auto file = folder.file(name);
        if (!file.ok()) return std::move(file).error();
        std::string bytes(static_cast<std::size_t>(file.value().size()), '\0');
        auto got = file.value().read_at(0, bytes, {});
        if (!got.ok()) return std::move(got).error();
        bytes.resize(got.value());
        return bytes;
    }
    core::Result<std::string> contents(const std::string &name) { return contents(folder(), name); }

    fs::path root_;
    fs::path inbox_;
};

using Names = std::vector<std::string>;

TEST_F(StoreFolder, ListsInTheOrderOfBytes) {
    write("inbox/Z.hl7", "");
    write("inbox/\xc3\xa9.hl7", "");
    EXPECT_EQ(names("*.hl7"), (Names{"Z.hl7", "a.hl7", "b.hl7", "\xc3\xa9.hl7"}));
    EXPECT_EQ(names("adt/*.hl7"), (Names{"adt/1.hl7"}));
    EXPECT_EQ(names("*/*.hl7"), (Names{"adt/1.hl7"}));
    EXPECT_EQ(names("nothing/*"), Names{});
    EXPECT_EQ(names("adt"), Names{});  // a folder is no file
}

TEST_F(StoreFolder, DoubleStarIsAnyDepth) {
    EXPECT_EQ(names("**/*.hl7"), (Names{"a.hl7", "adt/1.hl7", "adt/deep/er/2.hl7", "b.hl7"}));
    EXPECT_EQ(names("adt/**/2.hl7"), (Names{"adt/deep/er/2.hl7"}));
    EXPECT_EQ(names("adt/**/er/*"), (Names{"adt/deep/er/2.hl7"}));
}

TEST_F(StoreFolder, ReadsFromAnyOffset) {
    auto opened = folder();
    auto file = opened.file("b.hl7");
    ASSERT_TRUE(file.ok());
    char buffer[4] = {};
    EXPECT_EQ(file.value().read_at(4, buffer, {}).value(), 2u);
    EXPECT_EQ(std::string(buffer, 2), "nd");
    EXPECT_EQ(file.value().read_at(6, buffer, {}).value(), 0u);
    EXPECT_EQ(contents("a.hl7").value(), "first");
}

TEST_F(StoreFolder, RefusesWhatLeadsOutside) {
    fs::create_symlink(root_ / "secret" / "key", inbox_ / "link.hl7");
    fs::create_symlink("../secret", inbox_ / "out");
    fs::create_symlink("a.hl7", inbox_ / "inner.hl7");
    for (const char *name : {"link.hl7", "out/key", "inner.hl7", "../secret/key",
                             "adt/../../secret/key", "./a.hl7", "/etc/passwd", "adt//1.hl7", ""}) {
        auto result = contents(name);
        ASSERT_FALSE(result.ok()) << name;
        EXPECT_EQ(result.error().where.find("secret"), std::string::npos);
    }
    EXPECT_FALSE(contents((root_ / "secret" / "key").string()).ok());

    std::size_t passed_over = 0;
    EXPECT_EQ(names("*.hl7", &passed_over), (Names{"a.hl7", "b.hl7"}));
    EXPECT_EQ(passed_over, 2u);
    EXPECT_EQ(names("out/*", &passed_over), Names{});
    EXPECT_EQ(passed_over, 1u);
    EXPECT_EQ(names("**/key"), Names{});
}

TEST_F(StoreFolder, RefusesPipesAndFolders) {
    ASSERT_EQ(mkfifo((inbox_ / "pipe.hl7").c_str(), 0600), 0);
    EXPECT_FALSE(contents("pipe.hl7").ok());  // at once, without waiting for a writer
    EXPECT_FALSE(contents("adt").ok());
    EXPECT_FALSE(contents("none.hl7").ok());
    EXPECT_FALSE(contents("a.hl7/x").ok());
    EXPECT_FALSE(Folder::open((root_ / "none").string()).ok());
    EXPECT_FALSE(Folder::open((inbox_ / "a.hl7").string()).ok());
}

// A folder that another process swaps for a link at the worst moment never gives the outside.
TEST_F(StoreFolder, SurvivesARace) {
    write("secret/1.hl7", "outside");
    const Folder opened = folder();
    std::atomic<bool> done = false;
    std::thread attacker([&] {
        const fs::path place = inbox_ / "adt";
        const fs::path aside = inbox_ / "aside";
        std::error_code ignored;
        while (!done) {
            fs::rename(place, aside, ignored);
            fs::create_directory_symlink(root_ / "secret", place, ignored);
            fs::remove(place, ignored);
            fs::rename(aside, place, ignored);
        }
    });
    auto pattern = Pattern::parse("adt/*.hl7");
    int read = 0;
    for (int i = 0; i < 20'000; ++i) {
        auto result = contents(opened, "adt/1.hl7");
        if (!result.ok()) continue;
        ++read;
        ASSERT_EQ(result.value(), "one");
    }
    for (int i = 0; i < 2'000; ++i) {
        auto listing = opened.list(pattern.value(), {});
        if (!listing.ok()) continue;
        for (const FileEntry &file : listing.value().files) ASSERT_EQ(file.size, 3);
    }
    done = true;
    attacker.join();
    EXPECT_GT(read, 0);
}

// More folders than a process may have open files.
TEST_F(StoreFolder, ManyFolders) {
    for (int i = 0; i < 2000; ++i) write("inbox/many/" + std::to_string(i) + "/x", "");
    EXPECT_EQ(names("many/**/x").size(), 2000u);
}

}  // namespace
}  // namespace clinical::store
