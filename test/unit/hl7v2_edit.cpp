#include <gtest/gtest.h>

#include <random>

#include "core/json.h"
#include "hl7v2/edit.h"
#include "hl7v2/tree.h"
#include "tree_writer.h"

using namespace clinical::hl7v2;
namespace core = clinical::core;

namespace {

const std::string text =
    "MSH|^~\\&|A|B\r"
    "PID|1||X^^^H&1&ISO~Y||DOE^JO|\"\"\n"
    "OBX|1|NM|a\rOBX|2|NM|b";

// The message with one place set; only what changed: the part between the first and the last byte
// that differ, in brackets.
std::string changed(std::string_view path, std::string_view value, Content content = Content::text,
                    const std::string &message = text) {
    auto parsed = Path::parse(path);
    if (!parsed.ok()) return "no path";
    auto result = set_value(message, parsed.value(), value, content);
    if (!result.ok()) return "refused";
    EXPECT_TRUE(Message::parse(result.value()).ok()) << path;
    const std::string &now = result.value();
    std::size_t head = 0, tail = 0;
    while (head < now.size() && head < message.size() && now[head] == message[head]) ++head;
    while (tail < now.size() - head && tail < message.size() - head &&
           now[now.size() - 1 - tail] == message[message.size() - 1 - tail])
        ++tail;
    return now.substr(head, now.size() - head - tail);
}

std::string got(const std::string &message, std::string_view path) {
    const LazyMessage lazy(message);
    const Path parsed = Path::parse(path).value();
    const Found found = first_match(lazy, parsed);
    if (!found.value.has_value()) return "";
    return is_verbatim(found, parsed) ? std::string(found.value.raw()) : found.value.text();
}

std::string removed(std::string_view path) {
    auto result = remove_values(text, Path::parse(path).value());
    return result.ok() ? result.value() : "refused";
}

}  // namespace

TEST(Hl7v2Edit, OnlyThePlaceChanges) {
    const struct {
        const char *path, *value, *change;
    } cases[] = {
        {"PID-5.1", "ROE", "R"},
        {"PID-5.1", "a|b^c\\d\r", "a\\F\\b\\S\\c\\E\\d\\X0D\\"},
        {"PID-5.3", "Q", "^Q"},
        {"PID-5.2.3", "Q", "&&Q"},
        {"PID-5", "N", "N"},
        {"PID-3[2].1", "Z", "Z"},
        {"PID-3[4].2", "Z", "~~^Z"},
        {"PID-3[1].4.2", "9", "9"},
        {"PID-6.2", "Z", "^Z"},
        {"PID-8", "M", "||M"},
        {"PID-1", "", ""},
        {"OBX[2]-3", "c", "c"},
        {"OBX[3='a']-2", "ST", "ST"},
        {"OBX[3]-1", "3", "\rOBX|3\r"},
        {"NTE-3", "note", "\rNTE|||note\r"},
        {"PID-3[1='Y'].5", "PI", "^^^^PI"},
        {"PID-5.1", "\"\"", "\\X22\\\""},
        {"OBX[4]-1", "", "refused"},
        {"OBX[3='c']-1", "", "refused"},
        {"PID-3[1='Q'].5", "", "refused"},
        {"MSH-1", "!", "refused"},
        {"MSH-2", "!", "refused"},
        {"MSH-3", "Z", "Z"},
        {"PID", "", "refused"},
        {"PID-99999", "", "refused"},
        {"/.NTE-3", "", "refused"},
    };
    for (const auto &c : cases) EXPECT_EQ(changed(c.path, c.value), c.change) << c.path;
    EXPECT_EQ(changed("PID-5.1", "", Content::null), "\"\"");
    EXPECT_EQ(changed("PID-3", "A~B^C", Content::encoded), "A~B^C");
    EXPECT_EQ(changed("PID-3[1]", "A^C", Content::encoded), "A^C");
    EXPECT_EQ(changed("PID-3[1]", "A~C", Content::encoded), "refused");
    EXPECT_EQ(changed("PID-5.1", "A^C", Content::encoded), "refused");
    EXPECT_EQ(changed("PID-5", "A|C", Content::encoded), "refused");
    EXPECT_EQ(changed("PID-5", "A\rC", Content::encoded), "refused");
    EXPECT_EQ(changed("PID-5.2", "x", Content::text, "MSH|^\rPID|1"), "||||^x");
}

// What is set is what is read, whatever the delimiters.
TEST(Hl7v2Edit, AHeaderIsNotAdded) {
    EXPECT_EQ(changed("MSH[2]-4", "x"), "refused");
    EXPECT_EQ(changed("BHS-3", "x"), "refused");
}

TEST(Hl7v2Edit, SetAndGetAgree) {
    const std::string_view values[] = {"x",        "|^~\\&#", "\"\"",   "\"",
                                       "a\nb",     "\\.br\\", "é\x0b",  "$%",
                                       "C:\\temp", " blank ", "\\X41\\"};
    const std::string_view paths[] = {"PID-3",    "PID-3[2]",   "PID-3[2].4",   "PID-3.4.2",
                                      "PID-30.2", "OBX[2]-5.1", "ZZZ-2[3].2.2", "MSH-3"};
    for (const std::string &message :
         {text, std::string("MSH$%*@!\rPID$1"), std::string("MSH|^~\\&#|A\nPID|\n")})
        for (const auto path : paths)
            for (const auto value : values) {
                if (path == "OBX[2]-5.1" && message != text) continue;
                const auto result =
                    set_value(message, Path::parse(path).value(), value, Content::text);
                ASSERT_TRUE(result.ok()) << path;
                ASSERT_TRUE(Message::parse(result.value()).ok());
                EXPECT_EQ(got(result.value(), path), value) << path;
            }
}

TEST(Hl7v2Edit, RemovingLeavesTheRest) {
    auto without = [](std::string_view from, std::string_view to = "") {
        std::string out = text;
        const std::size_t at = out.find(from);
        EXPECT_NE(at, out.npos) << from;
        return out.replace(at, from.size(), to);
    };
    EXPECT_EQ(removed("PID-5.1"), without("DOE"));
    EXPECT_EQ(removed("PID-5"), without("DOE^JO"));
    EXPECT_EQ(removed("PID-3"), without("X^^^H&1&ISO~Y"));
    EXPECT_EQ(removed("PID-3[1]"), without("X^^^H&1&ISO~"));
    EXPECT_EQ(removed("PID-3[2]"), without("~Y"));
    EXPECT_EQ(removed("PID-3[1='Y']"), without("~Y"));
    EXPECT_EQ(removed("PID-3.1"), without("X^^^H&1&ISO~Y", "^^^H&1&ISO~"));
    EXPECT_EQ(removed("PID-3.4.2"), without("H&1&ISO", "H&&ISO"));
    EXPECT_EQ(removed("PID-6"), without("\"\""));
    EXPECT_EQ(removed("PID"), without("PID|1||X^^^H&1&ISO~Y||DOE^JO|\"\"\n"));
    EXPECT_EQ(removed("OBX"), without("OBX|1|NM|a\rOBX|2|NM|b"));
    EXPECT_EQ(removed("OBX[1]"), without("OBX|1|NM|a\r"));
    EXPECT_EQ(removed("OBX[3='b']"), without("OBX|2|NM|b"));
    EXPECT_EQ(removed("OBX-2"), without("OBX|1|NM|a\rOBX|2|NM|b", "OBX|1||a\rOBX|2||b"));
    EXPECT_EQ(removed("ZZZ-1"), text);
    EXPECT_EQ(removed("PID-99"), text);
    EXPECT_EQ(removed("MSH"), "refused");
    EXPECT_EQ(removed("MSH-2"), "refused");
}

TEST(Hl7v2Edit, FromScratch) {
    const std::string fresh = new_message("ADT^A01^ADT_A01", "2.5.1");
    EXPECT_EQ(fresh, "MSH|^~\\&|||||||ADT^A01^ADT_A01||P|2.5.1\r");
    EXPECT_EQ(new_message("A|B", "x^y"), "MSH|^~\\&|||||||A\\F\\B||P|x\\S\\y\r");
}

namespace {

std::string through_tree(const std::string &message) {
    const auto parsed = Message::parse(message);
    clinical::core::TreeWriter writer;
    write_tree(parsed.value(), writer);
    // Through text, as any JSON goes.
    const auto json = core::parse_json(core::to_text(writer.root));
    EXPECT_TRUE(json.ok());
    return read_tree(core::JsonNode(json.value()));
}

std::string tree_of(const std::string &message) {
    const auto parsed = Message::parse(message);
    clinical::core::TreeWriter writer;
    write_tree(parsed.value(), writer);
    return core::to_text(writer.root);
}

}  // namespace

TEST(Hl7v2Tree, LevelsAreArrays) {
    EXPECT_EQ(
        tree_of("MSH|^~\\&|A\rPID|1||X^^^H&1~Y|\"\"|a\\T\\b|a\\Q\\|\rZZZ\n"),
        R"({"segments":[{"segment":"MSH","fields":["|","^~\\&","A"]},)"
        R"({"segment":"PID","fields":["1",null,[["X",null,null,["H","1"]],"Y"],{"null":true},)"
        R"("a&b",{"raw":"a\\Q\\"},null]},{"segment":"ZZZ","fields":[],"end":"\n"}]})");
}

TEST(Hl7v2Tree, TheSameBytesComeBack) {
    for (const std::string &message :
         {text, std::string("MSH|^~\\&|"), std::string("MSH|^"),
          std::string("\x0bMSH|^~\\&|A\r\x1c\r"),
          std::string("\xef\xbb\xbfMSH$%*@!$A$B%C\r\nPID $1\r\n\r\nOBX$1$a\nb$\"\"%\"\"$\r"),
          std::string(
              "MSH|^~\\&#|A\\L\\\\P\\|\\X41\\|\\x|^|~|&|^&~|\"\"^\rFHS|^~\\&|x\rBHS\rFHS|\r")})
        EXPECT_EQ(through_tree(message), message);
    std::mt19937 chance(11);
    const std::string_view alphabet = "|^~\\&\r\n\"MSHPID1X4F \t#";
    for (int round = 0; round < 5000; ++round) {
        std::string damaged = text;
        for (unsigned n = 1 + chance() % 6; n > 0; --n)
            damaged.insert(chance() % damaged.size(), 1, alphabet[chance() % alphabet.size()]);
        if (Message::parse(damaged).ok()) {
            EXPECT_EQ(through_tree(damaged), damaged);
        }
    }
}

TEST(Hl7v2Tree, BuiltFromScratchOrRefused) {
    auto built = [](std::string_view json) -> std::string {
        const auto parsed = core::parse_json(json);
        EXPECT_TRUE(parsed.ok()) << json;
        try {
            return read_tree(core::JsonNode(parsed.value()));
        } catch (const core::Error &error) {
            return "refused";
        }
    };
    EXPECT_EQ(built(R"({"segments": [{"segment": "MSH", "fields": [null, null, "A|B", 1.50]},
                                     {"segment": "PID", "fields": [[["a", ["b", "c"]], "d"]]}]})"),
              "MSH|^~\\&|A\\F\\B|1.50\rPID|a^b&c~d\r");
    // A number may hold the message's delimiters.
    EXPECT_EQ(built(R"({"segments": [{"segment": "MSH", "fields": ["|", ".~\\&", 1.5]}]})"),
              "MSH|.~\\&|1\\S\\5\r");
    for (const char *json :
         {"[]", "{}", R"({"segments": [{"segment": "MSH"}], "x": 1})",
          R"({"segments": [{"segment": "MSH", "field": []}]})",
          // What would join segments, make one of a value, or bring one in.
          R"({"segments": [{"segment": "MSH", "end": ""}, {"segment": "PID"}]})",
          R"({"segments": [{"segment": "MSH", "end": " "}, {"segment": "PID"}]})",
          R"({"segments": [{"segment": "MSH", "end": "PID|1\r"}]})",
          R"({"segments": [{"segment": "MSH"}, {"segment": "NTE",
              "fields": [{"raw": "a\r\nPID"}, "1"]}]})",
          R"({"segments": []})", R"({"segments": [1]})", R"({"segments": [{"segment": "PID"}]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^~\\&", true]}]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^~\\&", {"raw": "a|b"}]}]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^~\\&", {"raw": "a\rb"}]}]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^~\\&", {"x": 1}]}]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^", ["a", "b"]]}, 3]})",
          R"({"segments": [{"segment": "MSH", "fields": ["|", "^~\\&", [[[["a", "b"]]]]]}]})"})
        EXPECT_EQ(built(json), "refused") << json;
}
