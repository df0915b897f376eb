#include "fhir/file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

using namespace clinical::fhir;

namespace {
std::vector<std::string> pieces(std::string_view text) {
    FileScanner scanner(text);
    FilePiece piece;
    std::vector<std::string> out;
    while (scanner.next(piece)) out.emplace_back(text.substr(piece.begin, piece.end - piece.begin));
    return out;
}
using Texts = std::vector<std::string>;
const std::string a = R"({"resourceType":"Patient","id":"a"})";
const std::string b = R"({"id":"b","resourceType":"Patient"})";
}  // namespace

TEST(FhirFile, LinesAreDocuments) {
    EXPECT_EQ(pieces(""), Texts{});
    EXPECT_EQ(pieces(" \n\r\n"), Texts{});
    EXPECT_EQ(pieces(a), Texts{a});
    EXPECT_EQ(pieces(a + "\r\n\n" + b + "\n"), (Texts{a, b}));
    EXPECT_EQ(pieces("\xEF\xBB\xBF" + a + "\n" + b), (Texts{a, b}));
    EXPECT_EQ(pieces(a + " " + b), (Texts{a, b}));
    EXPECT_EQ(pieces("x\n" + a + "\ny"), (Texts{"x", a, "y"}));
}

TEST(FhirFile, ADocumentMayHaveManyLines) {
    for (const std::string text : {
             "{\n  \"resourceType\": \"Bundle\",\n  \"entry\": [\n    {}\n  ]\n}",
             "{\n\"entry\":[\n{\"resource\":{\"resourceType\":\"Patient\"}},\n{\"x\":1}\n]}",
             "{\"resourceType\":\"Patient\",\"contained\":[\n{\"resourceType\":\"Patient\"},\n"
             "{\"resourceType\":\"Patient\"}\n]}",
             "{\"resourceType\":\"Patient\"\n,\"x\":\"}\\\"{\"\n}",
         }) {
        EXPECT_EQ(pieces(text), Texts{text});
        EXPECT_EQ(pieces(text + "\n" + a), (Texts{text, a}));
    }
}

TEST(FhirFile, ABrokenLineStandsAlone) {
    for (const std::string broken : {
             R"({"resourceType":"Patient","name":[{"family":"X"})",
             R"({"resourceType":"Patient","name":"cut)",
             R"({"resourceType":"Patient",)",
             R"({"resourceType":"Patient"}})",
             R"({"resourceType":"Patient"} x)",
         }) {
        EXPECT_EQ(pieces(a + "\n" + broken + "\n" + b + "\n"), (Texts{a, broken, b}));
        EXPECT_EQ(pieces(broken), Texts{broken});
    }
    const std::string cut = R"({"resourceType":"Patient","id":"c)";
    EXPECT_EQ(pieces(cut + "\n" + cut + "\n" + a), (Texts{cut, cut, a}));
}

TEST(FhirFile, XmlIsOneDocument) {
    const std::string xml = "<?xml version=\"1.0\"?>\n<Patient>\n{\n</Patient>";
    EXPECT_EQ(pieces("\n" + xml + "\n"), Texts{xml});
    EXPECT_EQ(pieces(a + "\n" + "<x>"), (Texts{a, "<x>"}));
}

TEST(FhirFile, WholeDocumentsOfAChunk) {
    EXPECT_EQ(complete_prefix(a, false), 0u);
    EXPECT_EQ(complete_prefix(a, true), a.size());
    EXPECT_EQ(complete_prefix(a + "\n", false), a.size() + 1);
    EXPECT_EQ(complete_prefix(a + "\n" + b, false), a.size() + 1);
    EXPECT_EQ(complete_prefix(a + "\n" + b.substr(0, 9), false), a.size() + 1);
    EXPECT_EQ(complete_prefix("{\n\"a\": 1", false), 0u);
    EXPECT_EQ(complete_prefix("<a>\n</a>\n", false), 0u);
    // Cut anywhere, the parts are the same documents.
    const std::string text = a + "\n{\n \"x\": [\n1]\n}\n" + b + "\nbroken\n" + a + "\n";
    for (std::size_t at = 0; at <= text.size(); ++at) {
        const std::size_t whole = complete_prefix(text.substr(0, at), false);
        Texts parts = pieces(text.substr(0, whole));
        for (const auto &piece : pieces(text.substr(whole))) parts.push_back(piece);
        EXPECT_EQ(parts, pieces(text)) << at;
    }
}

TEST(FhirFile, SlicesGoByPatient) {
    const int slice = slice_of(R"({"resourceType":"Patient","id":"p1"})", 7);
    EXPECT_EQ(
        slice_of(R"({"resourceType" : "Observation","subject":{"reference":"Patient/p1"}})", 7),
        slice);
    EXPECT_EQ(slice_of(R"(<Observation><subject><reference value="Patient/p1"/></subject>)", 7),
              slice);
    for (const char *text :
         {"", "{", "Patient/", "\"resourceType\"", "\"resourceType\":\"Patient\""}) {
        EXPECT_GE(slice_of(text, 3), 0);
        EXPECT_LT(slice_of(text, 3), 3);
        EXPECT_EQ(slice_of(text, 1), 0);
    }
}
