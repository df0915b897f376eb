#include <gtest/gtest.h>

#include <vector>

#include "hl7v2/hl7v2.h"

using clinical::core::ErrorCode;
using clinical::hl7v2::Delimiters;
using clinical::hl7v2::Message;
using clinical::hl7v2::Segment;
using clinical::hl7v2::unescape;

namespace {

Message parsed(std::string_view text) {
    auto message = Message::parse(text);
    if (!message.ok()) {
        ADD_FAILURE() << message.error().where;
        abort();
    }
    return std::move(message).value();
}

std::string ids(std::string_view text) {
    const Message m = parsed(text);
    std::string out;
    for (const Segment &s : m) out += std::string(out.empty() ? "" : " ") + std::string(s.id());
    return out;
}

std::string why(std::string_view text) {
    auto message = Message::parse(text);
    return message.ok() ? "ok" : message.error().where;
}

}  // namespace

TEST(Hl7v2Message, EveryTerminatorEndsSegments) {
    for (const char *t :
         {"\r", "\n", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r\n", "\r  \r", "\n \t\n"}) {
        const std::string e = t;
        const std::string text = "MSH|^~\\&|A" + e + "PID|1" + e + "ZXX" + e + "PV1|1" + e;
        EXPECT_EQ(ids(text), "MSH PID ZXX PV1");
        const Message m = parsed(text);
        EXPECT_EQ(m[0].text(), "MSH|^~\\&|A");
        EXPECT_EQ(m[3].text(), "PV1|1");
        EXPECT_EQ(text.substr(m[1].offset(), 5), "PID|1");
    }
}

TEST(Hl7v2Message, MixedTerminators) {
    EXPECT_EQ(ids("MSH|^~\\&|A\rEVN|A01\nPID|1\r\nPV1|1\rDG1|1"), "MSH EVN PID PV1 DG1");
    EXPECT_EQ(ids("MSH|^~\\&|A\r\nEVN|A01\rPID|1\nPV1|1"), "MSH EVN PID PV1");
}

// Line ends inside a field are data unless a segment follows.
TEST(Hl7v2Message, LineEndsInsideFields) {
    for (const char *t : {"\r", "\n", "\r\n"}) {
        const std::string text = std::string("MSH|^~\\&|A") + t + "OBX|1|TX|||4 up to 6\nmm|||F" +
                                 t + "NTE|1||a\r\n\r\nMRI: done" + t + "PV1|1" + t;
        const Message m = parsed(text);
        ASSERT_EQ(ids(text), "MSH OBX NTE PV1");
        EXPECT_EQ(m[1].field(5).text(), "4 up to 6\nmm");
        EXPECT_EQ(m[1].field(8).text(), "F");
        EXPECT_EQ(m[2].field(3).text(), "a\r\n\r\nMRI: done");
    }
    EXPECT_EQ(ids("MSH|^~\\&|A\rNTE|1||see\nMRI\rPV1|1"), "MSH NTE PV1");
}

TEST(Hl7v2Message, WhatFeedsAddAround) {
    EXPECT_EQ(ids("\xef\xbb\xbfMSH|^~\\&|A\rPID|1"), "MSH PID");
    EXPECT_EQ(ids("\x0bMSH|^~\\&|A\rPID|1\r\x1c\r"), "MSH PID");
    EXPECT_EQ(ids("\x0bMSH|^~\\&|A\rPID|1\x1c\r"), "MSH PID");
    EXPECT_EQ(ids("\n  MSH|^~\\&|A\n  PID|1\n   \n"), "MSH PID");
    const Message m = parsed("MSH|^~\\&|A\rPID |1||X\rpv1|1");
    EXPECT_EQ(m[1].id(), "PID");
    EXPECT_EQ(m[1].field(3).text(), "X");
    EXPECT_EQ(m[2].id(), "pv1");
}

TEST(Hl7v2Message, Refused) {
    const struct {
        const char *text;
        const char *where;
    } cases[] = {
        {"", "Segment 1 (byte 0) is not a message header (MSH)."},
        {"PID|1", "Segment 1 (byte 0) is not a message header (MSH)."},
        {"msh|^~\\&|", "Segment 1 (byte 0) is not a message header (MSH)."},
        {"\r\nFHS|^~\\&|", "Segment 1 (byte 2) is not a message header (MSH)."},
        {"MSH", "Segment 1 (byte 0) ends before its delimiters."},
        {"MSH|", "Segment 1 (byte 0) ends before its delimiters."},
        {"MSHA^~\\&A", "Segment 1 (byte 3) has a field separator that is not punctuation."},
        {"MSH ^~\\& ", "Segment 1 (byte 3) has a field separator that is not punctuation."},
        {"MSH||A", "Segment 1 (byte 4) has no encoding characters."},
        {"MSH|\rPID|1", "Segment 1 (byte 4) has no encoding characters."},
        {"MSH|^~^&|A", "Segment 1 (byte 6) uses one character for two delimiters."},
        {"MSH|^~\\&#!|A", "Segment 1 (byte 4) has more than five encoding characters."},
        {"MSH|^a\\&|A", "Segment 1 (byte 5) has an encoding character that is not punctuation."},
        {"MSH|^~\\&|A\r|1|2", "Segment 2 (byte 11) has no segment name."},
        {"MSH|^~\\&|A\rPID|1\rPIDX|2", "Segment 3 (byte 17) has no segment name."},
        {"MSH|^~\\&|A\r1PI|1", "Segment 2 (byte 11) has no segment name."},
        {"MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B", "Segment 3 (byte 17) starts another message."},
        {"MSH|^~\\&|A\nMSH#^~\\&#B", "Segment 2 (byte 11) starts another message."},
    };
    for (const auto &c : cases) EXPECT_EQ(why(c.text), c.where) << c.text;
}

TEST(Hl7v2Message, Limits) {
    clinical::core::Limits limits;
    limits.segments = 2;
    auto message = Message::parse("MSH|^~\\&|\rPID|\rPV1|", limits);
    ASSERT_FALSE(message.ok());
    EXPECT_EQ(message.error().code, ErrorCode::limit_exceeded);
    limits.message_bytes = 5;
    EXPECT_FALSE(Message::parse("MSH|^~\\&|", limits).ok());
}

TEST(Hl7v2Message, DelimitersComeFromTheHeader) {
    const Message m = parsed("MSH#*@!%#A\rPID#1##a*b%c@d\rOBX#1#ST###x!S!y\r");
    EXPECT_EQ(m.find("PID")->field(3).repetition(1).component(2).subcomponent(2).text(), "c");
    EXPECT_EQ(m.find("PID")->field(3).repetition(2).text(), "d");
    EXPECT_EQ(m.find("OBX")->field(5).text(), "x*y");
    // Missing ones take the default, unless it has another role.
    EXPECT_EQ(parsed("MSH|^~|A").delimiters().escape, '\\');
    EXPECT_EQ(parsed("MSH|&|A").delimiters().subcomponent, '\0');
    EXPECT_EQ(parsed("MSH|^~\\&#|A").delimiters().truncation, '#');
    EXPECT_EQ(parsed("MSH|^~\\&").delimiters().subcomponent, '&');
}

TEST(Hl7v2Message, FieldsOfTheHeaderAreShifted) {
    const Message m = parsed("MSH|^~\\&|APP^1.2^ISO|FAC");
    EXPECT_EQ(m[0].field(1).raw(), "|");
    EXPECT_EQ(m[0].field(2).raw(), "^~\\&");
    EXPECT_EQ(m[0].field(2).text(), "^~\\&");
    EXPECT_EQ(m[0].field(2).component(1).raw(), "^~\\&");
    EXPECT_TRUE(m[0].field(2).component(2).is_absent());
    EXPECT_EQ(m[0].field(2).repetitions(), 1);
    EXPECT_EQ(m[0].field(3).component(3).text(), "ISO");
    EXPECT_EQ(m[0].field(4).text(), "FAC");
    EXPECT_EQ(m[0].fields(), 4);
    EXPECT_TRUE(m[0].field(5).is_absent());
    EXPECT_TRUE(m[0].field(0).is_absent());
}

// HL7 v2 2.5.3: nothing said, said to be nothing, and a value are three things.
TEST(Hl7v2Message, ThreeStates) {
    const Message m = parsed("MSH|^~\\&|A\rPID|1||\"\"|x^\"\"^\"\"\"|\"");
    const Segment &pid = m[1];
    EXPECT_TRUE(pid.field(2).is_absent());
    EXPECT_TRUE(pid.field(3).is_null());
    EXPECT_FALSE(pid.field(3).has_value());
    EXPECT_EQ(pid.field(3).text(), "");
    EXPECT_TRUE(pid.field(3).component(1).is_null());
    EXPECT_TRUE(pid.field(3).component(2).is_absent());
    EXPECT_TRUE(pid.field(4).component(2).is_null());
    EXPECT_EQ(pid.field(4).component(3).text(), "\"\"\"");
    EXPECT_EQ(pid.field(5).text(), "\"");
    EXPECT_TRUE(pid.field(99).is_absent());
}

TEST(Hl7v2Message, PartsAndPositions) {
    const Message m = parsed("MSH|^~\\&|A\rPID|1||a~~c^d^e&f|20200101");
    const auto field = m[1].field(3);
    EXPECT_EQ(field.repetitions(), 3);
    EXPECT_TRUE(field.repetition(2).is_absent());
    EXPECT_EQ(field.repetition(3).components(), 3);
    EXPECT_EQ(field.repetition(3).component(3).subcomponents(), 2);
    EXPECT_EQ(field.repetition(3).component(3).subcomponent(2).text(), "f");
    EXPECT_TRUE(field.repetition(4).is_absent());
    EXPECT_TRUE(field.repetition(0).is_absent());
    EXPECT_EQ(m[1].field(4).component(1).raw(), m[1].field(4).raw());
    EXPECT_EQ(m[1].field(2).repetitions(), 0);
    EXPECT_EQ(m.find("PID", 2), nullptr);
}

// Eight bytes that stand for a thousand stay a page when they are a million.
TEST(Hl7v2Escape, BlankLinesAreBounded) {
    std::string bomb;
    for (int i = 0; i < 10'000; ++i) bomb += "\\.sp999\\";
    EXPECT_LT(unescape(bomb, Delimiters{}).size(), bomb.size() + (1u << 21));
    EXPECT_EQ(unescape(bomb.substr(0, 80), Delimiters{}), std::string(9990, '\n'));
    // Nor does a switch of the character set begin a new count.
    std::string runs;
    for (int i = 0; i < 100; ++i) runs += "\\C2842\\" + bomb.substr(0, 8'000);
    EXPECT_LT(unescape(runs, Delimiters{}).size(), runs.size() + (1u << 21));
}

TEST(Hl7v2Escape, Sequences) {
    const Delimiters d;
    const struct {
        const char *raw;
        const char *text;
    } cases[] = {
        {"plain", "plain"},
        {R"(a\F\b\S\c\T\d\R\e\E\f)", "a|b^c&d~e\\f"},
        {R"(\P\\L\)", "##"},
        {R"(one\.br\two\.br\)", "one\ntwo\n"},
        {R"(a\.sp\b\.sp2\c\.sp+1\d)", "a\nb\n\nc\nd"},
        {R"(a\.sk3\b\.ce\c)", "a   b\nc"},
        {R"(\.fi\a\.nf\\.in+2\b\.ti-3\c)", "abc"},
        {R"(\H\bold\N\)", "bold"},
        {R"(a\X0D\b\X0A\c\X0D0A\d\x41\)", "a\nb\nc\ndA"},
        // What cannot be decoded stays.
        {R"(\XE9\)", R"(\XE9\)"},
        {R"(\X00\)", R"(\X00\)"},
        {R"(\X4\)", R"(\X4\)"},
        {R"(\XZZ\)", R"(\XZZ\)"},
        {R"(\Zlocal\F\)", R"(\Zlocal\F\)"},
        {R"(\C2842\\F\)", "|"},
        {R"(\.zz\\.sp99999\)", R"(\.zz\\.sp99999\)"},
        {R"(C:\temp)", R"(C:\temp)"},
        {R"(C:\temp\F\x)", R"(C:\temp|x)"},
        {R"(\\)", R"(\\)"},
        {R"(\)", R"(\)"},
        {R"(\f\)", R"(\f\)"},
    };
    for (const auto &c : cases) EXPECT_EQ(unescape(c.raw, d), c.text) << c.raw;
}
