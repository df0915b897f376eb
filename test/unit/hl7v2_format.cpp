#include <gtest/gtest.h>

#include <chrono>

#include "hl7v2/format.h"
#include "hl7v2/hl7v2.h"

using namespace clinical::hl7v2;

namespace {

// A value of a message with that MSH-18, unescaped.
std::string decoded_in(std::string_view charset, std::string_view raw) {
    const std::string header = "MSH|^~\\&|A|||||||||||||||" + std::string(charset);
    const auto d = read_delimiters(header, 0);
    return unescape(raw, d.value());
}

std::string laid_out(std::string_view raw, std::size_t width = 0) {
    return formatted(raw, Delimiters{}, width);
}

std::string put_together(std::vector<std::string_view> parts) {
    auto result = joined(parts);
    return result.ok() ? result.value() : "refused";
}

}  // namespace

TEST(Hl7v2Escape, BytesAreOfTheMessagesCharset) {
    EXPECT_EQ(decoded_in("8859/1", "J\\XF6\\rg"), "J\xc3\xb6rg");
    EXPECT_EQ(decoded_in("8859/2", "\\XA3\\"), "\xc5\x81");
    EXPECT_EQ(decoded_in("UNICODE UTF-8", "\\XC3B6\\"), "\xc3\xb6");
    EXPECT_EQ(decoded_in("", "\\XC3B6\\"), "\xc3\xb6");
    EXPECT_EQ(decoded_in("Shift_JIS", "\\X955C\\"), "\xe8\xa1\xa8");
    // No text there: verbatim.
    EXPECT_EQ(decoded_in("UNICODE UTF-8", "\\XF6\\"), "\\XF6\\");
    EXPECT_EQ(decoded_in("", "\\XF6\\"), "\\XF6\\");
    EXPECT_EQ(decoded_in("8859/1", "\\X00\\"), "\\X00\\");
    EXPECT_EQ(decoded_in("8859/1", "\\XF\\"), "\\XF\\");
}

TEST(Hl7v2Escape, SwitchesOfTheCharset) {
    // ISO 2022: kanji between the switches, then letters again.
    EXPECT_EQ(decoded_in("ASCII", "\\M2442\\;3ED\\C2842\\ Taro"), "\xe5\xb1\xb1\xe7\x94\xb0 Taro");
    EXPECT_EQ(decoded_in("ASCII", "\\C2949\\6\\C2842\\x"), "\xef\xbd\xb6x");
    // A Cyrillic byte that was read as Latin-1.
    EXPECT_EQ(decoded_in("8859/1", "\\C2D4C\\\xc3\x98\\C2842\\x"), "\xd0\xb8x");
    EXPECT_EQ(decoded_in("8859/1", "a\\C2842\\b\\T\\c"), "ab&c");
    // Not of the set, or a set that is not known: verbatim.
    EXPECT_EQ(decoded_in("ASCII", "\\M2442\\!\\C2842\\x"), "\\M2442\\!x");
    EXPECT_EQ(decoded_in("ASCII", "\\C9999\\a"), "\\C9999\\a");
}

TEST(Hl7v2Format, CommandsAreCarriedOut) {
    EXPECT_EQ(laid_out("a\\.br\\b"), "a\nb");
    EXPECT_EQ(laid_out("a\\.sp2\\b"), "a\n\nb");
    EXPECT_EQ(laid_out("a\\.sk3\\b"), "a   b");
    EXPECT_EQ(laid_out("\\.in+2\\a\\.br\\b\\.in-2\\\\.br\\c"), "  a\nb\nc");
    EXPECT_EQ(laid_out("\\.in2\\a\\.br\\b"), "  a\n  b");
    EXPECT_EQ(laid_out("\\.ti4\\a\\.br\\b"), "    a\nb");
    EXPECT_EQ(laid_out("\\H\\bold\\N\\ \\T\\ \\X41\\"), "bold & A");
    EXPECT_EQ(laid_out("\\.ce\\ab\\.br\\c", 10), "    ab\nc");
    EXPECT_EQ(laid_out("one two three", 7), "one two\nthree");
    EXPECT_EQ(laid_out("\\.in2\\one two", 5), "  one\n  two");
    EXPECT_EQ(laid_out("\\.nf\\one two three", 7), "one two three");
    EXPECT_EQ(laid_out("unbreakable word", 3), "unbreakable\nword");
    EXPECT_EQ(laid_out("a\\.zz\\b"), "a\\.zz\\b");
    EXPECT_EQ(laid_out("C:\\temp"), "C:\\temp");
    EXPECT_EQ(laid_out(""), "");
}

// Counting all that is left for each line took minutes here.
TEST(Hl7v2Format, LongTextIsWrappedInOnePass) {
    std::string words;
    for (int i = 0; i < 1'000'000; ++i) words += "a ";
    const auto begin = std::chrono::steady_clock::now();
    const std::string lines = laid_out(words, 1);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(3));
    EXPECT_EQ(lines.size(), words.size());
    EXPECT_EQ(lines.substr(0, 6), "a\na\na\n");
    EXPECT_EQ(lines.find(' '), lines.npos);
}

TEST(Hl7v2Format, WrapsWhereAMarginLeavesNoRoom) {
    EXPECT_EQ(laid_out("\\.in3\\a b", 3), "   a\n   b");
    EXPECT_EQ(laid_out("\\.in4\\a b", 3), "    a\n    b");
    EXPECT_EQ(laid_out("\\.in2\\a b", 3), "  a\n  b");
    EXPECT_EQ(laid_out("\\.in2\\\xc3\xa4 b", 5), "  \xc3\xa4 b");
}

// Few bytes of commands make no more blanks than .sp makes lines.
TEST(Hl7v2Format, BlanksAreBounded) {
    constexpr std::size_t largest = 1u << 24;
    std::string skips, margins;
    for (int i = 0; i < 20'000; ++i) {
        skips += "\\.sk999\\";
        margins += "\\.in999\\a\\.br\\";
    }
    EXPECT_LE(laid_out(skips).size(), largest);
    EXPECT_LE(laid_out(margins).size(), largest + margins.size());
    EXPECT_LE(laid_out("\\.ce\\a", 100'000'000).size(), largest + 1);
}

TEST(Hl7v2Joined, PartsFollowEachOther) {
    const std::string_view first =
        "MSH|^~\\&|A||||||ORU^R01|1\rPID|1\rOBX|1|TX|||begin\rDSC|P1|F\r";
    const std::string_view second =
        "MSH|^~\\&|A||||||ORU^R01|2||||P1\rADD| and end|x\rOBX|2\rDSC|P2|F\r";
    const std::string_view third = "MSH|^~\\&|A||||||ORU^R01|3||||P2\rOBX|3\r";
    EXPECT_EQ(put_together({first, second, third}),
              "MSH|^~\\&|A||||||ORU^R01|1\rPID|1\rOBX|1|TX|||begin and end|x\rOBX|2\rOBX|3\r");
    EXPECT_EQ(put_together({first, third}), "refused");
    EXPECT_EQ(put_together({third, first}), "refused");
    EXPECT_EQ(put_together({"no message"}), "refused");
    // The last part keeps its DSC: it waits for more.
    EXPECT_EQ(put_together({first}), first);
    EXPECT_EQ(put_together({"MSH|^~\\&|A\rNTE|1||a\rADD|b\r"}), "MSH|^~\\&|A\rNTE|1||ab\r");
}
