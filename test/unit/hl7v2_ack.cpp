#include "hl7v2/ack.h"

#include <gtest/gtest.h>

using namespace clinical::hl7v2;
namespace core = clinical::core;

namespace {

Message with(const std::string &text) {
    auto message = Message::parse(text);
    EXPECT_TRUE(message.ok());
    return std::move(message).value();
}

// MSH-15 and MSH-16 of the sender.
std::string asking(std::string_view accept, std::string_view application) {
    return "MSH|^~\\&|A|F|B|G|2024||ADT^A01|1|P|2.5|||" + std::string(accept) + "|" +
           std::string(application) + "\rPID|1";
}

}  // namespace

TEST(Hl7v2Ack, TheModeIsTheSenders) {
    const struct {
        const char *accept, *application, *code;
    } cases[] = {
        {"", "", "AA"},
        {"\"\"", "\"\"", "AA"},
        {"AL", "NE", "CA"},
        {"AL", "AL", "CA"},
        {"AL", "", "CA"},
        {"ER", "AL", "CA"},
        {"NE", "NE", "CA"},
        // The application's answer alone.
        {"NE", "AL", "AA"},
        {"", "AL", "AA"},
        {"NE", "ER", "AA"},
        {"", "SU", "AA"},
    };
    for (const auto &c : cases) {
        const std::string text = asking(c.accept, c.application);
        EXPECT_EQ(acknowledgement_code(with(text), {}), c.code) << c.accept << c.application;
    }
    const std::vector<core::Issue> error{{"error", "value", "102", "PID^1", {}, "x"}};
    const std::vector<core::Issue> refusal{{"error", "not-supported", "200", "MSH^1", {}, "x"}};
    const std::string plain = asking("", ""), enhanced = asking("AL", "NE");
    EXPECT_EQ(acknowledgement_code(with(plain), error), "AE");
    EXPECT_EQ(acknowledgement_code(with(plain), refusal), "AR");
    EXPECT_EQ(acknowledgement_code(with(enhanced), error), "CE");
    EXPECT_EQ(acknowledgement_code(with(enhanced), refusal), "CR");
}

TEST(Hl7v2Ack, AnswersAreNotAnswered) {
    const std::string ack = "MSH|^~\\&|A|F|B|G|2024||ACK^A01^ACK|1|P|2.5\rMSA|AA|7";
    const std::string response = "MSH|^~\\&|A|F|B|G|2024||ORR^O02|1|P|2.5\rMSA|AA|7";
    const std::string asked = "MSH|^~\\&|A|F|B|G|2024||RSP^K21|1|P|2.5|||AL|NE\rMSA|AA|7";
    EXPECT_FALSE(is_acknowledgement_due(with(ack), "AA"));
    EXPECT_FALSE(is_acknowledgement_due(with(response), "AE"));
    // In enhanced mode a response may ask to be accepted.
    EXPECT_TRUE(is_acknowledgement_due(with(asked), "CA"));
    EXPECT_FALSE(is_acknowledgement_due(with(asked), "AA"));
    const std::string plain = asking("", "");
    EXPECT_TRUE(is_acknowledgement_due(with(plain), "AA"));
    EXPECT_FALSE(is_acknowledgement_due(with(plain), "CA"));
}

// The same message is answered alike, with the errors where its version has them.
TEST(Hl7v2Ack, ErrorsByVersion) {
    const std::vector<core::Issue> issues{
        {"error", "value", "102", "PID^1^7^1^1", {}, "no|date"},
        {"warning", "code-invalid", "103", "PID^1^8^1", {}, "no code"},
    };
    const auto answer = [&](const std::string &version) {
        const std::string text = "MSH|^~\\&|A|F|B|G|2024||ADT^A01|1|P|" + version + "\rPID|1";
        AckOptions options;
        options.issues = issues;
        options.control_id = "C";
        return acknowledge(with(text), options);
    };
    EXPECT_EQ(answer("2.2"),
              "MSH|^~\\&|B|G|A|F|2024||ACK|C|P|2.2\rMSA|AE|1\r"
              "ERR|PID^1^7^102&Data type error&HL70357\r");
    EXPECT_EQ(answer("2.5.1"),
              "MSH|^~\\&|B|G|A|F|2024||ACK^A01^ACK|C|P|2.5.1\rMSA|AE|1\r"
              "ERR||PID^1^7^1^1|102^Data type error^HL70357|E|||no\\F\\date\r"
              "ERR||PID^1^8^1|103^Table value not found^HL70357|W|||no code\r");
    EXPECT_EQ(answer("2.5.1"), answer("2.5.1"));
}

TEST(Hl7v2Ack, IssuesOfOtherOrigin) {
    const struct {
        const char *kind, *own, *code;
    } cases[] = {
        {"structure", "malformed", "199"},
        {"value", "charset-invalid", "102"},
        {"code-invalid", "unmapped-code", "103"},
        {"processing", "x", "207"},
        {"value", "101", "101"},
    };
    const std::string text = asking("", "");
    for (const auto &c : cases) {
        const std::vector<core::Issue> issues{
            {"error", c.kind, c.own, "Segment 3 (byte 9)", {}, "m"}};
        AckOptions options;
        options.issues = issues;
        const std::string answer = acknowledge(with(text), options);
        EXPECT_NE(answer.find("\rERR|||" + std::string(c.code) + "^"), answer.npos) << answer;
    }
}
