#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/json_reader.h"

using clinical::core::ErrorCode;
using clinical::core::explain_json;
using clinical::core::Json;
using clinical::core::Limits;
using clinical::core::parse_json;
using clinical::core::unescape_json;

namespace {

std::string round_trip(std::string_view text) {
    auto parsed = parse_json(text);
    return parsed.ok() ? to_text(parsed.value()) : "refused: " + parsed.error().where;
}

std::string nested(int depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

TEST(CoreJsonReader, ReadsWhatIsJson) {
    const struct {
        std::string_view text, expected;
    } cases[] = {
        {"{}", "{}"},
        {" [ ] ", "[]"},
        {"null", "null"},
        {" true\n", "true"},
        {"\"a\"", "\"a\""},
        {"-0.0e+10", "-0.0e+10"},
        {"[1.0,1.00,1e2,1E-7,-0,123456789012345678901234567890.5]",
         "[1.0,1.00,1e2,1E-7,-0,123456789012345678901234567890.5]"},
        {"{\"\":{\"a\":[{},[],\"\",false]}}", "{\"\":{\"a\":[{},[],\"\",false]}}"},
        {"{\"b\" : 1 ,\r\n\t\"a\":2}", "{\"b\":1,\"a\":2}"},
        {R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"])",
         "[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tA\u00e9\u20ac\U0001F600\"]"},
        {R"({"a\"b":1,"a\\":2})", R"({"a\"b":1,"a\\":2})"},
    };
    for (const auto &c : cases) EXPECT_EQ(round_trip(c.text), c.expected);
}

TEST(CoreJsonReader, SaysWhereAndWhatIsWrong) {
    const struct {
        std::string_view text;
        std::size_t offset;
        std::string_view reason;
    } cases[] = {
        {"", 0, "the document ends where a value is expected"},
        {"  ", 2, "the document ends where a value is expected"},
        {"{", 1, "the name of a member is expected"},
        {"[", 1, "the document ends where a value is expected"},
        {"[1", 2, "the document ends inside an array"},
        {"{\"a\":1", 6, "the document ends inside an object"},
        {"[1,]", 3, "a value is expected"},
        {"{\"a\":1,}", 7, "the name of a member is expected"},
        {"{a:1}", 1, "the name of a member is expected"},
        {"{\"a\" 1}", 5, "a colon is expected after the name of a member"},
        {"{\"a\":1 \"b\":2}", 7, "a comma or a closing brace is expected"},
        {"[1 2]", 3, "a comma or a closing bracket is expected"},
        {"[1}", 2, "a comma or a closing bracket is expected"},
        {"{} {}", 3, "something follows the end of the document"},
        {"[01]", 1, "a number does not follow the grammar of JSON"},
        {"[1.]", 1, "a number does not follow the grammar of JSON"},
        {"[.5]", 1, "a number does not follow the grammar of JSON"},
        {"[+1]", 1, "a number does not follow the grammar of JSON"},
        {"[1e]", 1, "a number does not follow the grammar of JSON"},
        {"[-]", 1, "a number does not follow the grammar of JSON"},
        {"[NaN]", 1, "a value is expected"},
        {"[tru]", 1, "a value is expected"},
        {"[truex]", 5, "a comma or a closing bracket is expected"},
        {"[nulll]", 5, "a comma or a closing bracket is expected"},
        {"[1\"a\"]", 2, "a comma or a closing bracket is expected"},
        {"[\"a\"\"b\"]", 4, "a comma or a closing bracket is expected"},
        {"[\"a\"1]", 4, "a comma or a closing bracket is expected"},
        {"[\"a]", 4, "the document ends inside a string"},
        {"[\"a\nb\"]", 3, "a control character in a string must be escaped"},
        {"[\"\\x\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"[\"\\u00g0\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"[\"\\u0000\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"[\"\\ud83d\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"[\"\\ude00\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"[\"\\ud83d\\u0041\"]", 2,
         "an escape sequence is not valid, or stands for NUL or half of a surrogate pair"},
        {"{\"a\":1,\"b\":{\"a\":2},\"\\u0061\":3}", 19,
         "the object has a member of this name already"},
        {"[1]\f", 3, "something follows the end of the document"},
        {"\xEF\xBB\xBF{}", 0, "a value is expected"},
    };
    for (const auto &c : cases) {
        auto parsed = parse_json(c.text);
        ASSERT_FALSE(parsed.ok()) << c.text;
        EXPECT_EQ(parsed.error().code, ErrorCode::invalid_syntax) << c.text;
        EXPECT_EQ(parsed.error().offset, c.offset) << c.text << ": " << parsed.error().where;
        EXPECT_TRUE(parsed.error().where.ends_with(": " + std::string(c.reason) + "."))
            << c.text << ": " << parsed.error().where;
    }
}

TEST(CoreJsonReader, CountsLinesAndCharacters) {
    auto parsed = parse_json("{\n \"\u00e9\u20ac\": x}");
    ASSERT_FALSE(parsed.ok());
    EXPECT_EQ(parsed.error().where, "Line 2, column 8 (byte 12): a value is expected.");
}

TEST(CoreJsonReader, RefusesBytesThatAreNotUtf8) {
    for (std::string_view bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                 "\x80", "\xC3", "\xF8\x88\x80\x80\x80"}) {
        auto parsed = parse_json("[\"" + std::string(bad) + "\"]");
        ASSERT_FALSE(parsed.ok());
        EXPECT_EQ(parsed.error().code, ErrorCode::encoding);
        EXPECT_EQ(parsed.error().offset, 2u);
    }
}

TEST(CoreJsonReader, HoldsItsLimits) {
    Limits limits;
    EXPECT_TRUE(parse_json(nested(512), limits).ok());
    auto deep = parse_json(nested(513), limits);
    ASSERT_FALSE(deep.ok());
    EXPECT_EQ(deep.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(parse_json(nested(200'000), limits).error().code, ErrorCode::limit_exceeded);

    limits.nodes = 4;
    EXPECT_TRUE(parse_json("[1,2,3]", limits).ok());
    EXPECT_EQ(parse_json("[1,2,3,4]", limits).error().code, ErrorCode::limit_exceeded);
    limits.message_bytes = 6;
    EXPECT_EQ(parse_json("[1,2,3]", limits).error().code, ErrorCode::limit_exceeded);
}

TEST(CoreJsonReader, RefusesDuplicatesAmongManyMembers) {
    std::string text = "{";
    for (int i = 0; i < 5000; ++i)
        text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    EXPECT_TRUE(parse_json(text + "\"x\":0}").ok());
    EXPECT_FALSE(parse_json(text + "\"k77\":0}").ok());
}

TEST(CoreJsonReader, PollsForInterruptsAndLetsThemThrough) {
    static int polls = 0;
    std::string text = "[0";
    for (int i = 0; i < 100'000; ++i) text += ",1";
    Limits limits;
    limits.interrupt.check = [] { ++polls; };
    EXPECT_TRUE(parse_json(text + "]", limits).ok());
    EXPECT_GE(polls, 24);

    polls = 0;
    limits.interrupt.check = [] {
        if (++polls == 30) throw std::runtime_error("cancelled");
    };
    // The first reading polls 24 times; the thirtieth is in the explanation.
    EXPECT_THROW((void)parse_json(text, limits), std::runtime_error);
    EXPECT_EQ(polls, 30);
}

// Every cut and every changed byte of a document: the reader and the slow scanner agree, and what
// is accepted comes back the same.
TEST(CoreJsonReader, AgreesWithItsExplanationOnMutations) {
    const std::string good =
        R"({"a":[1,-2.50e+3,true,null,"x\u00e9\ud83d\ude00\\"],"b":{"c":"\"", "d":{}} , "e":""})";
    ASSERT_TRUE(parse_json(good).ok());
    const auto check = [](const std::string &text) {
        auto parsed = parse_json(text);
        auto explained = explain_json(text, Limits{});
        ASSERT_EQ(parsed.ok(), !explained.has_value()) << text;
        if (!parsed.ok()) {
            EXPECT_FALSE(parsed.error().where.empty()) << text;
            return;
        }
        const std::string once = to_text(parsed.value());
        EXPECT_EQ(once, round_trip(once));
    };
    const std::string bytes("\"\\{}[]:, 0-.eEtfnu\n\t\x01\x1a\x0c\x7f\xc3\xa9\xed\x00", 28);
    for (std::size_t i = 0; i < good.size(); ++i) {
        check(good.substr(0, i));
        check(good.substr(i));
        check(good.substr(0, i) + good.substr(i + 1));
        for (char c : bytes) {
            std::string changed = good;
            changed[i] = c;
            check(changed);
            changed = good;
            changed.insert(i, 1, c);
            check(changed);
        }
    }
}
